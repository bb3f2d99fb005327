"""Fourteen operations on pictures; each picture of a batch has one of them, and all are changed at once.

Pixels are float32 in [0, 255]. `amounts` are float tensors `(B,)` in [-1, 1]: zero, and a picture stays as it is.
"""

import math

from keras import ops

GEOMETRIC = ("shear_x", "shear_y", "translate_x", "translate_y", "rotate")
PHOTOMETRIC = ("brightness", "color", "contrast", "sharpness", "posterize", "solarize", "autocontrast", "equalize")
OPERATIONS = ("identity", *GEOMETRIC, *PHOTOMETRIC)
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
    for names, changed in ((GEOMETRIC, moved), (("autocontrast",), stretch(x)), (("equalize",), equalize(x))):
        is_chosen = sum(ops.cast(chosen == OPERATIONS.index(name), "int32") for name in names)
        colored = ops.where(is_chosen[:, None, None, None] > 0, changed, colored)
    return colored


# ---- Sheared, shifted and turned: one affine map a picture, and one gather for a whole batch ----

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


# ---- Colors: blends with four other pictures, and three rules for single values ----

BLEND = 0.99  # at full strength a factor is 1.99 or 0.01
POSTERIZE_BITS = 6  # that are dropped at full strength, of 8
LUMINANCE = (0.299, 0.587, 0.114)  # how much red, green and blue count in a grey picture
LEVELS = 256


def blend(images, amounts):
    """Move each picture away from another one, or towards it: x + amount * (x - other), as far as [0, 255] allows.

    The other picture is black ("brightness"), the picture itself without colour ("color"), its mean grey ("contrast"),
    or the picture smoothed ("sharpness"). All four are one sum, since all but one of a picture's amounts are zero.

    Args:
        images: float32 tensor `(B, H, W, C)`.
        amounts: dict from those names to tensors `(B,)`.

    Returns:
        float32 tensor `(B, H, W, C)`.
    """
    by = {name: BLEND * amounts[name][:, None, None, None] for name in ("brightness", "color", "contrast", "sharpness")}
    gray = luminance(images)  # (B, H, W, 1)
    x = images + by["brightness"] * images
    x = x + by["color"] * (images - gray)
    x = x + by["contrast"] * (images - ops.mean(gray, axis=(1, 2), keepdims=True))
    return ops.clip(x + by["sharpness"] * details(images), 0, 255)


def luminance(images):
    """The grey of each pixel, (B, H, W, 1); of pictures that have not three channels, their mean."""
    if images.shape[-1] != 3:
        return ops.mean(images, axis=-1, keepdims=True)
    red, green, blue = (images[..., index, None] for index in range(3))
    return LUMINANCE[0] * red + LUMINANCE[1] * green + LUMINANCE[2] * blue


def details(images):
    """What smoothing takes away: each pixel minus the mean of its 3x3 neighbours, itself counted five times.

    The outermost pixels lack neighbours; there it is zero.
    """
    rows = images[:, :-2] + images[:, 1:-1] + images[:, 2:]
    neighbours = rows[:, :, :-2] + rows[:, :, 1:-1] + rows[:, :, 2:]  # nine pixels, the middle one of them
    inner = images[:, 1:-1, 1:-1]
    return ops.pad(inner - (neighbours + 4 * inner) / 13, ((0, 0), (1, 1), (1, 1), (0, 0)))


def posterize(images, amounts):
    """Keep fewer bits of each value: at full strength the four levels 0, 64, 128 and 192."""
    dropped = ops.round(POSTERIZE_BITS * ops.abs(amounts))
    step = ops.round(2**dropped)[:, None, None, None]  # rounded: not every backend finds 2**6 to be 64 exactly
    return ops.where(step > 1, ops.floor(images / step) * step, images)


def solarize(images, amounts):
    """Invert what is bright: values from a threshold on, which at full strength is zero."""
    threshold = (LEVELS * (1 - ops.abs(amounts)))[:, None, None, None]
    return ops.where(images >= threshold, 255 - images, images)


def stretch(images):
    """Spread the values of each channel of each picture from 0 to 255 ("autocontrast")."""
    low = ops.min(images, axis=(1, 2), keepdims=True)
    high = ops.max(images, axis=(1, 2), keepdims=True)
    return ops.where(high > low, (images - low) * (255 / ops.maximum(high - low, 1e-6)), images)


def equalize(images):
    """Spread the values of each channel of each picture so that all are about equally frequent.

    A value becomes the number of pixels that are darker, on a scale to 255. Counting is one sum over segments: every
    value of every channel of every picture has a segment of its own.

    Args:
        images: float32 tensor `(B, H, W, C)`; values are rounded first.

    Returns:
        float32 tensor `(B, H, W, C)` of whole numbers.
    """
    batch, (height, width, channels) = ops.shape(images)[0], images.shape[1:]
    values = ops.cast(ops.round(images), "int32")
    of_channel = ops.arange(batch)[:, None, None, None] * channels + ops.arange(channels)
    segments = ops.reshape(of_channel * LEVELS + values, (-1,))
    ones = ops.ones_like(segments, dtype="float32")
    counts = ops.segment_sum(ones, segments, num_segments=batch * channels * LEVELS)
    counts = ops.reshape(ops.cast(counts, "int32"), (-1, LEVELS))
    # The rule of Pillow: so many pixels make a level, and those of the brightest value need none above them.
    highest = ops.reshape(ops.max(values, axis=(1, 2)), (-1, 1))
    brightest = ops.sum(ops.where(ops.arange(LEVELS) == highest, counts, 0), axis=1, keepdims=True)
    step = (height * width - brightest) // 255
    darker = ops.cumsum(counts, axis=1) - counts
    table = ops.minimum((darker + step // 2) // ops.maximum(step, 1), 255)
    table = ops.where(step > 0, table, ops.arange(LEVELS))  # too few values to spread: they stay
    return ops.cast(ops.reshape(ops.take(ops.reshape(table, (-1,)), segments), ops.shape(images)), "float32")
