"""ImageNet's 1,000 classes: their names, and which of them are cats and dogs."""

from pathlib import Path

import numpy as np

NAMES_FILE = "imagenet_synset_words.txt"  # a line a class, in the order of the labels: "n01440764 tench, Tinca tinca"
CATS = range(281, 286)  # tabby, tiger cat, Persian, Siamese, Egyptian
DOGS = range(151, 269)  # 118 breeds, Chihuahua to Mexican hairless; wolves and foxes come behind them


def imagenet_class_names(folder=None, download=False):
    """The 1,000 names, in the order of the labels.

    Args:
        folder: path or `None`. A folder that may hold the file `NAMES_FILE`.
        download: bool. Whether Keras may fetch its own list, where there is no such file.

    Returns:
        tuple of 1,000 strings, or `None` where nobody has the names.

    Raises:
        ValueError: the file has not 1,000 lines.
    """
    path = None if folder is None else Path(folder) / NAMES_FILE
    if path is not None and path.is_file():
        names = tuple(line.split(" ", 1)[1].strip() for line in path.read_text(encoding="utf-8").splitlines() if line)
        if len(names) != 1000:
            raise ValueError(f"{path.name} must have 1,000 lines, one for each class: got {len(names)}.")
        return names
    if not download:
        return None
    from keras.applications.imagenet_utils import decode_predictions

    try:
        return tuple(best[0][1].replace("_", " ") for best in decode_predictions(np.eye(1000), top=1))
    except Exception:  # no network: names are a comfort, nothing depends on them
        return None


def cats_and_dogs(logits):
    """What a model of ImageNet's 1,000 classes says to the question "cat or dog?", all breeds added up.

    Args:
        logits: array of shape `(B, 1000)`.

    Returns:
        NumPy array of shape `(B, 2)`, float64: the probability of all cats together and that of all dogs.

    Raises:
        ValueError: another number of classes.
    """
    logits = np.asarray(logits, "float64")
    if logits.ndim != 2 or logits.shape[1] != 1000:
        raise ValueError(f"`logits` must be of shape (B, 1000), as ImageNet's classes are: got shape {logits.shape}.")
    scores = np.exp(logits - logits.max(axis=1, keepdims=True))
    scores /= scores.sum(axis=1, keepdims=True)
    return np.stack([scores[:, list(CATS)].sum(axis=1), scores[:, list(DOGS)].sum(axis=1)], axis=1)
