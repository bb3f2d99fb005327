"""Answers of lesson 7, inductive bias."""

import numpy as np

from vit_keras.lessons.answers import changed_one_thing
from vit_keras.lessons.exercises import Exercise

SIGNAL = np.array([0, 0, 2, 5, 1, 0])


def convolve(x):
    """That of the lesson: how much larger the next number is, on a ring."""
    return np.roll(x, -1) - x


def place_by_place(x):
    """A weight for each place."""
    return np.arange(len(x)) * x


def mirror(x):
    return x[::-1]


ANSWERS = {
    "1": Exercise("D", hints=(
        ("A", "Its maps are moved. What does the layer behind Flatten multiply them with?",
         "특징 맵이 옮겨져요. Flatten 뒤의 층은 거기에 무엇을 곱할까요?"),
        ("B", "How many weights does the first layer have for one pixel, and are they those of the next?",
         "첫 층에서 한 픽셀의 가중치가 옆 픽셀의 가중치와 같은가요?"),
        ("C", "Which row of E_pos is added to a patch once it stands elsewhere?",
         "패치가 다른 자리로 가면 E_pos의 어느 행이 더해질까요?"),
    )),
    "2a": Exercise(45, hints=(
        (21, "That is two stages, as in this lesson.", "이 수업처럼 단계가 둘일 때의 값이에요."),
        (15, "Each convolution adds two steps. How many pixels is a step after a stride?",
         "합성곱마다 두 걸음씩 늘어나요. 스트라이드를 지난 뒤 한 걸음은 몇 픽셀일까요?"),
        (29, "Each stage has two convolutions.", "단계마다 합성곱이 두 개 있어요."),
        (32, "The field may be wider than the picture.", "수용 영역은 그림보다 넓을 수 있어요."),
    )),
    "2b": Exercise(8, hints=(
        (1, "That holds for a convolution without stride.", "스트라이드가 없는 합성곱이라면 맞아요."),
        (2, "That is after one stride of 2. How many are there?",
         "스트라이드 2를 한 번 지났을 때예요. 몇 번 지나나요?"),
        (4, "That is two stages, as in this lesson.", "이 수업처럼 단계가 둘일 때의 값이에요."),
        (6, "Strides are multiplied, not added.", "스트라이드는 더하지 않고 곱해요."),
    )),
    "3": Exercise(
        lambda test: (test(convolve, SIGNAL, 1) and test(convolve, SIGNAL, 2) and test(np.square, SIGNAL, 1)
                      and not test(place_by_place, SIGNAL, 1) and not test(mirror, SIGNAL, 1)),
        hints=(
            (lambda test: test(convolve, SIGNAL, 1) and test(place_by_place, SIGNAL, 1),
             "It says True of a function with a weight for each place, too.",
             "자리마다 가중치가 다른 함수에도 True라고 해요."),
            (lambda test: test(mirror, SIGNAL, 1), "The result is moved the other way: a mirror passes this test.",
             "결과를 반대쪽으로 옮겼어요. 뒤집는 함수가 통과해 버려요."),
            (lambda test: test(np.sum, SIGNAL, 1) and not test(convolve, SIGNAL, 1),
             "That is invariance: the result must be moved, too.", "그것은 불변성이에요. 결과도 옮겨야 해요."),
            (lambda test: test(convolve, SIGNAL, 1) and not test(convolve, SIGNAL, 2), "Move by `steps`, not by 1.",
             "1이 아니라 `steps`만큼 옮기세요."),
        )),
    "4": changed_one_thing,
}
