"""What a checkpoint, and the files beside it, say of the model that it belongs to."""

import math
import re
from pathlib import Path

import numpy as np

from vit_keras.pixels import IMAGENET_DEVIATION, IMAGENET_MEAN
from vit_keras.pretrained.files import json_object
from vit_keras.pretrained.layouts import GOOGLE, HUGGINGFACE, TIMM, foreign, read_checkpoint, sizes_of
from vit_keras.pretrained.positions import square_grid
from vit_keras.vit import VARIANTS

# ---- Every entry that timm and transformers write beside the weights of a ViT, and what becomes of it ----

def are_numbers(value, lengths=(None,), above=0, whole=True):
    """Whether a value of JSON is a number (`true` and NaN are none), or a list of so many, each larger than another."""
    some, length = (value, len(value)) if isinstance(value, list) else ([value], None)
    return length in lengths and all(
        type(one) in (int, float) and above < one < math.inf and not (whole and one % 1) for one in some)


KINDS = {  # what is needed of an entry that is obeyed, and whether a value is so
    "a name": lambda value: isinstance(value, str),
    "true or false": lambda value: isinstance(value, bool),
    "an object": lambda value: isinstance(value, dict),
    "a number above zero": lambda value: are_numbers(value, whole=False),
    "a whole number": are_numbers,
    "a whole number of pixels, or a pair of them": lambda value: are_numbers(value, (None, 2)),
    "three whole numbers: channels, height, width": lambda value: are_numbers(value, (3,)),
    "numbers, one a channel": lambda value: value != [] and all(
        are_numbers(one, above=-math.inf, whole=False) for one in (value if isinstance(value, list) else [value])),
}
ENTRIES = {
    # None: no part in the answer to given pixels (names, training, how pictures are resized first), or in the arrays.
    **dict.fromkeys("""
        num_classes dynamic_img_size dynamic_img_pad drop_rate pos_drop_rate weight_init patch_drop_rate proj_drop_rate
        attn_drop_rate drop_path_rate drop_block_rate fix_init device dtype qkv_bias init_values class_token
        no_embed_class url file state_dict hf_hub_id hf_hub_filename source tag custom_load test_input_size
        min_input_size fixed_input_size interpolation crop_pct crop_mode test_crop_pct label_names label_descriptions
        pool_size test_pool_size first_conv classifier license description origin_url paper_name paper_ids notes labels
        initializer_range
        _name_or_path _attn_implementation_autoset architectures transformers_version torch_dtype id2label label2id
        num_labels problem_type finetuning_task return_dict output_attentions output_hidden_states is_encoder_decoder
        chunk_size_feed_forward pooler_output_size hidden_dropout_prob attention_probs_dropout_prob encoder_stride
        layerscale_value use_mask_token apply_layernorm reshape_hidden_states out_features out_indices stage_names
        mask_ratio norm_pix_loss decoder_hidden_size decoder_intermediate_size decoder_num_attention_heads
        decoder_num_hidden_layers
        do_resize size size_divisor resample do_center_crop crop_size do_pad pad_size do_convert_rgb default_to_square
        data_format input_data_format return_tensors disable_grouping image_processor_type feature_extractor_type
        processor_class _processor_class do_reduce_labels""".split()),
    # A letter: an axis of the arrays, whose length it must be.
    "patch_size": "p", "in_chans": "c", "num_channels": "c", "embed_dim": "d", "hidden_size": "d", "num_features": "d",
    "intermediate_size": "m", "depth": "layers", "num_hidden_layers": "layers",
    # A tuple: what it must be, for our model can be nothing else.
    **dict.fromkeys(("qk_norm", "scale_attn_norm", "scale_mlp_norm", "pre_norm", "pool_include_prefix", "fc_norm",
                     "use_swiglu_ffn", "do_flip_channel_order"), (False,)),
    "reg_tokens": (0,), "label_offset": (0,), "final_norm": (True,), "do_pooling": (True,), "pruned_heads": ({},),
    "pooler_act": ("tanh",), "embed_norm_layer": (), "norm_layer": ("layernorm", "LayerNorm"), "block_fn": ("Block",),
    "mlp_layer": ("Mlp", "mlp"), "attn_layer": ("Attention", "attn", ""), "embed_layer": ("PatchEmbed",),
    # A kind: it is obeyed.
    **dict.fromkeys(("architecture", "global_pool", "pos_embed", "act_layer", "hidden_act", "model_type"), "a name"),
    **dict.fromkeys(("proj_bias", "do_normalize", "do_rescale"), "true or false"),
    **dict.fromkeys(("pretrained_cfg", "model_args", "image_processor"), "an object"),
    **dict.fromkeys(("layer_norm_eps", "mlp_ratio", "rescale_factor"), "a number above zero"),
    **dict.fromkeys(("num_heads", "num_attention_heads"), "a whole number"),
    **dict.fromkeys(("img_size", "image_size"), "a whole number of pixels, or a pair of them"),
    "input_size": "three whole numbers: channels, height, width",
    **dict.fromkeys(("mean", "std", "image_mean", "image_std"), "numbers, one a channel"),
}
SAME = {"image_mean": "mean", "image_std": "std", "num_heads": "num_attention_heads", "act_layer": "hidden_act",
        "img_size": "image_size"}
