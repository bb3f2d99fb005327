"""A recipe, and the learning rate it means at every point of a run."""

import dataclasses
import math
import time

from vit_keras.training.precision import PRECISIONS

ONE_IS_OFF = ("accumulate", "mix_probability", "mix_until")


@dataclasses.dataclass(frozen=True, repr=False)
class Recipe:
    """How to train; the defaults are the course's recipe for small images on little time.

    Every further ingredient is one of the arguments, and off by default. What is off is not printed.

    Args:
        epochs: float or `None`. Passes over the training images.
        minutes: float or `None`. Time budget, in place of `epochs`, compilation and validation included:
            the learning rate follows the clock. Exactly one of the two must be given.
        whole_epochs: bool. Whether a time budget is spent on whole passes: after two of them their number is fitted
            to the measured speed, and fitted again after each, so that the run, with its last evaluation, ends within
            the budget. Without it the run ends with the step that crosses the line.
        batch_size: int.
        accumulate: int. In how many parts a batch goes through the model, one after the other: less memory for the same
            step. Must divide `batch_size`.
        muon: bool. Whether kernels are learned with `Muon`, and only the rest with AdamW; AdamW learns all otherwise.
        learning_rate: float. Peak of the schedule.
        weight_decay: float. Decoupled, times the learning rate: w -= learning_rate * weight_decay * w.
        warmup: float in [0, 1). Share of the steps in which the rate rises from zero.
        decay: bool. Whether the rate falls to zero afterwards, along half a cosine; it stays at its peak otherwise.
        clip_norm: float or `None`. Largest norm of all gradients together.
        label_smoothing: float in [0, 1).
        crop_padding: int. Pixels an image may be moved by, see `RandomCropFlip`.
        crop_scale: pair of floats in (0, 1] or `None`. Share of its area that an image shows, enlarged, in place
            of being moved; see `RandomResizedCrop`.
        flip: bool. Whether half of the images are mirrored.
        trivial_augment: float in [0, 1]. Strength of `TrivialAugment`: 1 as published, 0 is off.
        random_erasing: float in [0, 1]. Share of the images of which a box is covered, see `RandomErasing`; 0 is off.
        mixup, cutmix: floats, 0 or more. Alpha of MixUp and of CutMix, see `draw_mixing`; 0 is off.
        mix_probability: float in [0, 1]. Share of the images that are mixed, where either is on.
        mix_until: float in [0, 1]. Share of the run after which no image is mixed any more.
        ema: float in [0, 1) or `None`. Momentum of a running mean of the weights, which takes their place after the
            last step: w_mean = ema * w_mean + (1 - ema) * w.
        seed: int. Of the order of the images and of augmentation.
        precision: `"float32"`, `"bfloat16"`, `"auto"` (the faster of the two on this machine, measured) or `None`: as
            the model was made. Weights and logits stay float32; see `in_precision`.
        jit_compile: bool or `"auto"`. XLA; `"auto"` asks `should_jit`.

    Raises:
        ValueError: a value outside its range.
    """

    epochs: float | None = None
    minutes: float | None = None
    whole_epochs: bool = False
    batch_size: int = 64
    accumulate: int = 1
    muon: bool = False
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    warmup: float = 0.1
    decay: bool = True
    clip_norm: float | None = 1.0
    label_smoothing: float = 0.1
    crop_padding: int = 4
    crop_scale: tuple | None = None
    flip: bool = True
    trivial_augment: float = 0.0
    random_erasing: float = 0.0
    mixup: float = 0.0
    cutmix: float = 0.0
    mix_probability: float = 1.0
    mix_until: float = 1.0
    ema: float | None = None
    seed: int = 0
    precision: str | None = None
    jit_compile: bool | str = "auto"

    def __post_init__(self):
        if (self.epochs is None) == (self.minutes is None):
            raise ValueError(
                "A recipe needs `epochs` or `minutes`, and not both: "
                f"got epochs={self.epochs} and minutes={self.minutes}."
            )
        for name in ("epochs", "minutes", "batch_size", "accumulate", "learning_rate"):
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
        for name in ("trivial_augment", "random_erasing", "mix_probability", "mix_until"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"`{name}` must lie in [0, 1]: got {name}={getattr(self, name)}.")
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError(f"`{field.name}` must be a finite number: got {field.name}={value}.")
        if self.batch_size % self.accumulate:
            raise ValueError("`accumulate` must divide `batch_size`: "
                             f"got accumulate={self.accumulate} and batch_size={self.batch_size}.")
        if self.whole_epochs and self.minutes is None:
            raise ValueError("`whole_epochs` fits passes to `minutes`: got none of them.")
        if self.precision not in PRECISIONS:
            raise ValueError(f"`precision` must be one of {', '.join(map(repr, PRECISIONS))}: got {self.precision!r}.")

    def __repr__(self):
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        shown = [f"{name}={value!r}" for name, value in values.items()
                 if value and not (name in ONE_IS_OFF and value == 1)]
        return f"Recipe({', '.join(shown)})"


