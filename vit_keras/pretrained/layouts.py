"""Where every array of a checkpoint belongs: one table for three layouts, data to read and to print."""

import re
from typing import NamedTuple

import einops
import numpy as np

# A line for each array: its place in our model; then its key and its axes as Google, Hugging Face and timm write them,
# and how the axes move, as einops writes it. `{i}` counts blocks from 0. Letters of axes: p q height and width of a
# patch, c channels, d the hidden size, h heads, k the width of a head, m the MLP size, r the width of a representation,
# n classes, t tokens; o outputs and i inputs where both have the same width. Flax's kernels are (inputs, outputs) as
# ours are, PyTorch's (outputs, inputs). In timm query, key and value stand in one matrix, one below the other:
# `2 of 3` is the second third, taken before the axes move.
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
        ("attention.query.kernel", "MultiHeadDotProductAttention_1/query/kernel: d h k -> d (h k)",
         "attention.attention.query.weight: o i -> i o", "attn.qkv.weight: o i -> i o, 1 of 3"),
        ("attention.key.kernel", "MultiHeadDotProductAttention_1/key/kernel: d h k -> d (h k)",
         "attention.attention.key.weight: o i -> i o", "attn.qkv.weight: o i -> i o, 2 of 3"),
        ("attention.value.kernel", "MultiHeadDotProductAttention_1/value/kernel: d h k -> d (h k)",
         "attention.attention.value.weight: o i -> i o", "attn.qkv.weight: o i -> i o, 3 of 3"),
        ("attention.query.bias", "MultiHeadDotProductAttention_1/query/bias: h k -> (h k)",
         "attention.attention.query.bias: d", "attn.qkv.bias: o, 1 of 3"),
        ("attention.key.bias", "MultiHeadDotProductAttention_1/key/bias: h k -> (h k)",
         "attention.attention.key.bias: d", "attn.qkv.bias: o, 2 of 3"),
        ("attention.value.bias", "MultiHeadDotProductAttention_1/value/bias: h k -> (h k)",
         "attention.attention.value.bias: d", "attn.qkv.bias: o, 3 of 3"),
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
    """The rows of one layout."""
    texts = [(row[0], *row[number].split(": ")) for row in TABLE]
    return tuple((key, place, axes) for place, key, axes in texts)


# Vision Transformer and AugReg, written by Flax.
GOOGLE = Layout(
    name="Google's .npz",
    loader="load_npz",
    rows=column(1),
    spellings=(  # big_vision numbers the parts of a block anew, and keeps positions at the top
        (r"^(params|opt/target)/", ""),
        (r"^pos_embedding$", "Transformer/posembed_input/pos_embedding"),
        (r"^(Transformer/encoderblock_\d+/)LayerNorm_1/", r"\1LayerNorm_2/"),
        (r"^(Transformer/encoderblock_\d+/)MultiHeadDotProductAttention_0/", r"\1MultiHeadDotProductAttention_1/"),
        (r"^(Transformer/encoderblock_\d+/)MlpBlock_0/", r"\1MlpBlock_3/"),
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
        (r"^(vit|deit|dinov2)\.", ""),
        (r"^layers\.(\d+)\.", r"encoder.layer.\1."),
        (r"^(encoder\.layer\.\d+\.)attention\.q_proj\.", r"\1attention.attention.query."),
        (r"^(encoder\.layer\.\d+\.)attention\.k_proj\.", r"\1attention.attention.key."),
        (r"^(encoder\.layer\.\d+\.)attention\.v_proj\.", r"\1attention.attention.value."),
        (r"^(encoder\.layer\.\d+\.)attention\.o_proj\.", r"\1attention.output.dense."),
        (r"^(encoder\.layer\.\d+\.)mlp\.fc1\.", r"\1intermediate.dense."),
        (r"^(encoder\.layer\.\d+\.)mlp\.fc2\.", r"\1output.dense."),
        (r"^cls_classifier\.", "classifier."),
        (r"^(encoder\.layer\.\d+\.)norm1\.", r"\1layernorm_before."),  # DINOv2
        (r"^(encoder\.layer\.\d+\.)norm2\.", r"\1layernorm_after."),
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
