"""Shapes filled with a texture, which may say the same as the shape or contradict it."""

from typing import NamedTuple

import numpy as np

from vit_keras.data.shapes import draw_shapes

TEXTURES = {
    "rows": lambda y, x: y // 2 % 2,
    "columns": lambda y, x: x // 2 % 2,
    "slanted": lambda y, x: (y + x) // 3 % 2,
    "checks": lambda y, x: (y // 2 + x // 2) % 2,
    "dots": lambda y, x: (y % 4 < 2) & (x % 4 < 2),
}
TEXTURED_SHAPES = ("circle", "square", "triangle", "cross", "heart")


class TexturedShapes(NamedTuple):
    """`images` uint8 (N, S, S, 3); `shapes` and `textures` int (N,), indices into the names of both."""

    images: np.ndarray
    shapes: np.ndarray
    textures: np.ndarray


def draw_textured(num_images, agree=True, shapes=TEXTURED_SHAPES, contrast=0.6, seed=0, **options):
    """Draw shapes filled with a texture. In training both say which class it is; in the test they can be set apart.

    Args:
        num_images: int.
        agree: bool. Whether shape and texture are of the same number; else the texture is one of the others, by chance.
        shapes: as many names as there are `TEXTURES`.
        contrast: float in (0, 1]. How far the texture goes from the shape's colour towards black or white, whichever
            is further.
        seed: int.
        **options: Passed to `draw_shapes`.

    Returns:
        `TexturedShapes`. Each texture starts anywhere, so its stripes are no cue to a place.

    Raises:
        ValueError: another number of shapes than of textures, or a contrast outside its range.
    """
    if len(shapes) != len(TEXTURES):
        raise ValueError(f"`shapes` must be {len(TEXTURES)} names, one for each texture: got {len(shapes)}.")
    if not 0 < contrast <= 1:
        raise ValueError(f"`contrast` must lie in (0, 1]: got {contrast}.")
    drawn = draw_shapes(num_images, shapes=shapes, seed=seed, **options)
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
    mixed = drawn.images + contrast * (goal - drawn.images.astype("float32"))
    images = np.where((marked & drawn.masks)[..., None], mixed, drawn.images).astype("uint8")
    return TexturedShapes(images, drawn.labels, textures.astype("int32"))
