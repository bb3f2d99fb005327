"""What a model's attention and positions say: similarities, maps, hidden states, rollout, distance.

Images of 8x12 pixels, patches of 4x3: 2 x 4 of them.
"""

import keras
import numpy as np
import pytest
from contract import different_weights, to_numpy

from vit_keras import PatchEncoder, VisionTransformer, create_cnn_classifier, create_hybrid_vit
from vit_keras.inside import (
    answer_map,
    attention_maps,
    attention_rollout,
    hidden_states,
    mean_attention_distance,
    model_of_block,
    position_similarity,
    rollout_map,
)

SIZE = {"image_shape": (8, 12, 3), "patch_size": (4, 3), "num_layers": 3, "hidden_dim": 4, "num_heads": 2,
        "mlp_dim": 5, "num_classes": 7}


def vit(**changes):
    return different_weights(VisionTransformer(**{**SIZE, **changes}))


def images(number=2):
    return np.random.default_rng(0).integers(0, 256, (number, 8, 12, 3)).astype("uint8")


# ---- Positions ----

def test_similarity_is_the_cosine_of_the_angle_between_two_positions():
    positions = np.array([[9, 9], [3, 0], [0, 2], [1, 1], [-5, 0]])  # the first is the class token's
    half = 0.5**0.5
    expected = [[1, 0, half, -1], [0, 1, half, 0], [half, half, 1, -half], [-1, 0, -half, 1]]
    np.testing.assert_allclose(position_similarity(positions), expected, atol=1e-6)
    np.testing.assert_allclose(position_similarity(positions[1:], class_token=False), expected, atol=1e-6)


def test_length_does_not_matter():
    positions = np.random.default_rng(0).normal(size=(6, 3))
    longer = positions * np.arange(1, 7)[:, None]
    np.testing.assert_allclose(position_similarity(longer), position_similarity(positions), atol=1e-6)


@pytest.mark.parametrize("changes", [{}, {"pooling": "average"}, {"position_embedding": "sincos"}],
                         ids=["token", "average", "sincos"])
def test_a_model_knows_whether_its_first_position_is_the_class_token_s(changes):
    model = vit(**changes)
    similarity = position_similarity(model)
    positions = to_numpy(model.patch_encoder.positions)[0, -8:]
    assert similarity.shape == (8, 8) and similarity.dtype == "float32"
    np.testing.assert_allclose(similarity, position_similarity(positions, class_token=False), atol=1e-6)
    np.testing.assert_allclose(np.diag(similarity), 1, atol=1e-6)
    np.testing.assert_array_equal(similarity, similarity.T)
    assert np.abs(similarity).max() <= 1


def test_a_model_its_patch_encoder_and_its_weights_say_the_same():
    model = vit()
    for other in (model.patch_encoder, model.patch_encoder.positions, to_numpy(model.patch_encoder.positions)[0]):
        np.testing.assert_array_equal(position_similarity(other), position_similarity(model))


def test_a_position_without_length_is_like_no_other():
    np.testing.assert_array_equal(position_similarity([[1.0, 1], [0, 0], [0, 2]]), [[0, 0], [0, 1]])


def test_the_fixed_positions_of_neighbours_are_alike():
    similarity = position_similarity(vit(position_embedding="sincos", hidden_dim=16))  # 2 x 4 patches
    assert similarity[0, 1] > similarity[0, 2] > similarity[0, 3]  # along the first row


@pytest.mark.parametrize("wrong, message", [
    (lambda: vit(position_embedding=None), "must have positions.*got patch_encoder with position_embedding=None"),
    (lambda: PatchEncoder(4), "be built if it is a layer"),
    (lambda: keras.layers.Dense(3), "must have positions"),
    (lambda: np.zeros(5), r"of shape \(T, D\) or \(1, T, D\): got shape \(5,\)"),
    (lambda: np.zeros((2, 5, 3)), r"got shape \(2, 5, 3\)"),
    (lambda: np.zeros((1, 3)), "class_token=True"),
])
def test_what_has_no_positions_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        position_similarity(wrong())


# ---- Attention ----

