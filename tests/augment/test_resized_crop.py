"""A part of each image, enlarged: against NumPy's own interpolation, and by its statistics."""

import keras
import numpy as np
import pytest
from contract import to_numpy

from vit_keras.augment import RandomResizedCrop
from vit_keras.augment.crops import weights


def images(number=2, shape=(8, 12, 3)):
    return np.random.default_rng(0).integers(0, 256, (number, *shape)).astype("uint8")


def coordinates(number, height=20, width=30):
    """Images whose two channels hold the row and the column of each pixel: what comes out says where it was fetched."""
    rows, columns = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    return np.repeat(np.stack([rows, columns], axis=-1)[None].astype("float32"), number, axis=0)


@pytest.fixture(scope="module")
def parts():
    """4,000 crops of a 20x30 image: top, left, height and width as shares, and whether mirrored."""
    y = to_numpy(RandomResizedCrop((0.2, 0.5), (0.8, 1.25), seed=4)(coordinates(4000), training=True))
    rows, columns = y[:, :, 0, 0], y[:, 0, :, 1]
    assert np.allclose(y[..., 0], rows[:, :, None], atol=1e-4)  # a row stays a row
    assert np.allclose(y[..., 1], columns[:, None, :], atol=1e-4)
    mirrored = columns[:, 0] > columns[:, -1]
    columns = np.where(mirrored[:, None], columns[:, ::-1], columns)
    height = (rows[:, 15] - rows[:, 5]) / 10  # away from the border, where places are clipped
    width = (columns[:, 20] - columns[:, 10]) / 10
    top = (rows[:, 10] + 0.5 - 10.5 * height) / 20
    left = (columns[:, 15] + 0.5 - 15.5 * width) / 30
    return {"top": top, "left": left, "height": height, "width": width, "mirrored": mirrored}


def test_the_area_is_uniform_between_its_bounds(parts):
    area = parts["height"] * parts["width"]
    assert area.min() >= 0.2 - 1e-3 and area.max() <= 0.5 + 1e-3
    counts = np.histogram(area, 6, (0.2, 0.5))[0]
    np.testing.assert_allclose(counts / 4000, 1 / 6, atol=0.03)  # five deviations


def test_the_aspect_ratio_is_symmetric_about_one(parts):
    ratio = parts["width"] / parts["height"]
    assert ratio.min() >= 0.8 - 1e-3 and ratio.max() <= 1.25 + 1e-3
    assert np.mean(ratio > 1) == pytest.approx(0.5, abs=0.04)


def test_every_place_is_equally_likely(parts):
    for start, share in (("top", "height"), ("left", "width")):
        room = parts[start] / (1 - parts[share])
        assert room.min() > -1e-2 and room.max() < 1 + 1e-2
        np.testing.assert_allclose(np.histogram(room, 5, (0, 1))[0] / 4000, 0.2, atol=0.035)


def test_half_are_mirrored_whatever_their_place(parts):
    assert np.mean(parts["mirrored"]) == pytest.approx(0.5, abs=0.04)
    assert abs(np.corrcoef(parts["mirrored"], parts["left"])[0, 1]) < 0.08


def test_interpolation_against_numpy():
    places, line = np.array([0.0, 0.25, 2.5, 6.0, 7.0], "float32"), np.random.default_rng(1).random(8)
    matrix = to_numpy(weights(places[None], 8))[0]
    np.testing.assert_allclose(matrix.sum(1), 1, atol=1e-6)
    np.testing.assert_allclose(matrix @ line, np.interp(places, np.arange(8), line), atol=1e-6)


def test_the_whole_image_stays_as_it_is():
    layer = RandomResizedCrop((1.0, 1.0), (1.0, 1.0), flip=False)
    np.testing.assert_allclose(to_numpy(layer(images(), training=True)), images(), atol=1e-3)


def test_values_stay_within_those_of_the_image():
    y = to_numpy(RandomResizedCrop((0.1, 1.0), seed=0)(images(50), training=True))
    assert y.dtype == np.float32 and y.min() >= 0 and y.max() <= 255.001


def test_without_training_pixels_stay():
    for y in (RandomResizedCrop()(images()), RandomResizedCrop()(images(), training=False)):
        np.testing.assert_array_equal(to_numpy(y), images())


def test_the_seed_decides_and_a_second_call_draws_anew():
    first, other = RandomResizedCrop(seed=5), RandomResizedCrop(seed=6)
    batch = images(8)
    one, two = to_numpy(first(batch, training=True)), to_numpy(first(batch, training=True))
    np.testing.assert_array_equal(one, to_numpy(RandomResizedCrop(seed=5)(batch, training=True)))
    assert not np.allclose(one, two) and not np.allclose(one, to_numpy(other(batch, training=True)))


def test_float32_under_any_policy():
    layer = RandomResizedCrop(dtype="mixed_bfloat16")
    assert keras.backend.standardize_dtype(layer(images(), training=True).dtype) == "float32"


def test_config_round_trip_and_saving(tmp_path):
    layer = RandomResizedCrop((0.5, 0.9), (0.9, 1.1), flip=False, seed=7, name="augment")
    again = RandomResizedCrop.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    tensor = keras.Input((8, 12, 3))
    keras.Model(tensor, layer(tensor)).save(tmp_path / "augment.keras")
    loaded = keras.saving.load_model(tmp_path / "augment.keras")
    assert loaded.get_layer("augment").get_config() == layer.get_config()
    np.testing.assert_array_equal(to_numpy(loaded(images())), images())


@pytest.mark.parametrize("scale", [(0, 1), (0.5, 0.4), (0.5, 1.5), (0.5,)])
def test_a_wrong_scale_is_refused(scale):
    with pytest.raises(ValueError, match=r"`scale` must be \(min, max\) with 0 < min <= max <= 1: got scale="):
        RandomResizedCrop(scale)


@pytest.mark.parametrize("aspect_ratio", [(0, 1), (2, 1), (1, 2, 3)])
def test_a_wrong_aspect_ratio_is_refused(aspect_ratio):
    with pytest.raises(ValueError, match="`aspect_ratio` must be"):
        RandomResizedCrop(aspect_ratio=aspect_ratio)
