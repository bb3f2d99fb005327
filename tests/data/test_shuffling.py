"""A shuffle loses nothing, and each kind keeps what it should."""

import numpy as np
import pytest
from contract import to_numpy

from vit_keras import Patches
from vit_keras.data import SHUFFLES, shuffle_pixels, shuffled_order

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


def test_whole_patches_move_as_they_are():
    before, after = (patches(images)[0] for images in
                     (NUMBERED, shuffle_pixels(NUMBERED, shuffled_order("patches", (8, 12), 4))))
    places = [int(np.flatnonzero((before == patch).all((1, 2)))[0]) for patch in after]
    assert sorted(places) == list(range(6)) != places


def test_within_patches_all_move_in_the_same_way():
    before, after = (patches(images)[0] for images in
                     (NUMBERED, shuffle_pixels(NUMBERED, shuffled_order("within patches", (8, 12), 4))))
    orders = [[int(np.flatnonzero((old == pixel).all(1))[0]) for pixel in new] for old, new in zip(before, after)]
    assert sorted(orders[0]) == list(range(16)) != orders[0]
    assert all(order == orders[0] for order in orders)


def test_pixels_leave_their_patches():
    before, after = (patches(images)[0] for images in
                     (NUMBERED, shuffle_pixels(NUMBERED, shuffled_order("pixels", (8, 12), 4))))
    assert len(set(np.unique(after[0])) - set(np.unique(before[0]))) > 20


def test_the_seed_decides():
    assert np.array_equal(shuffled_order("pixels", 8, 4, seed=3), shuffled_order("pixels", (8, 8), 4, seed=3))
    assert not np.array_equal(shuffled_order("pixels", 8, 4, seed=3), shuffled_order("pixels", 8, 4, seed=4))


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="one of none, patches"):
        shuffled_order("rows", 8, 4)
    with pytest.raises(ValueError, match="must divide height and width: got 5 for 8x12"):
        shuffled_order("patches", (8, 12), 5)
    with pytest.raises(ValueError, match="each of the 8x12 pixels: got 64"):
        shuffle_pixels(NUMBERED, np.arange(64))
