"""Exercises that are answered in place.

    answer = None              # how many patches has a 32x32 image with P = 4?

    check(answer, 64, hints=[(8, "That is one side: square it.", "한 변의 개수예요. 제곱하세요.")])

prints `not answered yet`, `correct` or a hint, and never stops the notebook. It speaks the language of the page.
"""

from pathlib import Path

import numpy as np


def check(answer, right, hints=(), on=None, tolerance=1e-5):
    """Say whether an answer is right.

    Args:
        answer: The student's answer: a number, string, shape, array or tensor of any backend, or a function.
            `None` means that there is no answer yet; so does a function that raises `NotImplementedError`.
        right: The right value, or a function that takes the answer and says whether it is right. Numbers and
            arrays are compared within `tolerance`, strings without regard to case, tuples item by item.
        hints: Typical wrong answers, `(wrong, english, korean)` each, tried in order; `wrong` is a value or
            a function, like `right`. Where the answer raises an error, a string is looked for in its message.
        on: Tuple of arguments. If given, the answer is a function, and what it returns for them is checked.
        tolerance: float. Relative and absolute.

    Returns:
        None, so that a notebook cell shows the printed line and nothing else.
    """
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
    """Whether `answer` is `right`: see `check`."""
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
    """In the language of the notebook's folder; in both where it lies elsewhere, in Colab for example."""
    folder = Path.cwd()
    language = folder.parent.name if folder.name == "solutions" else folder.name
    print({"en": english, "ko": korean}.get(language, english + between + korean))
