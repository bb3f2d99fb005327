"""The same weights give the same answers on TensorFlow, JAX and PyTorch.

Keras reads its backend once, at import. So this file is also a script: `python test_backends.py answers.npz` computes
the answers under the KERAS_BACKEND it is given, and the tests compare what two processes wrote.
"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


def answers():
    """Outputs of everything, from weights and images that NumPy draws: {name: array}."""
    import keras

    import vit_keras
    from vit_keras.augment import RandomErasing, TrivialAugment
    from vit_keras.augment.operations import operate

    images = np.random.default_rng(0).integers(0, 256, (2, 8, 12, 3)).astype("uint8")
    size = {"image_shape": (8, 12, 3), "patch_size": (4, 3), "num_layers": 2, "hidden_dim": 4, "num_heads": 2,
            "mlp_dim": 5, "num_classes": 7}
    learned, fixed = (vit_keras.VisionTransformer(**size, **more) for more in (
        {"dropout_rate": 0.1, "stochastic_depth": 0.2},
        {"pooling": "average", "position_embedding": "sincos", "approximate_gelu": True},
    ))
    cnn = vit_keras.create_cnn_classifier((8, 12, 3), 5, widths=(4, 6), blocks_per_stage=1)
    hybrid = vit_keras.create_hybrid_vit(**{**size, "patch_size": 1}, stem_widths=(4, 6))
    for number, model in enumerate((learned, fixed, cnn, hybrid)):
        numbers = np.random.default_rng(number)
        # Positive, since the variance of a batch norm is among them.
        model.set_weights([numbers.uniform(0.1, 1, weight.shape) * numbers.choice([-1, 1], weight.shape)
                           if weight.name != "moving_variance" else numbers.uniform(0.5, 2, weight.shape)
                           for weight in model.weights])
    augment = vit_keras.RandomCropFlip(2, seed=1)
    tensor = keras.Input((8, 12, 3), dtype="uint8")
    logits, scores = learned(tensor, return_attention_scores=True)
    enlarge = vit_keras.RandomResizedCrop(seed=1)
    outputs = {"vit": logits, "scores_1": scores[0], "scores_2": scores[1], "sincos": fixed(tensor),
               "cnn": cnn(tensor), "hybrid": hybrid(tensor),
               "not_augmented": augment(tensor), "not_enlarged": enlarge(tensor)}
    found = keras.Model(tensor, outputs).predict_on_batch(images)  # compiled at once, which saves JAX half a minute
    found["reflected"] = vit_keras.augment.crops.reflect(keras.ops.arange(-3, 8), 5)
    found["interpolation"] = vit_keras.augment.crops.weights(keras.ops.convert_to_tensor([[0.0, 1.25, 3.0]]), 4)
    places = np.arange(14, dtype="int32")
    found["operations"] = operate(np.repeat(images, 7, axis=0), places, np.linspace(-0.93, 0.97, 14, dtype="float32"))
    vary, erase = TrivialAugment(seed=1), RandomErasing(1.0, seed=1)
    for layer, dtype in ((augment, "uint8"), (enlarge, "float32"), (vary, "float32"), (erase, "float32")):
        # Every backend draws its own.
        augmented = keras.ops.convert_to_numpy(layer(images, training=True))
        assert augmented.shape == images.shape and augmented.dtype == dtype
        assert not np.array_equal(augmented, images)
    return {name: keras.ops.convert_to_numpy(value) for name, value in found.items()}


def python(*words, backend):
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3",
                   "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def needs(backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")


@pytest.fixture(scope="module")
def here():
    return answers()


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_every_backend_gives_the_same_answers(here, tmp_path, backend):
    import keras

    needs(backend)
    if backend == keras.backend.backend():
        pytest.skip(f"{backend} is what the others are compared with")
    python(__file__, str(tmp_path / "answers.npz"), backend=backend)
    there = np.load(tmp_path / "answers.npz")
    assert set(there.files) == set(here)
    for name, value in here.items():
        assert there[name].dtype == value.dtype, name
        np.testing.assert_allclose(there[name], value, rtol=1e-5, atol=1e-5, err_msg=name)
    assert np.ptp(here["vit"]) > 0.1 and np.ptp(here["cnn"]) > 0.1  # there was something to compare


def test_the_import_needs_keras_numpy_and_one_backend():
    """What `import keras` brings along is Keras's affair; ours adds none of the heavy packages."""
    needs("jax")
    code = (
        "import json, sys, keras, numpy\n"
        "before = set(sys.modules)\n"
        "import vit_keras, vit_keras.figures.curves\n"
        "print(json.dumps([sorted({name.split('.')[0] for name in names})"
        " for names in (set(sys.modules) - before, sys.modules)]))"
    )
    ours, everything = json.loads(python("-c", code, backend="jax"))
    assert "vit_keras" in ours
    assert not {"tensorflow", "torch", "matplotlib", "PIL", "IPython", "pandas"} & set(ours)
    assert not {"tensorflow", "torch"} & set(everything)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_the_step_of_another_backend_is_keras_s_too(backend):
    """Keras reads its backend once, so the file of tests is run by a process of its own."""
    needs(backend)
    chosen = "keras or device or parts_makes or up_to_date"  # JAX compiles each of them
    python("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_stepping.py", "-k", chosen, backend=backend)


if __name__ == "__main__":
    np.savez(sys.argv[1], **answers())
