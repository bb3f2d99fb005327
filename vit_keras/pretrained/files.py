"""Files of weights: found by a name or a path, and read without running anything that may be in them."""

import json
import os
import re
import zipfile
from pathlib import Path

import numpy as np

from vit_keras.data.files import read_npz

WHOLE, INDEX = "model.safetensors", "model.safetensors.index.json"
PICKLE = ("a pickle, as PyTorch writes them. It can run any program when it is opened, and is not. Most models are to "
          "be had as model.safetensors too; your own you can write so with "
          "safetensors.torch.save_file(model.state_dict(), 'model.safetensors')")
KERAS = "a whole model of Keras: `keras.saving.load_model(path)` reads it"
KERAS_WEIGHTS = ("weights that Keras wrote, or TensorFlow: make the same model and call `model.load_weights(path)`; a "
                 "whole model `keras.saving.load_model(path)` reads. Of a model of Hugging Face take model.safetensors")
GRAPH = "a program for running a model, not its weights by name: take the checkpoint that it was made of"
# What other files are, by their ending.
OTHERS = {
    **dict.fromkeys((".bin", ".pth", ".pt", ".ckpt", ".pkl", ".pickle", ".tar", ".th", ".pyth"), PICKLE),
    ".keras": KERAS, **dict.fromkeys((".h5", ".hdf5"), KERAS_WEIGHTS),
    **dict.fromkeys((".onnx", ".tflite", ".pb", ".mlmodel"), GRAPH),
    **dict.fromkeys((".msgpack", ".gguf"), "weights of another library: take model.safetensors of the same model"),
    ".json": "settings or an index, no weights: pass the folder, or the file of weights",
    ".npy": "a single array of NumPy: save all of them with `numpy.savez`",
}
SIGNS = {  # and by their first bytes
    b"version https://git-lfs": "a pointer of Git LFS: `git lfs pull` fetches the real file",
    b"<": "a web page, saved in place of the file: download it anew",
    b"\x89HDF": KERAS_WEIGHTS, b"\x93NUMPY": OTHERS[".npy"], b"GGUF": OTHERS[".gguf"],
}


def read_arrays(path, prefix=""):
    """All arrays of a `.npz` or `.safetensors` file, under the names the file gives them.

    Args:
        path: Of the file; of a folder with a `model.safetensors`, or its parts and their index, in it; or of that
            index, `model.safetensors.index.json`.
        prefix: str. Only the arrays whose names begin with it are returned, without it.

    Returns:
        dict of NumPy arrays, `{key: array}`. Floating-point numbers come as float32, whether the file has them in
        16 (float16, bfloat16), 32 or 64 bits.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is of another kind, or damaged, or holds objects in place of numbers, or numbers that
            are none (NaN, infinite), or none that begin with `prefix`.
    """
    arrays = {}
    for part in parts_of(Path(path).expanduser()):
        found = read(part)
        if twice := sorted(arrays.keys() & found.keys()):
            raise ValueError(f"{part.name} has keys that stand in another part too: {', '.join(twice)}.")
        arrays |= {key: as_float32(array) for key, array in found.items()}
    arrays = under(arrays, prefix)
    wrong = [key for key, array in arrays.items() if array.dtype.kind == "f" and not np.isfinite(array).all()]
    if wrong:
        raise ValueError(f"{Path(path).name} holds numbers that are NaN or infinite, in {', '.join(sorted(wrong))}.")
    return arrays


