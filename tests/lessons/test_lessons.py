"""What the exercises say to an answer: a typical mistake gets the hint that helps, and another right way passes.

`answers/` holds a file for each lesson, with lists of answers: WRONG (with words of the hint), RIGHT and UNANSWERED.
"""

import ast
import contextlib
import io
import runpy
import symtable
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

def said(lesson, answer):
    """The lines that the checks of this answer print.

    Args:
        lesson: str, such as "02_self_attention".
        answer: str. Python that defines a function or a value under the name that the lesson uses. The lesson's own
            solution is there under that name behind `solved_`.
    """
    cells, names = cells_of(lesson), defined(answer)
    calls = [ast.unparse(call) for cell in cells for call in check_calls(cell)
             if names & used(ast.unparse(call.args[1]))]
    assert calls, f"no check asks for {sorted(names)}"
    wanted = set().union(*map(used, calls)) - names
    wanted |= {name.removeprefix("solved_") for name in used(answer) - names}
    namespace = dict(run(lesson, needed(cells, wanted)))
    namespace.update({f"solved_{name}": namespace.get(name) for name in names})
    exec(answer, namespace)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        for call in calls:
            exec(call, namespace)
    return printed.getvalue()


@cache
def cells_of(lesson):
    """The code cells of a lesson's solutions."""
    (source,) = NOTEBOOKS.rglob(f"src/solutions/{lesson}.py")
    return [without_magic(cell.source) for cell in assemble(source)["en"].cells if cell.cell_type == "code"]


def needed(cells, names):
    """The cells that define these names, and those that define what these cells use: others may train for a while."""
    known = None
    while names != known:
        known, kept = names, tuple(cell for cell in cells if names & defined(cell))
        names = names.union(*map(used, kept))
    return kept


@cache
def run(lesson, cells):
    """All that these cells define."""
    namespace = {"__name__": lesson}
    with contextlib.redirect_stdout(io.StringIO()), pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIT_KERAS_PROFILE", "smoke")
        for cell in cells:
            exec(compile(cell, lesson, "exec"), namespace)
    return namespace


def without_magic(source):
    return "\n".join(line for line in source.splitlines() if not line.startswith(("%", "!")))


def check_calls(source):
    calls = [line.value for line in ast.parse(source).body if isinstance(line, ast.Expr)]
    return [call for call in calls if isinstance(call, ast.Call) and getattr(call.func, "id", None) == "check"]


def defined(source):
    """Names that these lines define, outside of functions."""
    return {symbol.get_name() for symbol in symtable.symtable(source, "", "exec").get_symbols()
            if symbol.is_assigned() or symbol.is_imported()}


def used(source):
    """Names that these lines use and that stand outside of functions."""
    names, tables = set(), [symtable.symtable(source, "", "exec")]
    for table in tables:
        names |= {symbol.get_name() for symbol in table.get_symbols()
                  if symbol.is_referenced() and (symbol.is_global() or table.get_type() == "module")}
        tables.extend(table.get_children())
    return names
