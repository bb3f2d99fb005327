"""benchmarks/experiments/bias.py: each experiment measures what it says, runs are kept and not repeated."""

import json

import numpy as np
import pytest
import runs
from experiments import bias

MEASURED = {"source": "Drawn.", "train_accuracy": 0.7, "validation_accuracy": 0.6, "test_accuracy": 0.65,
            "parameters": 100, "steps": 4, "seconds": 3.0}

pytestmark = pytest.mark.usefixtures("eager_steps")


@pytest.fixture(autouse=True)
def smoke(monkeypatch):
    monkeypatch.setenv("VIT_KERAS_PROFILE", "smoke")
    bias.whole_cifar10.cache_clear()


def run(data, model, condition):
    return {"data": data, "model": model, "condition": condition, "seed": 0}


# ---- What is measured ----

def test_translation_tests_where_the_shape_was_and_where_it_never_was():
    found = bias.measure("translation", run("drawn", "vit", "center"))
    assert list(found["test"]) == ["center", "anywhere", "corner"]
    assert found["test"]["center"] == pytest.approx(found["test_accuracy"])
    assert np.shape(found["attention_distance"]["after"]) == (1, 2)  # blocks, heads
    assert list(bias.measure("translation", run("drawn", "cnn", "left"))["test"]) == ["left", "right"]


def test_shuffles_and_sizes_are_measured_on_either_data():
    assert "Drawn" in bias.measure("shuffle", run("cifar10", "mlp", "pixels"))["source"]  # no network here
    found = bias.measure("data_size", run("cifar10", "mlp", 20))
    assert (found["steps"], found["passes"]) == (4, 3.2) and "NOT CIFAR-10" in found["source"]
    json.dumps(found)


def test_robustness_counts_what_is_named():
    found = bias.measure("robustness", run("drawn", "mlp", ""))["test"]
    assert {name: len(tests) for name, tests in found.items()} == {"occluded": 5, "occluded aside": 5, "moved": 7}
    assert found["occluded"][0] == found["moved"][0]
    textured = bias.measure("robustness", run("textured", "mlp", ""))["test"]
    assert textured["by shape"] + textured["by texture"] <= 1


@pytest.mark.parametrize("experiment", bias.EXPERIMENTS)
def test_every_run_is_there_once(monkeypatch, experiment):
    monkeypatch.setenv("VIT_KERAS_PROFILE", "laptop")
    asked = bias.runs_of(experiment, [0, 1])
    assert len({bias.called(each) for each in asked}) == len(asked)
    assert [each["seed"] for each in asked] == sorted(each["seed"] for each in asked)
    data = asked[0]["data"]
    some = bias.runs_of(experiment, [0], data=[data], models=["vit"])
    assert some and {(each["data"], each["model"]) for each in some} == {(data, "vit")}


# ---- Pictures ----

@pytest.mark.parametrize("place, rows, columns", [
    ("center", (14, 18), (14, 18)), ("left", (10, 22), (10, 15.5)), ("right", (10, 22), (16.5, 22))])
def test_shapes_are_where_they_are_called(monkeypatch, place, rows, columns):
    asked = {}
    real = bias.draw_shapes
    monkeypatch.setattr(
        bias, "draw_shapes", lambda number, **options: asked.update(options) or real(number, **options))
    bias.at_place(place, 200, 0)
    centers = asked["position"]
    assert columns[0] <= centers[:, 1].min() and centers[:, 1].max() <= columns[1]
    assert rows[0] <= centers[:, 0].min() and centers[:, 0].max() <= rows[1]


def test_training_photographs_are_balanced_and_others_for_each_seed():
    (train, validation, test), _, _ = bias.cifar10(40, 0)
    (other, _, same_test), _, _ = bias.cifar10(40, 1)
    assert np.array_equal(np.bincount(train.labels), [4] * 10)
    assert not np.array_equal(train.images, other.images) and np.array_equal(test.images, same_test.images)


def test_validation_and_test_images_are_no_training_images():
    (train, validation, test), _, _ = bias.drawn(40, 0)
    known = {image.tobytes() for image in train.images}
    assert not any(image.tobytes() in known for split in (validation, test) for image in split.images)
    assert not np.array_equal(validation.images[:20], test.images[:20])


# ---- What is kept ----

def test_runs_are_kept_and_not_repeated(monkeypatch, tmp_path, capsys):
    threads_asked = set()

    def in_a_process(script, words, called, threads):
        threads_asked.add(threads)
        if json.loads(words[-1])["model"] == "vit":
            raise RuntimeError(f"{called}: no memory")
        return dict(MEASURED)

    monkeypatch.setattr(runs, "ROOT", tmp_path)
    monkeypatch.setattr(runs, "in_a_process", in_a_process)
    words = ["translation", "--models", "cnn", "vit", "--jobs", "2"]
    with pytest.raises(SystemExit, match="2 failed"):
        bias.main(words)
    path = tmp_path / "results/local/inductive_bias_translation_smoke.json"
    result = json.loads(path.read_text())
    assert [each["model"] for each in result["runs"]] == ["cnn", "cnn"] and result["source"] == "Drawn."
    assert threads_asked == {1}
    monkeypatch.setattr(runs, "in_a_process", lambda script, words, called, threads: dict(MEASURED))
    bias.main(words)
    result = json.loads(path.read_text())
    assert sorted(each["model"] for each in result["runs"]) == ["cnn", "cnn", "vit", "vit"]
    assert len(result["sessions"]) == 2 and "drawn, vit, left, seed 0: no memory" in capsys.readouterr().out


def test_other_settings_are_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(runs, "ROOT", tmp_path)
    monkeypatch.setattr(runs, "in_a_process", lambda *words, **options: dict(MEASURED))
    bias.main(["data_size", "--models", "vit", "--record"])
    assert (tmp_path / "results/inductive_bias_data_size.json").is_file()
    monkeypatch.setattr(bias, "settings", lambda: {"steps": 5, "seeds": [0], "sizes": [20]})
    with pytest.raises(ValueError, match="runs of the same settings to go on"):
        bias.main(["data_size", "--models", "vit", "--record"])
