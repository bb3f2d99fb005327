"""Fourteen operations: against Pillow, which AutoAugment and all that came after it were written with, and by hand."""

import itertools

import numpy as np
import pytest
from contract import to_numpy
from pictures import picture
from PIL import Image, ImageEnhance, ImageOps

from vit_keras.augment import GEOMETRIC, OPERATIONS
from vit_keras.augment.operations import equalize, operate, posterize, solarize, stretch

FILL, STRENGTHS = 128, (-1.0, -0.37, 0.0, 0.3, 0.81, 1.0)


def photograph(size=(40, 24)):
    """A smooth picture with some grain and little contrast: uint8 (24, 40, 3)."""
    grain = np.random.default_rng(1).integers(-8, 9, (size[1], size[0], 3))
    return (30 + 0.7 * np.asarray(picture(3, size)) + grain).astype("uint8")


def pillow(name, array, strength):
    """The operation as Pillow does it."""
    image = Image.fromarray(array)
    width, height = image.size

    def affine(*numbers):
        return image.transform(image.size, Image.Transform.AFFINE, numbers, fillcolor=(FILL,) * 3)

    def enhanced(kind):
        return kind(image).enhance(1 + 0.99 * strength)

    return np.asarray({
        "identity": lambda: image,
        "shear_x": lambda: affine(1, 0.99 * strength, 0, 0, 1, 0),
        "shear_y": lambda: affine(1, 0, 0, 0.99 * strength, 1, 0),
        "translate_x": lambda: affine(1, 0, width * strength, 0, 1, 0),
        "translate_y": lambda: affine(1, 0, 0, 0, 1, height * strength),
        "rotate": lambda: image.rotate(135 * strength, fillcolor=(FILL,) * 3),
        "brightness": lambda: enhanced(ImageEnhance.Brightness),
        "color": lambda: enhanced(ImageEnhance.Color),
        "contrast": lambda: enhanced(ImageEnhance.Contrast),
        "sharpness": lambda: enhanced(ImageEnhance.Sharpness),
        "posterize": lambda: ImageOps.posterize(image, 8 - round(6 * abs(strength))),
        "solarize": lambda: ImageOps.solarize(image, 256 * (1 - abs(strength))),
        "autocontrast": lambda: ImageOps.autocontrast(image),
        "equalize": lambda: ImageOps.equalize(image),
    }[name]())


def each(names, array, strengths):
    """Ours, each on a copy of the picture in one batch."""
    places = np.array([OPERATIONS.index(name) for name in names], "int32")
    return to_numpy(operate(np.repeat(array[None], len(names), axis=0), places, np.float32(strengths), FILL))


def one(name, array, strength):
    """Ours, on a single picture."""
    return each([name], array, [strength])[0]


@pytest.fixture(scope="module")
def found():
    """{(operation, strength): picture}."""
    cases = list(itertools.product(OPERATIONS, STRENGTHS))
    names, strengths = zip(*cases)
    return dict(zip(cases, each(names, photograph(), strengths)))


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_pillow_s(found, name, strength):
    array = photograph()
    ours, theirs = found[name, strength], pillow(name, array, strength).astype("float32")
    assert ours.dtype == np.float32 and ours.shape == array.shape
    if name in GEOMETRIC:  # pixels are copied; a place on the border between two may fall to either
        assert np.mean(np.any(ours != theirs, axis=-1)) < 0.03
    else:  # Pillow rounds on the way where it blends: its grey, its mean, its result
        exact = name in ("identity", "posterize", "solarize", "equalize")
        assert np.abs(ours - theirs).max() <= (0 if exact else 2)
    if strength in (-0.37, 0.81) and name != "identity":
        assert np.abs(theirs - array).mean() > 0.5  # there was something to compare


