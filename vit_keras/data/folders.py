"""The photographs in a folder or a zip archive: their names, what the names say, and their bytes.

Nothing is ever unpacked to the disk.
"""

import os
import re
import stat
import struct
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

# ---- Names: which are photographs of a class, which are skipped, which are none of ours ----

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


# ---- Bytes ----

class Unusable(Exception):
    """No image can be had from a file. The text is the reason, in two or three words."""


ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, NotImplementedError, RuntimeError,
              ValueError, IndexError)   # what `zipfile` raises on archives that are damaged, or made to deceive


def open_photographs(path):
    """`Folder` or `Zip` at `path`: a `Listing` with `read(file)`.

    Raises:
        ValueError: there is nothing at `path`, or it is neither a folder nor a whole zip archive.
    """
    path = Path(path).expanduser()
    if not path.exists():
        raise ValueError(f"`path` must name a folder or a zip of photographs: got {path}, which does not exist.")
    return Folder(path) if path.is_dir() else Zip(path)


class Folder(Listing):
    """A folder on the disk. Links are followed to files inside it, and nowhere else."""

    def __init__(self, path):
        super().__init__(path)
        self.root = path.resolve()
        self._list(self.root, "")
        self.files.sort()   # the order in which a disk gives names is nobody's

    def _list(self, folder, prefix):
        try:
            entries = list(os.scandir(folder))
        except OSError:
            return self.skip(prefix or self.path.name, "unreadable")
        for entry in entries:
            name = prefix + entry.name
            try:
                if entry.is_symlink():
                    self._add_link(entry, name)
                elif entry.is_dir():
                    self._list(entry.path, f"{name}/")
                else:
                    self._add_file(entry, name)
            except (OSError, RuntimeError, ValueError):   # a link to itself, folders too deep, a disk that fails
                self.add(name, 0, 0, "unreadable")

    def _add_link(self, entry, name):
        target = Path(entry.path).resolve()
        inside = target.is_relative_to(self.root)
        if target.is_dir():   # inside, it is listed where it really is
            self.skip(name, "link to a folder" if inside else "link that leaves the folder")
        elif inside:
            self._add_file(entry, name)
        else:
            self.add(name, 0, 0, "link that leaves the folder")

    def _add_file(self, entry, name):
        status = entry.stat()
        problem = ("not a file" if not stat.S_ISREG(status.st_mode) else   # reading a pipe would wait for ever
                   "" if os.access(entry.path, os.R_OK) else "unreadable")
        self.add(name, status.st_size, status.st_mtime_ns, problem)

    def read(self, file):
        """Bytes of `file`; `Unusable` where they cannot be had."""
        try:
            with open(self.root / file.name, "rb") as stream:
                return _whole(stream.read(file.size + 1), file)
        except OSError:
            raise Unusable("unreadable") from None


class Zip(Listing):
    """A zip archive. Members are read one by one, and no name in it becomes a path on the disk."""

    def __init__(self, path):
        super().__init__(path)
        try:
            self.archive = zipfile.ZipFile(path)
        except ZIP_ERRORS as error:
            raise ValueError(f"{path} must be a folder or a whole zip archive: got {error}. Put a whole one in "
                             "its place, or name another.") from error
        self.members = {}
        for member in self.archive.infolist():
            name = member.filename.replace("\\", "/")   # some archives from Windows
            if not name.endswith("/"):
                self.add(name, member.file_size, member.CRC, self._problem(name, member))
                self.members.setdefault(name, member)
        self.files.sort()

    def _problem(self, name, member):
        if name.startswith("/") or name[1:2] == ":" or ".." in name.split("/"):
            return "name that leaves the archive"
        if name in self.members:
            return "name that was there before"
        if member.flag_bits & 1:
            return "encrypted"
        if stat.S_ISLNK(member.external_attr >> 16):
            return "link"
        # Of the other ways of packing, Python cannot stop unpacking at a number of bytes.
        return "" if member.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) else "unknown packing"

    def read(self, file):
        """Bytes of `file`; `Unusable` where they cannot be had. No more is unpacked than the archive declares."""
        try:
            with self.archive.open(self.members[file.name]) as stream:
                return _whole(stream.read(file.size + 1), file)
        except ZIP_ERRORS:
            raise Unusable("damaged in the archive") from None


def _whole(content, file):
    if len(content) != file.size:
        raise Unusable("not of its declared size")
    return content
