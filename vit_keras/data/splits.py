"""Which photograph goes into which split: as the folders say, or by a fixed seed, and copies always together."""

import numpy as np

SPLIT_SEED = 2007   # the same splits for everybody, whatever seed a run uses
SPLITS = ("train", "validation", "test")


def split_photographs(labels, parts, groups, class_names=("cat", "dog"), names=None):
    """Share out the photographs.

    Where folders called train and validation (or test) are there, the second is the TEST split, and a tenth of train
    becomes the validation split: settings are chosen by validation, and what they were chosen by cannot judge them in
    the end. Where all three are there, they are taken as they are. Else 80 / 10 / 10 %, classes equal in the last two.

    Args:
        labels: int (N,), indices into `class_names`.
        parts: N of "train", "validation", "test" or None, as the folders say.
        groups: int (N,). Copies of one picture have the same number and go into one split. Where folders decide,
            those of test and validation stay where they are and training pictures that repeat one are left out.
        names: N strings, for messages.

    Returns:
        (three int arrays: indices of train, validation and test, shuffled; list of (index, reason) for what is left
        out; what was done: str).

    Raises:
        ValueError: too few photographs for one of each class in each split; what there is, in numbers.
    """
    parts = np.array([part or "train" for part in parts], "U10")   # room for the longest, "validation"
    named = [name for name in SPLITS if (parts == name).any()]
    where, left_out, aliases = parts.copy(), [], {}
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
            aliases = {"test": f" (the folder called {named[1]})"}
        left_out = _leave_out(where, groups)
        if len(named) == 2:
            where[_choose(where == "train", labels, groups, _tenth(labels[where == "train"]))] = "validation"
    rng = np.random.default_rng(SPLIT_SEED)
    indices = [rng.permutation(np.flatnonzero(where == name)) for name in SPLITS]   # mixed, unlike folders
    for name, chosen in zip(SPLITS, indices):
        counts = np.bincount(labels[chosen], minlength=len(class_names))
        if not counts.all():
            why = _reasons(labels, groups, left_out, class_names, names)
            raise ValueError(f"The {name} split{aliases.get(name, '')} needs at least one photograph of each class: "
                             f"got {_counted(counts, class_names)}. {why}")
    return indices, left_out, done


def small_splits(splits, class_names):
    """A sentence on validation and test where they are too small to mean anything, or an empty string."""
    small = {name: np.bincount(labels, minlength=len(class_names)) for name, (_, labels) in zip(SPLITS, splits)}
    small = {name: counts for name, counts in small.items() if name != "train" and counts.min() < 10}
    told = [f"{name} has {_counted(counts, class_names)}, so that one photograph is {100 / counts.sum():.2g} "
            "percentage points" for name, counts in small.items()]
    return f"Too small to judge a model by: {'; '.join(told)}. Take ten of each class, or more." if small else ""


def _counted(counts, class_names):
    some = [f"{count:,} {name}" for count, name in sorted(zip(counts.tolist(), class_names))[:6]]
    return ", ".join(some) + (f" and {len(counts) - 6} classes with more" if len(counts) > 6 else "")


def _reasons(labels, groups, left_out, class_names, names):
    """Why a split stays empty: how many there are, and how many of them are copies."""
    told = "Three of each class are needed, one for each split, and better a hundred: there are " \
           f"{_counted(np.bincount(labels, minlength=len(class_names)), class_names)}."
    sizes = np.bincount(groups)
    if (alike := sizes[sizes > 1]).size:
        some = [names[index] for index in np.flatnonzero(groups == sizes.argmax())[:3]] if names else []
        told += (f" {alike.sum():,} of {len(groups):,} photographs are nearly the same as others, in {len(alike):,} "
                 f"groups, and each group must stay in one split; the largest has {sizes.max():,}"
                 f"{' (' + ', '.join(some) + ', ...)' if some else ''}.")
    if left_out:
        told += f" {len(left_out):,} that repeat a picture of a later split were left out."
    return told


def _tenth(labels):
    return max(1, round(np.bincount(labels)[np.unique(labels)].min() / 10)) if len(labels) else 1


def _choose(free, labels, groups, per_class):
    """Indices of `per_class` free pictures of each class, in whole groups, drawn by the fixed seed.

    Of a class whose groups are all larger the smallest one is taken, if another one is left.
    """
    members = {}
    for index in np.flatnonzero(free):
        members.setdefault(groups[index], []).append(index)
    # Each picture has its turn whatever the groups are: one pair more or less, found at another image size, moves
    # a few pictures and not all of them.
    turn = np.random.default_rng(SPLIT_SEED).permutation(len(labels))
    taken, chosen = np.zeros(labels.max(initial=0) + 1, int), []
    order = sorted(members, key=turn.__getitem__)
    for number in order:
        counts = np.bincount(labels[members[number]], minlength=len(taken))
        if (taken + counts <= per_class).all():
            taken += counts
            chosen.append(number)
    for label in np.flatnonzero(taken == 0):
        left = [number for number in order if number not in chosen and (labels[members[number]] == label).any()]
        if len(left) > 1 and not any((labels[members[number]] == label).any() for number in chosen):
            chosen.append(min(left, key=lambda number: len(members[number])))
    return np.array([index for number in chosen for index in members[number]], int)


def _leave_out(where, groups):
    """Empty `where` for pictures that repeat one of a split which is looked at later; (index, reason) of those."""
    left_out = []
    for later, earlier in (("test", ("train", "validation")), ("validation", ("train",))):
        repeated = np.isin(where, earlier) & np.isin(groups, groups[where == later])
        left_out += [(index, f"repeats a {later} picture") for index in np.flatnonzero(repeated)]
        where[repeated] = ""
    return left_out
