"""Archives: what a file is, however it is called, and what may be believed of the names in a zip."""

import stat
import struct
import zipfile
import zlib

ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, NotImplementedError, RuntimeError,
              ValueError, IndexError, OverflowError)   # of archives that are damaged, or made to deceive

MAGIC = {b"\x1f\x8b": "a tar.gz archive", b"BZh": "a tar.bz2 archive", b"\xfd7zXZ": "a tar.xz archive",
         b"7z\xbc\xaf": "a 7z archive", b"Rar!": "a rar archive", b"EGGA": "an egg archive",
         b"ALZ\x01": "an alz archive", b"PAR1": "a parquet file", b"<": "a web page",
         b"\xff\xd8\xff": "one picture", b"\x89PNG": "one picture", b"GIF8": "one picture"}
UNPACK = "Unpack it, and name the folder that comes out."
CURES = {kind: UNPACK for kind in MAGIC.values() if kind.endswith("archive")} | {
    "a tar archive": UNPACK, "one picture": "Name the folder in which the folders of the classes lie.",
    "a parquet file": "Write its pictures into a folder for each class first.",
    "a web page": "Download it with a browser: a login page was kept in its place."}


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


def problem_of(name, member, again):
    if name.startswith("/") or name[1:2] == ":" or ".." in name.split("/"):
        return "name that leaves the archive"
    if again:
        return "name that was there before"
    if member.flag_bits & 1:
        return "encrypted"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "link"
    # Of the other ways of packing, Python cannot stop unpacking at a number of bytes.
    return "" if member.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) else "unknown packing"


def name_of(member):
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
