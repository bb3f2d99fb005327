"""Attention through all blocks: rollout, and how far a head looks. Takes attention scores, returns arrays."""

import numpy as np

HEAD_FUSION = {"mean": np.mean, "max": np.max, "min": np.min}


def attention_rollout(maps, head_fusion="mean"):
    """What each token of the last block has taken from each token of the first: attention, block after block.

    A block passes on what attention mixes and, by its residual path, what was there: half and half here,
    Â = (A + I) / 2, each row scaled to sum one. R = Â_L ··· Â_2 Â_1 follows a token through all of them. Values,
    output projections and MLPs are not in it, so it says where information could have come from, not what of it
    was used.

    Args:
        maps: array of shape `(B, layers, heads, T, T)`, of `attention_maps`.
        head_fusion: `"mean"`, `"max"` or `"min"`. What is taken of the heads of a block.

    Returns:
        NumPy array of shape `(B, T, T)`, float32; each row sums to one. In a model with a class token,
        `rollout[:, 0, 1:]` is what the class token took from the patches; with average pooling that is
        `rollout.mean(1)`.

    Raises:
        ValueError: `maps` of another shape, or an unknown `head_fusion`.

    Reference:
        Abnar and Zuidema, 2020, https://arxiv.org/abs/2005.00928, section 3; Dosovitskiy et al., 2021,
        https://arxiv.org/abs/2010.11929, appendix D.8.
    """
    maps = checked(maps)
    if head_fusion not in HEAD_FUSION:
        raise ValueError(f"`head_fusion` must be one of {', '.join(HEAD_FUSION)}: got {head_fusion!r}.")
    steps = HEAD_FUSION[head_fusion](maps, axis=2) + np.eye(maps.shape[-1], dtype="float32")  # (B, layers, T, T)
    steps /= steps.sum(-1, keepdims=True)  # of max and min the rows do not sum to one
    rollout = steps[:, 0]
    for step in range(1, steps.shape[1]):
        rollout = steps[:, step] @ rollout
    return rollout


def mean_attention_distance(maps, grid_shape, patch_size, class_token=True):
    """How far a head looks: the distance between a patch and those it looks at, weighted by the scores.

    Args:
        maps: array of shape `(B, layers, heads, T, T)`, of `attention_maps`.
        grid_shape: pair of ints `(rows, columns)` of patches.
        patch_size: int, or a pair of ints `(height, width)`, in pixels.
        class_token: bool. Whether the first token is the class token. It stands nowhere in the picture: it is left
            out, as one that asks and as one that answers, and what is left of each row is scaled to sum one.

    Returns:
        NumPy array of shape `(layers, heads)`, float32, in pixels: the mean over all images and all patches that ask.

    Raises:
        ValueError: `maps` of another shape, or a grid of another number of patches.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, section 4.5, figure 7 (right).
    """
    maps = checked(maps)
    rows, columns = grid_shape
    first = int(class_token)
    if maps.shape[-1] != rows * columns + first:
        raise ValueError(
            f"`maps` must have a token for each patch of the grid{' and the class token' if class_token else ''}: "
            f"got {maps.shape[-1]} tokens and grid_shape={tuple(grid_shape)}."
        )
    height, width = np.broadcast_to(patch_size, 2)
    places = np.stack(np.divmod(np.arange(rows * columns), columns), axis=-1) * (height, width)  # (N, 2), in pixels
    distances = np.linalg.norm(places[:, None] - places, axis=-1)  # (N, N)
    patches = maps[..., first:, first:]
    looks = patches / np.maximum(patches.sum(-1, keepdims=True), np.finfo("float32").tiny)
    return np.einsum("blhnm,nm->lh", looks, distances.astype("float32")) / (len(maps) * rows * columns)


def checked(maps):
    """`maps` as float32, if they are maps."""
    maps = np.asarray(maps, "float32")
    if maps.ndim != 5 or maps.shape[-1] != maps.shape[-2] or not maps.size:
        raise ValueError(
            f"`maps` must be attention scores of shape (B, layers, heads, T, T), of `attention_maps`: got {maps.shape}."
        )
    return maps
