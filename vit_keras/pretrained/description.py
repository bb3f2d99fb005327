"""What a checkpoint, and the files beside it, say of the model that it belongs to."""

import dataclasses
import json
import re
from pathlib import Path

from vit_keras.pixels import IMAGENET_DEVIATION, IMAGENET_MEAN
from vit_keras.pretrained.files import foreign, our_spelling, read_arrays, recognise
from vit_keras.pretrained.fitting import table
from vit_keras.pretrained.layouts import GOOGLE, HUGGINGFACE, TIMM, Layout, sizes_of
from vit_keras.pretrained.positions import square_grid
from vit_keras.vit import VARIANTS

# ---- Every entry of the files beside the weights, and what becomes of it ----
# NOTHING: no part in the answer to given pixels (names, training, how pictures are resized before the model).
# SEEN: in the arrays, which are believed. OBEYED: read below. A letter: an axis of the arrays, which it must be.
# A tuple: what it must be, for our model can be nothing else.

NOTHING, SEEN, OBEYED = "nothing", "seen", "obeyed"

TIMM_ARGUMENTS = {
    **dict.fromkeys(("num_classes", "dynamic_img_size", "dynamic_img_pad", "drop_rate", "pos_drop_rate", "weight_init",
                     "patch_drop_rate", "proj_drop_rate", "attn_drop_rate", "drop_path_rate", "drop_block_rate",
                     "fix_init", "device", "dtype"), NOTHING),
    **dict.fromkeys(("qkv_bias", "init_values", "class_token", "no_embed_class"), SEEN),
    **dict.fromkeys(("img_size", "global_pool", "num_heads", "mlp_ratio", "act_layer", "pos_embed", "proj_bias"),
                    OBEYED),
    "patch_size": "p", "in_chans": "c", "embed_dim": "d", "depth": "layers",
    **dict.fromkeys(("qk_norm", "scale_attn_norm", "scale_mlp_norm", "pre_norm", "pool_include_prefix", "reg_tokens"),
                    (False, 0)),
    "fc_norm": (False,), "final_norm": (True,), "norm_layer": ("layernorm", "LayerNorm"), "embed_norm_layer": (),
    "block_fn": ("Block",), "mlp_layer": ("Mlp", "mlp"), "attn_layer": ("Attention", "attn", ""),
    "embed_layer": ("PatchEmbed",),
}
TIMM_CFG = {
    **dict.fromkeys(("url", "file", "state_dict", "hf_hub_id", "hf_hub_filename", "source", "tag", "custom_load",
                     "test_input_size", "min_input_size", "fixed_input_size", "interpolation", "crop_pct", "crop_mode",
                     "test_crop_pct", "num_classes", "label_names", "label_descriptions", "pool_size", "test_pool_size",
                     "first_conv", "classifier", "license", "description", "origin_url", "paper_name", "paper_ids",
                     "notes"), NOTHING),
    **dict.fromkeys(("architecture", "input_size", "mean", "std"), OBEYED), "label_offset": (0,),
}
TIMM_CONFIG = {
    **dict.fromkeys(("num_classes", "label_names", "label_descriptions", "labels", "model_type", "initializer_range",
                     "images", "test_accuracy"), NOTHING),
    **dict.fromkeys(("architecture", "global_pool", "model_args", "pretrained_cfg", "num_attention_heads"), OBEYED),
    "num_features": "d", "do_pooling": (True,),
}
TRANSFORMERS = dict.fromkeys((  # what every configuration of transformers may have
    "_name_or_path", "_attn_implementation_autoset", "architectures", "transformers_version", "dtype", "torch_dtype",
    "id2label", "label2id", "num_labels", "problem_type", "finetuning_task", "return_dict", "output_attentions",
    "output_hidden_states", "is_encoder_decoder", "chunk_size_feed_forward"), NOTHING)
