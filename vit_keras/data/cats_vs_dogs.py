"""Cats and dogs: photographs found on this machine, downloaded, or drawn faces in their place."""

import hashlib
import sys
from pathlib import Path

from vit_keras.data.dataset import limited_sizes
from vit_keras.data.files import cached_folder, find_or_draw
from vit_keras.data.folders import open_photographs
from vit_keras.data.names import animal_of, part_of
from vit_keras.data.reading import check_arguments, read_photographs

URL = ("https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F/"
       "kagglecatsanddogs_5340.zip")
DIGEST = "sha256:b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9"
# What people call the folder or the .zip of the publisher; the larger sets come first.
NAMES = ("PetImages", "kagglecatsanddogs_5340", "kagglecatsanddogs_3367a", "dogs-vs-cats", "cats_vs_dogs_small",
         "cats_and_dogs_filtered", "cats_and_dogs")
NUM_FACES = 2500


def load_cats_vs_dogs(source="auto", limit=None, image_size=112, resize="crop", path=None):
    """Cats and dogs (Asirra): up to 25,000 photographs from folders or a zip, as squares, and two classes.

    The first call decodes every photograph; later ones read the result from a cache. 25,000 photographs of 112 pixels
    take 0.94 GB on the disk, and twice as much while they are decoded; memory holds a few hundred of them at a time.
    The arrays stay on the disk (`numpy.memmap`, read only): what is read of them is fetched when it is needed.

    Args:
        source: As of `load_cifar10`: what `VIT_KERAS_DATA` names is read as `path` would be, what is downloaded
            measures 0.8 GB, and faces are drawn.
        limit: int or None. See `Dataset.limit`. All photographs are decoded once all the same.
        image_size: int S, 8 or more. Pixels of a side.
        resize: "crop" scales the shorter side to S and cuts out the centre; "squeeze" makes a square of the whole, as
            `keras.utils.image_dataset_from_directory` does by default; "pad" scales the longer side and adds black.
        path: A folder or a zip of your own instead: folders called cat and dog, kittens, 0_cat, 고양이, 강아지 or their
            like, in further folders or not, or files like cat.0.jpg. Of any other classes: `load_photographs`.

    Returns:
        `Dataset` with the classes "cat" and "dog". How it is split: see `split_photographs`. No picture, nor one
        nearly the same, is in two splits. `skipped` names every file that gave no image; a printed line counts them.

    Raises:
        ValueError: an argument is wrong, a zip is damaged, there are no images in `path`, or those of one class only.
        FileNotFoundError: As of `load_cifar10`.

    Reference:
        J. Elson, J. Douceur, J. Howell, J. Saul, Asirra: A CAPTCHA that Exploits Interest-Aligned Manual Image
        Categorization, ACM CCS 2007.
    """
    check_arguments(limit, image_size, resize)

    def read(photographs, whose=""):
        return read_photographs(photographs, f"Photographs of cats and dogs{whose}", limit, image_size, resize)

    def find(folders, by_user):
        candidates = list(_publishers(folders))
        if by_user and (not candidates or _is_own(folders[0])):
            return read(open_photographs(folders[0]))
        for path in candidates:
            photographs = open_photographs(path)
            if photographs.files:   # a folder of that name may hold something else
                own = path.name.startswith("cats_and_dogs") and "filtered" not in path.name
                return read(photographs, "" if own else " (Asirra, 2007)")
        return None

    def draw():
        what = "Drawn faces, NOT photographs of cats and dogs: a stand-in of the same format"
        return read_photographs(open_photographs(draw_folder(limit)), what, limit, image_size, resize, stand_in=True)

    if path is None:
        return find_or_draw("cats-vs-dogs", source, find, draw, URL, DIGEST, "drawn faces")
    if source not in ("auto", "real"):
        raise ValueError(f'`source` must be "auto" or "real" where `path` is given: got {source!r}.')
    return read(open_photographs(path))


def _publishers(folders):
    """What of the publisher's lies in some folders: under our names and those that Keras's cache uses."""
    for folder in folders:
        for name in NAMES if folder.is_dir() else ():
            for suffix in ("", ".zip", "_extracted", ".zip_archive", "_archive"):
                if (folder / (name + suffix)).exists():
                    yield folder / (name + suffix)


def _is_own(folder):
    """Whether the photographs lie in this folder itself, whatever else does: in folders of classes, or of splits."""
    return any(item.is_dir() and (animal_of(item.name) is not None or part_of(item.name)) for item in folder.iterdir())


def draw_folder(limit=None):
    """Folder of drawn faces as JPEG files, as many as `limit` training images need; drawn where it is not there yet."""
    from vit_keras.data import faces  # much code that photographs do not need

    sizes = NUM_FACES * 8 // 10, NUM_FACES // 10, NUM_FACES // 10
    train, *others = limited_sizes(sizes, limit, 2)
    # A tenth each goes to validation and test; some spare ones, should two be alike.
    num_faces = min(NUM_FACES, max(-(-train * 10 // 8), 10 * max(others)) + 20)
    version = hashlib.sha256(Path(faces.__file__).read_bytes()).hexdigest()[:12]   # another way gives other faces

    def write(folder):
        print(f"drawing {num_faces:,} faces of cats and dogs, once", file=sys.stderr)   # 2,500 take about a minute
        faces.write_faces(folder, num_faces)

    return cached_folder(f"drawn_faces-{num_faces}-{version}", write)
