"""A pretrained model by its name or its file: the checkpoint says how the model is built."""

import os
from pathlib import Path

from vit_keras.pretrained.description import describe
from vit_keras.pretrained.files import our_spelling, read_arrays, recognise
from vit_keras.pretrained.fitting import fit
from vit_keras.pretrained.layouts import GOOGLE, HUGGINGFACE, TIMM
from vit_keras.vit import VisionTransformer


def load_pretrained(name_or_path, image_shape=None, num_classes="stored", ignore=(), checkpoint_grid=None,
                    revision=None, verbose=True, **kwargs):
    """A `VisionTransformer` with pretrained weights.

    Sizes are read from the shapes in the checkpoint. What shapes do not tell:

    | | number of heads | epsilon | GELU | mean, deviation of pixels |
    |---|---|---|---|---|
    | Google's .npz | its shapes do tell | 1e-6 | tanh | 0.5, 0.5 |
    | Hugging Face's | config.json | config.json, else 1e-12 | config.json, else exact | preprocessor_config.json |
    | timm's | of the variant | 1e-6 | exact | config.json |

    Without the last file it is 0.5, or ImageNet's for a DeiT, and a printed line says so.

    Args:
        name_or_path: str or path. A `.npz` or `.safetensors` file; a folder with `model.safetensors` and
            config.json; or a name on the Hugging Face hub, such as `"google/vit-base-patch16-224"` or
            `"timm/vit_tiny_patch16_224.augreg_in21k"`, which is downloaded once and kept in the hub's own cache.
        image_shape: triple of ints `(H, W, C)`, or `None` for that of the checkpoint. Positions are interpolated.
        num_classes: int, `None` or `"stored"`, the checkpoint's own head, if it has one. Another number of classes
            gets a new head, all zero, without a hidden layer, as the paper fine-tunes; with `None` there is no head.
        ignore: str, or several. What may be missing or left over, see `load_npz`.
        checkpoint_grid: pair of ints. Of the checkpoint's positions, where they are no square grid.
        revision: str or `None`. Branch, tag or commit of a model on the hub.
        verbose: bool. Whether a few lines say what was loaded and what was assumed.
        **kwargs: Passed to `VisionTransformer`, before everything read: `num_heads`, `approximate_gelu`,
            `layer_norm_epsilon`, `mean`, `deviation`, `dropout_rate`, `name`, `dtype`, ...

    Returns:
        `VisionTransformer`.

    Raises:
        ValueError: the file is damaged, or of a model that ours cannot be; see `load_npz`.
        FileNotFoundError: there is no such file, and it cannot be a name on the hub.
        ConnectionError: the hub cannot be reached or has no such model; the message says which files to put where.
        ImportError: safetensors or, for a name, huggingface_hub is not installed.
    """
    path = Path(name_or_path).expanduser()
    found = describe(path if path.exists() else download_from_hub(str(name_or_path), revision))
    notes, said = [], bool(ignore)
    head, without_head = choose_head(found, num_classes, notes)
    ignore = [*([ignore] if isinstance(ignore, str) else ignore), *without_head, *missing_biases(found, notes)]
    checkpoint_grid = checkpoint_grid or found.grid()
    positions = "sincos" if found.computes_positions() else "learned"
    arguments = {
        "image_shape": found.image_shape(checkpoint_grid) if image_shape is None else tuple(image_shape),
        "patch_size": found.patch_size[0] if len(set(found.patch_size)) == 1 else found.patch_size,
        "num_layers": found.sizes["layers"],
        "hidden_dim": found.sizes["d"],
        "num_heads": kwargs["num_heads"] if "num_heads" in kwargs else found.num_heads(),
        "mlp_dim": found.sizes["m"],
        "pooling": "token" if "patch_encoder.class_token" in found.places else "average",
        "position_embedding": positions,
        **head,
        **found.numerics(),
        **found.pixels(kwargs, notes),
        **kwargs,
    }
    model = VisionTransformer(**arguments)
    values, more = fit(model, found.checkpoint, found.layout, ignore,
                       checkpoint_grid=checkpoint_grid if arguments["position_embedding"] == "learned" else None)
    for variable, value in values:
        variable.assign(value)
    if verbose:
        height, width, _ = model.image_shape
        print(f"{name_or_path}: {found.layout.name} layout, {found.variant()}, {height}x{width} pixels, "
              f"{model.count_params():,} parameters")
        for note in notes + [note for note in more if said or not note.startswith("ignored")]:
            print(f"- {note}")
    return model


def choose_head(found, num_classes, notes):
    """`(arguments of the model, what of the checkpoint is ignored)` for the head that is asked for."""
    stored = found.sizes.get("n")
    if num_classes == "stored" or num_classes == stored is not None:
        return {"num_classes": stored, "representation_dim": found.sizes.get("r")}, []
    if num_classes is not None:
        notes.append(f"a new head for {num_classes} classes, all zero (the checkpoint has {stored or 'none'})")
    return {"num_classes": num_classes, "representation_dim": None}, ["head", "pre_logits"]


def missing_biases(found, notes):
    """The biases of query, key and value, where the checkpoint has none: they stay zero."""
    biases = [f"attention.{part}.bias" for part in ("query", "key", "value")]
    if any(place.endswith(bias) for place in found.places for bias in biases):
        return []
    notes.append("the checkpoint has no biases of query, key and value: ours are zero")
    return [f"encoder.blocks.{i}.{bias}" for i in range(found.sizes["layers"]) for bias in biases]


