"""What the exercises say to an answer: a typical mistake gets the hint that helps, and another right way passes.

`answers/` holds a file for each lesson, with lists of answers: WRONG (with words of the hint), RIGHT and UNANSWERED.
"""

import ast
import contextlib
import io
import runpy
from functools import cache
from pathlib import Path

import pytest

pytest.importorskip("jupytext")
from build import assemble  # noqa: E402

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
ANSWERS = {path.stem: runpy.run_path(str(path)) for path in sorted((Path(__file__).parent / "answers").glob("*.py"))}


def cases(kind):
    """Of all lessons."""
    return [pytest.param(lesson, case, id=f"{lesson[:2]}-{number}")
            for lesson, answers in ANSWERS.items() for number, case in enumerate(answers.get(kind, ()))]


@pytest.mark.parametrize("lesson, case", cases("WRONG"))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # 0 / 0 and overflow are what some hints are about
def test_a_wrong_answer_gets_its_hint(lesson, case):
    answer, hint = case
    assert hint in said(lesson, answer)


@pytest.mark.parametrize("lesson, answer", cases("RIGHT"))
def test_another_right_way_is_right(lesson, answer):
    assert set(said(lesson, answer).splitlines()) == {"correct / 정답이에요"}


@pytest.mark.parametrize("lesson, answer", cases("UNANSWERED"))
def test_no_answer_is_no_mistake(lesson, answer):
    assert set(said(lesson, answer).splitlines()) == {"not answered yet / 아직 답하지 않았어요"}


def test_every_lesson_has_its_answers():
    assert sorted(ANSWERS) == sorted(path.stem for path in NOTEBOOKS.rglob("src/solutions/*.py"))


# ---- The solutions of a lesson, with an answer in their place ----

@cache
def solutions(lesson):
    """The code cells of a lesson's solutions, and all that they define; run once."""
    (source,) = NOTEBOOKS.rglob(f"src/solutions/{lesson}.py")
    cells = [without_magic(cell.source) for cell in assemble(source)["en"].cells if cell.cell_type == "code"]
    namespace = {"__name__": lesson}
    with contextlib.redirect_stdout(io.StringIO()), pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIT_KERAS_PROFILE", "smoke")  # some train
        for cell in cells:
            exec(compile(cell, lesson, "exec"), namespace)
    return cells, namespace


def said(lesson, answer):
    """The lines that the checks of this answer print.

    Args:
        lesson: str, such as "02_self_attention".
        answer: str. Python that defines a function or a value under the name that the lesson uses. The lesson's own
            solution is there under that name behind `solved_`.
    """
    cells, namespace = solutions(lesson)
    names = defined(answer)
    namespace = {**namespace, **{f"solved_{name}": namespace.get(name) for name in names}}
    exec(answer, namespace)
    calls = [call for cell in cells for call in check_calls(cell) if names & used(call.args[1])]
    assert calls, f"no check asks for {sorted(names)}"
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        for call in calls:
            exec(ast.unparse(call), namespace)
    return printed.getvalue()


def without_magic(source):
    return "\n".join(line for line in source.splitlines() if not line.startswith(("%", "!")))


def check_calls(source):
    calls = [line.value for line in ast.parse(source).body if isinstance(line, ast.Expr)]
    return [call for call in calls if isinstance(call, ast.Call) and getattr(call.func, "id", None) == "check"]


def defined(source):
    """Names that these lines define."""
    names = set()
    for line in ast.parse(source).body:
        if isinstance(line, (ast.FunctionDef, ast.ClassDef)):
            names.add(line.name)
        for node in ast.walk(line) if isinstance(line, ast.Assign) else ():
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
    return names


def used(expression):
    return {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}
