"""Precision: what computes in which, and that a model comes back as it was."""

import keras
import numpy as np
import pytest
from contract import different_weights, to_numpy

from vit_keras import VisionTransformer, create_cnn_classifier, create_hybrid_vit
from vit_keras.training import in_precision, precision
from vit_keras.training.precision import bfloat16_pays, product_seconds, resolve

SIZE = ((8, 12, 3), (4, 3), 2, 4, 2, 5, 7)


def images():
    return np.random.default_rng(0).integers(0, 256, (2, 8, 12, 3)).astype("uint8")


def models():
    return (VisionTransformer(*SIZE), create_cnn_classifier((8, 12, 3), 5, (4, 6), 1),
            create_hybrid_vit((8, 12, 3), 1, 1, 4, 2, 5, 7, stem_widths=(4, 6)),
            VisionTransformer(*SIZE, representation_dim=6))


@pytest.mark.parametrize("model", models(), ids=["vit", "cnn", "hybrid", "hidden head"])
def test_inside_it_computes_in_bfloat16_and_afterwards_as_before(model):
    different_weights(model)
    before, policies = to_numpy(model(images())), [layer.dtype_policy.name for layer in model._flatten_layers()]
    with in_precision(model, "bfloat16") as name:
        inside = model(images())
        assert name == "bfloat16"
        assert keras.backend.standardize_dtype(inside.dtype) == "float32"  # logits
        assert {weight.dtype for weight in model.weights} == {"float32"}
        computing = {layer.compute_dtype for layer in model._flatten_layers() if layer.name != "head"}
        assert computing == {"bfloat16"}
    difference = np.abs(to_numpy(inside) - before).max()
    assert 0 < difference < 0.1 * np.abs(before).max() + 0.1  # eight bits, not twenty-four
    np.testing.assert_array_equal(to_numpy(model(images())), before)
    assert [layer.dtype_policy.name for layer in model._flatten_layers()] == policies


def test_it_is_that_of_a_model_made_for_it():
    plain, made = different_weights(VisionTransformer(*SIZE)), VisionTransformer(*SIZE, dtype="mixed_bfloat16")
    made.set_weights(plain.get_weights())
    with in_precision(plain, "bfloat16"):
        np.testing.assert_allclose(to_numpy(plain(images())), to_numpy(made(images())), atol=1e-6)


def test_a_model_made_in_bfloat16_can_compute_in_float32():
    plain, made = different_weights(VisionTransformer(*SIZE)), VisionTransformer(*SIZE, dtype="mixed_bfloat16")
    made.set_weights(plain.get_weights())
    with in_precision(made, "float32"):
        np.testing.assert_allclose(to_numpy(made(images())), to_numpy(plain(images())), atol=1e-5)
    assert made.compute_dtype == "bfloat16"


def test_none_leaves_a_model_as_it_was_made():
    model = VisionTransformer(*SIZE, dtype="mixed_bfloat16")
    with in_precision(model, None) as name:
        assert (name, model.compute_dtype) == (None, "bfloat16")


def test_an_error_inside_leaves_no_trace():
    model = VisionTransformer(*SIZE)
    with pytest.raises(KeyError), in_precision(model, "bfloat16"):
        raise KeyError
    assert model.compute_dtype == "float32"


@pytest.mark.parametrize("float32, bfloat16, found", [(1.0, 0.2, "bfloat16"), (1.0, 0.9, "float32"),
                                                      (1.0, 3.0, "float32")])
def test_auto_takes_what_is_faster_by_more_than_a_little(monkeypatch, float32, bfloat16, found):
    monkeypatch.setattr(precision, "product_seconds",
                        lambda size, dtype: {"float32": float32, "bfloat16": bfloat16}[dtype])
    bfloat16_pays.cache_clear()
    try:
        assert resolve("auto") == found
    finally:
        bfloat16_pays.cache_clear()


def test_a_product_takes_longer_the_larger_it_is():
    assert 0 < product_seconds(8, "bfloat16", rounds=3) < product_seconds(600, "float32", rounds=3)
