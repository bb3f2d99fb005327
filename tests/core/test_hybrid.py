"""The hybrid: the plain model behind a stem. Images of 8x12 pixels, feature maps of 2x3 places."""

import keras
import numpy as np
import pytest
from contract import check_contract, different_weights, one_file, to_numpy

from vit_keras import VisionTransformer, create_cnn_classifier, create_hybrid_vit
from vit_keras.encoder import TransformerEncoder
from vit_keras.hybrid import convolution_stem, resnet_stem, stem_alone
from vit_keras.patches import PatchEncoder, Patches

SIZE = {"image_shape": (8, 12, 3), "patch_size": 1, "num_layers": 2, "hidden_dim": 4, "num_heads": 2, "mlp_dim": 5,
        "num_classes": 7, "stem_widths": (4, 6)}
BLOCK = 8 + 4 * 20 + 8 + (4 * 5 + 5) + (5 * 4 + 4)
BEHIND = (6 * 4 + 4) + 4 + 7 * 4 + 2 * BLOCK + 8 + (4 * 7 + 7)  # six places of six channels, and a class token
CONVOLUTIONS = 9 * 3 * 4 + 4 * 4 + 9 * 4 * 6 + 4 * 6  # a batch norm keeps 4 numbers a channel
RESNET = 9 * 3 * 4 + 4 * 4 + 4 * 6 + 9 * 4 * 6 + 4 * 6 + 9 * 6 * 6 + 4 * 6


def images(number=2):
    return np.random.default_rng(0).integers(0, 256, (number, 8, 12, 3)).astype("uint8")


@pytest.mark.parametrize("changes, num_weights", [
    ({}, CONVOLUTIONS + BEHIND),
    ({"stem": "resnet", "first_stride": 2}, RESNET + BEHIND),
], ids=["convolutions", "resnet"])
def test_the_hybrid_keeps_the_contract(tmp_path, changes, num_weights):
    def make(**more):
        return create_hybrid_vit(**{**SIZE, **changes}, **more)

    check_contract(make, images(), tmp_path, num_weights, "float32")


@one_file
def test_a_saved_hybrid_comes_back_as_it_is(tmp_path):
    model = different_weights(create_hybrid_vit(**SIZE))
    model.save(tmp_path / "hybrid.keras")
    loaded = keras.saving.load_model(tmp_path / "hybrid.keras")
    assert type(loaded) is VisionTransformer and [layer.name for layer in loaded.stem.layers] == [
        layer.name for layer in model.stem.layers]
    np.testing.assert_array_equal(to_numpy(loaded(images())), to_numpy(model(images())))


def test_behind_the_stem_it_is_the_plain_model():
    model = different_weights(create_hybrid_vit(**SIZE))
    assert (type(model.patches), type(model.patch_encoder), type(model.encoder)) == (
        Patches, PatchEncoder, TransformerEncoder)
    plain = VisionTransformer((2, 3, 6), 1, 2, 4, 2, 5, 7, mean=0.0, deviation=1 / 255)  # images in [0, 1], so to say
    plain.set_weights(model.get_weights()[len(model.stem.weights):])
    features = model.stem(model.normalize(images()))
    assert features.shape == (2, 2, 3, 6)
    tokens = plain.encoder(plain.patch_encoder(plain.patches(features)))
    np.testing.assert_allclose(to_numpy(model(images())), to_numpy(plain.head(tokens[:, 0])), atol=1e-5)


def test_patches_of_1x1_are_one_linear_map_for_every_place():
    model = different_weights(create_hybrid_vit(**SIZE))
    features = to_numpy(model.stem(model.normalize(images())))
    projection = model.patch_encoder.projection
    tokens = to_numpy(projection(model.patches(features))).reshape(2, 2, 3, 4)
    by_hand = features @ to_numpy(projection.kernel) + to_numpy(projection.bias)
    np.testing.assert_allclose(tokens, by_hand, atol=1e-5)


