"""Where pretrained weights come from: found on this machine, else downloaded, else those that come with the course."""

import json
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vit_keras.data.download import checksum
from vit_keras.pretrained.features import softmax
from vit_keras.pretrained.files import download_from_hub, offline, shipped
from vit_keras.pretrained.loading import load_pretrained

FILE = "deit_tiny_patch16_224.safetensors"
ON_THE_HUB = "timm/deit_tiny_patch16_224.fb_in1k"
DEIT = "DeiT-Ti/16 (Touvron et al., 2021), pre-trained on the 1.28 million photographs of ImageNet"
STAND_IN = "cifar10-vit"  # of those that come with the course
# A copy that is handed on: its LayerNorm vectors were rounded on the way, and it is called what it is.
ROUNDED = {"sha256": "a9f6cd5db5b367bcd318b5052971ed64b0c3bb13cb07d22ff68bcd00d0a99cf3",
           "name": "DeiT-Ti (LayerNorm rounded)",
           "what": "a copy whose LayerNorm vectors were rounded on the way to multiples of 1/32 or 1/64"}


class Weights(NamedTuple):
    """`path` of a file or folder; `name`, what figures call the model; `source`, one sentence that says what it is;
    `class_names`, of its head, or `None`."""

    path: Path
    name: str
    source: str
    class_names: tuple | None

    def load(self, **kwargs):
        """The model, see `load_pretrained`, which takes all of `kwargs`."""
        return load_pretrained(self.path, **{"verbose": False, **kwargs})


def find_weights(source="auto"):
    """DeiT-Ti, a small Vision Transformer whose weights are public (23 MB), or the one that comes with the course.

    Args:
        source: "auto" takes the file of DeiT-Ti where it is, else downloads it from the Hugging Face hub, else takes
            "cifar10-vit", the course's own model, and says so in one line; under `VIT_KERAS_PROFILE=smoke` it takes
            that at once. "real" raises instead. The name of a model that comes with the course is that model. The file
            of DeiT-Ti is looked for in `$VIT_KERAS_WEIGHTS` (a folder, or a checkpoint of your own: any file that
            `load_pretrained` reads), and in `weights/` and `data/weights/`, beside the module and in the folder you
            work in. `VIT_KERAS_OFFLINE=1` and the smoke profile never touch the network.

    Returns:
        `Weights`.

    Raises:
        ValueError: `source` is none of these.
        FileNotFoundError: `source="real"` and there is nothing; the message says where we looked and what to do.
    """
    if source not in ("auto", "real", *shipped()):
        raise ValueError(f"`source` must be one of {', '.join(['auto', 'real', *shipped()])}: got {source!r}.")
    if source in shipped():
        return ours(source)
    why = "the smoke profile does not look for it"
    if source == "real" or os.environ.get("VIT_KERAS_PROFILE") != "smoke":
        if path := next(filter(Path.is_file, candidates()), None):
            return described(path)
        try:
            folder = download_from_hub(ON_THE_HUB)
            names = imagenet_class_names(download=not offline())
            return Weights(folder, "DeiT-Ti", f"{DEIT}, from the hub.", names)
        except (ImportError, OSError, ValueError) as error:
            why = str(error).rstrip(".")
    if source == "real":
        looked = ", ".join(str(path.parent) for path in candidates())
        raise FileNotFoundError(f"{FILE} cannot be had: {why}. Looked in: {looked}. Put it into one of these folders, "
                                f'or pass source="{STAND_IN}".')
    print(f"!!! NOT DeiT-Ti: {STAND_IN}, which learned from 45,000 small photographs of ten kinds, stands in for it; "
          f"no result from here on says what pre-training on ImageNet buys. Why: {why}")
    return ours(STAND_IN)


def candidates():
    """The files that may be the pretrained one, in this order, whether they exist or not."""
    paths = []
    if given := os.environ.get("VIT_KERAS_WEIGHTS"):
        path = Path(given).expanduser()
        paths.append(path if path.suffix.lower() in (".safetensors", ".npz") else path / FILE)
    repository = Path(__file__).resolve().parents[2]
    paths += [folder / name / FILE for folder in (repository, Path.cwd()) for name in ("weights", "data/weights")]
    return list(dict.fromkeys(paths))


def described(path):
    """`Weights` of a file on this machine."""
    name, source = "DeiT-Ti", f"{DEIT}."
    if path.name != FILE:
        name, source = path.stem, f"Weights of your own: {path.name}."
    elif checksum(path, "sha256") == ROUNDED["sha256"]:
        name, source = ROUNDED["name"], f"{DEIT}; {ROUNDED['what']}."
    return Weights(path, name, source, imagenet_class_names(path.parent))


def ours(name):
    """`Weights` of a model that comes with the course."""
    folder = shipped()[name]
    about = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return Weights(folder, name, about["description"], tuple(about["label_names"]))


# ---- ImageNet's 1,000 classes: their names, and which of them are cats and dogs ----

NAMES_FILE = "imagenet_synset_words.txt"  # a line a class, in the order of the labels: "n01440764 tench, Tinca tinca"
CATS = range(281, 286)  # tabby, tiger cat, Persian, Siamese, Egyptian
DOGS = range(151, 269)  # 118 breeds, Chihuahua to Mexican hairless; wolves and foxes come behind them


def imagenet_class_names(folder=None, download=False):
    """The 1,000 names, of the file in a folder or else, where a download is allowed, of Keras; `None` without both."""
    if folder is not None and (path := Path(folder) / NAMES_FILE).is_file():
        names = tuple(line.split(" ", 1)[1].strip() for line in path.read_text(encoding="utf-8").splitlines() if line)
        if len(names) != 1000:
            raise ValueError(f"{path.name} must have 1,000 lines, one for each class: got {len(names)}.")
        return names
    if not download:
        return None
    from keras.applications.imagenet_utils import decode_predictions

    try:
        return tuple(best[0][1].replace("_", " ") for best in decode_predictions(np.eye(1000), top=1))
    except Exception:  # no network: names are a comfort, nothing depends on them
        return None


def cats_and_dogs(logits):
    """What a model of ImageNet's 1,000 classes says to the question "cat or dog?", all breeds added up.

    Args:
        logits: array of shape `(B, 1000)`.

    Returns:
        NumPy array of shape `(B, 2)`, float64: the probability of all cats together and that of all dogs.

    Raises:
        ValueError: another number of classes.
    """
    logits = np.asarray(logits, "float64")
    if logits.ndim != 2 or logits.shape[1] != 1000:
        raise ValueError(f"`logits` must be of shape (B, 1000), as ImageNet's classes are: got shape {logits.shape}.")
    scores = softmax(logits)
    return np.stack([scores[:, list(CATS)].sum(axis=1), scores[:, list(DOGS)].sum(axis=1)], axis=1)
