"""CIFAR-10 and CIFAR-100: found on this machine, downloaded, or drawn images in their place.

The pickles of CIFAR are programs as far as Python is concerned, so each is compared with its published md5 first, and
then read by an unpickler that can build arrays, lists and dictionaries and nothing else.
"""

import hashlib
import io
import lzma
import pickle
import re
import tarfile
import zipfile
from pathlib import Path

import numpy as np

from vit_keras.data.dataset import Dataset, Split, limit_sentence, limited_sizes
from vit_keras.data.files import find_or_draw, read_npz
from vit_keras.data.folders import ZIP_ERRORS, kind_of
from vit_keras.data.names import PACKED, suffix_of
from vit_keras.data.shapes import TEN_SHAPES, draw_cifar_like

CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
CIFAR100_CLASSES = tuple("""
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle
    caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant
    flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man
    maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree
    plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail
    snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor train trout
    tulip turtle wardrobe whale willow_tree wolf woman worm""".split())

# md5 of every pickle, as published. They are checked rather than the archive's, which changes when it is repacked.
CIFAR10_MD5 = {
    "data_batch_1": "c99cafc152244af753f735de768cd75f", "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751", "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb", "test_batch": "40351d587109b95175f43aff81a1287e",
}
CIFAR100_MD5 = {"train": "16019d7e3df5f24257cddd939b257f8d", "test": "f0ef6b0ae62326f3e7ffdfab6717acfc"}

CIFAR10_URL = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
CIFAR100_URL = "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
CIFAR10_DIGEST = "sha256:6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
CIFAR100_DIGEST = "md5:eb9058c3a382ffc7106e4002c42a8d85"

OTHERS = re.compile("cifar|cat|dog|pet", re.IGNORECASE)   # what archives of other data sets are called
MAX_BATCH = 100_000_000   # bytes of a file in an archive
SPLIT_SEED = 2009   # which images are for validation: the same for everybody, whatever seed a run uses


def load_cifar10(source="auto", limit=None):
    """CIFAR-10: 45,000 / 5,000 / 10,000 photographs, 32x32, ten classes.

    Args:
        source: "auto" takes the files where they are, else downloads them, else draws stand-ins and says so in one
            line; under `VIT_KERAS_PROFILE=smoke` it draws at once. "real" raises instead of drawing. "drawn" draws.
            What `VIT_KERAS_DATA` names is taken, the folder, the archive or a folder around them, and nothing else.
            Without it `data/` and Keras's cache are searched. `VIT_KERAS_OFFLINE=1` and the smoke profile never touch
            the network.
        limit: int or None. See `Dataset.limit`; only what is needed is drawn.

    Returns:
        `Dataset`; the validation split has 500 images a class and does not depend on any seed of yours.

    Raises:
        ValueError: an argument is wrong, or a file differs from the published one (it is named, with both md5).
        FileNotFoundError: `source="real"` and there is no file, or `VIT_KERAS_DATA` names nothing that fits; the
            message says where we looked and what to do.

    Reference:
        A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, technical report, 2009.
    """
    return _load("CIFAR-10", source, limit, CIFAR10_CLASSES, CIFAR10_MD5, b"labels", CIFAR10_URL, CIFAR10_DIGEST)


def load_cifar100(source="auto", limit=None):
    """CIFAR-100 with its 100 fine labels: 45,000 / 5,000 / 10,000 photographs, 32x32.

    Where only the subset `cifar-100-small.npz` lies on the disk, that is used: 6,000 / 1,000 / 1,500 images.
    Arguments, results, errors and reference are those of `load_cifar10`; validation has 50 images a class (subset 10).
    """
    return _load("CIFAR-100", source, limit, CIFAR100_CLASSES, CIFAR100_MD5, b"fine_labels", CIFAR100_URL,
                 CIFAR100_DIGEST)


# ---- Where the images come from ----

