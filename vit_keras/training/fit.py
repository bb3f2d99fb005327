"""One recipe for every model: AdamW, warm-up and cosine, clipping, label smoothing, augmentation."""

import collections
import dataclasses
import math

import numpy as np
from keras import ops

from vit_keras.augment.mixing import draw_mixing
from vit_keras.training.backup import Backup
from vit_keras.training.distribution import Workers
from vit_keras.training.learner import Learner, compile_learner
from vit_keras.training.precision import in_precision
from vit_keras.training.progress import Means, Progress
from vit_keras.training.recipe import Schedule

EVALUATION_BATCH = 100
AHEAD = 2  # steps that may be under way while nobody has read their loss yet
BACKUP_SHARE = 0.05  # of the time


def train(model, dataset, recipe, backup_dir=None, verbose=True, after_epoch=None, keep_backup=False,
          distribution=None):
    """Train a classifier and measure it after the last step.

    The test split is looked at once, at the end; nothing is chosen by it, and no earlier epoch is
    brought back because it was better.

    Args:
        model: `keras.Model` from images in [0, 255] to logits. It is trained in place.
        dataset: `Dataset` with splits train, validation and test.
        recipe: `Recipe`.
        backup_dir: path or `None`. Folder in which the run is kept after every epoch, or less often
            where writing would take more than a twentieth of the time. If it holds an unfinished run
            of the same recipe, that run goes on where it was. One run at a time may use it.
        verbose: bool. Whether a line is printed after every epoch.
        after_epoch: function or `None`. Called after every epoch with the history so far.
        keep_backup: bool. Whether the folder holds the trained model in the end, so that the same call returns the
            same result without training. By default a finished run leaves nothing there.
        distribution: `keras.distribution.DataParallel` or `None`. The devices that share every batch, of this process
            or, after `keras.distribution.initialize`, of several; needs the JAX backend. The first process alone
            prints, keeps backups and calls `after_epoch`; all return the same. `None` is the distribution in force
            (`keras.distribution.set_distribution`), else one device.

    Returns:
        dict: `history` (a dict of lists, one value an epoch), `train_accuracy` (without
        augmentation, on as many training images as there are validation images),
        `validation_accuracy`, `test_accuracy`, `test_loss`, `train_test_gap`, `parameters`,
        `steps`, `epochs`, `seconds`, `images_per_second` and `precision` (`None`: as the model was made).

    Raises:
        FloatingPointError: the loss became NaN or infinite.
        ValueError: fewer training images than one batch, another run in `backup_dir`, or a batch, a recipe or data
            that the devices of `distribution` cannot share.
        OSError: `backup_dir` cannot be written.
        ConnectionError: another process of `distribution` is gone. The weights of the model cannot be used then.
    """
    workers = Workers(distribution)
    workers.check(recipe)
    if len(dataset.train.labels) < recipe.batch_size:
        raise ValueError(
            f"A batch needs {recipe.batch_size} training images: got {len(dataset.train.labels)}. Lower `batch_size`."
        )
    run = None
    with in_precision(model, recipe.precision) as precision:
        try:
            run = Run(model, dataset, recipe, backup_dir, verbose, workers)
            run.go_on(after_epoch, keep_backup)
            return {**run.result(keep_backup), "precision": precision}
        except KeyboardInterrupt:
            if run is not None:
                run.progress.say(f"Stopped after step {run.progress.done}. {run.backup.where()}")
            raise
        except RuntimeError as error:
            if workers.lost(error):
                where = run.backup.where() if run is not None and workers.is_first else (
                    "The first process says where the run goes on.")
                raise ConnectionError("Another process of this run is gone, or failed: see what it printed. "
                                      f"{where} Start all processes again, with the same commands.") from error
            raise
        finally:
            if run is not None:
                run.learner.settle()  # a run that is broken off leaves a model that can be used
                run.backup.release()


