"""Multi-head self-attention (MSA): every token asks, every token answers."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="vit_keras")
class MultiHeadSelfAttention(layers.Layer):
    """Self-attention in several heads.

    A head compares its queries with its keys, A = softmax(q kᵀ / √D_h), and mixes the values by
    these scores. The kernels of all heads stand side by side in one, `(D, D)`, for the queries, one
    for the keys and one for the values.

    Args:
        num_heads: int. Number of heads; must divide D. A head is `key_dim` = D / num_heads wide.
        dropout_rate: float in [0, 1). Dropout of the attention scores; the paper uses none.
        kernel_initializer: Keras initializer. The default is the Xavier of the paper's code: a
            square kernel has as many inputs as outputs, so LeCun and Xavier agree. Spelled out, since
            the default of Keras's own attention changed in 3.15.
        **kwargs: Passed to `keras.layers.Layer` (`name`, `dtype`, ...).

    Call arguments:
        inputs: Tensor of shape `(B, T, D)`.
        num_queries: int or `None`. Only the first so many tokens ask; all answer. Whoever needs the
            class token alone asks with 1 and saves the rest. Defaults to `None`: every token asks.
        return_attention_scores: bool. Whether A comes along. Defaults to `False`.

    Returns:
        Tensor of shape `(B, T, D)`; with `return_attention_scores` the pair of it and A, of shape
        `(B, num_heads, T, T)`, whose rows sum to one: row n says where token n looks. With
        `num_queries` the first T of both shapes is that number.

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
        self.query = self._projection(hidden_dim, "query")
        self.key = self._projection(hidden_dim, "key")
        self.value = self._projection(hidden_dim, "value")
        self.output_projection = self._projection(hidden_dim, "output_projection")
        for part in (self.query, self.key, self.value, self.output_projection):
            part.build(inputs_shape)

    def call(self, inputs, num_queries=None, return_attention_scores=False, training=None):
        hidden_dim = inputs.shape[-1]
        key_dim = hidden_dim // self.num_heads

        def heads(x):
            return ops.reshape(x, (-1, x.shape[1], self.num_heads, key_dim))

        # b batch, n tokens that ask, m tokens that answer, h heads, d width of a head
        q = heads(self.query(inputs[:, :num_queries]))
        k = heads(self.key(inputs))
        v = heads(self.value(inputs))
        scores = ops.softmax(ops.einsum("bnhd,bmhd->bhnm", q * key_dim**-0.5, k))
        mixed = ops.einsum("bhnm,bmhd->bnhd", self.dropout(scores, training=training), v)
        outputs = self.output_projection(ops.reshape(mixed, (-1, mixed.shape[1], hidden_dim)))
        return (outputs, scores) if return_attention_scores else outputs

    def _projection(self, hidden_dim, name):
        # A copy of the initializer each: one and the same draws the same numbers every time.
        initializer = self.kernel_initializer.__class__.from_config(self.kernel_initializer.get_config())
        return layers.Dense(hidden_dim, kernel_initializer=initializer, dtype=self.dtype_policy, name=name)

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "dropout_rate": self.dropout_rate,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
