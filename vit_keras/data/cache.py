"""A cache of folders: each is whole, or it is not there."""

import atexit
import os
import shutil
import tempfile
import time
import uuid
from pathlib import Path

from vit_keras.data.files import download_folder

OLD = 24 * 3600   # seconds after which an unfinished folder is taken for one whose writer has died


def cached_folder(name, write):
    """The folder `name` of the cache; made by `write(folder)` where it is not there yet.

    `write` fills a folder beside it, which gets its name in one step when it is whole. An interrupt therefore leaves
    nothing that is believed later, and of two processes that write at once the second takes what the first has made.
    The cache is `cache/` in the folder of downloads. Where that cannot be written, a temporary folder takes its place
    for as long as the process lives, and a line says so.

    Args:
        name: str. It must change whenever the content would.
        write: Function of a `pathlib.Path`.

    Returns:
        `pathlib.Path`.
    """
    for root in (cache_root(), *_temporary_roots):
        if (root / name).is_dir():
            return root / name
    root = _writable(cache_root())
    for old in root.glob("*.part"):
        if time.time() - old.stat().st_mtime > OLD:
            shutil.rmtree(old, ignore_errors=True)
    part = root / f"{name}.{uuid.uuid4().hex}.part"
    part.mkdir()
    try:
        write(part)
        try:
            os.rename(part, root / name)
        except OSError:   # another process was faster
            if not (root / name).is_dir():
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return root / name


def cache_root():
    """Where the cache belongs. It may be deleted at any time while nothing runs."""
    return download_folder() / "cache"


_temporary_roots = []   # none or one


def _writable(root):
    """`root`, made if need be, or the temporary folder of this process."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        probe = root / f"{uuid.uuid4().hex}.part"
        probe.mkdir()
        probe.rmdir()
        return root
    except OSError as error:
        temporary = _temporary_root()
        print(f"{root} cannot be written ({error.strerror}): decoded photographs go to {temporary} until this process "
              "ends, and are decoded anew in the next one.")
        return temporary


def _temporary_root():
    if not _temporary_roots:
        _temporary_roots.append(Path(tempfile.mkdtemp(prefix="vit_keras-")))
        atexit.register(shutil.rmtree, _temporary_roots[0], ignore_errors=True)
    return _temporary_roots[0]
