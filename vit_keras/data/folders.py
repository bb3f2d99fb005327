"""The photographs in a folder or a zip archive: what is there, of which class and split, and their bytes.

Nothing is ever unpacked to the disk. A zip inside is read in memory where there are no photographs beside it.
"""

import io
import os
import stat
import unicodedata
import zipfile
from pathlib import Path
from typing import NamedTuple

from vit_keras.data.archives import CURES, ZIP_ERRORS, kind_of, name_of, problem_of
from vit_keras.data.names import (
    IMAGES,
    OTHER_IMAGES,
    PACKED,
    TABLES,
    animal_of,
    animal_of_file,
    folder_of,
    is_hidden,
    looks_like_part,
    part_of,
    printable,
    suffix_of,
)

COUNTED = IMAGES + OTHER_IMAGES + PACKED + TABLES   # wherever they lie
MAX_BYTES = 100_000_000       # of one file, unpacked
MAX_INNER = 1_000_000_000     # of the archives in an archive, which memory must hold


class Unusable(Exception):
    """No image can be had from a file. The text is the reason, in two or three words."""


class File(NamedTuple):
    """One file: `name` within the folder or zip, `label`, `part` "train", "validation", "test" or None, `size` in
    bytes, and `stamp`, which changes when the content does (time of change, or CRC in a zip)."""

    name: str
    label: int
    part: str | None
    size: int
    stamp: int


# ---- Classes: what the names of all files say together ----

def cats_and_dogs(names):
    """((class names), function (folders, base) to a label or None): by the nearest folder that says cat or dog."""
    def label(folders, base):
        found = (animal_of(folder_of(folder)) for folder in reversed(folders))
        return next((label for label in found if label is not None), animal_of_file(base))
    return ("cat", "dog"), label


def any_classes(names):
    """The same for classes of any name: the first folders that differ, those of splits aside.

    Where there is no folder but those of splits, the files' own names may say cat and dog.
    """
    splits = _places_of_splits(names)

    def telling(folders):
        """The folders but those of splits, and those beside them with classes below; of train_cats, cat."""
        found = []
        for place, folder in enumerate(map(folder_of, folders)):
            animal = animal_of(folder)
            if part_of(folder) and animal is not None:
                found.append(("cat", "dog")[animal])
            elif not part_of(folder) and not (tuple(folders[:place]) in splits and place + 1 < len(folders)):
                found.append(unicodedata.normalize("NFC", folder))
        return found
    paths = [telling(name.split("/")[:-1]) for name in names]
    depth = 0
    while True:
        heads = {path[depth].casefold(): path[depth] for path in paths if len(path) > depth}
        if len(heads) != 1 or all(len(path) <= depth + 1 for path in paths):
            break
        depth += 1   # all photographs lie in this one folder, and in folders of it
    if len(heads) < 2 and {cats_and_dogs(())[1]([], name.split("/")[-1]) for name in names} >= {0, 1}:
        return cats_and_dogs(names)
    numbers = {key: number for number, key in enumerate(sorted(heads))}

    def label(folders, base):
        path = telling(folders)
        return numbers.get(path[depth].casefold()) if len(path) > depth else None
    return tuple(heads[key] for key in numbers), label


def _places_of_splits(names):
    """Where folders of splits lie: the folders above each, as a tuple."""
    return {tuple(folders[:place]) for name in names for folders in [name.split("/")[:-1]]
            for place, folder in enumerate(folders) if part_of(folder_of(folder)) and animal_of(folder) is None}


# ---- Files ----

