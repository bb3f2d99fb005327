"""One recipe for every model: AdamW, warm-up and cosine, clipping, label smoothing, augmentation."""

import dataclasses

import numpy as np
from keras import ops

from vit_keras.backup import Backup
from vit_keras.learner import Learner, compile_learner
from vit_keras.mixing import draw_mixing
from vit_keras.progress import Means, Progress
from vit_keras.recipe import Schedule

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
            rng = np.random.default_rng([recipe.seed, epoch])
            order = rng.permutation(len(dataset.train.labels))
            learner.reseed(recipe.seed, epoch)
            progress.begin_epoch()
        chosen = order[place * batch_size : (place + 1) * batch_size]
        learner.optimizer.learning_rate = schedule.learning_rate(state["done"])
        mixing = None
        if recipe.mixup or recipe.cutmix:
            probability = recipe.mix_probability if schedule.share(state["done"]) < recipe.mix_until else 0.0
            image_shape = dataset.train.images.shape[1:]
            mixing = draw_mixing(rng, batch_size, image_shape, recipe.mixup, recipe.cutmix, probability)
        progress.step(learner.learn(*(part[chosen] for part in splits["train"]), mixing))
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

    learner.take_averages()
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


def evaluate(learner, images, labels):
    """`loss` and `accuracy` without augmentation."""
    means = Means()
    for start in range(0, len(labels), EVALUATION_BATCH):
        batch = slice(start, start + EVALUATION_BATCH)
        means.add(learner.judge(images[batch], labels[batch]), len(labels[batch]))
    return means.result()


def logits_of(model, images, batch_size=EVALUATION_BATCH):
    """Logits for many images, batch by batch: NumPy array of shape `(N, num_classes)`."""
    return np.concatenate([
        ops.convert_to_numpy(model(images[start:start + batch_size], training=False))
        for start in range(0, len(images), batch_size)
    ])
