"""The compiled step against Keras's own, and with images on the device against images that are sent."""

import dataclasses

import keras
import numpy as np
import pytest
from contract import different_weights, to_numpy

from vit_keras import Recipe, VisionTransformer
from vit_keras.augment.mixing import draw_mixing
from vit_keras.training.learner import Learner, compile_learner
from vit_keras.training.stepping import Stepper, accuracy

COMPILED = keras.backend.backend() in ("tensorflow", "jax")
# No XLA on TensorFlow: it would take most of the time. JAX without its compiler would take longer still.
JIT = keras.backend.backend() == "jax"
PLAIN = Recipe(epochs=1, batch_size=8, learning_rate=0.01, crop_padding=0, flip=False, jit_compile=JIT)
EVERYTHING = dataclasses.replace(PLAIN, crop_padding=2, flip=True, trivial_augment=1.0, random_erasing=0.5, mixup=0.5,
                                 cutmix=1.0, ema=0.9)


def data(number=20):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, number)
    images = rng.integers(0, 100, (number, 8, 12, 3))
    images[np.arange(number), :, :, labels] += 100
    return images.astype("uint8"), np.eye(3, dtype="float32")[labels]


def new_learner(recipe, **more):
    keras.utils.set_random_seed(4)
    model = VisionTransformer((8, 12, 3), (4, 3), 1, 4, 2, 5, 3, name="vit", **more)
    learner = Learner(different_weights(model), recipe)
    compile_learner(learner, recipe)
    return learner


def batches(recipe, number=4):
    """So many batches of images and mixtures."""
    rng = np.random.default_rng(1)
    for _ in range(number):
        mixing = draw_mixing(rng, 8, (8, 12), recipe.mixup, recipe.cutmix) if recipe.mixup else None
        yield rng.permutation(20)[:8], mixing


def first_loss(recipe, **more):
    learner = new_learner(recipe, **more)
    learner.take_data(*data())
    return float(learner.learn(*next(batches(recipe)))["loss"])


def trained(recipe, kind=None, resident=None):
    """Losses, accuracies and weights after four steps, and the learner; with steps of another kind, if one is given."""
    learner = new_learner(recipe)
    if kind is not None:
        learner.stepper = kind(learner)
    learner.take_data(*data(), resident)
    learner.reseed(5)
    logs = [learner.learn(*batch) for batch in batches(recipe)]
    logs.append(learner.judge(*data()))
    learner.settle()
    return ([{name: float(value) for name, value in log.items()} for log in logs],
            [to_numpy(weight) for weight in learner.model.weights], learner)


def as_close(one, other):
    for log, other_log in zip(one[0], other[0]):
        assert log == pytest.approx(other_log, rel=1e-4, abs=1e-5)
    for weight, other_weight in zip(one[1], other[1]):
        np.testing.assert_allclose(weight, other_weight, rtol=1e-4, atol=1e-5)


@pytest.mark.skipif(not COMPILED, reason="this backend has Keras's steps alone")
@pytest.mark.parametrize("recipe", [PLAIN, EVERYTHING], ids=["plain", "everything"])
def test_steps_are_those_of_keras(recipe):
    ours, theirs = trained(recipe), trained(recipe, Stepper)
    assert type(ours[2].stepper) is not Stepper
    as_close(ours, theirs)
    assert ours[0][-2]["loss"] != pytest.approx(ours[0][0]["loss"], rel=1e-3)  # something was learned


@pytest.mark.skipif(not COMPILED, reason="this backend has Keras's steps alone")
def test_images_on_the_device_are_the_images_that_were_sent():
    as_close(trained(EVERYTHING, resident=True), trained(EVERYTHING, resident=False))


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="traces are TensorFlow's")
@pytest.mark.parametrize("jit_compile", [False, True])
def test_batches_of_all_sizes_are_judged_by_one_trace(jit_compile):
    recipe = dataclasses.replace(PLAIN, jit_compile=jit_compile)
    learner, images, labels = new_learner(recipe), *data()
    keras_own = Stepper(new_learner(recipe))
    for number in (20, 8, 3, 1):
        judged, expected = (one.judge(images[:number], labels[:number]) for one in (learner, keras_own))
        assert {name: float(value) for name, value in judged.items()} == pytest.approx(expected, rel=1e-4)
    assert learner.stepper.compiled["judge"].experimental_get_tracing_count() == 1
    assert float(learner.judge(images.astype("float32"), labels)["loss"]) == pytest.approx(
        float(learner.judge(images, labels)["loss"]), rel=1e-4)


