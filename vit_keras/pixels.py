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
        if np.shape(value) not in ((), (num_channels,)) or np.asarray(value).dtype.kind not in "iuf":
            raise ValueError(
                f"`{name}` must be one number or one for each of the {num_channels} channels: got {value!r}."
            )
    if np.min(deviation) <= 0:
        raise ValueError(f"`deviation` must be positive: got {deviation!r}.")
    mean, deviation = np.broadcast_to(mean, num_channels), np.broadcast_to(deviation, num_channels)
    # (1, 1, C): a flat list would be turned by Keras where keras.json says "channels_first"; ours come last everywhere.
    scale, offset = (number[None, None] for number in (1 / (255 * deviation), -mean / deviation))
    return layers.Rescaling(scale.tolist(), offset.tolist(), **kwargs)


def doubt(images):
    """Why a batch cannot be pixels in [0, 255], or `None` where it may well be.

    Numbers between -5 and 1 that are not whole have been divided by 255 or normalised already; so have negative ones.
    A black picture, whole numbers, or the few levels that a cubic overshoots are no reason to doubt.

    Args:
        images: array of shape `(B, H, W, C)`. Its first eight images are looked at.

    Returns:
        str such as `"they lie in [0, 1]"`, or `None`.
    """
    images = np.asarray(images[:8])
    if images.dtype == "uint8" or images.dtype.kind not in "iuf" or not images.size:
        return None
    low, high = float(images.min()), float(images.max())
    whole = images.dtype.kind != "f" or bool((images == np.rint(images)).all())
    scaled = (low < 0 and high <= 5) or (low >= 0 and 0.25 < high <= 1 and not whole)
    if scaled or low < -64 or high > 320:
        return f"they lie in [{low:.3g}, {high:.3g}]"
    return None
