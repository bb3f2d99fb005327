"""A run in a folder: whole at every moment, and only ever continued by the same run."""

import json
import os

import pytest

from vit_keras.backup import Backup

RUN = {"epochs": 3, "learning_rate": 0.001, "model": "vit"}


class Weights:
    """Stands for a model: its weights are a line of text."""

    def __init__(self, text=None):
        self.text = text

    def save_weights(self, path):
        path.write_text(self.text)

    def load_weights(self, path):
        self.text = path.read_text()


def state(done):
    return {"steps": 9, "done": done, "seconds": 1.5, "history": {"loss": [0.5] * (done // 3)}}


def saved(folder, done=3, text="after step 3"):
    backup = Backup(folder, RUN)
    backup.write(Weights(text), state(done))
    return backup


def test_nothing_is_there_at_first(tmp_path):
    assert Backup(tmp_path / "new", RUN).read() is None
    assert not (tmp_path / "new").exists()  # reading makes no folder


def test_what_was_written_comes_back(tmp_path):
    saved(tmp_path)
    backup, model = Backup(tmp_path, dict(RUN)), Weights()
    assert backup.read() == state(3)
    backup.load_weights(model)
    assert model.text == "after step 3"


def test_only_the_latest_state_is_kept(tmp_path):
    saved(tmp_path)
    saved(tmp_path, 6, "after step 6")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["state.json", "step_6.weights.h5"]


@pytest.mark.parametrize("broken", ["weights", "state", "exchange"])
def test_cut_off_while_writing_the_state_before_is_still_whole(tmp_path, monkeypatch, broken):
    backup = saved(tmp_path)

    class CutOff(Weights):
        def save_weights(self, path):
            path.write_text("aft")
            if broken == "weights":
                raise KeyboardInterrupt

    def cut_off(*_):
        raise KeyboardInterrupt

    if broken == "state":
        monkeypatch.setattr(json, "dumps", cut_off)
    if broken == "exchange":
        monkeypatch.setattr(os, "replace", cut_off)
    with pytest.raises(KeyboardInterrupt):
        backup.write(CutOff(), state(6))
    monkeypatch.undo()

    backup, model = Backup(tmp_path, RUN), Weights()
    assert backup.read() == state(3)
    backup.load_weights(model)
    assert model.text == "after step 3"


def test_a_finished_run_leaves_nothing(tmp_path):
    saved(tmp_path).delete()
    assert list(tmp_path.iterdir()) == []


def test_deleting_touches_no_file_of_another(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    saved(tmp_path).delete()
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_without_a_folder_nothing_is_kept():
    backup = Backup(None, RUN)
    backup.write(Weights("any"), state(3))
    assert backup.read() is None
    backup.delete()


def test_another_run_is_refused_and_the_difference_named(tmp_path):
    saved(tmp_path)
    with pytest.raises(ValueError, match="unfinished run that differs in epochs, model. Go on with that one"):
        Backup(tmp_path, {**RUN, "epochs": 4, "model": "cnn"}).read()


def test_a_setting_that_is_new_makes_another_run(tmp_path):
    saved(tmp_path)
    with pytest.raises(ValueError, match="differs in mixup"):
        Backup(tmp_path, {**RUN, "mixup": 0.2}).read()


@pytest.mark.parametrize("content", ["", '{"run": {', "[]", "null", '{"state": {}}', '{"run": {}, "state": {}}'])
def test_a_corrupt_state_is_refused_with_what_to_do(tmp_path, content):
    (tmp_path / "state.json").write_text(content)
    with pytest.raises(ValueError, match="must hold the state of a run.*Delete the folder to start anew"):
        Backup(tmp_path, RUN).read()


def test_a_state_whose_weights_are_gone_is_refused_with_what_to_do(tmp_path):
    saved(tmp_path)
    (tmp_path / "step_3.weights.h5").unlink()
    with pytest.raises(ValueError, match="step_3.weights.h5.*Delete the folder to start anew"):
        Backup(tmp_path, RUN).read()


def test_writing_takes_no_more_than_its_share_of_the_time(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("vit_keras.backup.time.perf_counter", lambda: now[0])

    class Slow(Weights):
        def save_weights(self, path):
            now[0] += 2.0
            super().save_weights(path)

    backup, written = Backup(tmp_path, RUN, time_share=0.1), []
    for done in range(1, 61):
        now[0] += 1.0  # an epoch
        backup.write(Slow("weights"), state(done))
        written.append(backup.read()["done"])
    assert sorted(set(written)) == [1, 19, 37, 55]  # 2 seconds of writing, then 18 without
