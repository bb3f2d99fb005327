"""Equation (4): the Vision Transformer as a whole. Images of 8x12 pixels, patches of 4x3: 2 x 4 of them."""

import keras
import numpy as np
import pytest
from contract import KERAS_2, check_contract, different_weights, one_file, to_numpy

from vit_keras import VARIANTS, VisionTransformer
from vit_keras.pixels import IMAGENET_DEVIATION, IMAGENET_MEAN

SIZE = {"image_shape": (8, 12, 3), "patch_size": (4, 3), "num_layers": 2, "hidden_dim": 4, "num_heads": 2,
        "mlp_dim": 5, "num_classes": 7}
BLOCK = 8 + 4 * 20 + 8 + (4 * 5 + 5) + (5 * 4 + 4)
WEIGHTS = (36 * 4 + 4) + 4 + 9 * 4 + 2 * BLOCK + 8 + (4 * 7 + 7)


def vit(**changes):
    return different_weights(VisionTransformer(**{**SIZE, **changes}))


def images(number=2, channels=3):
    return np.random.default_rng(0).integers(0, 256, (number, 8, 12, channels)).astype("uint8")


@pytest.mark.parametrize("changes, num_weights, mixed_dtype", [
    ({}, WEIGHTS, "float32"),  # logits stay float32 under any policy
    ({"stochastic_depth": 0.5}, WEIGHTS, "float32"),
    ({"num_classes": None}, WEIGHTS - 35, "bfloat16"),
    ({"pooling": "average", "position_embedding": "sincos", "mean": IMAGENET_MEAN, "deviation": IMAGENET_DEVIATION,
      "dropout_rate": 0.1, "attention_dropout_rate": 0.1, "approximate_gelu": True}, WEIGHTS - 4 - 36, "float32"),
    ({"representation_dim": 6, "layer_norm_epsilon": 1e-12}, WEIGHTS - 35 + (4 * 6 + 6) + (6 * 7 + 7), "float32"),
    ({"representation_dim": 6, "num_classes": None}, WEIGHTS - 35 + (4 * 6 + 6), "bfloat16"),
], ids=["paper", "stochastic depth", "headless", "average-sincos", "pre-training head", "representation"])
def test_vit_keeps_the_contract(tmp_path, changes, num_weights, mixed_dtype):
    def make(**more):
        return VisionTransformer(**{**SIZE, **changes}, **more)

    check_contract(make, images(), tmp_path, num_weights, mixed_dtype)


@one_file
def test_a_saved_model_comes_back_as_it_is(tmp_path):
    model = vit()
    model.save(tmp_path / "vit.keras")
    loaded = keras.saving.load_model(tmp_path / "vit.keras")
    assert type(loaded) is VisionTransformer
    np.testing.assert_array_equal(to_numpy(loaded(images())), to_numpy(model(images())))


# ---- What it computes ----

def test_the_model_is_equations_1_to_4():
    model, x = vit(), images()
    z = model.patch_encoder(model.patches(x / np.float32(127.5) - 1))  # (1)
    for block in model.encoder.blocks:
        z = block(z)  # (2) (3)
    y = model.encoder.norm(z)[:, 0]  # (4)
    np.testing.assert_allclose(to_numpy(model(x)), to_numpy(model.head(y)), atol=1e-5)


def test_without_a_head_it_returns_the_class_token_s_last_state():
    with_head, without = vit(), vit(num_classes=None)
    without.set_weights(with_head.get_weights()[:-2])
    y = without(images())
    assert y.shape == (2, 4)
    np.testing.assert_allclose(to_numpy(with_head.head(y)), to_numpy(with_head(images())), atol=1e-5)


def test_a_head_for_pre_training_has_a_hidden_layer():
    model = vit(representation_dim=6)
    without, representation = vit(num_classes=None), vit(num_classes=None, representation_dim=6)
    without.set_weights(model.get_weights()[:-4])
    representation.set_weights(model.get_weights()[:-2])
    kernel_1, bias_1, kernel_2, bias_2 = model.get_weights()[-4:]
    hidden = np.tanh(to_numpy(without(images())) @ kernel_1 + bias_1)
    np.testing.assert_allclose(to_numpy(representation(images())), hidden, atol=1e-5)
    np.testing.assert_allclose(to_numpy(model(images())), hidden @ kernel_2 + bias_2, atol=1e-5)


