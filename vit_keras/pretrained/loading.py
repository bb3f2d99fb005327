"""A pretrained model by its name or its file: the checkpoint says how the model is built."""

import os
from pathlib import Path

from vit_keras.pretrained.description import Description
from vit_keras.pretrained.files import INDEX, OTHERS, WHOLE, foreign, our_spelling, read_arrays, recognise
from vit_keras.pretrained.fitting import as_names, begins, fit
from vit_keras.pretrained.layouts import GOOGLE, HUGGINGFACE, TIMM
from vit_keras.pretrained.positions import as_grid
from vit_keras.vit import VisionTransformer, positive_int


def load_pretrained(name_or_path, image_shape=None, num_classes="stored", ignore=(), checkpoint_grid=None,
                    revision=None, verbose=True, prefix="", **kwargs):
    """A `VisionTransformer` with pretrained weights.

    Sizes are read from the shapes in the checkpoint. What shapes do not tell:

    | | number of heads | epsilon, GELU | mean, deviation of pixels |
    |---|---|---|---|
    | Google's .npz | its shapes do tell | 1e-6, tanh | 0.5, 0.5 |
    | Hugging Face's | config.json | config.json | preprocessor_config.json |
    | timm's | config.json: `model_args`, or else the architecture's name | 1e-6; as the heads | config.json |

    What no file says is assumed, and a line that begins with `!!!` says so. An entry beside the weights that makes
    another function of the model is obeyed or refused; `description.py` lists them all. Layer scale (DeiT III, DINOv2)
    is multiplied into the layers before it.

    Args:
        name_or_path: str or path. A `.npz` or `.safetensors` file; a folder with `model.safetensors`, or its parts and
            their index, and config.json; `"cifar10-vit"`, trained by the course itself, which is in the module, with a
            card in `pretrained/shipped`; or a name on the Hugging Face hub, such as `"google/vit-base-patch16-224"` or
            `"timm/vit_tiny_patch16_224.augreg_in21k"`, which is downloaded once and kept in the hub's own cache.
        image_shape: triple of ints `(H, W, C)`, a pair `(H, W)`, an int for a square, or `None` for that of the
            checkpoint. Positions are interpolated.
        num_classes: int, `None` or `"stored"`, the checkpoint's own head, if it has one. Another number of classes
            gets a new head, all zero, without a hidden layer, as the paper fine-tunes; with `None` there is no head.
            The stored number keeps the stored head, and a line says so; `ignore="head"` makes a new one of it.
        ignore: str, or several. What may be missing or left over, see `load_npz`.
        checkpoint_grid: pair of ints. Of the checkpoint's positions, where they are no square grid.
        revision: str or `None`. Branch, tag or commit of a model on the hub.
        verbose: bool. Whether a few lines say what was loaded and what was assumed.
        prefix: str. What stands before the keys that are read, such as `"module."`; all other keys are left out.
        **kwargs: Passed to `VisionTransformer`, before everything read: `num_heads`, `approximate_gelu`,
            `layer_norm_epsilon`, `mean`, `deviation`, `dropout_rate`, `name`, `dtype`, ...

    Returns:
        `VisionTransformer`.

    Raises:
        ValueError: the file is damaged, or of a model that ours cannot be, see `load_npz`; or there is no such name.
        FileNotFoundError: there is no such file, and it cannot be a name on the hub.
        ConnectionError: the hub cannot be reached or has no such model; the message says which files to put where.
        ImportError: safetensors or, for a name, huggingface_hub is not installed.
    """
    if not isinstance(name_or_path, (str, os.PathLike)):
        raise ValueError(f"`name_or_path` must be a path or a name on the hub: got {name_or_path!r}.")
    path = Path(name_or_path).expanduser()
    if not path.exists():
        path = shipped().get(str(name_or_path)) or download_from_hub(str(name_or_path), revision)
    found = Description(path, prefix)
    said, ignore = bool(ignore), as_names(ignore)
    if strange := foreign([name for key, (name, _) in found.checkpoint.items()
                           if not begins(key, ignore) and not begins(name, ignore)]):
        raise ValueError(f"{path.name} cannot be a `VisionTransformer`. {' '.join(strange)}")
    # Where a shape is given and only a square would be assumed, `fit` compares it with the model's own grid.
    grid = found.grid(image_shape is None) if checkpoint_grid is None else as_grid("checkpoint_grid", checkpoint_grid)
    p, q = found.patch_size
    head, without_head = choose_head(found, num_classes, ignore)
    ignore = [*ignore, *without_head, *found.missing_biases()]
    arguments = {
        "image_shape": found.image_shape(grid) if image_shape is None else whole_shape(image_shape, found.sizes["c"]),
        "patch_size": p if p == q else (p, q),
        "num_layers": found.sizes["layers"],
        "hidden_dim": found.sizes["d"],
        "num_heads": kwargs["num_heads"] if "num_heads" in kwargs else found.num_heads(),
        "mlp_dim": found.sizes["m"],
        "pooling": kwargs["pooling"] if "pooling" in kwargs else found.pooling(),
        "position_embedding": found.position_embedding(),
        **head,
        **found.numerics(kwargs),
        **found.pixels(kwargs),
        **kwargs,
    }
    model = VisionTransformer(**arguments)
    values, notes = fit(model, found.checkpoint, found.layout, ignore,
                        checkpoint_grid=grid if arguments["position_embedding"] == "learned" else None)
    for variable, value in values:
        variable.assign(value)
    if verbose:
        height, width, _ = model.image_shape
        print(f"{name_or_path}: {found.layout.name} layout, {found.variant()}, {height}x{width} pixels, "
              f"{model.count_params():,} parameters")
        for note in found.notes + [note for note in notes if said or not note.startswith("ignored")]:
            print(f"- {note}")
    return model


