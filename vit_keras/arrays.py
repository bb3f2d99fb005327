"""Arrays out of whatever holds numbers."""

import numpy as np


def to_numpy(value):
    """A NumPy array from a number, a list or a tensor of any Keras backend."""
    if hasattr(value, "detach"):        # a PyTorch tensor, maybe on the GPU, maybe with a gradient
        value = value.detach().cpu()
    if hasattr(value, "numpy"):
        value = value.numpy()
    value = np.asarray(value)
    return value.astype("float32") if value.dtype.name == "bfloat16" else value