class Listing:
    """`files`, list of `File`; `class_names`; `skipped`, list of (name, reason); `notes`, sentences for the user.

    Subclasses call `add` for every file, and `sort` in the end. `path` is where the files lie.
    """

    def __init__(self, path):
        self.path, self.files, self.skipped, self.notes = path, [], [], []
        self.class_names, self.found, self.members, self.archives = (), {}, {}, []

    def add(self, name, size, stamp, problem=""):
        """Note a file of any kind. `problem`: str, why it cannot be read, if that is known already."""
        self.found[name] = size, stamp, problem

    def skip(self, name, problem):
        """Count a file or folder as skipped."""
        self.skipped.append((printable(name), problem))

    def sort(self, classify):
        """Sort what was found into `files` and `skipped`: every image file comes into one of them."""
        if not self._visible(IMAGES + OTHER_IMAGES):
            for name in self._visible(("zip",)):
                self._open_inside(name)
        images = self._visible(IMAGES + OTHER_IMAGES)
        self.class_names, label_of = classify(images)
        unknown, classes, splits = {}, {name.casefold() for name in self.class_names}, _places_of_splits(images)
        for name, (size, stamp, problem) in sorted(self.found.items()):
            *folders, base = name.split("/")
            kind, hidden = suffix_of(base), _is_hidden(name)
            label = None if hidden else label_of(folders, base)
            if base.startswith("._") or (label is None and kind not in COUNTED):
                continue   # what systems leave behind, and what lies outside of the classes and is no image
            parts = [part_of(folder_of(folder)) for folder in reversed(folders)]
            part = next((part for part in parts if part), None)
            if hidden:
                problem = "in a hidden or system folder" if kind in IMAGES + OTHER_IMAGES else ""
                if not problem:
                    continue
            elif not problem and kind in PACKED:
                problem = "packed, and not unpacked here"
            elif not problem and kind in TABLES:
                problem = "a table, which is not read"
            elif not problem and kind in OTHER_IMAGES:
                problem = f"{kind.upper()}, which is not read"
            elif not problem and label is None:
                problem = "in no class folder"
            elif not problem and kind not in IMAGES:
                problem = "not an image by its name"
            elif not problem and size > MAX_BYTES:
                problem = "too many bytes"
            if problem:
                self.skip(name, problem)
                continue
            self.files.append(File(name, label, part, size, stamp))
            if part is None:
                unknown.update({folder: name for place, folder in enumerate(folders)
                                if (looks_like_part(folder_of(folder)) or tuple(folders[:place]) in splits)
                                and animal_of(folder) is None and folder.casefold() not in classes})
        if unknown:
            self.notes.append(", ".join(f'"{printable(folder)}"' for folder in list(unknown)[:3])
                              + " looks like a split and was not understood: call it train, validation or test")

    def _visible(self, suffixes):
        return [name for name in sorted(self.found) if suffix_of(name) in suffixes and not _is_hidden(name)]

    def _open_inside(self, name):
        """List the members of a zip inside, in its place."""
        size, _, problem = self.found[name]
        if problem:
            return
        if size > MAX_INNER:
            return self.add(name, size, 0, "too large an archive in an archive")
        try:
            archive = zipfile.ZipFile(io.BytesIO(self.read(File(name, 0, None, size, 0))))
            self._list_archive(archive, f"{name}/")
            del self.found[name]
        except (Unusable, *ZIP_ERRORS):
            self.add(name, size, 0, "damaged archive")

    def _list_archive(self, archive, prefix=""):
        self.archives.append(archive)
        for member in archive.infolist():
            inside = name_of(member).replace("\\", "/")   # some archives from Windows
            if not inside.endswith("/"):
                problem = problem_of(inside, member, prefix + inside in self.members)
                if prefix + inside in self.members:   # the first counts
                    self.skip(prefix + inside, problem)
                    continue
                self.add(prefix + inside, member.file_size, member.CRC, problem)
                self.members[prefix + inside] = archive, member

    def read(self, file):
        """Bytes of `file`; `Unusable` where they cannot be had. No more is unpacked than an archive declares."""
        archive, member = self.members[file.name]
        try:
            with archive.open(member) as stream:
                return _whole(stream.read(file.size + 1), file)
        except ZIP_ERRORS:
            raise Unusable("damaged in the archive") from None

    def close(self):
        for archive in self.archives:
            archive.close()


def _is_hidden(name):
    *folders, base = name.split("/")
    return base.startswith(".") or any(is_hidden(folder) for folder in folders)


def _whole(content, file):
    if len(content) != file.size:
        raise Unusable("not of its declared size")
    return content


class Folder(Listing):
    """A folder on the disk. Links are followed to files inside it, and nowhere else."""

    def __init__(self, path, classify=cats_and_dogs):
        super().__init__(path)
        self.root = path.resolve()
        self._list(self.root, "")
        self.sort(classify)

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
        if file.name in self.members:
            return super().read(file)
        try:
            with open(self.root / file.name, "rb") as stream:
                return _whole(stream.read(file.size + 1), file)
        except OSError:
            raise Unusable("unreadable") from None


class Zip(Listing):
    """A zip archive. Members are read one by one, and no name in it becomes a path on the disk."""

    def __init__(self, path, classify=cats_and_dogs):
        super().__init__(path)
        try:
            self._list_archive(zipfile.ZipFile(path))
        except ZIP_ERRORS as error:
            raise ValueError(f"{path} must be a folder or a whole zip archive: got {kind_of(path) or error}. "
                             + CURES.get(kind_of(path), "Put a whole one in its place, or name another.")) from error
        self.sort(classify)


def open_photographs(path, classify=cats_and_dogs):
    """`Folder` or `Zip` at `path`: a `Listing` with `read(file)`.

    Args:
        path: str or path.
        classify: `cats_and_dogs` or `any_classes`.

    Raises:
        ValueError: there is nothing at `path`, or it is neither a folder nor a whole zip archive.
    """
    path = Path(path).expanduser()
    if not path.exists():
        raise ValueError(f"`path` must name a folder or a zip of photographs: got {path}, which does not exist.")
    return Folder(path, classify) if path.is_dir() else Zip(path, classify)
