"""One recipe for every model: AdamW, warm-up and cosine, clipping, label smoothing, augmentation."""

import dataclasses
import math
import time

import keras
import numpy as np
from keras import ops

from vit_keras.augment import RandomCropFlip
from vit_keras.backup import Backup
from vit_keras.progress import Progress

# Decay pulls kernels towards zero. A bias, a norm's scale, a token or a position has no reason to be small.
NEVER_DECAYED = ["bias", "gamma", "beta", "class_token", "position_embedding"]

EVALUATION_BATCH = 100

# The learning rate is set anew this often. Between two settings the steps run inside one `fit`, on every backend.
STEPS_AT_ONE_RATE = 25


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
        flip: bool. Whether half of the images are mirrored.
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
    flip: bool = True
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
        for name in ("weight_decay", "crop_padding"):
            if getattr(self, name) < 0:
                raise ValueError(f"`{name}` must be 0 or more: got {name}={getattr(self, name)}.")
        if self.clip_norm is not None and not self.clip_norm > 0:
            raise ValueError(f"`clip_norm` must be positive, or None for no clipping: got {self.clip_norm}.")
        for name in ("warmup", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"`{name}` must lie in [0, 1): got {name}={getattr(self, name)}.")


def train(model, dataset, recipe, backup_dir=None, verbose=True):
    """Train a classifier and measure it after the last step.

    The test split is looked at once, at the end; nothing is chosen by it, and no earlier epoch is
    brought back because it was better.

    Args:
        model: `keras.Model` from images in [0, 255] to logits. It is trained in place.
        dataset: `Dataset` with splits train, validation and test.
        recipe: `Recipe`.
        backup_dir: path or `None`. Folder in which the run is kept after every epoch. If it holds an
            unfinished run of the same recipe, that run goes on where it was.
        verbose: bool. Whether a line is printed after every epoch.

    Returns:
        dict: `history` (a dict of lists, one value an epoch), `train_accuracy` (without
        augmentation, on as many training images as there are validation images),
        `validation_accuracy`, `test_accuracy`, `test_loss`, `train_test_gap`, `parameters`,
        `steps`, `epochs`, `seconds` and `images_per_second`.

    Raises:
        FloatingPointError: the loss became NaN or infinite.
        ValueError: fewer training images than one batch, or another run in `backup_dir`.
    """
    batch_size = recipe.batch_size
    if len(dataset.train.labels) < batch_size:
        raise ValueError(
            f"A batch needs {batch_size} training images: got {len(dataset.train.labels)}. Lower `batch_size`."
        )
    started = time.perf_counter()
    num_classes = len(dataset.class_names)
    splits = {name: (images, np.eye(num_classes, dtype="float32")[labels]) for name, (images, labels) in
              (("train", dataset.train), ("validation", dataset.validation), ("test", dataset.test))}
    steps_per_epoch = len(dataset.train.labels) // batch_size
    learner = Learner(model, recipe)
    compile_learner(learner, recipe)
    backup = Backup(backup_dir, run={
        **dataclasses.asdict(recipe), "source": dataset.source, "model": model.name, "parameters": model.count_params()
    })
    state = backup.read()
    if state is None:
        state = {"done": 0, "seconds": 0.0, "history": {}}
    else:
        learner.optimizer.build(learner.trainable_variables)
        backup.load_weights(learner)
        if verbose:
            print(f"going on after step {state['done']}")

    started -= state["seconds"]
    schedule = Schedule(recipe, steps_per_epoch, started)
    progress = Progress(schedule, batch_size, state["done"], verbose)
    while schedule.share(state["done"]) < 1:
        epoch, place = divmod(state["done"], steps_per_epoch)
        if place == 0 or progress.fresh:
            # Order and augmentation depend on seed and place alone: a run that was cut off goes on the same.
            order = np.random.default_rng([recipe.seed, epoch]).permutation(len(dataset.train.labels))
            progress.begin_epoch()
        steps = min(STEPS_AT_ONE_RATE, schedule.last_step - state["done"], steps_per_epoch - place)
        chosen = order[place * batch_size : (place + steps) * batch_size]
        learner.reseed(recipe.seed, state["done"])
        learner.optimizer.learning_rate = schedule.learning_rate(state["done"] + steps / 2)
        images, labels = splits["train"]
        learner.fit(images[chosen], labels[chosen], batch_size=batch_size, shuffle=False, verbose=0,
                    callbacks=[progress])
        state["done"] += steps
        if state["done"] % steps_per_epoch and schedule.share(state["done"]) < 1:
            continue
        validation = evaluate(learner, *splits["validation"])
        state["seconds"] = time.perf_counter() - started
        logs = {**progress.epoch_means(), "val_loss": validation["loss"], "val_accuracy": validation["accuracy"],
                "epoch": state["done"] / steps_per_epoch, "seconds": state["seconds"]}
        for name, value in logs.items():
            state["history"].setdefault(name, []).append(float(value))
        progress.line(logs)
        backup.write(learner, state)

    sample = len(splits["validation"][1])
    train_scores = evaluate(learner, *(part[:sample] for part in splits["train"]))
    validation_scores = evaluate(learner, *splits["validation"])
    test_scores = evaluate(learner, *splits["test"])
    backup.delete()
    return {
        "history": state["history"],
        "train_accuracy": train_scores["accuracy"],
        "validation_accuracy": validation_scores["accuracy"],
        "test_accuracy": test_scores["accuracy"],
        "test_loss": test_scores["loss"],
        "train_test_gap": train_scores["accuracy"] - test_scores["accuracy"],
        "parameters": model.count_params(),
        "steps": state["done"],
        "epochs": state["done"] / steps_per_epoch,
        "seconds": state["seconds"],
        "images_per_second": progress.images_per_second(),
    }


