"""The same weights give the same answers on Keras 2, the lecture's own, as on Keras 3: run under either of them."""

import numpy as np
import pytest
from two_stacks import FILE, NAMES, answers, make


@pytest.fixture(scope="module")
def recorded():
    with np.load(FILE, allow_pickle=False) as arrays:
        return dict(arrays)


@pytest.mark.parametrize("name", NAMES)
def test_both_stacks_give_the_same_answers(recorded, name):
    model = make(name)
    weights = [array for key, array in recorded.items() if key.startswith(f"{name}/weights/")]
    assert [tuple(weight.shape) for weight in model.weights] == [weight.shape for weight in weights]
    model.set_weights(weights)
    for kind, found in answers(name, model, recorded["images"]).items():
        expected = recorded[f"{name}/{kind}"]
        assert np.ptp(expected) > 0.1  # there is something to compare
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5, err_msg=kind)
