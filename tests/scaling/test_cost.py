"""What a ViT costs: formulas against counts by hand, against the weights of a model, and against published figures."""

import numpy as np
import pytest
from speed import products

from vit_keras import VARIANTS, VisionTransformer
from vit_keras.scaling import (
    activation_bytes,
    all_reduce_bytes,
    attention_multiplications,
    mlp_multiplications,
    multiplications,
    number_of_tokens,
    state_bytes,
)

SIZE = {"image_shape": (8, 12, 3), "patch_size": 4, "num_layers": 2, "hidden_dim": 6, "num_heads": 3, "mlp_dim": 10,
        "num_classes": 5}


def test_tokens_are_patches_and_the_class_token():
    assert number_of_tokens((8, 12, 3), 4) == 7
    assert number_of_tokens((8, 12, 3), (4, 6), class_token=False) == 4
    with pytest.raises(ValueError, match="must divide height and width"):
        number_of_tokens((8, 12, 3), 5)


def test_a_block_counted_one_by_one():
    count = sum(1 for token in range(3) for out in range(4) for into in range(4)) * 4  # query, key, value, output
    count += 2 * sum(1 for asks in range(3) for answers in range(3) for width in range(4))  # q k^T and A v
    assert attention_multiplications(3, 4) == count
    assert mlp_multiplications(3, 4, 5) == sum(1 for token in range(3) for into in range(4) for out in range(5)) * 2


def test_attention_costs_as_much_as_the_mlp_at_two_widths_of_tokens():
    D = 64
    assert attention_multiplications(2 * D, D) == mlp_multiplications(2 * D, D, 4 * D)
    assert attention_multiplications(2 * D - 1, D) < mlp_multiplications(2 * D - 1, D, 4 * D)


def test_every_kernel_of_a_model_is_used_once_a_token():
    model, tokens = VisionTransformer(**SIZE), number_of_tokens((8, 12, 3), 4)
    sizes = {weight.path: int(np.prod(weight.shape)) for weight in model.weights if weight.path.endswith("kernel")}
    uses = {path: 1 if "head" in path.split("/") else tokens - 1 if "projection" in path.split("/") and
            "patch_encoder" in path else tokens for path in sizes}
    pairs = SIZE["num_layers"] * 2 * tokens**2 * SIZE["hidden_dim"]  # those of q k^T and A v have no weights
    assert multiplications(**SIZE) == pairs + sum(sizes[path] * uses[path] for path in sizes)


@pytest.mark.parametrize("training", [False, True])
def test_it_is_half_of_what_the_benchmark_counts_as_operations(training):
    assert 2 * multiplications(**SIZE, training=training) == products.flops_per_image(SIZE, training)


def test_a_published_number():
    # 17.6 GMACs for ViT-B/16 at 224 pixels, in the tables of timm and torchvision alike.
    counted = multiplications((224, 224, 3), 16, num_classes=1000, **VARIANTS["B"])
    assert counted == pytest.approx(17.56e9, rel=1e-3)


def test_a_backward_pass_is_two_more_but_for_the_first_product():
    forward, training = (multiplications(**SIZE, training=training) for training in (False, True))
    assert 3 * forward - training == 8 * 12 * 3 * 6
    no_token = multiplications(**{**SIZE, "num_heads": 1}, class_token=False)
    assert no_token < forward == multiplications(**{**SIZE, "num_heads": 1})


def test_fewer_tokens_ask_in_the_last_block_of_our_model():
    model, tokens = VisionTransformer(**SIZE), 7
    asked = []
    last = model.encoder.blocks[-1]
    for layer in (last.attention.query, last.attention.key, last.mlp.dense_1):
        call = layer.call
        layer.call = lambda x, *more, call=call, **named: (asked.append(x.shape[1]), call(x, *more, **named))[1]
    model(np.zeros((1, 8, 12, 3), "uint8"))
    assert asked == [1, 7, 1]
    saved = 6 * (2 * 6 * 6 + 2 * 7 * 6 + 2 * 6 * 10)  # six tokens do not ask: query, output, scores twice, MLP
    assert multiplications(**SIZE) - multiplications(**SIZE, num_queries=1) == saved
    assert multiplications(**SIZE, num_queries=tokens) == multiplications(**SIZE)


def test_memory_by_hand():
    assert state_bytes(1000) == 16_000
    # One layer, one picture, 3 tokens of width 4 in 2 heads, MLP of 5: 3 * (32 + 10 + 6) numbers.
    assert activation_bytes(1, 3, 1, 4, 2, 5) == 4 * 144
    assert activation_bytes(7, 3, 2, 4, 2, 5, precision="bfloat16") == 2 * 144 * 7 * 2
    # Where one token asks, all three still have 4D, and one has the rest.
    assert activation_bytes(1, 3, 1, 4, 2, 5, num_queries=1) == 4 * (3 * 16 + 16 + 10 + 6)


def test_the_ring_sends_almost_everything_twice():
    assert all_reduce_bytes(1000, 1) == 0
    assert all_reduce_bytes(1000, 2) == 4000
    assert all_reduce_bytes(1000, 4) == 6000


def test_a_ring_of_arrays_sends_what_the_formula_says():
    gradients, n, sent = [np.arange(12.0) * (1 + device) for device in range(4)], 4, np.zeros(4)
    parts = [np.split(gradient.copy(), n) for gradient in gradients]
    for adding in (True, False):
        for turn in range(n - 1):
            moves = [(device, (device - turn + (not adding)) % n) for device in range(n)]
            values = [parts[device][part].copy() for device, part in moves]
            for (device, part), value in zip(moves, values):
                into = parts[(device + 1) % n]
                into[part] = into[part] + value if adding else value
                sent[device] += 4 * value.size
    for of_device in parts:
        np.testing.assert_allclose(np.concatenate(of_device), np.sum(gradients, axis=0))
    assert sent.tolist() == [all_reduce_bytes(12, n)] * n


@pytest.mark.parametrize("call, message", [
    (lambda: multiplications(**{**SIZE, "num_layers": 0}), "`num_layers` must be positive: got num_layers=0"),
    (lambda: multiplications(**{**SIZE, "patch_size": 5}), "must divide height and width"),
    (lambda: activation_bytes(0, 3, 1, 4, 2, 5), "`batch` must be positive: got batch=0"),
    (lambda: activation_bytes(1, 3, 1, 4, 2, 5, "float8"), "`precision` must be one of 'float32', 'bfloat16'"),
    (lambda: all_reduce_bytes(1000, 0), "`devices` must be positive: got devices=0"),
])
def test_bad_sizes_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
