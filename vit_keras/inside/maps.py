"""Where a model looks, and what it has learned about places. Takes models or attention scores, returns arrays."""

import inspect

import keras
import numpy as np
from keras import ops


def position_similarity(model_or_positions, class_token=True):
    """How alike any two places are to a model: the cosine of the angle between their positions.

    Entry (n, m) is e_n · e_m / (|e_n| |e_m|), with e_n the row of E_pos that belongs to patch n: 1 for the
    same direction, 0 for directions that have nothing to do with each other, -1 for opposite ones.

    Args:
        model_or_positions: A model with a `patch_encoder`, such as `VisionTransformer`; a built `PatchEncoder`;
            or E_pos itself, an array or tensor of shape `(T, D)` or `(1, T, D)`.
        class_token: bool. Whether the first row of an array belongs to the class token: it stands nowhere in the
            picture and is left out. A model knows it itself. Defaults to `True`.

    Returns:
        NumPy array of shape `(N, N)`, float32, values in [-1, 1], symmetric, 1 on the diagonal. A position
        that is zero has no direction: its row and its column are 0.

    Raises:
        ValueError: no positions (a model with `position_embedding=None`), or an array of another shape.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, section 4.5, figure 7 (center).
    """
    positions = model_or_positions
    encoder = getattr(model_or_positions, "patch_encoder", model_or_positions)
    if isinstance(encoder, keras.layers.Layer):
        positions, class_token = getattr(encoder, "positions", None), getattr(encoder, "use_class_token", False)
        if positions is None:
            raise ValueError(
                "`model_or_positions` must have positions, and be built if it is a layer: "
                f"got {encoder.name} with position_embedding={getattr(encoder, 'position_embedding', None)!r}."
            )
    positions = ops.convert_to_numpy(positions).astype("float32")
    if positions.ndim == 3 and len(positions) == 1:
        positions = positions[0]  # (T, D)
    if positions.ndim != 2 or len(positions) <= int(class_token):
        raise ValueError(
            "`model_or_positions` must be a model or positions of shape (T, D) or (1, T, D): "
            f"got shape {positions.shape} and class_token={class_token}."
        )
    positions = positions[int(class_token) :]  # (N, D)
    lengths = np.linalg.norm(positions, axis=1, keepdims=True)  # (N, 1)
    directions = positions / np.where(lengths > 0, lengths, 1)
    return np.clip(directions @ directions.T, -1, 1)


def attention_maps(model, images, batch_size=32):
    """Where every token looks, in every head of every block: the scores A of all blocks as one array.

    Row n of a map says how much token n takes from each token. In a model with a class token that is token 0, so
    `maps[:, -1, :, 0, 1:]` is what the class token takes from the patches in the last block.

    Args:
        model: `VisionTransformer`, or a model whose call takes `return_attention_scores` and then returns a pair
            of outputs and scores, a list of L tensors of shape `(B, heads, T, T)`.
        images: array of shape `(B, H, W, C)`, values in [0, 255], as the model takes them.
        batch_size: int. As many images go through the model at once. Defaults to 32.

    Returns:
        NumPy array of shape `(B, layers, heads, T, T)`, float32, values in [0, 1]; each row sums to one. It holds
        B · layers · heads · T² numbers: 22 MB for a single picture of 224x224 pixels in ViT-B/16.

    Raises:
        ValueError: the model gives no attention scores, or `images` is not a batch of at least one image.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, section 4.5 and appendix D.
    """
    if "return_attention_scores" not in inspect.signature(model.call).parameters:
        raise ValueError(
            "`model` must be able to return its attention scores, as `VisionTransformer` does: "
            f"got {type(model).__name__}, whose call has no `return_attention_scores`."
        )
    if np.ndim(images) != 4 or not len(images):
        raise ValueError(
            "`images` must be a batch of at least one image, of shape (B, H, W, C) (one image is image[None]): "
            f"got shape {np.shape(images)}."
        )
    batches = []
    for start in range(0, len(images), batch_size):
        _, scores = model(images[start : start + batch_size], return_attention_scores=True, training=False)
        batches.append(np.stack([ops.convert_to_numpy(ops.cast(one, "float32")) for one in scores], axis=1))
    return np.concatenate(batches)  # (B, layers, heads, T, T)


