"""The recorded tables of lessons 9 and 10 hold what was recorded, and prose points to the runs that it means."""

import json
from pathlib import Path

import numpy as np
import pytest

from vit_keras.lessons.tables import known

RESULTS = Path(__file__).parents[2] / "results"


def shown(result, name):
    """`(the cells of the table, the values)`."""
    text, values = known()[result, name](json.loads((RESULTS / f"{result}.json").read_text(encoding="utf-8")))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()], values


@pytest.mark.parametrize("place, part, what", [
    (5, "probe", "probe"), (35, "scratch", "the same model"), (37, "cifar10", "fine-tuning, middle"),
    (45, "finetune", "head of the probe"),
])
def test_numbers_in_the_prose_of_lesson_9_are_of_the_runs_it_means(place, part, what):
    run = json.loads((RESULTS / "transfer.json").read_text(encoding="utf-8"))["runs"][place]
    assert (run["part"], run["what"]) == (part, what)


def test_the_fine_tuned_model_of_the_prose_is_the_one_that_validation_prefers():
    runs = json.loads((RESULTS / "transfer.json").read_text(encoding="utf-8"))["runs"]
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
