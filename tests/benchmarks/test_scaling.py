"""benchmarks/scaling.py and batch_size.py: every part runs, what is recorded is kept, both rules lie on the grid."""

import json
import os
from pathlib import Path

import batch_size  # noqa: E402
import pytest
import runs  # noqa: E402
import scaling  # noqa: E402

from vit_keras.scaling import multiplications  # noqa: E402


@pytest.fixture(autouse=True)
def smoke(monkeypatch):
    monkeypatch.setenv("VIT_KERAS_PROFILE", "smoke")


def test_a_prediction_is_the_multiplications_over_the_rate():
    found = scaling.one("epochs")["tiny"]
    assert found["predicted"] * found["rate"] == pytest.approx(
        found["batch"] * multiplications(**found["size"], training=True, num_queries=1))
    assert found["step"] > 0


def test_every_time_is_measured():
    tokens = scaling.one("tokens")
    assert {name: list(points) for name, points in tokens["seconds"].items()} == {
        "attention": ["5", "10"], "MLP": ["5", "10"]}
    found = scaling.one("precision")
    assert all(found[name][what] > 0 for name in ("float32", "bfloat16") for what in ("rate", "step"))
    assert "float32 / bfloat16" in scaling.told("precision", found)


def test_xla_is_measured_with_and_without(monkeypatch):
    asked = []

    def step_time(model, recipe):
        from vit_keras.scaling.measured import StepTime

        asked.append(recipe.jit_compile)
        return StepTime(5.0, 1.0 if recipe.jit_compile else 2.0)

    monkeypatch.setattr("vit_keras.scaling.measured.step_time", step_time)
    found = scaling.one("xla")
    assert asked == [False, True] and found["with"] == {"first": 5.0, "each": 1.0}
    assert scaling.told("xla", found) == "without / with: 2.00"


def test_memory_is_asked_for_from_small_to_large(monkeypatch):
    monkeypatch.setattr("vit_keras.scaling.measured.step_memory", lambda cases: [
        case["batch"] // case.get("accumulate", 1) * 1_000_000 * case["size"]["image_shape"][0] for case in cases])
    for profile in ("smoke", "laptop"):
        monkeypatch.setenv("VIT_KERAS_PROFILE", profile)
        for points in scaling.one("memory")["bytes"].values():
            assert list(points.values()) == sorted(points.values())
    monkeypatch.setattr("vit_keras.scaling.measured.step_memory", lambda cases: None)
    assert scaling.told("memory", scaling.one("memory")) == "cannot be measured here"


def test_laptop_sizes_are_models(monkeypatch):
    monkeypatch.setenv("VIT_KERAS_PROFILE", "laptop")
    counts = [multiplications(**size) for size in scaling.sizes().values()]
    assert counts == sorted(counts) and len(counts) == 3


def test_parts_are_kept_and_measured_anew_when_asked_for(monkeypatch, tmp_path, capsys):
    losses = iter([0.5, 0.4])

    def in_a_process(script, words, called):
        assert words == ["--one", called]
        return {"without": {"each": 3.0}, "with": {"each": 1.5}} if called == "xla" else {
            "one device": [next(losses)], "two devices": [0.5]}

    monkeypatch.setattr(runs, "ROOT", tmp_path)
    monkeypatch.setattr(scaling, "in_a_process", in_a_process)
    scaling.main(["--parts", "xla", "devices"])
    scaling.main(["--parts", "devices"])
    result = json.loads((tmp_path / "results/local/scaling_smoke.json").read_text())
    assert result["xla"]["with"] == {"each": 1.5} and result["devices"]["one device"] == [0.4]
    assert len(result["sessions"]) == 2
    printed = capsys.readouterr().out
    assert "xla: without / with: 2.00" in printed and "devices: losses at the end 0.400000, 0.500000" in printed


def test_two_devices_are_asked_for_before_keras_is_there(monkeypatch):
    monkeypatch.setattr(scaling, "has_jax", lambda: True)
    monkeypatch.setitem(scaling.PARTS, "devices", lambda: dict(os.environ))
    for name in scaling.TWO_DEVICES:
        monkeypatch.setenv(name, "")
    assert scaling.TWO_DEVICES.items() <= scaling.one("devices").items()


# ---- Batch size ----

@pytest.mark.parametrize("profile", ["laptop", "gpu"])
def test_both_rules_lie_on_the_grid(monkeypatch, profile):
    monkeypatch.setenv("VIT_KERAS_PROFILE", profile)
    common = batch_size.settings()
    first, *others = common["batches"]
    assert [common["pictures"] % batch for batch in common["batches"]] == [0, 0, 0]  # none leaves pictures out
    for rate in common["rates"][:2]:
        for batch in others:
            for power in (0.5, 1):
                assert any(rate * (batch / first) ** power == pytest.approx(one) for one in common["rates"])


def test_a_pair_is_really_trained():
    found = batch_size.measure({"batch": 32, "rate": 0.001, "seed": 1}, batch_size.settings())
    assert (found["steps"], found["epochs"]) == (2, 1) and 0 <= found["validation_accuracy"] <= 1
    assert found["source"] == "Drawn shapes in the middle: 64 for training, 16 for validation, 32 for the test."
    json.dumps(found)


def test_all_pairs_are_written(monkeypatch, tmp_path, capsys):
    def in_a_process(script, words, called, threads=None):
        run = json.loads(words[words.index("--one") + 1])
        assert Path(script).name == "batch_size.py"
        return {"source": "Drawn.", "test_accuracy": 0.5, "validation_accuracy": 0.4 + 0.1 * (run["batch"] == 16) +
                0.02 * run["seed"], "train_accuracy": 0.6, "parameters": 9, "steps": 2, "epochs": 1.0, "seconds": 1.0}

    monkeypatch.setattr(runs, "ROOT", tmp_path)
    monkeypatch.setattr(runs, "in_a_process", in_a_process)
    batch_size.main(["--seeds", "0", "1"])
    result = json.loads((tmp_path / "results/local/batch_size_smoke.json").read_text())
    assert len(result["runs"]) == 2 * 2 * 2
    printed = capsys.readouterr().out
    assert "| batch | 0.0005 | 0.001 |" in printed and "| 16 | 51.0% | 51.0% |" in printed
    assert "| 32 | 41.0% | 41.0% |" in printed


@pytest.mark.parametrize("words", [["--parts", "speed"], ["--record", "name"]])
def test_wrong_words_are_refused(words):
    with pytest.raises(SystemExit):
        scaling.parse(words)
