"""TrivialAugment: one operation a picture, drawn by chance, at a strength drawn by chance, and nothing to tune."""

import keras
from keras import layers, ops

from vit_keras.augment.operations import GRAY, OPERATIONS, operate

STRENGTHS = 31  # equally spaced, zero and the largest among them


@keras.saving.register_keras_serializable(package="vit_keras")
class TrivialAugment(layers.Layer):
    """Changes each image by one of the fourteen `OPERATIONS`, each as likely as the others.

    Every image of a batch draws its own operation, strength and direction. (`keras.layers.RandAugment` draws for a
    whole batch, and computes every operation on every image.)

    Args:
        strength: float in (0, 1]. The largest strength that is drawn, as a share of the published one. Defaults to
            `1.0`, as published: an image may be sheared by 45 degrees, turned by 135 and shifted out of sight.
        operations: tuple of names out of `OPERATIONS`, to draw from. Defaults to all.
        fill: number in [0, 255]. Shown where a moved image has no pixels. Defaults to grey; the authors' own code
            leaves black.
        seed: int or `None`. Seed of all draws.
        **kwargs: Passed to `keras.layers.Layer` (`name`, `dtype`, ...).

    Call arguments:
        images: Tensor of shape `(B, H, W, C)`, values in [0, 255], any dtype.
        training: bool. Without it, images keep their pixels.

    Returns:
        float32 tensor of shape `(B, H, W, C)`, values in [0, 255].

    Raises:
        ValueError: `strength` or `fill` out of its range, or an unknown operation.

    Reference:
        Müller and Hutter, 2021, https://arxiv.org/abs/2103.10158.
    """

    def __init__(self, strength=1.0, operations=OPERATIONS, fill=GRAY, seed=None, **kwargs):
        # Grey levels need float32: bfloat16 knows them only in steps of one, at best.
        super().__init__(autocast=False, **kwargs)
        if not 0 < strength <= 1:
            raise ValueError(f"`strength` must lie in (0, 1]: got strength={strength}.")
        operations = (operations,) if isinstance(operations, str) else tuple(operations)
        if not operations or not set(operations) <= set(OPERATIONS):
            raise ValueError(f"`operations` must be one or more of {', '.join(OPERATIONS)}: got {operations}.")
        if not 0 <= fill <= 255:
            raise ValueError(f"`fill` must lie in [0, 255]: got fill={fill}.")
        self.strength = strength
        self.operations = operations
        self.fill = fill
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, images, training=None):
        if not training:
            return ops.cast(images, "float32")
        return operate(images, *self.draw(ops.shape(images)[0]), self.fill)

    def draw(self, batch):
        """For each of `batch` images: its operation, a place in `OPERATIONS`, and a strength in [-1, 1]."""
        operation, level, side = ops.unstack(keras.random.uniform((3, batch), seed=self.seed_generator), 3)
        places = ops.convert_to_tensor([OPERATIONS.index(name) for name in self.operations], "int32")
        chosen = ops.take(places, ops.cast(ops.floor(operation * len(self.operations)), "int32"))
        strengths = self.strength * ops.floor(level * STRENGTHS) / (STRENGTHS - 1)
        return chosen, ops.where(side < 0.5, -strengths, strengths)

    def compute_output_spec(self, images, training=None):
        return keras.KerasTensor(images.shape, "float32")

    def get_config(self):
        return {
            **super().get_config(),
            "strength": self.strength,
            "operations": self.operations,
            "fill": self.fill,
            "seed": self.seed,
        }