# What transformers takes where config.json does not say it, and which of its models ours can be.
DEFAULTS = {"num_attention_heads": 12, "layer_norm_eps": 1e-12, "hidden_act": "gelu"}
MODEL_TYPES = {"vit": {}, "deit": {}, "vit_mae": {}, **dict.fromkeys(("vit_msn", "dinov2"), {"layer_norm_eps": 1e-6})}
# timm's names stand for arguments: heads by width, unless the name is listed; GELU exact, unless it fits the pattern.
TIMM_HEADS = {64: 2, 192: 3, 256: 4, 320: 5, 384: 6, 512: 8, 640: 10, 768: 12, 896: 14, 1024: 16, 1152: 16, 1280: 16,
              1408: 16, 1536: 16, 1664: 16, "vit_base_patch16_gap_224": 16}
TIMM_NAMES = r"(vit|deit3?|flexivit)_\w+|test_vit"
TIMM_TANH = r"vit_(base_patch32|so400m_patch16|giantopt_patch16)_siglip_.*|vit_large_patch16_siglip_(gap_)?512"
GELU = {**dict.fromkeys(("gelu", "gelu_python", "GELU"), False),
        **dict.fromkeys(("gelu_tanh", "gelu_new", "gelu_fast", "gelu_pytorch_tanh", "gelu_python_tanh",
                         "gelu_accurate"), True)}