def _load(name, source, limit, class_names, digests, label_key, url, digest):
    num_classes, sizes = len(class_names), [45_000, 5_000, 10_000]
    wanted = limited_sizes(sizes, limit, num_classes)   # a bad limit should not cost a download

    def find(folders, by_user):
        places = [folder / "cifar-100-small.npz" if folder.is_dir() else folder for folder in folders]
        subsets = [path for path in places if path.is_file() and path.suffix.lower() == ".npz"] * (num_classes == 100)
        batches = None if subsets == folders else _find(folders, by_user, name, digests, label_key)
        if batches is not None:
            *train, test = (batches[file] for file in digests)
            train, per_class = Split(*map(np.concatenate, zip(*train))), 5_000 // num_classes
            about = f"{name} (Krizhevsky, 2009): photographs of 32x32 pixels, verified by their published md5."
        elif subsets:
            (train, test), per_class = _read_subset(subsets[0]), 10
            about = ("A subset of CIFAR-100 (Krizhevsky, 2009): 7,000 of 50,000 training, 1,500 of 10,000 test "
                     "photographs.")
        else:
            return None
        return Dataset(*_split(train, per_class, num_classes), test, class_names, about).limit(limit)

    def draw():
        splits = [Split(*split) for split in draw_cifar_like(num_classes, wanted)]
        legend = "ten shapes in ten colours under CIFAR-100's names" if num_classes == 100 else \
            ", ".join(f"{label} = {shape}" for label, shape in zip(class_names, TEN_SHAPES, strict=True))
        about = f"Drawn shapes, NOT {name}: a stand-in of the same format ({legend})."
        return Dataset(*splits, class_names, about if wanted == sizes else f"{about} {limit_sentence(wanted, sizes)}")

    return find_or_draw(name, source, find, draw, url, digest, "drawn shapes")


def _split(train, per_class, num_classes):
    """(train, validation): `per_class` images of each class, drawn by a fixed seed, are set aside."""
    rng = np.random.default_rng(SPLIT_SEED)
    chosen = np.zeros(len(train.labels), bool)
    for label in range(num_classes):
        chosen[rng.permutation(np.flatnonzero(train.labels == label))[:per_class]] = True
    return Split(*(array[~chosen] for array in train)), Split(*(array[chosen] for array in train))


def _find(folders, by_user, name, digests, label_key):
    """{file name: Split} of the first right copy, or None where there is none; `ValueError` where all are wrong."""
    problem = None
    for path in _candidates(folders, by_user, name, digests):
        try:
            members = read_archive(path, digests) if path.is_file() else (
                (f"{path / file}", (path / file).read_bytes()) for file in digests if (path / file).is_file())
            splits = {Path(file).name: read_batch(file, content, digests[Path(file).name], label_key)
                      for file, content in members}
            if missing := [file for file in digests if file not in splits]:
                raise ValueError(f"{path} must hold {', '.join(digests)}: got no {', '.join(missing)}. Put what is "
                                 "missing beside the others, or the publisher's archive in its place.")
        except NoBatches as error:   # of another kind, whatever its name says
            if path in folders:
                raise
            print(f"passed over: {error}")
        except (ValueError, OSError) as error:
            problem = problem or error
        else:
            if problem:   # a second download, say, beside a first that was cut off
                print(f"passed over: {problem}")
            return splits
    if problem:
        raise ValueError(str(problem)) from problem
    return None


def _candidates(folders, by_user, name, digests):
    """Where a data set may lie, however it is called: folders that hold files of it, then archives.

    Of what the user has named everything is looked at; elsewhere only what is called after the data set.
    """
    called = re.compile(name.replace("-", "[-_ ]?") + "(?!0)", re.IGNORECASE)
    for root in folders:
        if root.is_file():
            yield root
            continue
        holding, archives = [], []   # pairs: what comes first, path
        places = [(root, 0, by_user or called.search(root.name))]   # the last: whether it is called so, or lies in one
        for folder, depth, inside in places:   # which grows on the way
            try:
                items = sorted(folder.iterdir())
            except OSError:
                continue
            here = sum((folder / file).is_file() for file in digests)
            if here and inside and (here > 1 or len(digests) > 2 or called.search(folder.name)):
                holding.append((-here, folder))
            for item in items:
                is_called = called.search(item.name)
                if item.is_dir() and depth < 3 and (inside or is_called):
                    places.append((item, depth + 1, True))
                elif item.is_file() and (is_called or by_user and not OTHERS.search(item.name)):
                    if is_called and suffix_of(item.name) in PACKED or kind_of(item).startswith("a tar"):
                        archives.append(((not is_called, not item.name.lower().endswith(".tar.gz")), item))
        for some in (holding, archives):
            yield from (path for _, path in sorted(some, key=lambda pair: pair[0]))


# ---- The published files ----

class NoBatches(ValueError):
    """An archive is whole, and holds something else."""