def parts_of(path):
    """The files of a checkpoint: one, or all that an index lists."""
    if path.is_dir():
        names = sorted(file.name for file in path.iterdir() if file.is_file())
        found = next((name for name in (WHOLE, INDEX) if name in names), None)
        if not found:
            raise FileNotFoundError(f"There is no file {path / WHOLE}. {what_lies_there(names)}")
        path = path / found
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}.")
    if not path.name.lower().endswith(".safetensors.index.json"):
        part = re.fullmatch(r"(.*)-\d+-of-0*(\d+)\.safetensors", path.name)
        if part and int(part[2]) > 1:
            raise ValueError(f"{path.name} is one of the {part[2]} parts of a checkpoint: pass the folder of all of "
                             f"them, or their index, {part[1]}.safetensors.index.json.")
        return [path]
    files = json_object(path).get("weight_map")
    names = sorted({str(name) for name in files.values()}) if isinstance(files, dict) else []
    parts = [path.parent / name for name in names]
    if not names or [part.name for part in parts] != names:
        raise ValueError(f"{path.name} must be an index with a `weight_map`, from keys to names of files beside it.")
    if missing := [part.name for part in parts if not part.is_file()]:
        raise FileNotFoundError(f"{path.name} lists {len(parts)} files, of which {', '.join(missing)} are missing in "
                                f"{path.parent}: download them too.")
    return parts


