"""benchmarks/ladder.py and recipes.py: every rung adds one ingredient, every run is kept and not repeated."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from vit_keras import Recipe

import ladder  # noqa: E402
import recipes  # noqa: E402
import runs  # noqa: E402
from experiments import experiments  # noqa: E402

from vit_keras import Dataset, Split  # noqa: E402

MEASURED = {"source": "Drawn.", "train_accuracy": 0.7, "validation_accuracy": 0.6, "test_accuracy": 0.65,
            "parameters": 100, "steps": 10, "epochs": 2.0, "seconds": 3.0, "images_per_second": 5.0, "precision": None,
            "curve": {}}


@pytest.fixture(autouse=True)
def smoke(monkeypatch):
    monkeypatch.setenv("VIT_KERAS_PROFILE", "smoke")


def experiment_on(rung):
    return experiments()["cifar10"].changed(recipes.climbed(recipes.ladder(), rung))


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


@pytest.mark.parametrize("rung", ["keras.io", "Muon"])
def test_a_run_is_really_trained(rung):
    options = ladder.parse(["--source", "drawn", "--limit", "70", "--epochs", "1"])
    settings = {**ladder.settings_of(options)}
    for changes in settings["ladder"].values():
        changes.setdefault("recipe", {})["jit_compile"] = False  # XLA would take most of the time
    found = ladder.measure({"rung": rung, "seed": 2}, settings)
    assert set(found) == {*ladder.KEPT, "source", "curve"}
    assert found["epochs"] == 1 and len(found["curve"]["val_accuracy"]) == 1
    json.dumps(found)


def test_all_runs_are_kept_and_none_is_repeated(monkeypatch, tmp_path, capsys):
    asked = []

    def in_a_process(script, words, called, threads=None):
        asked.append((called, threads))
        if called == "moved, seed 1" and len(asked) < 5:
            raise RuntimeError("moved, seed 1: no.")
        run = json.loads(words[words.index("--one") + 1])
        assert words[:words.index("--one")] == ["--data", "cifar10", "--source", "drawn", "--limit", "400",
                                                "--epochs", "2.0"]
        return {**MEASURED, "test_accuracy": 0.5 + 0.1 * (run["rung"] == "moved") + 0.02 * run["seed"]}

    monkeypatch.setattr(runs, "ROOT", tmp_path)
    monkeypatch.setattr(runs, "in_a_process", in_a_process)
    words = ["--source", "drawn", "--epochs", "2", "--rungs", "weight decay", "moved", "--seeds", "0", "1",
             "--jobs", "2"]
    with pytest.raises(SystemExit, match="1 failed"):
        ladder.main(words)
    ladder.main(words)
    assert sorted(asked) == [("moved, seed 0", 1), ("moved, seed 1", 1), ("moved, seed 1", 1),
                             ("weight decay, seed 0", 1), ("weight decay, seed 1", 1)]
    result = json.loads((tmp_path / "results/local/ladder_cifar10_smoke.json").read_text())
    assert len(result["runs"]) == 4 and len(result["sessions"]) == 2
    written = capsys.readouterr().out
    assert "4 runs to do, 0 done before" in written and "1 runs to do, 3 done before" in written
    assert "| weight decay | 2 | 51.0% | 1.4 |  |" in written
    assert "in results/local/ladder_cifar10_smoke.json: 4 runs" in written
    assert "| moved | 2 | 61.0% | 1.4 | +10.0 ± 1.4 |" in written

    with pytest.raises(ValueError, match="must hold runs of the same settings"):
        ladder.main([*words[:3], "3", *words[4:]])  # another budget: another result


def test_a_rung_may_be_added_on_top_and_nowhere_else(tmp_path):
    path = tmp_path / "ladder.json"
    said = {"command": "", "date": "", "git_commit": "", "git_changed": False, "profile": "smoke"}

    def going_on(**settings):
        return runs.going_on(path, {**said, "settings": settings}, grows="ladder")

    path.write_text(json.dumps({**going_on(epochs=2, ladder={"a": 1, "b": 2}), "runs": ["measured"]}))
    found = going_on(epochs=2, ladder={"a": 1, "b": 2, "c": 3})
    assert found["runs"] == ["measured"] and found["settings"]["ladder"] == {"a": 1, "b": 2, "c": 3}
    for epochs, changed in ((2, {"a": 1, "c": 3, "b": 2}), (2, {"a": 1}), (2, {"a": 1, "b": 3}), (3, {"a": 1, "b": 2})):
        with pytest.raises(ValueError, match="must hold runs of the same settings"):
            going_on(epochs=epochs, ladder=changed)


@pytest.mark.parametrize("words, message", [
    (["--rungs", "top"], "invalid choice: 'top'"), (["--data", "cats_vs_dogs"], "invalid choice: 'cats_vs_dogs'"),
    (["--minutes", "1", "--epochs", "1"], "--minutes or --epochs, not both: got 1.0 and 1.0"),
])
def test_wrong_words_are_refused(capsys, words, message):
    with pytest.raises(SystemExit):
        ladder.parse(words)
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
    options = ladder.parse(words)
    assert (options.limit, options.minutes, options.epochs) == expected
    settings, again = ladder.budget_of(options)
    assert ladder.budget_of(ladder.parse(again))[0] == settings  # a process of its own reads the same


def test_the_long_ladder_has_fewer_rungs_and_a_file_of_its_own(monkeypatch, tmp_path):
    asked = []

    def in_a_process(script, words, called, threads=None):
        asked.append((called, ladder.parse(words).epochs))  # as the process of its own reads it
        return dict(MEASURED)

    monkeypatch.setattr(runs, "ROOT", tmp_path)
    monkeypatch.setattr(runs, "in_a_process", in_a_process)
    ladder.main(["--source", "drawn", "--long", "--seeds", "1", "--record"])
    assert asked == [(f"{rung}, seed 1", 4.0) for rung in ladder.LONG]
    assert set(ladder.LONG) < set(recipes.ladder())
    result = json.loads((tmp_path / "results/ladder_cifar10_long.json").read_text())
    assert result["settings"]["epochs"] == 4.0 and len(result["runs"]) == len(ladder.LONG)


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

    few = ladder.load(Numbers(), "real", 200)
    assert [len(split.labels) for split in (few.train, few.validation, few.test)] == [200, 1000, 4000]
    assert set(np.bincount(few.train.labels)) == {20} and np.array_equal(few.train.images[:, 0, 0, 0], few.train.labels)
    assert few.source == "Numbers. Trained on 200 of 9,000, the same for every seed; all test images."
    assert ladder.load(Numbers(), "real", None) is whole and ladder.load(Numbers(), "real", 9000) is whole
