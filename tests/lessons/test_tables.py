"""The tables of recorded results, as lessons show them: on small files made by hand, and on what was recorded."""

import json

import numpy as np
import pytest

from vit_keras.lessons.results import FOLDER
from vit_keras.lessons.tables import known

RUN = {"parameters": 1_234, "epochs": 13.5, "images_per_second": 1063.4, "seconds": 602.2, "train_accuracy": 0.711,
       "validation_accuracy": 0.676, "test_accuracy": 0.67, "train_test_gap": 0.041, "history": {"epoch": [1]}}


def rows(text):
    """The cells of a table, without its head."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.split("\n")[2:]]


def read(result):
    return json.loads((FOLDER / f"{result}.json").read_text(encoding="utf-8"))


# ---- Lessons 0 and 5 ----

@pytest.mark.parametrize("result", ["cifar10_laptop", "cifar100_laptop"])
def test_vit_and_cnn_have_a_row_each_and_a_curve_each(result):
    file = {"runs": {"hybrid": {}, "cnn": {**RUN, "history": {"epoch": [2]}}, "vit": RUN}}
    text, histories = known()[result, "models"](file)
    rows = text.splitlines()[2:]
    assert [row.split("|")[1].strip() for row in rows] == ["ViT", "CNN"] and "| 71.1% | 67.6% | 67.0% |" in rows[0]
    assert histories == {"ViT": {"epoch": [1]}, "CNN": {"epoch": [2]}}


def test_with_muon_every_model_has_a_row():
    text, histories = known()["cifar10_laptop_muon", "models"]({"runs": {"vit": RUN, "cnn": RUN}})
    assert [row[0] for row in rows(text)] == ["ViT", "CNN"] and histories["ViT"] == {"epoch": [1]}


def test_the_probe_of_lesson_0_says_how_many_pictures_it_saw():
    runs = [{"part": "cifar10", "what": f"probe, {kind}", "weights": "DeiT-Ti", "test_accuracy": share}
            for kind, share in (("interpolated", 0.6), ("full size", 0.8765))]
    file = {"runs": runs, "settings": {"cifar10": [2_000, 500, 1_000]}}
    text, accuracy = known()["transfer", "cifar10 probe"](file)
    assert text.splitlines()[2] == "| linear probe on DeiT-Ti | 2,000 | 1,930 | 1,000 | 87.6% |"
    assert accuracy == 0.8765


def test_the_probe_is_as_far_above_the_cnn_as_lesson_0_says():
    transfer, trained = read("transfer"), read("cifar10_laptop")
    _, probe = known()["transfer", "cifar10 probe"](transfer)
    assert round(100 * (probe - trained["runs"]["cnn"]["test_accuracy"])) == 2
    assert transfer["settings"]["cifar10"][0] == 2_000


# ---- Lessons 6 to 8 ----

def record(*runs, **more):
    return {"runs": list(runs), **more}


def test_a_table_of_places_says_what_the_last_one_costs():
    runs = [{"model": "cnn", "condition": "center", "test": {"center": 1.0, "corner": corner}} for corner in (0.5, 0.7)]
    text, tested = known()["inductive_bias_translation", "center"](record(*runs))
    assert text.splitlines()[2] == "| CNN | 100.0% | 60.0% | -40.0 |"
    assert tested == {"CNN": {"center": [1.0, 1.0], "corner": [0.5, 0.7]}}


def test_distances_are_means_of_seeds_and_heads():
    heads = [[[1.0, 3.0], [4.0, 6.0]], [[2.0, 2.0], [4.0, 4.0]]]  # two seeds of two blocks of two heads
    runs = [{"model": "vit", "condition": "center", "attention_distance": {"before": one, "after": one}}
            for one in heads]
    text, reach = known()["inductive_bias_translation", "distance"](record(*runs))
    assert text.splitlines()[2] == "| before training | 2.0 | 4.5 | 1.0 | 6.0 |"
    assert reach["after"].shape == (2, 2, 2)


def test_shuffles_without_an_effect_in_theory_are_italic():
    kinds = {"none": 0.5, "patches": 0.4, "within patches": 0.5, "pixels": 0.3}
    runs = [{"data": data, "model": model, "condition": kind, "test_accuracy": share}
            for data in ("drawn", "cifar10") for model in ("cnn", "mlp", "vit") for kind, share in kinds.items()]
    text, panels = known()["inductive_bias_shuffle", "accuracy"](record(*runs))
    assert "| CIFAR-10, CNN | 50.0% | 40.0% (-10.0) | 50.0% (+0.0) | 30.0% (-20.0) |" in text
    assert "| drawn shapes, ViT | 50.0% | *40.0% (-10.0)* | *50.0% (+0.0)* | 30.0% (-20.0) |" in text
    assert panels["CIFAR-10"]["MLP"]["pixels"] == [0.3]


def test_models_that_saw_as_many_images_stand_beside_each_other():
    tests = {"vit": (0.49, 0.51), "cnn": (0.59, 0.61), "hybrid": (0.54, 0.56), "stem_alone": (0.39, 0.41)}
    runs = [{"model": model, "condition": number, "passes": 30.0, "train_accuracy": 1.0, "test_accuracy": test,
             "parameters": 1000} for model, both in tests.items() for number in (300, 1000) for test in both]
    text, panels = known()["inductive_bias_data_size", "size"](record(*runs))
    # Two seeds each with a deviation of 0.01 sqrt(2): a difference of means has 0.01 sqrt(2), too.
    assert text.splitlines()[2:] == [f"| {number} | 30 | 2 | 100.0% / 50.0% | 100.0% / 60.0% | +10.0 ± 1.4 |"
                                     for number in ("300", "1,000")]
    assert list(panels["CIFAR-10"]) == ["ViT", "CNN"] and panels["CIFAR-10"]["CNN"][300] == [0.59, 0.61]
    text, _ = known()["inductive_bias_data_size", "parts"](record(*runs))
    assert [line.split(" | ")[-2:] for line in text.splitlines()[2:]] == [
        ["50.0%", "+5.0 ± 1.4 |"], ["40.0%", "+15.0 ± 1.4 |"], ["55.0%", " |"]]


def test_changed_and_textured_pictures_are_tabled():
    test = {"occluded": {"0": 0.9, "0.25": 0.4}, "occluded aside": {"0": 0.9, "0.25": 0.3},
            "moved": {"0": 0.9, "4": 0.8, "8": 0.7}}
    file = record(*[{"data": data, "model": model, "test": test}
                    for data in ("drawn", "cifar10") for model in ("vit", "cnn")],
                  *[{"data": "textured", "model": model, "test": {"agree": 1, "by shape": 0.2, "by texture": 0.75}}
                    for model in ("vit", "cnn")])
    text, panels = known()["inductive_bias_robustness", "changes"](file)
    assert text.splitlines()[2] == "| drawn shapes, ViT | 90% | 40% | 30% | 80% | 70% |"
    assert panels["CIFAR-10,\nmoved"]["CNN"] == {0.0: [0.9], 4.0: [0.8], 8.0: [0.7]}
    text, _ = known()["inductive_bias_robustness", "textures"](file)
    assert text.splitlines()[3] == "| CNN | 100% | 20% | 75% |"


def test_a_choice_stands_beside_the_noise_of_photographs_and_seeds():
    runs = [{"variant": name, "test_accuracy": share, "train_accuracy": 0.8, "seconds": 60.0, "parameters": 1000}
            for name, shares in {"base": (0.70, 0.72), "larger": (0.60, 0.62)}.items() for share in shares]
    file = record(*runs, settings={"variants": {"base": [], "larger": []}})
    text, found = known()["cats_vs_dogs_ablation", "choices"](file)
    # Standard error of 75% of 2,000 photographs 0.00968, deviation of two seeds 0.01 sqrt(2), so a mean has 0.01.
    assert found["noise"] == pytest.approx(2 * np.sqrt(2 * (0.75 * 0.25 / 2000 + 0.01**2)))
    assert text.splitlines()[2:] == ["| base | 1,000 | 60 | 80.0% | 71.0% |  |",
                                     "| larger | 1,000 | 60 | 80.0% | 61.0% | -10.0 ± 3.9 |"]


def test_models_side_by_side_keep_their_order():
    text, runs = known()["cats_vs_dogs_laptop", "hybrid"]({"runs": dict.fromkeys(("hybrid", "cnn", "vit"), RUN)})
    assert list(runs) == ["ViT", "CNN", "hybrid"] and text.splitlines()[2].startswith("| ViT | 1,234 | 13.5 |")


# ---- Lessons 9 and 10 ----

def shown(result, name):
    """`(the cells of the table, the values)`."""
    text, values = known()[result, name](read(result))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()], values


@pytest.mark.parametrize("place, part, what", [
    (5, "probe", "probe"), (35, "scratch", "the same model"), (37, "cifar10", "fine-tuning, middle"),
    (45, "finetune", "head of the probe"),
])
def test_numbers_in_the_prose_of_lesson_9_are_of_the_runs_it_means(place, part, what):
    run = read("transfer")["runs"][place]
    assert (run["part"], run["what"]) == (part, what)


def test_the_fine_tuned_model_of_the_prose_is_the_one_that_validation_prefers():
    runs = read("transfer")["runs"]
    tuned = [run for run in runs if run["part"] == "finetune"]
    assert max(tuned, key=lambda run: run["validation_accuracy"]) is runs[45]


def test_the_probe_beside_the_old_head():
    cells, values = shown("transfer", "probe")
    assert cells[2:] == [["ImageNet's head as it is", "0", "87.3%"], ["linear probe", "386", "97.9%"]]
    assert values["linear probe"] == 0.9785


def test_few_photographs_by_method_and_number():
    cells, curves = shown("transfer", "few")
    assert cells[0] == ["mean (draws)", "10 of each class", "100 of each class", "1,000 of each class"]
    assert cells[-1] == ["from scratch", "52.4% (3)", "58.0% (2)", "67.8% (1)"]
    assert len(curves["linear probe"][10]) == 10 and curves["from scratch"][1000] == [0.6784999996423722]


def test_rates_and_frozen_blocks():
    cells, _ = shown("transfer", "rates")
    assert ["all, rate 0.01", "5,524,802", "9", "50.0%", "50.0%"] in cells
    assert ["from block 7 on, rate 0.0001", "2,669,954", "13", "100.0%", "98.7%"] in cells


def test_all_side_by_side():
    cells, accuracies = shown("transfer", "all")
    assert len(cells) == 2 + 6 and accuracies["fine-tuning, head of the probe, rate 1e-05"] == pytest.approx(0.9825)


def test_positions_on_another_grid():
    cells, _ = shown("transfer", "resolution")
    assert ["middle, 112 pixels", "74.7%", "84.0%"] in cells and ["shuffled, 112 pixels", "46.2%", ""] in cells


def test_where_rollout_points_and_what_covering_does():
    cells, covered = shown("looking_inside", "pointing")
    assert cells[2:] == [["before training", "13%", "1.2", "73%"], ["after training", "51%", "4.8", "97%"]]
    assert np.mean(covered["by its own map"]["most looked at"][8]) == pytest.approx(0.2336)


def test_twins_and_cut_models():
    cells, accuracies = shown("looking_inside", "same map")
    assert ["twins", "0.75"] in cells and ["different pictures", "0.32"] in cells
    assert ["classes exchanged", "2%", "0"] in cells and accuracies["last values cut"] == pytest.approx(0.7548)


def test_what_decides_with_a_mark():
    cells, answers = shown("looking_inside", "mark")
    assert cells[2] == ["mark", "100%", "86%", "20%", "0%", "100%", "12.4", "2.5"]
    assert set(answers) == {"mark", "random mark"} and answers["mark"]["by shape"] == [0.0] * 5


# ---- Lessons 11 to 13 ----

def test_decays_are_set_beside_no_decay():
    cases = {"none": 0.0, "as it stands": 1e-4, "converted": 0.1}
    runs = [{"case": case, "test_accuracy": 0.4 + 0.1 * (case == "converted") + shift, "length_after": 50 - 100 * decay}
            for case, decay in cases.items() for shift in (0.0, 0.02)]
    text, accuracy = known()["weight_decay", "cases"]({"settings": {"cases": cases}, "runs": runs})
    # Two seeds 0.02 apart have a deviation of 1.4 points, their means an error of as much.
    assert rows(text)[0] == ["none", "0", "2", "50.0", "41.0%", ""]
    assert rows(text)[2] == ["converted", "0.1", "2", "40.0", "51.0%", "+10.0 ± 1.4"]
    assert accuracy["none"] == pytest.approx([0.4, 0.42])


def test_a_clear_rung_is_bold():
    runs = [{"rung": rung, "test_accuracy": value, "train_accuracy": 0.9}
            for rung, values in {"a": (0.4, 0.42), "b": (0.5, 0.52), "c": (0.51, 0.52)}.items() for value in values]
    text, test = known()["ladder_cifar10", "rungs"]({"settings": {"ladder": {"a": {}, "b": {}, "c": {}, "d": {}}},
                                                    "runs": runs})
    assert [row[-1] for row in rows(text)] == ["", "**+10.0 ± 1.2**", "+0.5 ± 1.2"]
    assert rows(text)[1] == ["b", "2", "90.0%", "51.0%", "**+10.0 ± 1.2**"] and test["d"] == []


def at_rates(best):
    """Runs in which, for each batch, one rate is ten points better than the others, with two seeds."""
    rates = [0.0005 * 2**power for power in range(6)]
    return {"settings": {"batches": list(best), "rates": rates},
            "runs": [{"batch": batch, "rate": rate, "validation_accuracy": 0.5 + 0.1 * (rate == best[batch]) + shift}
                     for batch in best for rate in rates for shift in (0.0, 0.002)]}


def test_the_rules_are_judged_by_what_was_recorded():
    text, accuracy = known()["batch_size", "rates"](at_rates({32: 0.001, 128: 0.002, 512: 0.004}))
    assert rows(text)[0] == ["32", "0.001", "60.1%", *["0.001, the best"] * 3]
    assert rows(text)[1][3:] == ["0.001, -10.0 ± 0.1 points", "0.002, the best", "0.004, -10.0 ± 0.1 points"]
    assert rows(text)[2][4:] == ["0.004, the best", "0.016, -10.0 ± 0.1 points"]
    assert accuracy["batch 512"][0.004] == pytest.approx([0.6, 0.602])


def test_what_is_not_on_the_grid_or_at_its_edge_is_said():
    text, _ = known()["batch_size", "rates"](at_rates({32: 0.008, 512: 0.016}))
    assert rows(text)[1][4] == "0.032, not on the grid" and rows(text)[1][1] == "0.016, at the edge of the grid"


SIZE = {"image_shape": (8, 8, 3), "patch_size": 4, "num_layers": 2, "hidden_dim": 4, "num_heads": 2, "mlp_dim": 6,
        "num_classes": 3}


def test_memory_stands_beside_the_formula():
    # 5 tokens, 2 images; one block with all tokens asking holds 2 * 5 * (8 * 4 + 2 * 6 + 2 * 5) * 4 bytes = 2,160.
    file = {"memory": {"size": SIZE | {"num_layers": 1}, "images": 2,
                       "bytes": {"batch": {"2": 10e6}, "tokens": {"5": 10e6, "10": 40e6}}}}
    text, (measured, counted) = known()["scaling", "memory"](file)
    assert [row[:3] for row in rows(text)] == [["2", "5", "10"], ["2", "5", "10"], ["2", "10", "40"]]
    assert measured == {5: 10.0, 10: 40.0} and list(counted) == [5, 10] and counted[5] < 2160 / 1e6


def test_a_layer_takes_its_products_at_the_rate():
    file = {"precision": {"float32": {"rate": 1e3}},
            "tokens": {"hidden_dim": 4, "mlp_dim": 5, "batch": 1,
                       "seconds": {"attention": {"3": 0.5}, "MLP": {"3": 0.25}}}}
    text, (measured, formulas) = known()["scaling", "tokens"](file)
    assert rows(text) == [["3", "500.0", "250.0"]] and measured["MLP"] == {3: 250.0}
    assert formulas == {"attention": {3: 264.0}, "MLP": {3: 120.0}}  # 4TD² + 2T²D and 2TDM, in thousandths


def test_a_forecast_stands_beside_what_was_measured():
    file = {"epochs": {"small": {"size": SIZE, "batch": 45, "step": 0.03, "predicted": 0.02}}}
    text, _ = known()["scaling", "epochs"](file)
    assert rows(text)[0][2:] == ["30 s", "20 s", "1.5"]


def test_what_is_faster_is_a_ratio_of_times():
    step = {"float32": {"rate": 2.0, "step": 3.0}, "bfloat16": {"rate": 5.0, "step": 2.0}}
    text, _ = known()["scaling", "faster"]({"precision": step, "xla": {"without": {"first": 4.0, "each": 1.0},
                                                                      "with": {"first": 8.0, "each": 0.8}}})
    assert [row[1] for row in rows(text)] == ["2.50", "1.50", "1.25", "0.50"]


def test_devices_are_columns():
    text, _ = known()["scaling", "devices"]({"devices": {"one device": [2.5, 2.0], "two devices": [2.5, 2.1]}})
    assert rows(text) == [["1", "2.50000", "2.50000"], ["2", "2.00000", "2.10000"]]
