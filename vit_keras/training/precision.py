"""In which precision a run computes: the one place where that is decided."""

import contextlib
import functools
import time

import keras
import numpy as np
from keras import ops

from vit_keras.profiles import _sees_accelerator

PRECISIONS = (None, "float32", "bfloat16", "auto")
POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
LOGITS = "head"  # the layer that stays in float32: a softmax over its outputs is not the place to save
WORTH_IT = 1.2  # so much faster a product must be


def resolve(precision):
    """The precision that is meant: "auto" becomes "float32" or "bfloat16", any other stays."""
    return ("bfloat16" if bfloat16_pays() else "float32") if precision == "auto" else precision


@functools.cache
def bfloat16_pays():
    """Whether this machine multiplies matrices faster in bfloat16 than in float32: measured, in less than a second.

    Processors and graphics cards without instructions for bfloat16 compute it by way of float32, and are slower.
    """
    size = 4096 if _sees_accelerator() else 512
    seconds = {dtype: product_seconds(size, dtype) for dtype in ("float32", "bfloat16")}
    return seconds["float32"] > WORTH_IT * seconds["bfloat16"]


def product_seconds(size, dtype, rounds=7):
    """Seconds of one product of two square matrices: the fastest of a few."""
    matrix = ops.cast(np.random.default_rng(0).standard_normal((size, size), "float32"), dtype)
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        float(ops.cast(ops.matmul(matrix, matrix)[0, 0], "float32"))  # read, so that it must be there
        seconds.append(time.perf_counter() - start)
    return min(seconds)


@contextlib.contextmanager
def in_precision(model, precision):
    """Inside, the layers of a model compute in this precision; afterwards they are as they were.

    Weights stay float32 either way, and so do the logits.

    Args:
        model: `keras.Model`.
        precision: `"float32"`, `"bfloat16"`, `"auto"` (whichever is faster here) or `None`: as the model was made.

    Yields:
        The name of the precision: `"float32"`, `"bfloat16"` or `None`.
    """
    precision = resolve(precision)
    layers = [layer for layer in model._flatten_layers() if precision is not None and layer.name != LOGITS]
    before = [layer.dtype_policy for layer in layers]
    try:
        for layer in layers:
            layer.dtype_policy = keras.dtype_policies.get(POLICIES[precision])
        yield precision
    finally:
        for layer, policy in zip(layers, before):
            layer.dtype_policy = policy
