"""Writes weights.js, the models of the page, from a ViT and a CNN of the course:

    python web/export.py VIT.keras CNN.keras --data cifar10

`--data` says what they were trained on: "cifar10", or "shapes" for `vit_keras.draw_shapes`.
"""

import argparse
import base64
import json
from pathlib import Path

import keras
import numpy as np

from vit_keras.data.cifar import CIFAR10_CLASSES
from vit_keras.data.shapes import TEN_SHAPES

WEIGHTS = Path(__file__).resolve().parent / "weights.js"
DATA = {  # class names and what the pictures are, in both languages
    "cifar10": {
        "class_names": {
            "en": CIFAR10_CLASSES,
            "ko": ("비행기", "자동차", "새", "고양이", "사슴", "개", "개구리", "말", "배", "트럭"),
        },
        "trained_on": {
            "en": "the 45,000 training photographs of CIFAR-10",
            "ko": "CIFAR-10의 사진 45,000장이에요",
        },
    },
    "shapes": {
        "class_names": {
            "en": TEN_SHAPES,
            "ko": ("원", "정사각형", "삼각형", "십자", "고리", "별", "하트", "달", "화살표", "모래시계"),
        },
        "trained_on": {"en": "drawn shapes, not photographs", "ko": "사진이 아니라 그린 도형이에요"},
    },
}


def export(vit, cnn, path, class_names, trained_on, accuracy=(None, None)):
    """Write a ViT and a CNN as a JavaScript file that a page can load from a `file://` address.

    Args:
        vit: `VisionTransformer` with a class token, square patches, an exact GELU and neither stem nor hidden layer in
            its head.
        cnn: Model of `create_cnn_classifier`, for the same square images and classes.
        path: Where to write.
        class_names: dict from `"en"` and `"ko"` to a list of names.
        trained_on: dict from `"en"` and `"ko"` to what the training pictures are, within a sentence.
        accuracy: pair of floats in [0, 1] or `None`. On the test pictures, of ViT and CNN.

    Raises:
        ValueError: a ViT that the page cannot compute, or models for other images than each other's.
    """
    if (vit.pooling != "token" or vit.stem is not None or vit.representation_dim or vit.approximate_gelu
            or not isinstance(vit.patch_size, int)):
        raise ValueError("The page computes a ViT with a class token, square patches, the exact GELU and a head of one "
                         f"layer: got {vit.get_config()}.")
    if cnn.input_shape[1:] != vit.image_shape or vit.image_shape[0] != vit.image_shape[1]:
        raise ValueError("Both models must take the same square images: "
                         f"got {vit.image_shape} and {cnn.input_shape[1:]}.")
    sizes = ("image_shape", "patch_size", "num_layers", "hidden_dim", "num_heads", "mlp_dim", "layer_norm_epsilon")
    convolutions, norms = layers_of(cnn, keras.layers.Conv2D), layers_of(cnn, keras.layers.BatchNormalization)
    strides = [layer.strides[0] for layer in convolutions if layer.kernel_size != (1, 1)]
    models = {
        "vit": {
            "config": {**{name: getattr(vit, name) for name in sizes}, "normalize": pixel_scale(vit.normalize)},
            **packed(vit_variables(vit)),
        },
        "cnn": {
            "config": {"image_shape": vit.image_shape, "strides": [strides[0], *strides[1::2]],
                       "batch_norm_epsilon": norms[0].epsilon, "normalize": pixel_scale(cnn.get_layer("normalize"))},
            **packed(cnn_variables(cnn)),
        },
    }
    for model, share in zip(models.values(), accuracy, strict=True):
        model["accuracy"] = share
    content = {"class_names": class_names, "trained_on": trained_on, **models}
    text = json.dumps(content, ensure_ascii=False)
    Path(path).write_text(f"// Written by web/export.py.\nconst WEIGHTS = {text};\n", encoding="utf-8")


def vit_variables(vit):
    """Every weight of the ViT under its name in model.js, in order."""
    found = {variable.path.removeprefix(f"{vit.name}/"): variable for variable in vit.weights}
    positions = found.pop("patch_encoder/position_embedding", None)
    if positions is None:  # fixed, or none at all: a model that was trained without them is given zeros
        positions = getattr(vit.patch_encoder, "positions",
                            np.zeros((1, vit.grid_shape[0] * vit.grid_shape[1] + 1, vit.hidden_dim)))
    return {**found, "patch_encoder/positions": positions}


def cnn_variables(cnn):
    """Every weight of the CNN under its name in model.js, in order: blocks as `residual_block` builds them."""
    convolutions, norms = layers_of(cnn, keras.layers.Conv2D), layers_of(cnn, keras.layers.BatchNormalization)
    shortcuts = [layer for layer in convolutions if layer.kernel_size == (1, 1)]
    first, *kernels = [layer for layer in convolutions if layer.kernel_size != (1, 1)]
    parts, width = {"first": first, "norm": norms[-1], "head": cnn.get_layer("head")}, first.filters
    for block in range(len(kernels) // 2):
        one, two = kernels[2 * block : 2 * block + 2]
        parts |= {f"block_{block + 1}/norm_1": norms[2 * block], f"block_{block + 1}/norm_2": norms[2 * block + 1],
                  f"block_{block + 1}/kernel_1": one, f"block_{block + 1}/kernel_2": two}
        if one.strides != (1, 1) or one.filters != width:
            parts[f"block_{block + 1}/shortcut"] = shortcuts.pop(0)
        width = one.filters
    return {f"{name}/{variable.name}": variable for name, layer in parts.items() for variable in layer.weights}


def layers_of(model, kind):
    return [layer for layer in model.layers if isinstance(layer, kind)]


def pixel_scale(layer):
    return {name: np.ravel(getattr(layer, name)).tolist() for name in ("scale", "offset")}


def packed(variables):
    """Shapes in order, and all numbers behind each other as float32, lowest byte first."""
    arrays = {name: keras.ops.convert_to_numpy(variable).astype("<f4") for name, variable in variables.items()}
    return {"arrays": [(name, array.shape) for name, array in arrays.items()],
            "base64": base64.b64encode(b"".join(array.tobytes() for array in arrays.values())).decode()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vit", help="a .keras file")
    parser.add_argument("cnn", help="a .keras file")
    parser.add_argument("--data", choices=DATA, required=True)
    parser.add_argument("--accuracy", type=float, nargs=2, default=(None, None), metavar=("VIT", "CNN"))
    parser.add_argument("--to", default=WEIGHTS)
    chosen = parser.parse_args()
    models = [keras.models.load_model(path, compile=False) for path in (chosen.vit, chosen.cnn)]
    export(*models, chosen.to, **DATA[chosen.data], accuracy=chosen.accuracy)
    print(f"{chosen.to}: {Path(chosen.to).stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
