"""A recipe, and the learning rate it means at every point of a run."""

import dataclasses
import math
import time


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How to train; the defaults are the course's recipe for small images on little time.

    Args:
        epochs: float or `None`. Passes over the training images.
        minutes: float or `None`. Time budget, in place of `epochs`, compilation and validation included:
            the learning rate follows the clock. Exactly one of the two must be given.
        batch_size: int.
        learning_rate: float. Peak of the schedule.
        weight_decay: float. Decoupled, times the learning rate: w -= learning_rate * weight_decay * w.
        warmup: float in [0, 1). Share of the steps in which the rate rises from zero.
        clip_norm: float or `None`. Largest norm of all gradients together.
        label_smoothing: float in [0, 1).
        crop_padding: int. Pixels an image may be moved by, see `RandomCropFlip`.
        crop_scale: pair of floats in (0, 1] or `None`. Share of its area that an image shows, enlarged, in place
            of being moved; see `RandomResizedCrop`.
        flip: bool. Whether half of the images are mirrored.
        mixup, cutmix: floats, 0 or more. Alpha of MixUp and of CutMix, see `draw_mixing`; 0 is off.
        mix_probability: float in [0, 1]. Share of the images that are mixed, where either is on.
        mix_until: float in [0, 1]. Share of the run after which no image is mixed any more.
        ema: float in [0, 1) or `None`. Momentum of a running mean of the weights, which takes their place after the
            last step: w_mean = ema * w_mean + (1 - ema) * w.
        seed: int. Of the order of the images and of augmentation.
        jit_compile: bool or `"auto"`. XLA; `"auto"` asks `should_jit`.

    Raises:
        ValueError: a value outside its range.
    """

    epochs: float | None = None
    minutes: float | None = None
    batch_size: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    warmup: float = 0.1
    clip_norm: float | None = 1.0
    label_smoothing: float = 0.1
    crop_padding: int = 4
    crop_scale: tuple | None = None
    flip: bool = True
    mixup: float = 0.0
    cutmix: float = 0.0
    mix_probability: float = 1.0
    mix_until: float = 1.0
    ema: float | None = None
    seed: int = 0
    jit_compile: bool | str = "auto"

    def __post_init__(self):
        if (self.epochs is None) == (self.minutes is None):
            raise ValueError(
                "A recipe needs `epochs` or `minutes`, and not both: "
                f"got epochs={self.epochs} and minutes={self.minutes}."
            )
        for name in ("epochs", "minutes", "batch_size", "learning_rate"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"`{name}` must be positive: got {name}={value}.")
        for name in ("weight_decay", "crop_padding", "mixup", "cutmix"):
            if getattr(self, name) < 0:
                raise ValueError(f"`{name}` must be 0 or more: got {name}={getattr(self, name)}.")
        if self.clip_norm is not None and not self.clip_norm > 0:
            raise ValueError(f"`clip_norm` must be positive, or None for no clipping: got {self.clip_norm}.")
        for name in ("warmup", "label_smoothing", "ema"):
            if not 0 <= (getattr(self, name) or 0) < 1:
                raise ValueError(f"`{name}` must lie in [0, 1): got {name}={getattr(self, name)}.")
        for name in ("mix_probability", "mix_until"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"`{name}` must lie in [0, 1]: got {name}={getattr(self, name)}.")


class Schedule:
    """How far a run has come, by steps or by the clock, and the learning rate at that point.

    A budget in minutes is kept by the clock itself, not by a forecast: speed on a laptop changes within a run.

    Args:
        recipe: `Recipe`.
        steps_per_epoch: int.
    """

    def __init__(self, recipe, steps_per_epoch):
        self.recipe = recipe
        self.started = time.perf_counter()
        self.seconds_before = 0.0  # what the run took until it was cut off
        self.last_step = math.inf if recipe.epochs is None else max(1, round(recipe.epochs * steps_per_epoch))

    def seconds(self):
        """Since the start, as if the run had never been cut off."""
        return self.seconds_before + time.perf_counter() - self.started

    def share(self, step):
        """Share of the run that is over: 0 at the start, 1 or more at the end."""
        if self.recipe.epochs is not None:
            return step / self.last_step
        return self.seconds() / (60 * self.recipe.minutes) if step else 0.0

    def learning_rate(self, step):
        """Up in a straight line during warm-up, then down to zero along half a cosine."""
        share, warmup = min(1.0, self.share(step)), self.recipe.warmup
        if share < warmup:
            return self.recipe.learning_rate * max(share / warmup, 1e-3)
        return self.recipe.learning_rate * (1 + math.cos(math.pi * (share - warmup) / (1 - warmup))) / 2

    def seconds_left(self, step, seconds_per_step):
        """Until the last step: by the clock, or at the speed so far."""
        if self.recipe.epochs is None:
            return max(0.0, 60 * self.recipe.minutes - self.seconds())
        return seconds_per_step * (self.last_step - step)