class Description:
    """A checkpoint, `.npz` or `.safetensors`, or a folder with `model.safetensors` and config.json; its methods answer
    what `VisionTransformer` wants to know.

    Args:
        path: See `read_arrays`.
        prefix: str. What stands before the keys that are read.

    Raises:
        ValueError: the file is damaged, or no checkpoint of a Vision Transformer, or a file beside it says what ours
            cannot be.
    """

    def __init__(self, path, prefix=""):
        path = Path(path).expanduser()
        self.stem = path.stem
        self.layout, self.checkpoint = read_checkpoint(path, prefix)
        self.notes = []  # lines for whoever loads it: what was assumed, each with `!!!` in front
        self.sizes = {}  # of axes by their letters in the layout's table, and of what `read_shapes` adds
        self.places = set()  # in our model, for which there are arrays
        self.said = {}  # all that the files beside it say and that is obeyed
        self.read_shapes()
        if self.layout is GOOGLE:
            self.said = {"layer_norm_eps": 1e-6, "hidden_act": "gelu_tanh", "mean": 0.5, "std": 0.5}
        else:
            self.read_configuration(path if path.is_dir() else path.parent)

    def read_shapes(self):
        layout, checkpoint, sizes = self.layout, self.checkpoint, self.sizes
        blocks = [int(number) for key in checkpoint for number in
                  re.findall(r"^(?:Transformer/encoderblock_|encoder\.layer\.|blocks\.)(\d+)[./]", key)]
        sizes["layers"] = 1 + max(blocks, default=-1)
        sizes["class_tokens"] = layout.class_tokens(checkpoint)
        for key, place, axes in layout.table(sizes["layers"]):
            if key not in checkpoint:
                continue
            name, array = checkpoint[key]
            self.places.add(place)
            try:
                for letter, length in sizes_of(array, axes).items():
                    if letter == "m" and sizes.setdefault("m", length) == 2 * length:
                        raise ValueError("its MLPs are gated (SwiGLU), which those of `VisionTransformer` are not.")
                    sizes.setdefault(letter, length)
            except ValueError as error:
                raise ValueError(f"The checkpoint's {name} has another shape: {error}") from error
            if place == "patch_encoder.positions":
                sizes["positions"] = array.shape[1]
        if not sizes["layers"] or not set("pqcdm") <= set(sizes):
            strange = " ".join(foreign([name for name, _ in checkpoint.values()]))
            raise ValueError("The checkpoint lacks the arrays that tell the sizes of the model: its blocks, their MLP, "
                             f"or the patch embedding. {strange}".strip())

    def read_configuration(self, folder):
        config = json_object(folder / "config.json")
        processor = json_object(folder / "preprocessor_config.json") or json_object(folder / "processor_config.json")
        self.obey(config, "config.json")
        self.obey(processor, "preprocessor_config.json")
        name, kind, usual = self.said.get("architecture", ""), self.said.get("model_type", "vit"), {}
        if self.layout is TIMM and re.fullmatch(TIMM_NAMES, name):
            if "_rpn_" in name:
                raise ValueError("`architecture` in config.json must be one whose blocks normalise first: got "
                                 f"{name}.")
            tanh = "gelu_tanh" if re.fullmatch(TIMM_TANH, name) else "gelu"
            usual = {"hidden_act": "quick_gelu" if "_quickgelu_" in name else tanh,
                     "layer_norm_eps": 1e-5 if "_clip_" in name else 1e-6,
                     "num_attention_heads": TIMM_HEADS.get(name, TIMM_HEADS.get(self.sizes["d"]))}
        elif self.layout is HUGGINGFACE and config:
            if kind not in MODEL_TYPES:
                raise ValueError(f"`model_type` in config.json must be one of {', '.join(MODEL_TYPES)}: got {kind}, "
                                 "another model than `VisionTransformer`.")
            usual = {**DEFAULTS, **MODEL_TYPES[kind]}
        self.said = {**usual, **self.said}

    def obey(self, entries, file):
        """Compare the entries of an object with the table: what is obeyed goes into `said`, the unknown is noted."""
        for key, value in sorted(entries.items(), key=lambda entry: isinstance(entry[1], dict)):  # inner objects win
            rule = ENTRIES.get(key)
            if key not in ENTRIES:
                self.notes.append(f"!!! {file} has `{key}`, which is not known here and not obeyed")
            elif rule is None or value is None:
                continue
            elif needed := self.needed(rule, value):
                raise ValueError(f"`{key}` in {file} must be {needed}: got {value!r}.")
            elif rule == "an object":
                self.obey(value, file)
            elif key == "global_pool":  # said more than once, and each time it counts
                self.said.setdefault(key, []).append(value)
            elif not isinstance(rule, tuple) and rule in KINDS:
                self.said[SAME.get(key, key)] = value
        ratio, d, m = self.said.pop("mlp_ratio", None), self.sizes["d"], self.sizes["m"]
        if ratio and int(ratio * d) != m:
            raise ValueError(f"`mlp_ratio` in {file} must be that of the arrays, {m} / {d}: got {ratio}.")

    def needed(self, rule, value):
        """What a value must be by a rule of the table, or `None` where it is that."""
        if isinstance(rule, tuple):
            return None if value in rule else f"{' or '.join(map(repr, rule)) or 'left out'} for a `VisionTransformer`"
        if rule in KINDS:
            return None if KINDS[rule](value) else rule
        sides = [self.sizes["p"], self.sizes["q"]] if rule == "p" else [self.sizes[rule]] * 2
        fits = value == sides or value == sides[0] == sides[1]
        return None if fits else f"that of the arrays, {self.sizes[rule]}"

    def assume(self, what, assumed, arguments, file="config.json"):
        self.notes.append(f"!!! no {file} says {what}: assumed {assumed}; if that is wrong, pass {arguments}")

    @property
    def patch_size(self):
        height, width = self.sizes["p"], self.sizes["q"]
        return height if height == width else (height, width)

    def grid(self, assume=True):
        """The grid of the positions, `(rows, columns)`; a square is assumed, else `None` where nothing says it."""
        number, tokens = self.sizes.get("positions"), self.sizes["class_tokens"]
        for key in ("image_size", "input_size"):
            if key in self.said:
                height, width = map(int, np.broadcast_to(np.ravel(self.said[key])[-2:], 2))
                rows, columns = height // self.sizes["p"], width // self.sizes["q"]
                if number is None or rows * columns in (number - tokens, number):
                    if height % self.sizes["p"] or width % self.sizes["q"]:
                        self.notes.append(f"!!! images of {height}x{width} pixels are no whole number of patches: what "
                                          "is over on the right and below is to be cut off")
                    return rows, columns
                if key == "image_size":  # the other is where pre-training began, which timm keeps
                    raise ValueError(f"`image_size` in config.json must fit the {number} positions of the file: got "
                                     f"{self.said[key]}, {rows}x{columns} patches.")
        square = (square_grid(number - tokens) or square_grid(number)) if number and assume else None
        if square and self.layout is not GOOGLE:
            self.assume(f"how the {number} positions lie", f"a square of {square[0]}x{square[1]}", "`checkpoint_grid`")
        return square

    def image_shape(self, grid):
        """`(H, W, C)` of the images whose patches form this grid."""
        if grid is None:
            raise ValueError("`image_shape` must be given: the checkpoint does not say how large its images are.")
        return grid[0] * self.sizes["p"], grid[1] * self.sizes["q"], self.sizes["c"]

    def published(self):
        """`(name, heads)` of the published size of this width, depth and MLP; `(None, None)` where there is none."""
        ours = {"hidden_dim": self.sizes["d"], "num_layers": self.sizes["layers"], "mlp_dim": self.sizes["m"]}
        return next(((name, size["num_heads"]) for name, size in VARIANTS.items() if ours.items() <= size.items()),
                    (None, None))

    def variant(self):
        """What a person would call the model: `"Ti/16"`."""
        name, patch_size = self.published()[0], "x".join(map(str, np.ravel(self.patch_size)))
        return f"{name}/{patch_size}" if name else (
            f"{self.sizes['layers']} blocks of width {self.sizes['d']}, patches of {patch_size}")

    def num_heads(self):
        if heads := self.sizes.get("h") or self.said.get("num_attention_heads"):
            return int(heads)
        name, heads = self.published()
        if not heads:
            raise ValueError("`num_heads` must be given: the checkpoint does not say it, and it is none of the "
                             f"published sizes (got hidden_dim={self.sizes['d']}, num_layers={self.sizes['layers']}, "
                             f"mlp_dim={self.sizes['m']}).")
        self.assume("how many heads there are", f"{heads}, as in {name}", "`num_heads`")
        return heads

    def pooling(self):
        """That of the file; config.json must not say one that does not go with the class token that is there or not."""
        ours, theirs, there = (("token", "token", "with") if "patch_encoder.class_token" in self.places else
                               ("average", "avg", "without"))
        for said in self.said.get("global_pool", ()):
            if said != theirs:
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
        said = {**DEFAULTS, **({"layer_norm_eps": 1e-6} if self.layout is TIMM else {}), **self.said}
        gelu, epsilon = said["hidden_act"], said["layer_norm_eps"]
        if "approximate_gelu" not in given and gelu not in GELU:
            raise ValueError(f"`{'act_layer' if self.layout is TIMM else 'hidden_act'}` must be gelu, "
                             f"or by tanh {', '.join(name for name in GELU if GELU[name])}: got {gelu} in config.json.")
        if "hidden_act" not in self.said and not {"layer_norm_epsilon", "approximate_gelu"} <= set(given):
            self.assume("epsilon and GELU", f"{epsilon:g} and exact", "`layer_norm_epsilon` and `approximate_gelu`")
        return {"layer_norm_epsilon": float(epsilon), "approximate_gelu": GELU.get(gelu, False)}

    def pixels(self, given):
        """Mean and deviation, of the file that says them or assumed, unless both are `given` by the caller."""
        mean, deviation, said = self.said.get("mean"), self.said.get("std"), self.said
        if not said.get("do_normalize", True):
            mean, deviation = 0.0, 1.0
        if mean is not None and deviation is not None:  # of pixel * factor, which need not be 1/255
            factor = 255 * said.get("rescale_factor", 1 / 255) if said.get("do_rescale", True) else 255.0
            if abs(factor - 1) > 1e-6:
                mean, deviation = np.divide(mean, factor).tolist(), np.divide(deviation, factor).tolist()
            return {"mean": mean, "deviation": deviation}
        deit = said.get("model_type") == "deit" or "deit" in self.stem.lower()
        if not {"mean", "deviation"} <= set(given):
            self.assume("how pixels are normalised",
                        "ImageNet's mean and deviation, as for DeiT" if deit else "mean and deviation 0.5",
                        "`mean` and `deviation`",
                        "preprocessor_config.json" if self.layout is HUGGINGFACE else "config.json")
        return {"mean": IMAGENET_MEAN, "deviation": IMAGENET_DEVIATION} if deit else {"mean": 0.5, "deviation": 0.5}

    def missing_biases(self):
        """Those biases that the checkpoint has nowhere, as timm and Hugging Face can leave them out: ours stay zero."""
        groups, found = {"query, key and value": ("attention.query", "attention.key", "attention.value")}, []
        if self.said.get("proj_bias") is False:
            groups["the projections and MLPs"] = "attention.output_projection", "mlp.dense_1", "mlp.dense_2"
        for what, layers in groups.items():
            biases = [f"encoder.blocks.{i}.{layer}.bias" for i in range(self.sizes["layers"]) for layer in layers]
            if self.places.isdisjoint(biases):
                self.notes.append(f"the checkpoint has no biases of {what}: ours are zero")
                found += biases
        return found
