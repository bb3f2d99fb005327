"""Steps of training and of evaluation, compiled, whose results nobody waits for.

Keras's `train_on_batch` brings each batch to the device, reads loss and accuracy after it, and on JAX hands all weights
back to the model: the device waits meanwhile. Here the images of training are brought there once, a step is told the
numbers of those it learns from, and loss and accuracy come back as tensors that are read when somebody needs them.
"""

import keras
import numpy as np
from keras import ops

from vit_keras.profiles import _sees_accelerator


def stepper(learner):
    """What makes the steps of a learner on this backend.

    Args:
        learner: `Learner`, compiled.

    Returns:
        An object with `take_data`, `learn`, `judge` and `settle`, see the methods of `Learner`.
    """
    kinds = {"tensorflow": TensorFlowStepper, "jax": JaxStepper}
    return kinds.get(keras.backend.backend(), Stepper)(learner)


class Stepper:
    """Steps by Keras's own functions, for backends that have no others below."""

    def __init__(self, learner):
        self.learner = learner

    def take_data(self, images, labels, resident=False):
        self.images, self.labels = images, labels

    def learn(self, chosen, mixing=None):
        self.learner.reset_metrics()  # some versions of Keras do it themselves
        inputs = with_mixing(self.images[chosen], mixing)
        return self.learner.train_on_batch(inputs, self.labels[chosen], return_dict=True)

    def judge(self, images, labels):
        self.learner.reset_metrics()
        return self.learner.test_on_batch(images, labels, return_dict=True)

    def settle(self):
        """The model has its weights already."""


class CompiledStepper(Stepper):
    """Steps by functions that are compiled here; a batch is picked on the device."""

    def take_data(self, images, labels, resident=None):
        self.resident = _sees_accelerator() if resident is None else resident
        if self.resident:
            images, labels = self.to_device(images), self.to_device(labels)
        super().take_data(images, labels)

    def to_device(self, array):
        return ops.convert_to_tensor(array)

    def given(self, chosen):
        """Images and labels, and which of them a step learns from; `None` where it is all of them."""
        if self.resident:
            return self.images, self.labels, np.asarray(chosen, "int32")
        return self.images[chosen], self.labels[chosen], None


class TensorFlowStepper(CompiledStepper):
    """Two functions of TensorFlow."""

    def __init__(self, learner):
        import tensorflow as tf

        super().__init__(learner)
        function = tf.function(jit_compile=learner.jit_compile, reduce_retracing=True, autograph=False)

        @function
        def learn(images, labels, chosen, mixing):
            inputs, truth = batch(images, labels, chosen, mixing)
            weights = learner.trainable_weights
            with tf.GradientTape() as tape:
                logits = learner(inputs, training=True)
                loss = learner.compute_loss(inputs, truth, logits)
            learner.optimizer.apply(tape.gradient(loss, weights), weights)
            return {"loss": loss, "accuracy": accuracy(truth, logits)}

        @function
        def judge(images, labels):
            logits = learner(images, training=False)
            return {"loss": learner.compute_loss(images, labels, logits), "accuracy": accuracy(labels, logits)}

        self.compiled = {"learn": learn, "judge": judge}

    def learn(self, chosen, mixing=None):
        tensors = [None if one is None else ops.convert_to_tensor(one) for one in (*self.given(chosen), mixing)]
        return self.compiled["learn"](*tensors)

    def judge(self, images, labels):
        import tensorflow as tf

        tensors = [ops.convert_to_tensor(one) for one in (images, labels)]
        # Traced once for batches of all sizes: what is left over is a smaller one, and TensorFlow warns of new traces.
        kind = tuple(tf.TensorSpec((None, *one.shape[1:]), one.dtype) for one in tensors)
        return self.compiled["judge"].get_concrete_function(*kind)(*tensors)


