"""Another size of picture: learned positions are stretched like a picture, whatever stands in front of them stays."""

import keras
import numpy as np
from keras import layers, ops

from vit_keras.vit import positive_int

METHODS = ("bicubic", "bicubic_antialias", "bilinear")


def interpolate_position_embedding(
    positions, grid_shape, from_grid_shape=None, num_class_tokens=1, method="bicubic_antialias"
):
    """Position embeddings of one grid of patches, made to fit another: other resolutions, other proportions.

    "The Vision Transformer can handle arbitrary sequence lengths, however, the pre-trained position embeddings may
    no longer be meaningful. We therefore perform 2D interpolation of the pre-trained position embeddings, according
    to their location in the original image."

    Args:
        positions: array of shape `(T, D)` or `(1, T, D)`, in the order of the tokens: class token, then the patches
            row by row.
        grid_shape: pair of ints `(rows, columns)`. The grid wanted.
        from_grid_shape: pair of ints, or `None` for a square. The grid the positions are of.
        num_class_tokens: int. How many rows in front belong to no patch; they are returned untouched. 0 for a model
            with average pooling.
        method: `"bicubic_antialias"`, as timm does it; `"bicubic"`, as Hugging Face; or `"bilinear"` with corner on
            corner, as Google. Antialias makes a difference only where the new grid is the smaller one, and in the
            shape of the cubic (-0.5 at its steepest, -0.75 without).

    Returns:
        NumPy array of shape `(T', D)` or `(1, T', D)`, float32, T' = rows · columns + `num_class_tokens`. On their
        own grid positions stay as they are, to the bit.

    Raises:
        ValueError: an argument outside its range, or positions that do not fit the grid they are said to be of.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, section 3.2, from which the sentences are.
    """
    positions = np.asarray(positions, "float32")
    if positions.ndim not in (2, 3) or positions.ndim == 3 and len(positions) != 1:
        raise ValueError(f"`positions` must be of shape (T, D) or (1, T, D): got shape {positions.shape}.")
    if method not in METHODS:
        raise ValueError(f"`method` must be one of {', '.join(METHODS)}: got {method!r}.")
    if not isinstance(num_class_tokens, int) or num_class_tokens < 0:
        raise ValueError(f"`num_class_tokens` must be an int of at least 0: got {num_class_tokens!r}.")
    number, num_patches = positions.shape[-2], positions.shape[-2] - num_class_tokens
    if from_grid_shape is None and not (from_grid_shape := square_grid(num_patches)):
        raise ValueError(f"`from_grid_shape` must be given where the patches are no square grid: got {number} "
                         f"positions, of which {num_class_tokens} belong to no patch.")
    grid, old_grid = as_grid("grid_shape", grid_shape), as_grid("from_grid_shape", from_grid_shape)
    if old_grid[0] * old_grid[1] != num_patches:
        raise ValueError("`from_grid_shape` must hold as many places as there are positions of patches: got "
                         f"from_grid_shape={old_grid} for {number} positions, of which {num_class_tokens} belong to "
                         "no patch.")
    if grid == old_grid:
        return positions.copy()
    width = positions.shape[-1]
    table = positions.reshape(-1, width)
    first, table = table[:num_class_tokens], table[num_class_tokens:].reshape(*old_grid, width)
    down, across = (interpolation_matrix(new, old, method) for new, old in zip(grid, old_grid))
    table = np.einsum("vh,uw,hwd->vud", down, across, table, optimize=True).reshape(-1, width)
    table = np.concatenate([first, table.astype("float32")])
    return table.reshape(*positions.shape[:-2], *table.shape)


def interpolation_matrix(new, old, method):
    """What each of `new` places takes from each of `old` ones, (new, old); every row has the sum one.

    A picture is resized by one such matrix for its rows and one for its columns.
    """
    if method == "bilinear":  # the first and the last place keep their position
        places = np.arange(new) * (old - 1) / max(new - 1, 1)
        return np.maximum(1 - np.abs(places[:, None] - np.arange(old)), 0)
    places = (np.arange(new) + 0.5) * old / new - 0.5  # of the middles, in places of the old grid
    if method == "bicubic_antialias":
        stretch = max(old / new, 1)  # a smaller grid takes from more than four neighbours
        matrix = cubic((places[:, None] - np.arange(old)) / stretch, -0.5)
        return matrix / matrix.sum(axis=1, keepdims=True)
    matrix = np.zeros((new, old))
    for neighbour in (-1, 0, 1, 2):  # beyond the edge the last place is taken again
        place = np.floor(places) + neighbour
        index = np.clip(place, 0, old - 1).astype(int)
        np.add.at(matrix, (np.arange(new), index), cubic(places - place, -0.75))
    return matrix


