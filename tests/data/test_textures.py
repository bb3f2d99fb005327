"""Shape and texture agree, or never."""

import numpy as np
import pytest

from vit_keras.data import TEXTURES, draw_textured
from vit_keras.data.disturbances import TEXTURED_SHAPES


def test_in_training_they_agree_and_in_the_test_never():
    agree, apart = draw_textured(50), draw_textured(50, agree=False)
    assert np.array_equal(agree.shapes, agree.textures)
    assert not np.any(apart.shapes == apart.textures)
    assert set(apart.textures) == set(range(len(TEXTURES))) and agree.images.dtype == np.uint8


def test_only_the_shape_is_changed_and_every_shape_is():
    from vit_keras import draw_shapes

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


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="must be 5 names, one for each texture: got 1"):
        draw_textured(3, shapes=("circle",))
    with pytest.raises(ValueError, match=r"lie in \(0, 1\]: got 0"):
        draw_textured(3, contrast=0)
