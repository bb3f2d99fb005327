"""Pictures covered in part, shuffled and marked: what changes, and that nothing else does."""

import numpy as np
import pytest
from contract import to_numpy

from vit_keras import Patches
from vit_keras.data import COLORS, MARKS, SHUFFLES, add_marks, cover, shuffle_pixels, shuffled_order

# ---- Covered ----

DARK = np.random.default_rng(0).integers(0, 100, (6, 8, 12, 3), "uint8")


def grey_squares(images):
    return (to_numpy(Patches(4)(images)) == 128).all(axis=-1)  # (B, N)


def test_chosen_patches_are_covered_and_no_others():
    places = np.zeros((6, 2, 3), bool)
    places[0, 1, 2] = places[1, 0, 0] = True  # of the first the last patch, of the second the first
    covered = cover(DARK, places)
    assert (covered[0, 4:, 8:] == 128).all() and (covered[1, :4, :4] == 128).all()
    np.testing.assert_array_equal(grey_squares(covered).reshape(6, 2, 3), places)
    assert np.array_equal(covered[covered != 128], DARK[covered != 128]) and covered.dtype == np.uint8


@pytest.mark.parametrize("shape", [(6, 3, 3), (5, 2, 3), (2, 3), (6, 2, 5)])
def test_places_that_do_not_fit_are_refused(shape):
    with pytest.raises(ValueError, match=r"`places` must have shape \(6, rows, columns\), rows dividing 8"):
        cover(DARK, np.zeros(shape, bool))


# ---- Shuffled: nothing is lost, and each kind keeps what it should ----

NUMBERED = np.arange(2 * 8 * 12 * 3, dtype="float32").reshape(2, 8, 12, 3)  # every value once


def patches(images):
    return to_numpy(Patches(4)(images)).reshape(len(images), 6, 16, 3)


@pytest.mark.parametrize("kind", SHUFFLES)
def test_every_pixel_is_kept_and_all_pictures_change_alike(kind):
    order = shuffled_order(kind, (8, 12), 4)
    shuffled = shuffle_pixels(NUMBERED, order)
    assert sorted(order) == list(range(96)) and shuffled.shape == NUMBERED.shape
    assert np.array_equal(shuffled[1] - shuffled[0], np.full((8, 12, 3), 288))
    assert np.array_equal(shuffled, NUMBERED) == (kind == "none")


def before_and_after(kind):
    """The patches of the first picture."""
    return patches(NUMBERED)[0], patches(shuffle_pixels(NUMBERED, shuffled_order(kind, (8, 12), 4)))[0]


def test_whole_patches_move_as_they_are():
    before, after = before_and_after("patches")
    places = [int(np.flatnonzero((before == patch).all((1, 2)))[0]) for patch in after]
    assert sorted(places) == list(range(6)) != places


def test_within_patches_all_move_in_the_same_way():
    orders = [[int(np.flatnonzero((old == pixel).all(1))[0]) for pixel in new]
              for old, new in zip(*before_and_after("within patches"))]
    assert sorted(orders[0]) == list(range(16)) != orders[0]
    assert all(order == orders[0] for order in orders)


def test_pixels_leave_their_patches():
    before, after = before_and_after("pixels")
    assert len(set(np.unique(after[0])) - set(np.unique(before[0]))) > 20


def test_the_seed_decides_an_order():
    assert np.array_equal(shuffled_order("pixels", 8, 4, seed=3), shuffled_order("pixels", (8, 8), 4, seed=3))
    assert not np.array_equal(shuffled_order("pixels", 8, 4, seed=3), shuffled_order("pixels", 8, 4, seed=4))


def test_what_cannot_be_shuffled_is_refused():
    with pytest.raises(ValueError, match="one of none, patches"):
        shuffled_order("rows", 8, 4)
    with pytest.raises(ValueError, match="must divide height and width: got 5 for 8x12"):
        shuffled_order("patches", (8, 12), 5)
    with pytest.raises(ValueError, match="each of the 8x12 pixels: got 64"):
        shuffle_pixels(NUMBERED, np.arange(64))


# ---- Marked in the corner ----

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 8, 12, 3)).astype("uint8")


def test_each_picture_gets_the_mark_of_its_number():
    before = IMAGES.copy()
    marked = add_marks(IMAGES, [4, 3, 2, 1, 0], size=3)
    for image, number in zip(marked, [4, 3, 2, 1, 0]):
        assert (image[:3, :3] == COLORS[MARKS[number]]).all()
    outside = np.ones((8, 12), bool)
    outside[:3, :3] = False
    np.testing.assert_array_equal(marked[:, outside], IMAGES[:, outside])
    np.testing.assert_array_equal(IMAGES, before)
    assert marked.dtype == np.uint8


@pytest.mark.parametrize("numbers", [[0, 1, 2, 3, 5], [0, 1, 2, 3, -1], [0, 1]])
def test_other_numbers_are_refused(numbers):
    with pytest.raises(ValueError, match=r"one whole number in \[0, 4\] a picture"):
        add_marks(IMAGES, numbers)
