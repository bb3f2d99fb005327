"""A recipe: how to train, in words, and the ordinary Keras objects that it stands for."""

import dataclasses
import math

import keras

from vit_keras.attention import MultiHeadSelfAttention
from vit_keras.augment.crops import RandomCropFlip, RandomErasing, RandomResizedCrop
from vit_keras.augment.trivial_augment import TrivialAugment
from vit_keras.profiles import _sees_accelerator
from vit_keras.training.callbacks import EpochLine, EpochSeeds, StopAfter, StopAtNaN, TimeBudget
from vit_keras.training.learner import Batches, Learner
from vit_keras.training.optimizers import Muon
from vit_keras.training.precision import PRECISIONS

# Decay pulls kernels towards zero. A bias, a norm's scale, a token or a position has no reason to be small.
NEVER_DECAYED = ["bias", "gamma", "beta", "class_token", "position_embedding"]
WORTH_COMPILING = 500  # steps

ONE_IS_OFF = ("accumulate", "mix_probability", "mix_until")
RANGES = (
    (("epochs", "minutes", "batch_size", "accumulate", "learning_rate", "clip_norm"),
     "be positive and finite", lambda value: 0 < value < math.inf),
    (("weight_decay", "crop_padding", "mixup", "cutmix"),
     "be 0 or more, and finite", lambda value: 0 <= value < math.inf),
    (("warmup", "label_smoothing", "ema"),
     "lie in [0, 1)", lambda value: 0 <= value < 1),
    (("trivial_augment", "random_erasing", "mix_probability", "mix_until"),
     "lie in [0, 1]", lambda value: 0 <= value <= 1),
)


