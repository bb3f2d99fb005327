"""Random erasing: boxes of the right size and shape in the right number of pictures, filled with noise."""

import keras
import numpy as np
import pytest
from contract import to_numpy

from vit_keras.augment import RandomErasing

HEIGHT, WIDTH, NUMBER = 40, 60, 4000


def images(number=2, shape=(8, 12, 3)):
    return np.random.default_rng(0).integers(0, 256, (number, *shape)).astype("uint8")


@pytest.fixture(scope="module")
def boxes():
    """Of pictures whose pixels are -1: top, bottom, left, right of what is covered; and the noise."""
    layer = RandomErasing(0.6, (0.05, 0.2), (0.5, 2.0), seed=3)
    found = to_numpy(layer(np.full((NUMBER, HEIGHT, WIDTH, 1), -1, "float32"), training=True))[..., 0]
    covered = found >= 0
    rows, columns = covered.any(2), covered.any(1)
    assert np.array_equal(covered, rows[:, :, None] & columns[:, None, :])  # boxes, and nothing but boxes
    erased = np.flatnonzero(covered.any((1, 2)))
    edges = [(row.argmax(), HEIGHT - row[::-1].argmax(), column.argmax(), WIDTH - column[::-1].argmax())
             for row, column in zip(rows[erased], columns[erased])]
    assert all(covered[place, top:bottom, left:right].all()
               for place, (top, bottom, left, right) in zip(erased, edges))  # in one piece
    return np.array(edges).T, found[covered]


def test_so_many_pictures_are_covered(boxes):
    assert len(boxes[0][0]) / NUMBER == pytest.approx(0.6, abs=0.04)


def test_the_area_is_uniform_between_its_bounds(boxes):
    top, bottom, left, right = boxes[0]
    area = (bottom - top) * (right - left) / (HEIGHT * WIDTH)
    assert 0.04 < area.min() < 0.06 and 0.19 < area.max() < 0.215  # sides are whole pixels
    np.testing.assert_allclose(np.histogram(area, 4, (0.05, 0.2))[0] / len(area), 0.25, atol=0.05)


def test_high_boxes_are_as_frequent_as_wide_ones(boxes):
    top, bottom, left, right = boxes[0]
    ratio = (right - left) / (bottom - top)
    assert 0.45 < ratio.min() < 0.56 and 1.8 < ratio.max() < 2.2
    assert np.mean(ratio > 1) == pytest.approx(0.5, abs=0.05)


def test_every_place_is_equally_likely(boxes):
    top, bottom, left, right = boxes[0]
    for start, end, size in ((top, bottom, HEIGHT), (left, right, WIDTH)):
        room = (start + 0.5) / (size - (end - start) + 1)
        np.testing.assert_allclose(np.histogram(room, 5, (0, 1))[0] / len(room), 0.2, atol=0.06)


def test_the_noise_is_uniform(boxes):
    noise = boxes[1]
    assert np.array_equal(noise, np.floor(noise)) and noise.min() < 3 and noise.max() > 252
    np.testing.assert_allclose(np.histogram(noise, 8, (0, 256))[0] / len(noise), 1 / 8, atol=0.035)


def test_as_much_is_covered_as_by_the_layer_of_keras():
    # Its boxes have sides sqrt(u) and sqrt(v), u and v uniform: for one size of box both layers are the same.
    flat = np.full((500, 40, 60, 3), -1, "float32")
    theirs = keras.layers.RandomErasing(1.0, scale=(0.16, 0.16), seed=0)(flat, training=True)
    ours = RandomErasing(1.0, scale=(0.16, 0.16), aspect_ratio=(1.5, 1.5), seed=0)(flat, training=True)
    erased = [(to_numpy(found) >= 0).any((1, 2, 3)) for found in (ours, theirs)]
    shares = [np.mean(to_numpy(found)[each] >= 0) for found, each in zip((ours, theirs), erased)]
    assert shares[0] == pytest.approx(0.16, abs=0.01) and shares[1] == pytest.approx(0.16, abs=0.02)
    assert erased[0].all() and erased[1].mean() == pytest.approx(0.5, abs=0.1)  # its factor of 1 means half of them


def test_a_box_wider_than_the_picture_is_cut_to_it():
    layer = RandomErasing(1.0, (0.5, 0.5), (9, 9), seed=0)
    found = to_numpy(layer(np.full((9, 8, 12, 1), -1, "float32"), training=True))
    covered = (found >= 0)[..., 0]
    assert np.array_equal(covered.any(1).sum(1), [12] * 9)


def test_a_probability_of_zero_changes_nothing_and_of_one_everything():
    batch = images(60)
    np.testing.assert_array_equal(to_numpy(RandomErasing(0.0)(batch, training=True)), batch)
    found = to_numpy(RandomErasing(1.0, (0.2, 0.3), seed=0)(batch, training=True))
    assert np.all(np.any(found != batch, axis=(1, 2, 3)))


def test_without_training_pixels_stay():
    for found in (RandomErasing(1.0)(images()), RandomErasing(1.0)(images(), training=False)):
        np.testing.assert_array_equal(to_numpy(found), images())


def test_the_seed_decides_and_a_second_call_draws_anew():
    batch = images(20)
    layer = RandomErasing(1.0, seed=5)
    one, two = to_numpy(layer(batch, training=True)), to_numpy(layer(batch, training=True))
    np.testing.assert_array_equal(one, to_numpy(RandomErasing(1.0, seed=5)(batch, training=True)))
    assert not np.allclose(one, two)


def test_float32_under_any_policy():
    found = RandomErasing(1.0, dtype="mixed_bfloat16")(images(), training=True)
    assert keras.backend.standardize_dtype(found.dtype) == "float32"


def test_config_round_trip_and_saving(tmp_path):
    layer = RandomErasing(0.3, (0.1, 0.2), (0.5, 2.0), seed=7, name="erase")
    again = RandomErasing.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    tensor = keras.Input((8, 12, 3))
    keras.Model(tensor, layer(tensor)).save(tmp_path / "erase.keras")
    loaded = keras.saving.load_model(tmp_path / "erase.keras")
    np.testing.assert_array_equal(to_numpy(loaded(images())), images())


@pytest.mark.parametrize("settings, message", [
    ({"probability": -0.1}, r"`probability` must lie in \[0, 1\]: got probability=-0.1"),
    ({"probability": 2}, r"`probability` must lie in \[0, 1\]: got probability=2"),
    ({"scale": (0, 0.5)}, r"`scale` must be \(min, max\) with 0 < min <= max <= 1: got scale="),
    ({"scale": (0.5, 0.4)}, "`scale` must be"),
    ({"scale": (0.5,)}, "`scale` must be"),
    ({"aspect_ratio": (0, 1)}, r"`aspect_ratio` must be \(min, max\) with 0 < min <= max: got aspect_ratio="),
    ({"aspect_ratio": (2, 1)}, "`aspect_ratio` must be"),
])
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        RandomErasing(**settings)
