"""Fine-tuning: which weights learn, and by which recipe."""

import math

from vit_keras.training.recipe import Recipe

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
