"""Augmentation, image by image, on the device: pad-and-crop and mirror in one gather."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="vit_keras")
class RandomCropFlip(layers.Layer):
    """Moves each image by up to `padding` pixels and mirrors half of them; the border is reflected.

    Every image draws its own shift and its own mirror. (`keras.layers.RandomCrop` crops a whole
    batch at one place and does not pad.) No padded copy is made: the layer works out for every
    output pixel which input pixel it shows, and fetches them all at once.

    Args:
        padding: int. Largest shift, in pixels, up and down, left and right. Defaults to `4`.
        flip: bool. Whether half of the images are mirrored left to right. Defaults to `True`.
        seed: int or `None`. Seed of the shifts and mirrors.
        **kwargs: Passed to `keras.layers.Layer` (`name`, `dtype`, ...).

    Call arguments:
        images: Tensor of shape `(B, H, W, C)`, any dtype.
        training: bool. Without it, images pass unchanged.

    Returns:
        Tensor of shape `(B, H, W, C)`, of the same dtype.

    Raises:
        ValueError: `padding` is negative, or not smaller than the image.

    Reference:
        The CIFAR augmentation of He et al., 2016, https://arxiv.org/abs/1512.03385, section 4.2.
    """

    def __init__(self, padding=4, flip=True, seed=None, **kwargs):
        # Pixels keep the dtype they come in: uint8 is moved as it is.
        super().__init__(autocast=False, **kwargs)
        if padding < 0:
            raise ValueError(f"`padding` must be 0 or more pixels: got padding={padding}.")
        self.padding = padding
        self.flip = flip
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, images, training=None):
        height, width, channels = images.shape[1:]
        if self.padding >= min(height, width):
            raise ValueError(
                f"`padding` must be smaller than the image: got padding={self.padding} for {height}x{width} pixels."
            )
        if not training:
            return images
        batch = ops.shape(images)[0]
        rows = reflect(ops.arange(height)[None] + self._shifts(batch), height)  # (B, H)
        columns = reflect(ops.arange(width)[None] + self._shifts(batch), width)  # (B, W)
        if self.flip:
            mirrored = keras.random.uniform((batch, 1), seed=self.seed_generator) < 0.5
            columns = ops.where(mirrored, width - 1 - columns, columns)
        image = ops.arange(batch)[:, None, None]
        place = (image * height + rows[:, :, None]) * width + columns[:, None, :]  # (B, H, W)
        return ops.take(ops.reshape(images, (-1, channels)), place, axis=0)

    def _shifts(self, batch):
        """A whole number of pixels for each image, from -padding to padding, both included."""
        shifts = keras.random.uniform((batch, 1), -self.padding, self.padding + 1, seed=self.seed_generator)
        return ops.cast(ops.floor(shifts), "int32")

    def compute_output_shape(self, images_shape):
        return images_shape

    def get_config(self):
        return {**super().get_config(), "padding": self.padding, "flip": self.flip, "seed": self.seed}


def reflect(index, size):
    """Indices outside 0 .. size - 1 mirrored at the border: -1 becomes 1, size becomes size - 2."""
    index = ops.abs(index)
    return size - 1 - ops.abs(size - 1 - index)
