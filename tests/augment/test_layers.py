"""What every layer of augmentation promises, whatever it does to a picture."""

import keras
import numpy as np
import pytest
from contract import to_numpy

from vit_keras import RandomCropFlip
from vit_keras.augment import RandomErasing, RandomResizedCrop, TrivialAugment

LAYERS = {  # with settings that are not its defaults
    RandomCropFlip: {"padding": 2, "flip": False},
    RandomErasing: {"probability": 1.0, "scale": (0.1, 0.2), "aspect_ratio": (0.5, 2.0)},
    RandomResizedCrop: {"scale": (0.5, 0.9), "aspect_ratio": (0.9, 1.1), "flip": False},
    TrivialAugment: {"strength": 0.5, "operations": ("rotate", "color"), "fill": 0},
}
every_layer = pytest.mark.parametrize("layer", LAYERS)


def images(number=2):
    return np.random.default_rng(0).integers(0, 256, (number, 8, 12, 3)).astype("uint8")


@every_layer
@pytest.mark.parametrize("settings", [{}, {"training": False}])
def test_without_training_pixels_stay(layer, settings):
    np.testing.assert_array_equal(to_numpy(layer(**LAYERS[layer])(images(), **settings)), images())


@every_layer
def test_the_seed_decides_and_a_second_call_draws_anew(layer):
    batch, first, other = images(20), layer(**LAYERS[layer], seed=5), layer(**LAYERS[layer], seed=6)
    one, two = to_numpy(first(batch, training=True)), to_numpy(first(batch, training=True))
    np.testing.assert_array_equal(one, to_numpy(layer(**LAYERS[layer], seed=5)(batch, training=True)))
    assert not np.allclose(one, two) and not np.allclose(one, to_numpy(other(batch, training=True)))


@every_layer
def test_each_image_of_a_batch_draws_its_own(layer):
    found = to_numpy(layer(**LAYERS[layer], seed=0)(np.repeat(images(1), 30, axis=0), training=True))
    assert len({picture.tobytes() for picture in found}) > 15


@every_layer
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("dtype", ["uint8", "float32", "float16"])
def test_no_pixel_is_rounded_by_a_policy(layer, dtype, training):
    """Where pixels only move they keep their type; float32 otherwise."""
    found = layer(**LAYERS[layer], dtype="mixed_bfloat16")(images().astype(dtype), training=training)
    assert keras.backend.standardize_dtype(found.dtype) == (dtype if layer is RandomCropFlip else "float32")


@every_layer
def test_config_round_trip_and_saving(layer, tmp_path):
    one = layer(**LAYERS[layer], seed=7, name="augment")
    again = layer.from_config(one.get_config())
    assert again.get_config() == one.get_config()
    assert LAYERS[layer].items() <= again.get_config().items() and (again.seed, again.name) == (7, "augment")
    tensor = keras.Input((8, 12, 3))
    keras.Model(tensor, one(tensor)).save(tmp_path / "augment.keras")
    loaded = keras.saving.load_model(tmp_path / "augment.keras")
    assert loaded.get_layer("augment").get_config() == one.get_config()
    np.testing.assert_array_equal(to_numpy(loaded(images())), images())
    assert loaded.output_shape == (None, 8, 12, 3)