# ---- Weights for a model that is there already ----

def load_npz(model, path, ignore=(), interpolate=True, checkpoint_grid=None):
    """Weights from Google's `.npz` files: Vision Transformer, AugReg, big_vision.

    Google's code computes GELU by its tanh formula and wants pixels in [-1, 1]: make the model with
    `approximate_gelu=True`, and leave `mean` and `deviation` at 0.5. `load_pretrained` does so by itself.

    Args:
        model: `VisionTransformer` without a stem. It is left untouched if anything is wrong.
        path: Of a `.npz` or `.safetensors` file, or of a folder with `model.safetensors` in it.
        ignore: str, or several. Keys of the file or places in the model, or beginnings of them, that may differ:
            `ignore="head"` keeps the model's own head.
        interpolate: bool. Whether positions of another grid are brought to the model's, as the layout's own code
            does it (see `interpolate_position_embedding`). `False` refuses them.
        checkpoint_grid: pair of ints `(rows, columns)` or `None` for a square. The grid of the file's positions.

    Returns:
        list of str: what is not simply copied (positions interpolated, keys ignored), a sentence each.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged or of another layout, or keys are missing, left over or of another shape; all
            of them are named.
        ImportError: a `.safetensors` file where the package safetensors is not installed.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929; Steiner et al., 2022,
        https://arxiv.org/abs/2106.10270. The table is `checkpoint_tables.GOOGLE`.
    """
    return load(model, path, GOOGLE, ignore, interpolate, checkpoint_grid)


def load_huggingface(model, path, ignore=(), interpolate=True, checkpoint_grid=None):
    """Weights from Hugging Face: `model.safetensors` of ViT and DeiT, with the keys of any version of transformers.

    Most of them are made for `layer_norm_epsilon=1e-12`: see config.json, or let `load_pretrained` read it. A
    `pooler`, which files without a head have, is the hidden layer of the head (`representation_dim`).

    Args, Returns and Raises as for `load_npz`. The table is `checkpoint_tables.HUGGINGFACE`.
    """
    return load(model, path, HUGGINGFACE, ignore, interpolate, checkpoint_grid)


def load_timm(model, path, ignore=(), interpolate=True, checkpoint_grid=None):
    """Weights from timm or DeiT, in a `.safetensors` file.

    A distilled DeiT is refused: it has a second class token, which all others look at, and `VisionTransformer` has
    not. As a start for fine-tuning, `ignore=("dist_token", "head_dist")` loads what remains; its answers are not
    those of the original.

    Args, Returns and Raises as for `load_npz`. The table is `checkpoint_tables.TIMM`.
    """
    return load(model, path, TIMM, ignore, interpolate, checkpoint_grid)


def load(model, path, layout, ignore=(), interpolate=True, checkpoint_grid=None):
    """What the three functions above do, for any `Layout`."""
    if not (hasattr(model, "patch_encoder") and hasattr(model, "encoder")):
        raise ValueError(f"`model` must be a `VisionTransformer`: got {type(model).__name__}.")
    arrays = read_arrays(path)
    found = recognise(arrays, Path(path).name)
    if found is not layout:
        raise ValueError(f"{Path(path).name} is written in {found.name} layout: `{found.loader}` reads it, not "
                         f"`{layout.loader}`.")
    checkpoint = our_spelling(arrays, layout)
    values, notes = fit(model, checkpoint, layout, ignore, interpolate, checkpoint_grid)
    for variable, value in values:  # from here on nothing can go wrong
        variable.assign(value)
    return notes


# ---- The Hugging Face hub, or a sentence that says how to do without ----

FILES = ("model.safetensors", "config.json", "preprocessor_config.json")


def download_from_hub(name, revision=None):
    """The folder of a model on the Hugging Face hub, downloaded with a progress bar or taken from the cache.

    `VIT_KERAS_OFFLINE=1` and the smoke profile never touch the network.
    """
    if name.count("/") != 1 or name.startswith((".", "/", "~")) or Path(name).suffix in (".npz", ".safetensors"):
        raise FileNotFoundError(f"There is no file or folder {name}, and a name on the hub looks like "
                                "google/vit-base-patch16-224.")
    by_hand = f"Download {', '.join(FILES)} of {name} with a browser into one folder, and pass the path of that folder."
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise ImportError(f"{name} is no file here, and for names on the Hugging Face hub the package huggingface_hub "
                          f"is needed: pip install huggingface_hub. Or: {by_hand}") from error
    offline = (os.environ.get("VIT_KERAS_OFFLINE", "0") not in ("", "0")
               or os.environ.get("VIT_KERAS_PROFILE") == "smoke")
    try:
        folder = Path(snapshot_download(name, revision=revision, allow_patterns=list(FILES), local_files_only=offline))
    except Exception as error:  # no network, no such model, no permission: the hub has an exception for each
        why = "VIT_KERAS_OFFLINE or the smoke profile forbids it" if offline else str(error).strip().split("\n")[0]
        raise ConnectionError(f"{name} cannot be downloaded from the Hugging Face hub: {why}. {by_hand}") from error
    if not (folder / "model.safetensors").is_file():
        raise ValueError(f"{name} has no model.safetensors on the hub; pickled weights are not read.")
    return folder
