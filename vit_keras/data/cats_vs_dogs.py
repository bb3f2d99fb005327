"""Cats and dogs: photographs found on this machine, downloaded, or drawn faces in their place."""

import hashlib
import sys
from pathlib import Path

import numpy as np

from vit_keras.data.dataset import limited_sizes
from vit_keras.data.files import cached_folder, find_or_draw, search_folders
from vit_keras.data.folders import open_photographs, printable
from vit_keras.data.photographs import RESIZE
from vit_keras.data.reading import read_photographs

URL = ("https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F/"
       "kagglecatsanddogs_5340.zip")
ARCHIVE = {"sha256": "b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9", "size": 824_887_076}
# What people call the folder or the .zip; the larger sets come first.
NAMES = ("PetImages", "kagglecatsanddogs_5340", "kagglecatsanddogs_3367a", "dogs-vs-cats", "cats_vs_dogs_small",
         "cats_and_dogs", "cats_and_dogs_filtered")
INSIDE = ("Cat", "Dog", "cats", "dogs", "train/cats", "train/dogs")   # by these a folder of any name is one
NUM_FACES = 2500


def load_cats_vs_dogs(source="auto", limit=None, image_size=112, resize="crop", path=None):
    """Cats and dogs (Asirra): up to 25,000 photographs from folders or a zip, as squares, and two classes.

    The first call decodes every photograph; later ones read the result from a cache. 25,000 photographs of 112 pixels
    take 0.94 GB on the disk, and twice as much while they are decoded; memory holds a few hundred of them at a time
    (measured on 25,000 JPEG files of 500x375 pixels: 176 MB at most, 36 of them Python and NumPy). The arrays stay on
    the disk (`numpy.memmap`, read only): what is read of them is fetched when it is needed.

    Args:
        source: "auto" takes the photographs where they are, else downloads them (0.8 GB), else draws faces and says so
            in one line; under `VIT_KERAS_PROFILE=smoke` it draws at once. "real" raises instead of drawing. "drawn"
            draws. They are looked for in `$VIT_KERAS_DATA` (which may name the folder or zip itself), `data/` and
            Keras's cache, as `NAMES` says. `VIT_KERAS_OFFLINE=1` and the smoke profile never touch the network.
        limit: int or None. See `Dataset.limit`. All photographs are decoded once all the same; of faces only as many
            as are needed are drawn.
        image_size: int S, 8 or more. Pixels of a side.
        resize: "crop" scales the shorter side to S and cuts out the centre; "squeeze" makes a square of the whole, as
            `keras.utils.image_dataset_from_directory` does by default; "pad" scales the longer side and adds black.
        path: A folder or a zip of your own instead, in one of the layouts `LAYOUTS`, in further folders or not.

    Returns:
        `Dataset` with the classes "cat" and "dog". How it is split: see `split_photographs`. No picture, nor one
        nearly the same, is in two splits. `skipped` names every file that gave no image; broken files are never an
        error. One printed line counts them.

    Raises:
        ValueError: an argument is wrong, a zip is damaged, there are no images in `path`, or those of one class only.
        FileNotFoundError: `source="real"` and there is no file; the message says where we looked and what to do.

    Reference:
        J. Elson, J. Douceur, J. Howell, J. Saul, Asirra: A CAPTCHA that Exploits Interest-Aligned Manual Image
        Categorization, ACM CCS 2007.
    """
    if isinstance(image_size, bool) or not isinstance(image_size, (int, np.integer)) or image_size < 8:
        raise ValueError(f"`image_size` must be a whole number of pixels, 8 or more: got {image_size!r}.")
    if resize not in RESIZE:
        raise ValueError(f"`resize` must be one of {', '.join(RESIZE)}: got {resize!r}.")
    image_size = int(image_size)
    if limit is not None:
        limited_sizes((20_000, 2_500, 2_500), limit, 2)   # a bad limit should not cost a download

    def read(photographs, what):
        dataset = read_photographs(photographs, image_size, resize, what)
        return dataset.limit(limit) if limit is not None else dataset

    def find(*folders):
        for candidate in candidates(folders):
            photographs = open_photographs(candidate)
            if photographs.files:   # a folder of that name may hold something else
                name = printable(candidate.name)
                return read(photographs, f"Photographs of cats and dogs (Asirra, 2007) from {name}")
        return None

    if path is not None:
        if source not in ("auto", "real"):
            raise ValueError(f'`source` must be "auto" or "real" where `path` is given: got {source!r}.')
        photographs = open_photographs(path)
        return read(photographs, f"Photographs of cats and dogs from {printable(photographs.path.resolve().name)}")

    def draw():
        return read(open_photographs(draw_folder(limit)),
                    "Drawn faces, NOT photographs of cats and dogs: a stand-in of the same format")

    return find_or_draw("cats-vs-dogs", source, find, draw, URL, ARCHIVE, "drawn faces")


def candidates(folders=()):
    """Where the photographs may lie, of the places that exist: under our names and those that Keras's cache uses."""
    for folder in folders or search_folders():
        if folder.suffix == ".zip" or folder.name in NAMES or any((folder / name).is_dir() for name in INSIDE):
            if folder.exists():   # $VIT_KERAS_DATA names the folder or the zip itself
                yield folder
        for name in NAMES:
            for suffix in ("", ".zip", "_extracted", ".zip_archive", "_archive"):
                if (folder / (name + suffix)).exists():
                    yield folder / (name + suffix)


def draw_folder(limit=None):
    """Folder of drawn faces as JPEG files, as many as `limit` training images need; drawn where it is not there yet."""
    from vit_keras.data import faces  # much code that photographs do not need

    num_faces = NUM_FACES
    if limit is not None:   # a tenth each goes to validation and test; some spare ones, should two be alike
        train, *others = limited_sizes((NUM_FACES * 8 // 10, NUM_FACES // 10, NUM_FACES // 10), limit, 2)
        num_faces = min(NUM_FACES, max(-(-train * 10 // 8), 10 * max(others)) + 20)
    code = b"".join(file.read_bytes() for file in sorted(Path(__file__).parent.glob("face*.py")))
    version = hashlib.sha256(code).hexdigest()[:12]   # another way of drawing gives other faces

    def write(folder):
        print(f"drawing {num_faces:,} faces of cats and dogs, once", file=sys.stderr)   # 2,500 take about a minute
        faces.write_faces(folder, num_faces)

    return cached_folder(f"drawn_faces-{num_faces}-{version}", write)
