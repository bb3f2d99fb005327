"""All photographs of a folder or zip as a `Dataset`: decoded once, then read from the cache."""

import hashlib
import json
import os
import shutil
import sys
from collections import defaultdict

import numpy as np

from vit_keras.data.dataset import Dataset, Split
from vit_keras.data.files import cached_folder
from vit_keras.data.folders import CLASS_NAMES, LAYOUTS, printable
from vit_keras.data.photographs import RESIZE, decode_all
from vit_keras.data.splits import SPLITS, group_duplicates, split_photographs

FORMAT = 2   # of the cache; a larger number when decoding or splitting gives another result


def read_photographs(photographs, image_size, resize, what):
    """`Dataset` of what lies in a folder or zip. One printed line counts what was skipped or converted.

    Args:
        photographs: `Folder` or `Zip`.
        image_size, resize: See `decode`.
        what: str. How `source` begins.

    Raises:
        ValueError: there is no photograph, or none of one class, or too few to split.
    """
    _check(photographs.path, photographs.files, photographs.skipped)
    listing = json.dumps([FORMAT, image_size, resize, photographs.files])
    name = f"cats_vs_dogs-{image_size}-{resize}-{hashlib.sha256(listing.encode()).hexdigest()[:20]}"

    splits, about = _cached_arrays(name, lambda part: write_arrays(part, photographs, image_size, resize))
    skipped = (*photographs.skipped, *map(tuple, about["skipped"]))
    converted = tuple(map(tuple, about["converted"]))
    counts = [f"{verb} {len(files):,} of {len(photographs.files) + len(photographs.skipped):,} files: {summary(files)}"
              for verb, files in (("skipped", skipped), ("converted to RGB", converted)) if files]
    if counts:
        encoding = sys.stdout.encoding or "utf-8"   # of a terminal that may not know every letter of a name
        print("; ".join(counts).encode(encoding, "backslashreplace").decode(encoding))
    source = f"{what}, {RESIZE[resize].format(image_size)}; {about['done']}."
    return Dataset(*splits, CLASS_NAMES, source, skipped, converted)


def write_arrays(folder, photographs, image_size, resize):
    """Decode into `folder`: images and labels of each split as .npy files, and about.json with the rest."""
    with open(folder / "decoded", "wb") as target:
        files, thumbnails, skipped, converted = decode_all(photographs, target, image_size, resize)
    _check(photographs.path, files, photographs.skipped + skipped)
    labels = np.array([file.label for file in files], "int32")
    indices, left_out, done = split_photographs(labels, [file.part for file in files], group_duplicates(thumbnails))
    skipped += [(printable(files[index].name), reason) for index, reason in left_out]
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
    (folder / "about.json").write_text(json.dumps({"skipped": skipped, "converted": converted, "done": done}))


def _cached_arrays(name, write):
    """What `_read_arrays` reads from the cache; what was damaged there is made anew, once."""
    folder = cached_folder(name, write)
    try:
        return _read_arrays(folder)
    except Exception:   # of NumPy, of JSON, or ours: a damaged file can raise anything
        shutil.rmtree(folder, ignore_errors=True)
        return _read_arrays(cached_folder(name, write))


def _read_arrays(folder):
    """(three `Split`s, images mapped from the disk; what about.json says)."""
    splits = [Split(np.load(folder / f"{split}_images.npy", mmap_mode="r"), np.load(folder / f"{split}_labels.npy"))
              for split in SPLITS]
    shape = splits[0].images.shape[1:]
    for images, labels in splits:
        if (images.dtype != np.uint8 or not images.flags.c_contiguous or len(shape) != 3
                or images.shape != (len(labels), *shape)):
            raise ValueError(f"{folder} must hold uint8 images, and as many labels.")
        if labels.dtype != np.int32 or labels.ndim != 1 or not set(np.unique(labels)) <= {0, 1}:
            raise ValueError(f"{folder} must hold labels that are 0 or 1.")
    about = json.loads((folder / "about.json").read_text())
    skipped, converted = ([(str(file), str(why)) for file, why in about[name]] for name in ("skipped", "converted"))
    return splits, {"skipped": skipped, "converted": converted, "done": str(about["done"])}


def _check(path, files, skipped):
    """Both classes must be there."""
    why = f" (skipped: {summary(skipped)})" if skipped else ""
    if not files:
        raise ValueError(f"{path} must hold photographs of cats and dogs, as {', or '.join(LAYOUTS)}, in further "
                         f"folders or not: got none{why}.")
    missing = {0, 1} - {file.label for file in files}
    if missing:
        raise ValueError(f"{path} must hold photographs of both classes: got none of class "
                         f"{CLASS_NAMES[missing.pop()]}{why}.")


def summary(files):
    """Reasons, the most frequent first, with three names each: "2 empty (Cat/7.jpg, Dog/1.jpg), 1 truncated (...)"."""
    names = defaultdict(list)
    for name, reason in files:
        names[reason].append("/".join(name.rstrip("/").split("/")[-2:])[-60:])
    return ", ".join(f"{len(some):,} {reason} ({', '.join(some[:3])}{', ...' if len(some) > 3 else ''})"
                     for reason, some in sorted(names.items(), key=lambda item: -len(item[1])))
