"""TrivialAugment: what is drawn, how often, and that it is done."""

import numpy as np
import pytest
from contract import to_numpy

from vit_keras.augment import OPERATIONS, TrivialAugment
from vit_keras.augment.operations import operate

DRAWS = 31 * 14 * 100


def images(number=2, shape=(8, 12, 3)):
    return np.random.default_rng(0).integers(0, 256, (number, *shape)).astype("uint8")


@pytest.fixture(scope="module")
def drawn():
    chosen, strengths = (to_numpy(values) for values in TrivialAugment(seed=2).draw(DRAWS))
    return chosen.astype(int), strengths


def test_all_operations_are_equally_frequent(drawn):
    counts = np.bincount(drawn[0], minlength=14)
    assert len(counts) == 14
    np.testing.assert_allclose(counts / DRAWS, 1 / 14, atol=0.007)  # five deviations and a half


def test_all_strengths_are_equally_frequent_and_go_either_way(drawn):
    levels = np.round(np.abs(drawn[1]) * 30).astype(int)
    np.testing.assert_allclose(np.abs(drawn[1]) * 30, levels, atol=1e-4)
    np.testing.assert_allclose(np.bincount(levels, minlength=31) / DRAWS, 1 / 31, atol=0.005)
    assert np.mean(drawn[1][levels > 0] > 0) == pytest.approx(0.5, abs=0.015)


def test_a_strength_tells_nothing_about_the_operation(drawn):
    table = np.histogram2d(drawn[0], np.round(drawn[1] * 30), bins=(14, 61))[0]
    expected = np.full((14, 61), DRAWS / 14 / 62)
    expected[:, 30] *= 2  # zero, of either sign
    squares = ((table - expected) ** 2 / expected).sum()
    assert squares < 14 * 61 + 5 * np.sqrt(2 * 14 * 61)  # chi square: mean, and five deviations


def test_the_largest_strength_is_a_share_of_the_published_one():
    strengths = to_numpy(TrivialAugment(strength=0.4, seed=1).draw(2000)[1])
    assert np.abs(strengths).max() == pytest.approx(0.4)


def test_what_is_drawn_is_done():
    batch = images(50)
    layer, same = TrivialAugment(seed=4), TrivialAugment(seed=4)
    expected = operate(batch, *same.draw(50))
    np.testing.assert_allclose(to_numpy(layer(batch, training=True)), to_numpy(expected), atol=1e-3)


def test_operations_can_be_chosen():
    batch = images(20)
    np.testing.assert_array_equal(to_numpy(TrivialAugment(operations="identity")(batch, training=True)), batch)
    chosen = to_numpy(TrivialAugment(operations=("rotate", "solarize"), seed=0).draw(500)[0]).astype(int)
    assert {OPERATIONS[place] for place in chosen} == {"rotate", "solarize"}


@pytest.mark.parametrize("settings, message", [
    ({"strength": 0}, r"`strength` must lie in \(0, 1\]: got strength=0"),
    ({"strength": 1.5}, r"`strength` must lie in \(0, 1\]: got strength=1.5"),
    ({"operations": ()}, r"`operations` must be one or more of identity, .*: got \(\)"),
    ({"operations": "invert"}, r"`operations` must be one or more of .*: got \('invert',\)"),
    ({"fill": 256}, r"`fill` must lie in \[0, 255\]: got fill=256"),
])
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        TrivialAugment(**settings)