class Run:
    """One run of `train`, whose arguments it has; `workers` is a `Workers`."""

    def __init__(self, model, dataset, recipe, backup_dir, verbose, workers=None):
        self.workers = workers or Workers()
        self.workers.check_data(dataset)
        self.recipe, self.image_shape = recipe, dataset.train.images.shape[1:]
        num_classes = len(dataset.class_names)
        self.splits = {name: (images, np.eye(num_classes, dtype="float32")[labels]) for name, (images, labels) in
                       (("train", dataset.train), ("validation", dataset.validation), ("test", dataset.test))}
        self.num_images = len(dataset.train.labels)
        self.steps_per_epoch = self.num_images // recipe.batch_size
        self.evaluation_batch = fitting_batch(max(EVALUATION_BATCH, recipe.batch_size // recipe.accumulate),
                                              len(dataset.validation.labels), len(dataset.test.labels))
        self.schedule = Schedule(recipe, self.steps_per_epoch)
        self.learner = Learner(model, recipe, self.workers)
        compile_learner(self.learner, recipe)
        self.backup = Backup(backup_dir if self.workers.is_first else None, time_share=BACKUP_SHARE, run={
            **dataclasses.asdict(recipe), "source": dataset.source, "model": model.name,
            "parameters": model.count_params(),
        })
        verbose = verbose and self.workers.is_first
        self.backup.hold()
        try:
            self.begin(verbose)
        except BaseException:
            self.backup.release()
            raise
        self.learner.take_data(*self.splits["train"])
        self.progress = Progress(self.schedule, recipe.batch_size, self.state["done"], verbose,
                                 self.state.get("speed"))

    def begin(self, verbose):
        """From the start, or from the state in the folder; in all processes as in the first."""
        found = self.backup.read()
        if found is not None:
            self.backup.load_weights(self.learner)
        found = self.workers.said(found)
        self.workers.agree([*self.learner.variables, *self.learner.optimizer.variables])
        self.state = {"done": 0, "seconds": 0.0, "history": {}}
        if found is not None:
            self.state = found
            self.schedule.resume(found["seconds"], found.get("schedule", {}))
            if verbose:
                print(f"going on after step {found['done']}")

    def go_on(self, after_epoch, keep_backup=False):
        """All epochs that are left."""
        while self.schedule.share(self.state["done"]) < 1:
            self.epoch()
            started = self.schedule.seconds()
            validation = self.evaluate("validation")
            self.state["seconds"] = self.schedule.seconds()
            self.note(validation)
            reserve = self.cost_of_the_end(self.state["seconds"] - started)
            self.schedule.fit(self.state["done"], self.state["history"]["seconds"], reserve)
            self.state["schedule"], self.state["speed"] = self.schedule.state(), self.progress.speed()
            at_its_end = self.schedule.share(self.state["done"]) >= 1
            self.backup.write(self.learner, self.state, always=keep_backup and at_its_end)
            if after_epoch is not None and self.workers.is_first:
                after_epoch(self.state["history"])

    def epoch(self):
        """Steps until all images were seen, or the run is over."""
        # Order and augmentation depend on seed and epoch alone: a run that was cut off goes on the same.
        epoch, recipe = self.state["done"] // self.steps_per_epoch, self.recipe
        rng = np.random.default_rng([recipe.seed, epoch])
        order = rng.permutation(self.num_images)
        self.learner.reseed(recipe.seed, epoch)
        self.progress.begin_epoch()
        under_way = collections.deque()
        for place in range(self.steps_per_epoch):
            chosen = order[place * recipe.batch_size : (place + 1) * recipe.batch_size]
            under_way.append(self.step(chosen, rng))
            self.state["done"] += 1
            if len(under_way) > (0 if self.progress.fresh else AHEAD):  # speed is measured after the first step
                self.progress.step(mean_logs(under_way.popleft()))
            if self.schedule.share(self.state["done"]) >= 1:
                break
        for logs in under_way:
            self.progress.step(mean_logs(logs))
        self.learner.settle()

    def step(self, chosen, rng):
        """One step; what its parts report, not read yet."""
        recipe, share = self.recipe, self.schedule.share(self.state["done"])
        self.learner.optimizer.learning_rate = self.schedule.learning_rate(self.state["done"])
        mixing = [None] * recipe.accumulate
        if recipe.mixup or recipe.cutmix:
            probability = recipe.mix_probability if share < recipe.mix_until else 0.0
            drawn = draw_mixing(rng, len(chosen), self.image_shape, recipe.mixup, recipe.cutmix, probability)
            mixing = np.split(drawn, recipe.accumulate)
        return [self.learner.learn(*part) for part in zip(np.split(chosen, recipe.accumulate), mixing)]

    def evaluate(self, name, number=None):
        """`loss` and `accuracy` on a split, or on its first images."""
        return evaluate(self.learner, *(part[:number] for part in self.splits[name]), self.evaluation_batch)

    def cost_of_the_end(self, seconds):
        """Seconds that `result` takes where the validation images take so many."""
        validation, test = (len(self.splits[name][1]) for name in ("validation", "test"))
        return seconds * (2 * validation + test) / validation

    def note(self, validation):
        """Add an epoch to the history."""
        logs = {**self.progress.means.result(), "val_loss": validation["loss"], "val_accuracy": validation["accuracy"],
                "epoch": self.state["done"] / self.steps_per_epoch, "seconds": self.state["seconds"]}
        for name, value in logs.items():
            self.state["history"].setdefault(name, []).append(float(value))
        self.progress.line(logs)

    def result(self, keep_backup=False):
        """What the trained model is worth."""
        self.learner.take_averages()
        sample = len(self.splits["validation"][1])
        train_scores, validation_scores, test_scores = (
            self.evaluate("train", sample), self.evaluate("validation"), self.evaluate("test"))
        if not keep_backup:
            self.backup.delete()
        return {
            "history": self.state["history"],
            "train_accuracy": train_scores["accuracy"],
            "validation_accuracy": validation_scores["accuracy"],
            "test_accuracy": test_scores["accuracy"],
            "test_loss": test_scores["loss"],
            "train_test_gap": train_scores["accuracy"] - test_scores["accuracy"],
            "parameters": self.learner.model.count_params(),
            "steps": self.state["done"],
            "epochs": self.state["done"] / self.steps_per_epoch,
            "seconds": self.state["seconds"],
            "images_per_second": self.progress.images_per_second(),
        }


def mean_logs(parts):
    """One `loss` and `accuracy` for the parts of a batch; this is where a step is waited for."""
    return {name: sum(float(logs[name]) for logs in parts) / len(parts) for name in parts[0]}


def fitting_batch(most, *numbers):
    """A batch size of at most `most` that divides all these numbers, so that only one shape is compiled.

    Where none of at least half of `most` does, `most` itself.
    """
    common = math.gcd(*numbers)
    return next((size for size in range(most, most // 2, -1) if common % size == 0), most)


def evaluate(learner, images, labels, batch_size=EVALUATION_BATCH):
    """`loss` and `accuracy` without augmentation."""
    batches = [slice(start, start + batch_size) for start in range(0, len(labels), batch_size)]
    judged = [learner.judge(images[batch], labels[batch]) for batch in batches]
    means = Means()
    for batch, logs in zip(batches, judged):  # only now is anything waited for
        means.add(logs, len(labels[batch]))
    return means.result()


def logits_of(model, images, batch_size=EVALUATION_BATCH):
    """Logits for many images, batch by batch: NumPy array of shape `(N, num_classes)`."""
    return np.concatenate([
        ops.convert_to_numpy(model(images[start:start + batch_size], training=False))
        for start in range(0, len(images), batch_size)
    ])
