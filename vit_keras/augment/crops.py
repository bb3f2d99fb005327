"""Where a picture is cropped, mirrored or covered: each picture of a batch by a draw of its own, on the device."""

import math

import keras
from keras import layers, ops

# ---- Pad, crop and mirror, in one gather ----

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


# ---- A part of the picture, enlarged, in two matrix products ----

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


# ---- Noise over a box, so that no single part decides ----

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
