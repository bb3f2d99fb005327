"""The way back: a model's weights under the keys and with the axes of a checkpoint, for others to read."""

import re

import numpy as np

from vit_keras.arrays import to_numpy
from vit_keras.pretrained.fitting import table, variable_at


def to_checkpoint(model, layout):
    """A model's weights as a checkpoint of one of the layouts: what `load_npz` and its sisters read.

        safetensors.numpy.save_file(to_checkpoint(model, TIMM), "model.safetensors")
        np.savez("model.npz", **to_checkpoint(model, GOOGLE))

    Args:
        model: `VisionTransformer` without a stem.
        layout: `GOOGLE`, `HUGGINGFACE` or `TIMM` of `vit_keras.pretrained.layouts`.

    Returns:
        dict of NumPy arrays, float32, `{key: array}`, in the order of the layout's table. Parts that the model does
        not have (class token, head) are left out.

    Raises:
        ValueError: the model has weights for which the layout has no key.
    """
    patch_size = model.patch_size if isinstance(model.patch_size, (tuple, list)) else (model.patch_size,) * 2
    sizes = {"p": patch_size[0], "q": patch_size[1], "c": model.map_shape[-1], "d": model.hidden_dim,
             "h": model.num_heads, "k": model.hidden_dim // model.num_heads, "m": model.mlp_dim}
    parts, written = {}, set()
    for key, place, axes in table(layout, model.num_layers):
        variable = variable_at(model, place)
        if variable is not None:
            written.add(id(variable))
            axes, _, part = axes.partition(", ")
            number = int(part.split(" of ")[0]) if part else 1
            parts.setdefault(key, {})[number] = arrange_back(to_numpy(variable.value).astype("float32"), axes, sizes)
    lost = [variable.path for variable in model.weights if id(variable) not in written]
    if lost:
        raise ValueError(f"{layout.name} layout has no key for {', '.join(lost)}.")
    return {key: np.ascontiguousarray(np.concatenate([some[number] for number in sorted(some)]))
            for key, some in parts.items()}


def arrange_back(array, pattern, sizes):
    """What `rearrange` has been given: `array` has the axes on the right of the arrow, the result those on the left.

    Args:
        array: NumPy array.
        pattern: str. See `rearrange`, without a part.
        sizes: dict from a letter to a length, for the letters in brackets.

    Returns:
        NumPy array.
    """
    before, _, after = pattern.partition(" -> ")
    if not after:
        return array
    lengths = []
    for group, length in zip(re.findall(r"\([^)]*\)|\w+", after), array.shape):
        lengths += [sizes[name] for name in group.strip("()").split()] if group.startswith("(") else [length]
    names = re.findall(r"\w+", after)
    return array.reshape(lengths).transpose([names.index(name) for name in before.split()])
