"""Equation (1): patches and tokens."""

import keras
import numpy as np
import pytest
from contract import check_contract, different_weights, to_numpy
from keras import layers

from vit_keras import PatchEncoder, Patches
from vit_keras.patches import patch_grid, sincos_positions


def numbered(*shape):
    return np.arange(np.prod(shape), dtype="float32").reshape(shape)


# ---- Patches ----

def test_patches_keep_the_contract(tmp_path):
    images = numbered(5, 8, 12, 3) / 300
    check_contract(lambda **more: Patches((2, 3), **more), images, tmp_path, num_weights=0)


def test_patches_by_hand():
    #  0  1 |  2  3
    #  4  5 |  6  7     a grey image of 4x4 pixels, patches 2 high and 2 wide
    # -------------
    #  8  9 | 10 11
    # 12 13 | 14 15
    patches = to_numpy(Patches(2)(numbered(1, 4, 4, 1)))
    assert patches.tolist() == [[[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]]


def test_inside_a_patch_the_order_is_row_column_channel():
    images = numbered(2, 8, 12, 3)
    patches = to_numpy(Patches((2, 3))(images))
    assert patches.shape == (2, 16, 2 * 3 * 3)
    second_row_third_column = images[1, 2:4, 6:9]  # 4 patches a row: patch 1 * 4 + 2
    np.testing.assert_array_equal(patches[1, 6].reshape(2, 3, 3), second_row_third_column)


def test_patches_then_dense_is_a_convolution_with_kernel_and_stride_of_a_patch():
    images = np.random.normal(size=(2, 8, 12, 3)).astype("float32")
    kernel = np.random.normal(size=(2 * 3 * 3, 4))
    bias = np.array([0.5, 0.0, -1.0, 2.0])
    dense = _built(layers.Dense(4), (None, 16, 18))
    dense.set_weights([kernel, bias])
    convolution = _built(layers.Conv2D(4, (2, 3), strides=(2, 3)), images.shape)
    convolution.set_weights([kernel.reshape(2, 3, 3, 4), bias])
    tokens = to_numpy(dense(Patches((2, 3))(images)))
    np.testing.assert_allclose(tokens, to_numpy(convolution(images)).reshape(2, 16, 4), atol=1e-5)


def test_whole_numbers_stay_whole_numbers_of_their_type():
    patches = Patches(4)(np.full((1, 8, 12, 3), 200, "uint8"))
    assert keras.backend.standardize_dtype(patches.dtype) == "uint8"


@pytest.mark.parametrize("patch_size", [5, (2, 5), (3, 2)])
def test_a_patch_size_that_does_not_divide_is_refused(patch_size):
    with pytest.raises(ValueError, match="must divide height and width: got patch_size=.* image of 8x12 pixels"):
        Patches(patch_size)(numbered(1, 8, 12, 3))


@pytest.mark.parametrize("patch_size", [0, -2, 2.5, (2, 3, 4), (2, 0), "ab"])
def test_an_impossible_patch_size_is_refused_at_once(patch_size):
    with pytest.raises(ValueError, match="must be a positive int or a pair of them: got patch_size="):
        Patches(patch_size)


@pytest.mark.parametrize("shape", [(8, 12, 3), (8, 12), (1, 2, 8, 12, 3)])
def test_what_is_no_batch_of_images_is_refused(shape):
    with pytest.raises(ValueError, match=r"needs a batch of images of shape \(B, H, W, C\).*got shape"):
        Patches(4)(numbered(*shape))


def test_an_image_of_unknown_size_is_refused():
    with pytest.raises(ValueError, match="with known height, width"):
        Patches(4)(keras.Input((None, 12, 3)))


def test_the_grid_counts_rows_then_columns():
    assert patch_grid((None, 8, 12, 3), (2, 3)) == (4, 4)
    assert patch_grid((None, 8, 12, 3), 4) == (2, 3)


# ---- PatchEncoder ----

@pytest.mark.parametrize("position_embedding, num_weights", [
    ("learned", (18 * 4 + 4) + 4 + 7 * 4),  # projection, class token, positions
    ("sincos", (18 * 4 + 4) + 4),
    (None, (18 * 4 + 4) + 4),
])
def test_patch_encoder_keeps_the_contract(tmp_path, position_embedding, num_weights):
    def make(**more):
        return PatchEncoder(4, position_embedding=position_embedding, grid_shape=(2, 3), **more)

    check_contract(make, np.random.normal(size=(2, 6, 18)).astype("float32"), tmp_path, num_weights)


def test_tokens_by_hand():
    encoder = PatchEncoder(2)
    encoder.build((None, 3, 2))
    encoder.projection.set_weights([np.array([[1, 0], [0, 10]]), np.array([1, 1])])
    encoder.class_token.assign([[[7, 8]]])
    encoder.positions.assign([[[100, 0], [200, 0], [300, 0], [400, 0]]])
    tokens = to_numpy(encoder(np.array([[[1, 2], [3, 4], [5, 6]]], "float32")))
    assert tokens.tolist() == [[
        [107, 8],  # the class token comes first, and has a position too
        [202, 21],
        [304, 41],
        [406, 61],
    ]]


def test_without_class_token_there_are_as_many_tokens_as_patches():
    encoder = PatchEncoder(4, use_class_token=False)
    assert encoder(numbered(2, 3, 5)).shape == (2, 3, 4)
    assert encoder.compute_output_shape((2, 3, 5)) == (2, 3, 4)
    assert encoder.count_params() == (5 * 4 + 4) + 3 * 4


def test_without_positions_shuffled_patches_give_shuffled_tokens():
    encoder = different_weights(_built(PatchEncoder(4, position_embedding=None), (2, 3, 5)))
    patches, order = np.random.normal(size=(2, 3, 5)).astype("float32"), [2, 0, 1]
    tokens, shuffled = to_numpy(encoder(patches)), to_numpy(encoder(patches[:, order]))
    np.testing.assert_allclose(shuffled[:, 1:], tokens[:, 1:][:, order], atol=1e-6)
    np.testing.assert_array_equal(shuffled[:, 0], tokens[:, 0])


def test_every_image_gets_the_same_class_token():
    encoder = different_weights(_built(PatchEncoder(4), (2, 3, 5)))
    tokens = to_numpy(encoder(np.random.normal(size=(2, 3, 5)).astype("float32")))
    np.testing.assert_array_equal(tokens[0, 0], tokens[1, 0])
    assert not np.allclose(tokens[0, 1], tokens[1, 1])


def test_dropout_acts_in_training_only():
    encoder = different_weights(_built(PatchEncoder(4, dropout_rate=0.5), (2, 3, 5)))
    patches = np.random.normal(size=(2, 3, 5)).astype("float32")
    assert not (to_numpy(encoder(patches)) == 0).any()
    assert (to_numpy(encoder(patches, training=True)) == 0).any()


def test_fixed_positions_by_hand():
    # Two frequencies, 1 and 1/10000; the quarters are sine and cosine of the column, then of the row.
    table = sincos_positions((2, 3), 8)
    assert table.shape == (6, 8) and table.dtype == np.float32
    column, row = 2, 1  # the last place of the grid
    waves = [f(place * w) for place in (column, row) for f in (np.sin, np.cos) for w in (1, 1e-4)]
    np.testing.assert_allclose(table[5], waves, atol=1e-7)
    assert len(np.unique(table, axis=0)) == 6  # no two places share a position


def test_fixed_positions_are_those_of_big_vision():
    """posemb_sincos_2d, as Google's big_vision writes it, in its own words."""
    h, w, width = 2, 3, 8
    y, x = np.mgrid[:h, :w]
    omega = np.arange(width // 4) / (width // 4 - 1)
    omega = 1.0 / (10_000.0**omega)
    y = np.einsum("m,d->md", y.flatten(), omega)
    x = np.einsum("m,d->md", x.flatten(), omega)
    table = np.concatenate([np.sin(x), np.cos(x), np.sin(y), np.cos(y)], axis=1)
    np.testing.assert_allclose(sincos_positions((h, w), width), table, atol=1e-6)


def test_the_class_token_stands_nowhere_in_a_fixed_table():
    encoder = _built(PatchEncoder(8, position_embedding="sincos", grid_shape=(2, 3)), (1, 6, 5))
    assert encoder.positions.shape == (1, 7, 8)
    assert not encoder.positions[0, 0].any()
    np.testing.assert_array_equal(encoder.positions[0, 1:], sincos_positions((2, 3), 8))


def test_wrong_arguments_of_the_encoder_are_refused():
    with pytest.raises(ValueError, match='must be "learned", "sincos" or None: got \'sine\''):
        PatchEncoder(4, position_embedding="sine")
    with pytest.raises(ValueError, match="divisible by 4 .*got hidden_dim=6"):
        PatchEncoder(6, position_embedding="sincos")
    with pytest.raises(ValueError, match="no square grid: got 6 patches and grid_shape=None"):
        PatchEncoder(4, position_embedding="sincos").build((None, 6, 5))
    with pytest.raises(ValueError, match=r"got grid_shape=\(2, 2\) for 6 patches"):
        PatchEncoder(4, position_embedding="sincos", grid_shape=(2, 2)).build((None, 6, 5))


def _built(layer, shape):
    layer.build(shape)
    return layer
