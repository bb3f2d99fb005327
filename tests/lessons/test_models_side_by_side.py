"""The recorded tables of lessons 0 and 5, on small records, and what lesson 0 concludes from them."""

import json
from pathlib import Path

import pytest

from vit_keras.lessons import tables

RESULTS = Path(__file__).parents[2] / "results"
RUN = {"parameters": 1_234, "epochs": 13.5, "images_per_second": 1063.4, "seconds": 602.2, "train_accuracy": 0.711,
       "validation_accuracy": 0.676, "test_accuracy": 0.67, "train_test_gap": 0.041, "history": {"epoch": [1]}}


@pytest.mark.parametrize("result", ["cifar10_laptop", "cifar100_laptop"])
def test_vit_and_cnn_have_a_row_each_and_a_curve_each(result):
    file = {"runs": {"hybrid": {}, "cnn": {**RUN, "history": {"epoch": [2]}}, "vit": RUN}}
    text, histories = tables.known()[result, "models"](file)
    rows = text.splitlines()[2:]
    assert [row.split("|")[1].strip() for row in rows] == ["ViT", "CNN"] and "| 71.1% | 67.6% | 67.0% |" in rows[0]
    assert histories == {"ViT": {"epoch": [1]}, "CNN": {"epoch": [2]}}


def test_the_probe_of_lesson_0_says_how_many_pictures_it_saw():
    runs = [{"part": "cifar10", "what": f"probe, {kind}", "weights": "DeiT-Ti", "test_accuracy": share}
            for kind, share in (("interpolated", 0.6), ("full size", 0.8765))]
    file = {"runs": runs, "settings": {"cifar10": [2_000, 500, 1_000]}}
    text, accuracy = tables.known()["transfer", "cifar10 probe"](file)
    assert text.splitlines()[2] == "| linear probe on DeiT-Ti | 2,000 | 1,930 | 1,000 | 87.6% |"
    assert accuracy == 0.8765


def test_the_probe_is_as_far_above_the_cnn_as_lesson_0_says():
    transfer, trained = (json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
                         for name in ("transfer", "cifar10_laptop"))
    _, probe = tables.known()["transfer", "cifar10 probe"](transfer)
    assert round(100 * (probe - trained["runs"]["cnn"]["test_accuracy"])) == 2
    assert transfer["settings"]["cifar10"][0] == 2_000