@one_file
def test_every_norm_has_the_model_s_epsilon(tmp_path):
    vit(layer_norm_epsilon=1e-12).save(tmp_path / "vit.keras")
    encoder = keras.saving.load_model(tmp_path / "vit.keras").encoder
    norms = [norm for block in encoder.blocks for norm in (block.norm_1, block.norm_2)] + [encoder.norm]
    assert {norm.epsilon for norm in norms} == {1e-12}
    assert vit().encoder.norm.epsilon == 1e-6


def test_average_pooling_has_no_class_token_and_reads_all_patches():
    model = vit(pooling="average", num_classes=None)
    assert not [weight for weight in model.weights if "class_token" in weight.name]
    z = model.encoder(model.patch_encoder(model.patches(model.normalize(images()))))
    assert z.shape == (2, 8, 4)
    np.testing.assert_allclose(to_numpy(model(images())), to_numpy(z).mean(axis=1), atol=1e-5)


def test_without_positions_the_order_of_the_patches_does_not_matter():
    def halves_swapped(x):  # whole patches move: columns 0-5 and 6-11, two patches each
        return np.concatenate([x[:, :, 6:], x[:, :, :6]], axis=2)

    blind, seeing = vit(position_embedding=None), vit()
    np.testing.assert_allclose(to_numpy(blind(halves_swapped(images()))), to_numpy(blind(images())), atol=1e-5)
    assert not np.allclose(to_numpy(seeing(halves_swapped(images()))), to_numpy(seeing(images())), atol=1e-2)


def test_weights_go_from_a_model_with_stochastic_depth_to_one_without_and_answers_stay():
    skipping, plain = vit(stochastic_depth=0.5), VisionTransformer(**SIZE)
    plain.set_weights(skipping.get_weights())
    np.testing.assert_array_equal(to_numpy(plain(images())), to_numpy(skipping(images())))
    places = [[getattr(weight, "path", weight.name).partition("/")[2] for weight in model.weights]
              for model in (plain, skipping)]
    assert places[0] == places[1]


def test_with_stochastic_depth_answers_differ_from_draw_to_draw_in_training():
    model = vit(stochastic_depth=0.5)
    assert [block.skip_rate for block in model.encoder.blocks] == [0.25, 0.5]
    assert not np.allclose(to_numpy(model(images(8), training=True)), to_numpy(model(images(8), training=True)))


def test_an_untrained_model_finds_all_classes_equally_likely():
    assert not to_numpy(VisionTransformer(**SIZE)(images())).any()


def test_pixels_may_be_uint8_or_float():
    model = vit()
    np.testing.assert_allclose(to_numpy(model(images())), to_numpy(model(images().astype("float32"))), atol=1e-6)


def test_grey_images_work():
    assert vit(image_shape=(8, 12, 1))(images(channels=1)).shape == (2, 7)


def test_attention_scores_on_request():
    model = vit()
    logits, scores = model(images(), return_attention_scores=True)
    assert [tuple(a.shape) for a in scores] == [(2, 2, 9, 9)] * 2  # 8 patches and the class token
    np.testing.assert_allclose(to_numpy(scores[1]).sum(-1), 1, atol=1e-6)
    np.testing.assert_allclose(to_numpy(logits), to_numpy(model(images())), atol=1e-6)


def test_weights_are_there_before_the_first_image():
    assert VisionTransformer(**SIZE).count_params() == WEIGHTS


# ---- Published sizes ----

large = pytest.mark.skipif(KERAS_2, reason="Keras 2 counts only weights that have values: gigabytes")


def parameters(variant, **more):
    """Number of parameters, without the memory: in a stateless scope a weight has a shape and no value yet."""
    if KERAS_2:  # where every weight has its value
        return VisionTransformer.from_variant(variant, **more).count_params()
    try:
        with keras.StatelessScope(initialize_variables=False):
            return VisionTransformer.from_variant(variant, **more).count_params()
    finally:
        keras.utils.clear_session()  # or Keras would give them values later


