"""The photographs in a folder or in a zip archive, and their bytes. Nothing is ever unpacked to the disk."""

import os
import stat
import struct
import zipfile
import zlib
from pathlib import Path

from vit_keras.data.listing import Listing
from vit_keras.data.photographs import Unusable

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
