"""What lessons 11 and 13 say of recipes and of recorded runs is computed from them."""

import ast
import contextlib
import io
import math
import re
from pathlib import Path

import numpy as np
import pytest

from vit_keras import Recipe
from vit_keras.lessons import gains

ROOT = Path(__file__).parents[2]


def source(lesson):
    return (ROOT / "notebooks" / "src" / f"{lesson}.py").read_text(encoding="utf-8")


# ---- Lesson 11 ----

def test_both_ends_of_the_lesson_are_those_of_the_ladder(monkeypatch):
    import recipes

    monkeypatch.setenv("VIT_KERAS_PROFILE", "laptop")
    rungs, lesson = recipes.ladder(), source("11_training_recipe")
    found = {}
    for line in ast.parse(re.sub(r"^# %%.*$|^# %matplotlib.*$", "", lesson, flags=re.MULTILINE)).body:
        if isinstance(line, ast.Assign) and getattr(line.targets[0], "id", None) in ("start", "goal"):
            found[line.targets[0].id] = ast.literal_eval(line.value)
    assert Recipe(1, **found["start"]) == Recipe(1, **recipes.climbed(rungs, "keras.io")["recipe"])
    top = recipes.climbed(rungs, list(rungs)[-1])
    assert Recipe(1, **found["goal"], precision="auto") == Recipe(1, **top["recipe"])  # that is the machine's affair
    assert "VisionTransformer((32, 32, 3), stochastic_depth=0.1, **size)" in lesson and top["mimetic"]
    assert top["transformer"] == {"dropout_rate": 0.0, "stochastic_depth": 0.1}


# ---- Lesson 13 ----

def cells():
    """The code cells of lesson 13."""
    every = re.split(r"(?m)^# %%", source("13_scaling_up"))[1:]
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
    lesson, readme = source("13_scaling_up"), (ROOT / "benchmarks" / "GPUS.md").read_text(encoding="utf-8")
    commands = [line.split("    #")[0] for line in readme.splitlines() if "--distribute" in line and "run.py" in line]
    assert len(commands) == 3
    for command in commands:
        assert lesson.count(command) >= 2, command  # in both languages
