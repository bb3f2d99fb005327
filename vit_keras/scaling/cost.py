"""What a Vision Transformer costs before it is run: multiplications, memory, what devices send each other. Formulas.

A multiplication is one of `(m, k) x (k, n)`, of which a product has m·k·n, each with its addition ("MAC"); in FLOPs it
is two. Sizes bear the names of `VisionTransformer`'s arguments, so that `multiplications(**size)` works.

Papers count all tokens in all blocks. `VisionTransformer` computes less: in the last block only the class token asks,
since only its answer is read. `num_queries=1` counts that.
"""

from vit_keras.patches import patch_grid

BYTES = {"float32": 4, "bfloat16": 2}  # of a number
STATE = 4  # float32 numbers a parameter: weight, gradient, and the two means of AdamW


def number_of_tokens(image_shape, patch_size, class_token=True):
    """T: the patches of an image, and the class token.

    Args:
        image_shape: triple of ints `(H, W, C)`.
        patch_size: int or pair of ints, which must divide the image.
        class_token: bool.

    Returns:
        int.

    Raises:
        ValueError: the patches do not fit.
    """
    rows, columns = patch_grid((None, *image_shape), patch_size)
    return rows * columns + bool(class_token)


def attention_multiplications(tokens, hidden_dim):
    """4TD² + 2T²D: queries, keys, values and the output projection; then q kᵀ and A v, for every pair of tokens."""
    return 4 * tokens * hidden_dim**2 + 2 * tokens**2 * hidden_dim


def mlp_multiplications(tokens, hidden_dim, mlp_dim):
    """2TDM for an MLP of width M; 8TD² where M = 4D."""
    return 2 * tokens * hidden_dim * mlp_dim


def multiplications(image_shape, patch_size, num_layers, hidden_dim, mlp_dim, num_classes, num_heads=None,
                    class_token=True, training=False, num_queries=None):
    """Of the matrix products of one image.

    Args:
        image_shape, patch_size, num_layers, hidden_dim, mlp_dim, num_classes: As for `VisionTransformer`.
        num_heads: Counts for nothing: heads share the width. Taken so that a model's arguments can be passed.
        class_token: bool. Whether there is one; the head reads it, or an average.
        training: bool. Whether the backward pass is counted too: each product again for the gradient of either
            factor, but for the first, since nobody needs the gradient of an image.
        num_queries: int or `None`. How many tokens ask in the last block, as for `TransformerEncoder`; all by default.

    Returns:
        int.

    Raises:
        ValueError: a size is not positive, or the patches do not fit.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, section 3.1 and appendix A.
    """
    positive(num_layers=num_layers, hidden_dim=hidden_dim, mlp_dim=mlp_dim, num_classes=num_classes)
    tokens = number_of_tokens(image_shape, patch_size, class_token)
    pixels = image_shape[0] * image_shape[1] * image_shape[2]  # each goes into D sums
    block = attention_multiplications(tokens, hidden_dim) + mlp_multiplications(tokens, hidden_dim, mlp_dim)
    asking = tokens if num_queries is None else num_queries
    last = 2 * (tokens + asking) * hidden_dim**2 + 2 * asking * tokens * hidden_dim + mlp_multiplications(
        asking, hidden_dim, mlp_dim)
    rest = (num_layers - 1) * block + last + hidden_dim * num_classes
    return 2 * pixels * hidden_dim + 3 * rest if training else pixels * hidden_dim + rest


def state_bytes(parameters):
    """What training with AdamW keeps of every parameter, in float32: 16 bytes. In mixed precision, too."""
    return STATE * BYTES["float32"] * parameters


def activation_bytes(batch, tokens, num_layers, hidden_dim, num_heads, mlp_dim, precision="float32", num_queries=None):
    """What the blocks keep from the forward to the backward pass: L B T (8D + 2M + T heads) numbers.

    A token leaves in each block what its products and norms were given: 2D before the norms, 2D behind them, 3D as
    query, key and value, D before the output projection; M before GELU and M behind it; and T scores a head. Of tokens
    that do not ask only 4D are needed: before and behind the first norm, key and value. On the way back the gradients
    of one block need room on top. A backend may keep more (results in between) or less (what it computes again).

    Args:
        batch: int. Images that go through the model together.
        tokens: int. T.
        num_layers, hidden_dim, num_heads, mlp_dim: As for `VisionTransformer`.
        precision: `"float32"` or `"bfloat16"`.
        num_queries: int or `None`. How many tokens ask in the last block; all by default.

    Returns:
        int.

    Raises:
        ValueError: a size is not positive, or there is no such precision.

    Reference:
        Korthikanti et al., 2022, https://arxiv.org/abs/2205.05198, section 4.1, without its masks of dropout.
    """
    positive(batch=batch, tokens=tokens, num_layers=num_layers, hidden_dim=hidden_dim, num_heads=num_heads,
             mlp_dim=mlp_dim)
    if precision not in BYTES:
        raise ValueError(f"`precision` must be one of {', '.join(map(repr, BYTES))}: got {precision!r}.")
    asks = 4 * hidden_dim + 2 * mlp_dim + tokens * num_heads  # more, of a token that asks
    asking = (num_layers - 1) * tokens + (tokens if num_queries is None else num_queries)
    return batch * (num_layers * tokens * 4 * hidden_dim + asking * asks) * BYTES[precision]


def all_reduce_bytes(parameters, devices):
    """What each of n devices sends in a step so that all have the mean gradient: 4 bytes a parameter, times 2(n-1)/n.

    In a ring every device passes parts of 1/n on, n - 1 times to add them up and n - 1 times to hand the sums round.

    Raises:
        ValueError: a number is not positive.
    """
    positive(parameters=parameters, devices=devices)
    return BYTES["float32"] * parameters * 2 * (devices - 1) / devices


def positive(**sizes):
    """Raises `ValueError` for a size that is not a positive number."""
    for name, size in sizes.items():
        if not size > 0:
            raise ValueError(f"`{name}` must be positive: got {name}={size}.")
