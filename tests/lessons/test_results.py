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
