"""Stochastic depth: in training, each image skips some parts of some blocks, and more of them further up."""

import keras
from keras import layers

from vit_keras.encoder import TransformerBlock


@keras.saving.register_keras_serializable(package="vit_keras")
class StochasticDepthBlock(TransformerBlock):
    """A Transformer block whose two parts are left out now and then, for each image by its own draw.

    What is left out is what the block would add; the residual path goes on. What is kept is divided by the share that
    is kept, so that the sum has the same mean in training as without it. Beside the block of equations (2) and (3) two
    factors are new, `skip` of either part: 0 for some images, 1 / (1 - skip_rate) for the others.

    Args:
        num_heads, mlp_dim, dropout_rate, attention_dropout_rate, approximate_gelu: See `TransformerBlock`.
        skip_rate: float in [0, 1). How often an image skips a part. Defaults to `0.0`.
        **kwargs: Passed to `keras.layers.Layer` (`name`, `dtype`, ...).

    Raises:
        ValueError: `skip_rate` outside its range.

    Reference:
        Huang et al., 2016, https://arxiv.org/abs/1603.09382.
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
        if not 0 <= skip_rate < 1:
            raise ValueError(f"`skip_rate` must lie in [0, 1): got skip_rate={skip_rate}.")
        super().__init__(num_heads, mlp_dim, dropout_rate, attention_dropout_rate, approximate_gelu, **kwargs)
        self.skip_rate = skip_rate
        # Dropout with one number for a whole image, (B, 1, 1).
        self.skip = layers.Dropout(skip_rate, noise_shape=(None, 1, 1), dtype=self.dtype_policy, name="skip")

    def call(self, inputs, num_queries=None, return_attention_scores=False, training=None):
        x, scores = self.attention(
            self.norm_1(inputs), num_queries=num_queries, return_attention_scores=True, training=training
        )
        x = self.dropout(x, training=training)
        z = self.skip(x, training=training) + inputs[:, :num_queries]  # (2)  z'_l = skip MSA(LN(z_{l-1})) + z_{l-1}
        x = self.mlp(self.norm_2(z), training=training)
        z = self.skip(x, training=training) + z  # (3)  z_l = skip MLP(LN(z'_l)) + z'_l
        return (z, scores) if return_attention_scores else z

    def get_config(self):
        return {**super().get_config(), "skip_rate": self.skip_rate}


def skip_rates(num_layers, rate):
    """How often each block is skipped: a straight line from nearly never to `rate`, list of `num_layers` floats."""
    return [rate * (index + 1) / num_layers for index in range(num_layers)]


def use_stochastic_depth(encoder, rate):
    """Put blocks with stochastic depth in the place of an encoder's own. Call it before the encoder is built.

    Args:
        encoder: `TransformerEncoder`.
        rate: float in [0, 1). How often an image skips a part of the last block; below it falls towards zero.

    Raises:
        ValueError: `rate` outside its range, or the encoder has weights already.
    """
    if not 0 <= rate < 1:
        raise ValueError(f"`stochastic_depth` must lie in [0, 1): got {rate}.")
    if encoder.built:
        raise ValueError("Stochastic depth needs an encoder that is not built yet: got one that has weights.")
    blocks = [
        StochasticDepthBlock(
            encoder.num_heads,
            encoder.mlp_dim,
            encoder.dropout_rate,
            encoder.attention_dropout_rate,
            encoder.approximate_gelu,
            skip_rate,
            name=block.name,
            dtype=encoder.dtype_policy,
        )
        for block, skip_rate in zip(encoder.blocks, skip_rates(encoder.num_layers, rate))
    ]
    # By the list's own methods Keras forgets the old blocks and gets to know the new ones. The norm is forgotten and
    # set again, so that its weights come last, as they did.
    norm = encoder.norm
    encoder.blocks.append(norm)
    encoder.blocks.clear()
    encoder.blocks.extend(blocks)
    encoder.norm = norm
