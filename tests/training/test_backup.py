"""A run in a folder: whole at every moment, and only ever continued by the same run."""

import errno
import json
import os

import pytest

from vit_keras.training import Backup
from vit_keras.training.backup import reason

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


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_latest_state_and_the_one_before_are_kept(tmp_path):
    for done in (3, 6, 9):
        saved(tmp_path, done, f"after step {done}")
    assert names(tmp_path) == ["before.json", "state.json", "step_6.weights.h5", "step_9.weights.h5"]


def test_while_one_is_written_there_are_never_three(tmp_path):
    class Watched(Weights):
        def save_weights(self, path):
            super().save_weights(path)
            assert names(tmp_path) == ["state.json", "step_6.weights.h5", "step_9.weights.h5"]

    saved(tmp_path)
    saved(tmp_path, 6).write(Watched("after step 9"), state(9))


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


@pytest.mark.parametrize("number", [1, 2])
def test_cut_off_between_the_two_exchanges_the_state_before_is_found(tmp_path, monkeypatch, number):
    saved(tmp_path)
    backup, replace, calls = saved(tmp_path, 6, "after step 6"), os.replace, []

    def cut_off(*paths):
        calls.append(paths)
        if len(calls) == number:
            raise KeyboardInterrupt
        replace(*paths)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "replace", cut_off)
        backup.write(Weights("after step 9"), state(9))
    backup, model = Backup(tmp_path, RUN), Weights()
    assert backup.read() == state(6)
    backup.load_weights(model)
    assert model.text == "after step 6"


@pytest.mark.parametrize("name", ["state.json", "step_6.weights.h5"])
@pytest.mark.parametrize("damage", [lambda whole: whole[:-5], lambda whole: whole[:7] + b"x" + whole[8:],
                                    lambda whole: b""])
def test_where_the_latest_is_damaged_the_one_before_is_taken(tmp_path, capsys, name, damage):
    saved(tmp_path)
    saved(tmp_path, 6, "after step 6")
    (tmp_path / name).write_bytes(damage((tmp_path / name).read_bytes()))
    backup, model = Backup(tmp_path, RUN), Weights()
    assert backup.read() == state(3)
    backup.load_weights(model)
    assert model.text == "after step 3"
    said = capsys.readouterr().out
    assert "state.json must hold the state of a run" in said and "Going on from the state before it." in said
    backup.write(Weights("again"), state(6))  # which must not cost the only whole one
    assert Backup(tmp_path, RUN).read() == state(6)


def test_where_both_are_damaged_it_says_what_to_do(tmp_path):
    saved(tmp_path)
    saved(tmp_path, 6)
    for weights in tmp_path.glob("*.h5"):
        weights.write_text("x")
    with pytest.raises(ValueError, match="step_6.weights.h5, are damaged.*step_3.*Delete the folder to start anew"):
        Backup(tmp_path, RUN).read()


def test_a_state_cannot_name_a_file_elsewhere(tmp_path):
    saved(tmp_path / "run")
    content = json.loads((tmp_path / "run/state.json").read_text())
    (tmp_path / "run/state.json").write_text(json.dumps({**content, "weights": "../other.h5"}))
    with pytest.raises(ValueError, match="its checksum is wrong"):
        Backup(tmp_path / "run", RUN).read()


# ---- A full disk, and two runs at once ----

class Full(Weights):
    """As Keras fails where the disk is full: the beginning of a file, and an error."""

    def __init__(self, error):
        self.error = error

    def save_weights(self, path):
        path.write_text("aft")
        raise self.error


FULL = [OSError(errno.ENOSPC, "No space left on device"),
        RuntimeError("Can't decrement id ref count (unable to extend file, errno = 27, "
                     "error message = 'File too large')")]


@pytest.mark.parametrize("error", FULL, ids=["of the system", "of HDF5"])
def test_a_full_disk_costs_one_state_and_not_the_run(tmp_path, capsys, error):
    backup = saved(tmp_path)
    backup.write(Full(error), state(6))
    said = capsys.readouterr().out
    assert said.startswith(f"!!! Step 6 could not be kept ({reason(error)}). Training goes on; {tmp_path} still holds ")
    assert "Make room there" in said and len(said.splitlines()) == 1
    assert names(tmp_path) == ["state.json", "step_3.weights.h5"]  # what was begun takes no room
    backup.write(Weights("after step 9"), state(9))
    assert Backup(tmp_path, RUN).read() == state(9)


def test_reasons_are_short():
    assert [reason(error) for error in (*FULL, ValueError("two\nlines"), OSError())] == [
        "No space left on device", "File too large", "two", "OSError"]


def test_two_runs_cannot_have_one_folder(tmp_path):
    first, second = Backup(tmp_path / "new", RUN), Backup(tmp_path / "new", RUN)
    first.hold()
    with pytest.raises(ValueError, match="is in use by another run: wait until that one ends, or name another folder"):
        second.hold()
    first.release()
    second.hold()
    second.release()
    assert names(tmp_path / "new") == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="cannot be written .*: no state of the run could be kept there. Name another"):
        Backup(tmp_path / "file" / "run", RUN).hold()


def test_it_says_where_a_run_would_go_on(tmp_path):
    assert Backup(None, RUN).where() == "Nothing was kept: with `backup_dir` a run goes on where it was."
    backup = Backup(tmp_path, RUN)
    assert backup.where() == f"Nothing was kept in {tmp_path} yet."
    backup.write(Weights("w"), state(3))
    assert backup.where() == f"Step 3 is kept in {tmp_path}: the same call goes on from there."


def test_a_finished_run_leaves_nothing(tmp_path):
    saved(tmp_path)
    saved(tmp_path, 6).delete()
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
    monkeypatch.setattr("vit_keras.training.backup.time.perf_counter", lambda: now[0])

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
    backup.write(Slow("weights"), state(61), always=True)
    assert backup.read()["done"] == 61
