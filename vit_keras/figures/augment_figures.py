"""What augmentation makes of a picture: each operation at its strengths, each ingredient of a recipe as it is drawn."""

import numpy as np
from keras import ops

from vit_keras.augment.crops import RandomCropFlip
from vit_keras.augment.erasing import RandomErasing
from vit_keras.augment.mixing import draw_mixing, mix_images
from vit_keras.augment.operations import COLORS, GEOMETRY, OPERATIONS, operate
from vit_keras.augment.trivial_augment import TrivialAugment
from vit_keras.figures.gallery import plot_gallery

WITHOUT_STRENGTH = ("autocontrast", "equalize")


def operation_pictures(image, strengths=(-0.5, 0.5, 1.0)):
    """One picture after each operation of `TrivialAugment`.

    Args:
        image: uint8 array `(H, W, C)`.
        strengths: floats in [-1, 1], a row of the figure each for geometry and for colours.

    Returns:
        dict from a row's name to a list of (uint8 array `(H, W, C)`, name of the operation), for `plot_gallery`.
    """
    rows = {}
    for kind, names in (("geometry", GEOMETRY), ("colours", COLORS)):
        for strength in strengths:
            shown = [name for name in names if name not in WITHOUT_STRENGTH or strength == strengths[-1]]
            chosen = np.array([OPERATIONS.index(name) for name in shown], "int32")
            changed = operate(np.repeat(image[None], len(shown), axis=0), chosen, np.full(len(shown), strength))
            rows[f"{kind}, {strength:g}"] = list(zip(to_pictures(changed), shown))
    return rows


def plot_operations(image, strengths=(-0.5, 0.5, 1.0), title=""):
    """The operations of `TrivialAugment` on one picture, a row for each strength of geometry and of colours.

    Args:
        image: uint8 array `(H, W, C)`.
        strengths: floats in [-1, 1].
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    return plot_gallery(operation_pictures(image, strengths), title)


def ingredient_pictures(image, partner, number=6, seed=0):
    """One picture as each ingredient of a recipe shows it to a model, drawn several times.

    Args:
        image: uint8 array `(H, W, C)`.
        partner: uint8 array of the same shape, which MixUp and CutMix mix in.
        number: int. Draws of each.
        seed: int.

    Returns:
        dict from an ingredient to a list of (uint8 array `(H, W, C)`, caption), for `plot_gallery`.
    """
    copies = np.repeat(image[None], number, axis=0)
    layers = {"crop and mirror": RandomCropFlip(max(1, image.shape[0] // 8), seed=seed),
              "TrivialAugment": TrivialAugment(seed=seed), "random erasing": RandomErasing(1.0, seed=seed)}
    rows = {name: [(picture, "") for picture in to_pictures(layer(copies, training=True))]
            for name, layer in layers.items()}
    # A picture's partner stands as far from the end of the batch as it does from the start.
    batch = np.concatenate([copies, np.repeat(partner[None], number, axis=0)])
    for name, settings in (("MixUp", {"mixup": 0.8}), ("CutMix", {"cutmix": 1.0})):
        mixing = draw_mixing(np.random.default_rng(seed), 2 * number, image.shape, **settings)
        top, bottom, left, right, keep = mixing.T
        left_of_it = 1 - (1 - keep) * (bottom - top) * (right - left) / (image.shape[0] * image.shape[1])
        pictures = to_pictures(mix_images(batch, mixing))[:number]
        rows[name] = [(picture, f"label {share:.0%}") for picture, share in zip(pictures, left_of_it)]
    return rows


def plot_ingredients(image, partner, number=6, seed=0, title=""):
    """What a recipe does to pictures, a row for each ingredient; over a mixture stands how much of its label is left.

    Args:
        image, partner, number, seed: See `ingredient_pictures`.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    return plot_gallery(ingredient_pictures(image, partner, number, seed), title)


def to_pictures(images):
    """Tensor of pixels to a uint8 array."""
    return np.clip(np.round(ops.convert_to_numpy(images)), 0, 255).astype("uint8")
