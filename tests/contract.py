"""What every layer and model of the module promises, whatever it computes. Called by the tests of each."""

import json

import keras
import numpy as np
import pytest
from keras import ops

KERAS_2 = keras.__version__ < "3"
# For models of classes of their own: what Keras 2 saves before its release 2.12 is another matter.
one_file = pytest.mark.skipif(keras.__version__.startswith("2.9"), reason="Keras 2.9 saves no such model in one file")


def check_contract(make, inputs, folder, num_weights, mixed_dtype="bfloat16"):
    """Number of weights, output shape, config round trip, saving and loading, mixed precision.

    Args:
        make: function from keyword arguments (`name`, `dtype`) to a new layer or model.
        inputs: NumPy array, a batch to call it with.
        folder: path. Where the model is saved.
        num_weights: int. Numbers to be learned or kept, counted by hand.
        mixed_dtype: str. Of the output, under the policy mixed_bfloat16.
    """
    layer = make(name="under_test")
    assert layer.name == "under_test"
    outputs = layer(inputs)
    assert layer.count_params() == num_weights
    different_weights(layer)

    config = layer.get_config()
    again = type(layer).from_config(json.loads(plain(config)))  # plain values, as a file would keep them
    assert plain(again.get_config()) == plain(config)

    tensor = keras.Input(inputs.shape[1:], dtype=inputs.dtype.name)
    model = keras.Model(tensor, layer(tensor))
    assert model.output_shape == (None, *outputs.shape[1:])
    model.save(folder / "model.keras")
    loaded = keras.saving.load_model(folder / "model.keras")
    np.testing.assert_array_equal(to_numpy(loaded(inputs)), to_numpy(model(inputs)))

    mixed = make(dtype="mixed_bfloat16")
    outputs = mixed(inputs)
    assert keras.backend.standardize_dtype(outputs.dtype) == mixed_dtype
    assert {keras.backend.standardize_dtype(weight.dtype) for weight in mixed.weights} <= {"float32"}
    mixed.set_weights(layer.get_weights())
    np.testing.assert_allclose(to_numpy(mixed(inputs)), to_numpy(layer(inputs)), rtol=0.05, atol=0.05)


def different_weights(layer, seed=0):
    """No weight at zero or one, as it starts, where a forgotten one would not show."""
    numbers = np.random.default_rng(seed)
    values = [numbers.normal(scale=0.5, size=weight.shape) for weight in layer.weights]
    layer.set_weights([np.abs(value) + 0.5 if "moving_variance" in weight.name else value  # a variance is positive
                       for weight, value in zip(layer.weights, values)])
    return layer


def plain(config):
    """A config as JSON. Some layers of Keras 2.9 have numbers of NumPy in theirs."""
    return json.dumps(config, default=float if KERAS_2 else None)


def to_numpy(tensor):
    return ops.convert_to_numpy(ops.cast(tensor, "float32"))
