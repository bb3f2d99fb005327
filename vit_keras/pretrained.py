"""A pretrained model by its name or its file: the checkpoint says how the model is built."""

import json
from pathlib import Path

from vit_keras.checkpoint_files import read_arrays
from vit_keras.checkpoint_tables import GOOGLE, HUGGINGFACE, TIMM
from vit_keras.fitting import fit, table
from vit_keras.hub import download_from_hub
from vit_keras.pixels import IMAGENET_DEVIATION, IMAGENET_MEAN
from vit_keras.positions import square_grid
from vit_keras.rearrange import axis_sizes
from vit_keras.vit import VARIANTS, VisionTransformer
from vit_keras.weights import our_spelling, recognise

TANH_GELU = ("gelu_new", "gelu_fast", "gelu_pytorch_tanh")


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
    if not path.exists():
        path = download_from_hub(str(name_or_path), revision)
    arrays = read_arrays(path)
    layout = recognise(arrays, path.name)
    checkpoint = our_spelling(arrays, layout)
    folder = path if path.is_dir() else path.parent
    configuration = {} if layout is GOOGLE else _json(folder / "config.json")
    preprocessor = {} if layout is GOOGLE else _json(folder / "preprocessor_config.json")

    sizes, places = shapes_of(checkpoint, layout)
    ignore, notes = [ignore] if isinstance(ignore, str) else list(ignore), []
    said = bool(ignore)
    stored, representation_dim = sizes.get("n"), sizes.get("r")
    if num_classes == "stored":
        num_classes = stored
    elif num_classes != stored or stored is None:
        ignore += ["head", "pre_logits"]
        representation_dim = None
        if num_classes is not None:
            notes.append(f"a new head for {num_classes} classes, all zero (the checkpoint has {stored or 'none'})")
    biases = [f"attention.{part}.bias" for part in ("query", "key", "value")]
    if not any(place.endswith(bias) for place in places for bias in biases):
        ignore += [f"encoder.blocks.{i}.{bias}" for i in range(sizes["layers"]) for bias in biases]
        notes.append("the checkpoint has no biases of query, key and value: ours are zero")

    patch_size = (sizes["p"], sizes["q"])
    checkpoint_grid = checkpoint_grid or stored_grid(configuration, patch_size, sizes)
    if image_shape is None:
        if checkpoint_grid is None:
            raise ValueError("`image_shape` must be given: the checkpoint does not say how large its images are.")
        image_shape = (*(side * length for side, length in zip(checkpoint_grid, patch_size)), sizes["c"])
    arguments = {
        "image_shape": tuple(image_shape),
        "patch_size": patch_size[0] if patch_size[0] == patch_size[1] else patch_size,
        "num_layers": sizes["layers"],
        "hidden_dim": sizes["d"],
        "num_heads": kwargs["num_heads"] if "num_heads" in kwargs else number_of_heads(sizes, configuration),
        "mlp_dim": sizes["m"],
        "num_classes": num_classes,
        "pooling": "token" if "patch_encoder.class_token" in places else "average",
        "position_embedding": "sincos" if computed_positions(checkpoint, places) else "learned",
        "representation_dim": representation_dim,
        **numerics(layout, configuration),
        **pixels(layout, configuration, preprocessor, path.stem, kwargs, notes),
        **kwargs,
    }
    model = VisionTransformer(**arguments)
    grid = checkpoint_grid if arguments["position_embedding"] == "learned" else None
    values, more = fit(model, checkpoint, layout, ignore, checkpoint_grid=grid)
    for variable, value in values:
        variable.assign(value)
    if verbose:
        height, width, _ = model.image_shape
        print(f"{name_or_path}: {layout.name} layout, {variant_of(sizes)}, {height}x{width} pixels, "
              f"{model.count_params():,} parameters")
        for note in notes + [note for note in more if said or not note.startswith("ignored")]:
            print(f"- {note}")
    return model


def shapes_of(checkpoint, layout):
    """Lengths of axes by their letters in the table, with `"layers"`, and the places for which there are arrays."""
    block = next(key for key, _, _ in layout.rows if "{i}" in key).partition("{i}")[0]
    numbers = [key[len(block):].replace("/", ".").split(".")[0] for key in checkpoint if key.startswith(block)]
    layers = max((int(number) for number in numbers if number.isdigit()), default=-1) + 1
    sizes, places = {"layers": layers}, set()
    for key, place, axes in table(layout, layers):
        if key in checkpoint:
            name, array = checkpoint[key]
            places.add(place)
            try:
                for letter, length in axis_sizes(array.shape, axes).items():
                    sizes.setdefault(letter, length)
            except ValueError as error:
                raise ValueError(f"The checkpoint's {name} has another shape: {error}") from error
            if place == "patch_encoder.positions":
                sizes["positions"] = array.shape[1]
    sizes["class_tokens"] = int("patch_encoder.class_token" in places) + int(layout.second_token in checkpoint)
    if not layers or not set("pqcdm") <= set(sizes):
        raise ValueError("The checkpoint lacks the arrays that tell the sizes of the model: its blocks, their MLP, or "
                         "the patch embedding.")
    return sizes, places


