"""Multi-head self-attention: 3 tokens, width 4, 2 heads."""

import itertools

import keras
import numpy as np
import pytest
from contract import check_contract, different_weights, to_numpy

from vit_keras import MultiHeadSelfAttention


def attention(num_heads=2, width=4, **more):
    layer = MultiHeadSelfAttention(num_heads, **more)
    layer.build((None, 3, width))
    return different_weights(layer)


def tokens(*shape):
    return np.random.normal(size=shape or (5, 3, 4)).astype("float32")


def test_attention_keeps_the_contract(tmp_path):
    num_weights = 3 * (4 * 4 + 4) + (4 * 4 + 4)  # query, key, value; output
    check_contract(lambda **more: MultiHeadSelfAttention(2, **more), tokens(), tmp_path, num_weights)


def test_attention_by_hand():
    layer = MultiHeadSelfAttention(num_heads=1)
    layer.build((None, 2, 1))  # two tokens of width 1: q, k and v are plain numbers
    set_line(layer.query, 1, 0)  # q = x
    set_line(layer.key, 0, np.log(3))  # k = log 3
    set_line(layer.value, 2, 1)  # v = 2x + 1
    set_line(layer.output_projection, 10, 5)
    outputs, scores = layer(np.array([[[1], [3]]], "float32"), return_attention_scores=True)
    # All keys are alike, so every token looks at both equally: (3 + 7) / 2 = 5, and out comes 10 * 5 + 5.
    np.testing.assert_allclose(to_numpy(scores), [[[[0.5, 0.5], [0.5, 0.5]]]], atol=1e-6)
    np.testing.assert_allclose(to_numpy(outputs), [[[55], [55]]], atol=1e-4)

    set_line(layer.query, 0, 1)  # q = 1
    set_line(layer.key, np.log(3), 0)  # k = x log 3
    set_line(layer.value, 2, 0)  # v = 2x
    outputs, scores = layer(np.array([[[0], [1]]], "float32"), return_attention_scores=True)
    # exp(0) : exp(log 3) = 1 : 3, and the values are 0 and 2: 0.75 * 2 = 1.5.
    np.testing.assert_allclose(to_numpy(scores), [[[[0.25, 0.75], [0.25, 0.75]]]], atol=1e-6)
    np.testing.assert_allclose(to_numpy(outputs), [[[20], [20]]], atol=1e-4)


def set_line(dense, slope, intercept):
    """A dense layer from one number to one number."""
    dense.set_weights([np.array([[slope]]), np.array([intercept])])


def test_scores_are_divided_by_the_root_of_the_width_of_a_head():
    layer = MultiHeadSelfAttention(num_heads=1)
    layer.build((None, 2, 4))
    for part in (layer.query, layer.key):
        part.set_weights([np.eye(4), np.zeros(4)])  # q = k = x
    x = np.array([[[2, 0, 0, 0], [0, 0, 0, 0]]], "float32")
    _, scores = layer(x, return_attention_scores=True)
    e = np.exp(2 * 2 / np.sqrt(4))
    np.testing.assert_allclose(to_numpy(scores)[0, 0], [[e / (e + 1), 1 / (e + 1)], [0.5, 0.5]], rtol=1e-5)


