"""Pictures sheared, shifted and turned: one affine map a picture, and one gather for a whole batch."""

import math

from keras import ops

SHEAR, DEGREES = 0.99, 135.0  # at full strength; a full shift is the picture's own width or height


def affine_maps(amounts, height, width):
    """Where the pixels of each picture are fetched from.

    Every operation adds its own term to the map. A picture that one of them does not concern has zero there, and zero
    everywhere is the map that changes nothing.

    Args:
        amounts: dict from "shear_x", "shear_y", "translate_x", "translate_y" and "rotate" to float tensors `(B,)` in
            [-1, 1]: how strong, and which way.
        height, width: ints, in pixels.

    Returns:
        Six tensors `(B,)`, a to f: the pixel at column x, row y shows what was at column a x + b y + c, row
        d x + e y + f. Places are middles of pixels: the first has its own at 0.5.
    """
    angle = -math.radians(DEGREES) * amounts["rotate"]
    cosine, sine = ops.cos(angle), ops.sin(angle)
    a, b, c = cosine, sine, (1 - cosine) * width / 2 - sine * height / 2  # the middle stays where it is
    d, e, f = -sine, cosine, (1 - cosine) * height / 2 + sine * width / 2
    b = b + SHEAR * amounts["shear_x"]
    d = d + SHEAR * amounts["shear_y"]
    c = c + width * amounts["translate_x"]
    f = f + height * amounts["translate_y"]
    return a, b, c, d, e, f


def warp(images, maps, fill):
    """Fetch every pixel from where the map of its picture says; the nearest one, nothing is interpolated.

    Args:
        images: tensor `(B, H, W, C)`, any dtype.
        maps: six tensors `(B,)` of `affine_maps`.
        fill: number. The value of pixels that would come from outside the picture.

    Returns:
        Tensor `(B, H, W, C)` of the same dtype.
    """
    height, width, channels = images.shape[1:]
    a, b, c, d, e, f = (number[:, None, None] for number in maps)
    x = ops.arange(width, dtype="float32") + 0.5
    y = (ops.arange(height, dtype="float32") + 0.5)[:, None]
    columns = ops.floor(a * x + b * y + c)  # (B, H, W)
    rows = ops.floor(d * x + e * y + f)
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    columns = ops.cast(ops.clip(columns, 0, width - 1), "int32")
    rows = ops.cast(ops.clip(rows, 0, height - 1), "int32")
    image = ops.arange(ops.shape(images)[0])[:, None, None]
    found = ops.take(ops.reshape(images, (-1, channels)), (image * height + rows) * width + columns, axis=0)
    return ops.where(inside[..., None], found, ops.cast(fill, found.dtype))
