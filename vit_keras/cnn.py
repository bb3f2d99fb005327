"""The CNN baseline: a small ResNet, to stand beside the Vision Transformer."""

import keras
from keras import layers

from vit_keras.advice import Advice
from vit_keras.pixels import normalization


@keras.saving.register_keras_serializable(package="vit_keras")
class CNN(Advice, keras.Model):
    """What `create_cnn_classifier` makes: a functional model from pixels to logits."""

    @property
    def num_classes(self):
        return self.output_shape[-1]


def create_cnn_classifier(
    image_shape, num_classes, widths=(16, 32, 64, 128), blocks_per_stage=1, first_stride=1, mean=0.5, deviation=0.5
):
    """A residual network in the manner of He et al.: 3x3 convolutions, batch norm, average pooling.

    What the ViT has to learn is built in here: a convolution looks at neighbours only (locality)
    and at every place with the same weights (translation equivariance).

    Args:
        image_shape: triple of ints `(H, W, C)`.
        num_classes: int.
        widths: tuple of ints. Channels of the first convolution and of each stage after it; every
            stage halves height and width.
        blocks_per_stage: int. Residual blocks, of two convolutions each, in every stage.
        first_stride: int. Stride of the first convolution: 1 for small images, 2 for photographs,
            whose full size is most of the cost and little of the content. Defaults to `1`.
        mean, deviation: float, or one float a channel. Of the pixels, see `normalization`.

    Returns:
        `keras.Model` from images `(B, H, W, C)`, values in [0, 255], to float32 logits
        `(B, num_classes)`.

    Raises:
        ValueError: an image too small to be halved in every stage, fewer than two `widths`, or no blocks.

    Reference:
        He et al., 2016, https://arxiv.org/abs/1512.03385, section 4.2, and
        https://arxiv.org/abs/1603.05027 for the order norm, activation, convolution.
    """
    check_stages(image_shape, widths, blocks_per_stage, first_stride)
    images = keras.Input(image_shape)
    x = normalization(image_shape[-1], mean, deviation, name="normalize")(images)
    x = residual_stages(x, widths, blocks_per_stage, first_stride)
    x = layers.GlobalAveragePooling2D(data_format="channels_last")(x)  # (B, widths[-1])
    logits = layers.Dense(num_classes, dtype="float32", name="head")(x)
    make = CNN if keras.__version__ >= "3" else keras.Model  # Keras 2 gives no advice, and loads only its own
    return make(images, logits, name="cnn")


def residual_stages(x, widths, blocks_per_stage=1, first_stride=1):
    """A first convolution, and stages of residual blocks that halve: (B, H, W, C) -> (B, h, w, widths[-1])."""
    x = convolution(widths[0], stride=first_stride)(x)
    for width in widths[1:]:
        for block in range(blocks_per_stage):
            x = residual_block(x, width, stride=1 if block else 2)
    return layers.ReLU()(layers.BatchNormalization()(x))


def check_stages(image_shape, widths, blocks_per_stage, first_stride):
    """Refuse stages that cannot be built."""
    if len(widths) < 2 or blocks_per_stage < 1 or first_stride < 1:
        raise ValueError(
            "A CNN needs a first convolution of stride 1 or more, at least one stage and a block in it: "
            f"got widths={widths}, blocks_per_stage={blocks_per_stage} and first_stride={first_stride}."
        )
    least = first_stride * 2 ** (len(widths) - 1)
    if min(image_shape[:2]) < least:
        raise ValueError(
            f"{len(widths) - 1} stages halve the image as often, so after a first stride of {first_stride} it must be "
            f"at least {least} pixels high and wide: got image_shape={tuple(image_shape)}."
        )


def residual_block(x, width, stride=1):
    """Two 3x3 convolutions whose result is added to what came in: (B, H, W, C) -> (B, H/s, W/s, width)."""
    start = layers.ReLU()(layers.BatchNormalization()(x))
    shortcut = x
    if stride > 1 or x.shape[-1] != width:
        shortcut = convolution(width, kernel_size=1, stride=stride)(start)
    y = convolution(width, stride=stride)(start)
    y = convolution(width)(layers.ReLU()(layers.BatchNormalization()(y)))
    return layers.Add()([shortcut, y])


def convolution(width, kernel_size=3, stride=1):
    """A convolution without bias, since the batch norm that follows has one; He's initial values."""
    return layers.Conv2D(width, kernel_size, stride, "same", data_format="channels_last", use_bias=False,
                         kernel_initializer="he_normal")
