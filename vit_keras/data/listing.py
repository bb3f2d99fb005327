"""Names of files: which are photographs of a cat or a dog, which are skipped, which are none of ours."""

import re
from typing import NamedTuple

CLASS_NAMES = ("cat", "dog")
LAYOUTS = ("PetImages/Cat and PetImages/Dog", "train/cats, train/dogs, validation/cats and validation/dogs",
           "train/cat.0.jpg and train/dog.0.jpg")
SUFFIXES = ("jpg", "jpeg", "jpe", "jfif", "png", "gif", "bmp", "webp", "tif", "tiff")
MAX_BYTES = 100_000_000   # of one file, unpacked
CLASS_OF = {"cat": 0, "cats": 0, "dog": 1, "dogs": 1}
PART_OF = {"train": "train", "training": "train", "validation": "validation", "valid": "validation",
           "val": "validation", "test": "test"}


class File(NamedTuple):
    """One file: `name` within the folder or zip, `label` 0 (cat) or 1 (dog), `part` "train", "validation", "test" or
    None, `size` in bytes, and `stamp`, which changes when the content does (time of change, or CRC in a zip)."""

    name: str
    label: int
    part: str | None
    size: int
    stamp: int


class Listing:
    """Sorts names into `files` (list of `File`) and `skipped` (list of (name, reason)). `path` is where they lie."""

    def __init__(self, path):
        self.path, self.files, self.skipped = path, [], []

    def add(self, name, size, stamp, problem=""):
        """List a file of any kind. `problem`: str, why it cannot be read, if that is known already."""
        *folders, base = name.split("/")
        label, part = classify(folders, base)
        if label is None or base.startswith(".") or "__MACOSX" in folders:
            return   # what systems leave behind, and what lies outside of the classes: nobody misses it
        if not problem and base.rpartition(".")[2].lower() not in SUFFIXES:
            problem = "not an image by its name"
        if not problem and size > MAX_BYTES:
            problem = "too many bytes"
        if problem:
            self.skip(name, problem)
        else:
            self.files.append(File(name, label, part, size, stamp))

    def skip(self, name, problem):
        """Count a file or folder as skipped."""
        self.skipped.append((printable(name), problem))


def classify(folders, base):
    """(label, part) by the nearest folder above that says so, in any case of letters; None where none does.

    Without such a folder the class is in the file's own name where that is like cat.0.jpg, as on Kaggle.
    """
    folders = [folder.lower() for folder in reversed(folders)]
    label = next((CLASS_OF[folder] for folder in folders if folder in CLASS_OF), None)
    if label is None and (match := re.match(r"(cat|dog)\.\d+\.", base.lower())):
        label = CLASS_OF[match[1]]
    return label, next((PART_OF[folder] for folder in folders if folder in PART_OF), None)


def printable(name):
    """`name` with everything a terminal could not show, or would obey, written out as \\x.. or \\u...."""
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
