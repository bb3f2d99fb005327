"""Equation (1): an image becomes a sequence of patches, and patches become tokens."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="vit_keras")
class Patches(layers.Layer):
    """Cuts images into a grid of patches and flattens each, row by row.

    Nothing is learned and nothing is lost: the layer only moves numbers. Inside a patch the order is
    row, column, channel, the order of a `Conv2D` kernel, so a `Dense` layer after `Patches` is the
    convolution with kernel and stride P.

    Args:
        patch_size: int or pair of ints `(height, width)`. P, in pixels; must divide the image.
        **kwargs: Passed to `keras.layers.Layer` (`name`, `dtype`, ...).

    Call arguments:
        images: Tensor of shape `(B, H, W, C)`, any number of channels.

    Returns:
        Tensor of shape `(B, N, P*P*C)` with N = HW / P² patches, left to right, top to bottom.

    Raises:
        ValueError: `patch_size` is not positive or does not divide height and width, or the input
            is not a batch of images.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, section 3.1.
    """

    def __init__(self, patch_size, **kwargs):
        super().__init__(**kwargs)
        self.patch_size = patch_size
        _pair(patch_size)  # an impossible size is refused here, not in the first call

    def call(self, images):
        rows, columns = patch_grid(images.shape, self.patch_size)
        height, width = _pair(self.patch_size)
        channels = images.shape[-1]
        x = ops.reshape(images, (-1, rows, height, columns, width, channels))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))  # (B, rows, columns, height, width, C)
        return ops.reshape(x, (-1, rows * columns, height * width * channels))

    def compute_output_shape(self, input_shape):
        rows, columns = patch_grid(input_shape, self.patch_size)
        height, width = _pair(self.patch_size)
        return (input_shape[0], rows * columns, height * width * input_shape[-1])

    def get_config(self):
        return {**super().get_config(), "patch_size": self.patch_size}


@keras.saving.register_keras_serializable(package="vit_keras")
class PatchEncoder(layers.Layer):
    """Makes tokens of patches: projection E, class token, position embedding E_pos.

    Equation (1): z_0 = [x_class; x_p^1 E; ...; x_p^N E] + E_pos.

    Args:
        hidden_dim: int. D, the width of a token.
        use_class_token: bool. Whether a learned token is put before the patches; it is what the
            model reads its answer from. Defaults to `True`.
        position_embedding: `"learned"` (the paper's), `"sincos"` (fixed two-dimensional sines and
            cosines, needs `hidden_dim` divisible by 4) or `None` (tokens without a place).
        grid_shape: pair of ints `(rows, columns)` or `None` for a square grid. Only `"sincos"`
            looks at it: a learned position does not know where its patch lies.
        dropout_rate: float in [0, 1). Defaults to `0.0`.
        **kwargs: Passed to `keras.layers.Layer` (`name`, `dtype`, ...).

    Call arguments:
        patches: Tensor of shape `(B, N, P*P*C)`.

    Returns:
        Tensor of shape `(B, T, D)`; T = N + 1 with the class token, which comes first, else N.

    Raises:
        ValueError: an argument outside its range, or a grid that does not fit the patches.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, equation (1); the fixed
        positions are those of Beyer et al., 2022, https://arxiv.org/abs/2205.01580.
    """

    def __init__(
        self,
        hidden_dim,
        use_class_token=True,
        position_embedding="learned",
        grid_shape=None,
        dropout_rate=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if position_embedding not in ("learned", "sincos", None):
            raise ValueError(
                f'`position_embedding` must be "learned", "sincos" or None: got {position_embedding!r}.'
            )
        if position_embedding == "sincos" and hidden_dim % 4:
            raise ValueError(
                "`hidden_dim` must be divisible by 4 for sines and cosines of rows and columns: "
                f"got hidden_dim={hidden_dim}."
            )
        self.hidden_dim = hidden_dim
        self.use_class_token = use_class_token
        self.position_embedding = position_embedding
        self.grid_shape = grid_shape
        self.dropout_rate = dropout_rate
        # LeCun: patches arrive with variance one and leave with variance one.
        self.projection = layers.Dense(
            hidden_dim, kernel_initializer="lecun_normal", dtype=self.dtype_policy, name="projection"
        )
        self.dropout = layers.Dropout(dropout_rate, dtype=self.dtype_policy)

    def build(self, patches_shape):
        num_patches = patches_shape[-2]
        num_tokens = num_patches + int(self.use_class_token)
        self.projection.build(patches_shape)
        if self.use_class_token:
            self.class_token = self.add_weight(
                name="class_token", shape=(1, 1, self.hidden_dim), initializer="zeros"
            )
        if self.position_embedding == "learned":
            self.positions = self.add_weight(
                name="position_embedding",
                shape=(1, num_tokens, self.hidden_dim),
                initializer=keras.initializers.RandomNormal(stddev=0.02),
            )
        elif self.position_embedding == "sincos":
            table = sincos_positions(self.grid_shape or _square(num_patches), self.hidden_dim)
            if len(table) != num_patches:
                raise ValueError(
                    f"`grid_shape` must hold as many places as there are patches: got "
                    f"grid_shape={self.grid_shape} for {num_patches} patches."
                )
            # The class token stands nowhere in the picture: its position is zero.
            self.positions = np.pad(table, ((num_tokens - num_patches, 0), (0, 0)))[None]

    def call(self, patches, training=None):
        x = self.projection(patches)  # (B, N, D)
        if self.use_class_token:
            class_token = ops.cast(self.class_token, x.dtype)
            class_token = ops.broadcast_to(class_token, (ops.shape(x)[0], 1, self.hidden_dim))
            x = ops.concatenate([class_token, x], axis=1)  # (B, N + 1, D)
        if self.position_embedding is not None:
            x = x + ops.cast(self.positions, x.dtype)  # (1)
        return self.dropout(x, training=training)

    def compute_output_shape(self, patches_shape):
        batch, num_patches = patches_shape[:2]
        return (batch, num_patches + int(self.use_class_token), self.hidden_dim)

    def get_config(self):
        return {
            **super().get_config(),
            "hidden_dim": self.hidden_dim,
            "use_class_token": self.use_class_token,
            "position_embedding": self.position_embedding,
            "grid_shape": self.grid_shape,
            "dropout_rate": self.dropout_rate,
        }


def patch_grid(images_shape, patch_size):
    """How many patches fit: `(rows, columns)` for images of shape `(B, H, W, C)`.

    Raises:
        ValueError: the shape is not that of images, or `patch_size` does not divide it.
    """
    if len(images_shape) != 4 or None in images_shape[1:]:
        raise ValueError(
            "`Patches` needs a batch of images of shape (B, H, W, C) with known height, width and "
            f"channels (one grey image is image[None, :, :, None]): got shape {tuple(images_shape)}."
        )
    _, image_height, image_width, _ = images_shape
    height, width = _pair(patch_size)
    if image_height % height or image_width % width:
        raise ValueError(
            "`patch_size` must divide height and width: "
            f"got patch_size={patch_size} for an image of {image_height}x{image_width} pixels."
        )
    return image_height // height, image_width // width


def sincos_positions(grid_shape, hidden_dim):
    """Fixed positions: a quarter each of sine and cosine of the column, sine and cosine of the row.

    Args:
        grid_shape: pair of ints `(rows, columns)`.
        hidden_dim: int, divisible by 4.

    Returns:
        NumPy array of shape `(rows * columns, hidden_dim)`, float32, values in [-1, 1].
    """
    rows, columns = np.indices(grid_shape).reshape(2, -1)
    frequencies = 10_000.0 ** -np.linspace(0, 1, hidden_dim // 4)
    angles = [np.outer(columns, frequencies), np.outer(rows, frequencies)]
    table = [wave(angle) for angle in angles for wave in (np.sin, np.cos)]
    return np.concatenate(table, axis=1).astype("float32")


def _pair(patch_size):
    pair = tuple(patch_size) if isinstance(patch_size, (tuple, list)) else (patch_size, patch_size)
    if len(pair) != 2 or not all(isinstance(side, int) and side > 0 for side in pair):
        raise ValueError(
            f"`patch_size` must be a positive int or a pair of them: got patch_size={patch_size!r}."
        )
    return pair


def _square(num_patches):
    side = round(num_patches**0.5)
    if side * side != num_patches:
        raise ValueError(
            "`grid_shape` must be given where the patches are no square grid: "
            f"got {num_patches} patches and grid_shape=None."
        )
    return side, side
