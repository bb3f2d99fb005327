"""benchmarks/sweeps.py and recipes.py: every variant differs and is trained, every run is kept and not repeated."""

import ast
import functools
import json
import re
from pathlib import Path

import numpy as np
import pytest
import recipes
import runs
import sweeps

from vit_keras import Dataset, Recipe, Split, VisionTransformer

ROOT = Path(__file__).resolve().parents[2]
RESULTS, LESSON_12 = ROOT / "results", ROOT / "notebooks/src/12_augmentation.py"
MEASURED = {"source": "Drawn.", "train_accuracy": 0.7, "validation_accuracy": 0.6, "test_accuracy": 0.65,
            "parameters": 100, "steps": 10, "epochs": 2.0, "seconds": 3.0, "images_per_second": 5.0, "precision": None,
            "curve": {}, "length_before": 20.0, "length_after": 15.0}

pytestmark = pytest.mark.usefixtures("eager_steps")


@pytest.fixture(autouse=True)
def smoke(monkeypatch):
    monkeypatch.setenv("VIT_KERAS_PROFILE", "smoke")


@pytest.fixture
def measured(monkeypatch, tmp_path):
    """{run as JSON: words} of all that was asked of processes, which answer at once; what differs is in `answers`."""
    asked, answers = [], {}

    def in_a_process(script, words, called, threads=None):
        run = json.loads(words[words.index("--one") + 1])
        asked.append((called, threads, words[:words.index("--one")]))
        assert Path(script).name == "sweeps.py"
        return {**MEASURED, **answers.get("of", lambda run: {})(run)}

    monkeypatch.setattr(runs, "ROOT", tmp_path)
    monkeypatch.setattr(runs, "in_a_process", in_a_process)
    return asked, answers, tmp_path / "results"


# ---- Recipes ----

def experiment_on(rung):
    return recipes.experiments()["cifar10"].changed(recipes.climbed(recipes.ladder(), rung))


@pytest.mark.parametrize("profile", ["smoke", "laptop", "gpu"])
def test_every_rung_is_a_recipe_and_differs_from_the_one_below(monkeypatch, profile):
    monkeypatch.setenv("VIT_KERAS_PROFILE", profile)
    rungs = [experiment_on(rung) for rung in recipes.ladder()]
    made = [(Recipe(1, **rung.recipe), rung.vit, rung.mimetic) for rung in rungs]
    assert all(below != above for below, above in zip(made, made[1:]))
    assert all(below[1].items() <= {**above[1], "dropout_rate": below[1]["dropout_rate"]}.items()
               for below, above in zip(made, made[1:]))  # no rung changes the size of the model


def test_a_rung_stands_on_all_below_it():
    rungs = recipes.ladder()
    assert recipes.climbed(rungs, "keras.io") == rungs["keras.io"]
    middle = recipes.climbed(rungs, "moved")
    assert middle["recipe"] == {**rungs["keras.io"]["recipe"], **rungs["batch and rate"]["recipe"],
                                "warmup": 0.1, "decay": True, "clip_norm": 1.0, "weight_decay": 0.05,
                                "crop_padding": 4}
    top = recipes.climbed(rungs, "Muon")
    assert top["mimetic"] is True and top["transformer"] == {"dropout_rate": 0.0, "stochastic_depth": 0.1}
    assert rungs == recipes.ladder()  # climbing changes nothing
    with pytest.raises(ValueError, match="A rung must be one of keras.io, .*: got 'top'"):
        recipes.climbed(rungs, "top")


def test_named_recipes_are_the_ends_of_the_ladder(monkeypatch):
    found, rungs = recipes.named(), recipes.ladder()
    assert found["keras.io"] == rungs["keras.io"] and found["course"] == {}
    assert found["course-muon"] == {"recipe": {"muon": True}}
    assert {name: found["small-data"][name] for name in ("recipe", "transformer", "mimetic")} == recipes.climbed(
        rungs, "Muon")
    monkeypatch.setenv("VIT_KERAS_PROFILE", "gpu")
    assert recipes.named(6)["small-data"]["recipe"]["crop_padding"] == 6
    assert recipes.named()["small-data"]["vit"]["hidden_dim"] == 384