def test_a_shift_by_whole_pixels_by_hand():
    array = np.arange(12, dtype="uint8").reshape(3, 4, 1)
    np.testing.assert_array_equal(one("translate_x", array, 0.25)[..., 0],
                                  [[1, 2, 3, FILL], [5, 6, 7, FILL], [9, 10, 11, FILL]])
    np.testing.assert_array_equal(one("translate_y", array, -1 / 3)[..., 0],
                                  [[FILL] * 4, [0, 1, 2, 3], [4, 5, 6, 7]])
    assert np.all(one("translate_x", array, 1.0) == FILL)  # out of sight


def test_a_quarter_turn_is_numpy_s():
    array = photograph((16, 16))
    np.testing.assert_array_equal(one("rotate", array, 90 / 135), np.rot90(array))
    np.testing.assert_array_equal(one("rotate", array, -90 / 135), np.rot90(array, -1))


def test_a_full_shear_is_a_slant_by_hand():
    array = np.tile(np.arange(4, dtype="uint8")[None, :, None], (4, 1, 1))
    # Row y shows columns 0.99 (y + 0.5) further to the right.
    np.testing.assert_array_equal(one("shear_x", array, 1.0)[..., 0],
                                  [[0, 1, 2, 3], [1, 2, 3, FILL], [2, 3, FILL, FILL], [3, FILL, FILL, FILL]])


def test_every_picture_has_its_own_operation_and_strength():
    array = photograph()
    rng = np.random.default_rng(0)
    strengths = rng.uniform(-1, 1, 14)
    for name, found, strength in zip(OPERATIONS, each(OPERATIONS, array, strengths), strengths):
        np.testing.assert_allclose(found, one(name, array, strength), atol=1e-3, err_msg=name)


def test_float_pixels_are_treated_as_integers_are():
    array = photograph()
    floats, integers = (each(OPERATIONS, pixels, [0.4] * 14) for pixels in (array.astype("float32"), array))
    np.testing.assert_allclose(floats, integers, atol=1e-3)


def test_values_stay_in_range():
    found = each(2 * OPERATIONS, photograph(), [-1.0] * 14 + [1.0] * 14)
    assert found.min() >= 0 and found.max() <= 255


def test_one_channel_is_enough():
    array = photograph()[..., :1]
    assert each(OPERATIONS, array, [0.5] * 14).shape == (14, *array.shape)
    np.testing.assert_array_equal(one("color", array, -1.0), array)  # it has no colour to lose


# ---- Rules for single values ----

def values(*numbers):
    return np.float32(numbers).reshape(1, 1, -1, 1)


def test_posterize_by_hand():
    found = to_numpy(posterize(values(0, 63, 64, 127, 128, 200, 255), np.float32([-1.0])))
    np.testing.assert_array_equal(found.ravel(), [0, 0, 64, 64, 128, 192, 192])
    fractions = values(0.5, 100.25)
    np.testing.assert_array_equal(to_numpy(posterize(fractions, np.float32([0.0]))), fractions)


def test_solarize_by_hand():
    found = to_numpy(solarize(values(0, 127, 128, 255), np.float32([0.5])))
    np.testing.assert_array_equal(found.ravel(), [0, 127, 127, 0])


def test_stretch_by_hand():
    np.testing.assert_allclose(to_numpy(stretch(values(50, 60, 100))).ravel(), [0, 51, 255], atol=1e-3)
    np.testing.assert_array_equal(to_numpy(stretch(values(7, 7))).ravel(), [7, 7])


def test_equalized_values_are_about_equally_frequent():
    dark = np.random.default_rng(0).beta(1, 6, (1, 64, 64, 2)) * 255
    found = to_numpy(equalize(dark.astype("float32")))
    for channel in range(2):
        counts = np.histogram(found[..., channel], 8, (0, 256))[0]
        np.testing.assert_allclose(counts / 4096, 1 / 8, atol=0.03)
    assert np.histogram(dark, 8, (0, 256))[0][0] > 2000  # it was not so before


def test_a_flat_picture_stays_flat():
    flat = np.full((2, 5, 6, 3), 70, "float32")
    np.testing.assert_array_equal(to_numpy(equalize(flat)), flat)
