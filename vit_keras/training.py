"""One recipe for every model: AdamW, warm-up and cosine, clipping, label smoothing, augmentation."""

import dataclasses

import keras
import numpy as np
from keras import ops

from vit_keras.augment import RandomCropFlip
from vit_keras.backup import Backup
from vit_keras.progress import Means, Progress
from vit_keras.recipe import Schedule
from vit_keras.resized_crop import RandomResizedCrop

# Decay pulls kernels towards zero. A bias, a norm's scale, a token or a position has no reason to be small.
NEVER_DECAYED = ["bias", "gamma", "beta", "class_token", "position_embedding"]

EVALUATION_BATCH = 100


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
    num_classes = len(dataset.class_names)
    splits = {name: (images, np.eye(num_classes, dtype="float32")[labels]) for name, (images, labels) in
              (("train", dataset.train), ("validation", dataset.validation), ("test", dataset.test))}
    steps_per_epoch = len(dataset.train.labels) // batch_size
    schedule = Schedule(recipe, steps_per_epoch)
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

    schedule.seconds_before = state["seconds"]
    progress = Progress(schedule, batch_size, state["done"], verbose)
    while schedule.share(state["done"]) < 1:
        epoch, place = divmod(state["done"], steps_per_epoch)
        if place == 0:
            # Order and augmentation depend on seed and epoch alone: a run that was cut off goes on the same.
            order = np.random.default_rng([recipe.seed, epoch]).permutation(len(dataset.train.labels))
            learner.reseed(recipe.seed, epoch)
            progress.begin_epoch()
        chosen = order[place * batch_size : (place + 1) * batch_size]
        learner.optimizer.learning_rate = schedule.learning_rate(state["done"])
        progress.step(learner.learn(*(part[chosen] for part in splits["train"])))
        state["done"] += 1
        if state["done"] % steps_per_epoch and schedule.share(state["done"]) < 1:
            continue
        validation = evaluate(learner, *splits["validation"])
        state["seconds"] = schedule.seconds()
        logs = {**progress.means.result(), "val_loss": validation["loss"], "val_accuracy": validation["accuracy"],
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
        self.augment = augmentation(recipe)
        self.built = True  # all weights are the model's, so a backup can be loaded before the first step

    def call(self, images, training=None):
        return self.model(self.augment(images, training=training), training=training)

    def learn(self, images, labels):
        """One step; returns this batch's `loss` and `accuracy`."""
        self.reset_metrics()  # some versions of Keras do it themselves
        return self.train_on_batch(images, labels, return_dict=True)

    def judge(self, images, labels):
        """`loss` and `accuracy` of these images, nothing learned."""
        self.reset_metrics()
        return self.test_on_batch(images, labels, return_dict=True)

    def reseed(self, *numbers):
        """Start every random layer (augmentation, dropout) from these numbers."""
        seeds = np.random.default_rng(numbers)
        for layer in self._flatten_layers():
            if hasattr(layer, "seed_generator"):
                state = layer.seed_generator.state
                state.assign(seeds.integers(2**31, size=state.shape).astype(state.dtype))


def augmentation(recipe):
    """The layer that changes the images of a recipe."""
    if recipe.crop_scale is not None:
        return RandomResizedCrop(recipe.crop_scale, flip=recipe.flip, seed=recipe.seed)
    return RandomCropFlip(recipe.crop_padding, recipe.flip, recipe.seed)


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
    means = Means()
    for start in range(0, len(labels), EVALUATION_BATCH):
        batch = slice(start, start + EVALUATION_BATCH)
        means.add(learner.judge(images[batch], labels[batch]), len(labels[batch]))
    return means.result()


def should_jit(model):
    """Whether XLA pays for this model on this backend: the one place where that is decided.

    Keras's own choice is XLA wherever every layer of the model supports it. Where measured, XLA was never slower:
    `results/speed_paper.json`, "ours" with XLA and without. PyTorch's compiler is left off, as Keras does.
    """
    return "auto"


def logits_of(model, images, batch_size=EVALUATION_BATCH):
    """Logits for many images, batch by batch: NumPy array of shape `(N, num_classes)`."""
    return np.concatenate([
        ops.convert_to_numpy(model(images[start:start + batch_size], training=False))
        for start in range(0, len(images), batch_size)
    ])
