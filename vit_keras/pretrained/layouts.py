"""Three layouts of a checkpoint, in one table: how files are recognised, where each array belongs, and the way back."""

import json
import re
from pathlib import Path
from typing import NamedTuple

import einops
import keras
import numpy as np

from vit_keras.pretrained.files import WHOLE, read_arrays

# A line for each array: its place in our model; then its key and its axes as Google, Hugging Face and timm write them,
# and how the axes move, as einops writes it. `{i}` counts blocks from 0. Letters of axes: p q height and width of a
# patch, c channels, d the hidden size, h heads, k the width of a head, m the MLP size, r the width of a representation,
# n classes, t tokens; o outputs and i inputs where both have the same width. Flax's kernels are (inputs, outputs) as
# ours are, PyTorch's (outputs, inputs). In timm query, key and value stand in one matrix, one below the other:
# `2 of 3` is the second third, taken before the axes move.

THIRDS = ("query", "1 of 3"), ("key", "2 of 3"), ("value", "3 of 3")
TABLE = (
    ("patch_encoder.projection.kernel", "embedding/kernel: p q c d -> (p q c) d",
     "embeddings.patch_embeddings.projection.weight: d c p q -> (p q c) d",
     "patch_embed.proj.weight: d c p q -> (p q c) d"),
    ("patch_encoder.projection.bias", "embedding/bias: d", "embeddings.patch_embeddings.projection.bias: d",
     "patch_embed.proj.bias: d"),
    ("patch_encoder.class_token", "cls: b t d", "embeddings.cls_token: b t d", "cls_token: b t d"),
    ("patch_encoder.positions", "Transformer/posembed_input/pos_embedding: b t d",
     "embeddings.position_embeddings: b t d", "pos_embed: b t d"),
    *(("encoder.blocks.{i}." + place, "Transformer/encoderblock_{i}/" + google, "encoder.layer.{i}." + hugging_face,
       "blocks.{i}." + timm) for place, google, hugging_face, timm in (
        ("norm_1.gamma", "LayerNorm_0/scale: d", "layernorm_before.weight: d", "norm1.weight: d"),
        ("norm_1.beta", "LayerNorm_0/bias: d", "layernorm_before.bias: d", "norm1.bias: d"),
        *((f"attention.{name}.kernel", f"MultiHeadDotProductAttention_1/{name}/kernel: d h k -> d (h k)",
           f"attention.attention.{name}.weight: o i -> i o", f"attn.qkv.weight: o i -> i o, {third}")
          for name, third in THIRDS),
        *((f"attention.{name}.bias", f"MultiHeadDotProductAttention_1/{name}/bias: h k -> (h k)",
           f"attention.attention.{name}.bias: d", f"attn.qkv.bias: o, {third}") for name, third in THIRDS),
        ("attention.output_projection.kernel", "MultiHeadDotProductAttention_1/out/kernel: h k d -> (h k) d",
         "attention.output.dense.weight: o i -> i o", "attn.proj.weight: o i -> i o"),
        ("attention.output_projection.bias", "MultiHeadDotProductAttention_1/out/bias: d",
         "attention.output.dense.bias: d", "attn.proj.bias: d"),
        ("norm_2.gamma", "LayerNorm_2/scale: d", "layernorm_after.weight: d", "norm2.weight: d"),
        ("norm_2.beta", "LayerNorm_2/bias: d", "layernorm_after.bias: d", "norm2.bias: d"),
        ("mlp.dense_1.kernel", "MlpBlock_3/Dense_0/kernel: d m", "intermediate.dense.weight: m d -> d m",
         "mlp.fc1.weight: m d -> d m"),
        ("mlp.dense_1.bias", "MlpBlock_3/Dense_0/bias: m", "intermediate.dense.bias: m", "mlp.fc1.bias: m"),
        ("mlp.dense_2.kernel", "MlpBlock_3/Dense_1/kernel: m d", "output.dense.weight: d m -> m d",
         "mlp.fc2.weight: d m -> m d"),
        ("mlp.dense_2.bias", "MlpBlock_3/Dense_1/bias: d", "output.dense.bias: d", "mlp.fc2.bias: d"),
    )),
    ("encoder.norm.gamma", "Transformer/encoder_norm/scale: d", "layernorm.weight: d", "norm.weight: d"),
    ("encoder.norm.beta", "Transformer/encoder_norm/bias: d", "layernorm.bias: d", "norm.bias: d"),
    ("pre_logits.kernel", "pre_logits/kernel: d r", "pooler.dense.weight: r d -> d r",
     "pre_logits.fc.weight: r d -> d r"),
    ("pre_logits.bias", "pre_logits/bias: r", "pooler.dense.bias: r", "pre_logits.fc.bias: r"),
    ("head.kernel", "head/kernel: i n", "classifier.weight: n i -> i n", "head.weight: n i -> i n"),
    ("head.bias", "head/bias: n", "classifier.bias: n", "head.bias: n"),
)


