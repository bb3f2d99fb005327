"""A small Vision Transformer, pre-trained here on drawn shapes: it stands in where no pretrained weights can be had.

It lies in a folder as models of timm do, `model.safetensors` and `config.json`, so that the real reading code runs.
"""

import hashlib
import json
from pathlib import Path

import numpy as np

from vit_keras.data.cache import cached_folder
from vit_keras.data.dataset import Dataset, Split
from vit_keras.data.outlines import TEN_SHAPES
from vit_keras.data.shapes import draw_shapes
from vit_keras.pretrained.exporting import to_checkpoint
from vit_keras.pretrained.layouts import TIMM
from vit_keras.profiles import pick, profile
from vit_keras.training.fit import train
from vit_keras.training.recipe import Recipe
from vit_keras.vit import VisionTransformer

IMAGE_SIZE, PATCH_SIZE = 64, 8


def settings():
    """Sizes and training, for the profile in force."""
    small = {"num_layers": 2, "hidden_dim": 48, "num_heads": 3, "mlp_dim": 96}
    any_color = {"clutter": 0.5, "noise": 12.0}
    return pick(
        smoke={"model": small, "images": 1_000, "epochs": 5, "jit_compile": False,
               "pictures": {"clutter": 0, "color": "white"}},  # easy ones: there are only seconds
        laptop={"model": {**small, "num_layers": 4, "hidden_dim": 96, "mlp_dim": 192}, "images": 6_000, "epochs": 6,
                "jit_compile": "auto", "pictures": any_color},
        gpu={"model": {**small, "num_layers": 6, "hidden_dim": 192, "mlp_dim": 768}, "images": 20_000, "epochs": 15,
             "jit_compile": "auto", "pictures": any_color},
    )


def stand_in_folder():
    """The folder of the stand-in for the profile in force; trained now where the cache has none yet."""
    code = Path(__file__).read_bytes() + json.dumps(settings(), sort_keys=True).encode()
    return cached_folder(f"stand_in-{profile()}-{hashlib.sha256(code).hexdigest()[:12]}", write_stand_in)


def write_stand_in(folder):
    """Train a small Vision Transformer to name ten drawn shapes, and write it into `folder`.

    The seed of everything random is fixed; Keras's own seed is left alone.

    Args:
        folder: path of a folder that exists.

    Raises:
        ImportError: the package safetensors is not installed.
    """
    try:
        from safetensors.numpy import save_file
    except ImportError as error:
        raise ImportError("The stand-in is written with the package safetensors: pip install safetensors.") from error

    sizes = settings()
    print(f"making a stand-in: a small Vision Transformer learns {len(TEN_SHAPES)} drawn shapes, once", flush=True)
    dataset = drawn_dataset(sizes["images"], **sizes["pictures"])
    model = VisionTransformer((IMAGE_SIZE, IMAGE_SIZE, 3), PATCH_SIZE, num_classes=len(TEN_SHAPES), **sizes["model"],
                              name="stand_in")
    rng = np.random.default_rng(0)
    for weight in model.weights:  # matrices and positions anew, by a seed of our own; norms and biases as they are
        if len(weight.shape) > 1 and weight is not model.head.kernel:
            weight.assign(rng.normal(0, weight.shape[0] ** -0.5 if len(weight.shape) == 2 else 0.02, weight.shape))
    recipe = Recipe(sizes["epochs"], batch_size=32, learning_rate=3e-3, label_smoothing=0.0,
                    jit_compile=sizes["jit_compile"])
    result = train(model, dataset, recipe, verbose=False)
    save_file(to_checkpoint(model, TIMM), Path(folder) / "model.safetensors")
    configuration = {
        "architecture": "stand_in",
        "num_attention_heads": sizes["model"]["num_heads"],
        "label_names": TEN_SHAPES,
        "pretrained_cfg": {"input_size": [3, IMAGE_SIZE, IMAGE_SIZE], "mean": [0.5] * 3, "std": [0.5] * 3},
        "images": sizes["images"],
        "test_accuracy": result["test_accuracy"],
    }
    (Path(folder) / "config.json").write_text(json.dumps(configuration, indent=1), encoding="utf-8")


def drawn_dataset(number, **pictures):
    """Ten shapes, anywhere: `number` for training, a tenth each for validation and test; `pictures`: `draw_shapes`."""
    splits = [draw_shapes(count, image_size=IMAGE_SIZE, seed=[9, index], size=(0.25, 0.42), **pictures)
              for index, count in enumerate((number, number // 10, number // 10))]
    return Dataset(*(Split(split.images, split.labels) for split in splits), TEN_SHAPES, "Drawn shapes.")
