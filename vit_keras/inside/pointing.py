"""Does a map point at the object? Numbers for what the eye believes to see, where the object's mask is known."""

import numpy as np


def patch_shares(masks, grid_shape):
    """How much of each patch an object covers.

    Args:
        masks: bool array of shape `(B, H, W)`, such as `masks` of `draw_shapes`.
        grid_shape: pair of ints `(rows, columns)`; must divide height and width.

    Returns:
        NumPy array of shape `(B, rows, columns)`, float32, values in [0, 1].

    Raises:
        ValueError: masks of another shape, or a grid that does not divide them.
    """
    masks = np.asarray(masks, "float32")
    rows, columns = grid_shape
    if masks.ndim != 3 or masks.shape[1] % rows or masks.shape[2] % columns:
        raise ValueError(
            "`masks` must have shape (B, H, W) with height and width divisible by the grid: "
            f"got shape {masks.shape} and grid_shape={(rows, columns)}."
        )
    batch, height, width = masks.shape
    return masks.reshape(batch, rows, height // rows, columns, width // columns).mean(axis=(2, 4))


def mass_on(maps, shares):
    """The share of a map that lies on an object. A map that is the same everywhere gives the object's area.

    Args:
        maps: array of shape `(B, rows, columns)`, 0 or more, of `answer_map`.
        shares: array of that shape, values in [0, 1], of `patch_shares`; bool counts patches whole.

    Returns:
        NumPy array of shape `(B,)`, values in [0, 1].

    Raises:
        ValueError: two shapes that differ.
    """
    maps, shares = _pair(maps, shares)
    return (maps * shares).sum(axis=(1, 2)) / np.maximum(maps.sum(axis=(1, 2)), np.finfo("float32").tiny)


def rank_on(maps, inside):
    """How often a patch of the object has more than one beside it: over all pairs, a tie counts half.

    It asks for the order alone, so it sees what the eye sees in a map stretched to the full range of colours.

    Args:
        maps: array of shape `(B, rows, columns)`.
        inside: bool array of that shape: which patches are of the object. Each picture has some, and not all.

    Returns:
        NumPy array of shape `(B,)`, values in [0, 1]: 1 where every patch of the object stands out, 0.5 by chance,
        0 where it is darker than all others, and just as visible. (The area under the ROC curve.)

    Raises:
        ValueError: two shapes that differ, or a picture without object or without anything else.
    """
    maps, inside = _pair(maps, np.asarray(inside, bool))
    number = inside.sum(axis=(1, 2))
    if not len(number) or number.min() == 0 or number.max() == inside[0].size:
        raise ValueError(f"`inside` must hold some patches of each picture, and not all: got {number.tolist()} of "
                         f"{inside[0].size if len(inside) else 0}.")
    found = []
    for one, chosen in zip(maps, inside.astype(bool)):
        apart = one[chosen][:, None] - one[~chosen]
        found.append(np.mean((apart > 0) + 0.5 * (apart == 0)))
    return np.array(found)


def most_looked_at(maps, number, least=False):
    """The patches with the largest values of each map.

    Args:
        maps: array of shape `(B, rows, columns)`.
        number: int, 0 to rows · columns.
        least: bool. Those with the smallest values instead.

    Returns:
        Bool array of shape `(B, rows, columns)`, `number` of each picture true.

    Raises:
        ValueError: maps of another shape, or a number outside its range.
    """
    maps = np.asarray(maps, "float32")
    if maps.ndim != 3 or not 0 <= number <= maps[0].size:
        raise ValueError("`maps` must have shape (B, rows, columns) and `number` lie between 0 and rows · columns: "
                         f"got shape {maps.shape} and number={number}.")
    flat = maps.reshape(len(maps), -1)
    ranks = (flat if least else -flat).argsort(axis=1, kind="stable").argsort(axis=1)
    return (ranks < number).reshape(maps.shape)


def _pair(maps, shares):
    maps, shares = np.asarray(maps, "float32"), np.asarray(shares, "float32")
    if maps.ndim != 3 or maps.shape != shares.shape:
        raise ValueError(f"Both arrays must have the same shape (B, rows, columns): got {maps.shape} and "
                         f"{shares.shape}.")
    return maps, shares
