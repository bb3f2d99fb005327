"""Weight decay of tensorflow-addons and of Keras: ten lines of NumPy each, and the numbers that make them equal."""

import keras
import numpy as np
import pytest
from keras import ops

from vit_keras import Recipe
from vit_keras.lessons import keras_weight_decay, tfa_weight_decay

STEPS, PEAK = 200, 2e-3


def adamw(w, gradients, rates, decay, times_rate):
    """AdamW by hand; `times_rate`: as Keras and PyTorch mean `decay`, else as tensorflow-addons does."""
    m = v = 0.0
    for step, (gradient, rate) in enumerate(zip(gradients, rates), start=1):
        w = w - (rate * decay if times_rate else decay) * w
        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * gradient**2
        w = w - rate * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-7)
    return w


def by_keras(w, gradients, rates, decay):
    variable = keras.Variable([w])
    optimizer = keras.optimizers.AdamW(rates[0], weight_decay=decay)
    for gradient, rate in zip(gradients, rates):
        optimizer.learning_rate = rate
        optimizer.apply([ops.convert_to_tensor([gradient], "float32")], [variable])
    return float(ops.convert_to_numpy(variable)[0])


def warm_up_and_cosine(step):
    return Recipe(1, learning_rate=PEAK, warmup=0.2).rate(step / STEPS)


@pytest.fixture
def gradients():
    return np.random.default_rng(0).normal(0.3, 1.0, STEPS)


def test_one_step_on_one_weight():
    assert adamw(1.0, [0.0], [1e-3], decay=0.1, times_rate=False) == pytest.approx(0.9)
    assert adamw(1.0, [0.0], [1e-3], decay=0.1, times_rate=True) == pytest.approx(0.9999)
    assert by_keras(1.0, [0.0], [1e-3], decay=0.1) == pytest.approx(0.9999, abs=1e-7)


def test_keras_is_the_second_of_the_two(gradients):
    rates = [warm_up_and_cosine(step) for step in range(STEPS)]
    assert by_keras(0.7, gradients, rates, 0.5) == pytest.approx(adamw(0.7, gradients, rates, 0.5, True), abs=1e-4)
    assert by_keras(0.7, gradients, rates, 0.5) != pytest.approx(adamw(0.7, gradients, rates, 0.0, True), abs=1e-2)


def test_at_a_constant_rate_every_step_is_the_same(gradients):
    rates = np.full(STEPS, 1e-3)
    assert keras_weight_decay(1e-4, 1e-3) == pytest.approx(0.1)  # the ViT example on keras.io
    old = adamw(0.7, gradients, rates, 1e-4, times_rate=False)
    assert adamw(0.7, gradients, rates, keras_weight_decay(1e-4, 1e-3), times_rate=True) == pytest.approx(old)
    naive = adamw(0.7, gradients, rates, 1e-4, times_rate=True)
    assert naive == pytest.approx(adamw(0.7, gradients, rates, 0.0, times_rate=True), abs=2e-5)
    assert abs(naive - old) > 5e-3


def test_under_a_schedule_the_sum_of_the_shares_is_kept():
    rates = np.array([warm_up_and_cosine(step) for step in range(STEPS)])
    decay = keras_weight_decay(1e-4, warm_up_and_cosine, STEPS)
    assert np.sum(rates * decay) == pytest.approx(STEPS * 1e-4)
    assert decay == pytest.approx(2 * 1e-4 / PEAK, rel=0.01)  # the mean of warm-up and cosine is half the peak
    assert decay == pytest.approx(keras_weight_decay(1e-4, rates))
    nothing = np.zeros(STEPS)
    left = adamw(1.0, nothing, rates, 1e-4, times_rate=False)
    assert adamw(1.0, nothing, rates, decay, times_rate=True) == pytest.approx(left, abs=1e-5)
    assert adamw(1.0, nothing, rates, keras_weight_decay(1e-4, PEAK), True) != pytest.approx(left, abs=1e-3)


def test_a_decay_that_followed_the_schedule_keeps_every_step(gradients):
    rates = np.array([warm_up_and_cosine(step) for step in range(STEPS)])
    decay = keras_weight_decay(1e-4, warm_up_and_cosine, STEPS, follows_schedule=True)
    assert decay == pytest.approx(1e-4 / PEAK)
    w = 1.0
    for rate in rates:  # wd = lambda: 1e-4 * schedule(step), with a schedule whose highest value is 1
        w -= 1e-4 * (rate / PEAK) * w
    assert adamw(1.0, np.zeros(STEPS), rates, decay, times_rate=True) == pytest.approx(w)


def test_a_schedule_of_keras_is_a_function_of_the_step():
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([9, 19], [1e-2, 1e-3, 1e-4])
    assert keras_weight_decay(1e-4, schedule, steps=30) == pytest.approx(1e-4 / np.mean([1e-2, 1e-3, 1e-4]), rel=1e-5)


@pytest.mark.parametrize("follows", [False, True])
def test_the_way_back(follows):
    there = keras_weight_decay(1e-4, warm_up_and_cosine, STEPS, follows)
    assert tfa_weight_decay(there, warm_up_and_cosine, STEPS, follows) == pytest.approx(1e-4)
    assert tfa_weight_decay(0.05, 1e-3) == pytest.approx(5e-5)


@pytest.mark.parametrize("arguments, message", [
    ((-1e-4, 1e-3), "`decay` must be 0 or more: got -0.0001"),
    ((1e-4, 0.0), "`learning_rate` must be positive, .*: got 0.0"),
    ((1e-4, [1e-3, -1e-3]), "`learning_rate` must be positive"),
    ((1e-4, []), "`learning_rate` must be positive"),
    ((1e-4, float("nan")), "`learning_rate` must be positive"),
    ((1e-4, warm_up_and_cosine), "needs `steps`, the length of the run: got steps=None"),
    ((1e-4, warm_up_and_cosine, 0), "got steps=0"),
])
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        keras_weight_decay(*arguments)
