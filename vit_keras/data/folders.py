"""The photographs in a folder or a zip archive: what is there, of which class and split, and their bytes.

Nothing is ever unpacked to the disk. A zip inside is read in memory where there are no photographs beside it.
"""

import difflib
import io
import os
import stat
import struct
import unicodedata
import zipfile
import zlib
from functools import partial
from pathlib import Path
from typing import NamedTuple

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
    words,
)

LEAVES = "name that leaves the archive"
COUNTED = IMAGES + OTHER_IMAGES + PACKED + TABLES   # wherever they lie
MAX_BYTES = 100_000_000       # of one file, unpacked
MAX_INNER = 1_000_000_000     # of the archives in an archive, which memory must hold
ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, NotImplementedError, RuntimeError,
              ValueError, IndexError, OverflowError)   # of archives that are damaged, or made to deceive

# What files that are no zip begin like, however they are called.
MAGIC = {b"\x1f\x8b": "a tar.gz archive", b"BZh": "a tar.bz2 archive", b"\xfd7zXZ": "a tar.xz archive",
         b"7z\xbc\xaf": "a 7z archive", b"Rar!": "a rar archive", b"EGGA": "an egg archive",
         b"ALZ\x01": "an alz archive", b"PAR1": "a parquet file", b"<": "a web page",
         b"\xff\xd8\xff": "one picture", b"\x89PNG": "one picture", b"GIF8": "one picture"}
UNPACK, SORT = "unpack it, and name the folder that comes out", "write its pictures into a folder for each class first"
# What to do, where what a file is, or why it was skipped, leaves something to be done.
CURES = {**{kind: UNPACK for kind in MAGIC.values() if kind.endswith("archive")}, "a tar archive": UNPACK,
         "too large an archive in an archive": UNPACK, "a parquet file": SORT, "a table, which is not read": SORT,
         "one picture": "name the folder in which the folders of the classes lie",
         "a web page": "download it with a browser: a login page was kept in its place",
         "link that leaves the folder": "name the folder that it leads to, or copy the files",
         "packed, and not unpacked here": "unpack it, if it belongs to them",
         "in no class folder": "put each into a folder called as its class, and not as a split",
         "encrypted": "unpack it with its password, and name the folder"}


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
    """((class names), function (folders, base) to a label or None, sentence for the user or an empty string).

    The label is what the nearest folder says that says cat or dog.
    """
    def label(folders, base):
        found = (animal_of(folder_of(folder)) for folder in reversed(folders))
        return next((label for label in found if label is not None), animal_of_file(base))
    return ("cat", "dog"), label, ""


def any_classes(names):
    """The same for classes of any name: the first folders that differ, those of splits aside.

    Where there is no folder but those of splits, the files' own names may say cat and dog.
    """
    splits = _places_of_splits(names, below=1)

    def telling(folders):
        """The folders but those of splits, and those beside splits that hold folders; of train_cats, cat."""
        found = []
        for place, folder in enumerate(map(folder_of, folders)):
            animal = animal_of(folder)
            if part_of(folder) and animal is not None:
                found.append(("cat", "dog")[animal])
            elif not part_of(folder) and tuple(folders[:place]) not in splits:
                found.append(" ".join(unicodedata.normalize("NFC", folder).split()))   # blanks at the end are not seen
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
    below = [{path[depth + 1] for path in paths if len(path) > depth + 1 and path[depth].casefold() == key}
             for key in heads]
    same, note = sorted(set.intersection(*below)) if below else [], ""
    first = printable(heads[min(heads)]) if heads else ""
    if len(same) > 1:
        note = (f'each class, from "{first}" on, holds folders called "{printable(same[0])}" and '
                f'"{printable(same[1])}": if those are the classes, call the folders above them train and test')
    elif len({part_of(word) for name in heads.values() for word in (*words(name)[:1], *words(name)[-1:])} - {None}) > 1:
        note = (f'the classes are called "{first}" and so on: if that names splits, too, make a folder for each split, '
                "and in it one for each class")

    def label(folders, base):
        path = telling(folders)
        return numbers.get(path[depth].casefold()) if len(path) > depth else None
    return tuple(heads[key] for key in numbers), label, note


def _places_of_splits(names, below=0):
    """Where folders of splits lie that have so many folders `below`: the folders above each, as a tuple."""
    return {tuple(folders[:place]) for name in names for folders in [name.split("/")[:-1]]
            for place, folder in enumerate(folders[:len(folders) - below])
            if part_of(folder_of(folder)) and animal_of(folder) is None}


# ---- Files ----

