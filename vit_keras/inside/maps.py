"""Looking inside a model: what it has learned about places, and where its tokens look. Arrays come out."""

import inspect

import keras
import numpy as np
from keras import ops

from vit_keras.arrays import to_numpy


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
    positions = to_numpy(positions).astype("float32")
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
        batches.append(np.stack([to_numpy(state).astype("float32") for state in states], axis=1))
    return np.concatenate(batches)  # (B, layers + 1, T, D)
