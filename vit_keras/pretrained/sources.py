"""Where pretrained weights come from: found on this machine, else downloaded, else a small stand-in made here."""

import hashlib
import json
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vit_keras.data.dataset import Dataset, Split
from vit_keras.data.download import checksum
from vit_keras.data.files import cached_folder
from vit_keras.data.shapes import TEN_SHAPES, draw_shapes
from vit_keras.pretrained.features import softmax
from vit_keras.pretrained.files import download_from_hub, offline, shipped
from vit_keras.pretrained.layouts import save_pretrained
from vit_keras.pretrained.loading import load_pretrained
from vit_keras.profiles import pick, profile
from vit_keras.training.fit import train
from vit_keras.training.recipe import Recipe
from vit_keras.vit import VisionTransformer

FILE = "deit_tiny_patch16_224.safetensors"
ON_THE_HUB = "timm/deit_tiny_patch16_224.fb_in1k"
DEIT = "DeiT-Ti/16 (Touvron et al., 2021), pre-trained on the 1.28 million photographs of ImageNet"
# A copy that is handed on: its LayerNorm vectors were rounded on the way, and it is called what it is.
ROUNDED = {"sha256": "a9f6cd5db5b367bcd318b5052971ed64b0c3bb13cb07d22ff68bcd00d0a99cf3",
           "name": "DeiT-Ti (LayerNorm rounded)",
           "what": "a copy whose LayerNorm vectors were rounded on the way to multiples of 1/32 or 1/64"}


class Weights(NamedTuple):
    """`path` of a file or folder; `name`, what figures call the model; `source`, one sentence that says what it is;
    `class_names`, of its head, or `None`; `is_real`, whether it has learned from photographs."""

    path: Path
    name: str
    source: str
    class_names: tuple | None
    is_real: bool

    def load(self, **kwargs):
        """The model, see `load_pretrained`, which takes all of `kwargs`."""
        return load_pretrained(self.path, **{"verbose": False, **kwargs})


def find_weights(source="auto"):
    """DeiT-Ti, a small Vision Transformer whose weights are public (23 MB), or what stands in for it, or one of ours.

    Args:
        source: "auto" takes the file where it is, else downloads it from the Hugging Face hub, else trains a small
            stand-in on drawn shapes and says so in one line; under `VIT_KERAS_PROFILE=smoke` it does that at once.
            "real" raises instead. "drawn" makes the stand-in. The name of a model that comes with the course, such as
            "cifar10-vit", is that model. The file of DeiT-Ti is looked for in `$VIT_KERAS_WEIGHTS` (a
            folder, or a checkpoint of your own: any file that `load_pretrained` reads), and in `weights/` and
            `data/weights/`, beside the module and in the folder you work in. `VIT_KERAS_OFFLINE=1` and the smoke
            profile never touch the network.

    Returns:
        `Weights`.

    Raises:
        ValueError: `source` is none of these.
        FileNotFoundError: `source="real"` and there is nothing; the message says where we looked and what to do.
    """
    models = shipped()
    if source not in ("auto", "real", "drawn", *models):
        raise ValueError(f"`source` must be one of {', '.join(['auto', 'real', 'drawn', *models])}: got {source!r}.")
    if source in models:
        return ours(models[source], source, True)
    if source == "drawn":
        return ours(stand_in_folder(), "stand-in", False)
    why = "the smoke profile makes its own"
    if source == "real" or os.environ.get("VIT_KERAS_PROFILE") != "smoke":
        if path := next(filter(Path.is_file, candidates()), None):
            return described(path)
        try:
            folder = download_from_hub(ON_THE_HUB)
            names = imagenet_class_names(download=not offline())
            return Weights(folder, "DeiT-Ti", f"{DEIT}, from the hub.", names, True)
        except (ImportError, OSError, ValueError) as error:
            why = str(error).rstrip(".")
    if source == "real":
        looked = ", ".join(str(path.parent) for path in candidates())
        raise FileNotFoundError(f"{FILE} cannot be had: {why}. Looked in: {looked}. Put it into one of these folders, "
                                'or pass source="drawn".')
    found = ours(stand_in_folder(), "stand-in", False)
    print(f"!!! NOT DeiT-Ti: a small model trained on drawn shapes stands in for it; no result from here on says what "
          f"pre-training on photographs buys. Why: {why}")
    return found


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
    return Weights(path, name, source, imagenet_class_names(path.parent), True)


