"""Rollout and attention distance: by hand on matrices small enough to write down, and against a direct computation."""

import numpy as np
import pytest

from vit_keras.inside import attention_rollout, mean_attention_distance

FIRST = np.array([[0.5, 0.5, 0.0], [0.0, 1.0, 0.0], [0.2, 0.2, 0.6]])
SECOND = np.array([[0.0, 0.0, 1.0], [0.4, 0.4, 0.2], [1.0, 0.0, 0.0]])


def random_maps(batch=2, layers=3, heads=2, tokens=7, seed=0):
    maps = np.random.default_rng(seed).random((batch, layers, heads, tokens, tokens)) ** 4
    return maps / maps.sum(-1, keepdims=True)


def test_two_blocks_of_three_tokens_written_out():
    # (A + I) / 2 of both, and their product, the later block on the left.
    by_hand = np.array([
        [0.5 * 0.75 + 0.5 * 0.1, 0.5 * 0.25 + 0.5 * 0.1, 0.5 * 0.8],
        [0.2 * 0.75 + 0.1 * 0.1, 0.2 * 0.25 + 0.7 * 1.0 + 0.1 * 0.1, 0.1 * 0.8],
        [0.5 * 0.75 + 0.5 * 0.1, 0.5 * 0.25 + 0.5 * 0.1, 0.5 * 0.8],
    ])
    rollout = attention_rollout(np.stack([FIRST, SECOND])[None, :, None])
    np.testing.assert_allclose(rollout[0], by_hand, atol=1e-6)


@pytest.mark.parametrize("head_fusion", ["mean", "max", "min"])
def test_rows_sum_to_one(head_fusion):
    rollout = attention_rollout(random_maps(), head_fusion)
    assert rollout.shape == (2, 7, 7) and rollout.dtype == np.float32
    np.testing.assert_allclose(rollout.sum(-1), 1, atol=1e-5)
    assert rollout.min() >= 0


@pytest.mark.parametrize("head_fusion", ["mean", "max", "min"])
def test_against_a_direct_computation(head_fusion):
    maps = random_maps()
    for image, rollout in zip(maps, attention_rollout(maps, head_fusion)):
        expected = np.eye(7)
        for block in image:
            fused = getattr(block, head_fusion)(axis=0) + np.eye(7)
            expected = fused / fused.sum(1, keepdims=True) @ expected
        np.testing.assert_allclose(rollout, expected, atol=1e-6)


def test_who_looks_at_oneself_takes_from_oneself():
    maps = np.broadcast_to(np.eye(5), (1, 4, 2, 5, 5))
    np.testing.assert_allclose(attention_rollout(maps)[0], np.eye(5), atol=1e-7)


def test_the_order_of_the_blocks_matters():
    there, back = (attention_rollout(np.stack(pair)[None, :, None]) for pair in ((FIRST, SECOND), (SECOND, FIRST)))
    assert np.abs(there - back).max() > 0.05


def test_uniform_attention_looks_as_far_as_the_picture_is_wide():
    # Two patches side by side, 4 pixels apart: half of the looks go nowhere, half go 4 pixels.
    maps = np.full((1, 1, 1, 2, 2), 0.5)
    np.testing.assert_allclose(mean_attention_distance(maps, (1, 2), 4, class_token=False), [[2.0]])


def test_identity_looks_nowhere():
    maps = np.broadcast_to(np.eye(7), (2, 3, 4, 7, 7))
    np.testing.assert_array_equal(mean_attention_distance(maps, (2, 3), 8), np.zeros((3, 4)))


def test_the_class_token_is_left_out_on_both_sides():
    maps = np.zeros((1, 1, 1, 3, 3))
    maps[..., 0, :] = [0.0, 0.0, 1.0]  # the class token asks: does not count
    maps[..., 1, :] = [0.9, 0.0, 0.1]  # what remains goes to the other patch, 5 pixels below
    maps[..., 2, :] = [0.5, 0.5, 0.0]
    np.testing.assert_allclose(mean_attention_distance(maps, (2, 1), 5), [[5.0]])


def test_distance_against_a_direct_computation_with_oblong_patches():
    maps = random_maps(tokens=6)
    expected = np.zeros((3, 2))
    for asks in range(6):
        for answers in range(6):
            down, right = asks // 3 - answers // 3, asks % 3 - answers % 3
            expected += maps[..., asks, answers].mean(0) * np.hypot(2 * down, 5 * right) / 6
    found = mean_attention_distance(maps, (2, 3), (2, 5), class_token=False)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("maps", [np.zeros((2, 3, 4, 4)), np.zeros((1, 2, 3, 4, 5)), np.zeros((0, 2, 3, 4, 4))])
def test_other_arrays_are_refused(maps):
    for function in (attention_rollout, lambda maps: mean_attention_distance(maps, (2, 2), 4, False)):
        with pytest.raises(ValueError, match=r"`maps` must be attention scores of shape \(B, layers, heads, T, T\)"):
            function(maps)


def test_wrong_words_and_grids_are_refused():
    with pytest.raises(ValueError, match="`head_fusion` must be one of mean, max, min: got 'sum'"):
        attention_rollout(random_maps(), "sum")
    with pytest.raises(ValueError, match=r"and the class token: got 7 tokens and grid_shape=\(2, 2\)"):
        mean_attention_distance(random_maps(), (2, 2), 4)
