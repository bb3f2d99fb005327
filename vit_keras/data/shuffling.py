"""Pictures whose pixels change places, in the same way in every picture: for a model that may look anywhere nothing
is lost."""

import numpy as np

SHUFFLES = ("none", "patches", "within patches", "pixels")


def shuffled_order(kind, image_size, patch_size, seed=0):
    """Which pixel stands where after a shuffle.

    Args:
        kind: `"none"`; `"patches"`: patches change places, each as it is; `"within patches"`: the pixels of a patch
            change places, in the same way in every patch; `"pixels"`: any pixel may go anywhere.
        image_size: int, or a pair of ints `(H, W)`.
        patch_size: int. P; must divide the image.
        seed: int. Of the shuffle.

    Returns:
        int array of shape `(H * W,)`: place n of the shuffled picture, in reading order, shows pixel `order[n]`.

    Raises:
        ValueError: an unknown `kind`, or a `patch_size` that does not divide the image.
    """
    height, width = (int(side) for side in np.broadcast_to(image_size, 2))
    if kind not in SHUFFLES:
        raise ValueError(f"`kind` must be one of {', '.join(SHUFFLES)}: got {kind!r}.")
    if patch_size < 1 or height % patch_size or width % patch_size:
        raise ValueError(f"`patch_size` must divide height and width: got {patch_size} for {height}x{width} pixels.")
    rng = np.random.default_rng(seed)
    rows, columns, area = height // patch_size, width // patch_size, patch_size**2
    grid = (rows, patch_size, columns, patch_size)
    pixels = np.arange(height * width).reshape(grid).swapaxes(1, 2).reshape(-1, area)  # (N, P*P), patch by patch
    if kind == "patches":
        pixels = pixels[rng.permutation(rows * columns)]
    elif kind == "within patches":
        pixels = pixels[:, rng.permutation(area)]
    elif kind == "pixels":
        pixels = rng.permutation(pixels.ravel())
    return pixels.reshape(rows, columns, patch_size, patch_size).swapaxes(1, 2).ravel()


def shuffle_pixels(images, order):
    """The pictures with their pixels in the order of `shuffled_order`.

    Args:
        images: array of shape `(B, H, W, C)`.
        order: int array of shape `(H * W,)`.

    Returns:
        Array of the shape and type of `images`.

    Raises:
        ValueError: an order of another number of pixels.
    """
    batch, height, width, channels = images.shape
    if len(order) != height * width:
        raise ValueError(f"`order` must name each of the {height}x{width} pixels: got {len(order)} of them.")
    return images.reshape(batch, height * width, channels)[:, order].reshape(images.shape)
