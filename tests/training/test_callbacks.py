"""Callbacks on anybody's Keras model: the clock, the line, and what they keep for a run that is cut off."""

import io
import sys

import keras
import numpy as np
import pytest

from vit_keras.training import EpochLine, EpochSeeds, StopAfter, StopAtNaN, TimeBudget, callbacks

RATE = 0.02


def rate(share):
    """Up for a fifth of the run, then down to zero in a straight line."""
    return RATE * (max(share / 0.2, 1e-3) if share < 0.2 else (1 - share) / 0.8)


class Plays(keras.callbacks.Callback):
    """Time as it would pass: 20 seconds to compile, half a second a step, two a validation; and the rates seen."""

    def __init__(self, patch, step=0.5):
        super().__init__()
        self.now, self.rates, self.step = 0.0, [], step
        patch.setattr(callbacks, "time", self)

    def perf_counter(self):
        return self.now

    def on_train_batch_begin(self, batch, logs=None):
        self.rates.append(float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)))
        self.now += self.step + 20 * (len(self.rates) == 1)

    def on_test_batch_begin(self, batch, logs=None):
        self.now += 2


@pytest.fixture
def played(monkeypatch):
    return Plays(monkeypatch)


@pytest.fixture(scope="module")
def model():
    made = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    made.compile(keras.optimizers.SGD(1.0), "mse", jit_compile=False)
    return made


X, Y = np.ones((6, 2), "float32"), np.zeros((6, 1), "float32")


def play(model, clock, budget, **more):
    """`fit` with six images in batches of two, and one batch of validation."""
    # The clock moves after the budget has set the rate of a step, before the budget hears of its end.
    return model.fit(X, Y, batch_size=2, epochs=10_000, validation_data=(X[:2], Y[:2]), verbose=0, shuffle=False,
                     callbacks=[budget, clock, *more.pop("then", [])], **more)


@pytest.mark.parametrize("minutes", [1, 2])
def test_a_budget_in_minutes_is_kept_by_the_clock(model, played, minutes):
    play(model, played, TimeBudget(minutes, rate))
    # It ends with the step, or the validation, that crosses the line; a validation follows.
    assert 60 * minutes <= played.now <= 60 * minutes + 0.5 + 2 + 2
    assert max(played.rates) <= RATE


def test_compilation_does_not_use_up_the_warm_up(model, played):
    play(model, played, TimeBudget(1, rate))
    # 20 of 60 seconds are compilation, which would be more than the whole warm-up, 8 of 40.
    assert played.rates[0] == pytest.approx(RATE * 1e-3)
    assert played.rates[1:3] == pytest.approx([RATE * 1e-3, RATE * 0.5 / 39.5 / 0.2], rel=0.02) or (
        keras.backend.backend() == "jax")  # where the rate is set once in ten steps


def test_without_a_rate_the_optimizer_keeps_its_own(model, played):
    model.optimizer.learning_rate = 0.125
    play(model, played, TimeBudget(0.5))
    assert set(played.rates) == {0.125}


@pytest.mark.parametrize("minutes", [1, 2])
def test_whole_epochs_end_within_the_budget(model, played, minutes):
    budget = TimeBudget(minutes, rate, whole_epochs=True, warmup=0.2, evaluations=2)
    play(model, played, budget)
    # A pass is 1.5 seconds and 2 of validation; time for two validations is left.
    assert 60 * minutes - 4 - 3.5 <= played.now <= 60 * minutes - 4
    assert len(played.rates) == 3 * budget.planned
    assert played.rates[-1] < 0.05 * RATE or keras.backend.backend() == "jax"
    rises = np.diff(played.rates) > 1e-9
    assert not rises[np.argmax(played.rates):].any()  # up, then down, and no jump back when the passes are planned