def whole_shape(image_shape, channels):
    """`(H, W, C)` of what `load_pretrained` is given; whether the sides are possible, `VisionTransformer` says."""
    shape = tuple(image_shape) if isinstance(image_shape, (tuple, list)) else (image_shape, image_shape)
    shape = shape if len(shape) == 3 else (*shape, channels)
    if shape[2:] != (channels,):
        raise ValueError("`image_shape` must be a triple (H, W, C), a pair (H, W) or an int, with the "
                         f"{channels} channels of the file's patches: got {image_shape!r}.")
    return shape


def choose_head(found, num_classes, ignore=()):
    """`(arguments of the model, what of the checkpoint is ignored)` for the head that is asked for."""
    stored = found.sizes.get("n")
    if num_classes is not None and num_classes != "stored":
        num_classes = positive_int("num_classes", num_classes, ', "stored", or None for a model without a head')
    if num_classes == "stored" or num_classes == stored is not None:
        if num_classes == stored and "head" not in ignore:
            found.notes.append(f'the stored head for {stored} classes is kept; `ignore="head"` makes a new one')
        return {"num_classes": stored, "representation_dim": found.sizes.get("r")}, []
    if num_classes is not None:
        found.notes.append(f"a new head for {num_classes} classes, all zero (the checkpoint has {stored or 'none'})")
    return {"num_classes": num_classes, "representation_dim": None}, ["head", "pre_logits"]


# ---- Weights for a model that is there already ----

def loader(layout):
    """The function that reads one layout."""

    def load(model, path, ignore=(), interpolate=True, checkpoint_grid=None, prefix=""):
        """Weights for a model that is there already.

        `load_npz` reads Google's `.npz` files: Vision Transformer, AugReg, big_vision. They are made for
        `approximate_gelu=True` and `mean` and `deviation` of 0.5. `load_huggingface` reads ViT, DeiT and DINOv2 of
        transformers, most of them made for `layer_norm_epsilon=1e-12`; a `pooler`, which files without a head have,
        is the hidden layer of the head (`representation_dim`). `load_timm` reads timm's files, and DeiT. What a
        model is to be made with stands in config.json; `load_pretrained` reads that by itself.

        Args:
            model: `VisionTransformer` without a stem. It is left untouched if anything is wrong.
            path: Of a `.npz` or `.safetensors` file, or of a folder with `model.safetensors` in it, see `read_arrays`.
            ignore: str, or several. Keys of the file or places in the model, or beginnings of them, that may differ:
                `ignore="head"` keeps the model's own head. A distilled DeiT, which is refused for its second class
                token, is a start for fine-tuning with `ignore=("dist_token", "head_dist")`; its answers are others.
            interpolate: bool. Whether positions of another grid are brought to the model's, as the layout's own code
                does it (see `interpolate_position_embedding`). `False` refuses them.
            checkpoint_grid: pair of ints `(rows, columns)` or `None` for a square. The grid of the file's positions.
            prefix: str. What stands before the keys that are read, such as `"module."`; all other keys are left out.

        Returns:
            list of str: what is not simply copied (positions interpolated, keys ignored), a sentence each.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file is damaged or of another layout, or keys are missing, left over or of another shape;
                all of them are named.
            ImportError: a `.safetensors` file where the package safetensors is not installed.

        Reference:
            Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929; Steiner et al., 2022,
            https://arxiv.org/abs/2106.10270. The table is `layouts.TABLE`.
        """
        if not (hasattr(model, "patch_encoder") and hasattr(model, "encoder")):
            raise ValueError(f"`model` must be a `VisionTransformer`: got {type(model).__name__}.")
        arrays, name = read_arrays(path, prefix), Path(path).name
        found = recognise(arrays, name)
        if found is not layout:
            raise ValueError(f"{name} is written in {found.name} layout: `{found.loader}` reads it, not "
                             f"`{layout.loader}`.")
        values, notes = fit(model, our_spelling(arrays, layout), layout, ignore, interpolate, checkpoint_grid)
        for variable, value in values:  # from here on nothing can go wrong
            variable.assign(value)
        return notes

    load.__name__ = load.__qualname__ = layout.loader
    return load


load_npz, load_huggingface, load_timm = map(loader, (GOOGLE, HUGGINGFACE, TIMM))


# ---- Names: of the course's own models, and of those on the Hugging Face hub ----

SHIPPED = Path(__file__).parent / "shipped"  # a folder for each, with its card, README.md


def shipped():
    """`{name: folder}` of the models that come with the course."""
    return {file.parent.name: file.parent for file in sorted(SHIPPED.glob("*/model.safetensors"))}


FILES = (WHOLE, "config.json", "preprocessor_config.json")
PARTS = (INDEX, "model-*-of-*.safetensors")  # of a large model


def offline():
    """Whether the network must not be touched."""
    return (os.environ.get("VIT_KERAS_OFFLINE", "0") not in ("", "0")
            or os.environ.get("VIT_KERAS_PROFILE") == "smoke")


def download_from_hub(name, revision=None):
    """The folder of a model on the Hugging Face hub, downloaded with a progress bar or taken from the cache."""
    is_file = Path(name).suffix.lower() in (".npz", ".safetensors", *OTHERS)
    if Path(name).name == name and not is_file:
        raise ValueError("`name_or_path` must be a file or folder that is there, the name of a model of the course "
                         f"({', '.join(shipped()) or 'of which none is installed'}), or a name on the hub such as "
                         f"google/vit-base-patch16-224: got {name!r}.")
    if name.count("/") != 1 or name.startswith((".", "/", "~")) or is_file:
        raise FileNotFoundError(f"There is no file or folder {name}, and a name on the hub looks like "
                                "google/vit-base-patch16-224.")
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