def test_attention_maps_are_the_scores_of_all_blocks():
    model = vit()
    maps = attention_maps(model, images())
    assert maps.shape == (2, 3, 2, 9, 9) and maps.dtype == "float32"
    _, scores = model(images(), return_attention_scores=True)
    for layer, one in enumerate(scores):
        np.testing.assert_allclose(maps[:, layer], to_numpy(one), atol=1e-6)
    np.testing.assert_allclose(maps.sum(axis=-1), 1, atol=1e-5)


def test_without_a_class_token_there_is_a_row_for_every_patch():
    assert attention_maps(vit(pooling="average"), images()).shape == (2, 3, 2, 8, 8)


def test_a_hybrid_has_maps_of_the_places_of_its_feature_map():
    hybrid = create_hybrid_vit((8, 12, 3), 1, 3, 4, 2, 5, 7, stem_widths=(4, 6))  # 2 x 3 places
    maps = attention_maps(different_weights(hybrid), images())
    assert maps.shape == (2, 3, 2, 7, 7)
    np.testing.assert_allclose(maps.sum(axis=-1), 1, atol=1e-5)
    assert position_similarity(hybrid).shape == (6, 6)


def test_attention_maps_do_not_depend_on_the_batches_they_come_from():
    model = vit()
    np.testing.assert_allclose(attention_maps(model, images(5), 2), attention_maps(model, images(5)), atol=1e-6)


def test_attention_maps_leave_dropout_out():
    model = vit(dropout_rate=0.5, attention_dropout_rate=0.5)
    np.testing.assert_array_equal(attention_maps(model, images()), attention_maps(model, images()))


def test_attention_maps_are_float32_under_mixed_precision():
    maps = attention_maps(vit(dtype="mixed_bfloat16"), images())
    assert maps.dtype == "float32"
    np.testing.assert_allclose(maps.sum(axis=-1), 1, atol=0.02)


def test_a_model_without_attention_is_refused():
    cnn = create_cnn_classifier((8, 12, 3), 5, widths=(4, 6), blocks_per_stage=1)
    with pytest.raises(ValueError, match="`model` must be able to return its attention scores.*return_attention_score"):
        attention_maps(cnn, images())


@pytest.mark.parametrize("wrong", [images()[0], images(0)])
def test_attention_maps_of_no_batch_are_refused(wrong):
    with pytest.raises(ValueError, match=r"`images` must be a batch of at least one image.*got shape"):
        attention_maps(vit(), wrong)


# ---- Tokens between the blocks ----

def test_hidden_states_lead_from_equation_1_to_the_answer():
    model = vit()
    states = hidden_states(model, images(3), batch_size=2)
    assert states.shape == (3, 4, 9, 4) and states.dtype == "float32"
    np.testing.assert_allclose(states[:, 2], to_numpy(model.encoder.blocks[1](states[:, 1])), atol=1e-5)
    y = model.encoder.norm(states[:, -1])[:, 0]  # (4)
    np.testing.assert_allclose(to_numpy(model.head(y)), to_numpy(model(images(3))), atol=1e-5)


def test_hidden_states_need_a_transformer_and_a_batch():
    with pytest.raises(ValueError, match="must be a `VisionTransformer`: got Dense"):
        hidden_states(keras.layers.Dense(3), images())
    with pytest.raises(ValueError, match=r"must be a batch of at least one image.*got shape \(8, 12, 3\)"):
        hidden_states(vit(), images()[0])


# ---- Rollout and attention distance: by hand on small matrices, and against a direct computation ----

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


# ---- A map of the picture, for every kind of model: what the answer took from each patch ----

PLAIN = {name: SIZE[name] for name in ("num_layers", "hidden_dim", "num_heads", "mlp_dim", "num_classes")}
HYBRID = {**PLAIN, "patch_size": 1, "stem_widths": (4, 6)}
MODELS = {  # class token or average, square or not, plain or hybrid: how it is made, and its grid
    "token": (lambda: VisionTransformer((8, 12, 3), (4, 3), **PLAIN), (2, 4)),
    "average": (lambda: VisionTransformer((8, 12, 3), (4, 3), pooling="average", **PLAIN), (2, 4)),
    "square": (lambda: VisionTransformer((8, 8, 3), 4, **PLAIN), (2, 2)),
    "hybrid": (lambda: create_hybrid_vit((8, 12, 3), **HYBRID), (2, 3)),
    "hybrid, average": (lambda: create_hybrid_vit((8, 12, 3), pooling="average", **HYBRID), (2, 3)),
}


