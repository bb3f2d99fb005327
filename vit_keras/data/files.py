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
from vit_keras.data.folders import kind_of, missing, place_of
from vit_keras.data.names import printable

# ---- Named by the user; else found, downloaded, drawn ----

def find_or_draw(name, source, find, draw, url, digest, stand_in):
    """What `VIT_KERAS_DATA` names, and nothing else; without it the first that works of: found, downloaded, drawn.

    `find(folders, named)` looks in the folders, or opens what the user has `named` (a bool; then there is one, and it
    may be a file), and returns a `Dataset`, or None where there is nothing. `draw()` returns the stand-in; `stand_in`
    says what that is, in the plural. `url` is the publisher's archive, and `digest` its checksum, as `download` takes
    it. What `source` means, and what is raised: see `load_cifar10`.
    """
    if source not in ("auto", "real", "drawn"):
        raise ValueError(f'`source` must be "auto", "real" or "drawn": got {source!r}.')
    smoke = os.environ.get("VIT_KERAS_PROFILE") == "smoke"
    if source == "drawn":
        return draw()
    why, archive = "the smoke profile draws its data", url.rsplit("/", 1)[1]
    if source == "real" or not smoke:
        given = named_place()
        try:
            found = find([given] if given else search_folders(), bool(given))
        except ValueError as error:
            if given:
                raise ValueError(f"VIT_KERAS_DATA: {error}") from error
            raise
        if given and found is None:
            raise FileNotFoundError(
                f"VIT_KERAS_DATA must name {name}, or a folder that holds it: got {given}, which {seen(given)}. Put "
                f"{archive} (from {url}) there, name another place, or unset it to look elsewhere and to download.")
        why = "no file found, and the smoke profile or VIT_KERAS_OFFLINE forbids the download"
        if found is None and not smoke and os.environ.get("VIT_KERAS_OFFLINE", "0") in ("", "0"):
            target = download_folder() / archive
            try:
                print(f"{name} is not on this machine: downloading it from {url}")
                download(url, target, digest=digest)
                found = find([target.parent], False)
            except (OSError, ValueError) as error:
                why = str(error)
        if found is not None:
            return found
    if source == "real":
        looked = ", ".join(map(str, search_folders()))
        raise FileNotFoundError(f"{name} cannot be had: {why}. Looked in: {looked}. Put {archive} (from {url}) into "
                                'one of them, or pass source="drawn".')
    dataset = draw()
    print(f"!!! NOT {name}: {stand_in} stand in for it; no result from here on is {name}'s. Why: {why}")
    return dataset


def named_place():
    """What `VIT_KERAS_DATA` names, or None where it is not set; `FileNotFoundError` where it names nothing."""
    given = os.environ.get("VIT_KERAS_DATA", "").strip()
    if not given:
        return None
    if (place := place_of(given)) is None:
        raise FileNotFoundError(f"VIT_KERAS_DATA must name a folder or an archive: got {missing(given)}")
    return place


def seen(place):
    """What lies at a place, in a few words: "holds Cat/, Dog/, notes.txt"."""
    if not place.is_dir():
        return f"is {kind_of(place) or 'a file'}"
    try:
        items = [printable(item.name) + "/" * item.is_dir() for item in sorted(place.iterdir())]
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return f"holds {', '.join(items[:6])}{', ...' if len(items) > 6 else ''}" if items else "is empty"


def search_folders():
    """Folders in which the loaders look where the user has named none, whether they exist or not."""
    keras_home = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    return list(dict.fromkeys([Path(__file__).resolve().parents[2] / "data", Path.cwd() / "data",
                               Path(keras_home) / "datasets"]))


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
_temporary_roots = []   # none or one


def cached_folder(name, write):
    """The folder `name` of the cache; made by `write(folder)` where it is not there yet. Another content, another name.

    `write` fills a folder beside it, which gets its name in one step when it is whole. An interrupt therefore leaves
    nothing that is believed later, and of two processes that write at once the second takes what the first has made.
    Where the cache cannot be written, a temporary folder takes its place for as long as the process lives.
    """
    for root in (cache_root(), *_temporary_roots):
        if (root / name).is_dir():
            return root / name
    part = _new_folder(f"{name}.{uuid.uuid4().hex}.part")
    for old in part.parent.glob("*.part"):
        if time.time() - old.stat().st_mtime > OLD:
            shutil.rmtree(old, ignore_errors=True)
    try:
        write(part)
        try:
            os.rename(part, part.with_name(name))
        except OSError:   # another process was faster
            if not part.with_name(name).is_dir():
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return part.with_name(name)


def cache_root():
    """Where the cache belongs. It may be deleted at any time while nothing runs."""
    return download_folder() / "cache"


def _new_folder(name):
    root = cache_root()
    try:
        (root / name).mkdir(parents=True)
    except OSError as error:
        if not _temporary_roots:
            _temporary_roots.append(Path(tempfile.mkdtemp(prefix="vit_keras-")))
            atexit.register(shutil.rmtree, _temporary_roots[0], ignore_errors=True)
        print(f"{root} cannot be written ({error.strerror}): decoded photographs go to {_temporary_roots[0]} until "
              "this process ends, and are decoded anew in the next one.")
        root = _temporary_roots[0]
        (root / name).mkdir()
    return root / name
