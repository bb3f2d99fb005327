"""Files of weights, read without running anything that may be in them."""

import re
from pathlib import Path

import numpy as np

from vit_keras.data.files import read_npz
from vit_keras.pretrained.layouts import LAYOUTS

# These are pickles, or may hold one: a program that rebuilds objects, and that can do anything else besides.
PICKLES = (".bin", ".pth", ".pt", ".ckpt", ".pkl", ".pickle", ".tar")


def read_arrays(path):
    """All arrays of a `.npz` or `.safetensors` file, under the names the file gives them.

    Args:
        path: Of the file, or of a folder with a `model.safetensors` in it.

    Returns:
        dict of NumPy arrays, `{key: array}`. Floating-point numbers come as float32, whether the file has them in
        16 (float16, bfloat16), 32 or 64 bits.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is of another kind, or damaged, or holds objects in place of numbers, or numbers that
            are none (NaN, infinite).
    """
    path = Path(path).expanduser()
    if path.is_dir():
        path = path / "model.safetensors"
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}.")
    if path.suffix in PICKLES:
        raise ValueError(
            f"`path` must be a .npz or .safetensors file: got {path.name}. PyTorch's {path.suffix} files are pickles, "
            "which can run any program when they are opened. Most models are to be had as model.safetensors too; your "
            "own you can write so with safetensors.torch.save_file(model.state_dict(), 'model.safetensors')."
        )
    readers = {".npz": read_npz, ".safetensors": _read_safetensors}
    if path.suffix not in readers:
        raise ValueError(f"`path` must be a .npz or .safetensors file: got {path.name}.")
    arrays = {key: _float32(array) for key, array in readers[path.suffix](path).items()}
    wrong = [key for key, array in arrays.items() if array.dtype.kind == "f" and not np.isfinite(array).all()]
    if wrong:
        raise ValueError(f"{path.name} holds numbers that are NaN or infinite, in {', '.join(sorted(wrong))}.")
    return arrays


def _read_safetensors(path):
    try:
        from safetensors import safe_open
    except ImportError as error:
        raise ImportError(f"Reading {path.name} needs the package safetensors: pip install safetensors.") from error
    try:
        with safe_open(path, framework="numpy") as file:
            return {key: file.get_tensor(key) for key in file.keys()}
    except Exception as error:  # SafetensorError; others for exotic kinds of numbers
        raise ValueError(f"{path.name} cannot be read as safetensors, or is damaged: {error}") from error


def _float32(array):
    if array.dtype.kind == "V" and array.dtype.itemsize == 2:
        # bfloat16 is the upper half of a float32. NumPy does not know it: out of a .npz it comes as two bytes.
        return (array.view("<u2").astype("uint32") << 16).view("float32")
    return array.astype("float32") if array.dtype.kind == "f" else array


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
