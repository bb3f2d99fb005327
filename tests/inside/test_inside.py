"""Looking inside a model. Images of 8x12 pixels, patches of 4x3: 2 x 4 of them."""

import keras
import numpy as np
import pytest
from contract import different_weights, to_numpy

from vit_keras import PatchEncoder, VisionTransformer, create_cnn_classifier, create_hybrid_vit
from vit_keras.inside import attention_maps, hidden_states, position_similarity

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
def test_one_image_without_a_batch_is_refused(wrong):
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
