"""Equations (2) and (3): MLP, Transformer block, encoder; stochastic depth."""

import math

import numpy as np
import pytest
from contract import check_contract, different_weights, to_numpy

from vit_keras import MLP, TransformerBlock, TransformerEncoder
from vit_keras.encoder import skip_rates

NORM, ATTENTION, MLP_5 = 2 * 4, 4 * (4 * 4 + 4), (4 * 5 + 5) + (5 * 4 + 4)  # weights at width 4, mlp_dim 5
BLOCK = NORM + ATTENTION + NORM + MLP_5


def tokens(*shape):
    return np.random.normal(size=shape or (2, 3, 4)).astype("float32")


def built(layer, width=4):
    layer.build((None, 3, width))
    return different_weights(layer)


def norm(x):
    """Layer Norm, as one would write it down: each token by itself."""
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-6)


@pytest.mark.parametrize("make, num_weights", [
    (lambda **more: MLP(5, 0.1, True, **more), MLP_5),
    (lambda **more: TransformerBlock(2, 5, 0.1, 0.2, **more), BLOCK),
    (lambda **more: TransformerBlock(2, 5, skip_rate=0.3, **more), BLOCK),
    (lambda **more: TransformerEncoder(3, 2, 5, 0.1, 0.2, stochastic_depth=0.3, **more), 3 * BLOCK + NORM),
], ids=["MLP", "TransformerBlock", "skipping", "TransformerEncoder"])
def test_contract(tmp_path, make, num_weights):
    check_contract(make, tokens(), tmp_path, num_weights)


# ---- MLP ----

def test_mlp_by_hand():
    mlp = built(MLP(mlp_dim=2), width=1)
    mlp.dense_1.set_weights([np.array([[1, -1]]), np.array([0, 0])])
    mlp.dense_2.set_weights([np.array([[10], [1]]), np.array([100])])
    # GELU(x) = x * P(standard normal < x): GELU(1) = 0.84134, GELU(-1) = -0.15866.
    assert float(mlp(np.array([[[1]]], "float32"))[0, 0, 0]) == pytest.approx(100 + 8.4134 - 0.15866, abs=1e-3)


def test_gelu_is_exact_unless_asked_otherwise():
    x = np.linspace(-4, 4, 81, dtype="float32")[None, :, None]
    exact = np.array([0.5 * v * (1 + math.erf(v / 2**0.5)) for v in x.ravel()])
    for approximate, smallest, largest in ((False, 0, 1e-6), (True, 1e-4, 5e-4)):
        mlp = MLP(1, approximate_gelu=approximate)
        mlp.build((None, 81, 1))
        mlp.set_weights([np.ones((1, 1)), np.zeros(1), np.ones((1, 1)), np.zeros(1)])
        assert smallest <= np.abs(to_numpy(mlp(x)).ravel() - exact).max() <= largest


def test_mlp_treats_every_token_alike():
    mlp, x = built(MLP(5)), tokens()
    np.testing.assert_allclose(to_numpy(mlp(x[:, ::-1])), to_numpy(mlp(x))[:, ::-1], atol=1e-6)


# ---- TransformerBlock ----

def test_a_block_is_equations_2_and_3():
    block, x = built(TransformerBlock(2, 5)), tokens()
    z = block.attention(block.norm_1(x)) + x
    z = block.mlp(block.norm_2(z)) + z
    np.testing.assert_allclose(to_numpy(block(x)), to_numpy(z), atol=1e-6)


def test_with_its_last_weights_at_zero_a_block_is_the_identity():
    """Nothing stands on the residual path: the norm comes before each part, not after it."""
    block, x = silent(built(TransformerBlock(2, 5))), tokens()
    np.testing.assert_array_equal(to_numpy(block(x)), x)


def silent(block):
    for last in (block.attention.output_projection, block.mlp.dense_2):
        last.set_weights([np.zeros_like(weight) for weight in last.get_weights()])
    return block


def test_a_block_shares_no_weights_with_another():
    encoder = built(TransformerEncoder(3, 2, 5))
    assert len({id(weight) for weight in encoder.weights}) == len(encoder.weights) == 3 * 16 + 2


def test_dropout_acts_in_training_only():
    block, x = built(TransformerBlock(2, 5, dropout_rate=0.5)), tokens()
    np.testing.assert_array_equal(to_numpy(block(x)), to_numpy(block(x)))
    assert not np.allclose(to_numpy(block(x)), to_numpy(block(x, training=True)))


# ---- TransformerEncoder ----

def test_an_encoder_of_silent_blocks_is_only_its_last_norm():
    encoder, x = built(TransformerEncoder(3, 2, 5)), tokens()
    for block in encoder.blocks:
        silent(block)
    encoder.norm.set_weights([np.ones(4), np.zeros(4)])
    np.testing.assert_allclose(to_numpy(encoder(x)), norm(x), atol=1e-5)


def test_the_norms_have_the_paper_s_epsilon():
    """With Keras's own, 1e-3, a token of deviation 0.01 would come out ten times too flat."""
    encoder = built(TransformerEncoder(1, 2, 5))
    for layer in (encoder.blocks[0].norm_1, encoder.blocks[0].norm_2, encoder.norm):
        layer.set_weights([np.ones(4), np.zeros(4)])
        x = np.array([[[1, -1, 1, -1]]], "float32") * 0.01
        np.testing.assert_allclose(to_numpy(layer(x)), norm(x), rtol=1e-3)


def test_blocks_follow_one_another():
    encoder, x = built(TransformerEncoder(2, 2, 5)), tokens()
    first, second = encoder.blocks
    np.testing.assert_allclose(to_numpy(encoder(x)), to_numpy(encoder.norm(second(first(x)))), atol=1e-6)


