"""What a long run tells while it runs: a line an epoch, with accuracy, speed and the time left."""

import math
import sys
import time

LINE_EVERY = 25  # steps between two versions of the line on a terminal


class Means:
    """Means of named quantities over batches, each counted as often as it has images."""

    def __init__(self):
        self.totals, self.count = {}, 0

    def add(self, values, count=1):
        for name, value in values.items():
            self.totals[name] = self.totals.get(name, 0.0) + float(value) * count
        self.count += count

    def result(self):
        return {name: total / self.count for name, total in self.totals.items()}


class Progress:
    """Prints one line an epoch, rewrites a line within it on a terminal, and stops at a NaN.

    Args:
        schedule: `Schedule` of the run; it knows the time left.
        batch_size: int.
        done: int. Steps done before this run.
        verbose: bool. Whether anything is printed.
        speed: pair of `speed`, of the same run before it was cut off, or `None`.
    """

    def __init__(self, schedule, batch_size, done=0, verbose=True, speed=None):
        self.schedule = schedule
        self.batch_size = batch_size
        self.verbose = verbose
        self.live = verbose and sys.stdout.isatty()
        self.done = done
        self.training_seconds, self.counted_steps = speed or (0.0, 0)
        self.fresh = True  # no step yet: the first one compiles and is not counted
        self.begin_epoch()

    def begin_epoch(self):
        """Means start anew, and the time since the last step (validation) is nobody's."""
        self.means, self.last = Means(), time.perf_counter()

    def step(self, logs):
        """Count one step of training and its `loss` and `accuracy`.

        Raises:
            FloatingPointError: the loss is NaN or infinite.
        """
        self.done += 1
        if not math.isfinite(logs["loss"]):
            raise FloatingPointError(
                f"The loss became {logs['loss']} at step {self.done}. Usual causes: a learning rate that is too high "
                "(try a third of it), no warm-up, no clipping, or images that hold NaN. The model's weights cannot be "
                "used: build it anew."
            )
        now = time.perf_counter()
        if not self.fresh:
            self.training_seconds += now - self.last
            self.counted_steps += 1
        self.fresh, self.last = False, now
        self.means.add(logs)
        if self.live and self.done % LINE_EVERY == 0:
            means = self.means.result()
            print(f"\r  step {self.done}  loss {means['loss']:.3f}  accuracy {means['accuracy']:.1%}  "
                  f"{self.time_left()} left ", end="", flush=True)

    def line(self, logs):
        """The line after an epoch and its validation."""
        if self.verbose:
            print(
                ("\r" if self.live else "")
                + f"epoch {logs['epoch']:5.2f}  loss {logs['loss']:.3f}  accuracy {logs['accuracy']:6.1%}  "
                f"validation {logs['val_accuracy']:6.1%}  {self.images_per_second():.0f} images/s  "
                f"{self.time_left()} left", flush=True,
            )

    def say(self, sentence):
        """A line of its own, whatever stands on the terminal."""
        if self.verbose:
            print(("\n" if self.live else "") + sentence, flush=True)

    def speed(self):
        """Seconds of training and the steps counted in them: what a run that is cut off must find again."""
        return [self.training_seconds, self.counted_steps]

    def images_per_second(self):
        """Training speed without compilation and validation; 0 before the second step."""
        return self.counted_steps * self.batch_size / self.training_seconds if self.counted_steps else 0.0

    def time_left(self):
        """Minutes and seconds until the last step."""
        seconds = self.schedule.seconds_left(self.done, self.training_seconds / max(1, self.counted_steps))
        return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
