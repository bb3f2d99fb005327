"""All photographs of a folder or zip as a `Dataset`: decoded once, then read from the cache."""

import hashlib
import json
import os
import shutil
import sys
from collections import defaultdict

import numpy as np

from vit_keras.data.copies import group_duplicates
from vit_keras.data.dataset import Dataset, Split, whole
from vit_keras.data.files import cached_folder, seen
from vit_keras.data.folders import CURES, any_classes, open_photographs
from vit_keras.data.names import printable
from vit_keras.data.photographs import RESIZE, decode_all
from vit_keras.data.splits import SPLITS, small_splits, split_photographs

FORMAT = 3   # of the cache; a larger number when decoding or splitting gives another result
EXPORT = "export as JPEG, in the program or telephone that made them"   # of all others that are not read


def load_photographs(path, limit=None, image_size=112, resize="crop"):
    """Your own pictures, of any classes: a folder for each class, or a zip of such folders.

    Args:
        path: str or path. my_pictures/rose/1.jpg and my_pictures/tulip/2.jpg; in further folders or not, and in folders
            called train, validation and test (or their like, in Korean, too) where the pictures are split already.
        limit, image_size, resize: as of `load_cats_vs_dogs`.

    Returns:
        `Dataset`, its classes in the order of the folders' names. Every image file under `path` is in a split, or in
        `skipped` with a reason. How it is split: see `split_photographs`.

    Raises:
        ValueError: an argument is wrong, the zip is damaged, or there are fewer than two classes, or too few pictures.
    """
    check_arguments(limit, image_size, resize)
    return read_photographs(open_photographs(path, any_classes), "Photographs", limit, image_size, resize)


def read_photographs(photographs, what, limit, image_size, resize, stand_in=False):
    """`Dataset` of what lies in a folder or zip, under its name. One printed line counts what was skipped or converted.

    `what` begins `source`; of a `stand_in` nobody minds that splits are small. What is raised: see `load_photographs`.
    """
    class_names, image_size = photographs.class_names, int(image_size)
    _check(photographs, photographs.files, photographs.skipped)
    listing = json.dumps([FORMAT, image_size, resize, class_names, photographs.files])
    name = f"photographs-{image_size}-{resize}-{hashlib.sha256(listing.encode()).hexdigest()[:20]}"

    splits, about = _cached_arrays(name, lambda part: write_arrays(part, photographs, image_size, resize),
                                   len(class_names))
    skipped = (*photographs.skipped, *map(tuple, about["skipped"]))
    converted = tuple(map(tuple, about["converted"]))
    told = [f"{verb} {len(files):,} of {len(photographs.files) + len(photographs.skipped):,} files: {summary(files)}"
            for verb, files in (("skipped", skipped), ("converted to RGB", converted)) if files]
    _say("; ".join([*told, *photographs.notes, *about["notes"]]))
    if (small := small_splits(splits, class_names)) and not stand_in:
        _say(f"!!! {small}")
    where = "" if stand_in else f" from {printable(photographs.path.resolve().name)}"
    source = f"{what}{where}, {RESIZE[resize].format(image_size)}; {about['done']}."
    return Dataset(*splits, class_names, source, skipped, converted).limit(limit)


def check_arguments(limit, image_size, resize):
    """Before anything is searched: a wrong argument should not cost a download."""
    whole("image_size", image_size, 8, " of pixels")
    if resize not in RESIZE:
        raise ValueError(f"`resize` must be one of {', '.join(RESIZE)}: got {resize!r}.")
    if limit is not None:
        whole("limit", limit, 1, " of training images")


def _say(text):
    encoding = sys.stdout.encoding or "utf-8"   # of a terminal that may not know every letter of a name
    if text:
        print(text.encode(encoding, "backslashreplace").decode(encoding))


def write_arrays(folder, photographs, image_size, resize):
    """Decode into `folder`: images and labels of each split as .npy files, and about.json with the rest."""
    with open(folder / "decoded", "wb") as target:
        files, thumbnails, details, skipped, converted = decode_all(photographs, target, image_size, resize)
    _check(photographs, files, photographs.skipped + skipped)
    labels = np.array([file.label for file in files], "int32")
    groups, names = group_duplicates(thumbnails, details), [printable(file.name) for file in files]
    indices, left_out, done = split_photographs(labels, [file.part for file in files], groups, photographs.class_names,
                                                names)
    skipped += [(names[index], reason) for index, reason in left_out]
    shape = (image_size, image_size, 3)
    num_bytes = int(np.prod(shape))
    with open(folder / "decoded", "rb") as decoded:
        for split, chosen in zip(SPLITS, indices):
            np.save(folder / f"{split}_labels.npy", labels[chosen])
            with open(folder / f"{split}_images.npy", "wb") as target:
                np.lib.format.write_array_header_1_0(
                    target, {"descr": "|u1", "fortran_order": False, "shape": (len(chosen), *shape)})
                for index in chosen:   # one by one: a mapped file would count as memory of this process
                    decoded.seek(int(index) * num_bytes)
                    target.write(decoded.read(num_bytes))
    os.remove(folder / "decoded")
    (folder / "about.json").write_text(json.dumps({"skipped": skipped, "converted": converted, "done": done,
                                                   "notes": _notes(files, labels, groups, names)}))


