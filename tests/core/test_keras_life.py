"""What every tutorial of Keras does with a model, done with ours: one small test each."""

import contextlib
import importlib.util
import io
import pickle

import keras
import numpy as np
import pytest
from contract import different_weights, to_numpy

from vit_keras import (
    MLP,
    MultiHeadSelfAttention,
    PatchEncoder,
    Patches,
    RandomCropFlip,
    TransformerBlock,
    TransformerEncoder,
    VisionTransformer,
    create_cnn_classifier,
    create_hybrid_vit,
)
from vit_keras.pixels import IMAGENET_MEAN, normalization

SIZE = {"image_shape": (8, 8, 3), "patch_size": 4, "num_layers": 1, "hidden_dim": 8, "num_heads": 2, "mlp_dim": 6,
        "num_classes": 3}
IMAGES = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 3)).astype("uint8")
LABELS = np.arange(8) % 3
EAGERLY = keras.backend.backend() == "tensorflow"  # a step alone is quicker than its trace
tensorflow_only = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow's own")


def vit(loss="Sparse", **compile_arguments):
    model = VisionTransformer(**SIZE)
    model.compile("adam", getattr(keras.losses, f"{loss}CategoricalCrossentropy".replace("One", ""))(from_logits=True),
                  metrics=["accuracy"], **{"jit_compile": False, "run_eagerly": EAGERLY, **compile_arguments})
    return model


def installed(package):
    return pytest.mark.skipif(importlib.util.find_spec(package) is None, reason=f"{package} is not installed")


# ---- summary ----

LAYERS = [(Patches(4), (8, 8, 3)), (PatchEncoder(8), (4, 6)), (MLP(5), (3, 4)), (MultiHeadSelfAttention(2), (3, 4)),
          (TransformerBlock(2, 5), (3, 4)), (TransformerEncoder(1, 2, 5), (3, 4)), (RandomCropFlip(2), (8, 8, 3))]


def summary(model):
    lines = []
    model.summary(expand_nested=True, print_fn=lambda text, **_: lines.append(text))
    return "\n".join(lines)


@pytest.mark.parametrize("layer, shape", LAYERS, ids=lambda value: type(value).__name__)
def test_summary_of_every_layer(layer, shape):
    inputs = keras.Input(shape)
    model = keras.Model(inputs, layer(inputs))
    model(np.zeros((1, *shape), "float32"))
    assert layer.name in summary(model)
    holder = keras.Sequential([type(layer).from_config(layer.get_config())])
    holder(np.zeros((1, *shape), "float32"))
    assert layer.name in summary(holder)


@pytest.mark.parametrize("make", [
    lambda: VisionTransformer(**SIZE), lambda: create_cnn_classifier((8, 8, 3), 3, (4, 6)),
    lambda: create_hybrid_vit((16, 16, 3), 1, 1, 8, 2, 6, 3, stem_widths=(4, 6)),
], ids=["vit", "cnn", "hybrid"])
def test_summary_before_and_after_use_and_nested(make):
    model = make()
    before = summary(model)
    shape = model.input_shape if hasattr(model, "inputs") and model.inputs else (None, *model.image_shape)
    images = np.zeros((2, *shape[1:]), "uint8")
    model(images)
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), run_eagerly=EAGERLY)
    model.fit(images, np.zeros(2), verbose=0)
    assert "unbuilt" not in before and "Total params" in before and "Total params" in summary(model)
    inputs = keras.Input(shape[1:])
    around = keras.Model(inputs, model(inputs))
    around(images)
    assert model.name in summary(around)


# ---- fit ----

@pytest.mark.parametrize("arguments", [
    {}, {"class_weight": {0: 1.0, 1: 2.0, 2: 0.5}}, {"sample_weight": np.linspace(0.5, 1, 8)},
    {"validation_split": 0.25}],
    ids=lambda value: next(iter(value), "sparse labels"))
def test_fit_on_arrays(arguments):
    model = vit(run_eagerly=EAGERLY and bool(arguments))  # traced once
    history = model.fit(IMAGES, LABELS, epochs=2, verbose=0, **arguments).history
    assert np.isfinite(history["loss"]).all() and len(history["loss"]) == 2


def test_fit_on_one_hot_labels():
    vit("One").fit(IMAGES, np.eye(3)[LABELS], verbose=0)


@installed("tensorflow")
def test_fit_on_tf_data():
    import tensorflow as tf

    batches = tf.data.Dataset.from_tensor_slices((IMAGES, LABELS)).batch(4)
    history = vit(run_eagerly=False).fit(batches, validation_data=batches, verbose=0).history
    assert np.isfinite(history["val_loss"]).all()