@pytest.mark.parametrize("num_heads", [1, 2, 4])
def test_with_copied_weights_it_is_the_attention_of_keras(num_heads):
    ours, x = attention(num_heads), tokens()
    theirs = keras.layers.MultiHeadAttention(num_heads, key_dim=4 // num_heads)
    theirs(x, x)  # has weights from now on
    for name, part in (("query", ours.query), ("key", ours.key), ("value", ours.value),
                       ("output", ours.output_projection)):
        dense = getattr(theirs, f"_{name}_dense")
        dense.set_weights([mine.reshape(weight.shape) for mine, weight in zip(part.get_weights(), dense.weights)])

    our_outputs, our_scores = ours(x, return_attention_scores=True)
    outputs, scores = theirs(x, x, return_attention_scores=True)
    np.testing.assert_allclose(to_numpy(our_scores), to_numpy(scores), atol=1e-5)
    np.testing.assert_allclose(to_numpy(our_outputs), to_numpy(outputs), atol=1e-5)


def test_it_starts_as_the_attention_of_the_paper_with_xavier_kernels():
    layer = MultiHeadSelfAttention(2)
    layer.build((None, 3, 64))
    limit = np.sqrt(6 / (64 + 64))  # Xavier for 64 inputs and 64 outputs
    kernels = []
    for part in (layer.query, layer.key, layer.value, layer.output_projection):
        kernel, bias = part.get_weights()
        assert np.abs(kernel).max() <= limit and kernel.std() == pytest.approx(limit / np.sqrt(3), rel=0.05)
        assert not bias.any()
        kernels.append(kernel)
    assert not any(np.allclose(one, other) for one, other in itertools.combinations(kernels, 2))


def test_every_row_of_scores_sums_to_one():
    outputs, scores = attention()(tokens(), return_attention_scores=True)
    assert outputs.shape == (5, 3, 4) and scores.shape == (5, 2, 3, 3)
    scores = to_numpy(scores)
    np.testing.assert_allclose(scores.sum(axis=-1), 1, atol=1e-6)
    assert (scores > 0).all() and not np.allclose(scores.sum(axis=-2), 1)


def test_asking_for_scores_changes_no_output():
    layer, x = attention(), tokens()
    np.testing.assert_allclose(to_numpy(layer(x)), to_numpy(layer(x, return_attention_scores=True)[0]), atol=1e-6)


def test_tokens_that_do_not_ask_change_nothing_for_those_that_do():
    layer, x = attention(), tokens()
    outputs, scores = layer(x, return_attention_scores=True)
    first_outputs, first_scores = layer(x, num_queries=2, return_attention_scores=True)
    assert first_outputs.shape == (5, 2, 4) and first_scores.shape == (5, 2, 2, 3)
    np.testing.assert_allclose(to_numpy(first_outputs), to_numpy(outputs)[:, :2], atol=1e-6)
    np.testing.assert_allclose(to_numpy(first_scores), to_numpy(scores)[:, :, :2], atol=1e-6)


def test_without_positions_attention_commutes_with_a_permutation():
    layer, x, order = attention(), tokens(), [2, 0, 1]
    np.testing.assert_allclose(to_numpy(layer(x[:, order])), to_numpy(layer(x))[:, order], atol=1e-5)


def test_images_of_a_batch_do_not_see_each_other():
    layer, x = attention(), tokens()
    np.testing.assert_allclose(to_numpy(layer(x[2:3])), to_numpy(layer(x))[2:3], atol=1e-5)


def test_a_head_sees_only_its_own_part_of_the_values():
    """Zero the value kernel of head 2: what is left is head 1, and the rows of the output kernel that belong to it."""
    layer, x = attention(), tokens()
    kernel, bias = layer.value.get_weights()
    kernel[:, 2:], bias[2:] = 0, 0
    layer.value.set_weights([kernel, bias])
    before = to_numpy(layer(x))
    output_kernel, output_bias = layer.output_projection.get_weights()
    output_kernel[2:] = 100
    layer.output_projection.set_weights([output_kernel, output_bias])
    np.testing.assert_allclose(to_numpy(layer(x)), before, atol=1e-5)


def test_dropout_of_the_scores_acts_in_training_only():
    layer, x = attention(dropout_rate=0.5), tokens()
    np.testing.assert_array_equal(to_numpy(layer(x)), to_numpy(layer(x)))
    assert not np.allclose(to_numpy(layer(x)), to_numpy(layer(x, training=True)))


@pytest.mark.parametrize("num_heads", [0, -1, 1.5])
def test_an_impossible_number_of_heads_is_refused(num_heads):
    with pytest.raises(ValueError, match=f"`num_heads` must be a positive int: got num_heads={num_heads}"):
        MultiHeadSelfAttention(num_heads)


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(ValueError, match="must divide the width of the tokens: got num_heads=3 for hidden_dim=4"):
        MultiHeadSelfAttention(3)(tokens())
