"""Random erasing: noise over a box of each picture, so that no single part decides."""

import math

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="vit_keras")
class RandomErasing(layers.Layer):
    """Covers a box of some images with noise, a random value for every pixel and channel.

    Every image draws its own box. (The box of `keras.layers.RandomErasing` has no aspect ratio of its own, and its
    noise is normal and cut off: half of it is black.)

    Args:
        probability: float in [0, 1]. Share of the images that are covered. Defaults to `0.25`.
        scale: pair of floats in (0, 1]. Smallest and largest area of a box, as a share of the image's. Defaults to
            `(0.02, 0.3333)`.
        aspect_ratio: pair of positive floats. Width of the box over its height, at least and at most. Defaults to
            `(0.3, 3.3333)`.
        seed: int or `None`. Seed of all draws.
        **kwargs: Passed to `keras.layers.Layer` (`name`, `dtype`, ...).

    Call arguments:
        images: Tensor of shape `(B, H, W, C)`, values in [0, 255], any dtype.
        training: bool. Without it, images keep their pixels.

    Returns:
        float32 tensor of shape `(B, H, W, C)`.

    Raises:
        ValueError: an argument outside its range, or a pair with the larger number first.

    Reference:
        Zhong et al., 2020, https://arxiv.org/abs/1708.04896. A box that would be wider or higher than the image is as
        wide or high as it here, where others draw again.
    """

    def __init__(self, probability=0.25, scale=(0.02, 1 / 3), aspect_ratio=(0.3, 10 / 3), seed=None, **kwargs):
        super().__init__(autocast=False, **kwargs)
        if not 0 <= probability <= 1:
            raise ValueError(f"`probability` must lie in [0, 1]: got probability={probability}.")
        if len(scale) != 2 or not 0 < scale[0] <= scale[1] <= 1:
            raise ValueError(f"`scale` must be (min, max) with 0 < min <= max <= 1: got scale={scale}.")
        if len(aspect_ratio) != 2 or not 0 < aspect_ratio[0] <= aspect_ratio[1]:
            raise ValueError(
                f"`aspect_ratio` must be (min, max) with 0 < min <= max: got aspect_ratio={aspect_ratio}."
            )
        self.probability = probability
        self.scale = tuple(scale)
        self.aspect_ratio = tuple(aspect_ratio)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, images, training=None):
        x = ops.cast(images, "float32")
        if not training:
            return x
        batch, (height, width, _) = ops.shape(images)[0], images.shape[1:]
        area = height * width * self._draw(batch, *self.scale)
        ratio = ops.exp(self._draw(batch, *map(math.log, self.aspect_ratio)))  # 1/2 is as frequent as 2
        covered = self._draw(batch, 0, 1) < self.probability  # (B, 1)
        rows = self._inside(ops.sqrt(area / ratio), height) & covered  # (B, H)
        columns = self._inside(ops.sqrt(area * ratio), width)  # (B, W)
        # One field of noise for a batch: drawing is what costs, and every image shows another part of it.
        noise = ops.floor(keras.random.uniform((1, *images.shape[1:]), 0, 256, seed=self.seed_generator))
        return ops.where((rows[:, :, None] & columns[:, None, :])[..., None], noise, x)

    def _draw(self, batch, low, high):
        """One number for each image, (B, 1)."""
        return keras.random.uniform((batch, 1), low, high, seed=self.seed_generator)

    def _inside(self, length, size):
        """Which of `size` places lie in a stretch of `length` (B, 1) that begins anywhere: (B, size)."""
        length = ops.clip(ops.round(length), 1, size)
        start = ops.floor(self._draw(ops.shape(length)[0], 0, 1) * (size - length + 1))
        places = ops.arange(size, dtype="float32")
        return (places >= start) & (places < start + length)

    def compute_output_spec(self, images, training=None):
        return keras.KerasTensor(images.shape, "float32")

    def get_config(self):
        return {
            **super().get_config(),
            "probability": self.probability,
            "scale": self.scale,
            "aspect_ratio": self.aspect_ratio,
            "seed": self.seed,
        }
