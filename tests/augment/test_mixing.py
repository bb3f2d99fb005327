"""MixUp and CutMix: by hand on pictures of few pixels, and by their statistics."""

import numpy as np
import pytest
from contract import to_numpy
from keras import ops

from vit_keras.augment import mix_images, mix_labels
from vit_keras.augment.mixing import NOT_MIXED, draw_mixing

SHAPE = (6, 10, 3)


def drawn(**settings):
    return draw_mixing(np.random.default_rng(0), 4000, SHAPE, **settings)


def share_left(mixing):
    top, bottom, left, right, keep = mixing.T
    return 1 - (1 - keep) * (bottom - top) * (right - left) / (SHAPE[0] * SHAPE[1])


def test_a_blend_by_hand():
    images = np.stack([np.zeros((2, 2, 1)), np.full((2, 2, 1), 100)]).astype("uint8")
    mixing = np.float32([[0, 2, 0, 2, 0.7], [0, 2, 0, 2, 0.6]])
    mixed = to_numpy(mix_images(images, mixing))
    np.testing.assert_allclose(mixed[0], 30, atol=1e-4)  # 0.7 * 0 + 0.3 * 100
    np.testing.assert_allclose(mixed[1], 60, atol=1e-4)
    np.testing.assert_allclose(to_numpy(mix_labels(np.eye(2, dtype="float32"), mixing, (2, 2))),
                               [[0.7, 0.3], [0.4, 0.6]], atol=1e-6)


def test_a_box_by_hand():
    images = np.stack([np.zeros((3, 4, 1)), np.full((3, 4, 1), 9)]).astype("uint8")
    mixing = np.float32([[1, 3, 0, 2, 0.0], NOT_MIXED])
    mixed = to_numpy(mix_images(images, mixing))
    np.testing.assert_array_equal(mixed[0, :, :, 0], [[0, 0, 0, 0], [9, 9, 0, 0], [9, 9, 0, 0]])
    np.testing.assert_array_equal(mixed[1], images[1])
    labels = to_numpy(mix_labels(np.eye(2, dtype="float32"), mixing, (3, 4)))
    np.testing.assert_allclose(labels, [[8 / 12, 4 / 12], [0, 1]], atol=1e-6)


@pytest.mark.parametrize("settings", [{"mixup": 0.8}, {"cutmix": 1.0}, {"mixup": 0.2, "cutmix": 1.0}])
def test_labels_count_as_much_as_pixels(settings):
    # A picture that is 1 everywhere and a partner that is 0: what is left of the picture is its label's share.
    batch = 40
    own = np.arange(batch) % 2 == 0
    images = np.broadcast_to(own[:, None, None, None], (batch, *SHAPE)).astype("float32")
    mixing = draw_mixing(np.random.default_rng(1), batch, SHAPE, **settings)
    pixels = to_numpy(mix_images(images, mixing)).mean((1, 2, 3))
    labels = to_numpy(mix_labels(own[:, None].astype("float32"), mixing, SHAPE))[:, 0]
    np.testing.assert_allclose(pixels, labels, atol=1e-5)


def test_shares_follow_the_beta_distribution():
    left = share_left(drawn(mixup=0.4))
    assert left.mean() == pytest.approx(0.5, abs=0.03)
    assert left.var() == pytest.approx(1 / (4 * (2 * 0.4 + 1)), abs=0.01)  # of Beta(a, a)


def test_boxes_are_whole_pixels_inside_the_picture_with_its_shape():
    top, bottom, left, right, keep = drawn(cutmix=1.0).T
    for edge, size in ((top, 6), (bottom, 6), (left, 10), (right, 10)):
        assert np.array_equal(edge, np.round(edge)) and edge.min() >= 0 and edge.max() <= size
    assert np.all(bottom >= top) and np.all(right >= left) and np.all(keep == 0)
    whole = (top > 0) & (bottom < 6) & (left > 0) & (right < 10) & (bottom - top > 2)  # not cut at the edge
    assert np.mean((right - left)[whole] / (bottom - top)[whole]) == pytest.approx(10 / 6, rel=0.1)


def test_both_share_the_pictures_and_the_rest_stays():
    mixing = drawn(mixup=0.2, cutmix=1.0, probability=0.6)
    cut, untouched = mixing[:, 4] == 0, np.all(mixing == np.float32(NOT_MIXED), axis=1)
    assert np.mean(untouched) == pytest.approx(0.4, abs=0.04)
    assert np.mean(cut) == pytest.approx(0.3, abs=0.04)


@pytest.mark.parametrize("settings", [{}, {"mixup": 0.2, "cutmix": 1.0, "probability": 0.0}])
def test_switched_off_nothing_changes(settings):
    mixing = draw_mixing(np.random.default_rng(0), 5, SHAPE, **settings)
    images = np.random.default_rng(0).integers(0, 256, (5, *SHAPE)).astype("uint8")
    np.testing.assert_array_equal(to_numpy(mix_images(images, mixing)), images)
    labels = ops.eye(5)
    np.testing.assert_array_equal(to_numpy(mix_labels(labels, mixing, SHAPE)), to_numpy(labels))


def test_the_seed_decides():
    one, again, other = (draw_mixing(np.random.default_rng(seed), 9, SHAPE, 0.2, 1.0) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
