"""Lesson 0: one evening."""

import numpy as np

from vit_keras.lessons.exercises import Exercise

PICTURE = np.arange(6 * 6 * 2).reshape(6, 6, 2)  # no number twice
ROWS = PICTURE.reshape(2, 3, 2, 3, 2)
PATCHES = ROWS.swapaxes(1, 2)  # (rows, columns, P, P, C)

ANSWERS = {
    "1": Exercise("A", (
        ("B", "A single vector is added to every row: NumPy and Keras broadcast.",
         "벡터 하나를 모든 행에 더해요. NumPy도 Keras도 그렇게 해요."),
        ("C", "Attention is a sum over all tokens. Does a sum have an order?",
         "어텐션은 모든 토큰에 대한 합이에요. 합에 순서가 있을까요?"),
        ("D", "The empty patch is still there: what is its token now?",
         "빈 패치는 그대로 있어요. 그 토큰은 이제 무엇일까요?"),
    )),
    "2a": Exercise(17, (
        (16, "Those are the patches. What stands in front of them?", "그것은 패치의 수예요. 그 앞에 무엇이 있나요?"),
        (65, "That is for P = 4.", "P = 4일 때의 값이에요."),
        (5, "That is one side of the grid, plus one: square the side first.",
         "격자 한 변에 1을 더한 값이에요. 먼저 한 변을 제곱하세요."),
    )),
    "2b": Exercise(192 * 64, (
        (48 * 64, "That is for P = 4.", "P = 4일 때의 값이에요."),
        (64 * 64, "A pixel has three colors.", "픽셀 하나에 색이 세 개예요."),
        (192, "Those are the rows of E, the numbers of a patch. How wide is a token?",
         "그것은 E의 행, 곧 패치 하나의 숫자예요. 토큰의 너비는 얼마일까요?"),
        (193 * 64, "That counts a bias, too. E is the matrix alone.", "편향까지 셌어요. E는 행렬만이에요."),
    )),
    "3": Exercise(PATCHES.reshape(4, 18), on=(PICTURE, 3), hints=(
        (ROWS.reshape(4, 18), "The shape is right, but these are strips of rows. Put the grid's rows and columns "
         "first, with transpose.", "형태는 맞지만 가로로 자른 띠예요. transpose로 격자의 행과 열을 앞으로 옮기세요."),
        (PATCHES.swapaxes(0, 1).reshape(4, 18), "The patches go from top to bottom first. They are read like a text.",
         "패치가 위에서 아래로 먼저 가요. 글을 읽는 순서여야 해요."),
        (PATCHES.swapaxes(2, 3).reshape(4, 18), "Inside a patch, rows and columns are exchanged.",
         "패치 안에서 행과 열이 바뀌었어요."),
        (PATCHES.reshape(2, 2, 18), "Make one list of the rows and columns of patches.",
         "패치의 행과 열을 한 줄로 이으세요."),
        (PATCHES, "Flatten each patch, and make one list of all patches.",
         "패치를 저마다 평탄화하고 한 줄로 이으세요."),
    )),
}
