"""A pretrained model by its name or its file; weights for a model that is there; what is wrong if they do not fit."""

import re
from pathlib import Path

import numpy as np

from vit_keras.pretrained.description import Description
from vit_keras.pretrained.files import find
from vit_keras.pretrained.layouts import GOOGLE, HUGGINGFACE, TIMM, arrange, foreign, read_checkpoint, variable_at
from vit_keras.pretrained.positions import as_grid, interpolate_position_embedding, square_grid
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
    path = find(name_or_path, revision)
    found = Description(path, prefix)
    said, ignore = bool(ignore), as_names(ignore)
    if strange := foreign([name for key, (name, _) in found.checkpoint.items()
                           if not begins(key, ignore) and not begins(name, ignore)]):
        raise ValueError(f"{path.name} cannot be a `VisionTransformer`. {' '.join(strange)}")
    # Where a shape is given and only a square would be assumed, `fill` compares it with the model's own grid.
    grid = found.grid(image_shape is None) if checkpoint_grid is None else as_grid("checkpoint_grid", checkpoint_grid)
    head, without_head = choose_head(found, num_classes, ignore)
    ignore = [*ignore, *without_head, *found.missing_biases()]
    arguments = {
        "image_shape": found.image_shape(grid) if image_shape is None else whole_shape(image_shape, found.sizes["c"]),
        "patch_size": found.patch_size,
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
    notes = fill(model, found.checkpoint, found.layout, ignore,
                 grid if arguments["position_embedding"] == "learned" else None)
    if verbose:
        height, width, _ = model.image_shape
        print(f"{name_or_path}: {found.layout.name} layout, {found.variant()}, {height}x{width} pixels, "
              f"{model.count_params():,} parameters")
        for note in found.notes + [note for note in notes if said or not note.startswith("ignored")]:
            print(f"- {note}")
    return model


def whole_shape(image_shape, channels):
    """`(H, W, C)` of what `load_pretrained` is given."""
    shape = tuple(image_shape) if isinstance(image_shape, (tuple, list)) else (image_shape, image_shape)
    shape = shape if len(shape) == 3 else (*shape, channels)
    if shape[2:] != (channels,):
        raise ValueError("`image_shape` must be a triple (H, W, C), a pair (H, W) or an int, with the "
                         f"{channels} channels of the file's patches: got {image_shape!r}.")
    return shape


def choose_head(found, num_classes, ignore=()):
    """`(arguments of the model, what of the checkpoint is ignored)` for the head that is asked for."""
    stored = found.sizes.get("n")
    if num_classes not in (None, "stored"):
        num_classes = positive_int("num_classes", num_classes, ', "stored", or None for a model without a head')
    if num_classes == "stored" or num_classes == stored is not None:
        if num_classes == stored and "head" not in ignore:
            found.notes.append(f'the stored head for {stored} classes is kept; `ignore="head"` makes a new one')
        return {"num_classes": stored, "representation_dim": found.sizes.get("r")}, []
    if num_classes:
        found.notes.append(f"a new head for {num_classes} classes, all zero (the checkpoint has {stored or 'none'})")
    return {"num_classes": num_classes, "representation_dim": None}, ["head", "pre_logits"]


# ---- Weights for a model that is there already ----

def loader(layout):
    """The function that reads one layout."""

    def load(model, path, ignore=(), checkpoint_grid=None, prefix=""):
        """Weights for a model that is there already.

        `load_npz` reads Google's `.npz` files: Vision Transformer, AugReg, big_vision; `load_huggingface` ViT, DeiT
        and DINOv2 of transformers, where a `pooler`, which files without a head have, is the hidden layer of the head
        (`representation_dim`); `load_timm` timm's files, and DeiT. How the model is to be made: see `load_pretrained`,
        which does it by itself.

        Args:
            model: `VisionTransformer` without a stem. It is left untouched if anything is wrong.
            path: See `read_arrays`.
            ignore: str, or several. Keys of the file or places in the model, or beginnings of them, that may differ:
                `ignore="head"` keeps the model's own head. A distilled DeiT, which is refused for its second class
                token, is a start for fine-tuning with `ignore=("dist_token", "head_dist")`; its answers are others.
            checkpoint_grid: pair of ints `(rows, columns)` or `None` for a square. The grid of the file's positions,
                which are brought to the model's as the layout's own code does it (`interpolate_position_embedding`).
            prefix: str. See `load_pretrained`.

        Returns:
            list of str: what is not simply copied (positions interpolated, keys ignored), a sentence each.

        Raises:
            FileNotFoundError, ImportError: as `load_pretrained`.
            ValueError: the file is damaged or of another layout, or keys are missing, left over or of another shape;
                all of them are named.

        Reference:
            Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929; Steiner et al., 2022,
            https://arxiv.org/abs/2106.10270. The table is `layouts.TABLE`.
        """
        if not (hasattr(model, "patch_encoder") and hasattr(model, "encoder")):
            raise ValueError(f"`model` must be a `VisionTransformer`: got {type(model).__name__}.")
        found, checkpoint = read_checkpoint(path, prefix)
        if found is not layout:
            raise ValueError(f"{Path(path).name} is written in {found.name} layout: `{found.loader}` reads it, not "
                             f"`{layout.loader}`.")
        return fill(model, checkpoint, layout, ignore, checkpoint_grid)

    load.__name__ = load.__qualname__ = layout.loader
    return load


load_npz, load_huggingface, load_timm = map(loader, (GOOGLE, HUGGINGFACE, TIMM))


# ---- A checkpoint beside a model: what goes where, what is missing, left over or of another shape ----

def fill(model, checkpoint, layout, ignore=(), checkpoint_grid=None):
    """Put a checkpoint's arrays into a model, all or none; returns the sentences that `load_npz` returns."""
    ignore = as_names(ignore)
    checkpoint_grid = None if checkpoint_grid is None else as_grid("checkpoint_grid", checkpoint_grid)
    factors = {f"encoder.blocks.{index}.{layer}.{part}": key.format(i=index)
               for key, layer in zip(layout.scales, ("attention.output_projection", "mlp.dense_2"))
               for index in range(model.num_layers) for part in ("kernel", "bias")}
    folded = checkpoint.keys() & factors.values()
    values, notes, missing, misshapen = [], [], [], []
    # Keys that have found their place, the ids of variables that have a row, places that are left as they are, and
    # whether the answers depend on one of these.
    taken, with_a_row, ignored, random = set(folded), set(), set(), False
    for key, place, axes in layout.table(model.num_layers):
        (name, array), variable = checkpoint.get(key, (key, None)), variable_at(model, place)
        skipped = any(begins(text, ignore) for text in (key, name, place))
        if variable is not None or skipped:
            taken.add(key)
        if variable is None:
            continue
        with_a_row.add(id(variable))
        if skipped:
            ignored.add(place)
            if not place.startswith(("head", "pre_logits")):
                random |= array is not None or not place.endswith(".bias")  # a bias that nobody has is zero
        elif array is None:
            missing.append(f"{key} (our {place}, {shape(variable)})")
        else:
            try:
                value = arrange(array, axes)
                if place == "patch_encoder.positions":
                    value = fit_positions(value, model, checkpoint, layout, checkpoint_grid, notes)
                factor = checkpoint.get(factors.get(place), (None, None))[1]
                if {"float32"} != {one.dtype.name for one in (array, factor) if one is not None}:
                    raise ValueError("whole numbers, as of a quantized model: save it in 16 bits or more")
                if factor is not None:
                    value = value * np.broadcast_to(factor, value.shape[-1:])  # layer scale: (D,) outputs
                if value.shape != tuple(variable.shape):
                    raise ValueError(f"{shape(value)}; our {place} needs {shape(variable)}")
                values.append((variable, value))
            except ValueError as error:
                misshapen.append(f"{name} ({error})")

    missing += [f"(no key) for our {variable.path}" for variable in model.weights if id(variable) not in with_a_row]
    allowed = {key for key, (name, _) in checkpoint.items() if begins(key, ignore) or begins(name, ignore)}
    unused = [name for key, (name, _) in checkpoint.items() if key not in taken | allowed
              and not key.endswith("mask_token")]  # it stands for what pre-training hides
    if missing or unused or misshapen:
        raise ValueError(misfit(missing, unused, misshapen, model, checkpoint, layout))
    if folded:
        notes.append(f"layer scale is multiplied into the layers before it ({len(folded)} arrays)")
    if ignored := ignored.union(checkpoint[key][0] for key in allowed):
        told = "!!! the answers are not the file's: " if random or foreign(ignored) else ""
        notes.append(f"{told}ignored: {', '.join(sorted(ignored))}")
    for variable, value in values:  # from here on nothing can go wrong
        variable.assign(value)
    return notes


def as_names(ignore):
    """`ignore` as a tuple of str."""
    several = hasattr(ignore, "__iter__") and not isinstance(ignore, str)
    names = tuple(ignore) if several else () if ignore is None else (ignore,)
    if not all(isinstance(name, str) and name.strip("./") for name in names):
        raise ValueError(f"`ignore` must be a str or several, keys or places or beginnings of them: got {ignore!r}.")
    return names


def misfit(missing, unused, misshapen, model, checkpoint, layout):
    """What is wrong between a file and a model, all of it, and what can be done."""
    strange = foreign(unused)
    patches = checkpoint.get(layout.marker, (None, np.zeros(0)))[1]
    channels = patches.shape[2 if layout is GOOGLE else 1] if patches.ndim == 4 else model.map_shape[-1]
    if channels != model.map_shape[-1]:
        strange.append(f"Its patches have {channels} channels, the model's {model.map_shape[-1]}: make the model for "
                       f"images of {channels}.")
    if not strange and any("encoder.norm." in key for key in missing):
        strange.append("It has no norm behind the last block.")
    lists = [f"{what}: {', '.join(keys)}." for what, keys in
             (("Missing", missing), ("Left over", unused), ("Of another shape", misshapen)) if keys]
    advice = ""
    if not strange and all(re.search(r"\b(head|pre_logits|classifier|pooler)\b", key)
                           for key in missing + unused + misshapen):
        advice = 'Another head: `ignore=("head", "pre_logits")` leaves the model its own.'
    elif not strange + missing + misshapen:
        advice = ("Name them in `ignore` only if they take no part in the answers, as a decoder or the state of an "
                  "optimizer.")
    return " ".join(["The file does not fit the model, which is left as it was.", *strange, *lists, advice]).strip()


def fit_positions(positions, model, checkpoint, layout, checkpoint_grid, notes):
    """The file's positions (1, T, D) for the model's tokens; what is done to them is added to `notes`."""
    if positions.shape[0] != 1:
        raise ValueError(f"positions of shape (1, T, D) are needed: got {shape(positions)}")
    tokens, grid = layout.class_tokens(checkpoint), tuple(model.grid_shape)
    old_grid = checkpoint_grid or grid_of_positions(positions.shape[1], tokens, grid)
    num_patches = old_grid[0] * old_grid[1]
    without = [] if layout is HUGGINGFACE else [num_patches]  # of others a class token may have none, as in big_vision
    if positions.shape[1] not in [num_patches + tokens, *without]:
        raise ValueError(f"{positions.shape[1]} positions do not fit `checkpoint_grid`={old_grid} and {tokens} class "
                         "tokens")
    if old_grid != grid:
        notes.append(f"positions interpolated ({layout.interpolation}) from {old_grid[0]}x{old_grid[1]} to "
                     f"{grid[0]}x{grid[1]} patches")
    front, positions = np.split(positions, [positions.shape[1] - num_patches], axis=1)
    positions = interpolate_position_embedding(positions, grid, old_grid, 0, layout.interpolation)
    if not model.patch_encoder.use_class_token:
        return positions
    if not front.shape[1]:
        front = np.zeros((1, 1, positions.shape[-1]), "float32")  # no position is a position of zero
    return np.concatenate([front[:, :1], positions], axis=1)


def grid_of_positions(number, tokens, grid):
    """The grid of so many positions, some of which may be class tokens': a square, or else the model's own."""
    numbers = (number - tokens, number)
    squares = [square_grid(patches) for patches in numbers if square_grid(patches)]
    own = grid[0] * grid[1] in numbers
    if not squares and not own:
        raise ValueError(f"{number} positions are no square grid, with or without a class token: give "
                         "`checkpoint_grid`")
    if squares and own and squares[0] != grid:
        raise ValueError(f"as many positions as the model has, for a grid of {squares[0][0]}x{squares[0][1]} or "
                         f"of {grid[0]}x{grid[1]}: give `checkpoint_grid`")
    return squares[0] if squares else grid


def begins(text, names):
    """Whether a key or place is one of these names, or lies under one: `head` is the beginning of `head.kernel`."""
    return any(text == name or re.match(re.escape(name.rstrip("./")) + "[./]", text) for name in names)


def shape(value):
    return "x".join(map(str, value.shape)) or "a number"
