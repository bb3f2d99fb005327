"""Answers of lesson 6, cats and dogs."""

import numpy as np

from vit_keras.lessons.answers import changed_one_thing
from vit_keras.lessons.exercises import Exercise

COPIES = np.array([0, 0, 2, 3, 3, 3, 6, 7, 7, 9])  # the number of each picture's group


def torn(in_test):
    """Whether copies of one picture are in both splits."""
    return any(len(set(in_test[COPIES == group])) > 1 for group in COPIES)


ANSWERS = {
    "1": Exercise("A", hints=(
        ("B", "Not trained on, but chosen by: think of the twenty coins.",
         "학습에는 안 썼지만 고를 때 썼어요. 동전 스무 개를 떠올려 보세요."),
        ("C", "Which of the thirty is taken: one that was lucky on `validation`, or one that was unlucky?",
         "서른 가지 가운데 어떤 것이 뽑힐까요? `validation`에서 운이 좋았던 것일까요, 나빴던 것일까요?"),
        ("D", "Not about one model, but on average: what did the best of twenty coins do on new pictures?",
         "한 모델이 아니라 평균을 생각하세요. 가장 좋았던 동전이 새 그림에서는 어땠나요?"),
    )),
    "2a": Exercise(256, hints=(
        (16, "That is one side of the grid: square it.", "격자 한 변의 개수예요. 제곱하세요."),
        (64, "That is N for patch_size=14.", "patch_size=14일 때의 N이에요."),
        (257, "That is T, with the class token. How many patches?", "클래스 토큰까지 센 T예요. 패치만 세면요?"),
    )),
    "2b": Exercise(147, hints=(
        (49, "Those are the pixels: each has three colors.", "픽셀 수예요. 픽셀마다 색이 셋 있어요."),
        (588, "That is a patch of 14x14 pixels.", "14x14 픽셀 패치의 숫자예요."),
        (21, "A patch has 7 rows of 7 pixels.", "패치는 7픽셀씩 7줄이에요."),
    )),
    "3": Exercise(lambda t: t.dtype == bool and not torn(t) and 4 <= t.sum() <= 6, on=(COPIES, 4), hints=(
        ("has no attribute", "Return a NumPy array.", "NumPy 배열을 돌려주세요."),
        (lambda t: t.dtype != bool, "Return True or False for each picture, not the numbers of the chosen ones.",
         "고른 그림의 번호가 아니라 그림마다 True나 False를 돌려주세요."),
        (lambda t: t.sum() == 0, "No picture was chosen.", "고른 그림이 없어요."),
        (torn, "Copies of one picture are in both splits: choose groups, not pictures.",
         "같은 그림의 사본이 양쪽에 있어요. 그림이 아니라 묶음을 고르세요."),
        (lambda t: t.sum() < 4, "Fewer pictures than asked for: count pictures, not groups.",
         "요청한 것보다 적어요. 묶음이 아니라 그림을 세세요."),
        (lambda t: t.sum() > 6, "More than needed: stop as soon as there are enough.",
         "너무 많아요. 충분해지면 바로 멈추세요."),
    )),
    "4": changed_one_thing,
}
