"""Seconds and bytes are measured of the right thing. No test asserts a speed."""

import keras
import numpy as np
import pytest
from contract import to_numpy

from vit_keras import MLP, Recipe, VisionTransformer
from vit_keras.scaling import activation_bytes, layer_seconds, measured, multiplication_rate, step_memory, step_time

SIZE = {"image_shape": (8, 12, 3), "patch_size": 4, "num_layers": 1, "hidden_dim": 8, "num_heads": 2, "mlp_dim": 12,
        "num_classes": 3}
PLAIN = {"crop_padding": 0, "flip": False, "jit_compile": False}

pytestmark = pytest.mark.usefixtures("eager_steps")


@pytest.fixture
def clock(monkeypatch):
    """A clock that jumps by one second more at every look."""
    state = {"now": 0.0, "step": 0.0}

    def look():
        state["step"] += 1
        state["now"] += state["step"]
        return state["now"]

    monkeypatch.setattr(measured.time, "perf_counter", look)
    return state


def test_the_first_step_is_apart_and_the_fastest_of_the_others_counts(clock):
    model = VisionTransformer(**SIZE)
    before = [to_numpy(weight).copy() for weight in model.trainable_weights]
    found = step_time(model, Recipe(epochs=1, batch_size=6, accumulate=2, **PLAIN), rounds=3)
    assert found == (2.0, 4.0)  # two looks a step: they lie 2, 4, 6 and 8 seconds apart
    moved = [not np.allclose(to_numpy(weight), old) for weight, old in zip(model.trainable_weights, before)]
    assert any(moved)  # it was a step, and the weights are back in the model


def test_a_layer_is_called_and_the_first_call_is_left_out(clock):
    asked = []

    class Spy(MLP):
        def call(self, inputs, training=None):
            asked.append(tuple(inputs.shape[1:]))
            return super().call(inputs, training=training)

    assert layer_seconds(Spy(mlp_dim=5), (2, 7, 4), rounds=2) == 4.0
    assert asked and set(asked) == {(7, 4)}


def test_the_rate_is_the_cube_of_the_side_over_the_seconds(monkeypatch):
    monkeypatch.setattr(measured, "product_seconds", lambda size, dtype, rounds: size / 2.0)
    monkeypatch.setattr(measured, "_sees_accelerator", lambda: False)
    assert multiplication_rate() == 2 * 1024**2


def test_the_precision_of_a_recipe_is_that_of_the_step():
    model, seen = VisionTransformer(**SIZE), []
    layer = model.encoder.blocks[0].mlp
    call = layer.call
    layer.call = lambda *args, **kwargs: (seen.append(keras.backend.standardize_dtype(args[0].dtype)),
                                          call(*args, **kwargs))[1]
    step_time(model, Recipe(epochs=1, batch_size=2, precision="bfloat16", **PLAIN), rounds=1)
    assert set(seen) == {"bfloat16"} and layer.compute_dtype == "float32"


@pytest.mark.skipif(measured.peak_bytes() is None, reason="no peak of memory on this system")
def test_the_peak_rises_with_what_is_held_and_stays():
    before = measured.peak_bytes()
    held = np.ones(100_000_000, "uint8")
    risen = measured.peak_bytes()
    del held
    assert measured.peak_bytes() > risen - 1_000_000 and risen > before - 1_000_000  # counted by pages, and late
    assert risen > 100_000_000


@pytest.mark.skipif(measured.begin_anew() is None, reason="the peak cannot be set back on this system")
def test_the_peak_begins_anew():
    np.ones(200_000_000, "uint8")  # comes and goes
    before = measured.begin_anew()
    assert measured.peak_bytes() - before < 100_000_000
    held = np.ones(200_000_000, "uint8")
    assert measured.peak_bytes() - before > 190_000_000 and held.size


@pytest.mark.skipif(measured.peak_bytes() is None, reason="no peak of memory on this system")
def test_a_larger_batch_takes_more_memory_and_parts_take_less():
    size = {**SIZE, "image_shape": (64, 64, 3), "num_layers": 2}
    few, parts, many = step_memory([{"size": size, "batch": 4}, {"size": size, "batch": 32, "accumulate": 4},
                                    {"size": size, "batch": 32}])
    assert 0 < few < parts < many  # 4, 8 and 32 pictures at a time
    assert many - few > activation_bytes(28, 257, 2, 8, 2, 12, num_queries=1)


def test_what_cannot_be_measured_says_so(monkeypatch):
    with pytest.raises(ValueError, match="one case or more"):
        step_memory([])
    monkeypatch.setenv("KERAS_BACKEND", "numpy")  # of all backends it is imported in the least time
    with pytest.raises(RuntimeError, match="must divide height and width"):
        step_memory([{"size": {**SIZE, "patch_size": 5}, "batch": 1}])
    monkeypatch.setattr(measured, "peak_bytes", lambda: None)
    assert step_memory([{"size": SIZE, "batch": 1}]) is None
