"""What E looks for in a patch: its principal components, as little pictures. Arrays come out."""

import numpy as np

from vit_keras.arrays import to_numpy


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
    kernel = to_numpy(model.patch_encoder.projection.kernel).astype("float64")  # (P*P*C, D)
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
