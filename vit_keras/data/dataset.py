"""What a data set is here: three splits of NumPy arrays that know where they come from."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np


class Split(NamedTuple):
    """`images` uint8 (N, H, W, 3) in [0, 255] and `labels` int32 (N,). Note that `len(split)` is 2, as of any pair."""

    images: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Three splits, the classes' names, and `source`: one sentence that says what the images are.

    Choose settings by `validation`; look at `test` once, at the end. `skipped` and `converted` are tuples of (name of
    the file, reason): files that gave no image, and those that were no plain RGB picture.
    """

    train: Split
    validation: Split
    test: Split
    class_names: tuple
    source: str
    skipped: tuple = ()
    converted: tuple = ()

    def __str__(self):
        sizes = ", ".join(f"{name} {len(split.labels):,}" for name, split in self._splits().items())
        shape = "x".join(map(str, self.train.images.shape[1:]))
        return f"{self.source}\n{sizes} images of {shape}, {len(self.class_names)} classes"

    __repr__ = __str__

    def _splits(self):
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def check(self):
        """Refuse what no classifier can learn from; pixels that look scaled already get a warning line.

        Raises:
            ValueError: images, labels or the number of them are of another kind; one sentence, with the cure.
        """
        for name, (images, labels) in self._splits().items():
            for what, array in (("images", images), ("labels", labels)):
                if not isinstance(array, np.ndarray):
                    raise ValueError(f"The {name} {what} must be a NumPy array: got {type(array).__name__}. "
                                     "numpy.asarray makes one.")
            if images.ndim != 4 or images.dtype.kind not in "uif":
                cure = " Grey pictures need a last axis: images[..., None]." if images.ndim == 3 else ""
                raise ValueError(f"The {name} images must be an array of numbers of shape (N, H, W, C): got shape "
                                 f"{images.shape}, {images.dtype}.{cure}")
            if labels.ndim != 1 or labels.dtype.kind not in "ui":
                cure = 'labels.astype("int32"), if they are whole numbers' if labels.ndim != 2 else \
                    "labels[:, 0]" if labels.shape[1] == 1 else "labels.argmax(axis=1), if they are one-hot"
                raise ValueError(f"The {name} labels must be ints of shape (N,): got shape {labels.shape}, "
                                 f"{labels.dtype}. Take {cure}.")
            if len(images) != len(labels) or not len(labels):
                raise ValueError(f"The {name} split needs as many labels as images, and one at least: got "
                                 f"{len(images)} images and {len(labels)} labels.")
            if labels.min() < 0 or labels.max() >= len(self.class_names):
                raise ValueError(f"The {name} labels must go from 0 to {len(self.class_names) - 1}, for "
                                 f"{len(self.class_names)} classes: got {labels.min()} to {labels.max()}.")
            if images.shape[1:] != self.train.images.shape[1:]:
                raise ValueError(f"All splits need images of one shape: got {self.train.images.shape[1:]} in train and "
                                 f"{images.shape[1:]} in {name}.")
        images = self.train.images
        largest = max(np.max(images[start : start + 1000]) for start in range(0, len(images), 1000))
        if not np.isfinite(largest):
            raise ValueError(f"The train images must hold finite numbers: got {largest}.")
        if largest <= 1:
            print(f"!!! The largest pixel of the training images is {largest:g}. Models of this course take pixels in "
                  "[0, 255] and scale them themselves: they see black. Multiply the images by 255.", flush=True)

    def limit(self, num_train):
        """The same data with at most `num_train` training images (None: all), and fewer for the other splits with them.

        Those shrink in proportion, but not below a fifth of `num_train` nor below one image a class, as far as they
        go. Every class keeps equally many images (to within one); the order stays, so small limits nest in large ones.
        """
        sizes = [len(split.labels) for split in self._splits().values()]
        wanted = limited_sizes(sizes, num_train, len(self.class_names))
        if wanted == sizes:
            return self
        splits = {name: Split(*(array[_balanced(split.labels, number)] for array in split))
                  for (name, split), number in zip(self._splits().items(), wanted, strict=True)}
        return replace(self, **splits, source=f"{self.source} {limit_sentence(wanted, sizes)}")


def limited_sizes(sizes, num_train, num_classes):
    """Sizes of (train, validation, test) after `Dataset.limit(num_train)`."""
    if num_train is None or whole("limit", num_train, 1, " of training images") >= sizes[0]:
        return list(sizes)
    least = max(-(-num_train // 5), num_classes)
    return [int(num_train)] + [min(size, max(-(-size * num_train // sizes[0]), least)) for size in sizes[1:]]


def _balanced(labels, number):
    """Indices of the first `number` images when the classes take turns, in their old order."""
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], labels[order])
    turn = np.empty(len(labels), int)
    turn[order] = np.arange(len(labels)) - starts          # how many of the same class come before
    return np.sort(np.argsort(turn, kind="stable")[:number])


def limit_sentence(wanted, sizes):
    """What `source` says from then on."""
    return (f"Limited to {wanted[0]:,} of {sizes[0]:,} training images "
            f"({wanted[1]:,} validation, {wanted[2]:,} test).")


def whole(name, value, least, of_what=""):
    """An argument as an int, where it is a whole number of `least` or more."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"`{name}` must be a whole number{of_what}, {least} or more: got {value!r}.")
    return int(value)
