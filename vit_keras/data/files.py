"""Files on this machine: where a data set is found, and a cache of folders, each of which is whole or not there."""

import atexit
import os
import shutil
import tempfile
import time
import uuid
from pathlib import Path

import numpy as np

from vit_keras.data.download import download

# ---- Found, else downloaded, else drawn ----

def find_or_draw(name, source, find, draw, url, archive, stand_in):
    """The first that works of: found, downloaded, drawn.

    Args:
        name: str. What the data set is called in messages.
        source: "auto" (all three; under `VIT_KERAS_PROFILE=smoke` it draws at once), "real" (the first two, or an
            error) or "drawn" (the last). `VIT_KERAS_OFFLINE=1` and the smoke profile never touch the network.
        find: Function of no folders (look in `search_folders()`) or of some (look there); returns a `Dataset`, or
            None where there is nothing.
        draw: Function without arguments; returns the stand-in, a `Dataset`.
        url: str. The publisher's archive; it is kept in `download_folder()`.
        archive: dict. What is known of it: `sha256`, `md5`, `size` of `download`.
        stand_in: str. What is drawn, in the plural, for the line that says so.

    Returns:
        `Dataset`.

    Raises:
        ValueError: `source` is none of the three, or what was found is damaged.
        FileNotFoundError: `source="real"` and there is nothing; the message says where we looked and what to do.
    """
    if source not in ("auto", "real", "drawn"):
        raise ValueError(f'`source` must be "auto", "real" or "drawn": got {source!r}.')
    smoke = os.environ.get("VIT_KERAS_PROFILE") == "smoke"
    if source == "drawn":
        return draw()
    if source == "auto" and smoke:
        why = "the smoke profile draws its data"
    else:
        found = find()
        why = "no file found, and the smoke profile or VIT_KERAS_OFFLINE forbids the download"
        if found is None and not smoke and os.environ.get("VIT_KERAS_OFFLINE", "0") in ("", "0"):
            target = download_folder() / url.rsplit("/", 1)[1]
            try:
                print(f"{name} is not on this machine: downloading it from {url}")
                download(url, target, **archive)
                found = find(target.parent)
            except (OSError, ValueError) as error:
                why = str(error)
        if found is not None:
            return found
    given = os.environ.get("VIT_KERAS_DATA")
    if given and not Path(given).expanduser().is_dir() and not smoke:
        why += f" (and VIT_KERAS_DATA names no folder: {given})"
    if source == "real":
        looked = ", ".join(map(str, search_folders()))
        raise FileNotFoundError(f'{name} cannot be had: {why}. Looked in: {looked}. Put {url.rsplit("/", 1)[1]} (from '
                                f'{url}) into one of them, or pass source="drawn".')
    dataset = draw()
    print(f"!!! NOT {name}: {stand_in} stand in for it; no result from here on is {name}'s. Why: {why}")
    return dataset


def search_folders():
    """Folders in which the loaders look for files, in this order, whether they exist or not."""
    repository = Path(__file__).resolve().parents[2]
    keras_home = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    folders = [repository / "data", Path.cwd() / "data", Path(keras_home) / "datasets"]
    if os.environ.get("VIT_KERAS_DATA"):
        folders.insert(0, Path(os.environ["VIT_KERAS_DATA"]).expanduser())
    return list(dict.fromkeys(folders))


def download_folder():
    """Where downloads are kept, and the cache of decoded photographs beside them. It need not exist yet."""
    repository = Path(__file__).resolve().parents[2]
    # Installed as a package there is no repository around us, and site-packages/data would be a strange place.
    return (repository if (repository / "run.py").exists() else Path.cwd()) / "data"


def read_npz(path):
    """All arrays of a `.npz` file as a dict. Objects, which are pickles, are refused, and so is what is no array.

    Raises:
        ValueError: the file is damaged or of another kind.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
        if strange := [key for key, array in arrays.items() if not isinstance(array, np.ndarray)]:
            raise ValueError(f"{', '.join(strange)} begins like no array")  # NumPy gives its bytes
        return arrays
    except Exception as error:  # a length, a checksum, an object: each by another part of NumPy, zipfile or zlib
        why = str(error) or type(error).__name__
        if "pickle" in why.lower():  # NumPy's own words advise to open it all the same
            raise ValueError(f"{path} cannot be read as .npz, or is damaged: it holds a pickle, Python objects in "
                             "place of numbers. It can run any program when it is opened, and is not.") from None
        raise ValueError(f"{path} cannot be read as .npz, or is damaged ({why}). Put a whole file in its "
                         "place.") from error


# ---- The cache ----

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