def stored_grid(configuration, patch_size, sizes):
    """The grid of the checkpoint's positions, `(rows, columns)`, or `None` where nothing says it."""
    size = configuration.get("image_size")
    if size is None:
        size = configuration.get("pretrained_cfg", {}).get("input_size", [None, None, None])[1:]
        size = None if None in size else size
    candidates = []
    if size is not None:
        height, width = size if isinstance(size, (list, tuple)) else (size, size)
        candidates.append((height // patch_size[0], width // patch_size[1]))
    rows, tokens = sizes.get("positions"), sizes["class_tokens"]
    if rows is None:
        return candidates[0] if candidates else None
    candidates += [grid for grid in (square_grid(rows - tokens), square_grid(rows)) if grid]
    return next((grid for grid in candidates if grid[0] * grid[1] in (rows - tokens, rows)), None)


def published(sizes):
    """`(name, size)` of the entry of `VARIANTS` with this width, depth and MLP; `(None, {})` where there is none."""
    for name, size in VARIANTS.items():
        if (size["hidden_dim"], size["num_layers"], size["mlp_dim"]) == (sizes["d"], sizes["layers"], sizes["m"]):
            return name, size
    return None, {}


def number_of_heads(sizes, configuration):
    heads = sizes.get("h") or configuration.get("num_attention_heads") or published(sizes)[1].get("num_heads")
    if heads:
        return heads
    raise ValueError(
        "`num_heads` must be given: the checkpoint does not say it, and it is none of the published sizes (got "
        f"hidden_dim={sizes['d']}, num_layers={sizes['layers']}, mlp_dim={sizes['m']})."
    )


def computed_positions(checkpoint, places):
    """big_vision, known by how it numbers the parts of a block, may compute positions; it does not store them then."""
    numbered_anew = any("/MlpBlock_0/" in name for name, _ in checkpoint.values())
    return numbered_anew and "patch_encoder.positions" not in places


def numerics(layout, configuration):
    """Epsilon and GELU."""
    if layout is GOOGLE:
        return {"layer_norm_epsilon": 1e-6, "approximate_gelu": True}
    if layout is TIMM:
        return {"layer_norm_epsilon": 1e-6, "approximate_gelu": False}
    gelu = configuration.get("hidden_act", "gelu")
    if gelu != "gelu" and gelu not in TANH_GELU:
        raise ValueError(f"`hidden_act` must be gelu, {' or '.join(TANH_GELU)}: got {gelu} in config.json.")
    if configuration.get("pooler_act", "tanh") != "tanh":
        raise ValueError(f"`pooler_act` must be tanh: got {configuration['pooler_act']} in config.json.")
    return {"layer_norm_epsilon": configuration.get("layer_norm_eps", 1e-12), "approximate_gelu": gelu in TANH_GELU}


def pixels(layout, configuration, preprocessor, stem, kwargs, notes):
    """Mean and deviation, of the file that says them or assumed; an assumption is added to `notes`."""
    if layout is GOOGLE:
        return {"mean": 0.5, "deviation": 0.5}
    said = configuration.get("pretrained_cfg", {})
    mean, deviation = preprocessor.get("image_mean", said.get("mean")), preprocessor.get("image_std", said.get("std"))
    if mean is not None and deviation is not None:
        if not preprocessor.get("do_normalize", True):
            return {"mean": 0.0, "deviation": 1.0}
        return {"mean": list(mean), "deviation": list(deviation)}
    deit = configuration.get("model_type") == "deit" or "deit" in stem.lower()
    if not {"mean", "deviation"} <= set(kwargs):
        missing = "preprocessor_config.json" if layout is HUGGINGFACE else "config.json"
        assumed = "ImageNet's mean and deviation, as for DeiT" if deit else "mean and deviation 0.5"
        notes.append(f"!!! no {missing} says how pixels are normalised: assumed {assumed}; if that is wrong, pass "
                     "`mean` and `deviation`")
    return {"mean": IMAGENET_MEAN, "deviation": IMAGENET_DEVIATION} if deit else {"mean": 0.5, "deviation": 0.5}


def variant_of(sizes):
    patch_size = f"{sizes['p']}" if sizes["p"] == sizes["q"] else f"{sizes['p']}x{sizes['q']}"
    name, _ = published(sizes)
    return f"{name}/{patch_size}" if name else (
        f"{sizes['layers']} blocks of width {sizes['d']}, patches of {patch_size}")


def _json(path):
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.name} is not valid JSON: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path.name} must hold an object: got {type(content).__name__}.")
    return content