def test_both_ends_of_lesson_12_are_those_of_the_ladder(monkeypatch):
    monkeypatch.setenv("VIT_KERAS_PROFILE", "laptop")
    rungs, lesson = recipes.ladder(), LESSON_12.read_text(encoding="utf-8")
    found = {}
    for line in ast.parse(re.sub(r"^# %%.*$|^# %matplotlib.*$", "", lesson, flags=re.MULTILINE)).body:
        if isinstance(line, ast.Assign) and getattr(line.targets[0], "id", None) in ("start", "goal"):
            found[line.targets[0].id] = ast.literal_eval(line.value)
    assert Recipe(1, **found["start"]) == Recipe(1, **recipes.climbed(rungs, "keras.io")["recipe"])
    top = recipes.climbed(rungs, list(rungs)[-1])
    assert Recipe(1, **found["goal"], precision="auto") == Recipe(1, **top["recipe"])  # that is the machine's affair
    assert "VisionTransformer((32, 32, 3), stochastic_depth=0.1, **size)" in lesson and top["mimetic"]
    assert top["transformer"] == {"dropout_rate": 0.0, "stochastic_depth": 0.1}


# ---- Variants ----

@pytest.mark.parametrize("variant", sweeps.ABLATION)
def test_a_variant_differs_and_can_be_built(variant):
    base = recipes.experiments()["cats_vs_dogs"]
    changed = sweeps.experiment_of({"variant": variant}, {"variants": sweeps.ABLATION})
    assert VisionTransformer((112, 112, 3), num_classes=2, **changed.vit).count_params() > 0
    differs = changed.vit != base.vit or Recipe(1, **changed.recipe) != Recipe(1, **base.recipe)
    assert differs == (variant != "as recorded")


@pytest.mark.parametrize("profile, steps", [("laptop", 5000), ("gpu", 17500)])
def test_one_decay_in_two_meanings_and_none_for_the_steps_that_the_manual_promises(monkeypatch, profile, steps):
    monkeypatch.setenv("VIT_KERAS_PROFILE", profile)
    options = sweeps.parse(["weight_decay"])
    assert options.settings["cases"] == {"none": 0.0, "as it stands": 1e-4, "converted": pytest.approx(0.1)}
    recipe = Recipe(1, **options.settings["recipe"])
    assert (options.limit or 45_000) // recipe.batch_size * options.epochs == steps
    assert (recipe.learning_rate, recipe.decay, recipe.warmup, recipe.clip_norm) == (1e-3, False, 0.0, None)


@pytest.mark.parametrize("profile", ["laptop", "gpu"])
def test_both_rules_lie_on_the_grid(monkeypatch, profile):
    monkeypatch.setenv("VIT_KERAS_PROFILE", profile)
    common = sweeps.parse(["batch_size"]).settings
    first, *others = common["batches"]
    assert [common["pictures"] % batch for batch in common["batches"]] == [0, 0, 0]  # none leaves pictures out
    for rate in common["rates"][:2]:
        for batch in others:
            for power in (0.5, 1):
                assert any(rate * (batch / first) ** power == pytest.approx(one) for one in common["rates"])


@pytest.mark.parametrize("words", [["ladder"], ["ladder", "--long"], ["weight_decay"], ["ablation"], ["batch_size"]],
                         ids=" ".join)
def test_what_is_recorded_is_gone_on_with(monkeypatch, words):
    """The settings are those of the recorded result, the runs have the names that are in it, and none is missing."""
    monkeypatch.setenv("VIT_KERAS_PROFILE", "laptop")
    options = sweeps.parse(words)
    sweep = sweeps.SWEEPS[options.sweep]
    recorded = json.loads((RESULTS / f"{sweep.result(options)}.json").read_text(encoding="utf-8"))
    assert runs.shortened(options.settings, recorded["settings"], sweep.grows) == recorded["settings"]
    called = functools.partial(sweeps.called, sweep.keys)
    missing = {called(run) for run in options.asked} - {called(run) for run in recorded["runs"]}
    assert {name for name in missing if not sweep.grows} == set()
    assert sweeps.parse(sweeps.again(options)).settings == options.settings  # a process of its own reads the same


# ---- One run ----

