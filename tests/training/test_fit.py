"""`train`: the same as its parts by hand, to the bit, and after a break; what it looks at, returns and refuses."""

import contextlib
import dataclasses
import json

import keras
import numpy as np
import pytest
from contract import different_weights
from small_runs import RECIPE, new_model, small_dataset, split

from vit_keras import Recipe, Split, logits_of, train
from vit_keras.training import Backup, EpochLine, Learner, should_jit

EVERYTHING = Recipe(epochs=2, batch_size=16, accumulate=2, crop_scale=(0.5, 1.0), trivial_augment=0.5,
                    random_erasing=0.5, mixup=0.3, cutmix=1.0, mix_until=0.8, ema=0.9)
MEAN = dataclasses.replace(RECIPE, ema=0.5)
BARE = dataclasses.replace(RECIPE, crop_padding=0, flip=False)

pytestmark = pytest.mark.usefixtures("eager_steps")


@contextlib.contextmanager
def compiled():
    """Inside, TensorFlow traces its steps after all, as it does outside of these tests."""
    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow

    tensorflow.config.run_functions_eagerly(False)
    yield
    tensorflow.config.run_functions_eagerly(True)


@pytest.fixture(scope="module")
def dataset():
    return small_dataset()


class Run:
    """One undisturbed run, and what the learner was called with: images of every step, of every evaluation."""

    def __init__(self, dataset, folder, patch):
        self.judged, self.told, self.model = [], [], new_model()
        original = Learner.evaluate

        def spied(learner, x=None, *rest, **more):
            self.judged.append(x)
            return original(learner, x, *rest, **more)

        patch.setattr(Learner, "evaluate", spied)
        self.result = train(self.model, dataset, RECIPE, folder, verbose=False,
                            after_epoch=lambda history: self.told.append(len(history["loss"])))