def _notes(files, labels, groups, names):
    """What a user should know of folders and copies, as sentences."""
    notes, parts = [], {file.part for file in files} - {None}
    if parts and "train" not in parts and len(parts) > 1:
        notes.append(f"there is no folder called train: those called {' and '.join(sorted(parts))} were mixed")
    other = np.flatnonzero(labels != labels[groups])   # a group has the number of its first picture
    if other.size:
        notes.append(f"{len(np.unique(groups[other])):,} pictures lie in the folders of two classes, nearly the same "
                     f"({names[groups[other[0]]]} and {names[other[0]]}{', ...' if other.size > 1 else ''})")
    return notes


def _cached_arrays(name, write, num_classes=2):
    """What `_read_arrays` reads from the cache; what was damaged there is made anew, once."""
    folder = cached_folder(name, write)
    try:
        return _read_arrays(folder, num_classes)
    except Exception:   # of NumPy, of JSON, or ours: a damaged file can raise anything
        shutil.rmtree(folder, ignore_errors=True)
        return _read_arrays(cached_folder(name, write), num_classes)


def _read_arrays(folder, num_classes):
    """(three `Split`s, images mapped from the disk; what about.json says)."""
    splits = [Split(np.load(folder / f"{split}_images.npy", mmap_mode="r"), np.load(folder / f"{split}_labels.npy"))
              for split in SPLITS]
    shape = splits[0].images.shape[1:]
    for images, labels in splits:
        if (images.dtype != np.uint8 or not images.flags.c_contiguous or len(shape) != 3
                or images.shape != (len(labels), *shape)):
            raise ValueError(f"{folder} must hold uint8 images, and as many labels.")
        if labels.dtype != np.int32 or labels.ndim != 1 or not set(np.unique(labels)) <= set(range(num_classes)):
            raise ValueError(f"{folder} must hold labels from 0 to {num_classes - 1}.")
    about = json.loads((folder / "about.json").read_text())
    skipped, converted = ([(str(file), str(why)) for file, why in about[name]] for name in ("skipped", "converted"))
    return splits, {"skipped": skipped, "converted": converted, "done": str(about["done"]),
                    "notes": [str(note) for note in about["notes"]]}


def _check(photographs, files, skipped):
    """All classes must be there, two at least."""
    class_names, there = photographs.class_names, {file.label for file in files}
    missing = [name for label, name in enumerate(class_names) if label not in there]
    if len(class_names) > 1 and not missing:
        return
    if class_names == ("cat", "dog") and len(missing) == 2:
        needed, got = ("photographs of cats and dogs, as PetImages/Cat and PetImages/Dog, or train/cats, train/dogs, "
                       "validation/cats and validation/dogs, or train/cat.0.jpg and train/dog.0.jpg, in further "
                       "folders or not"), "none"
    elif len(class_names) < 2:
        needed, got = ("a folder for each class, two or more, with photographs in them",
                       f"{class_names[0]} alone" if class_names else "none")
    else:
        needed, got = "photographs of every class", f"none of {', '.join(missing[:5])}"
    why = f" (skipped: {summary(skipped)})" if skipped else ""
    raise ValueError(f"{photographs.path} must hold {needed}: got {got}{why}. It {seen(photographs.path)}.")


def summary(files):
    """Reasons, the most frequent first, with three names each: "2 empty (Cat/7.jpg, Dog/1.jpg), 1 truncated (...)"."""
    names = defaultdict(list)
    for name, reason in files:
        names[reason].append("/".join(name.rstrip("/").split("/")[-2:])[-60:])
    told = []
    for reason, some in sorted(names.items(), key=lambda item: -len(item[1])):
        cure = CURES.get(reason) or (EXPORT if reason.endswith("which is not read") else "")
        told.append(f"{len(some):,} {reason} ({', '.join(some[:3])}{', ...' if len(some) > 3 else ''})"
                    + (f": {cure}" if cure else ""))
    return ", ".join(told)