def read_archive(path, digests):
    """Yield (name, bytes) of the members in question, of a tar archive, packed or not, or of a zip.

    Nothing is extracted: no name in the archive becomes a path.

    Raises:
        ValueError: it is damaged, or holds none of them (`NoBatches`).
    """
    found, others = 0, []
    try:
        with zipfile.ZipFile(path) if zipfile.is_zipfile(path) else tarfile.open(path, "r:*") as archive:
            if isinstance(archive, zipfile.ZipFile):
                read = archive.read
                members = ((item.filename, item.file_size, item) for item in archive.infolist() if not item.is_dir())
            else:
                def read(member):
                    return archive.extractfile(member).read()
                members = ((item.name, item.size, item) for item in archive if item.isfile())
            for name, size, member in members:
                if Path(name).name in digests and size < MAX_BATCH:
                    found += 1
                    yield f"{path}/{name}", read(member)
                else:
                    others.append(name)
    except (tarfile.TarError, lzma.LZMAError, *ZIP_ERRORS) as error:
        why = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(f"{path} must be a whole tar.gz archive: got {kind_of(path) or 'a file'} that cannot be read "
                         f"({why}). Put a whole one in its place.") from error
    if not found:
        inner = [name for name in others if name.lower().endswith((".gz", ".tar", ".tgz", ".zip", ".7z"))]
        raise NoBatches(f"{path} must hold {', '.join(digests)}: got {', '.join(others[:4]) or 'nothing'}"
                        + (f". Unpack it, and name {inner[0]}." if inner else ". Needed is the Python version."))


def read_batch(name, content, needed, label_key):
    """The `Split` in one pickle.

    Raises:
        ValueError: its md5 is not `needed`; it was not opened then. Or it holds something else than a batch of CIFAR.
    """
    got = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if got != needed:
        raise ValueError(f"{name} is not the published file and was not opened: needed md5 {needed}, got {got}. "
                         "Put the publisher's in its place.")
    try:
        batch = ArrayUnpickler(io.BytesIO(content), encoding="bytes").load()
        images, labels = np.asarray(batch[b"data"]), np.array(batch[label_key], "int32")
        if images.dtype != np.uint8 or images.shape != (len(labels), 3072) or labels.ndim != 1:
            raise ValueError(f"{images.dtype} pixels of shape {images.shape} and labels of shape {labels.shape}")
    except Exception as error:   # what an unpickler, or NumPy, stumbles over in a damaged file can be anything
        raise ValueError(f"{name} must hold a batch of CIFAR, uint8 pixels (N, 3072) and N labels: got "
                         f"{error or type(error).__name__}") from error
    images = images.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)     # stored as planes of R, G, B
    return Split(np.ascontiguousarray(images), labels)


class ArrayUnpickler(pickle.Unpickler):
    """Knows the three names a pickled array needs. Anything else could run code, and is refused."""

    def find_class(self, module, name):
        if module in ("numpy.core.multiarray", "numpy._core.multiarray") and name == "_reconstruct":
            return np.empty(0).__reduce__()[0]     # it has moved between versions of NumPy
        if module == "numpy" and name in ("ndarray", "dtype"):
            return getattr(np, name)
        if (module, name) == ("_codecs", "encode"):   # how Python 3 writes bytes in old protocols
            return lambda text, encoding: text.encode("latin1")
        raise ValueError(f"A pickle of CIFAR needs NumPy arrays only: got {module}.{name}, which was refused.")


def _read_subset(path):
    """The training and the test split of cifar-100-small.npz."""
    needed = f"{path} must hold uint8 images (N, 32, 32, 3) and CIFAR-100's 100 fine labels in their official order"
    arrays = read_npz(path)
    if missing := {"x_train", "y_train", "x_test", "y_test", "fine_label_names"} - set(arrays):
        raise ValueError(f"{needed}: got no {', '.join(sorted(missing))}. Put a whole file in its place.")
    splits = [Split(arrays[f"x_{name}"], arrays[f"y_{name}"]) for name in ("train", "test")]
    if not np.array_equal(arrays["fine_label_names"], np.array(CIFAR100_CLASSES)) or not all(
            labels.ndim == 1 and labels.dtype.kind in "iu" and images.shape == (len(labels), 32, 32, 3)
            and images.dtype == np.uint8 and len(labels) and 0 <= labels.min() and labels.max() <= 99
            for images, labels in splits):
        got = ", ".join(f"{array.dtype} {array.shape}" for split in splits for array in split)
        raise ValueError(f"{needed}: got {got} and {arrays['fine_label_names'].size} names. Put a whole one in its "
                         "place.")
    return [Split(images, labels.astype("int32")) for images, labels in splits]
