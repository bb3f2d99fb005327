"""Callbacks for any Keras model: a budget of minutes, a line an epoch, seeds, and a stop at the first NaN.

`backup.py` beside this file has the one that keeps a run's state and goes on from it.
"""

import collections
import math
import sys
import time

import keras
import numpy as np

LINE_EVERY = 1.0  # seconds between two versions of the line that moves
RATE_EVERY = 10  # steps between two settings of the learning rate on JAX, where each takes the weights out of the loop


class Timed(keras.callbacks.Callback):
    """A callback that knows how long the run takes, as if it had never been cut off.

    What `state` returns goes into a backup; `resume` goes on from it.
    """

    before, started = 0.0, None

    def start(self):
        """Start the clock, if it does not run yet; `fit` does it, too, when everything is set up."""
        if self.started is None:
            self.started = time.perf_counter()

    def on_train_begin(self, logs=None):
        self.start()

    def seconds(self):
        """Since the start."""
        return self.before + time.perf_counter() - self.started

    def state(self):
        """What a run that was cut off must find again: what JSON can hold."""
        return {"before": self.seconds()}

    def resume(self, state):
        """Go on from what `state` returned."""
        for name, value in state.items():
            setattr(self, name, value)


class TimeBudget(Timed):
    """Train for so many minutes, compilation and validation included; the learning rate follows the clock.

    A budget is kept by the clock itself, not by a forecast: the speed of a laptop changes within a run. The clock of
    the learning rate starts after the first step, since that one compiles: warm-up is for weights.

        model.fit(images, labels, epochs=10_000, callbacks=[TimeBudget(10)])

    Args:
        minutes: float.
        rate: function from the share of the run that is over, in [0, 1], to a learning rate; `None` leaves the
            optimizer's alone. The optimizer's must be a number then, not a schedule.
        whole_epochs: bool. Whether the budget is spent on whole passes: after two of them their number is fitted to the
            measured speed, and again after each. Once the rate falls, never to more than before: it would rise again.
            Without it the run ends with the step that crosses the line.
        warmup: float in [0, 1). Share of the run in which the rate rises.
        evaluations: float. With `whole_epochs`, time for so many validations is left at the end.

    Raises:
        ValueError: `minutes` is not positive.
    """

    def __init__(self, minutes, rate=None, whole_epochs=False, warmup=0.0, evaluations=0.0):
        super().__init__()
        if not minutes > 0:
            raise ValueError(f"`minutes` must be positive: got minutes={minutes}.")
        self.budget, self.rate, self.whole_epochs = 60 * minutes, rate, whole_epochs
        self.warmup, self.evaluations = warmup, evaluations
        self.first = None  # seconds until the first step was done
        self.planned = None  # epochs in all, once that is known
        self.ends = []  # seconds at the end of each epoch
        self.validation = 0.0
        self.epoch = 0

    def share(self, batch=0):
        """Share of the run that is over before this step of the epoch."""
        if self.planned is not None:
            return min(1.0, (self.epoch + batch / self.params["steps"]) / max(1, self.planned))
        if self.first is None:
            return 0.0
        return min(1.0, (self.seconds() - self.first) / max(1e-9, self.budget - self.first))

    def seconds_left(self):
        """Until the last step, by the clock."""
        if self.planned is None or len(self.ends) < 2:
            return max(0.0, self.budget - self.seconds())
        return max(0.0, self.seconds_an_epoch() * self.planned - self.seconds() + self.ends[0]
                   - self.seconds_an_epoch())

    def seconds_an_epoch(self):
        """Mean of the last ones; the first compiles, which no other does."""
        recent = self.ends[-6:]
        return (recent[-1] - recent[0]) / (len(recent) - 1)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        on_jax = hasattr(self.model, "jax_state_sync")
        if self.rate is None or (on_jax and batch % RATE_EVERY):
            return
        if on_jax:
            self.model.jax_state_sync()  # else `fit` goes on with the rate it had
        self.model.optimizer.learning_rate = self.rate(self.share(batch))

    def on_train_batch_end(self, batch, logs=None):
        if self.first is None:
            self.first = self.seconds()
        if self.planned is None and self.seconds() >= self.budget:
            self.model.stop_training = True

    def on_test_begin(self, logs=None):
        self.test_started = self.seconds()

    def on_test_end(self, logs=None):
        self.validation = self.seconds() - self.test_started

    def on_epoch_end(self, epoch, logs=None):
        self.ends.append(self.seconds())
        if not self.whole_epochs:
            return
        done = len(self.ends)
        if done > 1:
            self.epoch = done
            rising = self.share() < self.warmup
            left = self.budget - self.seconds() - self.evaluations * self.validation
            possible = done + max(0, math.floor(left / self.seconds_an_epoch()))
            self.planned = possible if rising or self.planned is None else min(self.planned, possible)
            if done >= self.planned:
                self.model.stop_training = True

    def state(self):
        return {**super().state(), **{name: getattr(self, name) for name in ("first", "planned", "ends", "validation")}}


class StopAfter(keras.callbacks.Callback):
    """End the run after so many steps, counted from its first: for passes that are not whole.

    Args:
        steps: int.
    """

    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def on_epoch_begin(self, epoch, logs=None):
        self.left = self.steps - epoch * self.params["steps"]

    def on_train_batch_end(self, batch, logs=None):
        if batch + 1 >= self.left:
            self.model.stop_training = True


