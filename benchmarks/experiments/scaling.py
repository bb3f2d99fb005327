"""What a step costs on this machine, in time and memory, beside what formulas say: the records of lesson 13.

    python benchmarks/experiments/scaling.py                     all parts, each a process of its own
    python benchmarks/experiments/scaling.py --parts memory xla  some of them
    python benchmarks/experiments/scaling.py --record            write results/scaling.json; parts that are in it are
                                                                 kept unless they are asked for
    VIT_KERAS_PROFILE=smoke python benchmarks/experiments/scaling.py
                                                                 does everything run? (the numbers mean nothing)

The parts:

    epochs     a step of training of several ViTs, beside its multiplications over the machine's rate
    tokens     attention and MLP, forward, from 65 to 1,025 tokens
    memory     the most memory that a step holds, against batch, tokens and parts of a batch
    xla        a step with XLA and without, and the first step, which compiles
    precision  a step and a large product in float32 and in bfloat16
    devices    the losses of a run on one device and on two (JAX, two devices made of the processor)

Close other programs: seconds are the fastest of a few calls.
"""

import argparse
import importlib.util
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from records import cpu_model, write_json
from runs import beginning, in_a_process, parser_of, shown, start

NAMES = ("epochs", "tokens", "memory", "xla", "precision", "devices")
# The part `devices` is measured with JAX, and with two devices.
TWO_DEVICES = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "XLA_FLAGS": "--xla_force_host_platform_device_count=2"}


def parse(words):
    parser = parser_of(__doc__)
    parser.add_argument("--parts", nargs="+", choices=NAMES, default=list(NAMES), metavar="NAME",
                        help=f"some of: {', '.join(NAMES)}")
    parser.add_argument("--record", action="store_true", help="write into results/ instead of results/local/")
    parser.add_argument("--one", choices=NAMES, help=argparse.SUPPRESS)
    return parser.parse_args(words)


if __name__ == "__main__":
    parse(sys.argv[1:])  # --help and a wrong word need not wait for TensorFlow

import keras

from vit_keras import (
    MLP,
    VARIANTS,
    Dataset,
    MultiHeadSelfAttention,
    Recipe,
    Split,
    VisionTransformer,
    draw_shapes,
    pick,
    train,
)
from vit_keras.scaling import layer_seconds, multiplication_rate, multiplications, step_memory, step_time

CIFAR = {"image_shape": [32, 32, 3], "num_classes": 10}


def sizes():
    """{name: arguments of `VisionTransformer`}, from small to large."""
    small = {**CIFAR, "patch_size": 4, "num_layers": 4, "hidden_dim": 64, "num_heads": 4, "mlp_dim": 128}
    medium = {**CIFAR, "patch_size": 4, "num_layers": 4, "hidden_dim": 128, "num_heads": 4, "mlp_dim": 512}
    tiny = {**CIFAR, "patch_size": 16, "num_layers": 1, "hidden_dim": 8, "num_heads": 2, "mlp_dim": 16}
    large = {"lesson 5": small, "width 128": medium, "ViT-Ti/4": {**CIFAR, "patch_size": 4, **VARIANTS["Ti"]}}
    return pick(smoke={"tiny": tiny}, laptop=large, gpu=large)


def plain(**changes):
    """A recipe without augmentation."""
    return Recipe(1, **{"batch_size": batch(), "crop_padding": 0, "flip": False, **changes})


def batch():
    return pick(smoke=4, laptop=64, gpu=512)


def compiled():
    return pick(smoke=False, laptop="auto", gpu="auto")


def epochs():
    """A step of several models, and how long its multiplications would take at the machine's rate."""
    found = {}
    for name, size in sizes().items():
        rate = multiplication_rate()
        each = step_time(VisionTransformer(**size), plain(jit_compile=compiled())).each
        found[name] = {"size": size, "batch": batch(), "rate": rate, "step": each,
                       "predicted": batch() * multiplications(**size, training=True, num_queries=1) / rate}
    return found


