"""Files of weights, read without running anything that may be in them."""

import json
import re
import zipfile
from pathlib import Path

import numpy as np

from vit_keras.data.files import read_npz
from vit_keras.pretrained.layouts import LAYOUTS

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
        arrays |= {key: _float32(array) for key, array in _read(part).items()}
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
    try:
        names = sorted(set(json.loads(path.read_text(encoding="utf-8"))["weight_map"].values()))
        parts = [path.parent / name for name in names]
        if not names or [part.name for part in parts] != names:
            raise ValueError("its files must lie beside it")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path.name} must be an index with a `weight_map`, from keys to names of files beside it: it "
                         f"cannot be read ({type(error).__name__}).") from error
    if missing := [part.name for part in parts if not part.is_file()]:
        raise FileNotFoundError(f"{path.name} lists {len(parts)} files, of which {', '.join(missing)} are missing in "
                                f"{path.parent}: download them too.")
    return parts


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


def _read(path):
    suffix = path.suffix.lower()
    if suffix not in (".npz", ".safetensors"):
        what = OTHERS.get(suffix) or content(path)
        raise ValueError(f"`path` must be a .npz or .safetensors file: got {path.name}{f', {what}' if what else ''}.")
    if what := content(path):
        raise ValueError(f"{path.name} cannot be read as {suffix}, or is damaged: it is {what}.")
    if suffix == ".npz":
        return read_npz(path)
    try:
        from safetensors.numpy import load_file
    except ImportError as error:
        raise ImportError(f"Reading {path.name} needs the package safetensors: pip install safetensors.") from error
    try:
        return load_file(path)
    except Exception as error:  # SafetensorError; others for exotic kinds of numbers
        raise ValueError(f"{path.name} cannot be read as safetensors, or is damaged: {error}") from error


def content(path):
    """What a file is by its first bytes, where it is neither `.npz` nor `.safetensors`; else `""`."""
    with open(path, "rb") as file:
        start = file.read(64)
    if start.startswith(b"PK"):
        try:
            with zipfile.ZipFile(path) as file:
                names = file.namelist()
        except Exception:  # a damaged archive is nothing that could be named; its reader says what is wrong
            return ""
        return (PICKLE if any(name.endswith("data.pkl") for name in names) else
                KERAS if "config.json" in names else "")
    # Protocols 2 to 5 of pickle name themselves; a safetensors file begins with a length and then an object of JSON.
    if re.match(rb"\x80[\2-\5]", start) and start[8:9] != b"{":
        return PICKLE
    return next((what for sign, what in SIGNS.items() if start.startswith(sign)), "") if start else (
        "empty: download it anew")


def _float32(array):
    if array.dtype.kind == "V" and array.dtype.itemsize == 2:
        # bfloat16 is the upper half of a float32. NumPy does not know it: out of a .npz it comes as two bytes.
        return (array.view("<u2").astype("uint32") << 16).view("float32")
    return array.astype("float32") if array.dtype.kind == "f" else array


# ---- Keys: what stands before all of them, and in which layout they are written ----

def under(arrays, prefix):
    """The arrays whose keys begin with a prefix, without it; there must be some."""
    if not isinstance(prefix, str):
        raise ValueError(f"`prefix` must be a str, the beginning of keys: got {prefix!r}.")
    for start in (prefix,) if not prefix or prefix[-1] in "./" else (prefix + ".", prefix + "/", prefix):
        if found := {key.removeprefix(start): array for key, array in arrays.items() if key.startswith(start)}:
            return found
    named = " and ".join(f"`{one}`" for one in prefixes(arrays)) or ", ".join(sorted(arrays)[:4])
    raise ValueError(f"`prefix` must be how keys of the file begin: got {prefix!r}, and they begin with {named}.")


def layout_of(key):
    """The `Layout` of which this is the marker, or `None`."""
    return next((layout for layout in LAYOUTS if respelled(key, layout) == layout.marker), None)


def prefixes(arrays):
    """What stands before the key by which a Vision Transformer is known, for each that is in a file: `["module."]`."""
    found = [next((key[: match.end()] for match in re.finditer("[./]", key) if layout_of(key[match.end() :])), None)
             for key in arrays]
    return [prefix for prefix in found if prefix]


def recognise(arrays, name="The file"):
    """The `Layout` in which these keys are written; it must be one that we know."""
    if layout := next(filter(None, map(layout_of, arrays)), None):
        return layout
    if found := prefixes(arrays):
        each = " and ".join(f"`{one}` before {sum(key.startswith(one) for key in arrays)} of its {len(arrays)} keys"
                            for one in found)
        raise ValueError(f"{name} has {each}. Pass what shall be read as `prefix`, such as prefix={found[0]!r}.")
    markers = ", ".join(f"{layout.marker} ({layout.name})" for layout in LAYOUTS)
    raise ValueError(f"{name} must be a checkpoint of a Vision Transformer, with one of {markers}: got "
                     f"{len(arrays)} keys, {', '.join(sorted(arrays)[:4])}, ... {' '.join(foreign(arrays))}".strip())


# Parts that make another function of a model. Where one is in a file, its answers are out of our model's reach.
FOREIGN = {
    r"lora_[AB]|base_layer": "It has an adapter that is not merged (PEFT): save `model.merge_and_unload()`.",
    r"dist(illation)?_token$": "It is a distilled DeiT: its second class token, which all tokens look at, has no "
                               "place in `VisionTransformer`, so its answers cannot be reproduced.",
    r"reg(ister)?_tokens?$": "It has registers: more tokens, which all tokens look at.",
    r"\b[qk]_norm\b": "It normalises queries and keys.",
    r"\b(norm_pre|ln_pre|pre_layrnorm)\b": "It has a norm before the first block, as CLIP's have.",
    r"\bfc_norm\b": "It averages the tokens first and normalises afterwards.",
    r"\battn_pool\b|MAPHead|\bhead\.probe$": "It reads its answer through one more attention, as SigLIP's do.",
    r"\b(attn|mlp)\.norm\b|inner_attn_ln|ffn_ln": "It has norms inside attention or MLP.",
    r"relative_position|rel_pos": "It has relative positions, as BEiT has.",
    r"fc1_g|\bw12\b|weights_in": "Its MLPs are gated (SwiGLU).",
    r"patch_embed\.(backbone|norm)|conv_root|embedder": "Its patches come from a CNN (a hybrid), or have a norm.",
    r"\b(attns|ffns)\.\d": "It has attentions side by side in one block.",
}


def foreign(keys):
    """A sentence for each part among these keys that `VisionTransformer` has not."""
    return [what for pattern, what in FOREIGN.items() if any(re.search(pattern, key) for key in keys)]


def respelled(key, layout):
    """A key as the layout's table writes it."""
    for pattern, replacement in layout.spellings:
        key = re.sub(pattern, replacement, key)
    return key


def our_spelling(arrays, layout):
    """The arrays under the keys of the layout's table, each of which must be there once: `{key: (the file's, array)}`.

    A scanned encoder of big_vision keeps each array once, all blocks along its first axis: it is taken apart.
    """
    checkpoint = {}
    for name, array in arrays.items():
        stacked = "/encoderblock/" in name and array.ndim
        for index, part in enumerate(array if stacked else [array]):
            own = name.replace("/encoderblock/", f"/encoderblock_{index}/") if stacked else name
            key = respelled(own, layout)
            if key in checkpoint:
                raise ValueError(f"Two keys of the file mean the same: {checkpoint[key][0]} and {own}.")
            checkpoint[key] = (own, part)
    return checkpoint
