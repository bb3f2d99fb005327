"""Lesson 12: typical wrong answers get a hint that helps; what it says of recorded runs is computed from them."""

import ast
import contextlib
import io
import math
import re

import numpy as np
import pytest

pytest.importorskip("jupytext")
from answers import NOTEBOOKS, Solutions  # noqa: E402

from vit_keras.lessons import gains  # noqa: E402

DAYS = "def days(forward, pictures, epochs, devices, peak, utilisation): return "


@pytest.fixture(scope="module")
def solved():
    return Solutions("12_scaling_up")


@pytest.mark.parametrize("answer, hint", [
    ('answer = "A"', "both sides of a patch"),
    ('answer = "B"', "all parts but one"),
    ('answer = "D"', "Only the pairs"),
    ("state_gb = 4 * 304_326_632 / 1e9", "weights alone"),
    ("state_gb = 12 * 304_326_632 / 1e9", "a checkpoint"),
    ("state_gb = 304_326_632 / 1e9", "every device has all weights"),
    ("state_gb = 8 * 304_326_632 / 1e9", "stays in float32"),
    ("batches_an_epoch = 1_281_167 // 64", "global batch"),
    ("batches_an_epoch = 1252", "not full"),
    ("batches_an_epoch = 1_281_167 / 1024", "a whole number"),
    ("sent_gb = 4 * 304_326_632 / 1e9", "nearly twice"),
    ("sent_gb = 8 * 304_326_632 / 1e9", "a little less than 2"),
    ("sent_gb = 15 * 4 * 304_326_632 / 1e9", "A ring does better"),
    ("sent_gb = 4 * 304_326_632 * 30 / 16", "In GB"),
    ("def mean_gradient(g, n): return np.mean(g, axis=0)", "twice as much"),
    ("def mean_gradient(g, n): return np.sum(g, axis=0)", "a sum of means"),
    ("def mean_gradient(g, n): return n @ g", "the sum over pictures"),
    ("def mean_gradient(g, n): return n @ g / len(n)", "not of parts"),
    ("def mean_gradient(g, n): return n[:, None] * g / np.sum(n)", "sum over the parts"),
    ("def largest_batch(memory, parameters, a_picture): return int(memory // a_picture)", "The state has to fit"),
    ("def largest_batch(memory, parameters, a_picture): return int((memory - 4 * parameters) // a_picture)",
     "more is kept than its weight"),
    ("def largest_batch(memory, parameters, a_picture): return round((memory - 16 * parameters) / a_picture)",
     "Round down"),
    ("def largest_batch(memory, parameters, a_picture): return (memory - 16 * parameters) / a_picture",
     "A whole number"),
    ("def largest_batch(memory, parameters, a_picture): return int((memory - 16 * parameters) // a_picture)",
     "not a negative batch"),
    (DAYS + "3 * forward * pictures * epochs / devices / peak / utilisation / 86_400", "comes with an addition"),
    (DAYS + "2 * forward * pictures * epochs / devices / peak / utilisation / 86_400", "forward only"),
    (DAYS + "forward * pictures * epochs / devices / peak / utilisation / 86_400", "and three times forward"),
    (DAYS + "6 * forward * pictures * epochs / devices / peak / 86_400", "takes longer"),
    (DAYS + "6 * forward * pictures * epochs / devices / peak * utilisation / 86_400", "Divide by the utilisation"),
    (DAYS + "6 * forward * pictures * epochs / peak / utilisation / 86_400", "share the pictures"),
    (DAYS + "6 * forward * pictures * epochs / devices / peak / utilisation", "are seconds"),
    (DAYS + "6 * forward * pictures * epochs / devices / peak / utilisation / 3600", "are hours"),
])
def test_a_wrong_answer_gets_its_hint(solved, answer, hint):
    assert hint in solved.say(answer)


@pytest.mark.parametrize("answer", ["answer = None", "sent_gb = None", "mean_gradient = None", "largest_batch = None",
                                    "days = None"])
