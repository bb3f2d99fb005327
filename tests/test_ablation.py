"""benchmarks/ablation.py: every variant can be built, every run is kept, one that fails says which and why."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from vit_keras import Recipe, VisionTransformer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benchmarks"))

import ablation  # noqa: E402
from experiments import experiments  # noqa: E402

MEASURED = {"source": "Drawn.", "train_accuracy": 0.7, "validation_accuracy": 0.6, "test_accuracy": 0.65,
            "parameters": 100, "steps": 10, "seconds": 3.0}


@pytest.mark.parametrize("variant", ablation.VARIANTS)
def test_a_variant_differs_and_can_be_built(monkeypatch, variant):
    monkeypatch.setenv("VIT_KERAS_PROFILE", "smoke")
    experiment, (model_changes, recipe_changes) = experiments()["cats_vs_dogs"], ablation.VARIANTS[variant]
    size, recipe = {**experiment.vit, **model_changes}, {**experiment.recipe, **recipe_changes}
    assert VisionTransformer((112, 112, 3), num_classes=2, **size).count_params() > 0
    changed = size != experiment.vit or Recipe(1, **recipe) != Recipe(1, **experiment.recipe)
    assert changed == (variant != "as recorded")


def test_all_runs_are_kept_with_what_they_are(monkeypatch, tmp_path, capsys):
    asked = []

    def in_a_process(*words):
        asked.append(words)
        return dict(MEASURED)

    monkeypatch.setattr(ablation, "ROOT", tmp_path)
    monkeypatch.setattr(ablation, "in_a_process", in_a_process)
    ablation.main(["--variants", "as recorded", "patch 28", "--seeds", "3", "4", "--epochs", "0.5", "--jobs", "2"])
    result = json.loads((tmp_path / "results/local/cats_vs_dogs_ablation.json").read_text())
    assert (result["source"], result["epochs"]) == ("Drawn.", 0.5)
    assert {name: [run["seed"] for run in runs] for name, runs in result["variants"].items()} == {
        "as recorded": [3, 4], "patch 28": [3, 4]}
    assert sorted(asked) == sorted(("cats_vs_dogs", name, seed, 0.5, 1)
                                   for name in ("as recorded", "patch 28") for seed in (3, 4))
    assert "as recorded, seed 3: test 65.0%, train 70.0%, 3 s" in capsys.readouterr().out


def test_a_run_that_fails_says_which_and_why(monkeypatch):
    failed = subprocess.CompletedProcess([], 1, "", "Traceback\nValueError: no.\n")
    monkeypatch.setattr(ablation.processes.subprocess, "run", lambda *words, **options: failed)
    with pytest.raises(RuntimeError, match="patch 8, seed 1: ValueError: no."):
        ablation.in_a_process("cats_vs_dogs", "patch 8", 1, 2, None)


def test_an_unknown_variant_is_refused(capsys):
    with pytest.raises(SystemExit):
        ablation.parse(["--variants", "patch 7"])
    assert "patch 7" in capsys.readouterr().err
