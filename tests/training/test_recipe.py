"""A recipe: what it refuses, and the ordinary Keras objects that it stands for."""

import dataclasses

import keras
import numpy as np
import pytest
from contract import different_weights
from small_runs import RECIPE, new_model, split

from vit_keras import Recipe, create_cnn_classifier
from vit_keras.augment import RandomCropFlip, RandomErasing, RandomResizedCrop, TrivialAugment
from vit_keras.training import EpochLine, EpochSeeds, Muon, StopAfter, StopAtNaN, TimeBudget, should_jit


@pytest.mark.parametrize("settings, message", [
    ({}, "needs `epochs` or `minutes`, and not both: got epochs=None and minutes=None"),
    ({"epochs": 1, "minutes": 1}, "and not both: got epochs=1 and minutes=1"),
    ({"epochs": 0}, "`epochs` must be positive and finite: got epochs=0"),
    ({"minutes": -1}, "`minutes` must be positive and finite: got minutes=-1"),
    ({"epochs": float("nan")}, "`epochs` must be positive and finite: got epochs=nan"),
    ({"epochs": 1, "batch_size": 0}, "`batch_size` must be positive and finite: got batch_size=0"),
    ({"epochs": 1, "learning_rate": 0}, "`learning_rate` must be positive and finite: got learning_rate=0"),
    ({"epochs": 1, "weight_decay": -0.1}, "`weight_decay` must be 0 or more, and finite: got weight_decay=-0.1"),
    ({"epochs": 1, "mixup": -1}, "`mixup` must be 0 or more, and finite: got mixup=-1"),
    ({"epochs": 1, "cutmix": -0.5}, "`cutmix` must be 0 or more, and finite: got cutmix=-0.5"),
    ({"epochs": 1, "clip_norm": 0}, "`clip_norm` must be positive and finite: got clip_norm=0"),
    ({"epochs": 1, "warmup": 1.0}, r"`warmup` must lie in \[0, 1\): got warmup=1.0"),
    ({"epochs": 1, "ema": 1.0}, r"`ema` must lie in \[0, 1\): got ema=1.0"),
    ({"epochs": 1, "label_smoothing": -0.1}, r"`label_smoothing` must lie in \[0, 1\): got label_smoothing=-0.1"),
    ({"epochs": 1, "trivial_augment": 1.5}, r"`trivial_augment` must lie in \[0, 1\]: got trivial_augment=1.5"),
    ({"epochs": 1, "random_erasing": -1}, r"`random_erasing` must lie in \[0, 1\]: got random_erasing=-1"),
    ({"epochs": 1, "mix_probability": 1.5}, r"`mix_probability` must lie in \[0, 1\]: got mix_probability=1.5"),
    ({"epochs": 1, "mix_until": -0.1}, r"`mix_until` must lie in \[0, 1\]: got mix_until=-0.1"),
    ({"epochs": 1, "accumulate": 0}, "`accumulate` must be positive and finite: got accumulate=0"),
    ({"epochs": 1, "accumulate": 3}, "`accumulate` must divide `batch_size`: got accumulate=3 and batch_size=64"),
    ({"epochs": 1, "whole_epochs": True}, "`whole_epochs` fits passes to `minutes`: got none of them"),
    ({"epochs": 1, "precision": "float16"}, "`precision` must be one of None, 'float32', .*: got 'float16'"),
    ({"epochs": float("inf")}, "`epochs` must be positive and finite: got epochs=inf"),
    ({"epochs": 1, "weight_decay": float("nan")}, "`weight_decay` must be 0 or more, and finite: got weight_decay=nan"),
])
def test_a_recipe_that_cannot_be_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Recipe(**settings)


def test_a_recipe_cannot_be_changed_after_it_was_named():
    with pytest.raises(dataclasses.FrozenInstanceError):
        RECIPE.epochs = 5


def test_what_is_off_is_not_printed():
    assert repr(Recipe(epochs=2, weight_decay=0.0, flip=False)) == (
        "Recipe(epochs=2, batch_size=64, learning_rate=0.002, warmup=0.1, decay=True, clip_norm=1.0, "
        "label_smoothing=0.1, crop_padding=4, jit_compile='auto')")
    shown = repr(Recipe(epochs=2, trivial_augment=1.0, mixup=0.2, mix_probability=0.5, accumulate=4))
    for word in ("trivial_augment=1.0", "mixup=0.2", "mix_probability=0.5", "accumulate=4"):
        assert word in shown


# ---- The optimizer ----

def step(model, gradient, **changes):
    """One step of a recipe's optimizer with this gradient everywhere. Returns {name: (before, after)}."""
    weights = model.trainable_variables
    before = [keras.ops.convert_to_numpy(weight) for weight in weights]
    recipe = dataclasses.replace(RECIPE, warmup=0.0, learning_rate=0.01, weight_decay=0.5, **changes)
    recipe.optimizer(steps=9).apply([keras.ops.full(weight.shape, gradient) for weight in weights], weights)
    after = [keras.ops.convert_to_numpy(weight) for weight in weights]
    return {weight.path: pair for weight, *pair in zip(weights, before, after)}


@pytest.mark.parametrize("make", [new_model, lambda: create_cnn_classifier((8, 12, 3), 3, (4, 5), 1)],
                         ids=["vit", "cnn"])
def test_decay_shrinks_kernels_by_rate_times_decay_and_nothing_else(make):
    kernels = 0
    for path, (before, after) in step(different_weights(make()), gradient=0.0).items():
        is_kernel = path.endswith("kernel")
        kernels += is_kernel
        np.testing.assert_allclose(after, before * (1 - 0.01 * 0.5) if is_kernel else before, rtol=1e-6, err_msg=path)
    assert kernels >= 5