class Schedule:
    """How far a run has come, by steps or by the clock, and the learning rate at that point.

    A budget in minutes is kept by the clock itself, not by a forecast: speed on a laptop changes within a run. The
    clock of the learning rate starts after the first step, since that one compiles: warm-up is for weights. With
    `whole_epochs` the clock rules until two passes are done; then so many are planned as fit, see `fit`.

    Args:
        recipe: `Recipe`.
        steps_per_epoch: int.
    """

    def __init__(self, recipe, steps_per_epoch):
        self.recipe = recipe
        self.steps_per_epoch = steps_per_epoch
        self.started = time.perf_counter()
        self.seconds_before = 0.0  # what the run took until it was cut off
        self.first_step = None  # when it was done
        self.last_step = math.inf if recipe.epochs is None else max(1, round(recipe.epochs * steps_per_epoch))

    def seconds(self):
        """Since the start, as if the run had never been cut off."""
        return self.seconds_before + time.perf_counter() - self.started

    def share(self, step):
        """Share of the run that is over: 0 at the start, 1 or more at the end."""
        if self.last_step < math.inf:
            return step / self.last_step
        if not step:
            return 0.0
        now, budget = self.seconds(), 60 * self.recipe.minutes
        if now >= budget:
            return 1.0
        if self.first_step is None:
            self.first_step = now
        return (now - self.first_step) / (budget - self.first_step)

    def fit(self, step, ends, reserve):
        """After a pass: plan as many more as the time that is left allows, at the speed of the last ones.

        Once the rate falls, never more than before: a run that became faster ends early, one that became slower drops
        passes. The rate would rise again otherwise.

        Args:
            step: int. Steps done.
            ends: list of floats. Seconds at the end of every pass so far.
            reserve: float. Seconds to be left for the evaluation at the end.
        """
        if not self.recipe.whole_epochs or len(ends) < 2:  # the first pass compiles, which no other does
            return
        recent = ends[-6:]
        seconds_a_pass = (recent[-1] - recent[0]) / (len(recent) - 1)
        left = 60 * self.recipe.minutes - self.seconds() - reserve
        planned = step + max(0, math.floor(left / seconds_a_pass)) * self.steps_per_epoch
        rising = self.share(step) < self.recipe.warmup
        self.last_step = planned if rising else min(self.last_step, planned)

    def learning_rate(self, step):
        """Up in a straight line during warm-up, then, with `decay`, down to zero along half a cosine."""
        share, warmup = min(1.0, self.share(step)), self.recipe.warmup
        if share < warmup:
            return self.recipe.learning_rate * max(share / warmup, 1e-3)
        if not self.recipe.decay:
            return self.recipe.learning_rate
        return self.recipe.learning_rate * (1 + math.cos(math.pi * (share - warmup) / (1 - warmup))) / 2

    def seconds_left(self, step, seconds_per_step):
        """Until the last step: at the speed so far, or by the clock."""
        if self.last_step < math.inf:
            return seconds_per_step * (self.last_step - step)
        return max(0.0, 60 * self.recipe.minutes - self.seconds())

    def state(self):
        """What a run that is cut off must find again: plain numbers."""
        return {"first_step": self.first_step, "last_step": self.last_step if self.last_step < math.inf else None}

    def resume(self, seconds, state):
        """Go on after `seconds`, with the numbers of `state`."""
        self.seconds_before = seconds
        self.first_step = state.get("first_step", 0.0)
        if state.get("last_step") is not None:
            self.last_step = state["last_step"]
