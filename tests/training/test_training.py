"""The recipe and the loop, on images of 8x12 pixels whose brightest channel is their class."""

import dataclasses
import json

import keras
import numpy as np
import pytest
from contract import different_weights

from vit_keras import Dataset, Recipe, Split, VisionTransformer, create_cnn_classifier, logits_of, train
from vit_keras.training import Schedule, recipe
from vit_keras.training import fit as training
from vit_keras.training.fit import fitting_batch
from vit_keras.training.learner import Learner, compile_learner
from vit_keras.training.progress import Means, Progress

# 50 images in batches of 16: 3 steps an epoch, and two images are left over.
RECIPE = Recipe(epochs=3, batch_size=16, learning_rate=0.01, crop_padding=1, jit_compile=False)


def split(number, seed):
    numbers = np.random.default_rng(seed)
    labels = np.arange(number, dtype="int32") % 3
    images = numbers.integers(0, 100, (number, 8, 12, 3))
    images[np.arange(number), :, :, labels] += 100
    return Split(images.astype("uint8"), labels)


@pytest.fixture(scope="module")
def dataset():
    return Dataset(split(50, 1), split(14, 2), split(11, 3), ("red", "green", "blue"), "Drawn for this test.")


def new_model():
    keras.utils.set_random_seed(4)
    return VisionTransformer((8, 12, 3), (4, 3), 1, 4, 2, 5, 3, dropout_rate=0.1, name="vit")


class Run:
    """One training run that was not disturbed, and which images it learned from and was judged on, batch by batch."""

    def __init__(self, dataset, folder, patch):
        self.calls, self.folder, self.model = [], folder, new_model()

        def spy(name, images_of):
            original = getattr(Learner, name)

            def spied(learner, images, *rest):
                self.calls.append((name, images_of(images)))
                return original(learner, images, *rest)

            patch.setattr(Learner, name, spied)

        spy("learn", lambda chosen: dataset.train.images[chosen])
        spy("judge", lambda images: images)
        self.result = train(self.model, dataset, RECIPE, folder, verbose=False)

    def learned(self):
        """The images learned from, in order: `(epochs, images an epoch, H, W, 3)`."""
        return np.concatenate([images for name, images in self.calls if name == "learn"]).reshape(3, 48, 8, 12, 3)


