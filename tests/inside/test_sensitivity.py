"""Receptive fields that can be counted by hand."""

import keras
import numpy as np
import pytest

from vit_keras import VisionTransformer
from vit_keras.inside import receptive_field, sensitivity


def image(height=12, width=15):
    return np.random.default_rng(0).uniform(0, 255, (height, width, 3)).astype("float32")


def test_a_linear_function_gives_its_weights():
    weights = np.random.default_rng(1).uniform(-1, 1, (12, 15)).astype("float32")
    found = sensitivity(lambda images: (images.sum(-1) * weights).sum((1, 2)), image(), batch_size=50)
    np.testing.assert_allclose(found, 3 * np.abs(weights), rtol=0.02, atol=0.02)  # three channels grow at once


@pytest.mark.parametrize("layers, size", [(1, 3), (2, 5), (3, 7)])
def test_each_3x3_convolution_adds_two_pixels(layers, size):
    keras.utils.set_random_seed(0)
    stack = keras.Sequential([keras.layers.Conv2D(4, 3, padding="same") for _ in range(layers)])
    found = sensitivity(lambda images: stack(images)[:, 6, 7], image())
    assert receptive_field(found) == (6 - size // 2, 7 - size // 2, size, size)


def test_a_stride_of_two_doubles_the_steps_after_it():
    keras.utils.set_random_seed(0)
    stack = keras.Sequential([keras.layers.Conv2D(4, 3, 2, "valid"), keras.layers.Conv2D(4, 3, padding="valid")])
    found = sensitivity(lambda images: stack(images)[:, 1, 2], image())
    assert receptive_field(found) == (2, 4, 7, 7)  # 3 + 2 * 2 pixels, from 2 * (1, 2) on


def test_a_token_before_the_encoder_sees_its_patch_and_after_one_block_everything():
    keras.utils.set_random_seed(0)
    vit = VisionTransformer((12, 15, 3), (4, 5), num_layers=1, hidden_dim=8, num_heads=2, mlp_dim=8, num_classes=None)

    def tokens(images):
        return vit.patch_encoder(vit.patches(vit.normalize(images)))

    before = sensitivity(lambda images: tokens(images)[:, 1 + 4], image())  # the middle one of 3x3
    assert receptive_field(before) == (4, 5, 4, 5)
    after = sensitivity(lambda images: vit.encoder(tokens(images))[:, 1 + 4], image())
    assert receptive_field(after) == (0, 0, 12, 15)


def test_what_depends_on_nothing_has_no_field():
    found = sensitivity(lambda images: images[:, 0, 0] * 0, image())
    assert not found.any()
    with pytest.raises(ValueError, match="the output depends on no pixel"):
        receptive_field(found)


def test_a_batch_is_refused():
    with pytest.raises(ValueError, match=r"one image of shape \(H, W, C\): got shape \(1, 12, 15, 3\)"):
        sensitivity(lambda images: images, image()[None])
