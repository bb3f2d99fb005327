"""What lessons 12 and 13 say of recipes and of recorded runs is computed from them."""

import ast
import math
import re
from pathlib import Path

import pytest

from vit_keras import Recipe

ROOT = Path(__file__).parents[2]


def source(lesson):
    return (ROOT / "notebooks" / "src" / f"{lesson}.py").read_text(encoding="utf-8")


# ---- Lesson 12 ----

def test_both_ends_of_the_lesson_are_those_of_the_ladder(monkeypatch):
    import recipes

    monkeypatch.setenv("VIT_KERAS_PROFILE", "laptop")
    rungs, lesson = recipes.ladder(), source("12_augmentation")
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

@pytest.mark.parametrize("without, with_xla, steps", [
    ((1.0, 0.5), (20.95, 0.4), 200),
    ((1.0, 0.4), (21.0, 0.5), math.inf),
    ((5.0, 0.5), (4.0, 0.4), 0),
])
def test_when_xla_pays_follows_from_the_times(without, with_xla, steps):
    cell = next(cell for cell in re.split(r"(?m)^# %%.*\n", source("13_scaling_up")) if "def pays_after(" in cell)
    function = next(node for node in ast.parse(cell).body if isinstance(node, ast.FunctionDef))
    names = {"math": math}
    exec(ast.unparse(function), names)
    assert names["pays_after"](without, with_xla) == steps