@dataclasses.dataclass(frozen=True, repr=False)
class Recipe:
    """How to train; the defaults are the course's recipe for small images on little time.

    Every further ingredient is one of the arguments, and off by default. What is off is not printed. Its methods make
    the objects that `compile` and `fit` take; `train` is no more than this:

        batches = recipe.batches(dataset.train)
        learner = recipe.learner(model, recipe.steps(batches))  # augmentation, then the model; compiled
        learner.fit(batches, epochs=20, validation_data=dataset.validation, shuffle=False,
                    callbacks=recipe.callbacks(batches))

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
        jit_compile: bool or `"auto"`. XLA; `"auto"` asks `should_jit`. On JAX `False` means one operation at a time.

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
        for names, needed, holds in RANGES:
            for name in names:
                value = getattr(self, name)
                if value is not None and not holds(value):
                    raise ValueError(f"`{name}` must {needed}: got {name}={value}.")
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

    # ---- The ordinary Keras objects that it stands for ----

    def rate(self, share):
        """The learning rate where this share of the run is over: up in a straight line, then down half a cosine."""
        if share < self.warmup:
            return self.learning_rate * max(share / self.warmup, 1e-3)
        if not self.decay:
            return self.learning_rate
        return self.learning_rate * (1 + math.cos(math.pi * min(1.0, (share - self.warmup) / (1 - self.warmup)))) / 2

    def steps(self, batches):
        """Steps of `fit` in the whole run, or `None` where the clock decides."""
        return None if self.epochs is None else max(1, round(self.epochs * len(batches) / self.accumulate)
                                                    ) * self.accumulate

    def optimizer(self, steps=None):
        """AdamW, or `Muon`, with the schedule of the learning rate in it.

        Args:
            steps: int, of the run, see `steps`; or `None`: the rate is set from outside, by `TimeBudget`.
        """
        rate = self.learning_rate
        if steps is not None:
            rising = round(self.warmup * steps)
            rate = keras.optimizers.schedules.CosineDecay(
                0.0 if rising else self.learning_rate, max(1, steps - rising), alpha=0.0 if self.decay else 1.0,
                warmup_target=self.learning_rate if rising else None, warmup_steps=rising)
        optimizer = (Muon if self.muon else keras.optimizers.AdamW)(
            rate, weight_decay=self.weight_decay, global_clipnorm=self.clip_norm,
            # Keras averages after every part, though weights change only with the last of a batch.
            use_ema=self.ema is not None, ema_momentum=(self.ema or 0.0) ** (1 / self.accumulate),
            gradient_accumulation_steps=self.accumulate if self.accumulate > 1 else None,
        )
        optimizer.exclude_from_weight_decay(var_names=NEVER_DECAYED)
        return optimizer

    def loss(self):
        """Cross-entropy of logits, smoothed, for labels that are one-hot: `Learner` makes them so."""
        return keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=self.label_smoothing)

    def augmentation(self):
        """The layers that change images in training, one after the other."""
        layers = []
        if self.crop_scale is not None:
            layers.append(RandomResizedCrop(self.crop_scale, flip=self.flip, seed=self.seed))
        elif self.crop_padding or self.flip:
            layers.append(RandomCropFlip(self.crop_padding, self.flip, self.seed))
        if self.trivial_augment:
            layers.append(TrivialAugment(self.trivial_augment, seed=self.seed))
        if self.random_erasing:
            layers.append(RandomErasing(self.random_erasing, seed=self.seed))
        return layers

    def learner(self, model, steps=None):
        """A `Learner`, the model behind its augmentation, compiled for a run of so many steps (see `optimizer`)."""
        learner = Learner(model, self.augmentation())
        jit_compile = should_jit(model, steps) if self.jit_compile == "auto" else self.jit_compile
        learner.compile(self.optimizer(steps), self.loss(), metrics=["accuracy"], jit_compile=jit_compile)
        learner.optimizer.build(learner.trainable_variables)  # TensorFlow would trace the first step twice otherwise
        return learner

    def batches(self, split):
        """The `Batches` of a training split."""
        mixing = {"mixup": self.mixup, "cutmix": self.cutmix, "probability": self.mix_probability}
        return Batches(split, self.batch_size, self.accumulate, self.seed,
                       mixing if self.mixup or self.cutmix else None, self.mix_until)

    def callbacks(self, batches, verbose=True, evaluations=0.0):
        """What `fit` needs beside optimizer and loss: seeds, the end of the run, a stop at NaN, a line an epoch.

        Args:
            batches: `Batches` of `batches`.
            verbose: bool. Whether `EpochLine` prints.
            evaluations: float. See `TimeBudget`.

        Returns:
            list of callbacks; `EpochLine` is the last, `TimeBudget` or `StopAfter` stands before it.
        """
        if self.minutes is None:
            steps = self.steps(batches)
            end, left, total = StopAfter(steps), None, steps / len(batches)
            batches.share = lambda index: (batches.epoch * len(batches) + index) / steps
        else:
            end = TimeBudget(self.minutes, self.rate, self.whole_epochs, self.warmup, evaluations)
            left, total, batches.share = end.seconds_left, None, end.share
        line = EpochLine(self.batch_size // self.accumulate, left, total, verbose)
        return [EpochSeeds(self.seed, batches), StopAtNaN(), end, line]


def should_jit(model, steps=None):
    """Whether XLA compiles the steps of this model: the one place where that is decided.

    Keras's own `"auto"` means no on TensorFlow without a GPU. There a ViT was measured to train 1.3 times as fast with
    XLA, a hybrid about as fast, and a CNN at two thirds of the speed; all take some seconds longer to compile. So it
    pays for attention, in runs of more than `WORTH_COMPILING` steps. JAX compiles anyway. PyTorch's compiler is left
    off, as Keras does.

    Args:
        model: `keras.Model`.
        steps: int, of the run, or `None`: many.
    """
    backend, layers = keras.backend.backend(), model._flatten_layers()
    if backend == "torch" or not all(layer.supports_jit for layer in layers):
        return False
    has_attention = any(isinstance(layer, MultiHeadSelfAttention) for layer in layers)
    return backend == "jax" or ((has_attention or _sees_accelerator()) and (steps is None or steps > WORTH_COMPILING))
