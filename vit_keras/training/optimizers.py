"""Muon: a step that turns a matrix of weights by about the same amount in every direction."""

import keras
from keras import ops

from vit_keras.training.precision import LOGITS

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of s, s³ and s⁵, from Jordan's search: steep at zero
ITERATIONS = 5
LIKE_ADAM = 0.2  # root mean square of the entries of an AdamW step, divided by the learning rate


@keras.saving.register_keras_serializable(package="vit_keras")
class Muon(keras.optimizers.AdamW):
    """AdamW for all weights but kernels; for those the gradient's momentum, made orthogonal.

    A matrix U S Vᵀ of momentum is mostly a few strong directions: the large numbers in S. AdamW scales every weight by
    itself and leaves that as it is. Muon takes about U Vᵀ in place of the matrix, so that weak directions are learned
    as fast as strong ones. A step is as long as one of AdamW, so that learning rate and decay can stay:

        M <- momentum * M + G
        W <- W - rate * (0.2 √max(m, n) * orthogonal(G + momentum * M) + decay * W)

    A kernel of a convolution, `(h, w, C, K)`, is the matrix `(h*w*C, K)` that it is for the patches below it. The head
    stays with AdamW, as do biases, norms, tokens and positions, which are no matrices.

    Args:
        learning_rate: float or schedule. Of both.
        momentum: float in [0, 1). Of the kernels.
        **kwargs: Passed to `keras.optimizers.AdamW`.

    Raises:
        ValueError: `momentum` outside its range.

    Reference:
        Jordan et al., 2024, https://kellerjordan.github.io/posts/muon/; the length of a step as in Liu et al., 2025,
        https://arxiv.org/abs/2502.16982. For dense layers `keras.optimizers.Muon` of Keras 3.15 does the same; that of
        3.12 has steps of another length.
    """

    def __init__(self, learning_rate=0.001, momentum=0.95, **kwargs):
        super().__init__(learning_rate, **kwargs)
        if not 0 <= momentum < 1:
            raise ValueError(f"`momentum` must lie in [0, 1): got {momentum}.")
        self.momentum = momentum

    def build(self, variables):
        super().build(variables)
        self.of_kernels = tuple(map(is_kernel, variables))

    def update_step(self, gradient, variable, learning_rate):
        index = self._get_variable_index(variable)
        if not self.of_kernels[index]:
            return super().update_step(gradient, variable, learning_rate)
        mean = self._momentums[index]
        self.assign(mean, self.momentum * mean + gradient)
        matrix = ops.reshape(gradient + self.momentum * mean, (-1, variable.shape[-1]))  # (m, n)
        length = LIKE_ADAM * max(matrix.shape) ** 0.5
        step = ops.reshape(length * orthogonal(matrix), variable.shape)
        self.assign_sub(variable, ops.cast(learning_rate, variable.dtype) * step)

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum}


def is_kernel(variable):
    """Whether Muon changes this weight: a kernel, and not the head's."""
    *layers, name = variable.path.split("/")
    return name == "kernel" and LOGITS not in layers


def orthogonal(matrix):
    """About U Vᵀ of a matrix U S Vᵀ, without computing either: a polynomial that brings all of S near one.

    X <- a X + b (X Xᵀ) X + c (X Xᵀ)² X leaves U and V as they are, and makes a s + b s³ + c s⁵ of every number s in S.
    With these coefficients, five times are enough to bring what is above a hundredth of the largest between 0.6 and
    1.3; closer is not needed.

    Args:
        matrix: Tensor of shape `(m, n)`, float.

    Returns:
        Tensor of shape `(m, n)`.
    """
    a, b, c = COEFFICIENTS
    is_tall = matrix.shape[0] > matrix.shape[1]
    x = ops.transpose(matrix) if is_tall else matrix  # X Xᵀ is the smaller of the two products
    x = x / (ops.norm(x) + 1e-7)  # no number in S is above one
    for _ in range(ITERATIONS):
        square = ops.matmul(x, ops.transpose(x))
        x = a * x + ops.matmul(b * square + c * ops.matmul(square, square), x)
    return ops.transpose(x) if is_tall else x