def test_no_answer_is_no_mistake(solved, answer):
    assert set(solved.say(answer).splitlines()) == {"not answered yet / 아직 답하지 않았어요"}


def test_other_ways_are_right_as_well(solved):
    assert "correct" in solved.say("def mean_gradient(g, n): return np.average(g, axis=0, weights=n)")
    assert solved.say("""def largest_batch(memory, parameters, a_picture):
    batch = 0
    while 16 * parameters + (batch + 1) * a_picture <= memory:
        batch += 1
    return batch""").count("correct") == 2


# ---- Sentences that depend on what was measured ----

def cells():
    """The code cells of the lesson."""
    source = (NOTEBOOKS / "src" / "12_scaling_up.py").read_text(encoding="utf-8")
    every = re.split(r"(?m)^# %%", source)[1:]
    return [cell.split("\n", 1)[1] for cell in every if not cell.startswith(" [markdown]")]


def cell_with(words):
    found = [cell for cell in cells() if words in cell]
    assert len(found) == 1, words
    return found[0]


def said(cell, **names):
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(cell, {"np": np, "math": math, "gains": gains, **names})
    return printed.getvalue()


@pytest.mark.parametrize("without, with_xla, words", [
    ((1.0, 0.5), (20.95, 0.4), "1.25 times as fast with: it has paid off after 200 steps"),
    ((1.0, 0.4), (21.0, 0.5), "0.80 times as fast with: here it does not pay"),
    ((5.0, 0.5), (4.0, 0.4), "it pays at once"),
])
def test_the_verdict_on_xla_follows_from_the_times(without, with_xla, words):
    tree = ast.parse(cell_with("def verdict("))
    names = {"math": math}
    exec(ast.unparse(next(node for node in tree.body if isinstance(node, ast.FunctionDef))), names)
    assert words in names["verdict"](without, with_xla)


def record(best):
    """Runs in which, for each batch, one rate is ten points better than the others, with two seeds."""
    rates = [0.0005 * 2**power for power in range(6)]
    runs = [{"batch": batch, "rate": rate, "seed": seed,
             "validation_accuracy": 0.5 + 0.1 * (rate == best[batch]) + 0.002 * seed}
            for batch in best for rate in rates for seed in (0, 1)]
    return {"settings": {"batches": list(best), "rates": rates}, "runs": runs}


def told(file):
    grid = file["settings"]
    accuracy = {batch: {rate: [run["validation_accuracy"] for run in file["runs"]
                               if (run["batch"], run["rate"]) == (batch, rate)] for rate in grid["rates"]}
                for batch in grid["batches"]}
    return said(cell_with("everything = {"), batch_file=file, grid=grid, accuracy=accuracy)


def test_the_rules_are_judged_by_what_was_recorded():
    text = told(record({32: 0.001, 128: 0.002, 512: 0.004}))
    assert "batch 32: best rate 0.001, 60.1% (mean of 2 seeds)" in text
    assert "square root: 0.002, the best one" in text and "square root: 0.004, the best one" in text
    assert "the same rate: 0.001, -10.0 points beside the best: more than chance" in text
    assert "linear: 0.016, -10.0 points" in text and "edge of the grid" not in text


def test_what_is_not_on_the_grid_or_at_its_edge_is_said():
    text = told(record({32: 0.008, 512: 0.016}))
    assert "square root: 0.032, which is not on the grid" in text
    assert "For batch 512 the best rate is at the edge of the grid" in text


def test_nothing_is_said_where_nothing_was_recorded():
    assert said(cell_with("everything = {"), batch_file=None) == ""


def test_commands_are_those_of_the_readme():
    lesson = (NOTEBOOKS / "src" / "12_scaling_up.py").read_text(encoding="utf-8")
    readme = (NOTEBOOKS.parent / "README.md").read_text(encoding="utf-8")
    commands = [line.split("    #")[0] for line in readme.splitlines() if "--distribute" in line and "run.py" in line]
    assert len(commands) == 3
    for command in commands:
        assert lesson.count(command) >= 2, command  # in both languages
