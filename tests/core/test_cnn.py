"""The CNN baseline, a small ResNet."""

import keras
import numpy as np
import pytest
from contract import to_numpy
from keras import layers

from vit_keras import create_cnn_classifier
from vit_keras.cnn import residual_block


@pytest.fixture(scope="module")
def cnn():
    return create_cnn_classifier((8, 12, 3), num_classes=5, widths=(4, 6), blocks_per_stage=2)


def images():
    return np.random.default_rng(0).integers(0, 256, (2, 8, 12, 3)).astype("uint8")


def test_number_of_weights_counted_by_hand(cnn):
    first = 9 * 3 * 4
    halving = 4 * 4 + 4 * 6 + 9 * 4 * 6 + 4 * 6 + 9 * 6 * 6  # a batch norm keeps 4 numbers a channel
    straight = 4 * 6 + 9 * 6 * 6 + 4 * 6 + 9 * 6 * 6
    head = 4 * 6 + (6 * 5 + 5)
    assert cnn.count_params() == first + halving + straight + head


def test_images_in_logits_out(cnn):
    logits = cnn(images())
    assert logits.shape == (2, 5) and keras.backend.standardize_dtype(logits.dtype) == "float32"
    np.testing.assert_allclose(to_numpy(cnn(images().astype("float32"))), to_numpy(logits), atol=1e-5)


def test_saving_and_loading(cnn, tmp_path):
    cnn.save(tmp_path / "cnn.keras")
    loaded = keras.saving.load_model(tmp_path / "cnn.keras")
    np.testing.assert_array_equal(to_numpy(loaded(images())), to_numpy(cnn(images())))


def test_logits_are_float32_in_mixed_precision():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = create_cnn_classifier((8, 12, 3), num_classes=5, widths=(4, 6), blocks_per_stage=1)
    finally:
        keras.config.set_dtype_policy(before)
    assert keras.backend.standardize_dtype(model(images()).dtype) == "float32"
    kernels = [layer for layer in model.layers if isinstance(layer, layers.Conv2D)]
    assert {(layer.compute_dtype, layer.variable_dtype) for layer in kernels} == {("bfloat16", "float32")}


def test_convolutions_have_no_bias_since_a_batch_norm_follows(cnn):
    assert not any(layer.use_bias for layer in cnn.layers if isinstance(layer, layers.Conv2D))


@pytest.mark.parametrize("width, stride, shape", [(4, 1, (8, 12, 4)), (6, 1, (8, 12, 6)), (6, 2, (4, 6, 6))])
def test_a_residual_block_halves_by_its_stride(width, stride, shape):
    x = keras.Input((8, 12, 4))
    assert residual_block(x, width, stride).shape == (None, *shape)


def test_a_block_whose_last_convolution_is_zero_passes_everything_on():
    x = keras.Input((8, 12, 4))
    block = keras.Model(x, residual_block(x, 4))
    last = [layer for layer in block.layers if isinstance(layer, layers.Conv2D)][-1]
    last.set_weights([np.zeros((3, 3, 4, 4))])
    inputs = np.random.normal(size=(2, 8, 12, 4)).astype("float32")
    np.testing.assert_array_equal(to_numpy(block(inputs)), inputs)


def test_what_the_vit_has_to_learn_is_built_in():
    """A picture moved by whole strides in a black frame stays the same picture (translation equivariance)."""
    model = create_cnn_classifier((20, 16, 3), 5, widths=(4, 6), blocks_per_stage=1, mean=0.0, deviation=1.0)
    model.get_layer("head").set_weights([np.random.normal(size=(6, 5)), np.zeros(5)])
    picture = np.random.default_rng(0).integers(0, 256, (4, 4, 3))
    here, there = np.zeros((2, 1, 20, 16, 3), "uint8")
    here[0, 6:10, 5:9], there[0, 10:14, 7:11] = picture, picture
    logits = to_numpy(model(here))
    np.testing.assert_allclose(to_numpy(model(there)), logits, atol=1e-5)
    assert np.abs(logits).max() > 1e-3


def test_an_image_too_small_to_be_halved_is_refused():
    with pytest.raises(ValueError, match=r"at least 4 pixels high and wide: got image_shape=\(3, 12, 3\)"):
        create_cnn_classifier((3, 12, 3), 5, widths=(4, 5, 6))


@pytest.mark.parametrize("changes", [{"widths": ()}, {"widths": (4,)}, {"blocks_per_stage": 0}, {"first_stride": 0}])
def test_no_stage_or_no_block_is_refused(changes):
    with pytest.raises(ValueError, match="at least one stage and a block in it: got widths="):
        create_cnn_classifier((8, 12, 3), 5, **changes)


def test_a_first_stride_of_two_quarters_the_cost_and_keeps_the_weights():
    small, large = (create_cnn_classifier((8, 12, 3), 5, (4, 6), first_stride=stride) for stride in (2, 1))
    assert small.count_params() == large.count_params()
    assert small.layers[2].output.shape == (None, 4, 6, 4) and large.layers[2].output.shape == (None, 8, 12, 4)
    with pytest.raises(ValueError, match="after a first stride of 2 it must be at least 8 pixels high and wide: got"):
        create_cnn_classifier((4, 12, 3), 5, widths=(4, 5, 6), first_stride=2)
