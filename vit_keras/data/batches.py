"""CIFAR's files, verified before they are read.

The pickles of CIFAR are programs as far as Python is concerned, so each is compared with its published md5 first, and
then read by an unpickler that can build arrays, lists and dictionaries and nothing else.
"""

import hashlib
import io
import pickle
import tarfile
import zlib
from pathlib import Path

import numpy as np

from vit_keras.data.dataset import Split


def read_archive(path, digests):
    """Yield (name, bytes) of the members in question. Nothing is extracted: no name in the archive becomes a path."""
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                if member.isfile() and Path(member.name).name in digests:
                    yield f"{path}: {member.name}", archive.extractfile(member).read()
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise ValueError(f"{path} must be a whole tar.gz archive: got {error}. Delete the file.") from error


def read_batch(name, content, needed, label_key):
    """The `Split` in one pickle.

    Raises:
        ValueError: its md5 is not `needed`; it was not opened then. Or it holds something else than a batch of CIFAR.
    """
    got = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if got != needed:
        raise ValueError(f"{name} is not the published file and was not opened: needed md5 {needed}, got {got}. "
                         "Delete it, or put the publisher's in its place.")
    try:
        batch = ArrayUnpickler(io.BytesIO(content), encoding="bytes").load()
        images, labels = np.asarray(batch[b"data"]), np.array(batch[label_key], "int32")
        if images.dtype != np.uint8 or images.shape != (len(labels), 3072) or labels.ndim != 1:
            raise ValueError(f"{images.dtype} pixels of shape {images.shape} and labels of shape {labels.shape}")
    except Exception as error:   # what an unpickler, or NumPy, stumbles over in a damaged file can be anything
        raise ValueError(f"{name} must hold a batch of CIFAR, uint8 pixels (N, 3072) and N labels: got "
                         f"{error or type(error).__name__}") from error
    images = images.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)     # stored as planes of R, G, B
    return Split(np.ascontiguousarray(images), labels)


class ArrayUnpickler(pickle.Unpickler):
    """Knows the three names a pickled array needs. Anything else could run code, and is refused."""

    def find_class(self, module, name):
        if module in ("numpy.core.multiarray", "numpy._core.multiarray") and name == "_reconstruct":
            return np.empty(0).__reduce__()[0]     # it has moved between versions of NumPy
        if module == "numpy" and name in ("ndarray", "dtype"):
            return getattr(np, name)
        if (module, name) == ("_codecs", "encode"):   # how Python 3 writes bytes in old protocols
            return lambda text, encoding: text.encode("latin1")
        raise ValueError(f"A pickle of CIFAR needs NumPy arrays only: got {module}.{name}, which was refused.")
