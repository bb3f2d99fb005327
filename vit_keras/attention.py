"""Multi-head self-attention (MSA): every token asks, every token answers."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="vit_keras")
class MultiHeadSelfAttention(layers.Layer):
    """Self-attention in several heads, with one projection for queries, keys and values together.

    A head compares its queries with its keys, A = softmax(q kᵀ / √D_h), and mixes the values by
    these scores. `qkv` holds the kernels of queries, keys and values side by side, `(D, 3D)`: one
    matrix product in place of three.

    Args:
        num_heads: int. Number of heads; must divide D. A head is `key_dim` = D / num_heads wide.
        dropout_rate: float in [0, 1). Dropout of the attention scores; the paper uses none.
        kernel_initializer: Keras initializer. The default is the Xavier of the paper's code: a
            square kernel has as many inputs as outputs, so LeCun and Xavier agree, and LeCun counts
            inputs only, so it stays right for three kernels side by side. Spelled out, since the
            default of Keras's own attention changed in 3.15.
        **kwargs: Passed to `keras.layers.Layer` (`name`, `dtype`, ...).

    Call arguments:
        inputs: Tensor of shape `(B, T, D)`.
        return_attention_scores: bool. Whether A comes along. Defaults to `False`.

    Returns:
        Tensor of shape `(B, T, D)`; with `return_attention_scores` the pair of it and A, of shape
        `(B, num_heads, T, T)`, whose rows sum to one: row n says where token n looks.

    Raises:
        ValueError: `num_heads` is not positive or does not divide D.

    Reference:
        Vaswani et al., 2017, https://arxiv.org/abs/1706.03762, section 3.2.2; Dosovitskiy et al.,
        2021, https://arxiv.org/abs/2010.11929, appendix A.
    """

    def __init__(self, num_heads, dropout_rate=0.0, kernel_initializer="lecun_uniform", **kwargs):
        super().__init__(**kwargs)
        if not isinstance(num_heads, int) or num_heads < 1:
            raise ValueError(f"`num_heads` must be a positive int: got num_heads={num_heads!r}.")
        self.num_heads = num_heads
        self.dropout_rate = dropout_rate
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.dropout = layers.Dropout(dropout_rate, dtype=self.dtype_policy)

    def build(self, inputs_shape):
        hidden_dim = inputs_shape[-1]
        if hidden_dim % self.num_heads:
            raise ValueError(
                "`num_heads` must divide the width of the tokens: "
                f"got num_heads={self.num_heads} for hidden_dim={hidden_dim}."
            )
        self.qkv = layers.Dense(
            3 * hidden_dim,
            kernel_initializer=self.kernel_initializer,
            dtype=self.dtype_policy,
            name="qkv",
        )
        self.output_projection = layers.Dense(
            hidden_dim,
            kernel_initializer=self.kernel_initializer,
            dtype=self.dtype_policy,
            name="output_projection",
        )
        self.qkv.build(inputs_shape)
        self.output_projection.build(inputs_shape)

    def call(self, inputs, return_attention_scores=False, training=None):
        num_tokens, hidden_dim = inputs.shape[1:]
        key_dim = hidden_dim // self.num_heads
        qkv = ops.reshape(self.qkv(inputs), (-1, num_tokens, 3, self.num_heads, key_dim))
        q, k, v = ops.unstack(qkv, axis=2)  # each (B, T, heads, key_dim)
        # b batch, n and m tokens, h heads, k width of a head
        scores = ops.softmax(ops.einsum("bnhk,bmhk->bhnm", q * key_dim**-0.5, k))
        mixed = ops.einsum("bhnm,bmhk->bnhk", self.dropout(scores, training=training), v)
        outputs = self.output_projection(ops.reshape(mixed, (-1, num_tokens, hidden_dim)))
        return (outputs, scores) if return_attention_scores else outputs

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "dropout_rate": self.dropout_rate,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
