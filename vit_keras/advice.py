"""What a user of Keras may stumble over is said when it happens: pixels out of range, a loss for probabilities."""

import inspect
import warnings

import keras
from keras import ops

from vit_keras.pixels import doubt


class Advice:
    """Beside `keras.Model`: warns, once, of images that cannot be pixels in [0, 255], and of a loss for probabilities.

    Images are looked at where they have numbers: in a call outside of compiled functions, and in the arrays that `fit`,
    `evaluate` and `predict` are given. Nothing of it is in a compiled function.
    """

    doubted = False

    def __call__(self, images, *args, **kwargs):
        if not kwargs.get("training"):
            self.look_at(images)
        return super().__call__(images, *args, **kwargs)

    def fit(self, x=None, *args, **kwargs):
        self.look_at(x)
        return super().fit(x, *args, **kwargs)

    def evaluate(self, x=None, *args, **kwargs):
        self.look_at(x)
        return super().evaluate(x, *args, **kwargs)

    def predict(self, x, *args, **kwargs):
        self.look_at(x)
        return super().predict(x, *args, **kwargs)

    def look_at(self, images):
        """Warn of images that cannot be in [0, 255], unless this model has done so."""
        if self.doubted or len(getattr(images, "shape", ())) != 4 or isinstance(images, keras.KerasTensor):
            return
        try:
            why = doubt(ops.convert_to_numpy(images[:8]))
        except Exception:  # a tensor of a graph that is being compiled: each backend has an error of its own
            return
        if why:
            self.doubted = True
            warnings.warn(f"This model takes pixels in [0, 255] and normalises them itself; of those that came, {why}. "
                          "Give them as they are in the file, neither divided by 255 nor normalised.", stacklevel=3)

    def compile(self, *args, **kwargs):
        super().compile(*args, **kwargs)
        if not getattr(self, "num_classes", None):
            return  # without a head there are no logits
        for name in losses_for_probabilities(getattr(self, "loss", None)):
            warnings.warn(f"This model returns logits, and {name} takes them for probabilities: with a head of zeros "
                          "its gradient is zero, or NaN on JAX, and nothing is learned. Pass a loss with "
                          "`from_logits=True`, such as SparseCategoricalCrossentropy(from_logits=True).", stacklevel=2)

    def compile_from_config(self, config):
        """As Keras's own, which passes over models that have a `compile` of their own."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)


def losses_for_probabilities(loss):
    """The names of those losses, in what `compile` is given, that have `from_logits` and leave it `False`."""
    for one in keras.tree.flatten(loss):
        try:
            known = keras.losses.get(one)
            settings = known.get_config() if isinstance(known, keras.losses.Loss) else {
                name: parameter.default for name, parameter in inspect.signature(known).parameters.items()}
        except (NotImplementedError, TypeError, ValueError):  # a loss of the user's own
            continue
        if settings.get("from_logits") is False:
            yield f'"{one}"' if isinstance(one, str) else getattr(one, "__name__", type(one).__name__)


if keras.__version__ < "3":
    class Advice:  # noqa: F811
        """Nothing is said on Keras 2, the lecture's own stack."""
