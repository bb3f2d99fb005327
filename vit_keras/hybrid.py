"""The hybrid architecture: tokens from a CNN's feature map in place of the pixels."""

import contextlib

import keras
from keras import layers

from vit_keras.cnn import check_stages, convolution, residual_stages
from vit_keras.vit import VisionTransformer

STEMS = ("convolutions", "resnet")


def create_hybrid_vit(
    image_shape, patch_size, num_layers, hidden_dim, num_heads, mlp_dim, num_classes,
    stem="convolutions", stem_widths=(32, 64), blocks_per_stage=1, first_stride=None, dtype=None, **kwargs,
):
    """A Vision Transformer whose patches are cut from a feature map.

    "As a special case, the patches can have spatial size 1x1, which means that the input sequence is
    obtained by simply flattening the spatial dimensions of the feature map and projecting to the
    Transformer dimension."
    Behind the stem it is the plain model, with the same `Patches`, `PatchEncoder` and encoder.

    Args:
        image_shape: triple of ints `(H, W, C)`.
        patch_size: int or pair of ints. P, in places of the feature map; must divide it. `1` makes
            each place a token.
        num_layers, hidden_dim, num_heads, mlp_dim, num_classes: See `VisionTransformer`.
        stem: `"convolutions"`, see `convolution_stem`, or `"resnet"`, see `resnet_stem`.
        stem_widths: tuple of ints. Channels of the stem's convolutions or stages.
        blocks_per_stage: int. Of `"resnet"`.
        first_stride: int or `None`. Of the stem's first convolution; by default 2 for `"convolutions"`
            and 1 for `"resnet"`.
        dtype: Keras dtype policy of all layers.
        **kwargs: Passed to `VisionTransformer` (`pooling`, `position_embedding`, `name`, ...).

    Returns:
        `VisionTransformer` with a `stem`.

    Raises:
        ValueError: an unknown stem, an image too small to be halved as often, or a `patch_size` that
            does not divide the feature map.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, section 3.1, from which the sentence is.
    """
    if stem == "convolutions":
        stem = convolution_stem(image_shape, stem_widths, first_stride or 2, dtype)
    elif stem == "resnet":
        stem = resnet_stem(image_shape, stem_widths, blocks_per_stage, first_stride or 1, dtype)
    else:
        raise ValueError(f"`stem` must be one of {', '.join(STEMS)}: got {stem!r}.")
    return VisionTransformer(
        image_shape, patch_size, num_layers, hidden_dim, num_heads, mlp_dim, num_classes,
        stem=stem, dtype=dtype, **kwargs,
    )


def convolution_stem(image_shape, widths=(32, 64), first_stride=2, dtype=None):
    """3x3 convolutions, each with batch norm and ReLU; the first has `first_stride`, every other halves.

    Args:
        image_shape: triple of ints `(H, W, C)`.
        widths: tuple of ints. Channels of each convolution.
        first_stride: int. Stride of the first convolution.
        dtype: Keras dtype policy of all layers.

    Returns:
        `keras.Model` from `(B, H, W, C)` to `(B, h, w, widths[-1])`.

    Raises:
        ValueError: no convolution, or an image too small to be halved as often.

    Reference:
        Xiao et al., 2021, https://arxiv.org/abs/2106.14881.
    """
    least = first_stride * 2 ** max(0, len(widths) - 1)
    if not widths or min(image_shape[:2]) < least:
        raise ValueError(
            f"{len(widths)} convolutions need at least one, and an image at least {least} pixels high and wide: "
            f"got widths={tuple(widths)} and image_shape={tuple(image_shape)}."
        )
    with policy(dtype):
        x = images = keras.Input(image_shape)
        for number, width in enumerate(widths):
            x = convolution(width, stride=2 if number else first_stride)(x)
            x = layers.ReLU()(layers.BatchNormalization()(x))
        return keras.Model(images, x, name="stem")


def resnet_stem(image_shape, widths=(16, 32, 64), blocks_per_stage=1, first_stride=1, dtype=None):
    """The CNN baseline without its pooling and its head: what the paper's hybrid takes of a ResNet.

    The paper's has group norm where ours has batch norm, and is R50 where ours is small.

    Args:
        image_shape: triple of ints `(H, W, C)`.
        widths, blocks_per_stage, first_stride: See `create_cnn_classifier`.
        dtype: Keras dtype policy of all layers.

    Returns:
        `keras.Model` from `(B, H, W, C)` to `(B, h, w, widths[-1])`.

    Raises:
        ValueError: as `create_cnn_classifier`.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, section 4.1.
    """
    check_stages(image_shape, widths, blocks_per_stage, first_stride)
    with policy(dtype):
        images = keras.Input(image_shape)
        return keras.Model(images, residual_stages(images, widths, blocks_per_stage, first_stride), name="stem")


def stem_alone(hybrid):
    """A hybrid without its encoder: the mean of its feature map over all places, and a linear head, as in a CNN.

    Beside the hybrid and the plain ViT it tells what the stem is worth by itself, and what the encoder adds to it.

    Args:
        hybrid: `VisionTransformer` with a `stem` and a head. Both models share the weights of the stem.

    Returns:
        `keras.Model` from images `(B, H, W, C)`, values in [0, 255], to float32 logits `(B, num_classes)`.

    Raises:
        ValueError: a model without a stem.
    """
    if hybrid.stem is None:
        raise ValueError("`hybrid` must have a stem: got a plain Vision Transformer.")
    images = keras.Input(hybrid.image_shape)
    x = layers.GlobalAveragePooling2D(data_format="channels_last")(hybrid.feature_map(images))  # (B, K)
    logits = layers.Dense(hybrid.num_classes, dtype="float32", name="head")(x)
    return keras.Model(images, logits, name="stem_alone")


@contextlib.contextmanager
def policy(dtype):
    """Layers made inside have this dtype policy, where one is given: a stem's functions need not hand it on."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype or before)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