HUGGINGFACE_CONFIG = {
    **TRANSFORMERS, "pruned_heads": ({},), "use_swiglu_ffn": (False,), "qkv_bias": SEEN, "pooler_output_size": SEEN,
    **dict.fromkeys(("initializer_range", "hidden_dropout_prob", "attention_probs_dropout_prob", "encoder_stride",
                     "drop_path_rate", "layerscale_value", "use_mask_token", "apply_layernorm", "reshape_hidden_states",
                     "out_features", "out_indices", "stage_names", "mask_ratio", "norm_pix_loss", "decoder_hidden_size",
                     "decoder_intermediate_size", "decoder_num_attention_heads", "decoder_num_hidden_layers"), NOTHING),
    **dict.fromkeys(("model_type", "image_size", "num_attention_heads", "layer_norm_eps", "hidden_act", "pooler_act",
                     "mlp_ratio"), OBEYED),
    "hidden_size": "d", "num_hidden_layers": "layers", "intermediate_size": "m", "patch_size": "p", "num_channels": "c",
}
PROCESSOR = {
    **dict.fromkeys(("do_resize", "size", "size_divisor", "resample", "do_center_crop", "crop_size", "crop_pct",
                     "do_pad", "pad_size", "do_convert_rgb", "default_to_square", "data_format", "input_data_format",
                     "device", "return_tensors", "disable_grouping", "image_processor_type", "feature_extractor_type",
                     "processor_class", "_processor_class", "do_reduce_labels"), NOTHING),
    **dict.fromkeys(("do_normalize", "do_rescale", "rescale_factor", "image_mean", "image_std"), OBEYED),
    "do_flip_channel_order": (False,),
}
# What transformers takes where config.json does not say it, and which of its models ours can be.
DEFAULTS = {"num_attention_heads": 12, "layer_norm_eps": 1e-12, "hidden_act": "gelu", "pooler_act": "tanh"}
MODEL_TYPES = {"vit": {}, "deit": {}, "vit_mae": {}, **dict.fromkeys(("vit_msn", "dinov2"), {"layer_norm_eps": 1e-6})}
# timm's names stand for arguments: heads by width, unless the name is listed; GELU exact, unless it fits the pattern.
TIMM_HEADS = {64: 2, 192: 3, 256: 4, 320: 5, 384: 6, 512: 8, 640: 10, 768: 12, 896: 14, 1024: 16, 1152: 16, 1280: 16,
              1408: 16, 1536: 16, 1664: 16, "vit_base_patch16_gap_224": 16}
TIMM_NAMES = r"(vit|deit3?|flexivit)_\w+|test_vit"
TIMM_TANH = r"vit_(base_patch32|so400m_patch16|giantopt_patch16)_siglip_.*|vit_large_patch16_siglip_(gap_)?512"
GELU = {"gelu": False, "gelu_python": False, "GELU": False, "gelu_tanh": True, "gelu_new": True, "gelu_fast": True,
        "gelu_pytorch_tanh": True, "gelu_python_tanh": True, "gelu_accurate": True}