def open_photographs(path, classify=cats_and_dogs):
    """The `Photographs` of the folder or the zip archive at `path`.

    Args:
        path: str or path.
        classify: `cats_and_dogs` or `any_classes`.

    Raises:
        ValueError: there is nothing at `path`, or it is neither a folder nor a whole zip archive.
    """
    place = place_of(path)
    if place is None:
        raise ValueError(f"`path` must name a folder or a zip of photographs: got {missing(path)}")
    return Photographs(place, classify)


def place_of(given):
    """The path that a user means, or None where there is nothing: as it is, or as `_written_out` has it."""
    paths = _written_out(given)
    return next((path for path in (Path(str(given)), *paths) if os.path.exists(path)), None) if str(given) else None


def _written_out(given):
    """Without quotes around it, `~` and variables put in, Hangul composed and taken apart."""
    text = os.path.expanduser(os.path.expandvars(str(given).strip(" \"'“”")))
    return [Path(unicodedata.normalize(form, text)) for form in ("NFC", "NFD")]


def missing(given):
    """The end of a sentence on what does not exist, with what may be meant."""
    place = _written_out(given)[0]
    beside = [printable(item.name) for item in place.parent.iterdir()] if place.parent.is_dir() else []
    close = difflib.get_close_matches(place.name, beside, 1, 0.75)
    return f"{given or 'an empty name'}, which does not exist." + "".join(f" {name} lies there." for name in close)


