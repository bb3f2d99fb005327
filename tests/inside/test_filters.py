"""Principal components of E: recovered where they are known, and against the covariance matrix."""

import numpy as np
import pytest
from contract import to_numpy

from vit_keras import VisionTransformer
from vit_keras.inside import patch_filters


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