@pytest.mark.parametrize("variant, published", [
    ("Ti/16", 5_717_416),
    ("S/16", 22_050_664),
    ("B/16", 86_567_656),
    ("B/32", 88_224_232),
    pytest.param("L/16", 304_326_632, marks=large),
    pytest.param("H/14", 632_045_800, marks=large),
])
def test_number_of_parameters_as_published_for_224_pixels_and_1000_classes(variant, published):
    assert parameters(variant) == published


@pytest.mark.parametrize("variant, published", [
    ("Ti/16", 5_790_376), ("S/16", 22_196_584), ("B/16", 86_859_496),
    pytest.param("L/16", 304_715_752, marks=large),
])
def test_number_of_parameters_as_published_for_384_pixels(variant, published):
    assert parameters(variant, image_shape=(384, 384, 3)) == published


def test_counting_without_memory_counts_right():
    model = VisionTransformer.from_variant("Ti/16", image_shape=(32, 32, 3), num_classes=10)
    assert model.count_params() == sum(weight.size for weight in model.get_weights())
    assert model.count_params() == parameters("Ti/16", image_shape=(32, 32, 3), num_classes=10)


def test_a_head_is_64_or_80_wide_in_every_published_size():
    widths = {name: size["hidden_dim"] / size["num_heads"] for name, size in VARIANTS.items()}
    assert widths == {"Ti": 64, "S": 64, "B": 64, "L": 64, "H": 80}


# ---- Errors: what is needed, then what came ----

@pytest.mark.parametrize("changes, message", [
    ({"pooling": "mean"}, '`pooling` must be "token" or "average": got \'mean\''),
    ({"num_heads": 3}, "`num_heads` must divide `hidden_dim`: got num_heads=3 and hidden_dim=4"),
    ({"num_heads": 0}, "`num_heads` must be a positive int: got num_heads=0"),
    ({"num_layers": 0}, "`num_layers` must be a positive int: got num_layers=0"),
    ({"patch_size": 5}, "must divide height and width: got patch_size=5 for an image of 8x12 pixels"),
    ({"patch_size": 0}, "`patch_size` must be a positive int"),
    *[({"image_shape": shape}, r"`image_shape` must be a triple of positive ints \(H, W, C\): got")
      for shape in (224, (8, 12), "8x12")],
    *[({name: wrong}, f"`{name}` must be a positive int") for wrong in (True, 0, -1, 2.0, "4", (4,)) for name in (
        "num_layers", "hidden_dim", "num_heads", "mlp_dim", "num_classes", "representation_dim")],
    ({"image_shape": (8, 12, True)}, "`image_shape` must be a positive int: got image_shape=True"),
    ({"position_embedding": "rotary"}, '`position_embedding` must be "learned", "sincos" or None: got \'rotary\''),
    ({"position_embedding": "sincos", "hidden_dim": 6}, "divisible by 4 .*got hidden_dim=6"),
    ({"mean": (0.5, 0.5)}, "one for each of the 3 channels"),
    ({"deviation": 0}, "`deviation` must be positive: got 0"),
    ({"stochastic_depth": 1.5}, r"`stochastic_depth` must lie in \[0, 1\): got 1.5"),
])
def test_wrong_arguments_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        VisionTransformer(**{**SIZE, **changes})


@pytest.mark.parametrize("variant", ["B", "B/", "X/16", "b/16", "B/16.5", "B-16"])
def test_an_unknown_variant_is_refused(variant):
    with pytest.raises(ValueError, match=f"must be one of Ti, S, B, L, H and a patch size, .*got '{variant}'"):
        VisionTransformer.from_variant(variant)


@pytest.mark.parametrize("shape", [(2, 12, 8, 3), (2, 8, 12, 1), (8, 12, 3)])
def test_images_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"takes images of shape \(B, 8, 12, 3\): got shape"):
        vit()(np.zeros(shape, "uint8"))
