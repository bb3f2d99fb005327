"""The state of a run in a folder: whole at every moment, and only ever continued by the same run."""

import errno
import os

import keras
import numpy as np
import pytest

from vit_keras.training import Backup, EpochSeeds

X, Y = np.random.default_rng(0).normal(size=(8, 3)).astype("float32"), np.zeros((8, 1), "float32")
RUN = {"epochs": 3, "learning_rate": 0.001}

pytestmark = pytest.mark.usefixtures("eager_steps")


def model(width=2, dtype=None):
    keras.utils.set_random_seed(1)
    made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(width, dtype=dtype), keras.layers.Dropout(0.3),
                             keras.layers.BatchNormalization(), keras.layers.Dense(1)])
    made.compile(keras.optimizers.AdamW(0.1, use_ema=True, ema_momentum=0.5), "mse", jit_compile=False)
    return made


def fit(made, backup, epochs=4, then=()):
    return made.fit(X, Y, batch_size=4, epochs=epochs, shuffle=False, verbose=0,
                    callbacks=[EpochSeeds(0), backup, *then])


class Break(keras.callbacks.Callback):
    """Ends a run in the first step of an epoch, as Ctrl-C does."""

    def __init__(self, epoch):
        super().__init__()
        self.at = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.at:
            raise KeyboardInterrupt


def broken_off(folder, epoch, **changes):
    backup = Backup(folder, RUN, **changes)
    with pytest.raises(KeyboardInterrupt):
        fit(model(), backup, then=[Break(epoch)])
    backup.release()
    return backup


def kept_epoch(folder):
    """The epoch of the state that a run would go on from, or `None`."""
    backup = Backup(folder, RUN)
    made = model()
    made.optimizer.build(made.trainable_variables)
    backup.set_model(made)
    found = backup.read()
    return found and found[0]["epoch"]


@pytest.fixture(scope="module")
def peace():
    made = model()
    made.fit(X, Y, batch_size=4, epochs=4, shuffle=False, verbose=0, callbacks=[EpochSeeds(0)])
    return made.get_weights()


@pytest.mark.parametrize("epoch", [1, 3])
def test_a_run_goes_on_to_the_very_same_weights(tmp_path, peace, epoch):
    broken_off(tmp_path, epoch)
    made = model()
    made.set_weights([0 * weight for weight in made.get_weights()])
    history = fit(made, Backup(tmp_path, dict(RUN)))
    assert history.epoch == list(range(epoch, 4))
    for one, other in zip(made.get_weights(), peace):
        np.testing.assert_array_equal(one, other)


def test_a_finished_run_is_not_trained_again(tmp_path, peace):
    fit(model(), Backup(tmp_path, RUN))
    made = model()
    assert fit(made, Backup(tmp_path, RUN)).epoch == []
    for one, other in zip(made.get_weights(), peace):
        np.testing.assert_array_equal(one, other)  # the mean of the weights, too


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def test_the_latest_state_and_the_one_before_are_kept(tmp_path):
    broken_off(tmp_path, 3)
    assert names(tmp_path) == ["before.npz", "state.npz"] and kept_epoch(tmp_path) == 3


@pytest.mark.parametrize("number", [1, 2])
def test_cut_off_at_either_exchange_the_state_before_is_found(tmp_path, monkeypatch, number):
    broken_off(tmp_path, 2)
    replace, calls = os.replace, []

    def cut_off(*paths):
        calls.append(paths)
        if len(calls) == number:
            raise KeyboardInterrupt
        replace(*paths)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "replace", cut_off)
        fit(model(), Backup(tmp_path, RUN))
    assert kept_epoch(tmp_path) == 2


def test_cut_off_within_the_file_the_state_before_is_found(tmp_path, monkeypatch):
    broken_off(tmp_path, 2)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        fit(model(), Backup(tmp_path, RUN))
    assert kept_epoch(tmp_path) == 2


DAMAGE = {"cut off": lambda whole: whole[:-5], "half": lambda whole: whole[: len(whole) // 2], "empty": lambda _: b"",
          "a bit": lambda whole: whole[:400] + bytes([whole[400] ^ 1]) + whole[401:], "text": lambda _: b"no state"}


@pytest.mark.parametrize("damage", DAMAGE)
def test_where_the_latest_is_damaged_the_one_before_is_taken(tmp_path, capsys, damage):
    broken_off(tmp_path, 3)
    path = tmp_path / "state.npz"
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    assert kept_epoch(tmp_path) == 2
    said = capsys.readouterr().out
    assert "state.npz must hold the state of a run: it cannot be read" in said
    assert "Going on from the state before it." in said


def test_a_damaged_state_never_takes_the_place_of_the_whole_one(tmp_path, monkeypatch):
    broken_off(tmp_path, 3)
    (tmp_path / "state.npz").write_bytes(b"no state")
    replace, calls = os.replace, []

    def cut_off(*paths):
        calls.append(paths)
        if len(calls) == 2:
            raise KeyboardInterrupt
        replace(*paths)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "replace", cut_off)
        fit(model(), Backup(tmp_path, RUN))
    assert kept_epoch(tmp_path) == 2


