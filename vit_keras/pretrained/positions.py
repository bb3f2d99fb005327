"""Learned positions for another grid: E_pos is stretched like a picture, whatever stands in front stays."""

import numpy as np

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
    num_patches = positions.shape[-2] - num_class_tokens
    if from_grid_shape is None:
        from_grid_shape = square_grid(num_patches)
        if from_grid_shape is None:
            raise ValueError(
                "`from_grid_shape` must be given where the patches are no square grid: got "
                f"{positions.shape[-2]} positions, of which {num_class_tokens} belong to no patch."
            )
    grid, old_grid = _checked("grid_shape", grid_shape), _checked("from_grid_shape", from_grid_shape)
    if old_grid[0] * old_grid[1] != num_patches:
        raise ValueError(
            "`from_grid_shape` must hold as many places as there are positions of patches: got "
            f"from_grid_shape={old_grid} for {positions.shape[-2]} positions, of which {num_class_tokens} belong to "
            "no patch."
        )
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


def _checked(name, grid_shape):
    grid_shape = tuple(grid_shape) if isinstance(grid_shape, (tuple, list)) else grid_shape
    if not (isinstance(grid_shape, tuple) and len(grid_shape) == 2
            and all(isinstance(side, (int, np.integer)) and side > 0 for side in grid_shape)):
        raise ValueError(f"`{name}` must be a pair of positive ints: got {grid_shape!r}.")
    return tuple(map(int, grid_shape))
