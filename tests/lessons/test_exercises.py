"""`check` prints one of three things and never stops a notebook."""

import sys
import types

import keras
import numpy as np
import pytest
from keras import ops

from vit_keras.lessons import Exercise, check
from vit_keras.lessons.exercises import judge


def said(capsys, answer, *parts, **options):
    assert judge(answer, Exercise(*parts, **options)) is None
    return capsys.readouterr().out


@pytest.mark.parametrize("answer, right", [
    (64, 64),
    (64.0, 64),
    (0.3, 0.1 + 0.2),
    (np.int64(64), 64),
    ((2, 3), (2, 3)),
    ([2, 3], (2, 3)),
    (" Value ", "value"),
    ([[1.0, 2.0]], np.array([[1, 2]])),
    ((np.ones((2, 3)), np.zeros(4)), (np.ones((2, 3)), np.zeros(4))),
    (True, True),
    (12, lambda answer: answer % 4 == 0),
    (np.ones(3), lambda answer: answer == 1),
])
def test_right_answers(capsys, answer, right):
    assert said(capsys, answer, right).startswith("correct")


@pytest.mark.parametrize("answer, right", [
    (63, 64),
    (0.31, 0.3),
    ("64", 64),
    (64, "64"),
    ((2, 3), (3, 2)),
    ((2, 3), (2, 3, 4)),
    (5, (2, 3)),
    ("ab", ("a", "b")),
    (np.ones((2, 1)), np.ones(2)),
    (float("nan"), 1.0),
    (object(), 1),
    (13, lambda answer: answer % 4 == 0),
    ([1, 0], lambda answer: np.array(answer) == 1),
])
def test_wrong_answers_get_a_hint(capsys, answer, right):
    printed = said(capsys, answer, right)
    assert printed.startswith("hint: ") and "\n힌트: " in printed


def test_no_answer_yet(capsys):
    def to_write(x):
        raise NotImplementedError

    assert said(capsys, None, 64).startswith("not answered yet")
    assert said(capsys, None, 64, on=(1,)).startswith("not answered yet")
    assert said(capsys, to_write, 64, on=(1,)).startswith("not answered yet")
    assert said(capsys, lambda x: None, 64, on=(1,)).startswith("not answered yet")


def test_typical_mistakes_have_their_own_hint(capsys):
    hints = [(8, "square it", "제곱하세요"), (lambda answer: answer > 64, "too many", "너무 많아요")]
    assert said(capsys, 8, 64, hints) == "hint: square it\n힌트: 제곱하세요\n"
    assert said(capsys, 99, 64, hints) == "hint: too many\n힌트: 너무 많아요\n"
    assert "read the section above" in said(capsys, 7, 64, hints)
    assert "read the section above" in said(capsys, "eight", 64, hints)      # the second hint cannot judge a word


def test_functions_are_checked_by_what_they_return(capsys):
    assert said(capsys, lambda x, y: x * y, 6, on=(2, 3)).startswith("correct")
    assert said(capsys, lambda x, y: x + y, 6, [(5, "times", "곱하기")], on=(2, 3)).startswith("hint: times")


def test_answer_that_raises_becomes_a_hint(capsys):
    printed = said(capsys, lambda x: x + "a", 6, on=(1,))
    assert printed.startswith("hint: your answer raises TypeError: ")
    assert "raises IndexError" in said(capsys, [1], lambda answer: answer[3] == 1)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "int32"])
def test_tensors_of_the_backend(capsys, dtype):
    tensor = ops.cast(ops.reshape(ops.arange(6), (2, 3)), dtype)
    assert said(capsys, tensor, np.arange(6).reshape(2, 3)).startswith("correct")
    assert said(capsys, np.arange(6).reshape(2, 3), tensor).startswith("correct")
    assert said(capsys, tensor + 1, np.arange(6).reshape(2, 3)).startswith("hint")
    assert said(capsys, tensor, lambda answer: ops.equal(answer, tensor)).startswith("correct")
    assert said(capsys, keras.Variable([1.0, 2.0]), [1, 2]).startswith("correct")
    assert said(capsys, tuple(ops.shape(tensor)), (2, 3)).startswith("correct")


@pytest.mark.parametrize("folder, printed", [
    ("notebooks/en", "correct\n"), ("notebooks/ko", "정답이에요\n"), ("notebooks/ko/solutions", "정답이에요\n"),
    ("content", "correct / 정답이에요\n"),
])
def test_it_speaks_the_language_of_the_page(capsys, tmp_path, monkeypatch, folder, printed):
    (tmp_path / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / folder)
    assert said(capsys, 64, 64) == printed


def test_a_hint_can_be_about_an_error(capsys):
    def add(one, other):
        return np.zeros(one) + np.zeros(other)

    hints = [(4, "not the number", "수가 아니에요"), ("could not be broadcast", "shapes", "형태")]
    assert said(capsys, add, 5, on=(2, 3), hints=hints) == "hint: shapes\n힌트: 형태\n"
    assert "your answer raises TypeError" in said(capsys, add, 5, on=(2, "x"), hints=hints)


def test_answers_stand_apart_and_are_found_by_lesson_and_number(capsys, monkeypatch):
    apart = types.ModuleType("vit_keras.lessons.answers.lesson_98")
    apart.ANSWERS = {"1": Exercise(64, hints=[(8, "square it", "제곱하세요")]),
                     "2b": lambda picture: Exercise(picture.sum())}
    monkeypatch.setitem(sys.modules, apart.__name__, apart)
    check("98.1", 64)
    check("98.1", 8)
    check("98.2b", 6, picture=np.arange(4))
    right, hint, _, given = capsys.readouterr().out.splitlines()
    assert right == given == "correct / 정답이에요" and hint == "hint: square it"
    for unknown in ("98.3", "97.1", "B", 64, None):
        with pytest.raises(ValueError, match=f"lesson and number.*{unknown}"):
            check(unknown, 1)
