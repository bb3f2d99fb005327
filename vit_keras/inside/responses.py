"""What one output of a model sees of a picture: each pixel is changed in turn. Arrays come out."""

import numpy as np

from vit_keras.arrays import to_numpy


def sensitivity(function, image, step=8.0, batch_size=128):
    """How much an output changes when a pixel does: the receptive field, and how strongly each pixel of it counts.

    Each pixel is made brighter by `step`, one after the other, and the output computed anew: a difference quotient
    where others take the gradient. It costs H * W forward passes, and works alike on every backend.

    Args:
        function: from images `(B, H, W, C)`, float32, to outputs `(B, ...)`, such as one place of a feature map:
            `lambda images: features(images)[:, 3, 3]`.
        image: array of shape `(H, W, C)`.
        step: float. What is added to the pixel, in all channels.
        batch_size: int. As many changed images go through the function at once.

    Returns:
        NumPy array of shape `(H, W)`, float32, 0 or more: the length of the change of the output, for one unit of
        change of the pixel. Exactly 0 where the output does not depend on the pixel, up to rounding.

    Raises:
        ValueError: `image` is not of shape `(H, W, C)`.
    """
    image = np.asarray(image, "float32")
    if image.ndim != 3:
        raise ValueError(f"`image` must be one image of shape (H, W, C): got shape {image.shape}.")
    height, width, _ = image.shape
    before = to_numpy(function(np.repeat(image[None], batch_size, axis=0)))[0]
    found = np.empty(height * width, "float32")
    for start in range(0, height * width, batch_size):
        pixels = np.arange(start, min(start + batch_size, height * width))
        changed = np.repeat(image[None], batch_size, axis=0)  # always as many: compiled code need not be compiled anew
        changed[np.arange(len(pixels)), pixels // width, pixels % width] += step
        change = (to_numpy(function(changed))[: len(pixels)] - before).reshape(len(pixels), -1)
        found[pixels] = np.linalg.norm(change, axis=1) / step
    return found.reshape(height, width)


def receptive_field(found, threshold=1e-6):
    """The smallest box around all pixels that count: (top, left, height, width) of a `(H, W)` array of `sensitivity`.

    Args:
        found: array of shape `(H, W)`.
        threshold: float. A pixel counts if it has more than this share of the largest entry.

    Raises:
        ValueError: no pixel counts.
    """
    counts = found > threshold * found.max()
    if not counts.any():
        raise ValueError("`found` must have an entry above 0: the output depends on no pixel.")
    rows, columns = (np.flatnonzero(counts.any(axis)) for axis in (1, 0))
    return tuple(int(n) for n in (rows[0], columns[0], rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1))
