"""A checkpoint beside a model: what goes where, what is missing, left over or of another shape; and the way back."""

import json
import re
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from vit_keras.pretrained.files import foreign
from vit_keras.pretrained.layouts import GOOGLE, TIMM, arrange, arrange_back
from vit_keras.pretrained.positions import as_grid, interpolate_position_embedding, square_grid


class Row(NamedTuple):
    """A row of a layout's table with what stands on either side of it."""

    key: str
    place: str
    axes: str
    name: str  # the key as the file writes it
    array: np.ndarray | None  # None where the file has none
    variable: keras.Variable | None  # None where the model has none


def fit(model, checkpoint, layout, ignore=(), interpolate=True, checkpoint_grid=None):
    """Pairs of a model's variable and its value, and the sentences that `load_npz` returns; nothing is assigned yet.

    `checkpoint` is one of `our_spelling`; for the rest, and the errors, see `load_npz`.
    """
    ignore = as_names(ignore)
    checkpoint_grid = None if checkpoint_grid is None else as_grid("checkpoint_grid", checkpoint_grid)
    rows = [Row(key, place, axes, *checkpoint.get(key, (key, None)), variable_at(model, place))
            for key, place, axes in layout.table(model.num_layers)]
    ours = [row for row in rows if row.variable is not None]
    skipped = {row.place for row in rows if any(begins(text, ignore) for text in (row.key, row.name, row.place))}
    needed = [row for row in ours if row.place not in skipped]
    factors = {f"encoder.blocks.{index}.{layer}.{part}": key.format(i=index)
               for key, layer in zip(layout.scales, ("attention.output_projection", "mlp.dense_2"))
               for index in range(model.num_layers) for part in ("kernel", "bias")}

    values, notes, misshapen = [], [], []
    for row in needed:
        if row.array is None:
            continue
        try:
            value = arrange(row.array, row.axes)
            if row.place == "patch_encoder.positions":
                value = fit_positions(value, model, checkpoint, layout, interpolate, checkpoint_grid, notes)
            if factor := checkpoint.get(factors.get(row.place)):
                value = value * np.broadcast_to(factor[1], value.shape[-1:])  # layer scale: (D,) outputs
            if value.shape != tuple(row.variable.shape):
                raise ValueError(f"{shape(value)}; our {row.place} needs {shape(row.variable)}")
            values.append((row.variable, value))
        except ValueError as error:
            misshapen.append(f"{row.name} ({error})")

    with_a_row = {id(row.variable) for row in ours}
    missing = [f"{row.key} (our {row.place}, {shape(row.variable)})" for row in needed if row.array is None]
    missing += [f"(no key) for our {variable.path}" for variable in model.weights if id(variable) not in with_a_row]
    allowed = {key for key, (name, _) in checkpoint.items() if begins(key, ignore) or begins(name, ignore)}
    folded = checkpoint.keys() & factors.values()
    hidden = {key for key in checkpoint if key.endswith("mask_token")}  # stands for what pre-training hides
    taken = {row.key for row in rows if row.variable is not None or row.place in skipped}
    unused = [name for key, (name, _) in checkpoint.items() if key not in taken | allowed | folded | hidden]
    if missing or unused or misshapen:
        raise ValueError(misfit(missing, unused, misshapen, model, checkpoint, layout))

    if folded:
        notes.append(f"layer scale is multiplied into the layers before it ({len(folded)} arrays)")
    ignored = {row.place for row in ours if row.place in skipped}.union(checkpoint[key][0] for key in allowed)
    if ignored:
        random = [row for row in ours if row.place in skipped and not row.place.startswith(("head", "pre_logits"))
                  and (row.array is not None or not row.place.endswith(".bias"))]  # what nobody has is zero
        told = "!!! the answers are not the file's: " if random or foreign(ignored) else ""
        notes.append(f"{told}ignored: {', '.join(sorted(ignored))}")
    return values, notes


def as_names(ignore):
    """`ignore` as a tuple of str."""
    names = (ignore,) if isinstance(ignore, str) or not hasattr(ignore, "__iter__") else tuple(ignore)
    names = () if ignore is None else names
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
    advice = []
    if not strange and all(re.search(r"\b(head|pre_logits|classifier|pooler)\b", key)
                           for key in missing + unused + misshapen):
        advice = ['Another head: `ignore=("head", "pre_logits")` leaves the model its own.']
    elif not strange and not missing and not misshapen:
        advice = ["Name them in `ignore` only if they take no part in the answers, as a decoder or the state of an "
                  "optimizer."]
    return " ".join(["The file does not fit the model, which is left as it was.", *strange, *lists, *advice])


def fit_positions(positions, model, checkpoint, layout, interpolate, checkpoint_grid, notes):
    """The file's positions (1, T, D) for the model's tokens; what is done to them is added to `notes`."""
    if positions.shape[0] != 1:
        raise ValueError(f"positions of shape (1, T, D) are needed: got {shape(positions)}")
    tokens, grid = layout.class_tokens(checkpoint), tuple(model.grid_shape)
    old_grid = checkpoint_grid or grid_of_positions(positions.shape[1], tokens, grid)
    num_patches = old_grid[0] * old_grid[1]  # a class token may have a position or none (big_vision)
    if positions.shape[1] not in (num_patches, num_patches + tokens):
        raise ValueError(f"{positions.shape[1]} positions do not fit `checkpoint_grid`={old_grid} and {tokens} class "
                         "tokens")
    if old_grid != grid:
        if not interpolate:
            raise ValueError(f"a grid of {old_grid[0]}x{old_grid[1]}; the model has {grid[0]}x{grid[1]}")
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