def json_object(path):
    """The content of a JSON file, or {} where there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig")) if path.is_file() else {}  # with a BOM or without
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path.name} is not valid JSON: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path.name} must hold an object: got {type(content).__name__}.")
    return content


def what_lies_there(names):
    """A sentence on a folder of such files, without `model.safetensors`."""
    if "adapter_config.json" in names:
        return "The folder holds an adapter (PEFT): merge it, `model.merge_and_unload().save_pretrained(folder)`."
    if ours := [name for name in names if name.lower().endswith((".safetensors", ".npz"))]:
        return f"Pass one of the files that are in the folder: {', '.join(ours)}."
    for name in names:
        if name.endswith(".bin.index.json"):
            return f"{name} lists parts that are pickles."
        if (what := OTHERS.get(Path(name).suffix.lower())) and not name.endswith(".json"):
            return f"{name} is {what}."
    return "It must hold one, or its parts and their index."


def read(path):
    """The arrays of one file as they are."""
    suffix, what = path.suffix.lower(), content(path)
    if suffix not in (".npz", ".safetensors"):
        what = OTHERS.get(suffix) or what
        raise ValueError(f"`path` must be a .npz or .safetensors file: got {path.name}{f', {what}' if what else ''}.")
    if what:
        raise ValueError(f"{path.name} cannot be read as {suffix}, or is damaged: it is {what}.")
    if suffix == ".npz":
        return read_npz(path)
    try:
        from safetensors.numpy import load_file
    except ImportError as error:
        raise ImportError(f"Reading {path.name} needs the package safetensors: pip install safetensors.") from error
    try:
        return load_file(path)
    except AttributeError as error:
        raise ValueError(f"{path.name} has numbers of a kind that NumPy has not, as float8: save them in 16 bits or "
                         f"more ({error}).") from error
    except Exception as error:  # SafetensorError, and whatever else a damaged file may cause
        raise ValueError(f"{path.name} cannot be read as safetensors, or is damaged: {error}") from error


def content(path):
    """What a file is by its first bytes, where it is neither `.npz` nor `.safetensors`; else `""`."""
    with open(path, "rb") as file:
        start = file.read(64)
    if not start:
        return "empty: download it anew"
    if start[8:9] == b"{":  # a safetensors file: a length of 8 bytes, whatever they are, and an object of JSON
        return ""
    if start.startswith(b"PK"):
        try:
            with zipfile.ZipFile(path) as file:
                names = file.namelist()
        except Exception:  # a damaged archive is nothing that could be named; its reader says what is wrong
            return ""
        return PICKLE if any(name.endswith("data.pkl") for name in names) else KERAS if "config.json" in names else ""
    if re.match(rb"\x80[\2-\5]", start):  # protocols 2 to 5 of pickle name themselves
        return PICKLE
    start = start.lstrip(b"\xef\xbb\xbf \t\r\n")  # what may stand before a web page
    return next((what for sign, what in SIGNS.items() if start.startswith(sign)), "")


def as_float32(array):
    if array.dtype.kind == "V" and array.dtype.itemsize == 2:
        # bfloat16 is the upper half of a float32. NumPy does not know it: out of a .npz it comes as two bytes.
        return (array.view("<u2").astype("uint32") << 16).view("float32")
    return array.astype("float32") if array.dtype.kind == "f" else array


def under(arrays, prefix):
    """The arrays whose keys begin with a prefix, without it; there must be some."""
    if not isinstance(prefix, str):
        raise ValueError(f"`prefix` must be a str, the beginning of keys: got {prefix!r}.")
    for start in (prefix,) if not prefix or prefix[-1] in "./" else (prefix + ".", prefix + "/", prefix):
        if found := {key.removeprefix(start): array for key, array in arrays.items() if key.startswith(start)}:
            return found
    raise ValueError("`prefix` must be how keys of the file begin: got "
                     f"{prefix!r}, and its keys are {', '.join(sorted(arrays)[:4])}, ...")


# ---- Names: of the course's own models, and of those on the Hugging Face hub ----

SHIPPED = Path(__file__).parent / "shipped"  # a folder for each, with its card, README.md
FILES = (WHOLE, "config.json", "preprocessor_config.json")
PARTS = (INDEX, "model-*-of-*.safetensors")  # of a large model


def shipped():
    """`{name: folder}` of the models that come with the course."""
    return {file.parent.name: file.parent for file in sorted(SHIPPED.glob(f"*/{WHOLE}"))}


def find(name_or_path, revision=None):
    """The path that `load_pretrained` reads: that which is given, or the folder of a name."""
    if not isinstance(name_or_path, (str, os.PathLike)):
        raise ValueError(f"`name_or_path` must be a path or a name on the hub: got {name_or_path!r}.")
    path, name = Path(name_or_path).expanduser(), str(name_or_path)
    if path.exists():
        return path
    if name in shipped():
        return shipped()[name]
    if path.suffix.lower() in (".npz", ".safetensors", *OTHERS) or name.startswith((".", "/", "~")) or (
            name.count("/") > 1):
        raise FileNotFoundError(f"There is no file or folder {name}, and a name on the hub looks like "
                                "google/vit-base-patch16-224.")
    if "/" not in name:
        raise ValueError("`name_or_path` must be a file or folder that is there, the name of a model of the course "
                         f"({', '.join(shipped()) or 'of which none is installed'}), or a name on the hub such as "
                         f"google/vit-base-patch16-224: got {name!r}.")
    return download_from_hub(name, revision)


def offline():
    """Whether the network must not be touched."""
    return (os.environ.get("VIT_KERAS_OFFLINE", "0") not in ("", "0")
            or os.environ.get("VIT_KERAS_PROFILE") == "smoke")


def download_from_hub(name, revision=None):
    """The folder of a model on the Hugging Face hub, downloaded with a progress bar or taken from the cache."""
    by_hand = f"Download {', '.join(FILES)} of {name} with a browser into one folder, and pass the path of that folder."
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise ImportError(f"{name} is no file here, and for names on the Hugging Face hub the package huggingface_hub "
                          f"is needed: pip install huggingface_hub. Or: {by_hand}") from error
    try:
        folder = Path(snapshot_download(name, revision=revision, allow_patterns=[*FILES, *PARTS],
                                        local_files_only=offline()))
    except Exception as error:  # no network, no such model, no permission: the hub has an exception for each
        why = "VIT_KERAS_OFFLINE or the smoke profile forbids it" if offline() else str(error).strip().split("\n")[0]
        raise ConnectionError(f"{name} cannot be downloaded from the Hugging Face hub: {why}. {by_hand}") from error
    if not any((folder / file).is_file() for file in (WHOLE, INDEX)):
        raise ValueError(f"{name} has no model.safetensors on the hub; pickled weights are not read.")
    return folder