def test_every_ingredient_reaches_the_step():
    plain = first_loss(PLAIN)
    for change in ({"crop_padding": 2}, {"flip": True}, {"trivial_augment": 1.0}, {"random_erasing": 1.0},
                   {"mixup": 0.5, "cutmix": 1.0}):
        assert first_loss(dataclasses.replace(PLAIN, **change)) != pytest.approx(plain, rel=1e-4), change
    assert first_loss(PLAIN, stochastic_depth=0.5) != pytest.approx(plain, rel=1e-4)


def test_a_batch_in_parts_makes_the_step_of_the_whole():
    whole, parts = new_learner(PLAIN), new_learner(dataclasses.replace(PLAIN, accumulate=4))
    for learner in (whole, parts):
        learner.take_data(*data())
        for chosen, _ in batches(PLAIN):
            for part in np.split(chosen, 4 if learner is parts else 1):
                learner.learn(part)
        learner.settle()
    assert int(to_numpy(parts.optimizer.iterations)) == int(to_numpy(whole.optimizer.iterations)) == 4
    for one, other in zip(whole.model.weights, parts.model.weights):
        np.testing.assert_allclose(to_numpy(one), to_numpy(other), atol=1e-3)  # they have moved by 0.04


def test_the_mean_of_weights_remembers_as_long_when_a_batch_comes_in_parts():
    # It is told of the same weights four times instead of once: 0.5 = 0.84 ** 4.
    whole, parts = (new_learner(dataclasses.replace(PLAIN, ema=0.5, accumulate=number)) for number in (1, 4))
    assert whole.optimizer.ema_momentum == 0.5
    assert parts.optimizer.ema_momentum**4 == pytest.approx(0.5)


def test_weights_are_up_to_date_for_whoever_asks():
    learner = new_learner(dataclasses.replace(PLAIN, ema=0.5))
    learner.take_data(*data())
    before = to_numpy(learner.model.weights[0])
    learner.learn(np.arange(8))
    judged = float(learner.judge(*data())["loss"])  # by the weights after the step, settled or not
    learner.settle()
    assert float(learner.judge(*data())["loss"]) == pytest.approx(judged, rel=1e-5)
    after = to_numpy(learner.model.weights[0])
    assert not np.allclose(before, after)
    learner.learn(np.arange(8))
    learner.reseed(1)
    assert not np.allclose(to_numpy(learner.model.weights[0]), after)
    learner.learn(np.arange(8))
    learner.take_averages()
    learner.settle()  # once more does no harm
    assert np.all(np.isfinite(to_numpy(learner.model.weights[0])))


def test_a_rate_of_zero_learns_nothing_and_the_next_step_has_its_own():
    learner = new_learner(PLAIN)
    learner.take_data(*data())
    before = to_numpy(learner.model.encoder.blocks[0].mlp.dense_1.kernel)
    learner.optimizer.learning_rate = 0.0
    learner.learn(np.arange(8))
    learner.settle()
    np.testing.assert_array_equal(to_numpy(learner.model.encoder.blocks[0].mlp.dense_1.kernel), before)
    learner.optimizer.learning_rate = 0.1
    learner.learn(np.arange(8))
    learner.settle()
    assert np.abs(to_numpy(learner.model.encoder.blocks[0].mlp.dense_1.kernel) - before).max() > 0.05


def test_accuracy_by_hand():
    labels = np.eye(3, dtype="float32")[[0, 1, 2, 2]]
    logits = np.float32([[3, 1, 1], [0, 1, 2], [0, 0, 1], [1, 0, 0]])
    assert float(accuracy(labels, logits)) == 0.5
