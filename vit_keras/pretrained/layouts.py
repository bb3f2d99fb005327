"""Where every array of a checkpoint belongs: one table a layout, data to read and to print.

A row is (key in the file, its place in our model, how its axes move), and `{i}` counts blocks from 0. Axes are
written as einops writes them. Their letters: p q height and width of a patch, c channels, d the hidden size, h heads,
k the width of a head, m the MLP size, r the width of a representation, n classes, t tokens; o and i are outputs and
inputs where both have the same width.
"""

import re
from typing import NamedTuple

import einops
import numpy as np


class Layout(NamedTuple):
    """A way in which checkpoints of Vision Transformers are written."""

    name: str  # how messages call it
    loader: str  # the function that reads it
    rows: tuple  # of (key, place, axes)
    spellings: tuple  # of (regular expression, replacement): how else keys are written
    second_token: str  # the key of a second class token, which our model has not
    scales: tuple  # of (key, place): layer scale, a factor for each output of the dense layer at that place
    interpolation: str  # how the layout's own code resizes positions, see `interpolate_position_embedding`

    @property
    def marker(self):
        """The key by which a file is recognised: every model has it, and each layout writes it its own way."""
        return next(key for key, place, _ in self.rows if place == "patch_encoder.projection.kernel")


def of_each_block(prefix, rows):
    """The same rows with the full key and the full place."""
    return tuple((prefix + key, "encoder.blocks.{i}." + place, axes) for key, place, axes in rows)


def of_each_scale(after_attention, after_mlp):
    """The two factors of layer scale in a block, with the layers that they are multiplied into."""
    return ((after_attention, "encoder.blocks.{i}.attention.output_projection"),
            (after_mlp, "encoder.blocks.{i}.mlp.dense_2"))


