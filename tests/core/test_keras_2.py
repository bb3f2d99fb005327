"""The lecture's own stack, Keras 2 with tensorflow-addons. `run.py test` runs these tests in an environment apart."""

import subprocess
import sys

import keras
import numpy as np
import pytest

if keras.__version__ >= "3":
    pytest.skip("Keras 3 is installed: `run.py test` runs these tests on Keras 2, too", allow_module_level=True)

import tensorflow as tf
from contract import different_weights

import vit_keras
from vit_keras import MLP, TransformerEncoder, VisionTransformer, create_hybrid_vit, keras_2
from vit_keras.lessons import keras_weight_decay

tfa = pytest.importorskip("tensorflow_addons")
SIZE = {"image_shape": (8, 12, 3), "patch_size": (4, 3), "num_layers": 2, "hidden_dim": 8, "num_heads": 2,
        "mlp_dim": 10, "num_classes": 5}


def images(number=2):
    return np.random.default_rng(0).integers(0, 256, (number, 8, 12, 3)).astype("uint8")


# ---- What is there, and what is not ----

@pytest.mark.parametrize("name", ["train", "Recipe", "load_pretrained", "attention_maps"])
def test_what_needs_keras_3_says_so(name):
    with pytest.raises(ImportError, match=f"vit_keras.{name} needs Keras 3: this is Keras 2"):
        getattr(vit_keras, name)


def test_every_public_name_is_there_or_needs_keras_3():
    there = []
    for name in vit_keras.__all__:
        try:
            there.append(getattr(vit_keras, name))
        except ImportError as error:
            assert "needs Keras 3" in str(error)
    assert len(there) > 15


def test_a_name_that_nobody_has_is_no_matter_of_keras():
    assert not hasattr(vit_keras, "trian")


def test_an_operation_that_is_missing_says_so():
    with pytest.raises(AttributeError, match="keras.ops.slogdet needs Keras 3: this is Keras 2"):
        keras_2.keras.ops.slogdet(np.eye(2))


def test_your_own_keras_is_not_touched():
    code = ("import keras, sys; before = vars(keras).copy(); import vit_keras\n"
            "assert sys.modules['keras'] is keras and not hasattr(keras, 'ops')\n"
            "assert keras.Model is before['Model'] and keras.layers.Layer.__module__.startswith('keras')\n"
            "assert issubclass(vit_keras.VisionTransformer, keras.Model)\n")
    subprocess.run([sys.executable, "-c", code], check=True)


# ---- Built as on Keras 3 ----

def test_a_layer_that_was_built_keeps_its_weights_when_it_is_called():
    encoder = TransformerEncoder(2, 2, 5)
    encoder.build((None, 3, 4))
    before = [weight.ref() for weight in encoder.weights]
    encoder(np.ones((1, 3, 4), "float32"))
    assert [weight.ref() for weight in encoder.weights] == before


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_every_weight_has_a_name_of_its_own_that_says_where_it_is(dtype):
    model = create_hybrid_vit(**{**SIZE, "patch_size": 1}, stem_widths=(4, 6), dtype=dtype)
    names = [weight.name for weight in model.weights]
    assert len(set(names)) == len(names)
    assert "encoder/block_2/attention/query/kernel:0" in names and "patch_encoder/class_token:0" in names


def test_weights_are_saved_in_one_file(tmp_path):
    model, other = different_weights(VisionTransformer(**SIZE)), VisionTransformer(**SIZE)
    model.save_weights(str(tmp_path / "vit.h5"))
    other.load_weights(str(tmp_path / "vit.h5"))
    np.testing.assert_array_equal(other(images()).numpy(), model(images()).numpy())


def test_numbers_in_a_list_are_written_as_they_are():
    model = VisionTransformer(**{**SIZE, "patch_size": [4, 3]}, mean=[0.1, 0.2, 0.3])
    assert (model.get_config()["patch_size"], model.get_config()["mean"]) == ((4, 3), (0.1, 0.2, 0.3))


# ---- Trained as on the slide ----

def fitted(model, optimizer):
    model.compile(optimizer, tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), ["accuracy"])
    numbers = np.random.default_rng(0)
    labels = numbers.integers(0, 5, 64)
    pictures = numbers.integers(0, 100, (64, 8, 12, 3)) + 30 * labels[:, None, None, None]  # a class has its brightness
    return model.fit(pictures.astype("uint8"), labels, batch_size=16, epochs=8, verbose=0).history


@pytest.mark.parametrize("make", [VisionTransformer, lambda **size: create_hybrid_vit(
    **{**size, "patch_size": 1}, stem_widths=(4, 6))], ids=["vit", "hybrid"])
def test_fit_with_the_optimizer_of_the_slide_learns(make):
    losses = fitted(make(**SIZE), tfa.optimizers.AdamW(learning_rate=5e-3, weight_decay=1e-4))["loss"]
    assert losses[-1] < 0.8 * losses[0]


def test_a_layer_stands_in_a_model_of_tensorflow():
    model = tf.keras.Sequential([tf.keras.Input((3, 4)), MLP(5), tf.keras.layers.Flatten(), tf.keras.layers.Dense(2)])
    assert model(np.ones((2, 3, 4), "float32")).shape == (2, 2)


# ---- The trap of weight decay ----

def decayed(optimizer, steps=1):
    """What is left of a weight of 1.0 that no gradient moves."""
    weight = tf.Variable([1.0], name="kernel")
    for _ in range(steps):
        optimizer.apply_gradients([(tf.zeros(1), weight)])
    return float(weight[0])


def keras_adamw(**arguments):
    """AdamW of Keras 2: since TensorFlow 2.11, as an experiment somewhat earlier."""
    found = getattr(tf.keras.optimizers, "AdamW", None)
    if found is None:
        pytest.skip(f"Keras {keras_2.VERSION} has no AdamW of its own")
    return found(**arguments)


def test_one_step_of_tensorflow_addons_takes_a_tenth():
    assert decayed(tfa.optimizers.AdamW(learning_rate=1e-3, weight_decay=0.1)) == pytest.approx(0.9, abs=1e-6)


def test_one_step_of_keras_takes_a_ten_thousandth():
    assert decayed(keras_adamw(learning_rate=1e-3, weight_decay=0.1)) == pytest.approx(0.9999, abs=1e-6)


def test_the_converted_decay_is_the_decay_of_tensorflow_addons():
    theirs = decayed(tfa.optimizers.AdamW(learning_rate=1e-3, weight_decay=1e-2), steps=20)
    converted = keras_adamw(learning_rate=1e-3, weight_decay=keras_weight_decay(1e-2, learning_rate=1e-3))
    assert decayed(converted, steps=20) == pytest.approx(theirs, rel=1e-5) == pytest.approx(0.99**20, rel=1e-5)