def cubic(x, a):
    """Keys's cubic: 1 at 0, 0 at all other whole numbers, 0 beyond 2; `a` is its slope at 1."""
    x = np.abs(x)
    near = ((a + 2) * x - (a + 3)) * x**2 + 1
    far = a * (((x - 5) * x + 8) * x - 4)
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


def square_grid(num_patches):
    """`(side, side)`, or `None` where so many patches are no square."""
    side = round(max(num_patches, 0) ** 0.5)
    return (side, side) if side and side * side == num_patches else None


def as_grid(name, grid_shape):
    """`(rows, columns)`."""
    try:
        rows, columns = (positive_int(name, side) for side in grid_shape)
        return rows, columns
    except (TypeError, ValueError) as error:
        raise ValueError(f"`{name}` must be a pair of positive ints: got {grid_shape!r}.") from error


# ---- Pictures, resized on the device by the same two matrices ----

@keras.saving.register_keras_serializable(package="vit_keras")
class Resize(layers.Layer):
    """Pictures of another size: one matrix mixes their rows, another their columns.

    It runs inside a model, so a data set can stay as small as it is: 2,000 pictures of 32x32 pixels are 6 MB,
    enlarged to 224x224 they would be 300 MB.

    Args:
        height, width: ints. In pixels.
        method: one of `METHODS`, see `interpolate_position_embedding`. The default averages where it shrinks.
        **kwargs: Passed to `keras.layers.Layer` (`name`, `dtype`, ...).

    Call arguments:
        images: Tensor of shape `(B, H, W, C)`, values in [0, 255].

    Returns:
        Tensor of shape `(B, height, width, C)`, values in [0, 255], float.

    Raises:
        ValueError: `height`, `width` or `method` is not possible.
    """

    def __init__(self, height, width, method="bicubic_antialias", **kwargs):
        super().__init__(**kwargs)
        if min(height, width) < 1 or method not in METHODS:
            raise ValueError(f"`height` and `width` must be positive and `method` one of {', '.join(METHODS)}: got "
                             f"height={height}, width={width} and method={method!r}.")
        self.height = height
        self.width = width
        self.method = method

    def build(self, images_shape):
        self.rows = interpolation_matrix(self.height, images_shape[1], self.method).astype("float32")
        self.columns = interpolation_matrix(self.width, images_shape[2], self.method).astype("float32")

    def call(self, images):
        x = ops.cast(images, self.compute_dtype)
        x = ops.einsum("vh,bhwc->bvwc", ops.cast(self.rows, x.dtype), x)
        x = ops.einsum("uw,bvwc->bvuc", ops.cast(self.columns, x.dtype), x)
        return ops.clip(x, 0, 255)  # a cubic overshoots at edges

    def compute_output_shape(self, images_shape):
        return (images_shape[0], self.height, self.width, images_shape[-1])

    def get_config(self):
        return {**super().get_config(), "height": self.height, "width": self.width, "method": self.method}


def with_resizing(model, image_shape):
    """The same model for pictures of another size: they are resized first, its weights are shared.

    Args:
        model: `VisionTransformer`, or any model with an `image_shape`.
        image_shape: triple of ints `(H, W, C)`. Of the pictures that will come.

    Returns:
        `keras.Model` from `(B, H, W, C)`, values in [0, 255], to what `model` returns; `model` itself where the
        pictures have its size already.

    Raises:
        ValueError: another number of channels.
    """
    image_shape, own = tuple(image_shape), tuple(model.image_shape)
    if image_shape[-1] != own[-1]:
        raise ValueError(f"`image_shape` must have the model's {own[-1]} channels: got {image_shape}.")
    if image_shape == own:
        return model
    images = keras.Input(image_shape)
    return keras.Model(images, model(Resize(*own[:2], name="resize")(images)), name=f"{model.name}_resized")
