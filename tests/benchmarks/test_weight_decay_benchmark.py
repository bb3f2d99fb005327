"""benchmarks/weight_decay.py: three cases that differ in one number, measured in training."""

import json
from pathlib import Path

import numpy as np
import pytest
import runs  # noqa: E402
import weight_decay  # noqa: E402

from vit_keras import Recipe, VisionTransformer


@pytest.fixture(autouse=True)
def smoke(monkeypatch):
    monkeypatch.setenv("VIT_KERAS_PROFILE", "smoke")


def test_the_cases_are_one_decay_in_two_meanings_and_none():
    assert weight_decay.cases() == {"none": 0.0, "as it stands": 1e-4, "converted": pytest.approx(0.1)}


@pytest.mark.parametrize("profile, words, steps", [("laptop", [], 5000), ("gpu", [], 17500)])
def test_the_steps_that_the_manual_promises(monkeypatch, profile, words, steps):
    monkeypatch.setenv("VIT_KERAS_PROFILE", profile)
    options = weight_decay.parse(words)
    recipe = Recipe(1, **weight_decay.settings_of(options)["recipe"])
    assert (options.limit or 45_000) // recipe.batch_size * options.epochs == steps
    assert (recipe.learning_rate, recipe.decay, recipe.warmup, recipe.clip_norm) == (1e-3, False, 0.0, None)


def test_the_length_is_that_of_decayed_weights_alone():
    model = VisionTransformer((8, 12, 3), 4, 1, 8, 2, 8, num_classes=10)
    model.set_weights([np.full(weight.shape, 2.0 if "kernel" in weight.name else 100.0) for weight in model.weights])
    kernels = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights if "kernel" in weight.name)
    assert weight_decay.length(model) == pytest.approx(2 * np.sqrt(kernels))


@pytest.mark.parametrize("case", ["none", "converted"])
def test_a_case_is_really_trained(case):
    settings = weight_decay.settings_of(weight_decay.parse(["--source", "drawn", "--limit", "64", "--epochs", "2"]))
    settings["recipe"]["jit_compile"] = False  # XLA would take most of the time
    settings["cases"]["converted"] = 500.0  # half of every weight in each of eight steps
    found = weight_decay.measure({"case": case, "seed": 1}, settings)
    assert found["steps"] == 8 and 0 <= found["test_accuracy"] <= 1
    share = found["length_after"] / found["length_before"]
    assert share > 0.9 if case == "none" else share < 0.1
    json.dumps(found)


def test_all_runs_are_written(monkeypatch, tmp_path, capsys):
    def in_a_process(script, words, called, threads=None):
        run = json.loads(words[words.index("--one") + 1])
        assert Path(script).name == "weight_decay.py" and weight_decay.parse(words).epochs == 2
        return {"source": "Drawn.", "test_accuracy": 0.4 + 0.02 * run["seed"], "train_accuracy": 0.6, "epochs": 2.0,
                "seconds": 1.0, "length_before": 20.0, "length_after": 15.0 + run["seed"]}

    monkeypatch.setattr(runs, "ROOT", tmp_path)
    monkeypatch.setattr(runs, "in_a_process", in_a_process)
    weight_decay.main(["--source", "drawn", "--epochs", "2", "--seeds", "0", "1", "--record"])
    result = json.loads((tmp_path / "results/weight_decay.json").read_text())
    assert [(run["case"], run["seed"]) for run in result["runs"]] == [
        (case, seed) for seed in (0, 1) for case in ("none", "as it stands", "converted")]
    assert "| as it stands | 0.0001 | 2 | 41.0% | 60.0% | 20.0 to 15.5 |" in capsys.readouterr().out