class Layout(NamedTuple):
    """A way in which checkpoints of Vision Transformers are written."""

    name: str  # how messages call it
    loader: str  # the function that reads it
    rows: tuple  # of the table above: (key, place, axes)
    spellings: tuple  # of (regular expression, replacement): how else keys are written
    second_token: str  # the key of a second class token, which our model has not
    scales: tuple  # keys of layer scale: factors of what attention adds, and of what the MLP adds
    interpolation: str  # how the layout's own code resizes positions, see `interpolate_position_embedding`

    @property
    def marker(self):
        """The key by which a file is recognised: every model has it, and each layout writes it its own way."""
        return self.rows[0][0]

    def table(self, num_layers):
        """The rows with the blocks counted out."""
        for key, place, axes in self.rows:
            for index in range(num_layers) if "{i}" in key else (0,):
                yield key.format(i=index), place.format(i=index), axes

    def class_tokens(self, checkpoint):
        """How many a checkpoint has."""
        return sum(key in checkpoint for key, place, _ in self.rows if place == "patch_encoder.class_token") + (
            self.second_token in checkpoint)


def column(number):
    """The rows of one layout: `(key, place, axes)`."""
    return tuple((key, row[0], axes) for row in TABLE for key, axes in [row[number].split(": ")])


# Vision Transformer and AugReg, written by Flax.
GOOGLE = Layout(
    name="Google's .npz",
    loader="load_npz",
    rows=column(1),
    spellings=(  # big_vision numbers the parts of a block anew, and keeps positions at the top
        (r"^(params|opt/target)/", ""), (r"^pos_embedding$", "Transformer/posembed_input/pos_embedding"),
        *((rf"^(Transformer/encoderblock_\d+/){new}/", rf"\1{old}/") for new, old in (
            ("LayerNorm_1", "LayerNorm_2"), ("MultiHeadDotProductAttention_0", "MultiHeadDotProductAttention_1"),
            ("MlpBlock_0", "MlpBlock_3"))),
    ),
    second_token="",
    scales=(),
    interpolation="bilinear",
)

# The keys of the files on the hub.
HUGGINGFACE = Layout(
    name="Hugging Face's",
    loader="load_huggingface",
    rows=column(2),
    spellings=(  # a model with a head puts its name before; transformers 5 renamed the parts of a block
        (r"^(vit|deit|dinov2)\.", ""), (r"^layers\.(\d+)\.", r"encoder.layer.\1."),
        *((rf"^(encoder\.layer\.\d+\.){re.escape(new)}\.", rf"\1{old}.") for new, old in (
            ("attention.q_proj", "attention.attention.query"), ("attention.k_proj", "attention.attention.key"),
            ("attention.v_proj", "attention.attention.value"), ("attention.o_proj", "attention.output.dense"),
            ("mlp.fc1", "intermediate.dense"), ("mlp.fc2", "output.dense"),
            ("norm1", "layernorm_before"), ("norm2", "layernorm_after"))),  # these two in DINOv2
        (r"^cls_classifier\.", "classifier."),
    ),
    second_token="embeddings.distillation_token",
    scales=("encoder.layer.{i}.layer_scale1.lambda1", "encoder.layer.{i}.layer_scale2.lambda1"),
    interpolation="bicubic",
)

