"""Weights that others have trained, in our layers: read, checked and turned whole, then assigned."""

import re
from pathlib import Path

from vit_keras.pretrained.files import read_arrays
from vit_keras.pretrained.fitting import fit
from vit_keras.pretrained.layouts import GOOGLE, HUGGINGFACE, LAYOUTS, TIMM


def load_npz(model, path, ignore=(), interpolate=True, checkpoint_grid=None):
    """Weights from Google's `.npz` files: Vision Transformer, AugReg, big_vision.

    Google's code computes GELU by its tanh formula and wants pixels in [-1, 1]: make the model with
    `approximate_gelu=True`, and leave `mean` and `deviation` at 0.5. `load_pretrained` does so by itself.

    Args:
        model: `VisionTransformer` without a stem. It is left untouched if anything is wrong.
        path: Of a `.npz` or `.safetensors` file, or of a folder with `model.safetensors` in it.
        ignore: str, or several. Keys of the file or places in the model, or beginnings of them, that may differ:
            `ignore="head"` keeps the model's own head.
        interpolate: bool. Whether positions of another grid are brought to the model's, as the layout's own code
            does it (see `interpolate_position_embedding`). `False` refuses them.
        checkpoint_grid: pair of ints `(rows, columns)` or `None` for a square. The grid of the file's positions.

    Returns:
        list of str: what is not simply copied (positions interpolated, keys ignored), a sentence each.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged or of another layout, or keys are missing, left over or of another shape; all
            of them are named.
        ImportError: a `.safetensors` file where the package safetensors is not installed.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929; Steiner et al., 2022,
        https://arxiv.org/abs/2106.10270. The table is `checkpoint_tables.GOOGLE`.
    """
    return load(model, path, GOOGLE, ignore, interpolate, checkpoint_grid)


def load_huggingface(model, path, ignore=(), interpolate=True, checkpoint_grid=None):
    """Weights from Hugging Face: `model.safetensors` of ViT and DeiT, with the keys of any version of transformers.

    Most of them are made for `layer_norm_epsilon=1e-12`: see config.json, or let `load_pretrained` read it. A
    `pooler`, which files without a head have, is the hidden layer of the head (`representation_dim`).

    Args, Returns and Raises as for `load_npz`. The table is `checkpoint_tables.HUGGINGFACE`.
    """
    return load(model, path, HUGGINGFACE, ignore, interpolate, checkpoint_grid)


def load_timm(model, path, ignore=(), interpolate=True, checkpoint_grid=None):
    """Weights from timm or DeiT, in a `.safetensors` file.

    A distilled DeiT is refused: it has a second class token, which all others look at, and `VisionTransformer` has
    not. As a start for fine-tuning, `ignore=("dist_token", "head_dist")` loads what remains; its answers are not
    those of the original.

    Args, Returns and Raises as for `load_npz`. The table is `checkpoint_tables.TIMM`.
    """
    return load(model, path, TIMM, ignore, interpolate, checkpoint_grid)


def load(model, path, layout, ignore=(), interpolate=True, checkpoint_grid=None):
    """What the three functions above do, for any `Layout`."""
    if not (hasattr(model, "patch_encoder") and hasattr(model, "encoder")):
        raise ValueError(f"`model` must be a `VisionTransformer`: got {type(model).__name__}.")
    arrays = read_arrays(path)
    found = recognise(arrays, Path(path).name)
    if found is not layout:
        raise ValueError(f"{Path(path).name} is written in {found.name} layout: `{found.loader}` reads it, not "
                         f"`{layout.loader}`.")
    checkpoint = our_spelling(arrays, layout)
    values, notes = fit(model, checkpoint, layout, ignore, interpolate, checkpoint_grid)
    for variable, value in values:  # from here on nothing can go wrong
        variable.assign(value)
    return notes


def recognise(arrays, name="The file"):
    """The `Layout` in which these keys are written.

    Raises:
        ValueError: none of those we know.
    """
    for layout in LAYOUTS:
        if any(respelled(key, layout) == layout.marker for key in arrays):
            return layout
    markers = ", ".join(f"{layout.marker} ({layout.name})" for layout in LAYOUTS)
    raise ValueError(f"{name} must be a checkpoint of a Vision Transformer, with one of {markers}: got "
                     f"{len(arrays)} keys, {', '.join(sorted(arrays)[:4])}, ...")


def respelled(key, layout):
    """A key as the layout's table writes it."""
    for pattern, replacement in layout.spellings:
        key = re.sub(pattern, replacement, key)
    return key


def our_spelling(arrays, layout):
    """The arrays under the keys of the layout's table: `{key: (key in the file, array)}`.

    Raises:
        ValueError: two keys of the file mean the same.
    """
    checkpoint = {}
    for name, array in unstacked(arrays):
        key = respelled(name, layout)
        if key in checkpoint:
            raise ValueError(f"Two keys of the file mean the same: {checkpoint[key][0]} and {name}.")
        checkpoint[key] = (name, array)
    return checkpoint


def unstacked(arrays):
    """A scanned encoder of big_vision keeps each array once, all blocks along its first axis: taken apart."""
    for name, array in arrays.items():
        if "/encoderblock/" in name and array.ndim:
            for index, part in enumerate(array):
                yield name.replace("/encoderblock/", f"/encoderblock_{index}/"), part
        else:
            yield name, array
