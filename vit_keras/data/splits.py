"""Which photograph goes into which split: as the folders say, or by a fixed seed, and copies always together."""

import numpy as np

from vit_keras.data.folders import CLASS_NAMES
from vit_keras.data.photographs import THUMBNAIL

SPLIT_SEED = 2007   # the same splits for everybody, whatever seed a run uses
SPLITS = ("train", "validation", "test")


def split_photographs(labels, parts, groups):
    """Share out the photographs.

    Where folders called train and validation (or test) are there, the second is the TEST split, and a tenth of train
    becomes the validation split: settings are chosen by validation, and what they were chosen by cannot judge them in
    the end. Where all three are there, they are taken as they are. Else 80 / 10 / 10 %, classes equal in the last two.

    Args:
        labels: int (N,), 0 or 1.
        parts: N of "train", "validation", "test" or None, as the folders say.
        groups: int (N,). Copies of one picture have the same number and go into one split. Where folders decide,
            those of test and validation stay where they are and training pictures that repeat one are left out.

    Returns:
        (three int arrays: indices of train, validation and test, shuffled; list of (index, reason) for what is left
        out; what was done: str).

    Raises:
        ValueError: too few photographs for a cat and a dog in each split.
    """
    parts = np.array([part or "train" for part in parts], "U10")   # room for the longest, "validation"
    named = [name for name in SPLITS if (parts == name).any()]
    where, left_out = parts.copy(), []
    if "train" not in named or len(named) == 1:
        done = "80 / 10 / 10 % by a fixed seed"
        where[:] = "train"
        for name in ("test", "validation"):
            where[_choose(where == "train", labels, groups, _tenth(labels))] = name
    else:
        done = "train, validation and test as the folders say"
        if len(named) == 2:
            done = f"test is the folder called {named[1]}, validation a tenth of the training folder"
            where[where == named[1]] = "test"
        left_out = _leave_out(where, groups)
        if len(named) == 2:
            where[_choose(where == "train", labels, groups, _tenth(labels[where == "train"]))] = "validation"
    rng = np.random.default_rng(SPLIT_SEED)
    indices = [rng.permutation(np.flatnonzero(where == name)) for name in SPLITS]   # mixed, unlike folders
    for name, chosen in zip(SPLITS, indices):
        counts = np.bincount(labels[chosen], minlength=2)
        if not counts.all():
            raise ValueError(f"The {name} split needs at least one photograph of each class: got "
                             f"{counts[0]} {CLASS_NAMES[0]}(s) and {counts[1]} {CLASS_NAMES[1]}(s).")
    return indices, left_out, done


def _tenth(labels):
    return max(1, round(np.bincount(labels, minlength=2).min() / 10))


def _choose(free, labels, groups, per_class):
    """Indices of `per_class` free pictures of each class, in whole groups, drawn by the fixed seed."""
    members = {}
    for index in np.flatnonzero(free):
        members.setdefault(groups[index], []).append(index)
    # Each picture has its turn whatever the groups are: one pair more or less, found at another image size, moves
    # a few pictures and not all of them.
    turn = np.random.default_rng(SPLIT_SEED).permutation(len(labels))
    taken, chosen = np.zeros(2, int), []
    for number in sorted(members, key=turn.__getitem__):
        counts = np.bincount(labels[members[number]], minlength=2)
        if (taken + counts <= per_class).all():
            taken += counts
            chosen += members[number]
    return np.array(chosen, int)


def _leave_out(where, groups):
    """Empty `where` for pictures that repeat one of a split which is looked at later; (index, reason) of those."""
    left_out = []
    for later, earlier in (("test", ("train", "validation")), ("validation", ("train",))):
        repeated = np.isin(where, earlier) & np.isin(groups, groups[where == later])
        left_out += [(index, f"repeats a {later} picture") for index in np.flatnonzero(repeated)]
        where[repeated] = ""
    return left_out


# ---- Copies: pictures that are (nearly) the same ----

# Measured on 8,000 photographs of cats and dogs that hold no copies: of their 32 million pairs the closest has a cosine
# of 0.931 and the next 0.895, and neither shows the same picture twice. Copies of 400 of them, saved anew at JPEG
# quality 30, halved in size or cut by 1 % a side: 99 of 100 have 0.985 or more. Cut by 2 % a side: 95 of 100 have 0.96.
THRESHOLD = 0.96
FLAT = 2.0      # grey levels; a thumbnail that deviates less from its mean shows nothing
CHUNK = 512     # rows of the matrix of cosines in memory at once: 51 MB for 25,000 pictures


def group_duplicates(thumbnails, threshold=THRESHOLD):
    """Which pictures belong together.

    Args:
        thumbnails: uint8 (N, 16, 16), grey.
        threshold: float. Two pictures belong together if the cosine of their thumbnails, each with its mean removed,
            is larger: brightness and contrast do not count then.

    Returns:
        int (N,): the number of each picture's group, which is the smallest index in it. Groups are chains: where A
        is like B and B like C, all three are one group.
    """
    vectors = thumbnails.reshape(len(thumbnails), THUMBNAIL ** 2).astype("float32")
    vectors -= vectors.mean(1, keepdims=True)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    # What is left of a flat picture (all grey, say) is noise, and flat pictures are not copies of each other.
    vectors = np.where(norms > FLAT * vectors.shape[1] ** 0.5, vectors / np.maximum(norms, 1e-6), 0)
    group = np.arange(len(vectors))
    for start in range(0, len(vectors), CHUNK):
        close = vectors[start:start + CHUNK] @ vectors[start:].T > threshold     # (CHUNK, N - start): each pair once
        for row in np.flatnonzero(close.sum(1) > 1):                            # each picture is close to itself
            joined = np.unique(group[start + np.flatnonzero(close[row])])
            if len(joined) > 1:
                group[np.isin(group, joined)] = joined[0]
    return group
