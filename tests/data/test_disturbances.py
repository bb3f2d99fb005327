"""Pictures covered in part, and moved."""

import numpy as np
import pytest
from contract import to_numpy

from vit_keras import Patches
from vit_keras.data import cover, move, occlude

IMAGES = np.random.default_rng(0).integers(0, 100, (6, 8, 12, 3), "uint8")


def grey_squares(images):
    return (to_numpy(Patches(4)(images)) == 128).all(axis=-1)  # (B, N)


@pytest.mark.parametrize("share, squares", [(0, 0), (0.5, 3), (0.75, 4), (1, 6)])
def test_a_share_of_whole_squares_is_covered(share, squares):
    covered = occlude(IMAGES, share)
    assert covered.dtype == np.uint8
    assert np.array_equal(grey_squares(covered).sum(axis=1), [squares] * 6)
    untouched = (covered != 128)
    assert np.array_equal(covered[untouched], IMAGES[untouched])


def test_each_picture_is_covered_in_another_place():
    assert len(np.unique(grey_squares(occlude(IMAGES, 0.5)), axis=0)) > 1


def test_aside_as_much_is_covered_but_no_whole_patch():
    covered = occlude(IMAGES, 0.5, aside=2)
    assert np.array_equal((covered == 128).all(-1).sum((1, 2)), [48] * 6)  # half of 96 pixels
    assert grey_squares(covered).sum() < grey_squares(occlude(IMAGES, 0.5)).sum()


def test_moved_pictures_show_the_same_further_on():
    for picture, moved in zip(IMAGES, move(IMAGES, 2)):
        ways = [np.array_equal(moved[2:], picture[:-2]), np.array_equal(moved[:-2], picture[2:]),
                np.array_equal(moved[:, 2:], picture[:, :-2]), np.array_equal(moved[:, :-2], picture[:, 2:])]
        assert sum(ways) == 1


def test_directions_differ_and_zero_changes_nothing():
    ramp = np.arange(8 * 12).reshape(1, 8, 12, 1).repeat(40, axis=0)
    assert len(np.unique(move(ramp, 2), axis=0)) == 4
    assert np.array_equal(move(IMAGES, 0), IMAGES)


def test_the_border_is_reflected():
    ramp = np.arange(12).reshape(1, 1, 12, 1).repeat(8, axis=1).repeat(30, axis=0)
    rows = {tuple(picture[0, :, 0]) for picture in move(ramp, 2)}
    assert (2, 1, *range(10)) in rows and (*range(2, 12), 10, 9) in rows


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"lie in \[0, 1\]: got 1.5"):
        occlude(IMAGES, 1.5)
    with pytest.raises(ValueError, match="must divide height and width: got 5"):
        occlude(IMAGES, 0.5, patch_size=5)
    with pytest.raises(ValueError, match="less than 8: got 8"):
        move(IMAGES, 8)


def test_chosen_patches_are_covered_and_no_others():
    places = np.zeros((6, 2, 3), bool)
    places[0, 1, 2] = places[1, 0, 0] = True  # of the first the last patch, of the second the first
    covered = cover(IMAGES, places)
    assert (covered[0, 4:, 8:] == 128).all() and (covered[1, :4, :4] == 128).all()
    np.testing.assert_array_equal(grey_squares(covered).reshape(6, 2, 3), places)
    assert np.array_equal(covered[covered != 128], IMAGES[covered != 128]) and covered.dtype == np.uint8


@pytest.mark.parametrize("shape", [(6, 3, 3), (5, 2, 3), (2, 3), (6, 2, 5)])
def test_places_that_do_not_fit_are_refused(shape):
    with pytest.raises(ValueError, match=r"`places` must have shape \(6, rows, columns\), rows dividing 8"):
        cover(IMAGES, np.zeros(shape, bool))