def hidden_states(model, images, batch_size=32):
    """All tokens between the blocks: z_0 of equation (1), then z_l of equation (3) for every block.

    The last one is z_L before the norm of equation (4), so `model.encoder.norm(states[:, -1])[:, 0]` is y.

    Args:
        model: `VisionTransformer`.
        images: array of shape `(B, H, W, C)`, values in [0, 255], as the model takes them.
        batch_size: int. As many images go through the model at once. Defaults to 32.

    Returns:
        NumPy array of shape `(B, layers + 1, T, D)`, float32.

    Raises:
        ValueError: a model without `patch_encoder` and `encoder`, or `images` is not a batch of at least one image.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, equations (1) to (3).
    """
    if not (hasattr(model, "patch_encoder") and hasattr(model, "encoder")):
        raise ValueError(f"`model` must be a `VisionTransformer`: got {type(model).__name__}.")
    if np.ndim(images) != 4 or not len(images):
        raise ValueError(
            "`images` must be a batch of at least one image, of shape (B, H, W, C) (one image is image[None]): "
            f"got shape {np.shape(images)}."
        )
    batches = []
    for start in range(0, len(images), batch_size):
        states = [model.patch_encoder(model.patches(model.feature_map(images[start : start + batch_size])))]  # (1)
        for block in model.encoder.blocks:
            states.append(block(states[-1]))  # (2) (3)
        batches.append(np.stack([ops.convert_to_numpy(state).astype("float32") for state in states], axis=1))
    return np.concatenate(batches)  # (B, layers + 1, T, D)


def model_of_block(model, block, scores=False):
    """A Keras model from images to what one block makes of them, with the same weights: to train on it, or to export.

    `keras.Model(model.input, model.get_layer("encoder").output)`, as it is written with functional models, is not
    possible here: the layers of `VisionTransformer` are called in its own `call`, and Keras does not see between them.
    This function calls them one by one:

        tokens = model_of_block(model, 6)                    # z_6, as `hidden_states(...)[:, 6]`
        looks = model_of_block(model, 6, scores=True)        # A of block 6, as `attention_maps(...)[:, 5]`
        head = keras.layers.Dense(10)(tokens.output[:, 0])   # a head of one's own on the class token of block 6
        probe = keras.Model(tokens.input, head)

    Args:
        model: `VisionTransformer`, a hybrid too.
        block: int from 0 to L, or from -1 down. As many blocks are gone through: 0 is z_0 of equation (1), -1 is the
            last. Blocks are called `block_1` to `block_L`, so block 6 is `model.encoder.blocks[5]`.
        scores: bool. Whether the model returns A of that block, which is not possible for 0. Defaults to `False`.

    Returns:
        `keras.Model` from `(B, H, W, C)`, values in [0, 255], to z_l, `(B, T, D)`, before the norm of equation (4);
        with `scores` to A, `(B, num_heads, T, T)`, whose rows sum to one.

    Raises:
        ValueError: a model without `patch_encoder` and `encoder`, or no such block.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, equations (1) to (3).
    """
    if not (hasattr(model, "patch_encoder") and hasattr(model, "encoder")):
        raise ValueError(f"`model` must be a `VisionTransformer`: got {type(model).__name__}.")
    blocks, whole = model.encoder.blocks, isinstance(block, (int, np.integer)) and not isinstance(block, bool)
    if not whole or not -len(blocks) <= block <= len(blocks) or (scores and block == 0):
        raise ValueError(f"`block` must be an int from {int(scores)} to {len(blocks)}, or from -1 to {-len(blocks)}: "
                         f"got {block!r}.")
    number = int(block) if block >= 0 else len(blocks) + 1 + int(block)
    images = keras.Input(model.image_shape)
    z, looks = model.patch_encoder(model.patches(model.feature_map(images))), None  # (1)
    for part in blocks[:number]:
        z, looks = part(z, return_attention_scores=True)  # (2) (3)
    return keras.Model(images, looks if scores else z, name=f"{'scores' if scores else 'tokens'}_{number}")


# ---- Through all blocks: rollout, and how far a head looks ----

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


# ---- What the answer took from each patch ----

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
