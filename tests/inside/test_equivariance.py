"""What is equivariant by construction, what only for whole patches, and what not at all."""

import keras
import numpy as np
import pytest
from keras import ops

from vit_keras import Patches, VisionTransformer
from vit_keras.inside import equivariance_error


def images(size=16):
    return np.random.default_rng(0).uniform(0, 255, (4, size, size, 3)).astype("float32")


@pytest.fixture(autouse=True)
def seed():
    keras.utils.set_random_seed(0)


def test_a_convolution_is_away_from_its_border():
    convolution = keras.layers.Conv2D(4, 3, padding="same")
    for shift in ((1, 0), (3, -2), (0, 5)):
        inner = equivariance_error(convolution, images(), shift, margin=6)
        assert inner < 1e-4 < equivariance_error(convolution, images(), shift)


def test_a_stride_keeps_it_for_its_multiples_only():
    convolution = keras.layers.Conv2D(4, 3, 2, padding="same")
    assert equivariance_error(convolution, images(), (4, 2), stride=2, margin=3) < 1e-4
    assert equivariance_error(convolution, images(), (1, 0), stride=2, margin=2) > 0.5


def test_patches_are_for_whole_patches():
    def grid(pictures):
        return ops.reshape(Patches(4)(pictures), (-1, 4, 4, 48))

    assert equivariance_error(grid, images(), (4, 8), stride=4) == 0
    assert equivariance_error(grid, images(), (1, 0), stride=4) == pytest.approx(2**0.5, abs=0.1)  # noise: unrelated


@pytest.mark.parametrize("position_embedding, equivariant", [(None, True), ("learned", False), ("sincos", False)])
def test_attention_is_without_positions_and_not_with_them(position_embedding, equivariant):
    vit = VisionTransformer((16, 16, 3), 4, num_layers=2, hidden_dim=8, num_heads=2, mlp_dim=8, num_classes=None,
                            position_embedding=position_embedding)

    def tokens(pictures):
        return ops.reshape(vit.encoder(vit.patch_encoder(vit.patches(vit.normalize(pictures))))[:, 1:], (-1, 4, 4, 8))

    error = equivariance_error(tokens, images(), (4, 8), stride=4)
    assert error < 1e-3 if equivariant else error > 0.01


def test_what_is_no_map_is_refused():
    with pytest.raises(ValueError, match=r"maps of shape \(B, h, w, K\): got shape \(4, 3\)"):
        equivariance_error(lambda pictures: pictures.mean((1, 2)), images(), (1, 1))
    with pytest.raises(ValueError, match="must leave something of 16x16 places: got 8"):
        equivariance_error(lambda pictures: pictures, images(), (1, 1), margin=8)
