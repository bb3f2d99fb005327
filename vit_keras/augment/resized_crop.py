"""Augmentation of photographs: each image shows a part of itself, enlarged, in two matrix products."""

import math

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="vit_keras")
class RandomResizedCrop(layers.Layer):
    """Cuts a random part out of each image, enlarges it to the full size, and mirrors half of them.

    Linear interpolation is linear in the pixels: a row of the result is a weighted sum of two rows of
    the image, a column of two columns. So the whole layer is one matrix for the rows of an image and
    one for its columns, and every image of a batch has its own two. (`keras.layers.RandomCrop` cuts a
    whole batch at one place; `RandomZoom` knows no aspect ratio.)

    Args:
        scale: pair of floats in (0, 1]. Smallest and largest share of the image's area that is shown.
            Defaults to `(0.35, 1.0)`.
        aspect_ratio: pair of positive floats. Width of the part over its height, beside that of the
            image, at least and at most. Defaults to `(0.75, 1.3333)`.
        flip: bool. Whether half of the images are mirrored left to right. Defaults to `True`.
        seed: int or `None`. Seed of the parts and mirrors.
        **kwargs: Passed to `keras.layers.Layer` (`name`, `dtype`, ...).

    Call arguments:
        images: Tensor of shape `(B, H, W, C)`, any dtype.
        training: bool. Without it, images keep their pixels.

    Returns:
        float32 tensor of shape `(B, H, W, C)`, values within those of the images.

    Raises:
        ValueError: `scale` or `aspect_ratio` is not a pair in its range, smaller number first.

    Reference:
        Szegedy et al., 2015, https://arxiv.org/abs/1409.4842, section 6. A part that would be wider
        or higher than the image is cut to its edge here, where others draw again.
    """

    def __init__(self, scale=(0.35, 1.0), aspect_ratio=(3 / 4, 4 / 3), flip=True, seed=None, **kwargs):
        # Pixels are interpolated in float32: bfloat16 knows 256 grey levels only in steps of one, at best.
        super().__init__(autocast=False, **kwargs)
        if len(scale) != 2 or not 0 < scale[0] <= scale[1] <= 1:
            raise ValueError(f"`scale` must be (min, max) with 0 < min <= max <= 1: got scale={scale}.")
        if len(aspect_ratio) != 2 or not 0 < aspect_ratio[0] <= aspect_ratio[1]:
            raise ValueError(
                f"`aspect_ratio` must be (min, max) with 0 < min <= max: got aspect_ratio={aspect_ratio}."
            )
        self.scale = tuple(scale)
        self.aspect_ratio = tuple(aspect_ratio)
        self.flip = flip
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, images, training=None):
        x = ops.cast(images, "float32")
        if not training:
            return x
        height, width, channels = images.shape[1:]
        batch = ops.shape(images)[0]
        area = self._draw(batch, *self.scale)
        ratio = ops.exp(self._draw(batch, *map(math.log, self.aspect_ratio)))  # 1/2 is as frequent as 2
        rows = self._places(ops.sqrt(area / ratio), height)  # (B, H), in pixels of the image
        columns = self._places(ops.sqrt(area * ratio), width)  # (B, W)
        if self.flip:
            columns = ops.where(self._draw(batch, 0, 1) < 0.5, ops.flip(columns, axis=1), columns)
        x = ops.reshape(x, (-1, height, width * channels))
        x = ops.reshape(ops.matmul(weights(rows, height), x), (-1, height, width, channels))
        return ops.einsum("bvw,bhwc->bhvc", weights(columns, width), x)

    def _draw(self, batch, low, high):
        """One number for each image, (B, 1)."""
        return keras.random.uniform((batch, 1), low, high, seed=self.seed_generator)

    def _places(self, share, size):
        """Where the pixels of the result lie in the image: `size` of them, over `share` (B, 1) of its length."""
        share = ops.minimum(share, 1.0)
        start = self._draw(ops.shape(share)[0], 0, 1) * (1 - share)
        middles = (ops.arange(size, dtype="float32") + 0.5) / size
        return ops.clip((start + share * middles) * size - 0.5, 0, size - 1)  # pixel 0 has its middle at 0.5

    def compute_output_spec(self, images, training=None):
        return keras.KerasTensor(images.shape, "float32")

    def get_config(self):
        return {
            **super().get_config(),
            "scale": self.scale,
            "aspect_ratio": self.aspect_ratio,
            "flip": self.flip,
            "seed": self.seed,
        }


def weights(places, size):
    """Linear interpolation as a matrix: (B, n) places between 0 and size - 1 to weights (B, n, size), rows of sum 1."""
    return ops.relu(1 - ops.abs(places[:, :, None] - ops.arange(size, dtype="float32")))