@pytest.fixture(scope="module")
def run(dataset, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        return Run(dataset, tmp_path_factory.mktemp("run"), patch)


# ---- The recipe ----

@pytest.mark.parametrize("settings, message", [
    ({}, "needs `epochs` or `minutes`, and not both: got epochs=None and minutes=None"),
    ({"epochs": 1, "minutes": 1}, "and not both: got epochs=1 and minutes=1"),
    ({"epochs": 0}, "`epochs` must be positive: got epochs=0"),
    ({"minutes": -1}, "`minutes` must be positive: got minutes=-1"),
    ({"epochs": float("nan")}, "`epochs` must be positive: got epochs=nan"),
    ({"epochs": 1, "batch_size": 0}, "`batch_size` must be positive: got batch_size=0"),
    ({"epochs": 1, "learning_rate": 0}, "`learning_rate` must be positive: got learning_rate=0"),
    ({"epochs": 1, "weight_decay": -0.1}, "`weight_decay` must be 0 or more: got weight_decay=-0.1"),
    ({"epochs": 1, "clip_norm": 0}, "`clip_norm` must be positive, or None for no clipping: got 0"),
    ({"epochs": 1, "warmup": 1.0}, r"`warmup` must lie in \[0, 1\): got warmup=1.0"),
    ({"epochs": 1, "trivial_augment": 1.5}, r"`trivial_augment` must lie in \[0, 1\]: got trivial_augment=1.5"),
    ({"epochs": 1, "random_erasing": -1}, r"`random_erasing` must lie in \[0, 1\]: got random_erasing=-1"),
    ({"epochs": 1, "accumulate": 0}, "`accumulate` must be positive: got accumulate=0"),
    ({"epochs": 1, "accumulate": 3}, "`accumulate` must divide `batch_size`: got accumulate=3 and batch_size=64"),
    ({"epochs": 1, "whole_epochs": True}, "`whole_epochs` fits passes to `minutes`: got none of them"),
    ({"epochs": 1, "precision": "float16"}, "`precision` must be one of None, 'float32', .*: got 'float16'"),
    ({"epochs": float("inf")}, "`epochs` must be a finite number: got epochs=inf"),
    ({"epochs": 1, "weight_decay": float("nan")}, "`weight_decay` must be a finite number: got weight_decay=nan"),
    ({"epochs": 1, "label_smoothing": -0.1}, r"`label_smoothing` must lie in \[0, 1\): got label_smoothing=-0.1"),
])
def test_a_recipe_that_cannot_be_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Recipe(**settings)


def test_a_recipe_cannot_be_changed_after_it_was_named():
    with pytest.raises(dataclasses.FrozenInstanceError):
        RECIPE.epochs = 5


def test_what_is_off_is_not_printed():
    assert repr(Recipe(epochs=2, weight_decay=0.0, flip=False)) == (
        "Recipe(epochs=2, batch_size=64, learning_rate=0.002, warmup=0.1, decay=True, clip_norm=1.0, "
        "label_smoothing=0.1, crop_padding=4, jit_compile='auto')")
    shown = repr(Recipe(epochs=2, trivial_augment=1.0, mixup=0.2, mix_probability=0.5, accumulate=4))
    for word in ("trivial_augment=1.0", "mixup=0.2", "mix_probability=0.5", "accumulate=4"):
        assert word in shown


def learner_of(model, **changes):
    learner = Learner(model, dataclasses.replace(RECIPE, **changes))
    compile_learner(learner, dataclasses.replace(RECIPE, **changes))
    return learner


def step(learner, gradient):
    """One step of the optimizer with this gradient everywhere. Returns {name: (before, after)}."""
    weights = learner.trainable_variables
    before = [keras.ops.convert_to_numpy(weight) for weight in weights]
    learner.optimizer.apply([keras.ops.full(weight.shape, gradient) for weight in weights], weights)
    after = [keras.ops.convert_to_numpy(weight) for weight in weights]
    return {weight.path: pair for weight, *pair in zip(weights, before, after)}


@pytest.mark.parametrize("make", [new_model, lambda: create_cnn_classifier((8, 12, 3), 3, (4, 5), 1)],
                         ids=["vit", "cnn"])
def test_decay_shrinks_kernels_by_rate_times_decay_and_nothing_else(make):
    learner = learner_of(different_weights(make()), warmup=0.0, learning_rate=0.01, weight_decay=0.5)
    kernels = 0
    for path, (before, after) in step(learner, gradient=0.0).items():
        is_kernel = path.endswith("kernel")
        kernels += is_kernel
        np.testing.assert_allclose(after, before * (1 - 0.01 * 0.5) if is_kernel else before, rtol=1e-6, err_msg=path)
    assert kernels >= 5


def test_one_step_of_adamw_by_hand():
    # The first step of Adam goes by the learning rate against the gradient's sign, whatever its size:
    # m / (sqrt(v) + 1e-7) with m = g and v = g * g. Decay comes on top, not through m and v (decoupled).
    learner = learner_of(different_weights(new_model()), warmup=0.0, learning_rate=0.01, weight_decay=0.5)
    for path, (before, after) in step(learner, gradient=-0.25).items():
        decay = 0.01 * 0.5 if path.endswith("kernel") else 0
        np.testing.assert_allclose(after, before * (1 - decay) + 0.01, atol=1e-5, err_msg=path)


def test_the_rate_rises_to_its_peak_and_falls_to_zero():
    schedule = Schedule(Recipe(epochs=10, warmup=0.1, learning_rate=0.02), steps_per_epoch=10)
    rates = [schedule.learning_rate(step) for step in (5, 10, 55, 100)]  # 10 steps of warm-up, 90 of cosine
    np.testing.assert_allclose(rates, [0.01, 0.02, 0.01, 0], atol=1e-7)


def test_the_rate_is_that_of_keras_s_own_cosine():
    schedule = Schedule(Recipe(epochs=10, warmup=0.1, learning_rate=0.02), steps_per_epoch=10)
    keras_s = keras.optimizers.schedules.CosineDecay(0.0, 90, warmup_target=0.02, warmup_steps=10)
    steps = range(1, 100, 7)
    ours = [schedule.learning_rate(step) for step in steps]
    np.testing.assert_allclose(ours, [float(keras_s(step)) for step in steps], atol=1e-7)


def test_without_decay_the_rate_stays_at_its_peak():
    schedule = Schedule(Recipe(epochs=10, warmup=0.1, learning_rate=0.02, decay=False), steps_per_epoch=10)
    assert [schedule.learning_rate(step) for step in (5, 10, 55, 100)] == pytest.approx([0.01, 0.02, 0.02, 0.02])
    constant = Schedule(Recipe(epochs=10, warmup=0.0, learning_rate=0.02, decay=False), steps_per_epoch=10)
    assert constant.learning_rate(0) == 0.02


def test_clipping_is_by_the_norm_of_all_gradients_together():
    assert learner_of(new_model(), clip_norm=0.7).optimizer.global_clipnorm == 0.7
    assert learner_of(new_model(), clip_norm=None).optimizer.global_clipnorm is None


def test_labels_are_smoothed():
    learner = learner_of(new_model(), label_smoothing=0.3)
    # Truth 1, 0, 0 becomes 0.8, 0.1, 0.1; equal logits give every class a third.
    assert float(learner.loss(np.eye(3)[:1], np.zeros((1, 3)))) == pytest.approx(np.log(3), abs=1e-6)
    logits = np.log([[0.5, 0.25, 0.25]])
    expected = -0.8 * np.log(0.5) - 0.2 * np.log(0.25)
    assert float(learner.loss(np.eye(3)[:1], logits)) == pytest.approx(expected, abs=1e-6)


def test_reseeding_decides_augmentation_and_dropout():
    model = different_weights(new_model())
    images = split(7, 5).images
    learner = Learner(model, RECIPE)

    def outputs(*numbers):
        learner.reseed(*numbers)
        return keras.ops.convert_to_numpy(learner(images, training=True))

    np.testing.assert_array_equal(outputs(1, 2), outputs(1, 2))
    assert not np.allclose(outputs(1, 2), outputs(1, 3))


# ---- The run ----

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
    assert result["seconds"] >= result["history"]["seconds"][-1] and result["images_per_second"] > 0


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


def known(split):
    return {image.tobytes() for image in split.images}


def test_the_test_split_is_looked_at_once_at_the_end(run, dataset):
    test = known(dataset.test)
    looked = [number for number, (_, images) in enumerate(run.calls) if any(i.tobytes() in test for i in images)]
    assert looked == [len(run.calls) - 1] and run.calls[-1][0] == "judge"  # 11 images: one batch


def test_it_learns_from_training_images_and_is_judged_on_others(run, dataset):
    train, validation = known(dataset.train), known(dataset.validation)
    assert all(image.tobytes() in train for image in run.learned().reshape(-1, 8, 12, 3))
    after_epochs = [run.calls[number] for number in (3, 7, 11)]  # three steps an epoch, then a look
    assert all(name == "judge" and all(i.tobytes() in validation for i in images) for name, images in after_epochs)


def test_every_epoch_has_its_own_order(run):
    first, second, _ = run.learned()
    assert len({image.tobytes() for image in first}) == 48  # none twice
    assert not np.array_equal(first, second)


def test_a_finished_run_leaves_nothing_in_its_folder(run):
    assert list(run.folder.iterdir()) == []


def test_an_interrupted_run_goes_on_to_the_very_same_weights(run, dataset, tmp_path, monkeypatch, capsys):
    original = Progress.step

    def interrupted(progress, logs):
        if progress.done == 4:  # in the middle of the second epoch
            raise KeyboardInterrupt
        original(progress, logs)

    with monkeypatch.context() as patch:
        patch.setattr(Progress, "step", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(new_model(), dataset, RECIPE, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["state.json", "step_3.weights.h5"]
    assert f"Stopped after step 4. Step 3 is kept in {tmp_path}: the same call goes on" in capsys.readouterr().out

    another = dataclasses.replace(RECIPE, learning_rate=0.02)
    with pytest.raises(ValueError, match="unfinished run that differs in learning_rate"):
        train(new_model(), dataset, another, tmp_path)

    model = different_weights(new_model())  # whatever it holds, the backup counts
    result = train(model, dataset, RECIPE, tmp_path)
    assert "going on after step 3" in capsys.readouterr().out
    for weight, ours, theirs in zip(model.weights, model.get_weights(), run.model.get_weights()):
        np.testing.assert_allclose(ours, theirs, atol=1e-6, err_msg=weight.path)
    for name in ("loss", "accuracy", "val_loss", "val_accuracy", "epoch"):
        assert result["history"][name] == pytest.approx(run.result["history"][name], abs=1e-5)
    assert list(tmp_path.iterdir()) == []


def test_a_kept_backup_gives_the_result_again_without_training(run, dataset, tmp_path, monkeypatch):
    first = train(new_model(), dataset, RECIPE, tmp_path, verbose=False, keep_backup=True)
    assert (tmp_path / "state.json").is_file()
    monkeypatch.setattr(Learner, "learn", lambda *_: pytest.fail("it was trained again"))
    again = train(different_weights(new_model()), dataset, RECIPE, tmp_path, verbose=False)
    assert again == {**first, "history": again["history"]} and again["history"] == first["history"]
    assert first["test_accuracy"] == run.result["test_accuracy"] and again["images_per_second"] > 0
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_fails_at_its_start_gives_the_folder_back(dataset, tmp_path):
    (tmp_path / "state.json").write_text("no state")
    for _ in range(2):
        with pytest.raises(ValueError, match="Delete the folder to start anew"):
            train(new_model(), dataset, RECIPE, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_a_loss_that_is_no_number_stops_the_run(dataset):
    images = dataset.train.images.astype("float32")
    images[7:17, 3, 5, 1] = np.nan
    broken = dataclasses.replace(dataset, train=Split(images, dataset.train.labels))
    with pytest.raises(FloatingPointError, match=r"The loss became nan at step [123]. Usual causes"):
        train(new_model(), broken, RECIPE, verbose=False)


def test_fewer_images_than_a_batch_are_refused(dataset):
    with pytest.raises(ValueError, match="A batch needs 64 training images: got 50. Lower `batch_size`"):
        train(new_model(), dataset, dataclasses.replace(RECIPE, batch_size=64))


# ---- The time budget ----

class Clock:
    """Time as it would pass: 20 seconds to compile, half a second a step, two a validation."""

    def __init__(self, patch, step=0.5):
        self.seconds, self.rates, self.a_step = 0.0, [], step
        patch.setattr(recipe, "time", self)
        patch.setattr(Learner, "learn", lambda learner, *_: self.learn(learner))
        patch.setattr(training, "evaluate", lambda *_: self.validate())

    def perf_counter(self):
        return self.seconds

    def learn(self, learner):
        self.seconds += self.a_step + 20 * (not self.rates)
        self.rates.append(float(keras.ops.convert_to_numpy(learner.optimizer.learning_rate)))
        return {"loss": 1.0, "accuracy": 0.5}

    def validate(self):
        self.seconds += 2
        return {"loss": 1.0, "accuracy": 0.5}


@pytest.mark.parametrize("minutes", [2, 10])
def test_a_budget_in_minutes_is_kept_by_the_clock(dataset, monkeypatch, minutes):
    clock = Clock(monkeypatch)
    recipe = dataclasses.replace(RECIPE, epochs=None, minutes=minutes)
    result = train(new_model(), dataset, recipe, verbose=False)
    # It ends with the step, or the validation, that crosses the line.
    assert 60 * minutes <= result["seconds"] <= 60 * minutes + 0.5 + 2
    assert max(clock.rates) <= recipe.learning_rate and clock.rates[-1] < 0.02 * recipe.learning_rate
    assert len(result["history"]["seconds"]) == len(result["history"]["loss"]) == round(np.ceil(result["epochs"]))


def test_compilation_does_not_use_up_the_warm_up(dataset, monkeypatch):
    clock = Clock(monkeypatch)
    train(new_model(), dataset, dataclasses.replace(RECIPE, epochs=None, minutes=2, warmup=0.2), verbose=False)
    # 20 of 120 seconds are compilation, which would be the whole warm-up.
    assert clock.rates[:2] == pytest.approx([RECIPE.learning_rate * 1e-3] * 2)
    assert 0.02 < clock.rates[2] / RECIPE.learning_rate < 0.04  # half a second of 99.5, of which a fifth is warm-up


@pytest.mark.parametrize("minutes", [2, 10])
def test_whole_epochs_end_within_the_budget(dataset, monkeypatch, minutes):
    clock = Clock(monkeypatch)
    recipe = dataclasses.replace(RECIPE, epochs=None, minutes=minutes, whole_epochs=True)
    result = train(new_model(), dataset, recipe, verbose=False)
    assert result["epochs"] == round(result["epochs"])
    # A pass is 1.5 seconds and 2 of validation; at the end three splits are judged, 2 seconds each at any size.
    assert 60 * minutes - 3.5 <= clock.seconds <= 60 * minutes + 0.5
    assert clock.rates[-1] < 0.02 * recipe.learning_rate  # the rate is at its end as well
    rises = np.diff(clock.rates) >= 0
    assert not rises[rises.argmin():].any()  # up, then down, and no jump back when the passes are planned


def test_whole_epochs_are_dropped_where_the_machine_gets_slower(dataset, monkeypatch):
    clock = Clock(monkeypatch)
    original = Clock.learn

    def slower(clock, learner):
        clock.a_step = 0.5 if len(clock.rates) < 30 else 2.0
        return original(clock, learner)

    monkeypatch.setattr(Clock, "learn", slower)
    recipe = dataclasses.replace(RECIPE, epochs=None, minutes=4, whole_epochs=True)
    result = train(new_model(), dataset, recipe, verbose=False)
    assert result["epochs"] == round(result["epochs"])
    assert 240 - 2 * 8 <= clock.seconds <= 240 + 0.5  # a pass is 8 seconds now


def test_a_plan_may_grow_while_the_rate_still_rises(monkeypatch):
    schedule = Schedule(Recipe(minutes=10, whole_epochs=True, warmup=0.2), steps_per_epoch=5)
    schedule.resume(0.0, {"first_step": 20.0})
    now = [40.0]
    monkeypatch.setattr(schedule, "seconds", lambda: now[0])
    schedule.fit(10, [30.0, 40.0], reserve=10)
    assert schedule.last_step == 10 + 5 * 55  # (600 - 40 - 10) / 10 passes
    now[0] = 45.0
    schedule.fit(15, [40.0, 45.0], reserve=10)  # twice as fast
    assert schedule.last_step == 15 + 5 * 109
    now[0] = 300.0
    schedule.fit(150, [290.0, 292.0], reserve=10)  # faster still, but the rate falls by now
    assert schedule.last_step == 15 + 5 * 109
    schedule.fit(150, [280.0, 290.0], reserve=10)  # slower
    assert schedule.last_step == 150 + 5 * 29


def test_a_plan_outlives_a_break():
    recipe = Recipe(minutes=10, whole_epochs=True)
    schedule = Schedule(recipe, steps_per_epoch=5)
    schedule.resume(100.0, {"first_step": 20.0, "last_step": 40})
    assert schedule.share(10) == 0.25 and schedule.seconds() >= 100
    assert schedule.state() == {"first_step": 20.0, "last_step": 40}
    by_clock = Schedule(Recipe(minutes=10), steps_per_epoch=5)
    by_clock.resume(310.0, {"first_step": 20.0, "last_step": None})
    assert by_clock.share(10) == pytest.approx(0.5, abs=1e-3)  # 290 of 580 seconds


def test_a_budget_too_small_for_anything_still_makes_a_step(dataset, monkeypatch):
    Clock(monkeypatch)
    result = train(new_model(), dataset, dataclasses.replace(RECIPE, epochs=None, minutes=0.01), verbose=False)
    assert result["steps"] == 1


@pytest.mark.parametrize("epochs, steps", [(0.5, 2), (0.01, 1), (4, 12)])
def test_epochs_need_not_be_whole(dataset, monkeypatch, epochs, steps):
    Clock(monkeypatch)
    assert train(new_model(), dataset, dataclasses.replace(RECIPE, epochs=epochs), verbose=False)["steps"] == steps


# ---- What a run tells and keeps ----

def test_history_is_told_after_every_epoch(dataset):
    told = []
    train(new_model(), dataset, RECIPE, verbose=False, after_epoch=lambda history: told.append(len(history["loss"])))
    assert told == [1, 2, 3]


def test_a_run_in_bfloat16_says_so_and_gives_the_model_back(dataset):
    model = new_model()
    result = train(model, dataset, dataclasses.replace(RECIPE, precision="bfloat16"), verbose=False)
    plain = train(new_model(), dataset, RECIPE, verbose=False)
    assert (result["precision"], plain["precision"], model.compute_dtype) == ("bfloat16", None, "float32")
    losses, exact = result["history"]["loss"], plain["history"]["loss"]
    assert losses == pytest.approx(exact, abs=0.05) and losses != pytest.approx(exact, abs=1e-6)


def test_a_batch_in_parts_makes_as_many_steps(dataset):
    recipe = dataclasses.replace(RECIPE, crop_padding=0, flip=False)
    whole, parts = (train(new_model(), dataset, dataclasses.replace(recipe, accumulate=number), verbose=False)
                    for number in (1, 4))
    assert whole["steps"] == parts["steps"] == 9
    assert parts["history"]["loss"][0] == pytest.approx(whole["history"]["loss"][0], abs=0.05)  # dropout differs


@pytest.mark.parametrize("most, numbers, size", [
    (100, (5000, 10_000), 100), (512, (5000, 10_000), 500), (100, (600, 2000), 100), (100, (14, 11), 100),
    (256, (5000, 10_000), 250)])
def test_one_batch_size_fits_all_splits_where_one_does(most, numbers, size):
    assert fitting_batch(most, *numbers) == size


# ---- Smaller things ----

SCHEDULE = Schedule(Recipe(epochs=10), steps_per_epoch=3)  # 30 steps


def test_a_line_an_epoch_tells_accuracy_speed_and_time_left(capsys):
    progress = Progress(SCHEDULE, batch_size=16, done=10)
    progress.training_seconds, progress.counted_steps = 20.0, 10  # 2 s a step of 16 images
    progress.line({"epoch": 1.0, "loss": 1.25, "accuracy": 0.5, "val_accuracy": 0.625})
    assert capsys.readouterr().out == (
        "epoch  1.00  loss 1.250  accuracy  50.0%  validation  62.5%  8 images/s  0:40 left\n"
    )


def test_an_infinite_loss_stops_too():
    progress = Progress(SCHEDULE, 16, done=5, verbose=False)
    with pytest.raises(FloatingPointError, match="The loss became inf at step 6"):
        progress.step({"loss": float("inf")})


def test_means_count_a_batch_by_its_images():
    means = Means()
    means.add({"loss": 1.0, "accuracy": 0.0}, 3)
    means.add({"loss": 2.0, "accuracy": 1.0}, 1)
    assert means.result() == {"loss": 1.25, "accuracy": 0.25}


def test_logits_of_many_images_are_those_of_each():
    model, images = different_weights(new_model()), split(7, 5).images
    logits = logits_of(model, images, batch_size=3)
    assert isinstance(logits, np.ndarray) and logits.shape == (7, 3)
    np.testing.assert_allclose(logits, keras.ops.convert_to_numpy(model(images)), atol=1e-5)