class Learner(keras.Model):
    """A model behind its augmentation, so that both run in one compiled step, on the device."""

    def __init__(self, model, recipe, **kwargs):
        super().__init__(**kwargs)
        self.model = model
        self.augment = RandomCropFlip(recipe.crop_padding, recipe.flip, recipe.seed)
        self.built = True  # all weights are the model's, so a backup can be loaded before the first step

    def call(self, images, training=None):
        return self.model(self.augment(images, training=training), training=training)

    def reseed(self, *numbers):
        """Start every random layer (augmentation, dropout) from these numbers."""
        seeds = np.random.default_rng(numbers)
        for layer in self._flatten_layers():
            if hasattr(layer, "seed_generator"):
                state = layer.seed_generator.state
                state.assign(seeds.integers(2**31, size=state.shape).astype(state.dtype))


class Schedule:
    """How far a run has come, by steps or by the clock, and the learning rate at that point.

    A budget in minutes is kept by the clock itself, not by a forecast: speed on a laptop changes within a run.

    Args:
        recipe: `Recipe`.
        steps_per_epoch: int.
        started: float. `time.perf_counter()` at the start of the run, or as if it had never been cut off.
    """

    def __init__(self, recipe, steps_per_epoch, started):
        self.recipe = recipe
        self.started = started
        self.last_step = math.inf if recipe.epochs is None else max(1, round(recipe.epochs * steps_per_epoch))

    def share(self, step):
        """Share of the run that is over: 0 at the start, 1 or more at the end."""
        if self.recipe.epochs is not None:
            return step / self.last_step
        return (time.perf_counter() - self.started) / (60 * self.recipe.minutes) if step else 0.0

    def learning_rate(self, step):
        """Up in a straight line during warm-up, then down to zero along half a cosine."""
        share, warmup = min(1.0, self.share(step)), self.recipe.warmup
        if share < warmup:
            return self.recipe.learning_rate * max(share / warmup, 1e-3)
        return self.recipe.learning_rate * (1 + math.cos(math.pi * (share - warmup) / (1 - warmup))) / 2

    def seconds_left(self, step, seconds_per_step):
        """Until the last step: by the clock, or at the speed so far."""
        if self.recipe.epochs is None:
            return max(0.0, 60 * self.recipe.minutes - (time.perf_counter() - self.started))
        return seconds_per_step * (self.last_step - step)


def compile_learner(learner, recipe):
    """Give a learner its optimizer and its loss."""
    optimizer = keras.optimizers.AdamW(
        recipe.learning_rate, weight_decay=recipe.weight_decay, global_clipnorm=recipe.clip_norm
    )
    optimizer.exclude_from_weight_decay(var_names=NEVER_DECAYED)
    learner.compile(
        optimizer,
        keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing),
        metrics=["accuracy"],
        jit_compile=should_jit(learner.model) if recipe.jit_compile == "auto" else recipe.jit_compile,
    )


def evaluate(learner, images, labels):
    """`loss` and `accuracy` without augmentation."""
    return learner.evaluate(images, labels, batch_size=EVALUATION_BATCH, verbose=0, return_dict=True)


def should_jit(model):
    """Whether XLA pays for this model on this backend: the one place where that is decided."""
    return "auto"


def logits_of(model, images, batch_size=EVALUATION_BATCH):
    """Logits for many images, batch by batch: NumPy array of shape `(N, num_classes)`."""
    return np.concatenate([
        ops.convert_to_numpy(model(images[start:start + batch_size], training=False))
        for start in range(0, len(images), batch_size)
    ])
