"""What a long run tells while it runs: a line an epoch, with accuracy, speed and the time left."""

import math
import sys
import time

import keras


class Progress(keras.callbacks.Callback):
    """Prints one line an epoch, rewrites a line within it on a terminal, and stops at a NaN.

    Args:
        state: dict with `steps` (of the whole run) and `done` (before this epoch).
        batch_size: int.
        verbose: bool. Whether anything is printed.
    """

    def __init__(self, state, batch_size, verbose=True):
        super().__init__()
        self.state = state
        self.batch_size = batch_size
        self.verbose = verbose
        self.live = verbose and sys.stdout.isatty()
        self.first_done = state["done"]
        self.training_seconds = 0.0
        self.counted_steps = 0
        self.last = None

    def on_train_batch_begin(self, batch, logs=None):
        self.last = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        loss = logs["loss"]
        if not math.isfinite(loss):
            raise FloatingPointError(
                f"The loss became {loss} at step {self.state['done'] + batch + 1} of {self.state['steps']}. Usual "
                "causes: a learning rate that is too high (try a third of it), no warm-up, no clipping, or images "
                "that hold NaN. The model's weights cannot be used: build it anew."
            )
        if self.state["done"] + batch > self.first_done:  # the first step compiles
            self.training_seconds += time.perf_counter() - self.last
            self.counted_steps += 1
        if self.live and batch % 10 == 9:
            done = self.state["done"] + batch + 1
            print(
                f"\r  step {done}/{self.state['steps']}  loss {loss:.3f}  accuracy {logs['accuracy']:.1%}  "
                f"{self.time_left(done)} left ", end="", flush=True,
            )

    def line(self, logs):
        """The line after an epoch and its validation."""
        if self.verbose:
            print(
                ("\r" if self.live else "")
                + f"epoch {logs['epoch']:5.2f}  loss {logs['loss']:.3f}  accuracy {logs['accuracy']:6.1%}  "
                f"validation {logs['val_accuracy']:6.1%}  {self.images_per_second():.0f} images/s  "
                f"{self.time_left(self.state['done'])} left", flush=True,
            )

    def images_per_second(self):
        """Training speed without compilation and validation; 0 before the second step."""
        return self.counted_steps * self.batch_size / self.training_seconds if self.counted_steps else 0.0

    def time_left(self, done):
        """Minutes and seconds until the last step, at the speed so far."""
        per_step = self.training_seconds / max(1, self.counted_steps)
        minutes, seconds = divmod(round(per_step * (self.state["steps"] - done)), 60)
        return f"{minutes}:{seconds:02d}"