@dataclasses.dataclass
class Description:
    """A checkpoint that has been read; its methods answer what `VisionTransformer` wants to know.

    Args:
        stem: str. The file's name without its ending.
        layout: `Layout`.
        checkpoint: dict, of `our_spelling`.
        said: dict. All that the files beside it say and that is obeyed, of timm under the names of transformers.
        sizes: dict. Lengths of axes by their letters in the layout's table; `"layers"`, the number of blocks;
            `"positions"` and `"class_tokens"`, how many.
        places: set of str. The places in our model for which there are arrays.
        notes: list of str. Lines for whoever loads it: what was assumed, each with `!!!` in front.
    """

    stem: str
    layout: Layout
    checkpoint: dict
    said: dict
    sizes: dict
    places: set
    notes: list

    @property
    def patch_size(self):
        return self.sizes["p"], self.sizes["q"]

    def grid(self, assume=True):
        """The grid of the positions, `(rows, columns)`; a square is assumed, else `None` where nothing says it.

        Raises:
            ValueError: config.json says a size of images for which the positions are too many or too few.
        """
        rows, tokens = self.sizes.get("positions"), self.sizes["class_tokens"]
        for key in ("image_size", "input_size"):
            if key in self.said:
                grid = tuple(length // side for length, side in zip(self.said[key], self.patch_size))
                if rows is None or grid[0] * grid[1] in (rows - tokens, rows):
                    return grid
                if key == "image_size":  # the other is where pre-training began, which timm keeps
                    raise ValueError(f"`image_size` in config.json must fit the {rows} positions of the file: got "
                                     f"{self.said[key]}, {grid[0]}x{grid[1]} patches.")
        square = (square_grid(rows - tokens) or square_grid(rows)) if rows and assume else None
        if square and self.layout is not GOOGLE:
            self.notes.append(f"!!! no config.json says how the {rows} positions lie: assumed a square of {square[0]}x"
                              f"{square[1]}; if that is wrong, pass `checkpoint_grid`")
        return square

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
        if heads := self.sizes.get("h") or self.said.get("num_attention_heads"):
            return heads
        name, size = self.published()
        if heads := size.get("num_heads"):
            self.notes.append(f"!!! no config.json says how many heads there are: assumed {heads}, as in {name}; if "
                              "that is wrong, pass `num_heads`")
            return heads
        raise ValueError(
            "`num_heads` must be given: the checkpoint does not say it, and it is none of the published sizes (got "
            f"hidden_dim={self.sizes['d']}, num_layers={self.sizes['layers']}, mlp_dim={self.sizes['m']})."
        )

    def pooling(self):
        """The pooling of the file.

        Raises:
            ValueError: config.json says one that does not go with the class token that is there or not.
        """
        ours, theirs = ("token", "token") if "patch_encoder.class_token" in self.places else ("average", "avg")
        for said in self.said.get("global_pool", ()):
            if said != theirs:
                there = "with" if ours == "token" else "without"
                raise ValueError(f"`global_pool` must be \"{theirs}\" in a model {there} a class token: got {said!r} "
                                 "in config.json, which `VisionTransformer` cannot be. "
                                 f"`pooling=\"{ours}\"` loads it all the same; its answers are others then.")
        return ours

    def position_embedding(self):
        """big_vision, known by how it numbers the parts of a block, may compute positions; then none are stored."""
        if "patch_encoder.positions" in self.places:
            return "learned"
        if any("/MlpBlock_0/" in name for name, _ in self.checkpoint.values()):
            return "sincos"
        return None if self.said.get("pos_embed") in ("", "none") else "learned"

    def numerics(self, given):
        """Epsilon and GELU, as arguments of `VisionTransformer`; what is `given` by the caller is not looked for."""
        if self.layout is GOOGLE:
            return {"layer_norm_epsilon": 1e-6, "approximate_gelu": True}
        usual = DEFAULTS if self.layout is HUGGINGFACE else {**DEFAULTS, "layer_norm_eps": 1e-6}
        gelu, pooler, epsilon = (self.said.get(key, usual[key])
                                 for key in ("hidden_act", "pooler_act", "layer_norm_eps"))
        if "approximate_gelu" not in given and gelu not in GELU:
            raise ValueError(f"`{'act_layer' if self.layout is TIMM else 'hidden_act'}` must be gelu, "
                             f"or by tanh {', '.join(name for name in GELU if GELU[name])}: got {gelu} in config.json.")
        if pooler != "tanh":
            raise ValueError(f"`pooler_act` must be tanh: got {pooler} in config.json.")
        if "hidden_act" not in self.said and not {"layer_norm_epsilon", "approximate_gelu"} <= set(given):
            self.notes.append(f"!!! no config.json says epsilon and GELU: assumed {epsilon:g} and exact; if that is "
                              "wrong, pass `layer_norm_epsilon` and `approximate_gelu`")
        return {"layer_norm_epsilon": epsilon, "approximate_gelu": GELU.get(gelu, False)}

    def pixels(self, given):
        """Mean and deviation, of the file that says them or assumed, unless both are `given` by the caller."""
        if self.layout is GOOGLE:
            return {"mean": 0.5, "deviation": 0.5}
        mean, deviation, said = self.said.get("mean"), self.said.get("std"), self.said
        if not said.get("do_normalize", True):
            mean, deviation = 0.0, 1.0
        if mean is not None and deviation is not None:  # of pixel * factor, which need not be 1/255
            factor = 255 * said.get("rescale_factor", 1 / 255) if said.get("do_rescale", True) else 255.0
            if abs(factor - 1) > 1e-6:
                mean, deviation = ([one / factor for one in some] if isinstance(some, list) else some / factor
                                   for some in (mean, deviation))
            return {"mean": mean, "deviation": deviation}
        deit = said.get("model_type") == "deit" or "deit" in self.stem.lower()
        if not {"mean", "deviation"} <= set(given):
            missing = "preprocessor_config.json" if self.layout is HUGGINGFACE else "config.json"
            assumed = "ImageNet's mean and deviation, as for DeiT" if deit else "mean and deviation 0.5"
            self.notes.append(f"!!! no {missing} says how pixels are normalised: assumed {assumed}; if that is wrong, "
                              "pass `mean` and `deviation`")
        return {"mean": IMAGENET_MEAN, "deviation": IMAGENET_DEVIATION} if deit else {"mean": 0.5, "deviation": 0.5}

    def missing_biases(self):
        """Those biases that the checkpoint has nowhere, as timm and Hugging Face can leave them out: ours stay zero."""
        groups = [(["attention.query", "attention.key", "attention.value"], "query, key and value")]
        if self.said.get("proj_bias") is False:
            groups.append((["attention.output_projection", "mlp.dense_1", "mlp.dense_2"], "the projections and MLPs"))
        found = []
        for layers, what in groups:
            if not any(place.endswith(f"{layer}.bias") for place in self.places for layer in layers):
                self.notes.append(f"the checkpoint has no biases of {what}: ours are zero")
                found += [f"encoder.blocks.{i}.{layer}.bias" for i in range(self.sizes["layers"]) for layer in layers]
        return found


def describe(path, prefix=""):
    """Read a checkpoint, `.npz` or `.safetensors`, or a folder with `model.safetensors` and config.json.

    Returns:
        `Description`.

    Raises:
        ValueError: the file is damaged, or no checkpoint of a Vision Transformer, or a file beside it says what ours
            cannot be.
    """
    path = Path(path).expanduser()
    arrays = read_arrays(path, prefix)
    layout = recognise(arrays, path.name)
    checkpoint = our_spelling(arrays, layout)
    sizes, places = shapes_of(checkpoint, layout)
    notes = []
    said = {} if layout is GOOGLE else configuration(path if path.is_dir() else path.parent, layout, sizes, notes)
    return Description(path.stem, layout, checkpoint, said, sizes, places, notes)


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
                    if letter == "m" and sizes.setdefault("m", length) == 2 * length:
                        raise ValueError("its MLPs are gated (SwiGLU), which those of `VisionTransformer` are not.")
                    sizes.setdefault(letter, length)
            except ValueError as error:
                raise ValueError(f"The checkpoint's {name} has another shape: {error}") from error
            if place == "patch_encoder.positions":
                sizes["positions"] = array.shape[1]
    sizes["class_tokens"] = int("patch_encoder.class_token" in places) + int(layout.second_token in checkpoint)
    if not layers or not set("pqcdm") <= set(sizes):
        strange = " ".join(foreign([name for name, _ in checkpoint.values()]))
        raise ValueError("The checkpoint lacks the arrays that tell the sizes of the model: its blocks, their MLP, or "
                         f"the patch embedding. {strange}".strip())
    return sizes, places


# ---- The files beside the weights ----

def configuration(folder, layout, sizes, notes):
    """All that config.json and the processor's file say and that is obeyed, as `Description.said` has it.

    Raises:
        ValueError: a file is no JSON object, or an entry is of another kind, or says what ours cannot be.
    """
    config, processor = json_object(folder / "config.json"), json_object(folder / "preprocessor_config.json")
    processor = processor or json_object(folder / "processor_config.json").get("image_processor") or {}
    said = obeyed(processor, PROCESSOR, "preprocessor_config.json", sizes, notes)
    said |= {new: said.pop(old) for old, new in (("image_mean", "mean"), ("image_std", "std")) if old in said}
    if layout is HUGGINGFACE:
        found = obeyed(config, HUGGINGFACE_CONFIG, "config.json", sizes, notes)
        kind = found.get("model_type", "vit")
        if kind not in MODEL_TYPES:
            raise ValueError(f"`model_type` in config.json must be one of {', '.join(MODEL_TYPES)}: got {kind}, "
                             "another model than `VisionTransformer`.")
        return {**({**DEFAULTS, **MODEL_TYPES[kind]} if config else {}), **found, **said}
    if "architecture" in config and "pretrained_cfg" not in config:  # as timm wrote it at first: all in one
        config = {"pretrained_cfg": {key: value for key, value in config.items() if key not in TIMM_CONFIG},
                  **{key: value for key, value in config.items() if key in TIMM_CONFIG}}
    found = obeyed(config, TIMM_CONFIG, "config.json", sizes, notes)
    pools = [found.pop("global_pool", None)]
    name = found.get("architecture") or ""
    if re.fullmatch(TIMM_NAMES, name):
        heads = TIMM_HEADS.get(name, TIMM_HEADS.get(sizes["d"]))
        found = {"hidden_act": "gelu_tanh" if re.fullmatch(TIMM_TANH, name) else "gelu",
                 **({"num_attention_heads": heads} if heads else {}), **found}
    found |= obeyed(found.get("pretrained_cfg", {}), TIMM_CFG, "config.json", sizes, notes)
    found |= obeyed(found.get("model_args", {}), TIMM_ARGUMENTS, "config.json", sizes, notes)
    found |= {new: found[old] for old, new in (("num_heads", "num_attention_heads"), ("act_layer", "hidden_act"),
                                               ("img_size", "image_size")) if old in found}
    return {**found, **said, "global_pool": [pool for pool in (*pools, found.get("global_pool")) if pool is not None]}


def obeyed(entries, known, file, sizes, notes):
    """Those entries that are OBEYED, each of its kind. What the table says of the others is looked after here."""
    found = {}
    for key, value in entries.items():
        rule = known.get(key)
        if rule is None:
            notes.append(f"!!! {file} has `{key}`, which is not known here and not obeyed")
        elif value is None or rule in (NOTHING, SEEN):
            continue
        elif rule == OBEYED:
            read, needed = KINDS[key]
            try:
                found[key] = read(value)
            except (AttributeError, IndexError, OverflowError, TypeError, ValueError) as error:
                raise ValueError(f"`{key}` in {file} must be {needed}: got {value!r}.") from error
        elif isinstance(rule, tuple):
            if value not in rule:
                needed = " or ".join(map(repr, rule)) or "left out"
                raise ValueError(f"`{key}` in {file} must be {needed}: got {value!r}, another model than "
                                 "`VisionTransformer`.")
        elif value not in ([[sizes["p"], sizes["q"]]] if rule == "p" and sizes["p"] != sizes["q"] else
                           [sizes[rule], [sizes[rule]] * 2]):
            raise ValueError(f"`{key}` in {file} must be that of the arrays, {sizes[rule]}: got {value!r}.")
    if "mlp_ratio" in found and int(found["mlp_ratio"] * sizes["d"]) != sizes["m"]:
        raise ValueError(f"`mlp_ratio` in {file} must be that of the arrays, {sizes['m']} / {sizes['d']}: got "
                         f"{found['mlp_ratio']}.")
    return found


# How an entry is read, an error being one of the entry; and what is needed, for the message.

def whole(value):
    if isinstance(value, (bool, str)) or int(value) != value or value < 1:
        raise ValueError
    return int(value)


def pair(value):
    height, width = value if isinstance(value, list) else (value, value)
    return whole(height), whole(width)


def positive(value):
    if isinstance(value, bool) or not 0 < value < float("inf"):
        raise ValueError
    return float(value)


def numbers(value):
    if not value and isinstance(value, list) or any(
            isinstance(one, bool) or one * 1.0 != one for one in (value if isinstance(value, list) else [value])):
        raise ValueError
    return value


def of_type(kind):
    def read(value):
        if not isinstance(value, kind):
            raise ValueError
        return value

    return read


KINDS = {
    **dict.fromkeys(("image_size", "img_size"), (pair, "a whole number of pixels, or a pair of them")),
    "input_size": (lambda value: pair(value[1:]), "three whole numbers: channels, height, width"),
    **dict.fromkeys(("num_attention_heads", "num_heads"), (whole, "a whole number")),
    **dict.fromkeys(("layer_norm_eps", "mlp_ratio", "rescale_factor"), (positive, "a number above zero")),
    **dict.fromkeys(("mean", "std", "image_mean", "image_std"), (numbers, "numbers, one a channel")),
    **dict.fromkeys(("hidden_act", "act_layer", "pooler_act", "architecture", "global_pool", "pos_embed", "model_type"),
                    (of_type(str), "a name")),
    **dict.fromkeys(("do_normalize", "do_rescale", "proj_bias"), (of_type(bool), "true or false")),
    **dict.fromkeys(("pretrained_cfg", "model_args"), (of_type(dict), "an object")),
}


def json_object(path):
    """The content of a JSON file, or {} where there is none."""
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path.name} is not valid JSON: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path.name} must hold an object: got {type(content).__name__}.")
    return content
