"""Fourteen operations on pictures; each picture of a batch has one of them, and all are changed at once."""

from keras import ops

from vit_keras.augment.colors import blend, equalize, posterize, solarize, stretch
from vit_keras.augment.geometry import affine_maps, warp

GEOMETRY = ("shear_x", "shear_y", "translate_x", "translate_y", "rotate")
COLORS = ("brightness", "color", "contrast", "sharpness", "posterize", "solarize", "autocontrast", "equalize")
OPERATIONS = ("identity", *GEOMETRY, *COLORS)
GRAY = 128


def operate(images, chosen, strengths, fill=GRAY):
    """Change each picture of a batch by an operation of its own.

    Not every operation is computed for every picture. Geometry is one map a picture, blending one sum; an operation
    that a picture did not choose has the strength zero in them.

    Args:
        images: tensor `(B, H, W, C)`, values in [0, 255], any dtype.
        chosen: int tensor `(B,)`: places in `OPERATIONS`.
        strengths: float tensor `(B,)` in [-1, 1]. The sign says which way to shear, shift or turn, and whether a blend
            is more or less of something; "autocontrast", "equalize" and "identity" have no strength.
        fill: number in [0, 255]. Shown where a picture that was moved has no pixels. The default is grey, which models
            of this module see as zero.

    Returns:
        float32 tensor `(B, H, W, C)`, values in [0, 255].

    Reference:
        The operations are those of Cubuk et al., 2019, https://arxiv.org/abs/1805.09501, at the "wide" strengths of
        Müller and Hutter, 2021, https://arxiv.org/abs/2103.10158. A full shift is 32 pixels there, the width of a
        picture of CIFAR; here it is the width of any picture.
    """
    strengths = ops.cast(strengths, "float32")
    amounts = {name: ops.where(chosen == place, strengths, 0.0) for place, name in enumerate(OPERATIONS)}
    x = ops.cast(images, "float32")
    moved = ops.cast(warp(images, affine_maps(amounts, *images.shape[1:3]), fill), "float32")
    colored = solarize(posterize(blend(x, amounts), amounts["posterize"]), amounts["solarize"])
    # A picture has one operation, so all of them start from the picture as it came.
    for names, changed in ((GEOMETRY, moved), (("autocontrast",), stretch(x)), (("equalize",), equalize(x))):
        is_chosen = sum(ops.cast(chosen == OPERATIONS.index(name), "int32") for name in names)
        colored = ops.where(is_chosen[:, None, None, None] > 0, changed, colored)
    return colored
