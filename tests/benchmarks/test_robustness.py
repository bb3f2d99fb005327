"""benchmarks/robustness.py: pictures covered in part, moved and textured: what changes, and that nothing else does."""

import numpy as np
import pytest
from contract import to_numpy
from robustness import TEXTURED_SHAPES, TEXTURES, draw_textured, move, occlude

from vit_keras import Patches, draw_shapes

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