def variable_at(model, place):
    """The variable at a place such as `encoder.blocks.0.norm_1.gamma`, or `None` where the model has no such part."""
    first, *rest = place.split(".")
    if first in ("head", "pre_logits"):  # one layer or two, see `VisionTransformer`
        parts = [] if model.head is None else getattr(model.head, "layers", [model.head])
        part = next((part for part in parts if part.name == first), None)
    else:
        part = getattr(model, first)
    for name in rest:
        part = part[int(name)] if name.isdigit() else getattr(part, name, None)
    return part if hasattr(part, "assign") else None  # fixed positions are an array


def begins(text, names):
    """Whether a key or place is one of these names, or lies under one: `head` is the beginning of `head.kernel`."""
    return any(text == name or re.match(re.escape(name.rstrip("./")) + "[./]", text) for name in names)


def shape(value):
    return "x".join(map(str, value.shape)) or "a number"


# ---- The way back: a model's weights as a checkpoint, for others to read ----

def to_checkpoint(model, layout):
    """A model's weights as a checkpoint of one of the layouts: what `load_npz` and its sisters read.

        safetensors.numpy.save_file(to_checkpoint(model, TIMM), "model.safetensors")
        np.savez("model.npz", **to_checkpoint(model, GOOGLE))

    Args:
        model: `VisionTransformer` without a stem.
        layout: `GOOGLE`, `HUGGINGFACE` or `TIMM` of `vit_keras.pretrained.layouts`.

    Returns:
        dict of NumPy arrays, float32, `{key: array}`, in the order of the layout's table. Parts that the model does
        not have (class token, head) are left out.

    Raises:
        ValueError: the model has weights for which the layout has no key.
    """
    patch_size = model.patch_size if isinstance(model.patch_size, (tuple, list)) else (model.patch_size,) * 2
    sizes = {"p": patch_size[0], "q": patch_size[1], "c": model.map_shape[-1], "d": model.hidden_dim,
             "h": model.num_heads, "k": model.hidden_dim // model.num_heads, "m": model.mlp_dim}
    parts, written = {}, set()
    for key, place, axes in layout.table(model.num_layers):
        variable = variable_at(model, place)
        if variable is not None:
            written.add(id(variable))
            value = keras.ops.convert_to_numpy(variable.value).astype("float32")
            parts.setdefault(key, []).append(arrange_back(value, axes, sizes))  # thirds stand in order in the table
    lost = [variable.path for variable in model.weights if id(variable) not in written]
    if lost:
        raise ValueError(f"{layout.name} layout has no key for {', '.join(lost)}.")
    return {key: np.ascontiguousarray(np.concatenate(some)) for key, some in parts.items()}


def save_pretrained(model, folder, class_names=(), **about):
    """A model as a folder of timm's, which `load_pretrained` reads, and timm, and which can be put on the hub.

        timm.create_model("local-dir:FOLDER", pretrained=True)

    It holds `model.safetensors` and `config.json`. Ours takes pixels in [0, 255] and normalises them itself; for timm's
    the mean and deviation stand in `pretrained_cfg`.

    Args:
        model: `VisionTransformer` without a stem.
        folder: str or path. It is made where it is not there yet.
        class_names: strings, in the order of the labels; `label_names` of config.json.
        **about: More entries for config.json, such as `description` and `license`.

    Raises:
        ValueError: the model is one that timm's cannot be.
        ImportError: the package safetensors is not installed.
    """
    try:
        from safetensors.numpy import save_file
    except ImportError as error:
        raise ImportError("Weights are written with the package safetensors: pip install safetensors.") from error

    needed = {"layer_norm_epsilon": (1e-6,), "representation_dim": (None,), "position_embedding": ("learned", None)}
    for name, possible in needed.items():
        if getattr(model, name) not in possible:
            raise ValueError(f"`{name}` must be {' or '.join(map(repr, possible))} in a model for timm: got "
                             f"{getattr(model, name)!r}.")
    arrays = to_checkpoint(model, TIMM)
    (height, width, channels), tokens = model.image_shape, model.pooling == "token"
    ratio = model.mlp_dim / model.hidden_dim
    arguments = {
        "img_size": [height, width], "in_chans": channels, "patch_size": model.patch_size, "depth": model.num_layers,
        "embed_dim": model.hidden_dim, "num_heads": model.num_heads,
        "mlp_ratio": ratio if int(ratio * model.hidden_dim) == model.mlp_dim else ratio + 0.5 / model.hidden_dim,
        **({} if tokens else {"class_token": False, "global_pool": "avg", "fc_norm": False}),
        **({} if model.position_embedding else {"pos_embed": "none"}),
        **({"act_layer": "gelu_tanh"} if model.approximate_gelu else {}),
    }
    mean, deviation = (np.broadcast_to(value, channels).tolist() for value in (model.mean, model.deviation))
    configuration = {
        "architecture": "vit_tiny_patch16_224",  # timm wants a name that it knows; the arguments change all of it
        "num_classes": model.num_classes or 0, "num_features": model.hidden_dim,
        "global_pool": "token" if tokens else "avg", "model_args": arguments,
        "pretrained_cfg": {"input_size": [channels, height, width], "fixed_input_size": True, "crop_pct": 1.0,
                           "interpolation": "bicubic", "mean": mean, "std": deviation},
        **({"label_names": list(class_names)} if class_names else {}), **about,
    }
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(arrays, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(configuration, indent=1) + "\n", encoding="utf-8")
