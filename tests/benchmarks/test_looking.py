"""benchmarks/experiments/looking.py: where maps point is measured as it is called, and no run is repeated."""

import json

import numpy as np
import pytest
import runs
from experiments import looking

from vit_keras.data import COLORS, MARKS

MEASURED = {"source": "Drawn shapes.", "test_accuracy": 0.6, "seconds": 3.0,
            "before": {"lift": {"mean": {"shape": 1.0}}}, "after": {"lift": {"mean": {"shape": 2.0}}}}

pytestmark = pytest.mark.usefixtures("eager_steps")


@pytest.fixture(autouse=True)
def smoke(monkeypatch):
    monkeypatch.setenv("VIT_KERAS_PROFILE", "smoke")


# ---- What is measured ----

def test_the_task_of_shapes_is_measured_with_all_its_counterparts():
    found = looking.measure({"task": "shapes", "seed": 0})
    assert found["answers"]["as it is"] == pytest.approx(found["test_accuracy"])
    assert list(found["covered"]) == ["by its own map", "by the map of the untrained model"]
    for lines in found["covered"].values():
        assert list(lines) == ["most looked at", "any", "least looked at"]
        assert all(points[0] == pytest.approx(found["test_accuracy"]) for points in lines.values())
    for cut in found["broken"].values():
        assert cut["largest change of a map"] < 1e-6  # neither head nor last values are in a map
    assert 0.5 < found["before"]["lift"]["mean"]["shape"] < 2  # untrained: not far from its area
    assert np.shape(found["after"]["heads"]) == (2, 4)  # blocks, heads
    json.dumps(found)


@pytest.mark.parametrize("task", ["mark", "random mark"])
def test_tasks_with_marks_ask_what_decides(task):
    found = looking.measure({"task": task, "seed": 0})
    assert set(found["answers"]) == {"as it is", "shape covered", "mark covered", "by shape", "by mark"}
    assert found["answers"]["by shape"] + found["answers"]["by mark"] <= 1
    assert found["after"]["area"]["mark"] == pytest.approx(1 / 64)


def test_every_run_is_there_once():
    asked = looking.runs_of([0, 1])
    assert len({looking.called(run) for run in asked}) == len(asked) == 6
    assert [run["task"] for run in looking.runs_of([3], ["mark"])] == ["mark"]


# ---- Pictures ----

def marks_of(drawn):
    colors = [list(COLORS[name]) for name in MARKS]
    return [colors.index(image[0, 0].tolist()) for image in drawn.images]


def test_the_mark_says_the_class_or_nothing():
    assert marks_of(looking.pictures("mark", 30, 0)) == \
        looking.pictures("mark", 30, 0).labels.tolist()
    chance = looking.pictures("random mark", 300, 0)
    assert np.mean(np.array(marks_of(chance)) == chance.labels) < 0.35  # a fifth, by chance


def test_pictures_of_all_tasks_show_the_same_shapes():
    plain, marked = (looking.pictures(task, 20, 1) for task in ("shapes", "mark"))
    np.testing.assert_array_equal(plain.images[:, 4:, 4:], marked.images[:, 4:, 4:])


def test_no_shape_lies_under_the_mark():
    masks = looking.pictures("shapes", 500, 0).masks
    assert masks[:, :4, :4].mean() < 0.01


# ---- What is kept ----

def test_runs_are_kept_and_not_repeated(monkeypatch, tmp_path, capsys):
    def in_a_process(script, words, called, threads):
        if json.loads(words[-1])["task"] == "mark":
            raise RuntimeError(f"{called}: no memory")
        return json.loads(json.dumps(MEASURED))

    monkeypatch.setattr(runs, "ROOT", tmp_path)
    monkeypatch.setattr(runs, "in_a_process", in_a_process)
    with pytest.raises(SystemExit, match="1 failed"):
        looking.main(["--tasks", "shapes", "mark"])
    path = tmp_path / "results/local/looking_inside_smoke.json"
    assert [run["task"] for run in json.loads(path.read_text())["runs"]] == ["shapes"]
    monkeypatch.setattr(runs, "in_a_process", lambda *words, **options: json.loads(json.dumps(MEASURED)))
    looking.main(["--tasks", "shapes", "mark"])
    result = json.loads(path.read_text())
    assert [run["task"] for run in result["runs"]] == ["shapes", "mark"] and result["source"] == "Drawn shapes."
    said = capsys.readouterr().out
    assert "mark, seed 0: no memory" in said and "1 runs to do, 1 done before" in said
