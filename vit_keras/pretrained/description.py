"""What a checkpoint, and the files beside it, say of the model that it belongs to."""

import dataclasses
import json
from pathlib import Path

from vit_keras.pixels import IMAGENET_DEVIATION, IMAGENET_MEAN
from vit_keras.pretrained.files import our_spelling, read_arrays, recognise
from vit_keras.pretrained.fitting import table
from vit_keras.pretrained.layouts import GOOGLE, HUGGINGFACE, TIMM, Layout, sizes_of
from vit_keras.pretrained.positions import square_grid
from vit_keras.vit import VARIANTS

TANH_GELU = ("gelu_new", "gelu_fast", "gelu_pytorch_tanh")


@dataclasses.dataclass
class Description:
    """A checkpoint that has been read; its methods answer what `VisionTransformer` wants to know.

    Args:
        stem: str. The file's name without its ending.
        layout: `Layout`.
        checkpoint: dict, of `our_spelling`.
        configuration, preprocessor: dicts. config.json and preprocessor_config.json, empty where there is no such file.
        sizes: dict. Lengths of axes by their letters in the layout's table; `"layers"`, the number of blocks;
            `"positions"` and `"class_tokens"`, how many.
        places: set of str. The places in our model for which there are arrays.
    """

    stem: str
    layout: Layout
    checkpoint: dict
    configuration: dict
    preprocessor: dict
    sizes: dict
    places: set

    @property
    def patch_size(self):
        return self.sizes["p"], self.sizes["q"]

    def grid(self):
        """The grid of the positions, `(rows, columns)`, or `None` where nothing says it."""
        size = self.configuration.get("image_size")
        if size is None:
            size = self.configuration.get("pretrained_cfg", {}).get("input_size", [None, None, None])[1:]
            size = None if None in size else size
        candidates = []
        if size is not None:
            height, width = size if isinstance(size, (list, tuple)) else (size, size)
            candidates.append((height // self.patch_size[0], width // self.patch_size[1]))
        rows, tokens = self.sizes.get("positions"), self.sizes["class_tokens"]
        if rows is None:
            return candidates[0] if candidates else None
        candidates += [grid for grid in (square_grid(rows - tokens), square_grid(rows)) if grid]
        return next((grid for grid in candidates if grid[0] * grid[1] in (rows - tokens, rows)), None)

    def image_shape(self, grid):
        """`(H, W, C)` of the images whose patches form this grid.

        Raises:
            ValueError: the grid is not known.
        """
        if grid is None:
            raise ValueError("`image_shape` must be given: the checkpoint does not say how large its images are.")
        return (*(side * length for side, length in zip(grid, self.patch_size)), self.sizes["c"])

    def published(self):
        """`(name, size)` of the entry of `VARIANTS` of this width, depth and MLP; `(None, {})` where there is none."""
        for name, size in VARIANTS.items():
            if (size["hidden_dim"], size["num_layers"], size["mlp_dim"]) == tuple(
                    self.sizes[letter] for letter in ("d", "layers", "m")):
                return name, size
        return None, {}

    def variant(self):
        """What a person would call the model: `"Ti/16"`."""
        p, q = self.patch_size
        patch_size = f"{p}" if p == q else f"{p}x{q}"
        name, _ = self.published()
        return f"{name}/{patch_size}" if name else (
            f"{self.sizes['layers']} blocks of width {self.sizes['d']}, patches of {patch_size}")

    def num_heads(self):
        heads = (self.sizes.get("h") or self.configuration.get("num_attention_heads")
                 or self.published()[1].get("num_heads"))
        if heads:
            return heads
        raise ValueError(
            "`num_heads` must be given: the checkpoint does not say it, and it is none of the published sizes (got "
            f"hidden_dim={self.sizes['d']}, num_layers={self.sizes['layers']}, mlp_dim={self.sizes['m']})."
        )

    def computes_positions(self):
        """big_vision, known by how it numbers the parts of a block, may compute positions; then none are stored."""
        numbered_anew = any("/MlpBlock_0/" in name for name, _ in self.checkpoint.values())
        return numbered_anew and "patch_encoder.positions" not in self.places

    def numerics(self):
        """Epsilon and GELU, as arguments of `VisionTransformer`."""
        if self.layout is GOOGLE:
            return {"layer_norm_epsilon": 1e-6, "approximate_gelu": True}
        if self.layout is TIMM:
            return {"layer_norm_epsilon": 1e-6, "approximate_gelu": False}
        gelu, pooler = (self.configuration.get(name, usual) for name, usual in (("hidden_act", "gelu"),
                                                                                ("pooler_act", "tanh")))
        if gelu != "gelu" and gelu not in TANH_GELU:
            raise ValueError(f"`hidden_act` must be gelu, {' or '.join(TANH_GELU)}: got {gelu} in config.json.")
        if pooler != "tanh":
            raise ValueError(f"`pooler_act` must be tanh: got {pooler} in config.json.")
        epsilon = self.configuration.get("layer_norm_eps", 1e-12)
        return {"layer_norm_epsilon": epsilon, "approximate_gelu": gelu in TANH_GELU}

    def pixels(self, given, notes):
        """Mean and deviation, of the file that says them or assumed.

        An assumption is added to `notes`, unless both are `given` by the caller.
        """
        if self.layout is GOOGLE:
            return {"mean": 0.5, "deviation": 0.5}
        said = self.configuration.get("pretrained_cfg", {})
        mean = self.preprocessor.get("image_mean", said.get("mean"))
        deviation = self.preprocessor.get("image_std", said.get("std"))
        if mean is not None and deviation is not None:
            if not self.preprocessor.get("do_normalize", True):
                return {"mean": 0.0, "deviation": 1.0}
            return {"mean": per_channel(mean), "deviation": per_channel(deviation)}
        deit = self.configuration.get("model_type") == "deit" or "deit" in self.stem.lower()
        if not {"mean", "deviation"} <= set(given):
            missing = "preprocessor_config.json" if self.layout is HUGGINGFACE else "config.json"
            assumed = "ImageNet's mean and deviation, as for DeiT" if deit else "mean and deviation 0.5"
            notes.append(f"!!! no {missing} says how pixels are normalised: assumed {assumed}; if that is wrong, pass "
                         "`mean` and `deviation`")
        return {"mean": IMAGENET_MEAN, "deviation": IMAGENET_DEVIATION} if deit else {"mean": 0.5, "deviation": 0.5}


def describe(path):
    """Read a checkpoint, `.npz` or `.safetensors`, or a folder with `model.safetensors` and config.json.

    Returns:
        `Description`.

    Raises:
        ValueError: the file is damaged, or no checkpoint of a Vision Transformer.
    """
    path = Path(path)
    arrays = read_arrays(path)
    layout = recognise(arrays, path.name)
    checkpoint = our_spelling(arrays, layout)
    folder = path if path.is_dir() else path.parent
    configuration, preprocessor = ({} if layout is GOOGLE else configured(folder / name)
                                   for name in ("config.json", "preprocessor_config.json"))
    sizes, places = shapes_of(checkpoint, layout)
    return Description(path.stem, layout, checkpoint, configuration, preprocessor, sizes, places)


def shapes_of(checkpoint, layout):
    """`sizes` and `places` of `Description`."""
    block = next(key for key, _, _ in layout.rows if "{i}" in key).partition("{i}")[0]
    numbers = [key[len(block):].replace("/", ".").split(".")[0] for key in checkpoint if key.startswith(block)]
    layers = max((int(number) for number in numbers if number.isdigit()), default=-1) + 1
    sizes, places = {"layers": layers}, set()
    for key, place, axes in table(layout, layers):
        if key in checkpoint:
            name, array = checkpoint[key]
            places.add(place)
            try:
                for letter, length in sizes_of(array, axes).items():
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


def per_channel(numbers):
    """One number, or a list of them."""
    return list(numbers) if isinstance(numbers, list) else numbers


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value


def is_count(value):
    return is_number(value) and isinstance(value, int) and value > 0


def are_numbers(value):
    return is_number(value) or isinstance(value, list) and value != [] and all(map(is_number, value))


# What is read of a configuration, and of what kind it must be.
KINDS = {
    "image_size": (lambda value: is_count(value) or isinstance(value, list) and len(value) == 2
                   and all(map(is_count, value)), "a whole number of pixels, or a pair of them"),
    "input_size": (lambda value: isinstance(value, list) and len(value) == 3 and all(map(is_count, value)),
                   "three whole numbers: channels, height, width"),
    "num_attention_heads": (is_count, "a whole number"),
    "layer_norm_eps": (lambda value: is_number(value) and 0 < value < 1, "a small number above zero"),
    "hidden_act": (lambda value: isinstance(value, str), "a name"),
    "pooler_act": (lambda value: isinstance(value, str), "a name"),
    "pretrained_cfg": (lambda value: isinstance(value, dict), "an object"),
    **dict.fromkeys(("mean", "std", "image_mean", "image_std"), (are_numbers, "numbers, one a channel")),
}


def configured(path):
    """The content of a configuration file, or {} where there is none. What is null in it is left out.

    Raises:
        ValueError: it is no JSON object, or an entry that is read of it is of another kind.
    """
    content = {key: value for key, value in json_object(path).items() if value is not None}
    inner = content.get("pretrained_cfg")
    if isinstance(inner, dict):
        content["pretrained_cfg"] = inner = {key: value for key, value in inner.items() if value is not None}
    for entries in (content, inner or {}):
        for key, value in entries.items() if isinstance(entries, dict) else ():
            fits, needed = KINDS.get(key, (lambda value: True, ""))
            if not fits(value):
                raise ValueError(f"`{key}` in {path.name} must be {needed}: got {value!r}.")
    return content


def json_object(path):
    """The content of a JSON file, or {} where there is none."""
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.name} is not valid JSON: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path.name} must hold an object: got {type(content).__name__}.")
    return content