@pytest.mark.parametrize("words, run, more", [
    (["ladder", "--limit", "40"], {"rung": "Muon"}, {"images_per_second", "precision", "curve"}),
    (["ablation"], {"variant": "patch 28"}, set()),
    (["batch_size"], {"batch": 32, "rate": 0.001}, set()),
], ids=["ladder", "ablation", "batch_size"])
def test_a_run_is_really_trained(monkeypatch, words, run, more):
    load = recipes.vit_keras.load_cats_vs_dogs
    monkeypatch.setattr(recipes.vit_keras, "load_cats_vs_dogs", lambda source, limit: load(source, limit=40))
    options = sweeps.parse([*words, *(["--source", "drawn", "--epochs", "1"] if words != ["batch_size"] else [])])
    settings = json.loads(json.dumps(options.settings))
    for changes in settings.get("ladder", {}).values():
        changes.setdefault("recipe", {})["jit_compile"] = False  # XLA would take most of the time
    for changes in settings.get("variants", {}).values():
        changes[1].update(jit_compile=False, batch_size=16)
    found = sweeps.measure(sweeps.SWEEPS[options.sweep], {**run, "seed": 2}, settings)
    assert set(found) == {*sweeps.KEPT, "source", *more} and found["epochs"] == 1
    if "variant" in run:
        size = {**recipes.experiments()["cats_vs_dogs"].vit, "patch_size": 28}
        assert found["parameters"] == VisionTransformer((112, 112, 3), num_classes=2, **size).count_params()
    if "batch" in run:
        assert found["steps"] == 2
        assert found["source"] == "Drawn shapes in the middle: 64 for training, 16 for validation, 32 for the test."
    json.dumps(found)


@pytest.mark.parametrize("case", ["none", "converted"])
def test_a_decay_shortens_the_weights(case):
    settings = sweeps.parse(["weight_decay", "--source", "drawn", "--limit", "64", "--epochs", "2"]).settings
    settings["recipe"]["jit_compile"] = False
    settings["cases"]["converted"] = 500.0  # half of every weight in each of eight steps
    found = sweeps.measure(sweeps.SWEEPS["weight_decay"], {"case": case, "seed": 1}, settings)
    assert found["steps"] == 8 and 0 <= found["test_accuracy"] <= 1
    share = found["length_after"] / found["length_before"]
    assert share > 0.9 if case == "none" else share < 0.1


def test_the_length_is_that_of_decayed_weights_alone():
    model = VisionTransformer((8, 12, 3), 4, 1, 8, 2, 8, num_classes=10)
    model.set_weights([np.full(weight.shape, 2.0 if "kernel" in weight.name else 100.0) for weight in model.weights])
    kernels = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights if "kernel" in weight.name)
    assert sweeps.length(model) == pytest.approx(2 * np.sqrt(kernels))


def numbered(size):
    labels = np.arange(size) % 10
    return Split(np.broadcast_to(labels[:, None, None, None], (size, 2, 2, 3)).astype("uint8"), labels.astype("int32"))


def test_fewer_pictures_of_training_and_all_of_the_test(monkeypatch):
    monkeypatch.setenv("VIT_KERAS_PROFILE", "laptop")
    whole = Dataset(numbered(9000), numbered(3000), numbered(4000), tuple("abcdefghij"), "Numbers.")

    class Numbers:
        def load(self, source, limit=None):
            assert (source, limit) == ("real", None)
            return whole

    few = sweeps.load(Numbers(), "real", 200)
    assert [len(split.labels) for split in (few.train, few.validation, few.test)] == [200, 1000, 4000]
    assert set(np.bincount(few.train.labels)) == {20} and np.array_equal(few.train.images[:, 0, 0, 0], few.train.labels)
    assert few.source == "Numbers. Trained on 200 of 9,000, the same for every seed; all test images."
    assert sweeps.load(Numbers(), "real", None) is whole and sweeps.load(Numbers(), "real", 9000) is whole


# ---- What is kept ----

def test_the_ladder_is_kept_and_no_run_is_repeated(measured, capsys):
    asked, answers, results = measured
    broken = [True]

    def of(run):
        if run == {"rung": "moved", "seed": 1} and broken:
            broken.clear()
            raise RuntimeError("moved, seed 1: no.")
        return {"test_accuracy": 0.5 + 0.1 * (run["rung"] == "moved") + 0.02 * run["seed"]}

    answers["of"] = of
    words = ["ladder", "--source", "drawn", "--epochs", "2", "--variants", "weight decay", "moved", "--seeds", "0", "1",
             "--jobs", "2"]
    with pytest.raises(SystemExit, match="1 failed"):
        sweeps.main(words)
    sweeps.main(words)
    assert sorted(called for called, _, _ in asked) == [
        "moved, seed 0", "moved, seed 1", "moved, seed 1", "weight decay, seed 0", "weight decay, seed 1"]
    assert all(threads == 1 and again == ["ladder", "--data", "cifar10", "--source", "drawn", "--limit", "400",
                                          "--epochs", "2.0"] for _, threads, again in asked)
    result = json.loads((results / "local/ladder_cifar10_smoke.json").read_text())
    assert len(result["runs"]) == 4 and len(result["sessions"]) == 2
    assert result["command"].startswith("python benchmarks/sweeps.py ladder --source drawn")
    written = capsys.readouterr().out
    assert "4 runs to do, 0 done before" in written and "1 runs to do, 3 done before" in written
    assert "| weight decay | 2 | 51.0% | 1.4 |  |" in written
    assert "in results/local/ladder_cifar10_smoke.json: 4 runs" in written
    assert "| moved | 2 | 61.0% | 1.4 | +10.0 ± 1.4 |" in written
    with pytest.raises(ValueError, match="must hold runs of the same settings"):
        sweeps.main([*words[:4], "3", *words[5:]])  # another budget: another result