def ours(folder, name, is_real):
    """`Weights` of a folder that `save_pretrained` has written, with a sentence on the model in it."""
    about = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return Weights(folder, name, about["description"], tuple(about["label_names"]), is_real)


# ---- The stand-in: a small ViT, pre-trained here on drawn shapes, in a folder as models of timm lie in ----

IMAGE_SIZE, PATCH_SIZE = 64, 8


def settings():
    """Sizes and training, for the profile in force."""
    small = {"num_layers": 2, "hidden_dim": 48, "num_heads": 3, "mlp_dim": 96}
    any_color = {"clutter": 0.5, "noise": 12.0}
    return pick(
        smoke={"model": small, "images": 1_000, "epochs": 5, "jit_compile": False,
               "pictures": {"clutter": 0, "color": "white"}},  # easy ones: there are only seconds
        laptop={"model": {**small, "num_layers": 4, "hidden_dim": 96, "mlp_dim": 192}, "images": 6_000, "epochs": 6,
                "jit_compile": "auto", "pictures": any_color},
        gpu={"model": {**small, "num_layers": 6, "hidden_dim": 192, "mlp_dim": 768}, "images": 20_000, "epochs": 15,
             "jit_compile": "auto", "pictures": any_color},
    )


def stand_in_folder():
    code = Path(__file__).read_bytes() + json.dumps(settings(), sort_keys=True).encode()
    return cached_folder(f"stand_in-{profile()}-{hashlib.sha256(code).hexdigest()[:12]}", write_stand_in)


def write_stand_in(folder):
    """Train a small Vision Transformer to name ten drawn shapes; all seeds are fixed, Keras's own is left alone."""
    sizes = settings()
    print(f"making a stand-in: a small Vision Transformer learns {len(TEN_SHAPES)} drawn shapes, once", flush=True)
    dataset = drawn_dataset(sizes["images"], **sizes["pictures"])
    model = VisionTransformer((IMAGE_SIZE, IMAGE_SIZE, 3), PATCH_SIZE, num_classes=len(TEN_SHAPES), **sizes["model"],
                              name="stand_in")
    rng = np.random.default_rng(0)
    for weight in model.weights:  # matrices and positions anew, by a seed of our own; norms and biases as they are
        if len(weight.shape) > 1 and weight is not model.head.kernel:
            weight.assign(rng.normal(0, weight.shape[0] ** -0.5 if len(weight.shape) == 2 else 0.02, weight.shape))
    recipe = Recipe(sizes["epochs"], batch_size=32, learning_rate=3e-3, label_smoothing=0.0,
                    jit_compile=sizes["jit_compile"])
    result = train(model, dataset, recipe, verbose=False)
    source = (f"A stand-in, NOT DeiT-Ti: a small Vision Transformer trained on {sizes['images']:,} drawn shapes "
              f"({result['test_accuracy']:.0%} of new ones are named right).")
    save_pretrained(model, folder, TEN_SHAPES, description=source)


def drawn_dataset(number, **pictures):
    """Ten shapes, anywhere: `number` for training, a tenth each for validation and test; `pictures`: `draw_shapes`."""
    splits = [draw_shapes(count, image_size=IMAGE_SIZE, seed=[9, index], size=(0.25, 0.42), **pictures)
              for index, count in enumerate((number, number // 10, number // 10))]
    return Dataset(*(Split(split.images, split.labels) for split in splits), TEN_SHAPES, "Drawn shapes.")


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
