"""Equations (2) and (3): the Transformer encoder, a stack of attention and MLP blocks."""

import keras
from keras import layers

from vit_keras.attention import MultiHeadSelfAttention

LAYER_NORM_EPSILON = 1e-6  # the paper's code; Keras's own default, 1e-3, is felt in the outputs


@keras.saving.register_keras_serializable(package="vit_keras")
class MLP(layers.Layer):
    """Two dense layers with a GELU between, applied to every token alike.

    Args:
        mlp_dim: int. Width of the hidden layer.
        dropout_rate: float in [0, 1). After each of the two layers. Defaults to `0.0`.
        approximate_gelu: bool. Whether GELU is computed by its tanh formula, as Google's code does,
            or exactly, as the paper defines it (also Hugging Face and timm). The two differ by less
            than 5e-4. Defaults to `False`, exact.
        **kwargs: Passed to `keras.layers.Layer` (`name`, `dtype`, ...).

    Call arguments:
        inputs: Tensor of shape `(B, T, D)`.

    Returns:
        Tensor of shape `(B, T, D)`.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, section 3.1.
    """

    def __init__(self, mlp_dim, dropout_rate=0.0, approximate_gelu=False, **kwargs):
        super().__init__(**kwargs)
        self.mlp_dim = mlp_dim
        self.dropout_rate = dropout_rate
        self.approximate_gelu = approximate_gelu
        self.dropout = layers.Dropout(dropout_rate, dtype=self.dtype_policy)

    def build(self, inputs_shape):
        def dense(units, name):
            return layers.Dense(units, kernel_initializer="glorot_uniform", dtype=self.dtype_policy, name=name)

        self.dense_1 = dense(self.mlp_dim, "dense_1")
        self.dense_2 = dense(inputs_shape[-1], "dense_2")
        self.dense_1.build(inputs_shape)
        self.dense_2.build((*inputs_shape[:-1], self.mlp_dim))

    def call(self, inputs, training=None):
        x = keras.activations.gelu(self.dense_1(inputs), approximate=self.approximate_gelu)
        x = self.dropout(x, training=training)  # (B, T, mlp_dim)
        return self.dropout(self.dense_2(x), training=training)  # (B, T, D)

    def get_config(self):
        return {
            **super().get_config(),
            "mlp_dim": self.mlp_dim,
            "dropout_rate": self.dropout_rate,
            "approximate_gelu": self.approximate_gelu,
        }


@keras.saving.register_keras_serializable(package="vit_keras")
class TransformerBlock(layers.Layer):
    """One layer of the encoder: attention between tokens, then an MLP within each, both residual.

    The norm comes before each part and not after it, as in the original Transformer: the residual
    path from the first block to the last is a plain sum.

    Args:
        num_heads: int. Heads of the attention; must divide D.
        mlp_dim: int. Width of the MLP's hidden layer.
        dropout_rate: float in [0, 1). After attention and in the MLP. Defaults to `0.0`.
        attention_dropout_rate: float in [0, 1). Of the attention scores. Defaults to `0.0`.
        approximate_gelu: bool. See `MLP`. Defaults to `False`.
        skip_rate: float in [0, 1). Stochastic depth: how often, in training, an image skips either part. What a part
            adds to the other images is divided by the share that is kept, so its mean stays. Defaults to `0.0`.
        **kwargs: Passed to `keras.layers.Layer` (`name`, `dtype`, ...).

    Call arguments:
        inputs: Tensor of shape `(B, T, D)`.
        num_queries: int or `None`. How many tokens come out, from the first; see
            `MultiHeadSelfAttention`. Defaults to `None`: all.
        return_attention_scores: bool. Whether the scores come along. Defaults to `False`.

    Returns:
        Tensor of shape `(B, T, D)`, or the pair of it and the scores `(B, num_heads, T, T)`. With
        `num_queries` the first T of both shapes is that number.

    Raises:
        ValueError: `skip_rate` outside its range.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, equations (2) and (3); stochastic depth: Huang et
        al., 2016, https://arxiv.org/abs/1603.09382.
    """

    def __init__(
        self,
        num_heads,
        mlp_dim,
        dropout_rate=0.0,
        attention_dropout_rate=0.0,
        approximate_gelu=False,
        skip_rate=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not 0 <= skip_rate < 1:
            raise ValueError(f"`skip_rate` must lie in [0, 1): got skip_rate={skip_rate}.")
        self.num_heads = num_heads
        self.mlp_dim = mlp_dim
        self.dropout_rate = dropout_rate
        self.attention_dropout_rate = attention_dropout_rate
        self.approximate_gelu = approximate_gelu
        self.skip_rate = skip_rate
        own = {"dtype": self.dtype_policy}
        self.norm_1 = layers.LayerNormalization(epsilon=LAYER_NORM_EPSILON, name="norm_1", **own)
        self.attention = MultiHeadSelfAttention(num_heads, attention_dropout_rate, name="attention", **own)
        self.dropout = layers.Dropout(dropout_rate, **own)
        self.norm_2 = layers.LayerNormalization(epsilon=LAYER_NORM_EPSILON, name="norm_2", **own)
        self.mlp = MLP(mlp_dim, dropout_rate, approximate_gelu, name="mlp", **own)
        self.skip = layers.Dropout(skip_rate, noise_shape=(None, 1, 1), **own)  # one draw for all of an image

    def build(self, inputs_shape):
        for part in (self.norm_1, self.attention, self.norm_2, self.mlp):
            part.build(inputs_shape)

    def call(self, inputs, num_queries=None, return_attention_scores=False, training=None):
        x, scores = self.attention(
            self.norm_1(inputs), num_queries=num_queries, return_attention_scores=True, training=training
        )
        x = self.skip(self.dropout(x, training=training), training=training)
        z = x + inputs[:, :num_queries]  # (2)  z'_l = MSA(LN(z_{l-1})) + z_{l-1}
        x = self.skip(self.mlp(self.norm_2(z), training=training), training=training)
        z = x + z  # (3)  z_l = MLP(LN(z'_l)) + z'_l
        return (z, scores) if return_attention_scores else z

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "mlp_dim": self.mlp_dim,
            "dropout_rate": self.dropout_rate,
            "attention_dropout_rate": self.attention_dropout_rate,
            "approximate_gelu": self.approximate_gelu,
            "skip_rate": self.skip_rate,
        }


