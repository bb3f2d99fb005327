"""The representation y of equation (4): computed once for many pictures, or fine-tuned."""

import math
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import keras
import numpy as np
from keras import ops

from vit_keras.pretrained.positions import with_resizing
from vit_keras.training.recipe import Recipe
from vit_keras.vit import VisionTransformer


def representation_model(model):
    """A Vision Transformer without its head, with the same weights: from images (B, H, W, C) to y = LN(z_L^0)."""
    if not isinstance(model, VisionTransformer):
        raise ValueError(f"`model` must be a `VisionTransformer`: got {type(model).__name__}.")
    images = keras.Input(model.image_shape)
    z = model.patch_encoder(model.patches(model.feature_map(images)))  # (1)
    z = model.encoder(z, num_queries=1 if model.pooling == "token" else None)  # (2) (3)
    y = z[:, 0] if model.pooling == "token" else ops.mean(z, axis=1)  # (4)
    headless = keras.Model(images, y, name="representation")
    headless.image_shape = model.image_shape
    return headless


def extract_features(model, images, batch_size=32, jit_compile="auto"):
    """The representation of every picture, batch by batch.

    While the device computes one batch, the next is read from the disk, or decoded. Besides the results, memory holds
    two batches of pictures, however many there are.

    Args:
        model: `VisionTransformer`, with or without a head.
        images: array of shape `(N, H, W, C)`, values in [0, 255], which may lie on the disk (`numpy.memmap`); or any
            iterable of pictures `(H, W, C)` of one size, such as a generator that decodes files. Pictures of another
            size than the model's are resized on the device, see `Resize`.
        batch_size: int. Pictures that go through the model at once.
        jit_compile: bool or `"auto"`. XLA, see `keras.Model.compile`.

    Returns:
        NumPy array of shape `(N, D)`, float32.

    Raises:
        ValueError: there is no picture, or pictures are of different sizes.
    """
    headless, network, features = representation_model(model), None, []
    batches = in_batches(images, batch_size)
    with ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(next, batches, None)
        while (batch := ahead.result()) is not None:
            ahead = pool.submit(next, batches, None)
            if network is None:
                network = with_resizing(headless, batch.shape[1:])
                network.compile(jit_compile=jit_compile)
            missing = batch_size - len(batch) if features else 0
            # One shape for all: another would be compiled anew.
            full = np.concatenate([batch, np.repeat(batch[-1:], missing, axis=0)]) if missing else batch
            features.append(np.asarray(network.predict_on_batch(full))[: len(batch)].astype("float32"))
    if not features:
        raise ValueError("`images` must hold at least one picture: got none.")
    return np.concatenate(features)


def in_batches(images, batch_size):
    """Arrays (b, H, W, C) of up to `batch_size` pictures."""
    pictures = iter(images)
    while some := list(islice(pictures, batch_size)):
        shapes = {np.shape(picture) for picture in some}
        if len(shapes) > 1 or len(*shapes) != 3:
            raise ValueError(f"`images` must be pictures (H, W, C) of one size: got shapes {sorted(shapes)}.")
        yield np.stack(some)


# ---- Fine-tuning: which weights learn, and by which recipe ----

# The course's recipe is for weights that start at random. Weights that know something already are moved with care: a
# smaller rate and no pull towards zero, as in the paper, which uses SGD with momentum in place of AdamW.
FINE_TUNING = {"learning_rate": 1e-4, "weight_decay": 0.0, "label_smoothing": 0.0, "batch_size": 32}


def fine_tuning_recipe(epochs, **changes):
    """A `Recipe` for weights that are pre-trained.

    Args:
        epochs: float. Passes over the training pictures.
        **changes: Arguments of `Recipe` that differ from `FINE_TUNING`.

    Returns:
        `Recipe`.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, section 4.1 and appendix B.1.1.
    """
    return Recipe(epochs, **{**FINE_TUNING, **changes})


def freeze(model, blocks):
    """Keep the lower part of a model as it is; what lies above learns.

    Call it before `train`: the optimizer takes the weights that are trainable when it is made.

    Args:
        model: `VisionTransformer`.
        blocks: int from 0 to L, `"all"` or `None`. 0 freezes equation (1): E, the class token, the positions (and the
            stem of a hybrid); a number freezes so many blocks on top of it; `"all"` leaves only the head; `None`
            freezes nothing.

    Returns:
        int: the number of weights that learn.

    Raises:
        ValueError: `blocks` is none of these.
    """
    if blocks not in (None, "all") and (isinstance(blocks, bool) or blocks not in range(model.num_layers + 1)):
        raise ValueError(f'`blocks` must be an int from 0 to {model.num_layers}, "all" or None: got {blocks!r}.')
    number = {None: 0, "all": model.num_layers}.get(blocks, blocks)
    model.trainable = True  # from the top down: a layer hands it on to its parts
    for part in filter(None, (model.stem, model.patch_encoder)):
        part.trainable = blocks is None
    for index, block in enumerate(model.encoder.blocks):
        block.trainable = index >= number
    model.encoder.norm.trainable = blocks != "all"
    return sum(math.prod(weight.shape) for weight in model.trainable_weights)
