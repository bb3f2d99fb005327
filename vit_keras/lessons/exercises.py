"""Exercises that are answered in place.

    answer = None              # how many patches does a 32x32 image have with P = 4?

    check("1.2", answer)

prints `not answered yet`, `correct` or a hint, and never stops the notebook. It speaks the language of the page. The
right answer and the hints stand in `vit_keras/lessons/answers/lesson_01.py`, away from the question.
"""

import importlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


class Exercise(NamedTuple):
    """What is right, and what to say where it is not.

    `right`: the right value, or a function that takes the answer (and what the lesson gives to `check`) and says
    whether it is right. Numbers and arrays are compared within `tolerance`, relative and absolute, strings without
    regard to case, tuples item by item.
    `hints`: typical wrong answers, `(wrong, english, korean)` each, tried in order; `wrong` is a value or a function,
    like `right`. Where the answer raises an error, a string is looked for in its message.
    `on`: tuple of arguments. If given, the answer is a function, and what it returns for them is checked.
    """

    right: Any
    hints: tuple = ()
    on: tuple | None = None
    tolerance: float = 1e-5


def check(exercise, answer, **given):
    """Say whether an answer is right.

    Args:
        exercise: str. Lesson and number of the exercise, `"1.2"` or `"1.2b"`; `"tfa.1"` in that of the lecture's stack.
        answer: The student's answer: a number, string, shape, array or tensor of any backend, or a function.
            `None` means that there is no answer yet; so does a function that raises `NotImplementedError`.
        **given: What the right answer depends on, where the lesson has made it; the entry in the file of answers is
            then a function of it that returns the `Exercise`.

    Returns:
        None, so that a notebook cell shows the printed line and nothing else.

    Raises:
        ValueError: there is no such exercise.
    """
    try:
        lesson, number = exercise.split(".")
        found = importlib.import_module(f"vit_keras.lessons.answers.lesson_{lesson:0>2}").ANSWERS[number]
    except (AttributeError, ValueError, ModuleNotFoundError, KeyError):
        raise ValueError(f"An exercise is called by its lesson and number, as \"1.2\": got {exercise!r}.") from None
    judge(answer, found(**given) if callable(found) else found)


def judge(answer, exercise):
    """Print what there is to say of this answer to an `Exercise`."""
    right, hints, on, tolerance = exercise
    try:
        if on is not None and answer is not None:
            answer = answer(*on)
        if answer is None:
            _say("not answered yet", "아직 답하지 않았어요")
            return
        if matches(answer, right, tolerance):
            _say("correct", "정답이에요")
            return
    except NotImplementedError:
        _say("not answered yet", "아직 답하지 않았어요")
        return
    except Exception as error:          # whatever a student wrote: a sentence helps, a page of traceback does not
        reason = f"{type(error).__name__}: {error}"
        for wrong, english, korean in hints:
            if isinstance(wrong, str) and wrong in reason:
                _hint(english, korean)
                return
        _hint(f"your answer raises {reason}", f"답을 실행하면 오류가 나요. {reason}")
        return
    for wrong, english, korean in hints:
        try:
            hit = matches(answer, wrong, tolerance)
        except Exception:               # this hint is about another kind of answer
            continue
        if hit:
            _hint(english, korean)
            return
    _hint("not this one; read the section above again", "아직 아니에요. 위의 설명을 다시 읽어 보세요")


def matches(answer, right, tolerance=1e-5):
    """Whether `answer` is `right`: see `Exercise`."""
    if callable(right):
        return bool(np.all(_array(right(answer))))
    if isinstance(right, str):
        return isinstance(answer, str) and answer.strip().casefold() == right.strip().casefold()
    if isinstance(right, (tuple, list)):
        items = answer if isinstance(answer, (tuple, list)) else np.atleast_1d(_array(answer))
        return len(items) == len(right) and all(matches(*pair, tolerance) for pair in zip(items, right))
    answer, right = _array(answer), _array(right)
    numbers = all(np.issubdtype(each.dtype, np.number) or each.dtype == bool for each in (answer, right))
    return bool(numbers and answer.shape == right.shape
                and np.allclose(answer, right, rtol=tolerance, atol=tolerance))


def _array(value):
    """A NumPy array of whatever holds numbers: a list, or a tensor of any backend, not only of Keras's own."""
    value = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
    return value.astype("float32") if value.dtype.name == "bfloat16" else value


def _hint(english, korean):
    _say(f"hint: {english}", f"힌트: {korean}", "\n")


def _say(english, korean, between=" / "):
    print(in_language(english, korean, between))


def in_language(english, korean, between=" / "):
    """The text in the language of the notebook's folder; in both where it lies elsewhere, in Colab for example."""
    folder = Path.cwd()
    language = folder.parent.name if folder.name == "solutions" else folder.name
    return {"en": english, "ko": korean}.get(language, english + between + korean)
