"""From attention to a map of the picture: what the answer took from each patch. Arrays come out."""

import numpy as np

from vit_keras.inside.maps import attention_maps
from vit_keras.inside.rollout import attention_rollout


def answer_map(looks, grid_shape, class_token=True):
    """What the answer took from each patch, laid out as the patches lie in the picture.

    Args:
        looks: array of shape `(B, T, T)`, row n says what token n took: of `attention_rollout`, or one head of one
            block, `maps[:, layer, head]` of `attention_maps`.
        grid_shape: pair of ints `(rows, columns)` of patches, `model.grid_shape`. In a hybrid they are places of the
            feature map.
        class_token: bool. Whether the answer is read from token 0, `model.pooling == "token"`: then its row is taken,
            without what it kept of itself. Else the answer is the mean of all tokens, and so is the map.

    Returns:
        NumPy array of shape `(B, rows, columns)`, float32, 0 or more. Each map sums to one, so 1 / (rows · columns) is
        an even share; a map of nothing (a class token that looked at itself alone) is 0.

    Raises:
        ValueError: `looks` of another shape, or a grid of another number of patches.
    """
    looks = np.asarray(looks, "float32")
    rows, columns = grid_shape
    tokens = rows * columns + int(class_token)
    if looks.ndim != 3 or looks.shape[1:] != (tokens, tokens):
        raise ValueError(
            f"`looks` must have shape (B, T, T), with T = {rows}*{columns}{' + 1' if class_token else ''} = {tokens} "
            f"for grid_shape={(rows, columns)} and class_token={class_token}: got shape {looks.shape}."
        )
    taken = looks[:, 0, 1:] if class_token else looks.mean(axis=1)  # (B, N)
    taken = taken / np.maximum(taken.sum(axis=1, keepdims=True), np.finfo("float32").tiny)
    return taken.reshape(-1, rows, columns)  # row by row, as `Patches` cuts


def rollout_map(model, images, head_fusion="mean", batch_size=32):
    """The rollout of pictures as maps of them, in one call, whatever the model's grid, pooling and stem.

    Args:
        model: `VisionTransformer`, a hybrid too.
        images: array of shape `(B, H, W, C)`, values in [0, 255].
        head_fusion: See `attention_rollout`.
        batch_size: int. As many images go through the model at once. Defaults to 32.

    Returns:
        NumPy array of shape `(B, rows, columns)`, float32; each map sums to one. See `answer_map`.

    Raises:
        ValueError: as `attention_maps` and `attention_rollout`.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, figure 6.
    """
    found = []
    for start in range(0, max(1, len(images)), batch_size):  # the scores of many pictures need much memory
        maps = attention_maps(model, images[start : start + batch_size], batch_size)
        rollout = attention_rollout(maps, head_fusion)  # (b, T, T)
        found.append(answer_map(rollout, model.grid_shape, model.pooling == "token"))
    return np.concatenate(found)
