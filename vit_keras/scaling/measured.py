"""Seconds, measured: of a product, of a layer, of a step of training. The fastest of a few calls: the others waited."""

import contextlib
import time
from typing import NamedTuple

import keras
import numpy as np

from vit_keras.profiles import _sees_accelerator
from vit_keras.training.learner import Learner, compile_learner
from vit_keras.training.precision import in_precision, product_seconds


class StepTime(NamedTuple):
    """Seconds of the `first` step, in which everything is traced and compiled, and of `each` one after it."""

    first: float
    each: float


def multiplication_rate(precision="float32", rounds=7):
    """Multiplications a second in a large square product: the best this machine shows through this backend."""
    size = 4096 if _sees_accelerator() else 1024
    return size**3 / product_seconds(size, precision, rounds)


def layer_seconds(layer, shape, rounds=5):
    """Seconds that a layer takes forward for inputs of this shape.

    Args:
        layer: `keras.layers.Layer`, from a tensor to a tensor.
        shape: tuple of ints `(B, ...)`.
        rounds: int. So many calls are timed, after one that is not.

    Returns:
        float.
    """
    inputs = keras.Input(shape[1:])
    model = keras.Model(inputs, layer(inputs))
    # Without XLA on TensorFlow, which would be compiled for every shape; JAX without it would not be compiled at all.
    model.compile(jit_compile=keras.backend.backend() == "jax")
    x = np.random.default_rng(0).standard_normal(shape, "float32")
    seconds = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        model.predict_on_batch(x)
        seconds.append(time.perf_counter() - start)
    return min(seconds[1:])


@contextlib.contextmanager
def stepping(model, recipe):
    """A function that makes one step of training, as `train` does, on pictures of noise.

    Args:
        model: `keras.Model` from images to logits, with `image_shape` and `num_classes`. It is trained on the noise.
        recipe: `Recipe`, of which batch, parts, precision, XLA and augmentation matter here.

    Yields:
        function without arguments; returns the loss as a float, so what it computes is there when it returns. The first
        call traces, and compiles where the recipe says so.
    """
    number = recipe.batch_size
    images = np.random.default_rng(0).integers(0, 256, (number, *model.image_shape), "uint8")
    with in_precision(model, recipe.precision):
        learner = Learner(model, recipe)
        compile_learner(learner, recipe)
        learner.take_data(images, np.eye(model.num_classes, dtype="float32")[np.arange(number) % model.num_classes])

        def step():
            parts = np.split(np.arange(number), recipe.accumulate)
            return sum([float(learner.learn(part)["loss"]) for part in parts]) / len(parts)

        yield step
        learner.settle()


def step_time(model, recipe, rounds=5):
    """Seconds of a step of training, as `train` makes it, on pictures of noise.

    Args:
        model, recipe: As for `stepping`.
        rounds: int. So many steps are timed, after the first.

    Returns:
        `StepTime`.
    """
    seconds = []
    with stepping(model, recipe) as step:
        for _ in range(rounds + 1):
            start = time.perf_counter()
            step()
            seconds.append(time.perf_counter() - start)
    return StepTime(seconds[0], min(seconds[1:]))