# Google: Vision Transformer and AugReg, written by Flax. A kernel maps the axes before to the axes behind.
GOOGLE = Layout(
    name="Google's .npz",
    loader="load_npz",
    rows=(
        ("embedding/kernel", "patch_encoder.projection.kernel", "p q c d -> (p q c) d"),
        ("embedding/bias", "patch_encoder.projection.bias", "d"),
        ("cls", "patch_encoder.class_token", "b t d"),
        ("Transformer/posembed_input/pos_embedding", "patch_encoder.positions", "b t d"),
        *of_each_block("Transformer/encoderblock_{i}/", (
            ("LayerNorm_0/scale", "norm_1.gamma", "d"),
            ("LayerNorm_0/bias", "norm_1.beta", "d"),
            ("MultiHeadDotProductAttention_1/query/kernel", "attention.query.kernel", "d h k -> d (h k)"),
            ("MultiHeadDotProductAttention_1/query/bias", "attention.query.bias", "h k -> (h k)"),
            ("MultiHeadDotProductAttention_1/key/kernel", "attention.key.kernel", "d h k -> d (h k)"),
            ("MultiHeadDotProductAttention_1/key/bias", "attention.key.bias", "h k -> (h k)"),
            ("MultiHeadDotProductAttention_1/value/kernel", "attention.value.kernel", "d h k -> d (h k)"),
            ("MultiHeadDotProductAttention_1/value/bias", "attention.value.bias", "h k -> (h k)"),
            ("MultiHeadDotProductAttention_1/out/kernel", "attention.output_projection.kernel", "h k d -> (h k) d"),
            ("MultiHeadDotProductAttention_1/out/bias", "attention.output_projection.bias", "d"),
            ("LayerNorm_2/scale", "norm_2.gamma", "d"),
            ("LayerNorm_2/bias", "norm_2.beta", "d"),
            ("MlpBlock_3/Dense_0/kernel", "mlp.dense_1.kernel", "d m"),
            ("MlpBlock_3/Dense_0/bias", "mlp.dense_1.bias", "m"),
            ("MlpBlock_3/Dense_1/kernel", "mlp.dense_2.kernel", "m d"),
            ("MlpBlock_3/Dense_1/bias", "mlp.dense_2.bias", "d"),
        )),
        ("Transformer/encoder_norm/scale", "encoder.norm.gamma", "d"),
        ("Transformer/encoder_norm/bias", "encoder.norm.beta", "d"),
        ("pre_logits/kernel", "pre_logits.kernel", "d r"),
        ("pre_logits/bias", "pre_logits.bias", "r"),
        ("head/kernel", "head.kernel", "i n"),
        ("head/bias", "head.bias", "n"),
    ),
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

# Hugging Face transformers: the keys of the files on the hub. PyTorch writes a linear layer as (outputs, inputs).
HUGGINGFACE = Layout(
    name="Hugging Face's",
    loader="load_huggingface",
    rows=(
        ("embeddings.patch_embeddings.projection.weight", "patch_encoder.projection.kernel", "d c p q -> (p q c) d"),
        ("embeddings.patch_embeddings.projection.bias", "patch_encoder.projection.bias", "d"),
        ("embeddings.cls_token", "patch_encoder.class_token", "b t d"),
        ("embeddings.position_embeddings", "patch_encoder.positions", "b t d"),
        *of_each_block("encoder.layer.{i}.", (
            ("layernorm_before.weight", "norm_1.gamma", "d"),
            ("layernorm_before.bias", "norm_1.beta", "d"),
            ("attention.attention.query.weight", "attention.query.kernel", "o i -> i o"),
            ("attention.attention.query.bias", "attention.query.bias", "d"),
            ("attention.attention.key.weight", "attention.key.kernel", "o i -> i o"),
            ("attention.attention.key.bias", "attention.key.bias", "d"),
            ("attention.attention.value.weight", "attention.value.kernel", "o i -> i o"),
            ("attention.attention.value.bias", "attention.value.bias", "d"),
            ("attention.output.dense.weight", "attention.output_projection.kernel", "o i -> i o"),
            ("attention.output.dense.bias", "attention.output_projection.bias", "d"),
            ("layernorm_after.weight", "norm_2.gamma", "d"),
            ("layernorm_after.bias", "norm_2.beta", "d"),
            ("intermediate.dense.weight", "mlp.dense_1.kernel", "m d -> d m"),
            ("intermediate.dense.bias", "mlp.dense_1.bias", "m"),
            ("output.dense.weight", "mlp.dense_2.kernel", "d m -> m d"),
            ("output.dense.bias", "mlp.dense_2.bias", "d"),
        )),
        ("layernorm.weight", "encoder.norm.gamma", "d"),
        ("layernorm.bias", "encoder.norm.beta", "d"),
        ("pooler.dense.weight", "pre_logits.kernel", "r d -> d r"),
        ("pooler.dense.bias", "pre_logits.bias", "r"),
        ("classifier.weight", "head.kernel", "n i -> i n"),
        ("classifier.bias", "head.bias", "n"),
    ),
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
    scales=of_each_scale("encoder.layer.{i}.layer_scale1.lambda1", "encoder.layer.{i}.layer_scale2.lambda1"),
    interpolation="bicubic",
)

# timm, and DeiT, whose authors built on it. Query, key and value stand in one matrix, one below the other.
TIMM = Layout(
    name="timm's",
    loader="load_timm",
    rows=(
        ("patch_embed.proj.weight", "patch_encoder.projection.kernel", "d c p q -> (p q c) d"),
        ("patch_embed.proj.bias", "patch_encoder.projection.bias", "d"),
        ("cls_token", "patch_encoder.class_token", "b t d"),
        ("pos_embed", "patch_encoder.positions", "b t d"),
        *of_each_block("blocks.{i}.", (
            ("norm1.weight", "norm_1.gamma", "d"),
            ("norm1.bias", "norm_1.beta", "d"),
            ("attn.qkv.weight", "attention.query.kernel", "o i -> i o, 1 of 3"),
            ("attn.qkv.weight", "attention.key.kernel", "o i -> i o, 2 of 3"),
            ("attn.qkv.weight", "attention.value.kernel", "o i -> i o, 3 of 3"),
            ("attn.qkv.bias", "attention.query.bias", "o, 1 of 3"),
            ("attn.qkv.bias", "attention.key.bias", "o, 2 of 3"),
            ("attn.qkv.bias", "attention.value.bias", "o, 3 of 3"),
            ("attn.proj.weight", "attention.output_projection.kernel", "o i -> i o"),
            ("attn.proj.bias", "attention.output_projection.bias", "d"),
            ("norm2.weight", "norm_2.gamma", "d"),
            ("norm2.bias", "norm_2.beta", "d"),
            ("mlp.fc1.weight", "mlp.dense_1.kernel", "m d -> d m"),
            ("mlp.fc1.bias", "mlp.dense_1.bias", "m"),
            ("mlp.fc2.weight", "mlp.dense_2.kernel", "d m -> m d"),
            ("mlp.fc2.bias", "mlp.dense_2.bias", "d"),
        )),
        ("norm.weight", "encoder.norm.gamma", "d"),
        ("norm.bias", "encoder.norm.beta", "d"),
        ("pre_logits.fc.weight", "pre_logits.kernel", "r d -> d r"),
        ("pre_logits.fc.bias", "pre_logits.bias", "r"),
        ("head.weight", "head.kernel", "n i -> i n"),
        ("head.bias", "head.bias", "n"),
    ),
    spellings=((r"^(blocks\.\d+\.)gamma_([12])$", r"\1ls\2.gamma"),),  # DeiT III's own files
    second_token="dist_token",
    scales=of_each_scale("blocks.{i}.ls1.gamma", "blocks.{i}.ls2.gamma"),
    interpolation="bicubic_antialias",
)

LAYOUTS = (GOOGLE, HUGGINGFACE, TIMM)


# ---- Axes: `"o i -> i o"` for einops; without an arrow all stays; `", 2 of 3"` is the second third, taken first ----

def sizes_of(array, axes):
    """The length of every axis that a row of a table names: `{"h": 3, "k": 64, "d": 192}`.

    Raises:
        ValueError: not as many axes as names.
    """
    names = axes.partition(",")[0].partition(" ->")[0]
    try:
        return einops.parse_shape(array, names)
    except RuntimeError as error:
        raise ValueError(f"an array of {len(names.split())} axes ({names}) is needed: got shape "
                         f"{tuple(array.shape)}.") from error


def arrange(array, axes):
    """An array of a checkpoint with its axes where our model has them.

    Raises:
        ValueError: not as many axes as names, or no equal parts.
    """
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
