"""What the experiment on robustness does to pictures: covered in part, moved, textured against the shape."""

from typing import NamedTuple

import numpy as np

from vit_keras import draw_shapes
from vit_keras.data import cover


def occlude(images, share, patch_size=4, aside=0, seed=0):
    """Cover a share of each picture with grey squares, others in every picture.

    Args:
        images: uint8 array of shape `(B, H, W, C)`.
        share: float in [0, 1]. Of the squares, rounded to a whole number of them.
        patch_size: int. Side of a square; must divide the image.
        aside: int. Pixels by which the grid of squares is moved down and to the right. With 0 a ViT of this patch size
            loses whole tokens and keeps the others as they are; with half a patch it finds grey in nearly all.
        seed: int. Of the choice of squares.

    Returns:
        uint8 array of the shape of `images`.

    Raises:
        ValueError: a share outside [0, 1], or a `patch_size` that does not divide the image.
    """
    batch, height, width, _ = images.shape
    if not 0 <= share <= 1:
        raise ValueError(f"`share` must lie in [0, 1]: got {share}.")
    if height % patch_size or width % patch_size:
        raise ValueError(f"`patch_size` must divide height and width: got {patch_size} for {height}x{width} pixels.")
    rows, columns = height // patch_size, width // patch_size
    ranks = np.random.default_rng(seed).random((batch, rows * columns)).argsort(axis=1).argsort(axis=1)
    places = (ranks < round(share * rows * columns)).reshape(batch, rows, columns)
    return np.roll(cover(np.roll(images, (-aside, -aside), (1, 2)), places), (aside, aside), (1, 2))


def move(images, distance, seed=0):
    """Move each picture up, down, left or right, by chance; where it was moved away from, the border is reflected.

    Args:
        images: array of shape `(B, H, W, C)`.
        distance: int, 0 or more. In pixels, less than height and width.
        seed: int. Of the directions.

    Returns:
        Array of the shape and type of `images`.

    Raises:
        ValueError: a distance outside its range.
    """
    batch, height, width, _ = images.shape
    if not 0 <= distance < min(height, width):
        raise ValueError(f"`distance` must be 0 or more and less than {min(height, width)}: got {distance}.")
    padded = np.pad(images, ((0, 0), (distance, distance), (distance, distance), (0, 0)), mode="reflect")
    found = np.empty_like(images)
    directions = np.random.default_rng(seed).integers(0, 4, batch)
    for direction, (down, right) in enumerate(((-1, 0), (1, 0), (0, -1), (0, 1))):
        chosen, top, left = directions == direction, distance * (1 - down), distance * (1 - right)
        found[chosen] = padded[chosen, top : top + height, left : left + width]
    return found


# ---- Shapes filled with a texture, which may say the same as the shape or contradict it ----

TEXTURES = {
    "rows": lambda y, x: y // 2 % 2,
    "columns": lambda y, x: x // 2 % 2,
    "slanted": lambda y, x: (y + x) // 3 % 2,
    "checks": lambda y, x: (y // 2 + x // 2) % 2,
    "dots": lambda y, x: (y % 4 < 2) & (x % 4 < 2),
}
TEXTURED_SHAPES = ("circle", "square", "triangle", "cross", "heart")   # as many as there are textures
CONTRAST = 0.6   # how far a texture goes from the shape's colour towards black or white, whichever is further


class TexturedShapes(NamedTuple):
    """`images` uint8 (N, S, S, 3); `shapes` and `textures` int (N,), indices into the names of both."""

    images: np.ndarray
    shapes: np.ndarray
    textures: np.ndarray


def draw_textured(num_images, agree=True, seed=0, **options):
    """Draw shapes filled with a texture. In training both say which class it is; in the test they can be set apart.

    Args:
        num_images: int.
        agree: bool. Whether shape and texture are of the same number; else the texture is one of the others, by chance.
        seed: int.
        **options: Passed to `draw_shapes`.

    Returns:
        `TexturedShapes`. Each texture starts anywhere, so its stripes are no cue to a place.
    """
    drawn = draw_shapes(num_images, shapes=TEXTURED_SHAPES, seed=seed, **options)
    rng = np.random.default_rng([seed, 2])
    others = rng.integers(1, len(TEXTURES), num_images)
    textures = drawn.labels if agree else (drawn.labels + others) % len(TEXTURES)
    starts = rng.integers(0, 12, (2, num_images, 1, 1))  # of rows and columns: 12 is a period of all textures
    places = np.arange(drawn.images.shape[1])
    y, x = places[:, None] + starts[0], places + starts[1]  # (N, S, 1) and (N, 1, S)
    marked = np.zeros(drawn.masks.shape, bool)
    for number, texture in enumerate(TEXTURES.values()):
        chosen = textures == number
        marked[chosen] = texture(y[chosen], x[chosen])
    goal = np.where(drawn.colors.mean(axis=1) < 128, 255, 0)[:, None, None, None]  # (N, 1, 1, 1)
    mixed = drawn.images + CONTRAST * (goal - drawn.images.astype("float32"))
    images = np.where((marked & drawn.masks)[..., None], mixed, drawn.images).astype("uint8")
    return TexturedShapes(images, drawn.labels, textures.astype("int32"))
