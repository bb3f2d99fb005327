"""Marks in the corner: where they are, what they say, and that nothing else changes."""

import numpy as np
import pytest

from vit_keras.data import COLORS, MARKS, add_marks

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
