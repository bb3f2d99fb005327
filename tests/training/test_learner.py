"""The compiled step with mixed pictures and averaged weights, against the same worked out beside it."""

import dataclasses

import keras
import numpy as np
import pytest
from contract import different_weights, to_numpy

from vit_keras import Dataset, Recipe, Split, VisionTransformer, train
from vit_keras.augment import mix_images, mix_labels
from vit_keras.augment.mixing import draw_mixing
from vit_keras.training.learner import Learner, compile_learner

PLAIN = Recipe(epochs=2, batch_size=16, crop_padding=0, flip=False, label_smoothing=0.0, weight_decay=0.0,
               jit_compile=False)
MIXED = dataclasses.replace(PLAIN, mixup=0.3, cutmix=1.0)


def new_model():
    keras.utils.set_random_seed(4)
    return VisionTransformer((8, 12, 3), (4, 3), 1, 4, 2, 5, 3, name="vit")


def new_learner(recipe):
    """A learner on the sixteen images of `batch`."""
    learner = Learner(different_weights(new_model()), recipe)
    compile_learner(learner, recipe)
    learner.take_data(*batch())
    return learner


ALL = np.arange(16)


def batch(number=16):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, number)
    return rng.integers(0, 256, (number, 8, 12, 3)).astype("uint8"), np.eye(3, dtype="float32")[labels]


@pytest.fixture(scope="module")
def dataset():
    images, labels = batch(48)
    split = Split(images, labels.argmax(1).astype("int32"))
    return Dataset(split, split, split, ("red", "green", "blue"), "Drawn for this test.")


def test_the_loss_is_that_of_mixed_pictures_and_mixed_labels():
    learner, (images, labels) = new_learner(MIXED), batch()
    mixing = draw_mixing(np.random.default_rng(1), 16, (8, 12, 3), 0.3, 1.0)
    logits = to_numpy(learner.model(mix_images(images, mixing)))
    truth = to_numpy(mix_labels(labels, mixing, (8, 12)))
    by_hand = -np.mean(np.sum(truth * keras.ops.convert_to_numpy(keras.ops.log_softmax(logits)), axis=1))
    assert float(learner.learn(ALL, mixing)["loss"]) == pytest.approx(by_hand, rel=1e-4)
    assert np.abs(truth - labels).max() > 0.1  # something was mixed


def test_judging_mixes_nothing():
    learner, (images, labels) = new_learner(MIXED), batch()
    logits = to_numpy(learner.model(images))
    found = learner.judge(images, labels)
    assert float(found["accuracy"]) == pytest.approx(np.mean(logits.argmax(1) == labels.argmax(1)))


def test_the_mean_of_the_weights_takes_their_place():
    learner = new_learner(dataclasses.replace(PLAIN, ema=0.5))
    seen = []
    for _ in range(3):
        learner.learn(ALL)
        learner.settle()
        seen.append([to_numpy(weight) for weight in learner.trainable_variables])
    learner.take_averages()
    for first, second, third, found in zip(*seen, learner.trainable_variables):
        np.testing.assert_allclose(to_numpy(found), 0.25 * first + 0.25 * second + 0.5 * third, atol=1e-6)


def test_without_ema_weights_stay():
    learner = new_learner(PLAIN)
    learner.learn(ALL)
    learner.settle()
    before = [to_numpy(weight) for weight in learner.trainable_variables]
    learner.take_averages()
    for weight, value in zip(learner.trainable_variables, before):
        np.testing.assert_array_equal(to_numpy(weight), value)


def test_a_run_with_everything_repeats_itself_and_goes_on_after_a_break(dataset, tmp_path, monkeypatch):
    recipe = dataclasses.replace(MIXED, ema=0.9, crop_scale=(0.5, 1.0), flip=True, trivial_augment=0.5,
                                 random_erasing=0.5, accumulate=2)
    first, again, broken = new_model(), new_model(), new_model()
    losses = train(first, dataset, recipe, verbose=False)["history"]["loss"]
    assert train(again, dataset, recipe, verbose=False)["history"]["loss"] == pytest.approx(losses, rel=1e-5)

    original, steps = Learner.learn, []

    def break_off(learner, *arguments):
        if len(steps) == 8:  # of three a pass, each in two parts
            raise KeyboardInterrupt
        steps.append(1)
        return original(learner, *arguments)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Learner, "learn", break_off)
        train(broken, dataset, recipe, tmp_path, verbose=False)
    result = train(broken, dataset, recipe, tmp_path, verbose=False)
    assert result["history"]["loss"] == pytest.approx(losses, rel=1e-5)
    for one, other in zip(first.get_weights(), broken.get_weights()):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_mixing_that_has_ended_is_no_mixing(dataset):
    plain, ended = new_model(), new_model()
    expected = train(plain, dataset, PLAIN, verbose=False)["history"]["loss"]
    found = train(ended, dataset, dataclasses.replace(MIXED, mix_until=0.0), verbose=False)["history"]["loss"]
    assert found == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("settings, message", [
    ({"mixup": -1}, "`mixup` must be 0 or more: got mixup=-1"),
    ({"cutmix": -0.5}, "`cutmix` must be 0 or more: got cutmix=-0.5"),
    ({"mix_probability": 1.5}, r"`mix_probability` must lie in \[0, 1\]: got mix_probability=1.5"),
    ({"mix_until": -0.1}, r"`mix_until` must lie in \[0, 1\]: got mix_until=-0.1"),
    ({"ema": 1.0}, r"`ema` must lie in \[0, 1\): got ema=1.0"),
    ({"crop_scale": (0, 1)}, r"`scale` must be \(min, max\)"),
])
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Learner(new_model(), Recipe(epochs=1, **settings))
