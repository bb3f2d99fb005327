"""MixUp and CutMix: two pictures become one, and so do their labels. Each picture of a batch has its own mixture.

Both are one formula. A box of picture b is laid over picture a; of the pixels under it a keeps the share `keep`:

    MixUp    the box is the whole picture, keep ~ Beta(alpha, alpha)
    CutMix   the box has 1 - Beta(alpha, alpha) of the area, keep = 0

The label of a counts as much as is left of it: 1 - (1 - keep) * area of the box. What is drawn is a handful of numbers
for each picture, by NumPy: the same on every backend, and the same again where a run goes on. The pixels are mixed on
the device, inside the compiled step. A picture's partner is the one as far from the end of the batch as it is from the
start; the order is random anyway.
"""

import numpy as np
from keras import ops

NOT_MIXED = (0.0, 0.0, 0.0, 0.0, 1.0)  # an empty box


def draw_mixing(rng, batch, image_shape, mixup=0.0, cutmix=0.0, probability=1.0):
    """Draw a mixture for each picture of a batch.

    Args:
        rng: `numpy.random.Generator`.
        batch: int.
        image_shape: `(H, W, ...)`, in pixels.
        mixup, cutmix: floats, 0 or more. Alpha of either; 0 turns it off. With both on, each picture tosses a coin.
        probability: float in [0, 1]. Share of the pictures that are mixed.

    Returns:
        float32 array `(B, 5)`: top, bottom, left and right of the box in whole pixels (bottom and right not included),
        and `keep`.

    Reference:
        Zhang et al., 2018, https://arxiv.org/abs/1710.09412; Yun et al., 2019, https://arxiv.org/abs/1905.04899.
    """
    height, width = image_shape[:2]
    mixing = np.tile(np.float32(NOT_MIXED), (batch, 1))
    if not mixup and not cutmix:
        return mixing
    mixed = rng.random(batch) < probability
    cut = mixed & (rng.random(batch) < (0.5 if mixup and cutmix else float(bool(cutmix))))
    blend = mixed & ~cut
    if blend.any():
        keep = rng.beta(mixup, mixup, blend.sum())
        mixing[blend] = np.stack([np.zeros_like(keep), np.full_like(keep, height), np.zeros_like(keep),
                                  np.full_like(keep, width), keep], axis=1)
    if cut.any():
        side = np.sqrt(1 - rng.beta(cutmix, cutmix, cut.sum()))  # of the box, as a share of the picture's
        edges = []
        for size in (height, width):
            middle = rng.random(len(side)) * size
            edges += [np.clip(np.round(middle + sign * side * size / 2), 0, size) for sign in (-1, 1)]
        mixing[cut] = np.stack([*edges, np.zeros_like(side)], axis=1)
    return mixing


def mix_images(images, mixing):
    """Lay a box of each picture's partner over it: (B, H, W, C) and (B, 5) -> float32 (B, H, W, C)."""
    height, width = images.shape[1:3]
    top, bottom, left, right, keep = (mixing[:, index, None] for index in range(5))  # (B, 1) each
    rows, columns = ops.arange(height, dtype="float32"), ops.arange(width, dtype="float32")
    inside_rows = ops.cast((rows >= top) & (rows < bottom), "float32")  # (B, H)
    inside_columns = ops.cast((columns >= left) & (columns < right), "float32")  # (B, W)
    inside = inside_rows[:, :, None] * inside_columns[:, None, :]  # (B, H, W)
    of_partner = (inside * (1 - keep[:, :, None]))[..., None]
    images = ops.cast(images, "float32")
    return images + of_partner * (ops.flip(images, axis=0) - images)


def mix_labels(labels, mixing, image_shape):
    """Labels as far as each picture is left, and its partner's for the rest: (B, K) -> (B, K)."""
    top, bottom, left, right, keep = (mixing[:, index, None] for index in range(5))
    area = (bottom - top) * (right - left) / (image_shape[0] * image_shape[1])
    of_partner = (1 - keep) * area
    return labels + of_partner * (ops.flip(labels, axis=0) - labels)
