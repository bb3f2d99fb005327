"""`train`: a recipe, unfolded into Keras's `compile`, `fit` and `evaluate`."""

import contextlib
import dataclasses
import math
import zlib

import keras
import numpy as np
from keras import ops

from vit_keras.data.dataset import Split
from vit_keras.training.backup import Backup
from vit_keras.training.devices import InOrder, agree, is_lost, workers
from vit_keras.training.precision import in_precision

EVALUATION_BATCH = 100
BACKUP_SHARE = 0.05  # of the time
AS_MANY_AS_FIT = 10**6  # epochs, where the clock decides


def train(model, dataset, recipe, backup_dir=None, verbose=True, after_epoch=None, keep_backup=False):
    """Train a classifier and measure it after the last step.

    The test split is looked at once, at the end; nothing is chosen by it, and no earlier epoch is
    brought back because it was better.

    On many devices, of one process or of several, it trains under the `keras.distribution.DataParallel` that is in
    force when the model is made (JAX backend): the step is compiled as if for one device, so the curve is that of one.

    Args:
        model: `keras.Model` from images in [0, 255] to logits. It is trained in place.
        dataset: `Dataset` with splits train, validation and test.
        recipe: `Recipe`.
        backup_dir: path or `None`. Folder in which the run is kept after every epoch, or less often where writing would
            take more than a twentieth of the time; see `Backup`. If it holds an unfinished run of the same recipe,
            model and data, that run goes on where it was. One run at a time may use it.
        verbose: bool. Whether a line is printed after every epoch.
        after_epoch: function or `None`. Called after every epoch with the history so far.
        keep_backup: bool. Whether the folder holds the trained model in the end, so that the same call returns the
            same result without training. By default a finished run leaves nothing there.

    Returns:
        dict: `history` (a dict of lists, one value an epoch), `train_accuracy` (without
        augmentation, on as many training images as there are validation images),
        `validation_accuracy`, `test_accuracy`, `test_loss`, `train_test_gap`, `parameters`,
        `steps`, `epochs`, `seconds`, `images_per_second` and `precision` (`None`: as the model was made).

    Raises:
        FloatingPointError: the loss became NaN or infinite.
        ValueError: data that a classifier cannot learn from, fewer training images than one batch, another run in
            `backup_dir`, or a batch, a recipe or data that several devices cannot share.
        OSError: `backup_dir` cannot be written.
        ConnectionError: another process of the run is gone. The weights of the model cannot be used then.
    """
    devices, processes, is_first = workers(model, recipe)
    dataset.check()
    content = fingerprint(dataset) if backup_dir is not None or processes > 1 else None  # it reads every pixel
    if processes > 1:
        agree(content, "Every process must have the same data, in the same order: ")
    batches = recipe.batches(dataset.train)
    steps = recipe.steps(batches)
    validation, test = len(dataset.validation.labels), len(dataset.test.labels)
    *others, end, line = recipe.callbacks(batches, verbose and is_first, evaluations=2 + test / validation)
    clocks = [part for part in (end, line) if hasattr(part, "state")]
    for clock in clocks:
        clock.start()
    backup = None if backup_dir is None else Backup(
        backup_dir, {**dataclasses.asdict(recipe), "source": dataset.source, "data": content, **described(model)},
        clocks, BACKUP_SHARE, is_first)
    told = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: after_epoch(line.history))
    callbacks = [*others, end, line, *filter(None, [backup]), *([told] if after_epoch and is_first else [])]
    for name, number in (("validation", validation), ("test", test)):
        if number % devices:
            line.say(f"!!! {devices} devices share every batch equally: of {number} {name} images {number % devices} "
                     "cannot be measured.")
    size = max(EVALUATION_BATCH, recipe.batch_size // recipe.accumulate)
    splits = [InOrder(split, size, devices) for split in (
        dataset.validation, dataset.test, Split(*(part[:validation] for part in dataset.train)))]

    with in_precision(model, recipe.precision) as precision, explained(backup, line, processes):
        learner = recipe.learner(model, steps)
        learner.fit(batches, epochs=AS_MANY_AS_FIT if recipe.epochs is None else math.ceil(recipe.epochs),
                    validation_data=splits[0], shuffle=False, verbose=0, callbacks=callbacks)
        validated, tested, trained = (learner.evaluate(split, verbose=0, return_dict=True) for split in splits)
        if backup is not None and is_first and not keep_backup:
            backup.delete()
    passes = line.history["epoch"][-1]
    return {
        "history": line.history,
        "train_accuracy": trained["accuracy"],
        "validation_accuracy": validated["accuracy"],
        "test_accuracy": tested["accuracy"],
        "test_loss": tested["loss"],
        "train_test_gap": trained["accuracy"] - tested["accuracy"],
        "parameters": model.count_params(),
        "steps": round(passes * len(batches)) // recipe.accumulate,
        "epochs": passes,
        "seconds": line.history["seconds"][-1],
        "images_per_second": line.images_per_second(),
        "precision": precision,
    }


def logits_of(model, images, batch_size=EVALUATION_BATCH):
    """Logits for many images, batch by batch: NumPy array of shape `(N, num_classes)`."""
    return np.concatenate([
        ops.convert_to_numpy(model(images[start:start + batch_size], training=False))
        for start in range(0, len(images), batch_size)
    ])


# ---- The same run? ----

def fingerprint(dataset):
    """A number for the sizes, labels and pixels of all splits."""
    number = 0
    for split in (dataset.train, dataset.validation, dataset.test):
        for part in split:
            number = zlib.crc32(repr((part.shape, str(part.dtype))).encode(), number)
            for start in range(0, len(part), 1000):  # pixels may lie on the disk
                number = zlib.crc32(np.ascontiguousarray(part[start : start + 1000]), number)
    return number


def described(model):
    """What tells this model from another: its class, its size, and a number for the settings of its layers."""
    number = 0
    for layer in model._flatten_layers(include_self=False):
        settings = {} if isinstance(layer, keras.Model) else layer.get_config()
        plain = {key: value for key, value in settings.items()  # Keras counts names on; objects print their address
                 if key != "name" and isinstance(value, (bool, int, float, str, tuple, list, type(None)))}
        number = zlib.crc32(f"{type(layer).__name__} {sorted(plain.items())}".encode(), number)
    return {"model": type(model).__name__, "parameters": model.count_params(), "layers": number}


@contextlib.contextmanager
def explained(backup, line, processes):
    """Inside, what ends a run says where it would go on; the folder of the backup is given back in any case."""
    where = "Nothing was kept: with `backup_dir` a run goes on where it was." if backup is None else None
    try:
        yield
    except KeyboardInterrupt:
        place = "" if line.batch is None else f" after step {line.batch + 1} of epoch {line.epoch + 1}"
        line.say(f"Stopped{place}. {where or backup.where()}")
        raise
    except (RuntimeError, ValueError) as error:
        if processes > 1 and is_lost(error):
            raise ConnectionError("Another process of this run is gone, or failed: see what it printed. "
                                  f"{where or backup.where()} Start all processes again, with the same commands."
                                  ) from error
        raise
    finally:
        if backup is not None:
            backup.release()