def test_one_step_of_adamw_by_hand():
    # The first step of Adam goes by the learning rate against the gradient's sign, whatever its size:
    # m / (sqrt(v) + 1e-7) with m = g and v = g * g. Decay comes on top, not through m and v (decoupled).
    for path, (before, after) in step(different_weights(new_model()), gradient=-0.25).items():
        decay = 0.01 * 0.5 if path.endswith("kernel") else 0
        np.testing.assert_allclose(after, before * (1 - decay) + 0.01, atol=1e-5, err_msg=path)


def test_clipping_muon_ema_and_parts_reach_the_optimizer():
    assert RECIPE.optimizer(9).global_clipnorm == 1.0
    assert dataclasses.replace(RECIPE, clip_norm=None).optimizer(9).global_clipnorm is None
    assert isinstance(dataclasses.replace(RECIPE, muon=True).optimizer(9), Muon)
    parts = dataclasses.replace(RECIPE, accumulate=4, ema=0.81).optimizer(9)
    # Keras averages after every part: four times the fourth root.
    assert parts.gradient_accumulation_steps == 4 and parts.ema_momentum**4 == pytest.approx(0.81)


# ---- The learning rate ----

PLAIN = Recipe(epochs=10, warmup=0.1, learning_rate=0.02)


def test_the_rate_rises_to_its_peak_and_falls_to_zero():
    rates = [PLAIN.rate(share) for share in (0.05, 0.1, 0.55, 1.0)]
    np.testing.assert_allclose(rates, [0.01, 0.02, 0.01, 0], atol=1e-7)


@pytest.mark.parametrize("changes", [{}, {"warmup": 0.0}, {"decay": False}, {"decay": False, "warmup": 0.0}])
def test_the_schedule_in_the_optimizer_is_that_rate(changes):
    recipe = dataclasses.replace(PLAIN, **changes)
    schedule = recipe.optimizer(steps=100)._learning_rate
    steps = range(1, 100, 7)
    np.testing.assert_allclose([float(schedule(step)) for step in steps], [recipe.rate(step / 100) for step in steps],
                               atol=1e-7)


def test_without_decay_the_rate_stays_at_its_peak():
    recipe = dataclasses.replace(PLAIN, decay=False)
    assert [recipe.rate(share) for share in (0.05, 0.1, 0.55, 1.0)] == pytest.approx([0.01, 0.02, 0.02, 0.02])
    assert dataclasses.replace(recipe, warmup=0.0).rate(0) == 0.02


# ---- The rest ----

def test_labels_are_smoothed():
    loss = dataclasses.replace(RECIPE, label_smoothing=0.3).loss()
    # Truth 1, 0, 0 becomes 0.8, 0.1, 0.1; equal logits give every class a third.
    assert float(loss(np.eye(3)[:1], np.zeros((1, 3)))) == pytest.approx(np.log(3), abs=1e-6)
    logits = np.log([[0.5, 0.25, 0.25]])
    assert float(loss(np.eye(3)[:1], logits)) == pytest.approx(-0.8 * np.log(0.5) - 0.2 * np.log(0.25), abs=1e-6)


def test_augmentation_is_what_is_on():
    def kinds(**changes):
        return [type(layer) for layer in Recipe(epochs=1, **changes).augmentation()]

    assert kinds() == [RandomCropFlip]
    assert kinds(crop_padding=0, flip=False) == []
    assert kinds(crop_scale=(0.5, 1.0), trivial_augment=0.5, random_erasing=0.25) == [
        RandomResizedCrop, TrivialAugment, RandomErasing]
    with pytest.raises(ValueError, match=r"`scale` must be \(min, max\)"):
        kinds(crop_scale=(0, 1))


def test_callbacks_end_the_run_by_steps_or_by_the_clock():
    def kinds(recipe):
        return [type(callback) for callback in recipe.callbacks(recipe.batches(split(50, 1)))]

    assert kinds(RECIPE) == [EpochSeeds, StopAtNaN, StopAfter, EpochLine]
    assert kinds(dataclasses.replace(RECIPE, epochs=None, minutes=1)) == [EpochSeeds, StopAtNaN, TimeBudget, EpochLine]


@pytest.mark.parametrize("epochs, accumulate, steps", [(3, 1, 9), (1.4, 1, 4), (0.5, 1, 2), (0.01, 1, 1), (0.5, 4, 8)])
def test_a_run_has_so_many_steps_of_fit(epochs, accumulate, steps):
    recipe = dataclasses.replace(RECIPE, epochs=epochs, accumulate=accumulate)
    assert recipe.steps(recipe.batches(split(50, 1))) == steps


class NotForXLA(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.supports_jit = False

    def call(self, inputs):
        return inputs


def test_xla_is_chosen_where_it_pays(monkeypatch):
    if keras.backend.backend() == "torch":
        assert not should_jit(new_model())
        return
    assert should_jit(new_model())
    assert not should_jit(keras.Sequential([NotForXLA()]))
    if keras.backend.backend() == "tensorflow":
        assert not should_jit(new_model(), steps=50)  # compiling would take longer than it saves
        cnn = create_cnn_classifier((8, 12, 3), 3, (4, 5), 1)
        assert not should_jit(cnn)  # measured: a third slower with it
        monkeypatch.setattr("vit_keras.training.recipe._sees_accelerator", lambda: True)
        assert should_jit(cnn)