@pytest.mark.parametrize("words, of, runs_in_order, line", [
    (["ablation", "--variants", "as recorded", "patch 28", "--seeds", "3", "4"], lambda run: {},
     [("as recorded", 3), ("patch 28", 3), ("as recorded", 4), ("patch 28", 4)],
     "as recorded, seed 3: test 65.0%, train 70.0%, 2.0 passes, 3 s"),
    (["weight_decay", "--seeds", "0", "1"], lambda run: {"test_accuracy": 0.4 + 0.02 * run["seed"],
                                                         "length_after": 15.0 + run["seed"]},
     [(case, seed) for seed in (0, 1) for case in ("none", "as it stands", "converted")],
     "| as it stands | 0.0001 | 2 | 41.0% | 70.0% | 20.0 to 15.5 |"),
    (["batch_size", "--seeds", "0", "1"],
     lambda run: {"validation_accuracy": 0.4 + 0.1 * (run["batch"] == 16) + 0.02 * run["seed"]},
     [(batch, rate, seed) for seed in (0, 1) for batch in (16, 32) for rate in (0.0005, 0.001)],
     "| 16 | 51.0% | 51.0% |"),
], ids=lambda words: words[0] if isinstance(words, list) else "")
def test_a_sweep_is_written_and_told(measured, capsys, words, of, runs_in_order, line):
    _, answers, results = measured
    answers["of"] = of
    sweeps.main([*words, "--record"])
    path, = results.glob("*.json")
    result = json.loads(path.read_text())
    keys = (*sweeps.SWEEPS[words[0]].keys, "seed")
    assert [tuple(run[key] for key in keys) for run in result["runs"]] == runs_in_order
    assert line in capsys.readouterr().out and result["source"] == "Drawn."


def test_the_long_ladder_has_fewer_rungs_and_a_file_of_its_own(measured):
    asked, _, results = measured
    sweeps.main(["ladder", "--source", "drawn", "--long", "--seeds", "1", "--record"])
    assert [(called, sweeps.parse(again).epochs) for called, _, again in asked] == [
        (f"{rung}, seed 1", 4.0) for rung in sweeps.LONG]
    assert set(sweeps.LONG) < set(recipes.ladder())
    result = json.loads((results / "ladder_cifar10_long.json").read_text())
    assert result["settings"]["epochs"] == 4.0 and len(result["runs"]) == len(sweeps.LONG)


# ---- Command line ----

@pytest.mark.parametrize("words, message", [
    (["ladder", "--variants", "top"], "--variants takes keras.io, "),
    (["ablation", "--variants", "patch 7"], "got patch 7"),
    (["ladder", "--data", "cats_vs_dogs"], "invalid choice: 'cats_vs_dogs'"),
    (["ladder", "--minutes", "1", "--epochs", "1"], "--minutes or --epochs, not both: got 1.0 and 1.0"),
    (["batch_size", "--epochs", "1"], "unrecognized arguments"), (["rates"], "invalid choice: 'rates'"),
])
def test_wrong_words_are_refused(capsys, words, message):
    with pytest.raises(SystemExit):
        sweeps.parse(words)
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("profile, words, expected", [
    ("smoke", [], (400, None, 1.0)),
    ("laptop", [], (2000, None, 36.0)),
    ("laptop", ["--epochs", "3"], (2000, None, 3.0)),
    ("laptop", ["--long"], (2000, None, 144.0)),
    ("laptop", ["--long", "--limit", "50", "--epochs", "3"], (50, None, 12.0)),
    ("laptop", ["--limit", "0", "--minutes", "10"], (None, 10.0, None)),
    ("gpu", [], (None, 10.0, None)),
    ("gpu", ["--limit", "5000"], (5000, 10.0, None)),
    ("gpu", ["--long"], (None, 40.0, None)),
])
def test_the_budget_by_profile(monkeypatch, profile, words, expected):
    monkeypatch.setenv("VIT_KERAS_PROFILE", profile)
    options = sweeps.parse(["ladder", *words])
    assert (options.limit, options.minutes, options.epochs) == expected
    assert sweeps.parse(sweeps.again(options)).settings == options.settings  # a process of its own reads the same
