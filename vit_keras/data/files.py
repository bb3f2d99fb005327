"""Where a data set comes from: found on this machine, else downloaded, else drawn in its place."""

import os
from pathlib import Path

from vit_keras.data.download import download


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
