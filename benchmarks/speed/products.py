"""The matrix products inside a Vision Transformer's step, counted by hand and timed alone.

A training step can never be faster than its matrix products. `products` lists them with their real shapes,
`flops_per_image` adds them up, and `measure` times each one alone in a framework: the sum is the limit in images/s that
this machine and this framework's matrix multiplication would allow, if everything else (softmax, GELU, Layer Norm,
optimizer) cost nothing.
"""

import time
from typing import NamedTuple


class Product(NamedTuple):
    """`batch` independent products (m, k) x (k, n), done `times` in one forward pass."""

    name: str
    times: int
    batch: int
    m: int
    k: int
    n: int
    input_gradient: bool = True  # False where no gradient flows on: the images

    @property
    def flops(self):
        """A multiplication and an addition for each term, forward pass only."""
        return 2 * self.times * self.batch * self.m * self.k * self.n


def products(size, batch):
    """The forward products of one batch. Queries, keys and values are one product, (D) -> (3D)."""
    height, width, channels = size["image_shape"]
    patch_size, hidden_dim, mlp_dim = size["patch_size"], size["hidden_dim"], size["mlp_dim"]
    num_layers, num_heads = size["num_layers"], size["num_heads"]
    num_patches = (height // patch_size) * (width // patch_size)
    tokens = num_patches + 1  # the class token
    rows, heads, key_dim = batch * tokens, batch * num_heads, hidden_dim // num_heads
    return [
        Product("patches E", 1, 1, batch * num_patches, patch_size * patch_size * channels, hidden_dim, False),
        Product("queries, keys, values", num_layers, 1, rows, hidden_dim, 3 * hidden_dim),
        Product("q k^T", num_layers, heads, tokens, key_dim, tokens),
        Product("A v", num_layers, heads, tokens, tokens, key_dim),
        Product("attention output", num_layers, 1, rows, hidden_dim, hidden_dim),
        Product("MLP in", num_layers, 1, rows, hidden_dim, mlp_dim),
        Product("MLP out", num_layers, 1, rows, mlp_dim, hidden_dim),
        Product("head", 1, 1, batch, hidden_dim, size["num_classes"]),
    ]


def flops_per_image(size, training):
    """Floating-point operations of the matrix products for one image.

    Training is the forward product and two more of the same size: one for the gradient of each factor.
    """
    return sum(p.flops * ((2 + p.input_gradient) if training else 1) for p in products(size, batch=1))


def framework(backend, precision):
    """`(random, matmul, wait)`: how this framework makes an array, multiplies, and says that it has finished."""
    if backend == "torch":
        import torch

        device = "cuda" if torch.cuda.is_available() else "cpu"

        def matmul(a, b, transpose_a=False, transpose_b=False):
            return (a.mT if transpose_a else a) @ (b.mT if transpose_b else b)

        def wait(c):
            if device == "cuda":
                torch.cuda.synchronize()

        return (lambda *shape: torch.randn(shape, dtype=getattr(torch, precision), device=device)), matmul, wait
    if backend == "jax":
        import functools

        import jax
        import jax.numpy as jnp

        @functools.partial(jax.jit, static_argnames=("transpose_a", "transpose_b"))
        def matmul(a, b, transpose_a=False, transpose_b=False):
            return (a.mT if transpose_a else a) @ (b.mT if transpose_b else b)

        def random(*shape):
            return jax.random.normal(jax.random.key(0), shape, getattr(jnp, precision))

        return random, matmul, lambda c: c.block_until_ready()

    import tensorflow as tf

    on_gpu = bool(tf.config.list_physical_devices("GPU"))
    return (lambda *shape: tf.cast(tf.random.normal(shape), precision)), tf.matmul, lambda c: c.numpy() if on_gpu else c


def measure(size, batch, backend, precision, seconds):
    """Times the products alone and one large square product; about `seconds` in all."""
    random, matmul, wait = framework(backend, precision)
    shapes = products(size, batch)
    share = seconds / (3 * len(shapes) + 3)

    def seconds_of(*args, **kwargs):
        wait(matmul(*args, **kwargs))  # warm-up, and compilation where there is one
        runs, start = 0, time.perf_counter()
        while runs < 2 or time.perf_counter() - start < share:
            wait(matmul(*args, **kwargs))
            runs += 1
        return (time.perf_counter() - start) / runs

    forward = backward = 0.0
    for p in shapes:
        lead = (p.batch,) if p.batch > 1 else ()
        a, b, gradient = random(*lead, p.m, p.k), random(*lead, p.k, p.n), random(*lead, p.m, p.n)
        forward += p.times * seconds_of(a, b)
        backward += p.times * seconds_of(a, gradient, transpose_a=True)  # gradient of b
        if p.input_gradient:
            backward += p.times * seconds_of(gradient, b, transpose_b=True)  # gradient of a
    side = 2048
    square = random(side, side)
    return {
        "matmul_gflops": 2 * side**3 / seconds_of(square, square) / 1e9,
        "training": {"images_per_second": batch / (forward + backward)},
        "inference": {"images_per_second": batch / forward},
    }
