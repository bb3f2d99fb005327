"""Mimetic initialisation: the products it promises, and what attention then does."""

import keras
import numpy as np
import pytest
from contract import different_weights, to_numpy

from vit_keras import VisionTransformer, attention_maps, create_cnn_classifier
from vit_keras.training import initialise_mimetic
from vit_keras.training.mimetic import factors

WIDTH, HEADS = 48, 3


def model(**more):
    keras.utils.set_random_seed(1)
    return VisionTransformer((16, 16, 3), 4, 2, WIDTH, HEADS, 40, 5, **more)


def kernels(block):
    attention = block.attention
    return [to_numpy(part.kernel) for part in (attention.query, attention.key, attention.value,
                                               attention.output_projection)]


@pytest.fixture(scope="module")
def started():
    one = model()
    initialise_mimetic(one, seed=3)
    return one


def test_values_and_outputs_are_minus_the_identity_with_noise(started):
    for block in started.encoder.blocks:
        _, _, value, output = kernels(block)
        product = value @ output
        assert np.diag(product).mean() == pytest.approx(-0.4, abs=0.03)
        apart = product[~np.eye(WIDTH, dtype=bool)]
        assert apart.mean() == pytest.approx(0, abs=0.01)
        assert apart.std() == pytest.approx(0.4 / np.sqrt(WIDTH), rel=0.05)


def test_queries_and_keys_of_a_head_are_the_nearest_product_of_their_rank(started):
    query, key, _, _ = kernels(started.encoder.blocks[0])
    rng = np.random.default_rng(3)
    for head in range(HEADS):
        target = 0.7 * rng.normal(scale=WIDTH**-0.5, size=(WIDTH, WIDTH)) + 0.7 * np.eye(WIDTH)  # as it was drawn
        columns = slice(16 * head, 16 * (head + 1))
        product = query[:, columns] @ key[:, columns].T
        lost = np.linalg.norm(target - product)
        assert lost == pytest.approx(np.sqrt((np.linalg.svd(target)[1][16:] ** 2).sum()), rel=1e-4)  # Eckart-Young
        assert np.diag(product).mean() > 3 * np.abs(product[~np.eye(WIDTH, dtype=bool)].mean())


def test_two_factors_by_hand():
    left, right = factors(np.diag([9.0, 4.0, 1.0]), 2)
    np.testing.assert_allclose(left @ right.T, np.diag([9.0, 4.0, 0.0]), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(left, axis=0), [3, 2], atol=1e-6)  # of equal size both
    np.testing.assert_allclose(np.linalg.norm(right, axis=0), [3, 2], atol=1e-6)


def test_a_token_looks_at_itself_more_than_before(started):
    images = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3)).astype("uint8")

    def at_itself(one):
        maps = attention_maps(one, images)[:, 0]  # of the first block
        return np.einsum("bhnn->", maps) / maps[..., 0].size

    before, after = at_itself(model()), at_itself(started)
    assert before == pytest.approx(1 / 17, abs=0.02)
    assert after > 2 * before


def test_nothing_but_attention_is_touched():
    one, before = different_weights(model()), different_weights(model())
    initialise_mimetic(one)
    for weight, ours, theirs in zip(one.weights, one.get_weights(), before.get_weights()):
        if "/attention/" not in weight.path:
            np.testing.assert_array_equal(ours, theirs)
        elif weight.path.endswith("bias"):
            assert not ours.any()
        else:
            assert not np.allclose(ours, theirs)


def test_the_seed_decides_and_blocks_differ():
    one, again, other = model(), model(), model()
    for each, seed in ((one, 1), (again, 1), (other, 2)):
        initialise_mimetic(each, seed)
    first, second = kernels(one.encoder.blocks[0])[0], kernels(one.encoder.blocks[1])[0]
    np.testing.assert_array_equal(first, kernels(again.encoder.blocks[0])[0])
    assert not np.allclose(first, kernels(other.encoder.blocks[0])[0])
    assert not np.allclose(first, second)


def test_without_noise_the_product_is_minus_the_identity():
    one = model()
    initialise_mimetic(one, value_output=(0.0, 1.0))
    _, _, value, output = kernels(one.encoder.blocks[1])
    np.testing.assert_allclose(value @ output, -np.eye(WIDTH), atol=1e-5)


def test_it_takes_a_model_with_stochastic_depth_and_a_hybrid_s_encoder_alike():
    one = model(stochastic_depth=0.2)
    initialise_mimetic(one)
    assert np.diag(kernels(one.encoder.blocks[0])[2] @ kernels(one.encoder.blocks[0])[3]).mean() < -0.3


def test_what_it_cannot_do_it_says():
    with pytest.raises(ValueError, match="needs a model with an `encoder`: got 'cnn', which has none"):
        initialise_mimetic(create_cnn_classifier((8, 12, 3), 3, (4, 5), 1))
    for pair in ((0.7,), (-1, 1), (0, 0)):
        with pytest.raises(ValueError, match="`query_key` must be two numbers, 0 or more and not both 0: got"):
            initialise_mimetic(model(), query_key=pair)
