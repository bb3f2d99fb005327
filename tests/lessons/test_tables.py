"""Recorded results as lessons 11 to 13 show them, on small files made by hand."""

import pytest

from vit_keras.lessons.tables import known


def rows(text):
    """The cells of a table, without its head."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.split("\n")[2:]]


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


def record(best):
    """Runs in which, for each batch, one rate is ten points better than the others, with two seeds."""
    rates = [0.0005 * 2**power for power in range(6)]
    return {"settings": {"batches": list(best), "rates": rates},
            "runs": [{"batch": batch, "rate": rate, "validation_accuracy": 0.5 + 0.1 * (rate == best[batch]) + shift}
                     for batch in best for rate in rates for shift in (0.0, 0.002)]}


def test_the_rules_are_judged_by_what_was_recorded():
    text, accuracy = known()["batch_size", "rates"](record({32: 0.001, 128: 0.002, 512: 0.004}))
    assert rows(text)[0] == ["32", "0.001", "60.1%", *["0.001, the best"] * 3]
    assert rows(text)[1][3:] == ["0.001, -10.0 ± 0.1 points", "0.002, the best", "0.004, -10.0 ± 0.1 points"]
    assert rows(text)[2][4:] == ["0.004, the best", "0.016, -10.0 ± 0.1 points"]
    assert accuracy["batch 512"][0.004] == pytest.approx([0.6, 0.602])


def test_what_is_not_on_the_grid_or_at_its_edge_is_said():
    text, _ = known()["batch_size", "rates"](record({32: 0.008, 512: 0.016}))
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


def test_devices_and_models_are_columns_and_rows():
    text, _ = known()["scaling", "devices"]({"devices": {"one device": [2.5, 2.0], "two devices": [2.5, 2.1]}})
    assert rows(text) == [["1", "2.50000", "2.50000"], ["2", "2.00000", "2.10000"]]
    run = {"parameters": 10, "epochs": 1.0, "images_per_second": 5.0, "seconds": 2.0, "train_accuracy": 0.5,
           "validation_accuracy": 0.5, "test_accuracy": 0.25, "train_test_gap": 0.25, "history": {"epoch": [1.0]}}
    text, histories = known()["cifar10_laptop_muon", "models"]({"runs": {"vit": run, "cnn": run}})
    assert [row[0] for row in rows(text)] == ["ViT", "CNN"] and histories["ViT"] == {"epoch": [1.0]}
