"""A mark in the corner that gives the answer away: a shortcut a model may take, put there on purpose."""

import numpy as np

from vit_keras.data.shapes import COLORS

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