# timm, and DeiT, whose authors built on it.
TIMM = Layout(
    name="timm's",
    loader="load_timm",
    rows=column(3),
    spellings=((r"^(blocks\.\d+\.)gamma_([12])$", r"\1ls\2.gamma"),),  # DeiT III's own files
    second_token="dist_token",
    scales=("blocks.{i}.ls1.gamma", "blocks.{i}.ls2.gamma"),
    interpolation="bicubic_antialias",
)

LAYOUTS = (GOOGLE, HUGGINGFACE, TIMM)


# ---- Axes: `"o i -> i o"` for einops; without an arrow all stays ----

def sizes_of(array, axes):
    """The length of every axis that a row of the table names: `{"h": 3, "k": 64, "d": 192}`."""
    names = axes.partition(",")[0].partition(" ->")[0]
    try:
        return einops.parse_shape(array, names)
    except RuntimeError as error:
        raise ValueError(f"an array of {len(names.split())} axes ({names}) is needed: got shape "
                         f"{tuple(array.shape)}.") from error


def arrange(array, axes):
    """An array of a checkpoint with its axes where our model has them; a ValueError if these are not the axes."""
    axes, _, part = axes.partition(", ")
    sizes_of(array, axes)
    if part:
        number, parts = map(int, part.split(" of "))
        if len(array) % parts:
            raise ValueError(f"the first axis must have {parts} equal parts: got shape {array.shape}.")
        array = np.split(array, parts)[number - 1]
    return einops.rearrange(array, axes) if "->" in axes else array


def arrange_back(array, axes, sizes):
    """What `arrange` was given, or the part of it: `sizes` has the lengths of axes that were joined."""
    before, _, after = axes.partition(", ")[0].partition(" -> ")
    joined = "".join(re.findall(r"\(([^)]*)\)", after)).split()
    return einops.rearrange(array, f"{after} -> {before}", **{name: sizes[name] for name in joined}) if after else array


# ---- Keys: in which layout they are written, and what they say of parts that ours has not ----

def read_checkpoint(path, prefix=""):
    """`(layout, {key of its table: (key of the file, array)})` of a file, see `read_arrays`."""
    arrays, checkpoint = read_arrays(path, prefix), {}
    layout = recognise(arrays, Path(path).name)
    for name, array in arrays.items():
        stacked = "/encoderblock/" in name and array.ndim  # big_vision, scanned: all blocks along the first axis
        for index, part in enumerate(array if stacked else [array]):
            own = name.replace("/encoderblock/", f"/encoderblock_{index}/") if stacked else name
            key = respelled(own, layout)
            if key in checkpoint:
                raise ValueError(f"Two keys of the file mean the same: {checkpoint[key][0]} and {own}.")
            checkpoint[key] = (own, part)
    return layout, checkpoint


def recognise(arrays, name):
    """The `Layout` in which these keys are written; it must be one that we know."""
    def layout_of(key):
        return next((layout for layout in LAYOUTS if respelled(key, layout) == layout.marker), None)

    def prefix_of(key):
        return next((key[: match.end()] for match in re.finditer("[./]", key) if layout_of(key[match.end() :])), None)

    if layout := next(filter(None, map(layout_of, arrays)), None):
        return layout
    if prefixes := list(filter(None, map(prefix_of, arrays))):
        each = " and ".join(f"`{one}` before {sum(key.startswith(one) for key in arrays)} of its {len(arrays)} keys"
                            for one in prefixes)
        raise ValueError(f"{name} has {each}. Pass what shall be read as `prefix`, such as prefix={prefixes[0]!r}.")
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


# ---- The way back: a model's weights as a checkpoint, for others to read ----

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
    height, width = np.broadcast_to(model.patch_size, 2).tolist()
    sizes = {"p": height, "q": width, "c": model.map_shape[-1], "d": model.hidden_dim, "h": model.num_heads,
             "k": model.hidden_dim // model.num_heads, "m": model.mlp_dim}
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
        ValueError: the model is one that timm's cannot be, or has another number of classes.
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
    if class_names and len(class_names) != model.num_classes:
        raise ValueError(f"`class_names` must be {model.num_classes} names, one for each class: got {class_names!r}.")
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
    save_file(arrays, folder / WHOLE, metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(configuration, indent=1) + "\n", encoding="utf-8")