@pytest.fixture(scope="module")
def run(dataset, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch, compiled():
        return Run(dataset, tmp_path_factory.mktemp("run"), patch)


@pytest.fixture(scope="module")
def bare(dataset):
    """The result of a run without augmentation and dropout."""
    return train(new_model(dropout_rate=0.0), dataset, BARE, verbose=False)


def same_weights(one, other):
    for weight, ours, theirs in zip(one.weights, one.get_weights(), other.get_weights()):
        np.testing.assert_array_equal(ours, theirs, err_msg=weight.path)


# ---- Ordinary Keras ----

def test_by_hand_with_compile_and_fit_come_the_same_weights_to_the_bit(run, dataset):
    model = new_model()
    batches = RECIPE.batches(dataset.train)
    learner = Learner(model, RECIPE.augmentation())
    learner.compile(RECIPE.optimizer(RECIPE.steps(batches)), RECIPE.loss(), metrics=["accuracy"],
                    jit_compile=should_jit(model, steps=9))
    with compiled():
        history = learner.fit(batches, epochs=3, validation_data=dataset.validation, shuffle=False, verbose=0,
                              callbacks=RECIPE.callbacks(batches, verbose=False))
        loss, accuracy = learner.evaluate(*dataset.test, verbose=0)
    same_weights(model, run.model)
    assert history.history["val_accuracy"] == run.result["history"]["val_accuracy"]
    assert (accuracy, loss) == pytest.approx((run.result["test_accuracy"], run.result["test_loss"]))


def test_with_everything_on_too(dataset):
    by_hand, short = new_model(stochastic_depth=0.2), new_model(stochastic_depth=0.2)
    train(short, dataset, EVERYTHING, verbose=False)
    batches = EVERYTHING.batches(dataset.train)
    learner = Learner(by_hand, EVERYTHING.augmentation())
    learner.compile(EVERYTHING.optimizer(EVERYTHING.steps(batches)), EVERYTHING.loss(), metrics=["accuracy"],
                    jit_compile=should_jit(by_hand, steps=12))
    learner.fit(batches, epochs=2, shuffle=False, verbose=0, callbacks=EVERYTHING.callbacks(batches, verbose=False))
    same_weights(by_hand, short)


def test_the_mean_of_the_weights_takes_their_place_in_the_end(run, dataset):
    """Of a momentum near one the mean is nearly the start."""
    start, model = new_model(), new_model()
    train(model, dataset, dataclasses.replace(RECIPE, ema=0.999), verbose=False)
    moved, mean = (np.abs(one.get_weights()[0] - start.get_weights()[0]).max() for one in (run.model, model))
    assert 0 < mean < 0.02 * moved


def test_mixing_that_has_ended_is_no_mixing(bare, dataset):
    never = dataclasses.replace(BARE, mixup=0.3, mix_until=0.0)
    ended = train(new_model(dropout_rate=0.0), dataset, never, verbose=False)
    assert ended["history"]["loss"] == pytest.approx(bare["history"]["loss"], rel=1e-4)


# ---- What it returns ----

def test_the_loss_falls(run):
    loss = run.result["history"]["loss"]
    assert loss[0] == pytest.approx(np.log(3), abs=0.15)  # the head starts at zero: three classes, equally likely
    assert loss[-1] < loss[0] - 0.05


def test_the_history_holds_one_value_an_epoch(run):
    history = run.result["history"]
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy", "epoch", "seconds"}
    assert {len(values) for values in history.values()} == {3}
    assert history["epoch"] == [1, 2, 3]
    assert history["seconds"] == sorted(history["seconds"])
    json.dumps(run.result)  # plain numbers


def test_the_run_counts_right(run):
    result = run.result
    assert (result["steps"], result["epochs"]) == (9, 3)
    assert result["parameters"] == run.model.count_params()
    assert result["seconds"] == result["history"]["seconds"][-1] and result["images_per_second"] > 0


def test_the_figures_are_those_of_the_last_step(run, dataset):
    """Counted anew from logits: no augmentation, no dropout, nothing brought back from an earlier epoch."""
    def accuracy(part, number=None):
        return np.mean(logits_of(run.model, part.images[:number]).argmax(1) == part.labels[:number])

    result = run.result
    assert result["test_accuracy"] == pytest.approx(accuracy(dataset.test))
    assert result["validation_accuracy"] == pytest.approx(accuracy(dataset.validation))
    assert result["validation_accuracy"] == pytest.approx(result["history"]["val_accuracy"][-1])
    assert result["train_accuracy"] == pytest.approx(accuracy(dataset.train, len(dataset.validation.labels)))
    assert result["train_test_gap"] == pytest.approx(result["train_accuracy"] - result["test_accuracy"])


def test_the_test_split_is_looked_at_once_at_the_end(run, dataset):
    first = {split.images[0].tobytes(): name for name, split in dataset._splits().items()}
    known = [first[batches[0][0][0].tobytes()] for batches in run.judged]
    assert known == ["validation"] * 3 + ["validation", "test", "train"]


def test_a_batch_in_parts_makes_as_many_steps(bare, dataset):
    parts = train(new_model(dropout_rate=0.0), dataset, dataclasses.replace(BARE, accumulate=4), verbose=False)
    assert bare["steps"] == parts["steps"] == 9
    assert parts["history"]["val_loss"] == pytest.approx(
        bare["history"]["val_loss"], rel=0.05)  # the rate is that of the last part: a little further on


def test_epochs_need_not_be_whole(dataset):
    result = train(new_model(), dataset, dataclasses.replace(RECIPE, epochs=1.4), verbose=False)
    assert result["steps"] == 4 and result["epochs"] == pytest.approx(4 / 3)


def test_a_run_in_bfloat16_says_so_and_gives_the_model_back(run, dataset):
    model = new_model()
    result = train(model, dataset, dataclasses.replace(RECIPE, precision="bfloat16"), verbose=False)
    assert (result["precision"], run.result["precision"], model.compute_dtype) == ("bfloat16", None, "float32")
    losses, exact = result["history"]["loss"], run.result["history"]["loss"]
    assert losses == pytest.approx(exact, abs=0.05) and losses != pytest.approx(exact, abs=1e-6)


def test_history_is_told_after_every_epoch(run):
    assert run.told == [1, 2, 3]


def test_logits_of_many_images_are_those_of_each():
    model, images = different_weights(new_model()), split(7, 5).images
    logits = logits_of(model, images, batch_size=3)
    assert isinstance(logits, np.ndarray) and logits.shape == (7, 3)
    np.testing.assert_allclose(logits, keras.ops.convert_to_numpy(model(images)), atol=1e-5)


# ---- A break ----

def interrupted(epoch, batch):
    """A patch of `EpochLine`: the run is broken off in this step."""
    original = EpochLine.on_train_batch_end

    def on_train_batch_end(line, number, logs=None):
        original(line, number, logs)
        if (line.epoch, number) == (epoch, batch):
            raise KeyboardInterrupt

    return on_train_batch_end


@pytest.mark.parametrize("recipe, depth", [(RECIPE, 0.0), (EVERYTHING, 0.2)], ids=["plain", "everything"])
def test_an_interrupted_run_goes_on_to_the_very_same_weights(dataset, tmp_path, monkeypatch, capsys, recipe, depth):
    peace, broken = new_model(stochastic_depth=depth), new_model(stochastic_depth=depth)
    expected = train(peace, dataset, recipe, verbose=False)
    with monkeypatch.context() as patch:
        patch.setattr(EpochLine, "on_train_batch_end", interrupted(epoch=1, batch=1))
        with pytest.raises(KeyboardInterrupt):
            train(broken, dataset, recipe, tmp_path)
    said = capsys.readouterr().out
    assert f"Stopped after step 2 of epoch 2. Epoch 1 is kept in {tmp_path}: the same call goes on from there." in said
    keras.utils.set_random_seed(99)  # whatever it holds, and whatever is drawn elsewhere, the backup counts
    model = different_weights(new_model(stochastic_depth=depth))
    found = train(model, dataset, recipe, tmp_path, verbose=False)
    same_weights(model, peace)
    for name in ("loss", "accuracy", "val_loss", "val_accuracy", "epoch"):
        assert found["history"][name] == expected["history"][name]
    assert [path.name for path in tmp_path.glob("*.npz")] == []  # a finished run leaves no state


@pytest.mark.parametrize("change, word", [
    (lambda recipe, data, model: (dataclasses.replace(recipe, learning_rate=0.02), data, model), "learning_rate"),
    (lambda recipe, data, model: (recipe, dataclasses.replace(data, source="Other."), model), "source"),
    (lambda recipe, data, model: (recipe, relabelled(data), model), "data"),
    (lambda recipe, data, model: (recipe, repainted(data), model), "data"),
    (lambda recipe, data, model: (recipe, enlarged(data), model), "data"),
    (lambda recipe, data, model: (recipe, data, new_model(dropout_rate=0.2)), "layers"),
    (lambda recipe, data, model: (recipe, data, frozen(model)), "which weights are frozen"),
], ids=["recipe", "source", "labels", "pixels", "images", "model", "frozen"])
def test_another_run_in_the_folder_is_refused_by_name(kept, change, word):
    recipe, data, model = change(MEAN, small_dataset(), new_model())
    with pytest.raises(ValueError, match=rf"holds a run that differs in (.*, )?{word}"):
        train(model, data, recipe, kept[0], verbose=False)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The folder of a finished run, its model and its result."""
    folder, model = tmp_path_factory.mktemp("kept"), new_model()
    return folder, model, train(model, small_dataset(), MEAN, folder, verbose=False, keep_backup=True)


def relabelled(data):
    labels = data.train.labels.copy()
    labels[[0, 1]] = labels[[1, 0]]
    return dataclasses.replace(data, train=Split(data.train.images, labels))


def repainted(data):
    images = data.validation.images.copy()
    images[-1, -1, -1, -1] ^= 1
    return dataclasses.replace(data, validation=Split(images, data.validation.labels))


def enlarged(data):
    return dataclasses.replace(data, test=Split(*(np.concatenate([part, part[:1]]) for part in data.test)))


def frozen(model):
    model.patch_encoder.trainable = False
    return model


def test_a_kept_backup_gives_the_result_again_without_training(kept, dataset, monkeypatch):
    folder, model, result = kept
    assert (folder / "state.npz").is_file()
    monkeypatch.setattr(EpochLine, "on_train_batch_end", lambda *_: pytest.fail("it was trained again"))
    again = different_weights(new_model())
    assert train(again, dataset, MEAN, folder, verbose=False, keep_backup=True) == result
    same_weights(again, model)


def test_two_runs_cannot_have_one_folder(dataset, tmp_path):
    def intrude(history):
        with pytest.raises(ValueError, match="is in use by another run: wait until that one ends"):
            train(new_model(), dataset, RECIPE, tmp_path, verbose=False)

    train(new_model(), dataset, RECIPE, tmp_path, verbose=False, after_epoch=intrude)


def test_a_run_that_fails_at_its_start_gives_the_folder_back(dataset, tmp_path):
    (tmp_path / "state.npz").write_text("no state")
    for _ in range(2):
        with pytest.raises(ValueError, match="Delete the folder to start anew"):
            train(new_model(), dataset, RECIPE, tmp_path)
    backup = Backup(tmp_path)
    backup.hold()
    backup.release()


def test_a_backup_outlives_a_run_by_the_clock(dataset, tmp_path, monkeypatch):
    class Clock:
        """A twentieth of a second passes whenever somebody looks."""
        looks = 0

        def perf_counter(self):
            self.looks += 1
            return self.looks / 20

    monkeypatch.setattr("vit_keras.training.fit.BACKUP_SHARE", 1.0)
    monkeypatch.setattr("vit_keras.training.callbacks.time", Clock())
    recipe = dataclasses.replace(RECIPE, epochs=None, minutes=0.1)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(EpochLine, "on_train_batch_end", interrupted(epoch=2, batch=0))
        train(new_model(), dataset, recipe, tmp_path, verbose=False)
    result = train(new_model(), dataset, recipe, tmp_path, verbose=False)
    assert result["history"]["epoch"][:3] == [1, 2, 3] and 6 <= result["seconds"] < 7


# ---- What it refuses ----

def test_a_loss_that_is_no_number_stops_the_run(dataset):
    wild = dataclasses.replace(RECIPE, learning_rate=1e30, warmup=0.0)
    with pytest.raises(FloatingPointError, match=r"The loss became (nan|inf) at step [23] of epoch 1. Usual causes"):
        train(new_model(), dataset, wild, verbose=False)


def test_data_are_checked_before_anything_is_compiled(dataset, monkeypatch):
    monkeypatch.setattr(Learner, "compile", lambda *_, **__: pytest.fail("it was compiled"))
    wrong = dataclasses.replace(dataset, train=Split(dataset.train.images, dataset.train.labels - 1))
    with pytest.raises(ValueError, match="The train labels must go from 0 to 2, for 3 classes: got -1 to 1"):
        train(new_model(), wrong, RECIPE)


def test_what_xla_is_asked_for_is_what_the_recipe_says(dataset, monkeypatch):
    seen, original = [], Learner.compile
    monkeypatch.setattr(Learner, "compile", lambda self, *rest, jit_compile, **more: (
        seen.append(jit_compile), original(self, *rest, jit_compile=False, **more)))
    model = new_model()
    for choice in (True, "auto"):
        train(model, dataset, dataclasses.replace(RECIPE, epochs=1, jit_compile=choice), verbose=False)
    assert seen == [True, should_jit(model, steps=3)]