def test_fit_with_callbacks(tmp_path):
    model = vit()
    best = keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", monitor="val_loss", save_best_only=True)
    weights = keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.weights.h5", save_weights_only=True)
    stop = keras.callbacks.EarlyStopping(patience=1, restore_best_weights=True)
    model.fit(IMAGES, LABELS, epochs=2, validation_data=(IMAGES, LABELS), verbose=0, callbacks=[best, weights, stop])
    assert keras.saving.load_model(tmp_path / "best.keras").predict(IMAGES, verbose=0).shape == (8, 3)
    vit().load_weights(tmp_path / "1.weights.h5")


@installed("tensorboard")
def test_fit_with_tensorboard(tmp_path):
    vit().fit(IMAGES, LABELS, verbose=0, callbacks=[keras.callbacks.TensorBoard(tmp_path)])
    assert list(tmp_path.rglob("events*"))


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="compiles for minutes on PyTorch")
def test_fit_compiled_by_xla():
    vit(jit_compile=True, run_eagerly=False).fit(IMAGES, LABELS, verbose=0)


def test_lora_learns_alone():
    model = vit()
    model.encoder.trainable = model.patch_encoder.trainable = model.head.trainable = False
    query = model.encoder.blocks[0].attention.query
    query.trainable = True
    query.enable_lora(2)
    query.bias.trainable = False
    model.compile("adam", model.loss, run_eagerly=EAGERLY)
    assert len(model.trainable_weights) == 2
    model.fit(IMAGES, LABELS, verbose=0)


# ---- Copies and export ----

@pytest.mark.parametrize("copy", [lambda model: pickle.loads(pickle.dumps(model)), keras.models.clone_model],
                         ids=["pickle", "clone_model"])
def test_a_copy_answers_alike(copy):
    model = different_weights(VisionTransformer(**SIZE))
    again = copy(model)
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(to_numpy(again(IMAGES)), to_numpy(model(IMAGES)))


@tensorflow_only
def test_export_to_saved_model_and_tflite(tmp_path):
    import tensorflow as tf

    model = different_weights(VisionTransformer(**SIZE))
    expected = to_numpy(model(IMAGES[:1]))
    with contextlib.redirect_stdout(io.StringIO()):
        model.export(tmp_path / "saved")
    loaded = tf.saved_model.load(str(tmp_path / "saved"))
    np.testing.assert_allclose(loaded.serve(IMAGES[:1].astype("float32")).numpy(), expected, atol=1e-5)
    small = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path / "saved")).convert()
    lite = tf.lite.Interpreter(model_content=small)
    lite.resize_tensor_input(lite.get_input_details()[0]["index"], [1, 8, 8, 3])
    lite.allocate_tensors()
    lite.set_tensor(lite.get_input_details()[0]["index"], IMAGES[:1].astype("float32"))
    lite.invoke()
    np.testing.assert_allclose(lite.get_tensor(lite.get_output_details()[0]["index"]), expected, atol=1e-4)


@tensorflow_only
@installed("onnxruntime")
@installed("tf2onnx")
@pytest.mark.parametrize("approximate_gelu", [True, pytest.param(False, marks=pytest.mark.xfail(
    strict=True, reason="tf2onnx knows no Erfc, which TensorFlow makes the exact GELU of"))])
def test_export_to_onnx(tmp_path, approximate_gelu):
    import onnxruntime

    model = different_weights(VisionTransformer(**SIZE, approximate_gelu=approximate_gelu))
    expected = to_numpy(model(IMAGES))
    model.export(tmp_path / "vit.onnx", format="onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "vit.onnx"))
    found = session.run(None, {session.get_inputs()[0].name: IMAGES.astype("float32")})[0]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_channels_first_in_keras_json_changes_nothing():
    usual = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        x, mean = np.arange(16 * 16 * 3).reshape(1, 16, 16, 3) % 256, np.array(IMAGENET_MEAN)
        np.testing.assert_allclose(to_numpy(normalization(3, IMAGENET_MEAN, 0.25)(x)), (x / 255 - mean) / 0.25,
                                   atol=1e-5)
        for model in (VisionTransformer((16, 16, 3), 4, 1, 8, 2, 6, 3), create_cnn_classifier((16, 16, 3), 3, (4, 6)),
                      create_hybrid_vit((16, 16, 3), 1, 1, 8, 2, 6, 3, stem_widths=(4, 6))):
            assert model(x).shape == (1, 3)
    finally:
        keras.config.set_image_data_format(usual)