def test_scores_come_one_tensor_a_block_and_change_no_output():
    encoder, x = built(TransformerEncoder(3, 2, 5)), tokens()
    outputs, scores = encoder(x, return_attention_scores=True)
    assert [tuple(a.shape) for a in scores] == [(2, 2, 3, 3)] * 3
    for a in scores:
        np.testing.assert_allclose(to_numpy(a).sum(-1), 1, atol=1e-6)
    np.testing.assert_allclose(to_numpy(encoder(x)), to_numpy(outputs), atol=1e-6)
    first = encoder.blocks[0]
    np.testing.assert_allclose(
        to_numpy(scores[0]), to_numpy(first.attention(first.norm_1(x), return_attention_scores=True)[1]), atol=1e-6
    )


def test_one_query_is_the_first_token_and_nothing_else():
    encoder, x = built(TransformerEncoder(2, 2, 5)), tokens()
    z, scores = encoder(x, return_attention_scores=True)
    first, first_scores = encoder(x, num_queries=1, return_attention_scores=True)
    np.testing.assert_allclose(to_numpy(first), to_numpy(z)[:, :1], atol=1e-5)
    np.testing.assert_allclose(to_numpy(first_scores[0]), to_numpy(scores[0]), atol=1e-6)
    np.testing.assert_allclose(to_numpy(first_scores[1]), to_numpy(scores[1])[:, :, :1], atol=1e-6)


def test_without_positions_the_encoder_commutes_with_a_permutation():
    encoder, x, order = built(TransformerEncoder(2, 2, 5)), tokens(), [2, 0, 1]
    np.testing.assert_allclose(to_numpy(encoder(x[:, order])), to_numpy(encoder(x))[:, order], atol=1e-5)


def test_the_dtype_policy_reaches_every_part():
    encoder = TransformerEncoder(2, 2, 5, dtype="mixed_bfloat16")
    encoder.build((None, 3, 4))
    parts = [part for part in encoder._flatten_layers() if part.weights]
    assert len(parts) > 10 and {part.compute_dtype for part in parts} == {"bfloat16"}


@pytest.mark.parametrize("num_layers", [0, -1, 2.0])
def test_an_impossible_number_of_layers_is_refused(num_layers):
    with pytest.raises(ValueError, match=f"`num_layers` must be a positive int: got num_layers={num_layers}"):
        TransformerEncoder(num_layers, 2, 5)


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(ValueError, match="got num_heads=3 for hidden_dim=4"):
        TransformerBlock(3, 5)(tokens())


# ---- Stochastic depth: what a block adds is dropped for some images, and enlarged for the others ----

def with_and_without(skip_rate):
    """A block that is skipped, and one that is not, of the same weights."""
    skipping, plain = built(TransformerBlock(2, 5, skip_rate=skip_rate)), built(TransformerBlock(2, 5))
    plain.set_weights(skipping.get_weights())
    return skipping, plain


def test_nothing_is_skipped_but_in_training():
    (skipping, plain), x = with_and_without(0.4), tokens()
    np.testing.assert_array_equal(to_numpy(skipping(x)), to_numpy(plain(x)))


def test_a_rate_of_zero_skips_nothing():
    (skipping, plain), x = with_and_without(0.0), tokens()
    np.testing.assert_array_equal(to_numpy(skipping(x, training=True)), to_numpy(plain(x)))


def test_every_image_is_one_of_four_and_as_often_as_it_should_be():
    (skipping, plain), z, number = with_and_without(0.4), tokens(1, 3, 4), 3000
    found = to_numpy(skipping(np.repeat(z, number, axis=0), training=True))

    def part(kept, what, x):
        return kept * to_numpy(what(x)) / 0.6

    expected = {}  # by hand: equations (2) and (3), each with its part kept or not
    for attention in (0, 1):
        middle = z + part(attention, plain.attention, to_numpy(plain.norm_1(z)))
        for mlp in (0, 1):
            expected[attention, mlp] = middle + part(mlp, plain.mlp, to_numpy(plain.norm_2(middle)))
    apart = np.stack([np.abs(found - each).max((1, 2)) for each in expected.values()])
    assert apart.min(0).max() < 1e-4  # each image is one of them
    shares = np.bincount(apart.argmin(0), minlength=4) / number
    np.testing.assert_allclose(shares, [0.16, 0.24, 0.24, 0.36], atol=0.04)  # of independent draws


def test_the_mean_over_draws_is_what_the_block_adds():
    skipping, plain = with_and_without(0.3)
    added = to_numpy(plain.attention(plain.norm_1(tokens(1, 3, 4))))
    drawn = to_numpy(skipping.skip(np.repeat(added, 8000, axis=0), training=True))
    np.testing.assert_allclose(drawn.mean(0), added[0], atol=0.05)


def test_rates_rise_in_a_straight_line_to_the_last_block():
    assert skip_rates(4, 0.2) == pytest.approx([0.05, 0.1, 0.15, 0.2])
    assert skip_rates(1, 0.2) == [0.2]
    encoder = TransformerEncoder(3, 2, 5, stochastic_depth=0.6)
    assert [block.skip_rate for block in encoder.blocks] == pytest.approx([0.2, 0.4, 0.6])


@pytest.mark.parametrize("rate", [-0.1, 1.0, 1.5])
def test_a_rate_out_of_range_is_refused(rate):
    with pytest.raises(ValueError, match=rf"`skip_rate` must lie in \[0, 1\): got skip_rate={rate}"):
        TransformerBlock(2, 5, skip_rate=rate)
    with pytest.raises(ValueError, match=rf"`stochastic_depth` must lie in \[0, 1\): got {rate}"):
        TransformerEncoder(3, 2, 5, stochastic_depth=rate)
