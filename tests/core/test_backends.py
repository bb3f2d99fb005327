"""The same weights give the same answers on TensorFlow, JAX and PyTorch, and the same training the same losses.

Keras reads its backend once, at import. So this file is also a script: `python test_backends.py answers.npz` says
what it imports and computes the answers, under the KERAS_BACKEND it is given; the tests compare what two processes
wrote.
"""

import functools
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
    from vit_keras.augment import RandomErasing, RandomResizedCrop, TrivialAugment
    from vit_keras.augment.crops import reflect, weights
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
    enlarge = RandomResizedCrop(seed=1)
    outputs = {"vit": logits, "scores_1": scores[0], "scores_2": scores[1], "sincos": fixed(tensor),
               "cnn": cnn(tensor), "hybrid": hybrid(tensor),
               "not_augmented": augment(tensor), "not_enlarged": enlarge(tensor)}
    found = keras.Model(tensor, outputs).predict_on_batch(images)  # compiled at once, which saves JAX half a minute
    found["reflected"] = reflect(keras.ops.arange(-3, 8), 5)
    found["interpolation"] = weights(keras.ops.convert_to_tensor([[0.0, 1.25, 3.0]]), 4)
    places = np.arange(14, dtype="int32")
    found["operations"] = operate(np.repeat(images, 7, axis=0), places, np.linspace(-0.93, 0.97, 14, dtype="float32"))
    vary, erase = TrivialAugment(seed=1), RandomErasing(1.0, seed=1)
    for layer, dtype in ((augment, "uint8"), (enlarge, "float32"), (vary, "float32"), (erase, "float32")):
        # Every backend draws its own.
        augmented = keras.ops.convert_to_numpy(layer(images, training=True))
        assert augmented.shape == images.shape and augmented.dtype == dtype
        assert not np.array_equal(augmented, images)
    found["losses"] = np.array(losses(size), "float32")
    return {name: keras.ops.convert_to_numpy(value) for name, value in found.items()}


def losses(size):
    """Of a short run with everything in it that does not draw by the backend's own numbers."""
    import keras

    from vit_keras import Dataset, Recipe, Split, VisionTransformer, train

    images = np.random.default_rng(0).integers(0, 256, (24, 8, 12, 3)).astype("uint8")
    split = Split(images, (images[:, 0, 0, 0] % 7).astype("int32"))
    model = VisionTransformer(**size)
    model.set_weights([np.random.default_rng(0).normal(scale=0.5, size=weight.shape) for weight in model.weights])
    compiled = keras.backend.backend() == "jax"  # without its compiler it would take longer still
    recipe = Recipe(epochs=2, batch_size=8, learning_rate=0.01, accumulate=2, ema=0.9, mixup=0.5, crop_padding=0,
                    flip=False, jit_compile=compiled)
    result = train(model, Dataset(split, split, split, tuple("abcdefg"), "Noise."), recipe, verbose=False)
    return [*result["history"]["loss"], result["test_loss"]]


def python(*words, backend):
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3",
                   "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",  # it has more to compile than to compute
                   "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def installed(backend):
    return pytest.mark.skipif(importlib.util.find_spec(backend) is None, reason=f"{backend} is not installed")


@pytest.fixture(scope="module")
def here():
    return answers()


OTHERS = {"tensorflow", "jax", "torch"} - {os.environ["KERAS_BACKEND"]}


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """What a process under another backend answers, and which packages it imports: (arrays, ours, all), asked once."""
    @functools.cache
    def ask(backend):
        path = tmp_path_factory.mktemp(backend) / "answers.npz"
        said = python(__file__, str(path), backend=backend)
        return np.load(path), *json.loads(said.splitlines()[0])

    return ask


@pytest.mark.parametrize("backend", [pytest.param(name, marks=installed(name)) for name in sorted(OTHERS)])
def test_every_backend_gives_the_same_answers(here, elsewhere, backend):
    there, *_ = elsewhere(backend)
    assert set(there.files) == set(here)
    for name, value in here.items():
        assert there[name].dtype == value.dtype, name
        np.testing.assert_allclose(there[name], value, rtol=1e-5, atol=1e-4 if name == "losses" else 1e-5, err_msg=name)
    assert np.ptp(here["vit"]) > 0.1 and np.ptp(here["cnn"]) > 0.1  # there was something to compare


@installed("jax")
def test_the_import_needs_keras_numpy_and_one_backend(elsewhere):
    """What `import keras` brings along is Keras's affair; ours adds none of the heavy packages."""
    _, ours, everything = elsewhere("jax")
    assert "vit_keras" in ours
    assert not {"tensorflow", "torch", "matplotlib", "PIL", "IPython", "pandas"} & set(ours)
    assert not {"tensorflow", "torch"} & set(everything)


def imported():
    """The packages that our import brings along, and all there are after it."""
    import keras  # noqa: F401

    before = set(sys.modules)
    import vit_keras
    import vit_keras.figures.curves  # noqa: F401

    return [sorted({name.split(".")[0] for name in names}) for names in (set(sys.modules) - before, sys.modules)]


if __name__ == "__main__":
    print(json.dumps(imported()))
    np.savez(sys.argv[1], **answers())
