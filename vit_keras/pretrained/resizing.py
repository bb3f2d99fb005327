"""Pictures of another size, resized on the device by the two matrices that also stretch positions."""

import keras
from keras import layers, ops

from vit_keras.pretrained.positions import METHODS, interpolation_matrix


@keras.saving.register_keras_serializable(package="vit_keras")
class Resize(layers.Layer):
    """Pictures of another size: one matrix mixes their rows, another their columns.

    It runs inside a model, so a data set can stay as small as it is: 2,000 pictures of 32x32 pixels are 6 MB,
    enlarged to 224x224 they would be 300 MB.

    Args:
        height, width: ints. In pixels.
        method: one of `METHODS`, see `interpolate_position_embedding`. The default averages where it shrinks.
        **kwargs: Passed to `keras.layers.Layer` (`name`, `dtype`, ...).

    Call arguments:
        images: Tensor of shape `(B, H, W, C)`, values in [0, 255].

    Returns:
        Tensor of shape `(B, height, width, C)`, values in [0, 255], float.

    Raises:
        ValueError: `height`, `width` or `method` is not possible.
    """

    def __init__(self, height, width, method="bicubic_antialias", **kwargs):
        super().__init__(**kwargs)
        if min(height, width) < 1 or method not in METHODS:
            raise ValueError(f"`height` and `width` must be positive and `method` one of {', '.join(METHODS)}: got "
                             f"height={height}, width={width} and method={method!r}.")
        self.height = height
        self.width = width
        self.method = method

    def build(self, images_shape):
        self.rows = interpolation_matrix(self.height, images_shape[1], self.method).astype("float32")
        self.columns = interpolation_matrix(self.width, images_shape[2], self.method).astype("float32")

    def call(self, images):
        x = ops.cast(images, self.compute_dtype)
        x = ops.einsum("vh,bhwc->bvwc", ops.cast(self.rows, x.dtype), x)
        x = ops.einsum("uw,bvwc->bvuc", ops.cast(self.columns, x.dtype), x)
        return ops.clip(x, 0, 255)  # a cubic overshoots at edges

    def compute_output_shape(self, images_shape):
        return (images_shape[0], self.height, self.width, images_shape[-1])

    def get_config(self):
        return {**super().get_config(), "height": self.height, "width": self.width, "method": self.method}


def with_resizing(model, image_shape):
    """The same model for pictures of another size: they are resized first, its weights are shared.

    Args:
        model: `VisionTransformer`, or any model with an `image_shape`.
        image_shape: triple of ints `(H, W, C)`. Of the pictures that will come.

    Returns:
        `keras.Model` from `(B, H, W, C)`, values in [0, 255], to what `model` returns; `model` itself where the
        pictures have its size already.

    Raises:
        ValueError: another number of channels.
    """
    image_shape, own = tuple(image_shape), tuple(model.image_shape)
    if image_shape[-1] != own[-1]:
        raise ValueError(f"`image_shape` must have the model's {own[-1]} channels: got {image_shape}.")
    if image_shape == own:
        return model
    images = keras.Input(image_shape)
    return keras.Model(images, model(Resize(*own[:2], name="resize")(images)), name=f"{model.name}_resized")
