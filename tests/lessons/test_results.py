"""Recorded results: whose they are, and gains over the rung below, by hand on small numbers."""

import json

import numpy as np
import pytest

from vit_keras.lessons import by_group, gain_table, gains, pooled_deviation, recorded, results, show, tables

FILE = {"source": "Drawn shapes.", "date": "2026-11-28T01:38:16+00:00", "hardware": {"cpu": "Abacus", "cores": 3},
        "runs": [{"seed": 0, "what": "그림"}]}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    return tmp_path


def test_a_file_comes_with_its_data_machine_and_day(folder, capsys):
    (folder / "tiny.json").write_text(json.dumps(FILE, ensure_ascii=False), encoding="utf-8")
    assert recorded("tiny") == FILE
    assert capsys.readouterr().out == "Drawn shapes.\nAbacus, 3 cores, 2026-11-28\n"


def test_what_is_not_here_says_so_in_one_line(folder, capsys):
    assert recorded("tiny") is None
    assert capsys.readouterr().out == ("results/tiny.json is not here: not recorded yet, or only the module is "
                                       "installed.\n")


@pytest.mark.parametrize("content", [b"", b'{"source": "Drawn sha', b"\xff\xfe"])
def test_a_broken_file_is_named(folder, capsys, content):
    (folder / "tiny.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"^results/tiny\.json must be JSON: "):
        recorded("tiny")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", sorted(path.stem for path in results.FOLDER.glob("*.json")))
def test_every_result_of_the_course_can_be_read(name, capsys):
    assert recorded(name)["source"] in capsys.readouterr().out


# ---- Gains ----

def test_the_deviation_is_pooled_over_all_groups():
    groups = {"a": [0.1, 0.3], "b": [0.5, 0.5, 0.8], "c": [0.9], "d": []}
    # Squares 0.02 with one degree of freedom, and 0.06 with two.
    assert pooled_deviation(groups) == pytest.approx(np.sqrt(0.08 / 3))
    assert pooled_deviation({"a": [0.1, 0.3]}) == pytest.approx(np.std([0.1, 0.3], ddof=1))
    assert pooled_deviation({"a": [0.1], "b": []}) is None


def test_a_gain_is_the_difference_to_the_group_before_and_has_its_error():
    first, second, third = gains({"a": [0.50, 0.52], "b": [0.60, 0.62], "c": [0.615]})
    assert (first.gain, first.error, first.clear) == (None, None, False)
    assert (second.mean, second.gain) == (pytest.approx(0.61), pytest.approx(0.10))
    assert second.error == pytest.approx(0.01 * np.sqrt(2)) and second.clear  # deviation 0.0141, two seeds each
    assert third.error == pytest.approx(0.01 * np.sqrt(2) * np.sqrt(1.5)) and not third.clear


def test_a_loss_can_be_clear_as_well():
    assert [one.clear for one in gains({"a": [0.60, 0.61], "b": [0.40, 0.41]})] == [False, True]


def test_behind_a_gap_nothing_is_compared_and_one_seed_says_nothing_of_chance():
    found = gains({"a": [0.5, 0.6], "b": [], "c": [0.7, 0.8]})
    assert [(one.name, one.gain) for one in found] == [("a", None), ("c", None)]
    single = gains({"a": [0.5], "b": [0.7]})[1]
    assert (single.gain, single.error, single.clear) == (pytest.approx(0.2), None, False)


def test_runs_are_grouped_in_the_order_of_the_names():
    runs = [{"rung": "b", "test_accuracy": 0.2}, {"rung": "a", "test_accuracy": 0.1}, {"rung": "b", "test_accuracy": 0}]
    assert by_group(runs, "rung", ["a", "b", "c"]) == {"a": [0.1], "b": [0.2, 0], "c": []}
    assert list(by_group(runs, "rung", ["c", "a"])) == ["c", "a"]


def test_the_table_says_it_in_points():
    lines = gain_table({"a": [0.50, 0.52], "b": [0.60, 0.62], "c": [0.5]}, head="+").splitlines()
    assert lines[0] == "| + | seeds | mean | deviation | gain |"
    assert lines[2] == "| a | 2 | 51.0% | 1.4 |  |"
    assert lines[3] == "| b | 2 | 61.0% | 1.4 | +10.0 ± 1.4 |"
    assert lines[4] == "| c | 1 | 50.0% |  | -11.0 ± 1.7 |"


def test_a_gain_is_never_minus_zero():
    found = gains({"a": [0.5], "b": [0.4999], "c": [0.6], "d": [0.4]})
    assert [one.points for one in found] == ["", "+0.0", "+10.0", "-20.0"]


def test_a_table_is_one_call(folder, capsys, monkeypatch):
    monkeypatch.setitem(tables.known(), ("tiny", "what"), lambda file: ("| what |\n|---|\n| x |", [1, 2]))
    assert show("tiny", "what") == {}
    (folder / "tiny.json").write_text(json.dumps(FILE), encoding="utf-8")
    assert show("tiny", "what") == [1, 2]
    assert "Drawn shapes.\nAbacus" in capsys.readouterr().out
    with pytest.raises(ValueError, match="results/tiny.json has the tables 'what': got 'who'"):
        show("tiny", "who")


# ---- Tables of lessons 6 to 8, on small records ----

def record(*runs, **more):
    return {"runs": list(runs), **more}


def test_a_table_of_places_says_what_the_last_one_costs():
    runs = [{"model": "cnn", "condition": "center", "test": {"center": 1.0, "corner": corner}} for corner in (0.5, 0.7)]
    text, tested = tables.known()["inductive_bias_translation", "center"](record(*runs))
    assert text.splitlines()[2] == "| CNN | 100.0% | 60.0% | -40.0 |"
    assert tested == {"CNN": {"center": [1.0, 1.0], "corner": [0.5, 0.7]}}


def test_distances_are_means_of_seeds_and_heads():
    heads = [[[1.0, 3.0], [4.0, 6.0]], [[2.0, 2.0], [4.0, 4.0]]]  # two seeds of two blocks of two heads
    runs = [{"model": "vit", "condition": "center", "attention_distance": {"before": one, "after": one}}
            for one in heads]
    text, reach = tables.known()["inductive_bias_translation", "distance"](record(*runs))
    assert text.splitlines()[2] == "| before training | 2.0 | 4.5 | 1.0 | 6.0 |"
    assert reach["after"].shape == (2, 2, 2)


def test_shuffles_without_an_effect_in_theory_are_italic():
    kinds = {"none": 0.5, "patches": 0.4, "within patches": 0.5, "pixels": 0.3}
    runs = [{"data": data, "model": model, "condition": kind, "test_accuracy": share}
            for data in ("drawn", "cifar10") for model in ("cnn", "mlp", "vit") for kind, share in kinds.items()]
    text, panels = tables.known()["inductive_bias_shuffle", "accuracy"](record(*runs))
    assert "| CIFAR-10, CNN | 50.0% | 40.0% (-10.0) | 50.0% (+0.0) | 30.0% (-20.0) |" in text
    assert "| drawn shapes, ViT | 50.0% | *40.0% (-10.0)* | *50.0% (+0.0)* | 30.0% (-20.0) |" in text
    assert panels["CIFAR-10"]["MLP"]["pixels"] == [0.3]


def test_models_that_saw_as_many_images_stand_beside_each_other():
    tests = {"vit": (0.49, 0.51), "cnn": (0.59, 0.61), "hybrid": (0.54, 0.56), "stem_alone": (0.39, 0.41)}
    runs = [{"model": model, "condition": number, "passes": 30.0, "train_accuracy": 1.0, "test_accuracy": test,
             "parameters": 1000} for model, both in tests.items() for number in (300, 1000) for test in both]
    text, panels = tables.known()["inductive_bias_data_size", "size"](record(*runs))
    # Two seeds each with a deviation of 0.01 sqrt(2): a difference of means has 0.01 sqrt(2), too.
    assert text.splitlines()[2:] == [f"| {number} | 30 | 2 | 100.0% / 50.0% | 100.0% / 60.0% | +10.0 ± 1.4 |"
                                     for number in ("300", "1,000")]
    assert list(panels["CIFAR-10"]) == ["ViT", "CNN"] and panels["CIFAR-10"]["CNN"][300] == [0.59, 0.61]
    text, _ = tables.known()["inductive_bias_data_size", "parts"](record(*runs))
    assert [line.split(" | ")[-2:] for line in text.splitlines()[2:]] == [
        ["50.0%", "+5.0 ± 1.4 |"], ["40.0%", "+15.0 ± 1.4 |"], ["55.0%", " |"]]


def test_changed_and_textured_pictures_are_tabled():
    test = {"occluded": {"0": 0.9, "0.25": 0.4}, "occluded aside": {"0": 0.9, "0.25": 0.3},
            "moved": {"0": 0.9, "4": 0.8, "8": 0.7}}
    file = record(*[{"data": data, "model": model, "test": test}
                    for data in ("drawn", "cifar10") for model in ("vit", "cnn")],
                  *[{"data": "textured", "model": model, "test": {"agree": 1, "by shape": 0.2, "by texture": 0.75}}
                    for model in ("vit", "cnn")])
    text, panels = tables.known()["inductive_bias_robustness", "changes"](file)
    assert text.splitlines()[2] == "| drawn shapes, ViT | 90% | 40% | 30% | 80% | 70% |"
    assert panels["CIFAR-10,\nmoved"]["CNN"] == {0.0: [0.9], 4.0: [0.8], 8.0: [0.7]}
    text, _ = tables.known()["inductive_bias_robustness", "textures"](file)
    assert text.splitlines()[3] == "| CNN | 100% | 20% | 75% |"


def test_a_choice_stands_beside_the_noise_of_photographs_and_seeds():
    runs = [{"variant": name, "test_accuracy": share, "train_accuracy": 0.8, "seconds": 60.0, "parameters": 1000}
            for name, shares in {"base": (0.70, 0.72), "larger": (0.60, 0.62)}.items() for share in shares]
    file = record(*runs, settings={"variants": {"base": [], "larger": []}})
    text, found = tables.known()["cats_vs_dogs_ablation", "choices"](file)
    # Standard error of 75% of 2,000 photographs 0.00968, deviation of two seeds 0.01 sqrt(2), so a mean has 0.01.
    assert found["noise"] == pytest.approx(2 * np.sqrt(2 * (0.75 * 0.25 / 2000 + 0.01**2)))
    assert text.splitlines()[2:] == ["| base | 1,000 | 60 | 80.0% | 71.0% |  |",
                                     "| larger | 1,000 | 60 | 80.0% | 61.0% | -10.0 ± 3.9 |"]


def test_models_side_by_side_keep_their_order(folder):
    run = {"parameters": 10, "epochs": 1.0, "images_per_second": 5.0, "seconds": 2.0, "train_accuracy": 0.9,
           "validation_accuracy": 0.8, "test_accuracy": 0.7, "train_test_gap": 0.2}
    text, runs = tables.known()["cats_vs_dogs_laptop", "hybrid"]({"runs": dict.fromkeys(("hybrid", "cnn", "vit"), run)})
    assert list(runs) == ["ViT", "CNN", "hybrid"] and text.splitlines()[2].startswith("| ViT | 10 | 1.0 |")