def tokens():
    """Attention and MLP of one block."""
    numbers = pick(smoke=[5, 10], laptop=[65, 145, 257, 577, 1025], gpu=[65, 145, 257, 577, 1025])
    hidden_dim, images = pick(smoke=(8, 1), laptop=(192, 8), gpu=(768, 64))
    heads = max(1, hidden_dim // 64)
    seconds = {"attention": {}, "MLP": {}}
    for number in numbers:
        shape = (images, number, hidden_dim)
        seconds["attention"][str(number)] = layer_seconds(MultiHeadSelfAttention(heads), shape)
        seconds["MLP"][str(number)] = layer_seconds(MLP(4 * hidden_dim), shape)
    return {"hidden_dim": hidden_dim, "num_heads": heads, "mlp_dim": 4 * hidden_dim, "batch": images,
            "seconds": seconds}


def memory():
    """The most memory of a step: {name: {number: bytes}}."""
    size = list(sizes().values())[0]
    batches = pick(smoke=[1, 2], laptop=[32, 64, 128, 256], gpu=[32, 64, 128, 256])
    sides = pick(smoke=[1, 2], laptop=[8, 12, 16, 24, 32], gpu=[8, 12, 16, 24, 32])  # patches of a side
    parts = pick(smoke=[2, 1], laptop=[8, 4, 2, 1], gpu=[8, 4, 2, 1])
    patch, images = size["patch_size"], pick(smoke=2, laptop=16, gpu=16)
    cases = {
        "batch": {number: {"size": size, "batch": number} for number in batches},
        "tokens": {side**2 + 1: {"size": {**size, "image_shape": [side * patch, side * patch, 3]}, "batch": images}
                   for side in sides},
        "parts": {number: {"size": size, "batch": batches[-1], "accumulate": number} for number in parts},
    }
    found = {name: step_memory(list(of_numbers.values())) for name, of_numbers in cases.items()}
    return {"size": size, "images": images, "batch": batches[-1], "bytes": {
        name: None if values is None else dict(zip(map(str, cases[name]), values)) for name, values in found.items()}}


def xla():
    """The first step and each one after it, without XLA and with it."""
    size = list(sizes().values())[-1]
    found = {name: step_time(VisionTransformer(**size), plain(jit_compile=jit))._asdict()
             for name, jit in (("without", False), ("with", True))}
    return {"size": size, "batch": batch(), **found}


def precision():
    """A step, and the rate of a large product, in float32 and in bfloat16."""
    size = list(sizes().values())[-1]
    found = {name: {"rate": multiplication_rate(name),
                    "step": step_time(VisionTransformer(**size), plain(precision=name, jit_compile=compiled())).each}
             for name in ("float32", "bfloat16")}
    return {"size": size, "batch": batch(), **found}


def devices():
    """The losses of one run on one device and on two, made of the processor; `None` where there is no JAX."""
    if keras.backend.backend() != "jax":
        return None
    drawn = [draw_shapes(number, seed=[12, number]) for number in (256, 64, 72)]
    dataset = Dataset(*(Split(part.images, part.labels) for part in drawn), drawn[0].shapes, "Drawn shapes.")
    losses = {}
    for name, shared in (("one device", None), ("two devices", keras.distribution.DataParallel())):
        keras.distribution.set_distribution(shared)
        keras.utils.set_random_seed(0)
        model = VisionTransformer((32, 32, 3), 16, 1, 16, 2, 32, num_classes=10)
        recipe = Recipe(epochs=4, batch_size=32, crop_padding=0)
        losses[name] = train(model, dataset, recipe, verbose=False)["history"]["loss"]
    return losses


PARTS = {part.__name__: part for part in (epochs, tokens, memory, xla, precision, devices)}


# ---- Command line ----

def main(words):
    options = parse(words)
    if options.one:
        return print(json.dumps(PARTS[options.one]()))
    result, path = beginning(__file__, words, "scaling", options.record, {"sizes": sizes(), "batch": batch()})
    result["source"] = "Pictures of noise: cost does not depend on what is in a picture. For `devices`, drawn shapes."
    for part in options.parts:
        environment = TWO_DEVICES if part == "devices" and importlib.util.find_spec("jax") else {}
        result[part] = in_a_process(__file__, ["--one", part], part, **environment)
        write_json(path, result)  # after each part: what is measured is kept
        print(f"{part}: {told(part, result[part])}", flush=True)
    print(f"in {shown(path)}; Keras {keras.__version__} on {keras.backend.backend()}, {os.cpu_count()} cores "
          f"({cpu_model()})")


def told(part, found):
    """A part in one line."""
    if found is None or part == "memory" and found["bytes"]["batch"] is None:
        return "cannot be measured here"
    if part == "epochs":
        return ", ".join(f"{name} {one['step'] / one['predicted']:.1f} times its products" for name, one in
                         found.items())
    if part == "tokens":
        return "; ".join(f"{name} " + ", ".join(f"{number}: {1000 * value:.1f} ms" for number, value in points.items())
                         for name, points in found["seconds"].items())
    if part == "memory":
        return "; ".join(f"{name} " + ", ".join(f"{number}: {value / 1e6:.0f} MB" for number, value in points.items())
                         for name, points in found["bytes"].items())
    if part == "xla":
        return f"without / with: {found['without']['each'] / found['with']['each']:.2f}"
    if part == "precision":
        return f"float32 / bfloat16: step {found['float32']['step'] / found['bfloat16']['step']:.2f}"
    return f"losses at the end {found['one device'][-1]:.6f}, {found['two devices'][-1]:.6f}"


if __name__ == "__main__":
    start(main)
