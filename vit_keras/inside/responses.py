"""What a model answers to: pixels changed one by one, the patterns of E, a picture that is moved."""

import numpy as np
from keras import ops

# ---- What one output sees of a picture: each pixel is changed in turn ----

def sensitivity(function, image, step=8.0, batch_size=128):
    """How much an output changes when a pixel does: the receptive field, and how strongly each pixel of it counts.

    Each pixel is made brighter by `step`, one after the other, and the output computed anew: a difference quotient
    where others take the gradient. It costs H * W forward passes, and works alike on every backend.

    Args:
        function: from images `(B, H, W, C)`, float32, to outputs `(B, ...)`, such as one place of a feature map:
            `lambda images: features(images)[:, 3, 3]`.
        image: array of shape `(H, W, C)`.
        step: float. What is added to the pixel, in all channels.
        batch_size: int. As many changed images go through the function at once.

    Returns:
        NumPy array of shape `(H, W)`, float32, 0 or more: the length of the change of the output, for one unit of
        change of the pixel. Exactly 0 where the output does not depend on the pixel, up to rounding.

    Raises:
        ValueError: `image` is not of shape `(H, W, C)`.
    """
    image = np.asarray(image, "float32")
    if image.ndim != 3:
        raise ValueError(f"`image` must be one image of shape (H, W, C): got shape {image.shape}.")
    height, width, _ = image.shape
    before = ops.convert_to_numpy(function(np.repeat(image[None], batch_size, axis=0)))[0]
    found = np.empty(height * width, "float32")
    for start in range(0, height * width, batch_size):
        pixels = np.arange(start, min(start + batch_size, height * width))
        changed = np.repeat(image[None], batch_size, axis=0)  # always as many: compiled code need not be compiled anew
        changed[np.arange(len(pixels)), pixels // width, pixels % width] += step
        change = (ops.convert_to_numpy(function(changed))[: len(pixels)] - before).reshape(len(pixels), -1)
        found[pixels] = np.linalg.norm(change, axis=1) / step
    return found.reshape(height, width)


def receptive_field(found, threshold=1e-6):
    """The smallest box around all pixels that count: (top, left, height, width) of a `(H, W)` array of `sensitivity`.

    Args:
        found: array of shape `(H, W)`.
        threshold: float. A pixel counts if it has more than this share of the largest entry.

    Raises:
        ValueError: no pixel counts.
    """
    counts = found > threshold * found.max()
    if not counts.any():
        raise ValueError("`found` must have an entry above 0: the output depends on no pixel.")
    rows, columns = (np.flatnonzero(counts.any(axis)) for axis in (1, 0))
    return tuple(int(n) for n in (rows[0], columns[0], rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1))


# ---- What E looks for in a patch: its principal components, as little pictures ----

def patch_filters(model, num_filters=28):
    """The principal components of the embedding filters, as in figure 7 of the paper.

    Each of the D columns of E is a filter: it answers to one pattern in a patch. They are many and alike;
    their principal components are the few patterns they are made of, the most important first.

    Args:
        model: `VisionTransformer`, or any model with `patches` and a built `patch_encoder`.
        num_filters: int. How many components; at most the smaller of P·P·C and D. Defaults to `28`, as in the paper.

    Returns:
        Pair of NumPy arrays: the components `(num_filters, P, P, C)`, float32, each of length 1, with a sign that makes
        the entry of largest size positive; and the share of the filters' variance that each explains,
        `(num_filters,)`, falling.

    Raises:
        ValueError: more components than there are, or fewer than one.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, section 4.5, figure 7 (left).
    """
    kernel = ops.convert_to_numpy(model.patch_encoder.projection.kernel).astype("float64")  # (P*P*C, D)
    height, width = np.broadcast_to(model.patches.patch_size, 2)
    most = min(kernel.shape)
    if not isinstance(num_filters, (int, np.integer)) or not 1 <= num_filters <= most:
        raise ValueError(
            f"`num_filters` must be between 1 and {most}, the smaller of P·P·C and D: got num_filters={num_filters!r}."
        )
    filters = kernel.T - kernel.mean(1)  # (D, P*P*C), about their mean
    _, sizes, components = np.linalg.svd(filters, full_matrices=False)
    components, shares = components[:num_filters], sizes**2 / np.sum(sizes**2)
    largest = np.take_along_axis(components, np.abs(components).argmax(1)[:, None], axis=1)
    components = components * np.sign(largest)
    return components.reshape(-1, height, width, kernel.shape[0] // (height * width)).astype("float32"), \
        shares[:num_filters].astype("float32")


# ---- Does a layer give the same answer, further on, when the picture is moved? ----

def equivariance_error(function, images, shift, stride=1, margin=0):
    """How far f(moved picture) is from moved f(picture), as a share of how much f(picture) varies.

    Args:
        function: from images `(B, H, W, C)`, float32, to maps `(B, h, w, K)`: features, or tokens laid out as a grid.
        images: array of shape `(B, H, W, C)`.
        shift: pair of ints, pixels down and to the right. What leaves on one side comes in on the other.
        stride: int, or a pair of ints. Pixels from one place of a map to the next: 1, the strides so far multiplied,
            or the patch size. If the shift is no multiple of it, the nearest whole place is taken: that is the best
            answer the map can give.
        margin: int. Places at each border that are left out, where padding is felt. Defaults to `0`.

    Returns:
        float, 0 or more: the root of the mean squared difference over the standard deviation of each channel. 0: the
        layer is equivariant; about 1.4: no more alike than two places chosen at random.

    Raises:
        ValueError: outputs that are no maps, or a `margin` that leaves nothing of them.

    Reference:
        Azulay and Weiss, 2019, https://arxiv.org/abs/1805.12177, on what strides do to it.
    """
    images = np.asarray(images, "float32")
    maps, found = (ops.convert_to_numpy(function(np.roll(images, by, axis=(1, 2)))) for by in ((0, 0), tuple(shift)))
    if maps.ndim != 4:
        raise ValueError(f"`function` must return maps of shape (B, h, w, K): got shape {maps.shape}.")
    if 2 * margin >= min(maps.shape[1:3]):
        raise ValueError(f"`margin` must leave something of {maps.shape[1]}x{maps.shape[2]} places: got {margin}.")
    places = np.round(np.array(shift) / stride).astype(int)
    expected = np.roll(maps, tuple(places), axis=(1, 2))
    inside = slice(margin, -margin or None)
    found, expected = found[:, inside, inside], expected[:, inside, inside]
    variance = expected.var(axis=(0, 1, 2), keepdims=True)
    return float(np.sqrt(np.mean((found - expected) ** 2 / np.maximum(variance, 1e-12))))
