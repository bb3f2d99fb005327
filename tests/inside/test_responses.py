"""What a layer or a model answers to: the field it sees, shifts it follows, patterns its patches are compared with."""

import keras
import numpy as np
import pytest
from contract import to_numpy
from keras import ops

from vit_keras import Patches, VisionTransformer
from vit_keras.inside import equivariance_error, patch_filters, receptive_field, sensitivity

# ---- Receptive fields that can be counted by hand ----

def image(height=12, width=15):
    return np.random.default_rng(0).uniform(0, 255, (height, width, 3)).astype("float32")


def test_a_linear_function_gives_its_weights():
    weights = np.random.default_rng(1).uniform(-1, 1, (12, 15)).astype("float32")
    found = sensitivity(lambda images: (images.sum(-1) * weights).sum((1, 2)), image(), batch_size=50)
    np.testing.assert_allclose(found, 3 * np.abs(weights), rtol=0.02, atol=0.02)  # three channels grow at once


@pytest.mark.parametrize("layers, size", [(1, 3), (2, 5), (3, 7)])
def test_each_3x3_convolution_adds_two_pixels(layers, size):
    stack = keras.Sequential([keras.layers.Conv2D(4, 3, padding="same") for _ in range(layers)])
    found = sensitivity(lambda images: stack(images)[:, 6, 7], image())
    assert receptive_field(found) == (6 - size // 2, 7 - size // 2, size, size)


def test_a_stride_of_two_doubles_the_steps_after_it():
    stack = keras.Sequential([keras.layers.Conv2D(4, 3, 2, "valid"), keras.layers.Conv2D(4, 3, padding="valid")])
    found = sensitivity(lambda images: stack(images)[:, 1, 2], image())
    assert receptive_field(found) == (2, 4, 7, 7)  # 3 + 2 * 2 pixels, from 2 * (1, 2) on


def test_a_token_before_the_encoder_sees_its_patch_and_after_one_block_everything():
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


def test_the_sensitivity_to_a_batch_is_refused():
    with pytest.raises(ValueError, match=r"one image of shape \(H, W, C\): got shape \(1, 12, 15, 3\)"):
        sensitivity(lambda images: images, image()[None])


# ---- Principal components of E: recovered where they are known, and against the covariance matrix ----

def model(patch_size=(2, 3), hidden_dim=32):
    return VisionTransformer((4, 6, 3), patch_size, num_layers=1, hidden_dim=hidden_dim, num_heads=2, mlp_dim=4,
                             num_classes=None)


def test_two_patterns_come_back_the_larger_first():
    vit, rng = model(), np.random.default_rng(0)
    patterns = np.linalg.qr(rng.normal(size=(18, 2)))[0].T  # (2, P*P*C), orthogonal, length 1
    amounts = np.stack([np.tile([3.0, -3.0], 16), np.repeat([1.0, -1.0], 16)])  # (2, D), uncorrelated, mean zero
    vit.patch_encoder.projection.kernel.assign(patterns.T @ amounts + 5)  # a mean of 5 is not a pattern
    filters, shares = patch_filters(vit, 2)
    assert filters.shape == (2, 2, 3, 3) and filters.dtype == np.float32
    for found, pattern in zip(filters.reshape(2, 18), patterns):
        assert abs(found @ pattern) == pytest.approx(1, abs=1e-5)
        assert found[np.abs(found).argmax()] > 0
    np.testing.assert_allclose(shares, [0.9, 0.1], atol=1e-5)


def test_against_the_covariance_matrix():
    vit = model()
    filters, shares = patch_filters(vit, 18)
    kernel = to_numpy(vit.patch_encoder.projection.kernel)
    values, vectors = np.linalg.eigh(np.cov(kernel, bias=True))
    np.testing.assert_allclose(shares, (values / values.sum())[::-1], atol=1e-5)
    cosines = np.abs(np.sum(filters.reshape(18, 18) * vectors[:, ::-1].T, axis=1))
    np.testing.assert_allclose(cosines, 1, atol=1e-3)


@pytest.mark.parametrize("number", [0, 19, 2.5])
def test_more_components_than_there_are_is_refused(number):
    with pytest.raises(ValueError, match="`num_filters` must be between 1 and 18, the smaller of P·P·C and D: got"):
        patch_filters(model(), number)


# ---- What is equivariant by construction, what only for whole patches, and what not at all ----

def images(size=16):
    return np.random.default_rng(0).uniform(0, 255, (4, size, size, 3)).astype("float32")


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
