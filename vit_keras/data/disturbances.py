"""What is done to pictures to learn what a model goes by: patches covered, pixels shuffled, corners marked."""

import numpy as np

from vit_keras.data.shapes import COLORS

# ---- Patches covered ----

GREY = 128   # of what is covered


def cover(images, places):
    """Cover chosen patches with grey: does the answer change without them?

    Args:
        images: uint8 array of shape `(B, H, W, C)`.
        places: bool array of shape `(B, rows, columns)`, true where a patch is covered; the grid must divide the image.

    Returns:
        uint8 array of the shape of `images`.

    Raises:
        ValueError: a grid for each picture is needed, and one that divides it.
    """
    batch, height, width, _ = images.shape
    places = np.asarray(places, bool)
    if places.ndim != 3 or len(places) != batch or height % places.shape[1] or width % places.shape[2]:
        raise ValueError(
            f"`places` must have shape ({batch}, rows, columns), rows dividing {height} and columns dividing {width}: "
            f"got shape {places.shape}."
        )
    covered = places.repeat(height // places.shape[1], axis=1).repeat(width // places.shape[2], axis=2)  # (B, H, W)
    return np.where(covered[..., None], np.uint8(GREY), images)


# ---- Pixels change places, in the same way in every picture: to a model that may look anywhere nothing is lost ----

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


# ---- A mark in the corner that gives the answer away: a shortcut, put there on purpose ----

MARKS = ("red", "green", "blue", "yellow", "violet")


def add_marks(images, numbers, size=4):
    """Paint a coloured square into the top left corner of each picture.

    Args:
        images: uint8 array of shape `(B, H, W, 3)`.
        numbers: ints of shape `(B,)`: which colour of `MARKS`. In training it may be the class itself.
        size: int. Side of the square in pixels; with the patch size it fills the first patch.

    Returns:
        uint8 array of the shape of `images`, which stay as they are.

    Raises:
        ValueError: a number that is no colour, or not one a picture.
    """
    numbers = np.asarray(numbers)
    if numbers.shape != (len(images),) or (numbers.size and not 0 <= numbers.min() <= numbers.max() < len(MARKS)):
        raise ValueError(f"`numbers` must be one whole number in [0, {len(MARKS) - 1}] a picture: got shape "
                         f"{numbers.shape}, values {np.unique(numbers)[:6].tolist()}, for {len(images)} pictures.")
    marked = images.copy()
    marked[:, :size, :size] = np.array([COLORS[name] for name in MARKS], "uint8")[numbers][:, None, None]
    return marked
