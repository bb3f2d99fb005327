"""benchmarks/pipeline_cost.py: what is compared with what, and that every case runs."""

import json

import pipeline_cost  # noqa: E402
import pytest

from vit_keras import Recipe

TINY = {"image_shape": [8, 12, 3], "patch_size": 4, "num_classes": 10, "num_layers": 1, "hidden_dim": 8, "num_heads": 2,
        "mlp_dim": 8}


def test_everything_is_all_that_a_recipe_has():
    everything = {**pipeline_cost.NOTHING, **pipeline_cost.EVERYTHING}
    for name in ("crop_padding", "flip", "trivial_augment", "random_erasing", "mixup", "cutmix", "ema"):
        assert everything[name] and not getattr(Recipe(1, **pipeline_cost.NOTHING), name)
    for changes, _ in pipeline_cost.CASES.values():
        Recipe(1, **{**pipeline_cost.NOTHING, **changes})


def test_cases_are_measured_in_turns():
    order = []

    class Steps:
        def __init__(self, name, cost):
            self.name, self.cost = name, cost

        def seconds(self, number):
            order.append(self.name)
            return number * self.cost

    steps = {"nothing": Steps("nothing", 0.1), "everything": Steps("everything", 0.11)}
    measured = pipeline_cost.in_turns(steps, seconds=1, rounds=2)
    assert order[4:] == ["everything", "nothing", "nothing", "everything"]  # after two calls each to get ready
    assert measured["nothing"] == pytest.approx([0.1, 0.1])
    found = pipeline_cost.ratios(measured, "everything", "nothing")
    assert (found["median"], len(found["rounds"])) == (pytest.approx(1.1), 2)


def test_a_run_measures_and_tells(monkeypatch, tmp_path, capsys):
    for name, (changes, model) in list(pipeline_cost.CASES.items()):
        monkeypatch.setitem(pipeline_cost.CASES, name, ({**changes, "jit_compile": False}, model))
    monkeypatch.setattr(pipeline_cost, "NOTHING", {**pipeline_cost.NOTHING, "jit_compile": False})
    monkeypatch.setitem(pipeline_cost.PRESETS, "tiny", TINY)
    monkeypatch.setattr(pipeline_cost, "ROOT", tmp_path)
    pipeline_cost.main(["--preset", "tiny", "--batch", "4", "--seconds", "0.001", "--rounds", "2", "--record", "cost",
                        "--cases", "everything", "four parts", "bfloat16"])
    result = json.loads((tmp_path / "results/cost.json").read_text())
    assert set(result["seconds_a_step"]) == {"nothing", "everything", "four parts", "bfloat16", "pipeline"}
    assert all(len(values) == 2 and min(values) > 0 for values in result["seconds_a_step"].values())
    assert set(result["beside_nothing"]) == {"everything", "four parts", "bfloat16"}
    share, written = result["pipeline_share"]["median"], capsys.readouterr().out
    assert f"The pipeline is {share:.1%} of a step with everything on" in written
    assert f"| everything | {1000 * sum(result['seconds_a_step']['everything']) / 2:.1f} |" in written


@pytest.mark.parametrize("words", [["--cases", "nothing"], ["--batch", "0"], ["--seconds", "0"]])
def test_wrong_words_are_refused(words):
    with pytest.raises(SystemExit):
        pipeline_cost.parse(words)
