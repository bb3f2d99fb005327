"""What lesson 12 says of the ladder is the ladder of `benchmarks/recipes.py`."""

import ast
import re
from pathlib import Path

from vit_keras import Recipe

ROOT = Path(__file__).parents[2]


def source(lesson):
    return (ROOT / "notebooks" / "src" / f"{lesson}.py").read_text(encoding="utf-8")


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
