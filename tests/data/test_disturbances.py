"""Pictures covered in part, moved, shuffled, textured and marked: what changes, and that nothing else does."""

import numpy as np
import pytest
from contract import to_numpy

from vit_keras import Patches, draw_shapes
from vit_keras.data import (
    COLORS,
    MARKS,
    SHUFFLES,
    TEXTURES,
    add_marks,
    cover,
    draw_textured,
    move,
    occlude,
    shuffle_pixels,
    shuffled_order,
)
from vit_keras.data.disturbances import TEXTURED_SHAPES

# ---- Covered, and moved ----

DARK = np.random.default_rng(0).integers(0, 100, (6, 8, 12, 3), "uint8")


def grey_squares(images):
    return (to_numpy(Patches(4)(images)) == 128).all(axis=-1)  # (B, N)


@pytest.mark.parametrize("share, squares", [(0, 0), (0.5, 3), (0.75, 4), (1, 6)])
def test_a_share_of_whole_squares_is_covered(share, squares):
    covered = occlude(DARK, share)
    assert covered.dtype == np.uint8
    assert np.array_equal(grey_squares(covered).sum(axis=1), [squares] * 6)
    untouched = (covered != 128)
    assert np.array_equal(covered[untouched], DARK[untouched])


def test_each_picture_is_covered_in_another_place():
    assert len(np.unique(grey_squares(occlude(DARK, 0.5)), axis=0)) > 1


def test_aside_as_much_is_covered_but_no_whole_patch():
    covered = occlude(DARK, 0.5, aside=2)
    assert np.array_equal((covered == 128).all(-1).sum((1, 2)), [48] * 6)  # half of 96 pixels
    assert grey_squares(covered).sum() < grey_squares(occlude(DARK, 0.5)).sum()


def test_moved_pictures_show_the_same_further_on():
    for picture, moved in zip(DARK, move(DARK, 2)):
        ways = [np.array_equal(moved[2:], picture[:-2]), np.array_equal(moved[:-2], picture[2:]),
                np.array_equal(moved[:, 2:], picture[:, :-2]), np.array_equal(moved[:, :-2], picture[:, 2:])]
        assert sum(ways) == 1


def test_directions_differ_and_zero_changes_nothing():
    ramp = np.arange(8 * 12).reshape(1, 8, 12, 1).repeat(40, axis=0)
    assert len(np.unique(move(ramp, 2), axis=0)) == 4
    assert np.array_equal(move(DARK, 0), DARK)


def test_the_border_is_reflected():
    ramp = np.arange(12).reshape(1, 1, 12, 1).repeat(8, axis=1).repeat(30, axis=0)
    rows = {tuple(picture[0, :, 0]) for picture in move(ramp, 2)}
    assert (2, 1, *range(10)) in rows and (*range(2, 12), 10, 9) in rows


def test_what_cannot_be_covered_or_moved_is_refused():
    with pytest.raises(ValueError, match=r"lie in \[0, 1\]: got 1.5"):
        occlude(DARK, 1.5)
    with pytest.raises(ValueError, match="must divide height and width: got 5"):
        occlude(DARK, 0.5, patch_size=5)
    with pytest.raises(ValueError, match="less than 8: got 8"):
        move(DARK, 8)


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


# ---- Shape and texture agree, or never ----

def test_in_training_they_agree_and_in_the_test_never():
    agree, apart = draw_textured(50), draw_textured(50, agree=False)
    assert np.array_equal(agree.shapes, agree.textures)
    assert not np.any(apart.shapes == apart.textures)
    assert set(apart.textures) == set(range(len(TEXTURES))) and agree.images.dtype == np.uint8


def test_only_the_shape_is_changed_and_every_shape_is():
    plain, textured = draw_shapes(40, shapes=TEXTURED_SHAPES, seed=5), draw_textured(40, seed=5)
    changed = (plain.images != textured.images).any(-1)
    assert not changed[~plain.masks].any()
    share = changed.sum((1, 2)) / plain.masks.sum((1, 2))
    assert share.min() > 0.1 and share.max() < 0.9


def test_stripes_run_as_they_are_called():
    drawn = draw_textured(60, size=0.4, position="center", color="black", noise=0, clutter=0, rotation=0, seed=1)
    middle = drawn.images[:, 14:18, 14:18, 0] > 100  # inside every one of the shapes; black and lightened
    along = middle[drawn.textures == list(TEXTURES).index("rows")]
    assert np.array_equal(along, along[:, :, :1].repeat(4, axis=2))
    down = middle[drawn.textures == list(TEXTURES).index("columns")]
    assert np.array_equal(down, down[:, :1].repeat(4, axis=1))


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
