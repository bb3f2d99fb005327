"""Does a map point at the object? On maps small enough to count by hand."""

import numpy as np
import pytest

from vit_keras import draw_shapes
from vit_keras.inside import mass_on, most_looked_at, patch_shares, rank_on

MAP = np.array([[[0.1, 0.2, 0.0], [0.4, 0.0, 0.3]]])
INSIDE = np.array([[[False, True, False], [True, False, False]]])


def test_shares_of_patches_by_hand():
    masks = np.zeros((1, 4, 6), bool)
    masks[0, 1:3, 0:3] = True  # 2 rows of 3 pixels; patches are 2 rows of 3 pixels
    np.testing.assert_allclose(patch_shares(masks, (2, 2)), [[[0.5, 0.0], [0.5, 0.0]]])
    np.testing.assert_allclose(patch_shares(masks, (4, 2))[0, :, 0], [0, 1, 1, 0])


def test_shares_add_up_to_the_area():
    masks = draw_shapes(5, seed=0).masks
    np.testing.assert_allclose(patch_shares(masks, (8, 8)).mean(axis=(1, 2)), masks.mean(axis=(1, 2)), atol=1e-6)


def test_mass_on_an_object_by_hand():
    np.testing.assert_allclose(mass_on(MAP, INSIDE), [0.6], atol=1e-6)
    np.testing.assert_allclose(mass_on(3 * MAP, INSIDE * 0.5), [0.3], atol=1e-6)  # half of either patch; any scale


def test_a_map_that_is_the_same_everywhere_gives_the_area():
    shares = np.random.default_rng(0).random((4, 3, 5))
    np.testing.assert_allclose(mass_on(np.ones((4, 3, 5)), shares), shares.mean(axis=(1, 2)), rtol=1e-5)


def test_ranks_by_hand():
    # 0.2 is above 0.1, 0 and 0 and below 0.3; 0.4 is above all four: 7 of 8 pairs.
    np.testing.assert_allclose(rank_on(MAP, INSIDE), [7 / 8])
    np.testing.assert_allclose(rank_on(-MAP, INSIDE), [1 / 8])  # darker, and as visible
    np.testing.assert_allclose(rank_on(np.ones_like(MAP), INSIDE), [0.5])  # ties


def test_ranks_do_not_depend_on_the_colours_a_map_is_stretched_to():
    maps = np.random.default_rng(0).random((3, 4, 4))
    inside = np.arange(16).reshape(1, 4, 4).repeat(3, axis=0) < 5
    np.testing.assert_allclose(rank_on(maps, inside), rank_on(100 + maps**3, inside), atol=1e-3)


@pytest.mark.parametrize("inside", [np.zeros((1, 2, 3), bool), np.ones((1, 2, 3), bool)])
def test_ranks_need_an_object_and_something_else(inside):
    with pytest.raises(ValueError, match="`inside` must hold some patches of each picture, and not all"):
        rank_on(MAP, inside)


def test_most_and_least_looked_at():
    np.testing.assert_array_equal(most_looked_at(MAP, 2), [[[False, False, False], [True, False, True]]])
    np.testing.assert_array_equal(most_looked_at(MAP, 2, least=True), [[[False, False, True], [False, True, False]]])
    assert not most_looked_at(MAP, 0).any() and most_looked_at(MAP, 6).all()
    with pytest.raises(ValueError, match="`number` lie between 0 and rows · columns: got .* number=7"):
        most_looked_at(MAP, 7)


def test_other_shapes_are_refused():
    for function in (mass_on, rank_on):
        with pytest.raises(ValueError, match=r"the same shape \(B, rows, columns\): got \(1, 2, 3\) and \(1, 3, 2\)"):
            function(MAP, INSIDE.reshape(1, 3, 2))
    with pytest.raises(ValueError, match=r"divisible by the grid: got shape \(1, 4, 6\) and grid_shape=\(3, 2\)"):
        patch_shares(np.ones((1, 4, 6)), (3, 2))