def test_passes_are_dropped_where_the_machine_gets_slower(model, played):
    class Slower(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            played.step = 0.5 if epoch < 10 else 2.0

    play(model, played, TimeBudget(4, rate, whole_epochs=True, warmup=0.2), then=[Slower()])
    assert 240 - 8 - 8 <= played.now <= 240  # a pass is 8 seconds now


def test_a_plan_may_grow_while_the_rate_still_rises(monkeypatch):
    budget = TimeBudget(10, rate, whole_epochs=True, warmup=0.2)
    budget.set_params({"steps": 5})
    budget.set_model(keras.Sequential())
    now = [0.0]
    monkeypatch.setattr(budget, "seconds", lambda: now[0])
    for now[0], planned in ((20.0, None), (30.0, 2 + 57), (40.0, 3 + 56)):
        budget.on_epoch_end(0)
        assert budget.planned == planned
    budget.ends, now[0] = [35.0], 40.0
    budget.planned = 50
    budget.on_epoch_end(0)  # twice as fast, and the rate rises: 2 + 560 / 5
    assert budget.planned == 2 + 112
    budget.ends, now[0] = [290.0 + number for number in range(60)], 350.0
    budget.on_epoch_end(0)  # faster still, but the rate falls by now
    assert budget.planned == 114
    budget.ends, now[0] = [*range(0, 300, 5)], 300.0
    budget.on_epoch_end(0)  # as slow as before: 61 + 300 / 5 were more, 114 it stays
    assert budget.planned == 114
    budget.ends, now[0] = [*range(0, 600, 10)], 600.0
    budget.on_epoch_end(0)
    assert budget.planned == 61 and budget.model.stop_training  # time is over


def test_a_budget_and_a_line_outlive_a_break():
    budget = TimeBudget(10, rate)
    budget.resume({"before": 310.0, "first": 20.0, "planned": None, "ends": [100.0, 200.0], "validation": 2.0})
    budget.start()
    assert budget.share() == pytest.approx(0.5, abs=1e-3) and budget.seconds_left() == pytest.approx(290, abs=1)
    state = budget.state()
    assert state["before"] >= 310 and (state["first"], state["planned"]) == (20.0, None)
    line = EpochLine(verbose=False)
    line.resume({"before": 5.0, "history": {"epoch": [1.0]}, "training_seconds": 2.0, "counted": 4})
    line.start()
    assert line.state()["history"] == {"epoch": [1.0]} and line.images_per_second() == 2.0


def test_a_budget_too_small_for_anything_still_makes_a_step(model, played):
    play(model, played, TimeBudget(0.001))
    assert len(played.rates) == 1


def test_a_budget_must_be_positive():
    with pytest.raises(ValueError, match="`minutes` must be positive: got minutes=0"):
        TimeBudget(0)


@pytest.mark.parametrize("steps", [1, 3, 7])
def test_a_run_ends_after_so_many_steps(model, played, steps):
    play(model, played, StopAfter(steps))
    assert len(played.rates) == steps


# ---- The line ----

def test_a_line_an_epoch_tells_accuracy_speed_and_time_left(capsys):
    line = EpochLine(batch_size=16)
    line.set_params({"steps": 10, "epochs": 3})
    line.start()
    line.training_seconds, line.counted, line.epoch, line.batch = 20.0, 10, 0, 9  # 2 s a step of 16 images
    line.on_epoch_end(0, {"loss": 1.25, "accuracy": 0.5, "val_loss": 1.0, "val_accuracy": 0.625})
    assert capsys.readouterr().out == (
        "epoch  1.00  loss 1.250  accuracy  50.0%  validation  62.5%  8 images/s  0:40 left\n")
    assert line.history["val_loss"] == [1.0] and line.history["epoch"] == [1.0]


def test_no_speed_is_told_where_only_one_step_ran(model, capsys):
    model.fit(X, Y, batch_size=6, epochs=1, verbose=0, callbacks=[EpochLine(6)])
    assert "images/s" not in capsys.readouterr().out


class Notebook(io.StringIO):
    """What a notebook has for a terminal."""


Notebook.__module__ = "ipykernel.iostream"


def test_a_notebook_shows_life_at_once_and_then_a_line_that_moves(model, monkeypatch):
    monkeypatch.setattr(sys, "stdout", Notebook())
    monkeypatch.setattr(callbacks, "LINE_EVERY", 0.0)
    model.fit(X, Y, batch_size=2, epochs=1, verbose=0, callbacks=[EpochLine(2)])
    first, *moving, last = sys.stdout.getvalue().lstrip("\r").split("\r")
    assert first.startswith("compiling") and len(moving) == 3
    assert all(text.startswith("epoch  ") and "left" in text for text in moving)
    assert last.startswith("epoch  1.00") and last.endswith("\n") and len(last) >= len(moving[-1])


def test_a_log_has_one_line_an_epoch_and_silence_none(model, capsys):
    model.fit(X, Y, batch_size=2, epochs=2, verbose=0, callbacks=[EpochLine(2)])
    assert len(capsys.readouterr().out.splitlines()) == 2
    model.fit(X, Y, batch_size=2, epochs=2, verbose=0, callbacks=[EpochLine(2, verbose=False)])
    assert capsys.readouterr().out == ""


# ---- Seeds and numbers ----

def test_seeds_start_anew_at_each_epoch():
    made = keras.Sequential([keras.Input((8,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
    made.compile("sgd", "mse", jit_compile=False)
    weights, found = made.get_weights(), []
    for noise in (0, 7):
        keras.utils.set_random_seed(noise)
        made.set_weights(weights)
        made.fit(np.ones((6, 8), "float32"), Y, batch_size=2, epochs=2, shuffle=False, verbose=0,
                 callbacks=[EpochSeeds(3)])
        found.append(made.get_weights())
    for one, other in zip(*found):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("loss", [float("inf"), float("nan")])
@pytest.mark.parametrize("steps_after", [0, 1])
def test_a_loss_that_is_no_number_is_named_with_its_usual_causes(loss, steps_after):
    callback = StopAtNaN()
    callback.on_epoch_begin(2)
    callback.on_train_batch_end(4, {"loss": 1.0})
    callback.on_train_batch_end(5, {"loss": loss})
    for step in range(steps_after):
        callback.on_train_batch_end(6 + step, {"loss": loss})
    with pytest.raises(FloatingPointError, match=f"The loss became {loss} at step 6 of epoch 3. Usual causes: a learn"):
        callback.on_epoch_end(2)


def test_a_loss_that_is_no_number_is_found_two_steps_later():
    callback = StopAtNaN()
    callback.on_epoch_begin(0)
    callback.on_train_batch_end(0, {"loss": float("nan")})
    callback.on_train_batch_end(1, {"loss": float("nan")})
    with pytest.raises(FloatingPointError, match="at step 1 of epoch 1"):
        callback.on_train_batch_end(2, {"loss": float("nan")})