def test_the_class_token_s_row_laid_out_row_by_row():
    looks = np.zeros((1, 7, 7))
    looks[0, 0] = [0.5, 0.1, 0.0, 0.0, 0.0, 0.0, 0.4]  # half of itself, the rest of the first and the last
    looks[0, 1:, 1] = 1  # what patches took does not matter
    np.testing.assert_allclose(answer_map(looks, (2, 3)), [[[0.2, 0, 0], [0, 0, 0.8]]], atol=1e-6)


def test_without_a_class_token_it_is_the_mean_of_all_rows():
    looks = np.array([[[1.0, 0.0, 0.0], [0.5, 0.0, 0.5], [0.0, 0.0, 1.0]]])
    np.testing.assert_allclose(answer_map(looks, (1, 3), class_token=False), [[[0.5, 0.0, 0.5]]], atol=1e-6)


def test_a_class_token_that_took_nothing_has_an_empty_map():
    assert not answer_map(np.eye(5)[None], (2, 2)).any()


@pytest.mark.parametrize("shape, grid, class_token", [
    ((2, 7, 7), (2, 2), True), ((2, 6, 6), (2, 3), True), ((2, 7, 7), (2, 3), False), ((7, 7), (2, 3), True)])
def test_a_grid_of_another_number_of_patches_is_refused(shape, grid, class_token):
    with pytest.raises(ValueError, match=r"`looks` must have shape \(B, T, T\), with T = .*got shape"):
        answer_map(np.ones(shape), grid, class_token)


@pytest.mark.parametrize("kind", MODELS)
def test_every_model_has_a_rollout_of_its_own_grid(kind):
    make, grid = MODELS[kind]
    model = different_weights(make())
    pictures = images(5)[:, :, :model.image_shape[1]]
    maps = rollout_map(model, pictures, batch_size=2)
    assert maps.shape == (5, *grid) and maps.dtype == np.float32
    np.testing.assert_allclose(maps.sum(axis=(1, 2)), 1, atol=1e-5)

    rollout = attention_rollout(attention_maps(model, pictures))  # all at once, and written out
    rows = rollout[:, 0, 1:] if model.pooling == "token" else rollout.mean(1)
    np.testing.assert_allclose(maps, (rows / rows.sum(1, keepdims=True)).reshape(5, *grid), atol=1e-5)


def test_heads_are_fused_as_asked():
    model = vit()
    assert np.abs(rollout_map(model, images(), "max") - rollout_map(model, images())).max() > 1e-4


def test_a_rollout_of_no_batch_is_refused():
    with pytest.raises(ValueError, match="`images` must be a batch of at least one image"):
        rollout_map(vit(), images(0))


# ---- A layer in between, as a model ----

def test_a_block_is_a_model_that_gives_what_hidden_states_and_attention_maps_give():
    model, x = vit(), images()
    states, maps = hidden_states(model, x), attention_maps(model, x)
    layers = maps.shape[1]
    for block in range(layers + 1):
        np.testing.assert_allclose(to_numpy(model_of_block(model, block)(x)), states[:, block], atol=1e-5)
    np.testing.assert_allclose(to_numpy(model_of_block(model, -1)(x)), states[:, -1], atol=1e-5)
    for block in range(1, layers + 1):
        looks = to_numpy(model_of_block(model, block, scores=True)(x))
        np.testing.assert_allclose(looks, maps[:, block - 1], atol=1e-5)


@pytest.mark.parametrize("block, scores", [(99, False), (-99, False), (True, False), (1.5, False), ("1", False),
                                           (0, True)])
def test_a_block_that_is_not_there_is_refused(block, scores):
    with pytest.raises(ValueError, match="`block` must be an int from"):
        model_of_block(vit(), block, scores)
