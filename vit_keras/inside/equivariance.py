"""Does a layer give the same answer, further on, when the picture is moved? Measured, from 0 (yes) upwards."""

import numpy as np

from vit_keras.arrays import to_numpy


def equivariance_error(function, images, shift, stride=1, margin=0):
    """How far f(moved picture) is from moved f(picture), as a share of how much f(picture) varies.

    Args:
        function: from images `(B, H, W, C)`, float32, to maps `(B, h, w, K)`: features, or tokens laid out as a grid.
        images: array of shape `(B, H, W, C)`.
        shift: pair of ints, pixels down and to the right. What leaves on one side comes in on the other.
        stride: int, or a pair of ints. Pixels from one place of a map to the next: 1, the strides so far multiplied,
            or the patch size. If the shift is no multiple of it, the nearest whole place is taken: that is the best
            answer the map can give.
        margin: int. Places at each border that are left out, where padding is felt. Defaults to `0`.

    Returns:
        float, 0 or more: the root of the mean squared difference over the standard deviation of each channel. 0: the
        layer is equivariant; about 1.4: no more alike than two places chosen at random.

    Raises:
        ValueError: outputs that are no maps, or a `margin` that leaves nothing of them.

    Reference:
        Azulay and Weiss, 2019, https://arxiv.org/abs/1805.12177, on what strides do to it.
    """
    images = np.asarray(images, "float32")
    maps, found = (to_numpy(function(np.roll(images, by, axis=(1, 2)))) for by in ((0, 0), tuple(shift)))
    if maps.ndim != 4:
        raise ValueError(f"`function` must return maps of shape (B, h, w, K): got shape {maps.shape}.")
    if 2 * margin >= min(maps.shape[1:3]):
        raise ValueError(f"`margin` must leave something of {maps.shape[1]}x{maps.shape[2]} places: got {margin}.")
    places = np.round(np.array(shift) / stride).astype(int)
    expected = np.roll(maps, tuple(places), axis=(1, 2))
    inside = slice(margin, -margin or None)
    found, expected = found[:, inside, inside], expected[:, inside, inside]
    variance = expected.var(axis=(0, 1, 2), keepdims=True)
    return float(np.sqrt(np.mean((found - expected) ** 2 / np.maximum(variance, 1e-12))))
