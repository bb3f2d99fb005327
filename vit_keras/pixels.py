"""Pixels as they come, in [0, 255], and what a network wants to see: mean 0 and deviation near 1."""

import numpy as np
from keras import layers

# What pixels of ImageNet measure, as a share of 255: DeiT and most convolutional networks use it.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)


def normalization(num_channels, mean=0.5, deviation=0.5, **kwargs):
    """The layer that a model starts with: (pixel / 255 - mean) / deviation, channel by channel.

    It stands inside the model, so weights and their normalisation cannot be parted.

    Args:
        num_channels: int. Channels of the images.
        mean, deviation: float, or one float a channel; as a share of 255. The default, 0.5, takes
            [0, 255] to [-1, 1], as the paper's code does.
        **kwargs: Passed to `keras.layers.Rescaling` (`name`, `dtype`, ...).

    Returns:
        `keras.layers.Rescaling` from `(B, H, W, C)` in [0, 255] to the same shape.

    Raises:
        ValueError: not as many numbers as channels, or a deviation that is not positive.
    """
    for name, value in (("mean", mean), ("deviation", deviation)):
        if np.shape(value) not in ((), (num_channels,)):
            raise ValueError(
                f"`{name}` must be one number or one for each of the {num_channels} channels: got {value!r}."
            )
    if np.min(deviation) <= 0:
        raise ValueError(f"`deviation` must be positive: got {deviation!r}.")
    mean, deviation = np.broadcast_to(mean, num_channels), np.broadcast_to(deviation, num_channels)
    scale, offset = 1 / (255 * deviation), -mean / deviation
    return layers.Rescaling(scale.tolist(), offset.tolist(), **kwargs)