class EpochSeeds(keras.callbacks.Callback):
    """At each epoch, order of the images and every random layer start anew from the seed and the epoch.

    With it a run that is resumed at an epoch goes on to the same bit.

    Args:
        seed: int.
        batches: `Batches`, or anything with a method `start(epoch)`; `None` where the order is not ours.
    """

    def __init__(self, seed, batches=None):
        super().__init__()
        self.seed, self.batches = seed, batches

    def on_epoch_begin(self, epoch, logs=None):
        if self.batches is not None:
            self.batches.start(epoch)
        seeds = np.random.default_rng([self.seed, epoch])
        for layer in self.model._flatten_layers():
            if hasattr(layer, "seed_generator"):
                state = layer.seed_generator.state
                state.assign(seeds.integers(2**31, size=state.shape).astype(state.dtype))


class StopAtNaN(keras.callbacks.Callback):
    """Raises `FloatingPointError`, with the usual causes, when the loss is NaN or infinite: two steps later at most."""

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch, self.steps = epoch, collections.deque()

    def on_train_batch_end(self, batch, logs=None):
        self.steps.append((batch, logs["loss"]))  # JAX may be at work on it still: not looking yet, `fit` goes on
        if len(self.steps) > 2:
            self.look()

    def on_epoch_end(self, epoch, logs=None):
        while self.steps:
            self.look()

    def look(self):
        batch, loss = self.steps.popleft()
        if not math.isfinite(loss):
            raise FloatingPointError(
                f"The loss became {loss} at step {batch + 1} of epoch {self.epoch + 1}. Usual causes: a learning rate "
                "that is too high (try a third of it), no warm-up, no clipping, or images that hold NaN. The model's "
                "weights cannot be used: build it anew."
            )


class EpochLine(Timed):
    """A line an epoch, with accuracy, speed and the time left; on a terminal and in a notebook one that moves, at once.

    Args:
        batch_size: int. Images of a step, for images/s.
        left: function without arguments: seconds until the end; `None` counts the epochs that are left.
        total: float or `None`. Epochs in all, where they are not those of `fit`.
        verbose: bool. Whether anything is printed.

    Attributes:
        history: dict of lists, a value an epoch: what Keras logs; `epoch`, passes done; `seconds`.
    """

    def __init__(self, batch_size=1, left=None, total=None, verbose=True):
        super().__init__()
        self.batch_size, self.left, self.total, self.verbose = batch_size, left, total, verbose
        self.live = verbose and (sys.stdout.isatty() or type(sys.stdout).__module__.startswith("ipykernel"))
        self.history = {}
        self.epoch = self.batch = None  # where it is
        self.training_seconds, self.counted = 0.0, 0  # of steps; those that compile are not counted
        self.width = 0

    def on_train_begin(self, logs=None):
        super().on_train_begin()
        self.fresh, self.shown = True, 0.0
        xla = " with XLA" if getattr(self.model, "jit_compile", False) else ""
        self.move(f"compiling{xla}: the first step takes longest")

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch, self.last = epoch, time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        now = time.perf_counter()
        if not self.fresh:
            self.training_seconds += now - self.last
            self.counted += 1
        self.fresh, self.last, self.batch = False, now, batch
        if self.live and now - self.shown > LINE_EVERY:
            self.shown = now
            numbers = "  ".join(f"{name} {value:.1%}" if "accuracy" in name else f"{name} {value:.3f}"
                                for name, value in sorted(logs.items(), reverse=True))
            self.move(f"epoch {self.passes():5.2f}  {numbers}  {self.time_left()} left")

    def on_epoch_end(self, epoch, logs=None):
        for name, value in {**logs, "epoch": self.passes(), "seconds": self.seconds()}.items():
            self.history.setdefault(name, []).append(float(value))
        numbers = "  ".join(f"{name} {logs[key]:{form}}" for key, name, form in (
            ("loss", "loss", ".3f"), ("accuracy", "accuracy", "6.1%"), ("val_accuracy", "validation", "6.1%"))
            if key in logs)
        speed = f"{self.images_per_second():.0f} images/s  " if self.counted else ""
        self.say(f"epoch {self.passes():5.2f}  {numbers}  {speed}{self.time_left()} left")

    def passes(self):
        """Over the data, so far."""
        return self.epoch + (self.batch + 1) / self.params["steps"]

    def move(self, text):
        """Write over the line that is there."""
        if self.live:
            print("\r" + text.ljust(self.width), end="", flush=True)
            self.width = len(text)

    def say(self, sentence):
        """A line of its own, whatever stands there."""
        if self.verbose:
            print(("\r" if self.live else "") + sentence.ljust(self.width), flush=True)
            self.width = 0

    def images_per_second(self):
        """Speed of training without compilation and validation; 0 before the second step."""
        return self.counted * self.batch_size / self.training_seconds if self.counted else 0.0

    def time_left(self):
        """Minutes and seconds until the last step."""
        if self.left is not None:
            seconds = self.left()
        else:
            steps = ((self.total or self.params["epochs"]) - self.passes()) * self.params["steps"]
            seconds = max(0.0, steps) * self.training_seconds / max(1, self.counted)
        return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"

    def state(self):
        return {**super().state(), **{name: getattr(self, name) for name in ("history", "training_seconds", "counted")}}

    def resume(self, state):
        super().resume(state)
        self.say(f"going on after epoch {self.history['epoch'][-1]:.2f}")
