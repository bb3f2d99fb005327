"""Normalisation, the layer every model starts with."""

import numpy as np
import pytest
from contract import to_numpy

from vit_keras.pixels import IMAGENET_DEVIATION, IMAGENET_MEAN, normalization


def test_by_default_black_becomes_minus_one_and_white_one():
    images = np.array([[[[0.0], [127.5], [255.0]]]], "float32")  # one grey image of 1x3 pixels
    np.testing.assert_allclose(to_numpy(normalization(1)(images)).ravel(), [-1, 0, 1], atol=1e-6)


def test_every_channel_has_its_own_mean_and_deviation():
    images = np.random.default_rng(0).integers(0, 256, (2, 8, 12, 3)).astype("uint8")
    expected = (images / 255 - np.array(IMAGENET_MEAN)) / np.array(IMAGENET_DEVIATION)
    outputs = to_numpy(normalization(3, IMAGENET_MEAN, IMAGENET_DEVIATION)(images))
    np.testing.assert_allclose(outputs, expected, atol=1e-5)


def test_uint8_and_float_pixels_give_the_same():
    images = np.arange(96).reshape(1, 8, 12, 1)
    layer = normalization(1)
    np.testing.assert_array_equal(to_numpy(layer(images.astype("uint8"))), to_numpy(layer(images.astype("float32"))))


def test_a_wrong_number_of_channels_is_refused():
    with pytest.raises(ValueError, match="`mean` must be one number or one for each of the 1 channels: got"):
        normalization(1, mean=(0.1, 0.2, 0.3))
    with pytest.raises(ValueError, match="`deviation` must be one number or one for each of the 3 channels: got"):
        normalization(3, deviation=(0.1, 0.2))


@pytest.mark.parametrize("deviation", [0.0, -1, (0.2, 0.0, 0.2)])
def test_a_deviation_must_be_positive(deviation):
    with pytest.raises(ValueError, match="`deviation` must be positive: got"):
        normalization(3, deviation=deviation)
