"""Where pretrained weights come from: found on this machine, else downloaded, else a small stand-in made here."""

import json
import os
from pathlib import Path
from typing import NamedTuple

from vit_keras.data.download import checksum
from vit_keras.pretrained.hub import download_from_hub
from vit_keras.pretrained.imagenet import imagenet_class_names
from vit_keras.pretrained.loading import load_pretrained
from vit_keras.pretrained.stand_in import stand_in_folder

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
    """DeiT-Ti, a small Vision Transformer whose weights are public (23 MB), or what stands in for it.

    Args:
        source: "auto" takes the file where it is, else downloads it from the Hugging Face hub, else trains a small
            stand-in on drawn shapes and says so in one line; under `VIT_KERAS_PROFILE=smoke` it does that at once.
            "real" raises instead. "drawn" makes the stand-in. The file is looked for in `$VIT_KERAS_WEIGHTS` (a
            folder, or a checkpoint of your own: any file that `load_pretrained` reads), and in `weights/` and
            `data/weights/`, beside the module and in the folder you work in. `VIT_KERAS_OFFLINE=1` and the smoke
            profile never touch the network.

    Returns:
        `Weights`.

    Raises:
        ValueError: `source` is none of the three.
        FileNotFoundError: `source="real"` and there is nothing; the message says where we looked and what to do.
    """
    if source not in ("auto", "real", "drawn"):
        raise ValueError(f'`source` must be "auto", "real" or "drawn": got {source!r}.')
    smoke = os.environ.get("VIT_KERAS_PROFILE") == "smoke"
    if source == "drawn":
        return stand_in()
    if source == "auto" and smoke:
        why = "the smoke profile makes its own"
    else:
        path = next((path for path in candidates() if path.is_file()), None)
        if path is not None:
            return described(path)
        try:
            folder = download_from_hub(ON_THE_HUB)
            names = imagenet_class_names(download=not smoke and os.environ.get("VIT_KERAS_OFFLINE", "0") in ("", "0"))
            return Weights(folder, "DeiT-Ti", f"{DEIT}, from the hub.", names, True)
        except (ImportError, OSError, ValueError) as error:
            why = str(error).rstrip(".")
    if source == "real":
        looked = ", ".join(str(path.parent) for path in candidates())
        raise FileNotFoundError(f"{FILE} cannot be had: {why}. Looked in: {looked}. Put it into one of these folders, "
                                'or pass source="drawn".')
    found = stand_in()
    print(f"!!! NOT DeiT-Ti: a small model trained on drawn shapes stands in for it; no result from here on says what "
          f"pre-training on photographs buys. Why: {why}")
    return found


def candidates():
    """The files that may be the pretrained one, in this order, whether they exist or not."""
    given = os.environ.get("VIT_KERAS_WEIGHTS")
    paths = []
    if given:
        path = Path(given).expanduser()
        paths.append(path if path.suffix in (".safetensors", ".npz") else path / FILE)
    repository = Path(__file__).resolve().parents[2]
    paths += [folder / name / FILE for folder in (repository, Path.cwd()) for name in ("weights", "data/weights")]
    return list(dict.fromkeys(paths))


def described(path):
    """`Weights` of a file on this machine."""
    names = imagenet_class_names(path.parent)
    if path.name != FILE:
        return Weights(path, path.stem, f"Weights of your own: {path.name}.", names, True)
    if checksum(path, "sha256") == ROUNDED["sha256"]:
        return Weights(path, ROUNDED["name"], f"{DEIT}; {ROUNDED['what']}.", names, True)
    return Weights(path, "DeiT-Ti", f"{DEIT}.", names, True)


def stand_in():
    """`Weights` of the stand-in."""
    folder = stand_in_folder()
    about = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    source = (f"A stand-in, NOT DeiT-Ti: a small Vision Transformer trained on {about['images']:,} drawn shapes "
              f"({about['test_accuracy']:.0%} of new ones are named right).")
    return Weights(folder, "stand-in", source, tuple(about["label_names"]), False)