@pytest.mark.parametrize("changes, grid_shape", [
    ({}, (2, 3)),
    ({"patch_size": (2, 3)}, (1, 1)),
    ({"stem_widths": (4,)}, (4, 6)),
    ({"first_stride": 1, "patch_size": 2}, (2, 3)),
    ({"stem": "resnet", "patch_size": (4, 3)}, (1, 2)),
])
def test_the_grid_is_that_of_the_feature_map(changes, grid_shape):
    model = create_hybrid_vit(**{**SIZE, **changes})
    assert model.grid_shape == grid_shape
    _, scores = model(images(), return_attention_scores=True)
    num_tokens = grid_shape[0] * grid_shape[1] + 1
    assert [one.shape for one in scores] == [(2, 2, num_tokens, num_tokens)] * 2


def test_batch_norm_of_the_stem_learns_in_training_only():
    model = create_hybrid_vit(**SIZE)
    moving = [weight for weight in model.stem.weights if "moving_mean" in weight.name]
    model(images())
    assert not any(to_numpy(weight).any() for weight in moving)
    model(images(), training=True)
    assert all(to_numpy(weight).any() for weight in moving)


@pytest.mark.parametrize("changes, message", [
    ({"stem": "mlp"}, "`stem` must be one of convolutions, resnet: got 'mlp'"),
    ({"patch_size": 2}, "must divide"),
    ({"stem_widths": ()}, "0 convolutions need at least one"),
    ({"stem_widths": (4, 4, 4, 4)}, r"an image at least 16 pixels high and wide: got .* image_shape=\(8, 12, 3\)"),
    ({"stem": "resnet", "stem_widths": (4,)}, "at least one stage and a block in it"),
])
def test_what_cannot_be_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        create_hybrid_vit(**{**SIZE, **changes})


def test_stems_stand_alone():
    assert convolution_stem((32, 32, 3)).output_shape == (None, 8, 8, 64)
    assert resnet_stem((32, 32, 3)).output_shape == (None, 8, 8, 64)


@pytest.mark.parametrize("changes, num_weights", [
    ({}, CONVOLUTIONS), ({"stem": "resnet", "first_stride": 2}, RESNET),
], ids=["convolutions", "resnet"])
def test_a_stem_alone_is_pooled_and_judged_by_a_linear_head(tmp_path, changes, num_weights):
    hybrid = create_hybrid_vit(**{**SIZE, **changes})
    model = different_weights(stem_alone(hybrid))
    assert model.count_params() == num_weights + 6 * 7 + 7
    means = to_numpy(hybrid.stem(hybrid.normalize(images()))).mean(axis=(1, 2))
    kernel, bias = (to_numpy(weight) for weight in model.get_layer("head").weights)
    np.testing.assert_allclose(to_numpy(model(images())), means @ kernel + bias, rtol=1e-4, atol=1e-4)
    model.save(tmp_path / "stem.keras")
    loaded = keras.saving.load_model(tmp_path / "stem.keras")
    np.testing.assert_array_equal(to_numpy(loaded(images())), to_numpy(model(images())))


def test_the_stem_of_the_baseline_alone_is_the_baseline():
    hybrid = create_hybrid_vit(**{**SIZE, "stem": "resnet", "stem_widths": (4, 6, 5)})
    model, cnn = stem_alone(hybrid), create_cnn_classifier((8, 12, 3), 7, (4, 6, 5))
    cnn.set_weights(different_weights(model).get_weights())
    np.testing.assert_allclose(to_numpy(model(images())), to_numpy(cnn(images())), rtol=1e-4, atol=1e-4)


def test_a_plain_vit_has_no_stem_to_stand_alone():
    with pytest.raises(ValueError, match="must have a stem: got a plain"):
        stem_alone(VisionTransformer((8, 12, 3), 4, 1, 4, 2, 5, 7))
