"""Arrays out of whatever holds numbers: tensors, lists, files."""

import numpy as np


def to_numpy(value):
    """A NumPy array from a number, a list or a tensor of any Keras backend."""
    if hasattr(value, "detach"):        # a PyTorch tensor, maybe on the GPU, maybe with a gradient
        value = value.detach().cpu()
    if hasattr(value, "numpy"):
        value = value.numpy()
    value = np.asarray(value)
    return value.astype("float32") if value.dtype.name == "bfloat16" else value


def read_npz(path):
    """All arrays of a `.npz` file as a dict. Objects, which are pickles, are refused, and so is what is no array.

    Raises:
        ValueError: the file is damaged or of another kind.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
        if strange := [key for key, array in arrays.items() if not isinstance(array, np.ndarray)]:
            raise ValueError(f"{', '.join(strange)} begins like no array")  # NumPy gives its bytes
        return arrays
    except Exception as error:  # a length, a checksum, an object: each by another part of NumPy, zipfile or zlib
        raise ValueError(f"{path} cannot be read as .npz, or is damaged ({str(error) or type(error).__name__}). Put a "
                         "whole file in its place.") from error
