"""Colours changed picture by picture: blends with four other pictures, and three rules for single values.

Pixels are float32 in [0, 255]. `amounts` are float tensors `(B,)` in [-1, 1]: zero, and a picture stays as it is.
"""

from keras import ops

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
