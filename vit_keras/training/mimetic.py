"""Attention that starts where trained attention ends: mimetic initialisation."""

import numpy as np

QUERY_KEY = (0.7, 0.7)  # of noise, of the identity
VALUE_OUTPUT = (0.4, 0.4)


def initialise_mimetic(model, seed=0, query_key=QUERY_KEY, value_output=VALUE_OUTPUT):
    """Give the attention of an untrained model the two habits that trained Vision Transformers share.

    A token looks at tokens that are like itself, and takes away what they have in common. In matrices: of every head
    W_q W_kᵀ is about the identity, and over all heads W_v W_o is about minus the identity, both with noise:

        W_q W_kᵀ ~ a Z + b I,    W_v W_o = c Z - d I,    Z random, N(0, 1/D)

    A head is narrower than D, so that its product is the nearest one of that rank. Biases become zero; nothing but the
    attention is touched. It replaces weights, so it comes before training, and never after pre-training.

    Args:
        model: `VisionTransformer`.
        seed: int. Of the noise.
        query_key: pair of floats `(a, b)`, 0 or more.
        value_output: pair of floats `(c, d)`, 0 or more.

    Raises:
        ValueError: a model without an encoder, or a pair that is not one.

    Reference:
        Trockman and Kolter, 2023, https://arxiv.org/abs/2305.09828.
    """
    if not hasattr(model, "encoder"):
        raise ValueError(f"Mimetic initialisation needs a model with an `encoder`: got {model.name!r}, which has none.")
    for name, pair in (("query_key", query_key), ("value_output", value_output)):
        if len(pair) != 2 or min(pair) < 0 or max(pair) == 0:
            raise ValueError(f"`{name}` must be two numbers, 0 or more and not both 0: got {pair}.")
    rng = np.random.default_rng(seed)
    for block in model.encoder.blocks:
        attention, width = block.attention, model.hidden_dim
        key_dim = width // attention.num_heads
        heads = [factors(noisy_identity(rng, width, *query_key), key_dim) for _ in range(attention.num_heads)]
        queries, keys = (np.concatenate(kernels, axis=1) for kernels in zip(*heads))  # heads side by side
        noise, identity = value_output
        values, outputs = factors(noisy_identity(rng, width, noise, -identity), width)
        for part, kernel in (("query", queries), ("key", keys), ("value", values), ("output_projection", outputs.T)):
            dense = getattr(attention, part)
            dense.kernel.assign(kernel)
            dense.bias.assign(np.zeros(width))


def noisy_identity(rng, width, noise, identity):
    """noise * Z + identity * I, with Z of N(0, 1 / width): (width, width)."""
    return noise * rng.normal(scale=width**-0.5, size=(width, width)) + identity * np.eye(width)


def factors(matrix, rank):
    """Two matrices (D, rank) whose product left @ right.T is the nearest one of that rank, of equal size both."""
    left, sizes, right = np.linalg.svd(matrix)
    root = np.sqrt(sizes[:rank])
    return left[:, :rank] * root, right[:rank].T * root
