"""What training costs, measured: seconds and bytes. The fastest of a few calls counts: the others waited.

    python -m vit_keras.scaling.measured '[{"size": {...}, "batch": 8}, ...]'    prints bytes, a number a case, as JSON
"""

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from vit_keras.profiles import _sees_accelerator
from vit_keras.training.precision import in_precision, product_seconds

# ---- Seconds: of a product, of a layer, of a step of training ----

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
    labels = (np.arange(number) % model.num_classes).astype("int32")
    with in_precision(model, recipe.precision):
        learner = recipe.learner(model)

        def step():
            learner.reset_metrics()
            parts = np.split(np.arange(number), recipe.accumulate)
            return float([learner.train_on_batch(images[part], labels[part]) for part in parts][-1][0])

        yield step


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


# ---- Bytes: of steps of training, in a process of their own ----

def peak_bytes():
    """The most memory this process has held so far, or `None` where Python cannot tell (Windows)."""
    if (found := _status("VmHWM")) is not None:  # Linux counts into `ru_maxrss` what the process before this one held
        return found
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def begin_anew():
    """Let `peak_bytes` start again from what is held now, and return that; `None` where only Linux could do it."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    except OSError:
        return None
    return _status("VmRSS")


def _status(name):
    """A number of /proc/self/status in bytes; `None` where there is none."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)
    return 1024 * int(found[1]) if found else None


def step_memory(cases):
    """The most memory that a step of training held, over what was held before it: activations and gradients.

    Weights and the optimizer's means are there before. All cases run in one new process, one after the other, without
    XLA (its compiler takes memory as well) and on the processor. Where only the most that the process ever held is
    known (macOS), it is counted over what was held before the first case, and can only rise: order the cases from small
    to large.

    Args:
        cases: list of dicts. `size` (arguments of `VisionTransformer`), `batch`, and, if wanted, `accumulate`.

    Returns:
        list of ints, bytes, one a case; or `None` where it cannot be measured.

    Raises:
        ValueError: no case.
        RuntimeError: a step failed, for lack of memory perhaps; the message holds the last line that was printed.
    """
    if not cases:
        raise ValueError("Memory is measured in one case or more: got none.")
    if peak_bytes() is None:
        return None
    path = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path)), "CUDA_VISIBLE_DEVICES": "",
                   "TF_ENABLE_ONEDNN_OPTS": "0",  # its pool keeps what is freed
                   "MALLOC_MMAP_THRESHOLD_": "65536"}  # what is freed goes back at once (glibc)
    done = subprocess.run([sys.executable, "-m", "vit_keras.scaling.measured", json.dumps(cases)],
                          capture_output=True, text=True, env=environment)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1])
    return json.loads(done.stdout.splitlines()[-1])


def measure(cases):
    """In this process: what `step_memory` returns."""
    from vit_keras.training.recipe import Recipe
    from vit_keras.vit import VisionTransformer

    def step_of(size, batch, accumulate=1):
        recipe = Recipe(epochs=1, batch_size=batch, accumulate=accumulate, crop_padding=0, flip=False,
                        jit_compile=False)
        with stepping(VisionTransformer(**size), recipe) as step:
            step()  # traces
            held = begin_anew()
            step()
        return held

    step_of({**cases[0]["size"], "num_layers": 1}, 1)  # what the backend needs for itself
    before, found = peak_bytes(), []
    for case in cases:
        held = step_of(**case)
        found.append(peak_bytes() - (before if held is None else held))
    return found


if __name__ == "__main__":
    print(json.dumps(measure(json.loads(sys.argv[1]))))
