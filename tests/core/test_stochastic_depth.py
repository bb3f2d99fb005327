"""Stochastic depth: what a block adds is dropped for some images and enlarged for the others; nothing else changes."""

import keras
import numpy as np
import pytest
from contract import check_contract, different_weights, to_numpy

from vit_keras import TransformerBlock, TransformerEncoder, VisionTransformer
from vit_keras.stochastic_depth import StochasticDepthBlock, skip_rates, use_stochastic_depth

SIZE = {"image_shape": (8, 12, 3), "patch_size": (4, 3), "num_layers": 3, "hidden_dim": 4, "num_heads": 2, "mlp_dim": 5,
        "num_classes": 7}


def tokens(number=2):
    return np.random.default_rng(0).normal(size=(number, 3, 4)).astype("float32")


def blocks(skip_rate):
    """A block with and one without, of the same weights, built."""
    skipping, plain = StochasticDepthBlock(2, 5, skip_rate=skip_rate), TransformerBlock(2, 5)
    for block in (skipping, plain):
        block(tokens())
    plain.set_weights(different_weights(skipping).get_weights())
    return skipping, plain


def test_without_training_it_is_the_plain_block():
    skipping, plain = blocks(0.4)
    np.testing.assert_array_equal(to_numpy(skipping(tokens())), to_numpy(plain(tokens())))


def test_every_image_is_one_of_four_and_as_often_as_it_should_be():
    skipping, plain = blocks(0.4)
    z, number = tokens(1), 3000
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
    skipping, plain = blocks(0.3)
    z = tokens(1)
    middle = to_numpy(skipping.skip(np.repeat(to_numpy(plain.attention(plain.norm_1(z))), 8000, axis=0), training=True))
    np.testing.assert_allclose(middle.mean(0), to_numpy(plain.attention(plain.norm_1(z)))[0], atol=0.05)


def test_a_rate_of_zero_skips_nothing():
    skipping, plain = blocks(0.0)
    np.testing.assert_array_equal(to_numpy(skipping(tokens(), training=True)), to_numpy(plain(tokens())))


def test_rates_rise_in_a_straight_line_to_the_last_block():
    assert skip_rates(4, 0.2) == pytest.approx([0.05, 0.1, 0.15, 0.2])
    assert skip_rates(1, 0.2) == [0.2]


def test_the_block_keeps_the_contract(tmp_path):
    # attention 4 * (4 * 4 + 4), MLP 4 * 5 + 5 + 5 * 4 + 4, two norms of 8
    check_contract(lambda **more: StochasticDepthBlock(2, 5, skip_rate=0.3, **more), tokens(), tmp_path, 80 + 49 + 16)


def model(**more):
    keras.utils.set_random_seed(1)
    return VisionTransformer(**SIZE, **more)


def images(number=2):
    return np.random.default_rng(0).integers(0, 256, (number, 8, 12, 3)).astype("uint8")


def test_a_model_takes_it_as_an_argument(tmp_path):
    number = model().count_params()
    check_contract(lambda **more: VisionTransformer(**SIZE, stochastic_depth=0.5, **more), images(), tmp_path, number,
                   mixed_dtype="float32")


def test_weights_go_from_a_model_with_it_to_one_without_and_answers_stay():
    skipping, plain = different_weights(model(stochastic_depth=0.5)), model()
    plain.set_weights(skipping.get_weights())
    np.testing.assert_array_equal(to_numpy(plain(images())), to_numpy(skipping(images())))
    assert [weight.path.split("/", 1)[1] for weight in plain.weights] == [
        weight.path.split("/", 1)[1] for weight in skipping.weights]


def test_in_training_answers_differ_from_draw_to_draw_in_every_block():
    skipping = different_weights(model(stochastic_depth=0.5))
    assert [block.skip_rate for block in skipping.encoder.blocks] == pytest.approx([0.5 / 3, 1 / 3, 0.5])
    assert not np.allclose(to_numpy(skipping(images(8), training=True)), to_numpy(skipping(images(8), training=True)))
    assert len(skipping.encoder._flatten_layers()) == len(model().encoder._flatten_layers()) + 3  # no old block is left


def test_epsilon_reaches_the_new_blocks():
    blocks = model(stochastic_depth=0.5, layer_norm_epsilon=1e-3).encoder.blocks
    assert {block.norm_1.epsilon for block in blocks} | {block.norm_2.epsilon for block in blocks} == {1e-3}


@pytest.mark.parametrize("rate", [-0.1, 1.0, 1.5])
def test_a_rate_out_of_range_is_refused(rate):
    with pytest.raises(ValueError, match=rf"`stochastic_depth` must lie in \[0, 1\): got {rate}"):
        model(stochastic_depth=rate)
    with pytest.raises(ValueError, match=rf"`skip_rate` must lie in \[0, 1\): got skip_rate={rate}"):
        StochasticDepthBlock(2, 5, skip_rate=rate)


def test_an_encoder_with_weights_is_refused():
    encoder = TransformerEncoder(1, 2, 5)
    encoder(tokens())
    with pytest.raises(ValueError, match="not built yet: got one that has weights"):
        use_stochastic_depth(encoder, 0.1)