def skip_rates(num_layers, stochastic_depth):
    """How often each block is skipped: a straight line from nearly never to `stochastic_depth`, list of floats."""
    return [stochastic_depth * (index + 1) / num_layers for index in range(num_layers)]


@keras.saving.register_keras_serializable(package="vit_keras")
class TransformerEncoder(layers.Layer):
    """`num_layers` Transformer blocks and the Layer Norm that ends the residual path.

    Args:
        num_layers: int. L, the number of blocks.
        num_heads, mlp_dim, dropout_rate, attention_dropout_rate, approximate_gelu: See
            `TransformerBlock`.
        stochastic_depth: float in [0, 1). `skip_rate` of the last block; below it falls towards zero, since all that
            follow need what the first blocks make. Defaults to `0.0`.
        **kwargs: Passed to `keras.layers.Layer` (`name`, `dtype`, ...).

    Call arguments:
        inputs: Tensor of shape `(B, T, D)`.
        num_queries: int or `None`. How many tokens come out of the last block, from the first: with
            `1` the class token alone, at a fraction of that block's cost. Defaults to `None`: all.
        return_attention_scores: bool. Whether the scores come along. Defaults to `False`.

    Returns:
        Tensor of shape `(B, T, D)`, or the pair of it and a list of L tensors of scores, each of
        shape `(B, num_heads, T, T)`. With `num_queries` the first T of the output and of the last
        scores is that number.

    Raises:
        ValueError: `num_layers` is not positive, or `stochastic_depth` outside its range.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, equations (2) to (4).
    """

    def __init__(
        self,
        num_layers,
        num_heads,
        mlp_dim,
        dropout_rate=0.0,
        attention_dropout_rate=0.0,
        approximate_gelu=False,
        stochastic_depth=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not isinstance(num_layers, int) or num_layers < 1:
            raise ValueError(f"`num_layers` must be a positive int: got num_layers={num_layers!r}.")
        if not 0 <= stochastic_depth < 1:
            raise ValueError(f"`stochastic_depth` must lie in [0, 1): got {stochastic_depth}.")
        self.num_layers = num_layers
        self.num_heads = num_heads
        self.mlp_dim = mlp_dim
        self.dropout_rate = dropout_rate
        self.attention_dropout_rate = attention_dropout_rate
        self.approximate_gelu = approximate_gelu
        self.stochastic_depth = stochastic_depth
        own = {"dtype": self.dtype_policy}
        self.blocks = [
            TransformerBlock(
                num_heads,
                mlp_dim,
                dropout_rate,
                attention_dropout_rate,
                approximate_gelu,
                skip_rate,
                name=f"block_{index + 1}",
                **own,
            )
            for index, skip_rate in enumerate(skip_rates(num_layers, stochastic_depth))
        ]
        self.norm = layers.LayerNormalization(epsilon=LAYER_NORM_EPSILON, name="norm", **own)

    def build(self, inputs_shape):
        for part in (*self.blocks, self.norm):
            part.build(inputs_shape)

    def call(self, inputs, num_queries=None, return_attention_scores=False, training=None):
        z, all_scores = inputs, []
        for block in self.blocks:
            last = block is self.blocks[-1]  # every earlier block's tokens are keys and values of the next
            z, scores = block(
                z,
                num_queries=num_queries if last else None,
                return_attention_scores=True,
                training=training,
            )
            all_scores.append(scores)
        z = self.norm(z)
        return (z, all_scores) if return_attention_scores else z

    def get_config(self):
        return {
            **super().get_config(),
            "num_layers": self.num_layers,
            "num_heads": self.num_heads,
            "mlp_dim": self.mlp_dim,
            "dropout_rate": self.dropout_rate,
            "attention_dropout_rate": self.attention_dropout_rate,
            "approximate_gelu": self.approximate_gelu,
            "stochastic_depth": self.stochastic_depth,
        }
