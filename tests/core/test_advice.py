"""Wrong pixels and a loss for probabilities are said, once, and what is right is not."""

import warnings

import keras
import numpy as np
import pytest
from contract import to_numpy

from vit_keras import VisionTransformer, create_cnn_classifier
from vit_keras.pixels import doubt

SIZE = {"image_shape": (8, 8, 3), "patch_size": 4, "num_layers": 1, "hidden_dim": 8, "num_heads": 2, "mlp_dim": 6}
IMAGES = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3)).astype("uint8")


def vit(num_classes=3):
    return VisionTransformer(**SIZE, num_classes=num_classes)


def cnn():
    return create_cnn_classifier((8, 8, 3), 3, (4, 6))


def said(call):
    """Our own warnings of a call."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        call()
    return [str(one.message) for one in found if str(one.message).startswith("This model")]


@pytest.mark.parametrize("images, doubted", [
    (IMAGES, False), (IMAGES * 1.0, False), (IMAGES.astype("int32"), False), (IMAGES * 0, False), (IMAGES * 0.0, False),
    (IMAGES % 2 * 1.0, False), (IMAGES // 100 * 1.0, False), (IMAGES * 0.0005, False), (IMAGES * 1.1 - 12, False),
    (IMAGES / 255, True), (IMAGES / 127.5 - 1, True), ((IMAGES / 255 - 0.45) / 0.22, True), (IMAGES - 128.0, True),
    (IMAGES * 256.0, True), (np.full((1, 8, 8, 3), np.nan), False), (IMAGES[:0], False), (IMAGES > 3, False),
])
def test_pixels_that_cannot_be(images, doubted):
    assert (doubt(images) is not None) == doubted


@pytest.mark.parametrize("make", [vit, cnn])
@pytest.mark.parametrize("call", ["__call__", "predict", "evaluate", "fit"])
def test_wrong_pixels_are_said_once(call, make):
    model, labels = make(), ([np.zeros(4)] if call in ("fit", "evaluate") else [])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    assert said(lambda: getattr(model, call)(IMAGES, *labels)) == []
    assert len(said(lambda: getattr(model, call)(IMAGES / 255, *labels))) == 1
    assert said(lambda: getattr(model, call)(IMAGES / 255, *labels)) == []


def test_a_functional_model_around_passes_it_on_and_a_compiled_function_is_left_alone():
    model, images = vit(), keras.Input((8, 8, 3))
    around = keras.Model(images, model(images))
    assert len(said(lambda: around((IMAGES / 255).astype("float32")))) == 1
    np.testing.assert_array_equal(to_numpy(around(IMAGES)), to_numpy(model(IMAGES)))


@pytest.mark.parametrize("loss", [
    "sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy", "CategoricalCrossentropy",
    keras.losses.SparseCategoricalCrossentropy(), keras.losses.CategoricalCrossentropy(from_logits=False),
    keras.losses.sparse_categorical_crossentropy, ["categorical_crossentropy"], "binary_focal_crossentropy",
])
def test_a_loss_for_probabilities_is_said(loss):
    found = said(lambda: vit().compile("sgd", loss))
    assert len(found) == 1 and "from_logits=True" in found[0]
    assert len(said(lambda: cnn().compile("sgd", loss))) == 1
    assert said(lambda: vit(None).compile("sgd", loss)) == []  # no head, no logits


@pytest.mark.parametrize("loss", [
    None, "mse", keras.losses.SparseCategoricalCrossentropy(from_logits=True), lambda y, p: keras.ops.mean(p),
    keras.losses.BinaryCrossentropy(from_logits=True), keras.losses.MeanSquaredError(),
])
def test_a_right_loss_is_not(loss):
    assert said(lambda: vit().compile("sgd", loss)) == said(lambda: cnn().compile("sgd", loss)) == []


@pytest.mark.parametrize("make", [vit, cnn])
def test_a_file_warns_where_it_is_compiled_again(make, tmp_path):
    model = make()
    said(lambda: model.compile("sgd", "sparse_categorical_crossentropy"))
    model.save(tmp_path / "model.keras")
    assert said(lambda: keras.saving.load_model(tmp_path / "model.keras", compile=False)) == []
    assert len(said(lambda: keras.saving.load_model(tmp_path / "model.keras"))) == 1


def test_of_a_head_of_zeros_the_string_loss_has_no_gradient():
    """What the sentence says: the head learns nothing (on JAX it is NaN), and with `from_logits=True` the head does."""
    for loss, moves in (("sparse_categorical_crossentropy", False),
                        (keras.losses.SparseCategoricalCrossentropy(from_logits=True), True)):
        model = vit()
        said(lambda: model.compile("sgd", loss))  # noqa: B023
        model.fit(IMAGES, np.array([0, 1, 2, 0]), verbose=0)
        assert np.nan_to_num(to_numpy(model.head.kernel)).any() == moves