class JaxStepper(CompiledStepper):
    """Two functions of weights. From the first step of training until `settle` the model's own are out of date."""

    def __init__(self, learner):
        import jax

        super().__init__(learner)
        optimizer, self.workers = learner.optimizer, learner.workers
        place = next(place for place, one in enumerate(optimizer.variables) if one is optimizer.learning_rate)
        # The learning rate is the one number that is set from outside, at every step.
        rest = [one for one in optimizer.variables if one is not optimizer.learning_rate]
        self.variables = (learner.trainable_variables, learner.non_trainable_variables, rest)
        self.state = self.spread = None

        def learn(state, learning_rate, images, labels, chosen, mixing):
            weights, others, rest = state
            inputs, truth = batch(images, labels, chosen, mixing)

            def forward(weights):
                logits, changed = learner.stateless_call(weights, others, inputs, training=True)
                return learner.compute_loss(inputs, truth, logits), (logits, changed)

            (loss, (logits, others)), gradients = jax.value_and_grad(forward, has_aux=True)(weights)
            numbers = [*rest[:place], learning_rate, *rest[place:]]
            weights, numbers = optimizer.stateless_apply(numbers, gradients, weights)
            state = (weights, others, numbers[:place] + numbers[place + 1 :])
            return {"loss": loss, "accuracy": accuracy(truth, logits)}, state

        def judge(weights, others, images, labels):
            logits, _ = learner.stateless_call(weights, others, images, training=False)
            return {"loss": learner.compute_loss(images, labels, logits), "accuracy": accuracy(labels, logits)}

        if learner.jit_compile or not self.workers.alone:
            # What goes into a step of training is not needed any more: its memory is used for what comes out. Of many
            # devices, every one gets all that comes out.
            out = {} if self.workers.alone else {"out_shardings": self.workers.same.backend_layout}
            learn, judge = jax.jit(learn, donate_argnums=0, **out), jax.jit(judge, **out)
        self.compiled = {"learn": learn, "judge": judge}

    def to_device(self, array):
        return super().to_device(array) if self.workers.alone else self.workers.everywhere(array)

    def values(self):
        """Weights, other variables, and those of the optimizer, as they are now."""
        if self.state is not None:
            return self.state
        values = tuple([one.value for one in variables] for variables in self.variables)
        return values if self.workers.alone else self.on_all_devices(values)

    def on_all_devices(self, values):
        """These values for every device, brought there once as long as they stay the same."""
        flat = [value for part in values for value in part]
        if self.spread is None or any(one is not other for one, other in zip(flat, self.spread[0])):
            self.spread = flat, tuple([self.workers.everywhere(value) for value in part] for part in values)
        return self.spread[1]

    def learn(self, chosen, mixing=None):
        rate = self.workers.everywhere(self.learner.optimizer.learning_rate.value)
        images, labels, chosen = self.given(chosen)
        if not self.resident:
            images, labels = self.workers.shared(images), self.workers.shared(labels)
        chosen, mixing = self.workers.shared(chosen), self.workers.shared(mixing)
        logs, self.state = self.compiled["learn"](self.values(), rate, images, labels, chosen, mixing)
        self.spread = None
        return logs

    def judge(self, images, labels):
        weights, others, _ = self.values()
        return self.compiled["judge"](weights, others, self.workers.shared(images), self.workers.shared(labels))

    def settle(self):
        if self.state is None:
            return
        for variables, values in zip(self.variables, self.state):
            for one, value in zip(variables, values):
                one.assign(self.workers.here(value))
        self.state = None


def batch(images, labels, chosen, mixing):
    """Inputs and labels of the images with these numbers; with `None`, of all."""
    if chosen is not None:
        images, labels = ops.take(images, chosen, axis=0), ops.take(labels, chosen, axis=0)
    return with_mixing(images, mixing), labels


def with_mixing(images, mixing):
    """The input of a `Learner`."""
    return images if mixing is None else {"images": images, "mixing": mixing}


def accuracy(labels, logits):
    """Share of the images whose largest logit is that of their label."""
    return ops.mean(ops.cast(ops.argmax(logits, axis=-1) == ops.argmax(labels, axis=-1), "float32"))