def test_where_both_are_damaged_it_says_what_to_do(tmp_path):
    broken_off(tmp_path, 2)
    for path in tmp_path.glob("*.npz"):
        path.write_text("x")
    with pytest.raises(ValueError, match="state.npz must.*before.npz must.*Delete the folder to start anew"):
        kept_epoch(tmp_path)


def test_a_state_with_a_pickle_in_it_is_not_opened(tmp_path):
    np.savez(tmp_path / "state.npz", about=np.array([{"run": {}}], dtype=object))
    with pytest.raises(ValueError, match="Delete the folder to start anew"):
        kept_epoch(tmp_path)


# ---- A full disk, time, and two runs at once ----

def test_a_full_disk_costs_one_state_and_not_the_run(tmp_path, capsys, monkeypatch):
    save, calls = np.savez, []

    def full(file, **arrays):
        calls.append(1)
        if len(calls) == 2:
            file.write(b"a beginning")
            raise OSError(errno.ENOSPC, "No space left on device")
        save(file, **arrays)

    monkeypatch.setattr(np, "savez", full)
    broken_off(tmp_path, 2)
    said = capsys.readouterr().out
    assert said.startswith("!!! The state after epoch 2 could not be kept (No space left on device). Training goes on; "
                           f"{tmp_path} still holds epoch 1. Make room there") and len(said.splitlines()) == 1
    assert names(tmp_path) == ["state.npz"]  # what was begun takes no room
    fit(model(), Backup(tmp_path, RUN))
    assert kept_epoch(tmp_path) == 4


def test_writing_takes_no_more_than_its_share_of_the_time(tmp_path, monkeypatch):
    now, written = [0.0], []
    monkeypatch.setattr("vit_keras.training.backup.time.perf_counter", lambda: now[0])
    backup = Backup(tmp_path, RUN, time_share=0.1)
    backup.set_model(model())
    backup.set_params({"epochs": 62})
    backup.model.stop_training = False

    def write(epoch, finished):
        now[0] += 2.0
        written.append(epoch)

    monkeypatch.setattr(backup, "write", write)
    for epoch in range(62):
        now[0] += 1.0
        backup.on_epoch_end(epoch)
    assert written == [1, 19, 37, 55, 62]  # 2 seconds of writing, then 18 without; the last in any case


def test_two_runs_cannot_have_one_folder(tmp_path):
    first, second = Backup(tmp_path / "new", RUN), Backup(tmp_path / "new", RUN)
    first.hold()
    with pytest.raises(ValueError, match="is in use by another run: wait until that one ends, or name another folder"):
        second.hold()
    first.release()
    second.hold()
    second.release()


def test_a_process_that_may_not_write_leaves_the_folder_alone(tmp_path):
    fit(model(), Backup(tmp_path / "new", RUN, writes=False))
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="cannot be written .*: no state of the run could be kept there. Name another"):
        Backup(tmp_path / "file" / "run", RUN).hold()


def test_it_says_where_a_run_would_go_on(tmp_path):
    backup = Backup(tmp_path, RUN)
    assert backup.where() == f"Nothing was kept in {tmp_path} yet."
    assert broken_off(tmp_path, 3).where() == f"Epoch 3 is kept in {tmp_path}: the same call goes on from there."


def test_deleting_touches_no_file_of_another(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    broken_off(tmp_path, 3).delete()
    assert names(tmp_path) == ["notes.txt"]


# ---- The same run ----

@pytest.mark.parametrize("run, word", [({**RUN, "epochs": 4, "learning_rate": 1}, "epochs, learning_rate"),
                                       ({**RUN, "mixup": 0.2}, "mixup"), ({"epochs": 3}, "learning_rate")])
def test_another_run_is_refused_and_the_difference_named(tmp_path, run, word):
    broken_off(tmp_path, 1)
    with pytest.raises(ValueError, match=f"holds a run that differs in {word}. Go on with that one, name another"):
        fit(model(), Backup(tmp_path, run))


def test_a_model_of_another_shape_is_refused(tmp_path):
    broken_off(tmp_path, 1)
    made = model(width=3)
    before = made.get_weights()
    with pytest.raises(ValueError, match="differs in the shapes of its weights"):
        fit(made, Backup(tmp_path, RUN))
    np.testing.assert_array_equal(made.get_weights()[0], before[0])


def test_a_run_with_other_frozen_weights_is_refused(tmp_path):
    broken_off(tmp_path, 1)
    made = model()
    made.layers[0].bias.trainable = False
    with pytest.raises(ValueError, match="differs in (the shapes of its weights, )?which weights are frozen"):
        fit(made, Backup(tmp_path, RUN))


def test_weights_of_16_bits_come_back_as_they_were(tmp_path):
    made = model(dtype="bfloat16")
    fit(made, Backup(tmp_path, RUN))
    again = model(dtype="bfloat16")
    fit(again, Backup(tmp_path, RUN))
    np.testing.assert_array_equal(made.get_weights()[0].astype("float32"), again.get_weights()[0].astype("float32"))
