"""Pad-and-crop, a part enlarged, a box covered: against NumPy's own padding and interpolation, and by their statistics.

What all layers of augmentation promise is in test_layers.py.
"""

import keras
import numpy as np
import pytest
from contract import to_numpy

from vit_keras.augment import RandomCropFlip, RandomErasing, RandomResizedCrop
from vit_keras.augment.crops import reflect, weights

HEIGHT, WIDTH, NUMBER = 40, 60, 4000  # of the pictures with boxes


def images(number=2, shape=(8, 12, 3)):
    return np.random.default_rng(0).integers(0, 256, (number, *shape)).astype("uint8")


# ---- RandomCropFlip: each answer is one of few ----

def all_crops(image, padding):
    """Every answer the layer may give: NumPy pads, then we crop, then we mirror. {(down, right, mirrored): image}"""
    height, width, _ = image.shape
    padded = np.pad(image, ((padding, padding), (padding, padding), (0, 0)), mode="reflect")
    crops = {}
    for down in range(2 * padding + 1):
        for right in range(2 * padding + 1):
            crop = padded[down:down + height, right:right + width]
            crops[down - padding, right - padding, False] = crop
            crops[down - padding, right - padding, True] = crop[:, ::-1]
    return crops


@pytest.fixture(scope="module")
def drawn():
    """What happened to each of 3000 copies of one image: (down, right, mirrored)."""
    image = images(1)[0]
    crops = {crop.tobytes(): place for place, crop in all_crops(image, 1).items()}
    assert len(crops) == 18  # no two alike
    outputs = RandomCropFlip(1, seed=3)(np.repeat(image[None], 3000, axis=0), training=True)
    return [crops.get(output.tobytes()) for output in keras.ops.convert_to_numpy(outputs)]


def test_every_answer_is_a_crop_of_the_image_that_numpy_padded(drawn):
    assert None not in drawn


def test_all_shifts_are_equally_frequent(drawn):
    for axis in (0, 1):
        counts = np.unique([place[axis] for place in drawn], return_counts=True)
        assert counts[0].tolist() == [-1, 0, 1]
        np.testing.assert_allclose(counts[1] / 3000, 1 / 3, atol=0.04)  # four and a half deviations


def test_half_of_the_images_are_mirrored_whatever_their_shift(drawn):
    assert np.mean([mirrored for _, _, mirrored in drawn]) == pytest.approx(0.5, abs=0.04)
    _, counts = np.unique(drawn, axis=0, return_counts=True)
    assert len(counts) == 18
    np.testing.assert_allclose(counts / 3000, 1 / 18, atol=0.02)


def test_a_larger_padding_against_numpy():
    batch = images(30, (8, 12, 1))
    outputs = keras.ops.convert_to_numpy(RandomCropFlip(3, seed=1)(batch, training=True))
    for image, output in zip(batch, outputs):
        assert output.tobytes() in {crop.tobytes() for crop in all_crops(image, 3).values()}


def test_the_border_is_mirrored_by_hand():
    index = np.array([-2, -1, 0, 1, 2, 3, 4, 5])
    assert keras.ops.convert_to_numpy(reflect(index, 4)).tolist() == [2, 1, 0, 1, 2, 3, 2, 1]


def test_without_padding_and_flip_nothing_happens():
    batch = images()
    np.testing.assert_array_equal(to_numpy(RandomCropFlip(0, flip=False)(batch, training=True)), batch)


def test_without_flip_no_image_is_mirrored():
    batch = images(40)
    outputs = keras.ops.convert_to_numpy(RandomCropFlip(1, flip=False)(batch, training=True))
    for image, output in zip(batch, outputs):
        place = {crop.tobytes(): place for place, crop in all_crops(image, 1).items()}[output.tobytes()]
        assert not place[2]


def test_a_negative_padding_is_refused():
    with pytest.raises(ValueError, match="`padding` must be 0 or more pixels: got padding=-1"):
        RandomCropFlip(-1)


@pytest.mark.parametrize("training", [True, False])
def test_a_padding_as_large_as_the_image_is_refused(training):
    with pytest.raises(ValueError, match="smaller than the image: got padding=8 for 8x12 pixels"):
        RandomCropFlip(8)(images(), training=training)


# ---- RandomResizedCrop ----

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


def test_the_area_of_a_part_is_uniform_between_its_bounds(parts):
    area = parts["height"] * parts["width"]
    assert area.min() >= 0.2 - 1e-3 and area.max() <= 0.5 + 1e-3
    counts = np.histogram(area, 6, (0.2, 0.5))[0]
    np.testing.assert_allclose(counts / 4000, 1 / 6, atol=0.03)  # five deviations


def test_the_aspect_ratio_is_symmetric_about_one(parts):
    ratio = parts["width"] / parts["height"]
    assert ratio.min() >= 0.8 - 1e-3 and ratio.max() <= 1.25 + 1e-3
    assert np.mean(ratio > 1) == pytest.approx(0.5, abs=0.04)


def test_every_place_of_a_part_is_equally_likely(parts):
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


@pytest.mark.parametrize("scale", [(0, 1), (0.5, 0.4), (0.5, 1.5), (0.5,)])
def test_a_wrong_scale_is_refused(scale):
    with pytest.raises(ValueError, match=r"`scale` must be \(min, max\) with 0 < min <= max <= 1: got scale="):
        RandomResizedCrop(scale)


@pytest.mark.parametrize("aspect_ratio", [(0, 1), (2, 1), (1, 2, 3)])
def test_a_wrong_aspect_ratio_is_refused(aspect_ratio):
    with pytest.raises(ValueError, match="`aspect_ratio` must be"):
        RandomResizedCrop(aspect_ratio=aspect_ratio)


# ---- RandomErasing ----

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


def test_the_area_of_a_box_is_uniform_between_its_bounds(boxes):
    top, bottom, left, right = boxes[0]
    area = (bottom - top) * (right - left) / (HEIGHT * WIDTH)
    assert 0.04 < area.min() < 0.06 and 0.19 < area.max() < 0.215  # sides are whole pixels
    np.testing.assert_allclose(np.histogram(area, 4, (0.05, 0.2))[0] / len(area), 0.25, atol=0.05)


def test_high_boxes_are_as_frequent_as_wide_ones(boxes):
    top, bottom, left, right = boxes[0]
    ratio = (right - left) / (bottom - top)
    assert 0.45 < ratio.min() < 0.56 and 1.8 < ratio.max() < 2.2
    assert np.mean(ratio > 1) == pytest.approx(0.5, abs=0.05)


def test_every_place_of_a_box_is_equally_likely(boxes):
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


@pytest.mark.parametrize("settings, message", [
    ({"probability": -0.1}, r"`probability` must lie in \[0, 1\]: got probability=-0.1"),
    ({"probability": 2}, r"`probability` must lie in \[0, 1\]: got probability=2"),
    ({"scale": (0, 0.5)}, r"`scale` must be \(min, max\) with 0 < min <= max <= 1: got scale="),
    ({"scale": (0.5, 0.4)}, "`scale` must be"),
    ({"scale": (0.5,)}, "`scale` must be"),
    ({"aspect_ratio": (0, 1)}, r"`aspect_ratio` must be \(min, max\) with 0 < min <= max: got aspect_ratio="),
    ({"aspect_ratio": (2, 1)}, "`aspect_ratio` must be"),
])
def test_settings_of_erasing_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        RandomErasing(**settings)
