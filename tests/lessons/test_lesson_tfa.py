"""The notebook of the lecture's own stack keeps to the rules of all lessons; `run.py test` runs it on that stack."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("jupytext")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")
from answers import Solutions  # noqa: E402

FOLDER = Path(__file__).resolve().parents[2] / "notebooks" / "tfa"
sys.path.insert(0, str(FOLDER.parent))
import build  # noqa: E402
import rules  # noqa: E402

LESSON = "ViT_with_tensorflow_addons"
STEP = "def adamw_step(w, u, learning_rate, weight_decay, kind):\n    return "


def books(name):
    return [nbformat.read(build.target(name, language, FOLDER), as_version=4) for language in build.LANGUAGES]


@pytest.mark.parametrize("name", [LESSON, LESSON + "_solutions"])
def test_it_is_what_its_source_says_and_keeps_to_the_rules(name):
    assert build.differences(FOLDER / "src" / f"{name}.py", FOLDER) == []
    assert rules.problems(name, *books(name)) == []
    assert rules.compared_share(books(name)[0]) >= 0.7  # three cells depend on time and data


def test_solutions_run_every_check():
    assert rules.unsolved(books(LESSON)[0], books(LESSON + "_solutions")[0]) == []


@pytest.fixture(scope="module")
def solved():
    return Solutions(f"../tfa/src/{LESSON}")


@pytest.mark.parametrize("answer, hint", [
    ('answer = "A"', "Are the two formulas"),
    ('answer = "C"', "other way round"),
    ('answer = "D"', "0.9999 ** 10_000"),
    ("decay_for_keras = 0.00005", "that is the trap"),
    ("decay_for_keras = 0.05", "What is the learning rate here"),
    ("decay_for_keras = 0.00005 * 0.0005", "you have to divide"),
    ("decay_for_keras = 10", "The other way round"),
    (STEP + "w - weight_decay * w - learning_rate * u", "Keras multiplies the decay"),
    (STEP + "w - learning_rate * (weight_decay * w + u)", "not multiplied by the rate"),
    (STEP + "w - weight_decay * w - u", "multiplied by the learning rate"),
    (STEP + "w + weight_decay * w - learning_rate * u", "a minus"),
    (STEP + "w - weight_decay * w", "Adam's step is missing"),
])
def test_a_wrong_answer_gets_its_hint(solved, answer, hint):
    assert hint in solved.say(answer)


@pytest.mark.parametrize("answer", ["answer = None", "decay_for_keras = None", "adamw_step = None"])
def test_no_answer_is_no_mistake(solved, answer):
    assert set(solved.say(answer).splitlines()) == {"not answered yet / 아직 답하지 않았어요"}


def test_both_conversions_are_right(solved):
    assert "correct" in solved.say("decay_for_keras = keras_weight_decay(0.00005, learning_rate=0.0005)")
