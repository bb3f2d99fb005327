"""Axes in words. By hand, on arrays whose numbers say where they stood."""

import numpy as np
import pytest

from vit_keras.pretrained.rearrange import axis_sizes, rearrange

HEADS = np.array([[[1, 2, 3], [4, 5, 6]], [[11, 12, 13], [14, 15, 16]]])  # 2 inputs, 2 heads, 3 wide


@pytest.mark.parametrize("array, pattern, expected", [
    ([[1, 2, 3], [4, 5, 6]], "o i -> i o", [[1, 4], [2, 5], [3, 6]]),
    (HEADS, "d h k -> d (h k)", [[1, 2, 3, 4, 5, 6], [11, 12, 13, 14, 15, 16]]),
    (HEADS, "h k d -> (h k) d", [[1, 2, 3], [4, 5, 6], [11, 12, 13], [14, 15, 16]]),
    (HEADS, "d c p -> (p c) d", [[1, 11], [4, 14], [2, 12], [5, 15], [3, 13], [6, 16]]),
    (HEADS[0], "h k -> (h k)", [1, 2, 3, 4, 5, 6]),
    (HEADS[0], "d m", HEADS[0]),
    ([1, 2, 3, 4, 5, 6], "o, 2 of 3", [3, 4]),
    ([[1, 2], [3, 4], [5, 6]], "o i -> i o, 3 of 3", [[5], [6]]),
])
def test_axes_go_where_the_pattern_says(array, pattern, expected):
    np.testing.assert_array_equal(rearrange(np.array(array), pattern), expected)


def test_a_patch_of_torch_is_a_patch_of_ours():
    """A convolution's kernel is (D, C, height, width) there; our patches are row, column, channel."""
    kernel = np.arange(5 * 3 * 2 * 4).reshape(5, 3, 2, 4)
    expected = kernel.transpose(2, 3, 1, 0).reshape(24, 5)
    np.testing.assert_array_equal(rearrange(kernel, "d c p q -> (p q c) d"), expected)


def test_a_pattern_names_sizes():
    assert axis_sizes((192, 3, 64), "d h k -> d (h k)") == {"d": 192, "h": 3, "k": 64}


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match=r"3 axes \(d h k\) is needed: got shape \(4, 6\)"):
        rearrange(np.zeros((4, 6)), "d h k -> d (h k)")
    with pytest.raises(ValueError, match=r"must have 3 equal parts: got shape \(7,\)"):
        rearrange(np.zeros(7), "o, 1 of 3")