class Photographs:
    """`files`, list of `File`; `class_names`; `skipped`, list of (name, reason); `notes`, sentences for the user.

    `path` is where they lie. Links are followed to files inside a folder, and nowhere else; members of a zip are read
    one by one, and no name in it becomes a path on the disk.
    """

    def __init__(self, path, classify):
        self.path, self.files, self.skipped, self.notes = path, [], [], []
        self.found = {}   # name: (size, stamp, problem, function that opens it)
        self.folders, self.archives = [], []
        if path.is_dir():
            self._list_folder(path.resolve(), path.resolve(), "")
        else:
            try:
                self._list_archive(path, "")
            except ZIP_ERRORS as error:
                kind = kind_of(path)
                cure = CURES.get(kind, "put a whole one in its place, or name another")
                raise ValueError(f"{path} must be a folder or a whole zip archive: got {kind or error}. "
                                 f"{cure[0].upper()}{cure[1:]}.") from error
        if not self._visible(IMAGES + OTHER_IMAGES):
            for name in self._visible(("zip",)):
                self._open_inside(name)
        self._sort(classify)

    def read(self, file):
        """Bytes of `file`; `Unusable` where they cannot be had. No more is unpacked than an archive declares."""
        try:
            with self.found[file.name][-1]() as stream:
                content = stream.read(file.size + 1)
        except OSError:
            raise Unusable("unreadable") from None
        except ZIP_ERRORS:
            raise Unusable("damaged in the archive") from None
        if len(content) != file.size:
            raise Unusable("not of its declared size")
        return content

    def close(self):
        for archive in self.archives:
            archive.close()

    def _add(self, name, problem, size=0, stamp=0, opened=None):
        """Note a file of any kind. `problem`: str, why it cannot be read, if that is known already."""
        self.found[name] = size, stamp, problem, opened

    def _skip(self, name, problem):
        """Count a file or folder as skipped."""
        self.skipped.append((printable(name), problem))

    def _list_folder(self, folder, root, prefix):
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            return self._skip(prefix or self.path.name, "unreadable")
        for entry in entries:
            name = prefix + entry.name
            try:
                inside = not entry.is_symlink() or Path(entry.path).resolve().is_relative_to(root)
                if entry.is_dir() and entry.is_symlink():   # inside, it is listed where it really is
                    self._skip(name, "link to a folder" if inside else "link that leaves the folder")
                elif entry.is_dir():
                    self.folders.append(name)
                    self._list_folder(entry.path, root, f"{name}/")
                elif not inside:
                    self._add(name, "link that leaves the folder")
                else:
                    status = entry.stat()
                    problem = ("not a file" if not stat.S_ISREG(status.st_mode) else   # a pipe would be waited for
                               "" if os.access(entry.path, os.R_OK) else "unreadable")
                    self._add(name, problem, status.st_size, status.st_mtime_ns, partial(open, entry.path, "rb"))
            except (OSError, RuntimeError, ValueError):   # a link to itself, folders too deep, a disk that fails
                self._add(name, "unreadable")

    def _list_archive(self, file, prefix):
        archive = zipfile.ZipFile(file)
        self.archives.append(archive)
        for member in archive.infolist():
            inside = _name_of(member).replace("\\", "/")   # some archives from Windows
            if prefix + inside in self.found:   # the first counts
                self._skip(prefix + inside, "name that was there before")
            elif inside.endswith("/"):
                self.folders.append(prefix + inside[:-1])
            else:
                self._add(prefix + inside, _problem_of(inside, member), member.file_size, member.CRC,
                          partial(archive.open, member))

    def _open_inside(self, name):
        """List the members of a zip inside, in its place."""
        size, stamp, problem, _ = self.found[name]
        if problem:
            return
        if size > MAX_INNER:
            return self._add(name, "too large an archive in an archive", size)
        try:
            self._list_archive(io.BytesIO(self.read(File(name, 0, None, size, stamp))), f"{name}/")
            del self.found[name]
        except (Unusable, *ZIP_ERRORS):
            self._add(name, "damaged archive", size)

    def _visible(self, suffixes):
        return [name for name in sorted(self.found) if suffix_of(name) in suffixes and not _is_hidden(name)]

    def _sort(self, classify):
        """Sort what was found into `files` and `skipped`: every image file comes into one of them."""
        images = [name for name in self._visible(IMAGES + OTHER_IMAGES) if self.found[name][2] != LEAVES]
        self.class_names, label_of, note = classify(images or [name for name in self.found if not _is_hidden(name)])
        unknown, classes, splits = {}, {name.casefold() for name in self.class_names}, _places_of_splits(images)
        for name, (size, stamp, problem, _) in sorted(self.found.items()):
            *folders, base = name.split("/")
            kind, hidden = suffix_of(base), _is_hidden(name)
            label = None if hidden else label_of(folders, base)
            counted = IMAGES + OTHER_IMAGES if hidden else COUNTED
            if base.startswith("._") or (label is None and kind not in counted):
                continue   # what systems leave behind, and what lies outside of the classes and is no image
            problems = {"in a hidden or system folder": hidden, problem: problem,
                        "packed, and not unpacked here": kind in PACKED, "a table, which is not read": kind in TABLES,
                        f"{kind.upper()}, which is not read": kind in OTHER_IMAGES, "in no class folder": label is None,
                        "not an image by its name": kind not in IMAGES, "too many bytes": size > MAX_BYTES}
            if reason := next((reason for reason, applies in problems.items() if applies), ""):
                self._skip(name, reason)
                continue
            part = next(filter(None, (part_of(folder_of(folder)) for folder in reversed(folders))), None)
            self.files.append(File(name, label, part, size, stamp))
            if part is None:
                unknown.update({folder: name for place, folder in enumerate(folders)
                                if (looks_like_part(folder_of(folder)) or tuple(folders[:place]) in splits)
                                and animal_of(folder) is None
                                and (folder.casefold() not in classes or place + 1 < len(folders))})
        self.notes += [note] * bool(note)
        if classify is any_classes and (empty := self._empty_beside(images)):
            self.notes.append(f"no photographs in {', '.join(map(printable, empty[:3]))}")
        if unknown:
            self.notes.append(", ".join(f'"{printable(folder)}"' for folder in list(unknown)[:3])
                              + " looks like a split and was not understood: call it train, validation or test")

    def _empty_beside(self, images):
        """Folders without images beside folders with some: classes that came to nothing."""
        holding = {name.rpartition("/")[0] for name in images} - {""}
        above = {folder.rpartition("/")[0] for folder in holding}
        filled = {"/".join(parts[:depth]) for parts in (folder.split("/") for folder in holding)
                  for depth in range(1, len(parts) + 1)}
        return [folder for folder in sorted(set(self.folders) - filled)
                if folder.rpartition("/")[0] in above and not _is_hidden(f"{folder}/")]


def _is_hidden(name):
    *folders, base = name.split("/")
    return base.startswith(".") or any(is_hidden(folder) for folder in folders)


def kind_of(path):
    """What a file that is no zip begins like, or an empty string."""
    try:
        with open(path, "rb") as file:
            start = file.read(512)
    except OSError:
        return ""
    if start[257:262] == b"ustar":
        return "a tar archive"
    return next((kind for magic, kind in MAGIC.items() if start.lstrip().startswith(magic)), "")


def _problem_of(name, member):
    """Why a member of a zip is not read, or an empty string."""
    if name.startswith("/") or name[1:2] == ":" or ".." in name.split("/"):
        return LEAVES
    if member.flag_bits & 1:
        return "encrypted"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "link"
    # Of the other ways of packing, Python cannot stop unpacking at a number of bytes.
    return "" if member.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) else "unknown packing"


def _name_of(member):
    """The name of a member. Where no flag says UTF-8, it may be that all the same, or Korean as Windows writes it."""
    if member.flag_bits & 0x800 or member.filename.isascii():
        return member.filename
    for encoding in ("utf-8", "cp949"):
        try:
            name = member.filename.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
        if encoding == "utf-8" or any("가" <= c <= "힣" for c in name):
            return name
    return member.filename
