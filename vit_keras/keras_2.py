"""Keras 2 under the names of Keras 3: the lecture's own stack, TensorFlow 2.9 to 2.15.

The core of the module (`CORE`) is written for Keras 3 and knows of nothing else. Where Keras is 2, `vit_keras` imports
this file first. It shows the core another `keras`, the one at the end of this page: TensorFlow's own, with those names
of Keras 3 that the core uses, and with a `Layer` and a `Model` that have the manners of Keras 3. Nobody else's
`import keras` is touched. What cannot run on Keras 2 says so in one line.
"""

import functools
import importlib
import sys
import types

import tensorflow as tf
from keras import __version__ as VERSION

CORE = ("advice", "attention", "cnn", "encoder", "hybrid", "parts", "patches", "pixels", "profiles", "vit")


class Module(types.ModuleType):
    """A module with some names of its own; all others are those of the module `behind` it."""

    def __init__(self, name, behind=None, **names):
        super().__init__(name)
        self.__dict__.update(names, behind=behind)

    def __getattr__(self, name):
        if not hasattr(self.behind, name):
            raise AttributeError(f"{self.__name__}.{name} needs Keras 3: this is Keras {VERSION}.")
        return getattr(self.behind, name)


# ---- Layers and models with the manners of Keras 3 ----

class Manners:
    """What Keras 3 does for the author of a layer, and Keras 2 does not."""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "build" in vars(cls):
            cls.build = finished(cls.build)

    def __setattr__(self, name, value):
        # Keras 2 wraps lists, and a wrapped one is written into a file as an empty one.
        if isinstance(value, list) and value and all(isinstance(item, (int, float)) for item in value):
            value = tuple(value)
        super().__setattr__(name, value)


def finished(build):
    """`build` of a layer, after which the layer is built, and its weights are called by their path.

    Without the first, Keras 2 would build it again, with other weights, when it is called. Without the second all
    kernels of a block are called "kernel:0", and a file in HDF5 holds only one of that name.
    """

    @functools.wraps(build)
    def wrapped(self, shape):
        if self.built:
            return
        with tf.name_scope(""):
            build(self, tuple(tf.TensorShape(shape)))
        for part in self._flatten_layers(recursive=False, include_self=False):
            for weight in part.weights:
                variable = getattr(weight, "_variable", weight)  # in mixed precision there is a wrapper around it
                variable._handle_name = f"{part.name}/{variable.name}"
        tf.keras.layers.Layer.build(self, shape)

    return wrapped


class Layer(Manners, tf.keras.layers.Layer):
    """The base of our layers."""


class Model(Manners, tf.keras.Model):
    """The base of our models. Keras 2 leaves their config and their loading to the author."""

    def __new__(cls, *args, **kwargs):
        if cls is Model:  # `keras.Model(inputs, outputs)`: TensorFlow's own
            return tf.keras.Model(*args, **kwargs)
        return super().__new__(cls, *args, **kwargs)

    def get_config(self):
        return {"name": self.name, "trainable": self.trainable, "dtype": self.dtype_policy.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


# ---- Keras, as the core sees it ----

keras = Module(
    "keras",
    behind=tf.keras,
    __version__=VERSION,
    Model=Model,
    backend=Module(
        "keras.backend",
        behind=tf.keras.backend,
        standardize_dtype=lambda dtype: tf.as_dtype(dtype).name,
    ),
    config=Module(
        "keras.config",
        dtype_policy=tf.keras.mixed_precision.global_policy,
        set_dtype_policy=tf.keras.mixed_precision.set_global_policy,
    ),
    distribution=Module(
        "keras.distribution",
        list_devices=lambda: [device.name for device in tf.config.list_logical_devices()],
    ),
    layers=Module(
        "keras.layers",
        behind=tf.keras.layers,
        Layer=Layer,
    ),
    ops=Module(
        "keras.ops",
        broadcast_to=tf.broadcast_to,
        cast=tf.cast,
        concatenate=tf.concat,
        convert_to_numpy=lambda x: tf.convert_to_tensor(x).numpy(),
        einsum=tf.einsum,
        mean=tf.reduce_mean,
        reshape=tf.reshape,
        shape=tf.shape,
        softmax=tf.nn.softmax,
        transpose=tf.transpose,
    ),
    saving=Module(
        "keras.saving",
        deserialize_keras_object=tf.keras.layers.deserialize,
        load_model=tf.keras.models.load_model,
        register_keras_serializable=tf.keras.utils.register_keras_serializable,
        serialize_keras_object=tf.keras.layers.serialize,
    ),
)


def import_core():
    """Import the files of the core while `keras` is ours."""
    theirs, sys.modules["keras"] = sys.modules["keras"], keras
    try:
        for name in CORE:
            importlib.import_module(f"vit_keras.{name}")
    finally:
        sys.modules["keras"] = theirs


def needs_keras_3(name):
    """The `__getattr__` of `vit_keras`: a public name that is not there needs Keras 3."""
    if name in sys.modules["vit_keras"].__all__:
        raise ImportError(f"vit_keras.{name} needs Keras 3: this is Keras {VERSION}, where only the core runs.")
    raise AttributeError(f"module 'vit_keras' has no attribute {name!r}")


import_core()
