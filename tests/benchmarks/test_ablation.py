"""benchmarks/ablation.py: every variant can be built, every run is kept and not repeated."""

import json
from pathlib import Path

import ablation  # noqa: E402
import pytest
import runs  # noqa: E402
from experiments import experiments  # noqa: E402

from vit_keras import Recipe, VisionTransformer

MEASURED = {"source": "Drawn.", "train_accuracy": 0.7, "validation_accuracy": 0.6, "test_accuracy": 0.65,
            "parameters": 100, "steps": 10, "epochs": 0.5, "seconds": 3.0}


@pytest.fixture(autouse=True)
def smoke(monkeypatch):
    monkeypatch.setenv("VIT_KERAS_PROFILE", "smoke")


@pytest.mark.parametrize("variant", ablation.VARIANTS)
def test_a_variant_differs_and_can_be_built(variant):
    experiment, (model_changes, recipe_changes) = experiments()["cats_vs_dogs"], ablation.VARIANTS[variant]
    size, recipe = {**experiment.vit, **model_changes}, {**experiment.recipe, **recipe_changes}
    assert VisionTransformer((112, 112, 3), num_classes=2, **size).count_params() > 0
    changed = size != experiment.vit or Recipe(1, **recipe) != Recipe(1, **experiment.recipe)
    assert changed == (variant != "as recorded")


def test_a_variant_is_really_trained():
    settings = ablation.settings_of(ablation.parse(["--source", "drawn", "--epochs", "0.5"]))
    settings["variants"]["patch 28"][1]["jit_compile"] = False  # XLA would take most of the time
    found = ablation.measure({"variant": "patch 28", "seed": 1}, settings)
    assert set(found) == {"source", *ablation.KEPT} and found["epochs"] == pytest.approx(0.5, rel=0.2)
    size = {**experiments()["cats_vs_dogs"].vit, "patch_size": 28}
    assert found["parameters"] == VisionTransformer((112, 112, 3), num_classes=2, **size).count_params()
    json.dumps(found)


def test_all_runs_are_kept_and_none_is_repeated(monkeypatch, tmp_path, capsys):
    asked = []

    def in_a_process(script, words, called, threads=None):
        run = json.loads(words[words.index("--one") + 1])
        options = ablation.parse(words)
        asked.append((Path(script).name, run["variant"], run["seed"], options.source, options.epochs, threads))
        if len(asked) == 2:
            raise RuntimeError(f"{called}: no.")
        return dict(MEASURED)

    monkeypatch.setattr(runs, "ROOT", tmp_path)
    monkeypatch.setattr(runs, "in_a_process", in_a_process)
    words = ["--variants", "as recorded", "patch 28", "--seeds", "3", "4", "--epochs", "0.5", "--source", "drawn"]
    with pytest.raises(SystemExit, match="1 failed"):
        ablation.main(words)
    ablation.main(words)
    once = [("ablation.py", name, seed, "drawn", 0.5, None) for seed in (3, 4) for name in ("as recorded", "patch 28")]
    assert asked == [*once, once[1]]
    result = json.loads((tmp_path / "results/local/cats_vs_dogs_ablation_smoke.json").read_text())
    assert (result["source"], result["settings"]["epochs"]) == ("Drawn.", 0.5)
    assert sorted((run["variant"], run["seed"]) for run in result["runs"]) == sorted(word[1:3] for word in once)
    written = capsys.readouterr().out
    assert "as recorded, seed 3: test 65.0%, train 70.0%, 0.5 passes, 3 s" in written
    assert "patch 28, seed 3: no." in written


def test_an_unknown_variant_is_refused(capsys):
    with pytest.raises(SystemExit):
        ablation.parse(["--variants", "patch 7"])
    assert "patch 7" in capsys.readouterr().err
