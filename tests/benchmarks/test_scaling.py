"""benchmarks/experiments/scaling.py: every part runs, what is recorded is kept."""

import json

import pytest
import runs
from experiments import scaling

from vit_keras.scaling import multiplications
from vit_keras.scaling.measured import StepTime

pytestmark = pytest.mark.usefixtures("eager_steps")


@pytest.fixture(autouse=True)
def smoke(monkeypatch):
    monkeypatch.setenv("VIT_KERAS_PROFILE", "smoke")


def measured(part):
    return scaling.PARTS[part]()


def test_a_prediction_is_the_multiplications_over_the_rate():
    found = measured("epochs")["tiny"]
    assert found["predicted"] * found["rate"] == pytest.approx(
        found["batch"] * multiplications(**found["size"], training=True, num_queries=1))
    assert found["step"] > 0


def test_every_time_is_measured():
    tokens = measured("tokens")
    assert {name: list(points) for name, points in tokens["seconds"].items()} == {
        "attention": ["5", "10"], "MLP": ["5", "10"]}
    found = measured("precision")
    assert all(found[name][what] > 0 for name in ("float32", "bfloat16") for what in ("rate", "step"))
    assert "float32 / bfloat16" in scaling.told("precision", found)


def test_xla_is_measured_with_and_without(monkeypatch):
    asked = []

    def step_time(model, recipe):
        asked.append(recipe.jit_compile)
        return StepTime(5.0, 1.0 if recipe.jit_compile else 2.0)

    monkeypatch.setattr(scaling, "step_time", step_time)
    found = measured("xla")
    assert asked == [False, True] and found["with"] == {"first": 5.0, "each": 1.0}
    assert scaling.told("xla", found) == "without / with: 2.00"


def test_memory_is_asked_for_from_small_to_large(monkeypatch):
    monkeypatch.setattr(scaling, "step_memory", lambda cases: [
        case["batch"] // case.get("accumulate", 1) * 1_000_000 * case["size"]["image_shape"][0] for case in cases])
    for profile in ("smoke", "laptop"):
        monkeypatch.setenv("VIT_KERAS_PROFILE", profile)
        for points in measured("memory")["bytes"].values():
            assert list(points.values()) == sorted(points.values())
    monkeypatch.setattr(scaling, "step_memory", lambda cases: None)
    assert scaling.told("memory", measured("memory")) == "cannot be measured here"


def test_laptop_sizes_are_models(monkeypatch):
    monkeypatch.setenv("VIT_KERAS_PROFILE", "laptop")
    counts = [multiplications(**size) for size in scaling.sizes().values()]
    assert counts == sorted(counts) and len(counts) == 3


def test_parts_are_kept_and_measured_anew_when_asked_for(monkeypatch, tmp_path, capsys):
    losses = iter([0.5, 0.4])

    def in_a_process(script, words, called, **environment):
        assert words == ["--one", called]
        assert environment == (scaling.TWO_DEVICES if called == "devices" else {})
        return {"without": {"each": 3.0}, "with": {"each": 1.5}} if called == "xla" else {
            "one device": [next(losses)], "two devices": [0.5]}

    monkeypatch.setattr(runs, "ROOT", tmp_path)
    monkeypatch.setattr(scaling, "in_a_process", in_a_process)
    monkeypatch.setattr(scaling.importlib.util, "find_spec", lambda name: name == "jax")
    scaling.main(["--parts", "xla", "devices"])
    scaling.main(["--parts", "devices"])
    result = json.loads((tmp_path / "results/local/scaling_smoke.json").read_text())
    assert result["xla"]["with"] == {"each": 1.5} and result["devices"]["one device"] == [0.4]
    assert len(result["sessions"]) == 2
    printed = capsys.readouterr().out
    assert "xla: without / with: 2.00" in printed and "devices: losses at the end 0.400000, 0.500000" in printed


@pytest.mark.parametrize("words", [["--parts", "speed"], ["--record", "name"]])
def test_wrong_words_are_refused(words):
    with pytest.raises(SystemExit):
        scaling.parse(words)
