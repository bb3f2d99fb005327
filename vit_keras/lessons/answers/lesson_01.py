"""Lesson 1: patches and embeddings."""

import numpy as np

from vit_keras.lessons.exercises import Exercise

# 3: two images of 4x6 pixels with two channels, all numbers different
numbered = np.arange(2 * 4 * 6 * 2).reshape(2, 4, 6, 2)
square = numbered.reshape(2, 2, 2, 3, 2, 2).swapaxes(2, 3).reshape(2, 6, 2, 2, 2)  # (B, N, row, column, C)
cut = square.reshape(2, 6, 8)  # (B, N, P*P*C)

# 4: two images, three patches of four numbers
rng = np.random.default_rng(0)
patches, E = rng.integers(0, 10, (2, 3, 4)), rng.integers(-3, 4, (4, 5))
class_token, positions = np.arange(1, 6) * 10, rng.integers(100, 200, (4, 5))
x, first = patches @ E, np.broadcast_to(class_token, (2, 1, 5))

ANSWERS = {
    "1": Exercise("D", hints=(
        ("A", "A patch grows in height and in width: how many old ones fit into a new one?",
         "패치는 높이와 너비가 모두 늘어나요. 새 패치 하나에 옛 패치가 몇 개 들어갈까요?"),
        ("B", "N is right. The pairs are N times N: a quarter of a quarter?",
         "N은 맞아요. 쌍은 N 곱하기 N이에요. 4분의 1의 4분의 1은 얼마일까요?"),
        ("C", "N times the numbers in a patch is always HWC. Does that hold here?",
         "N과 패치 하나의 숫자 수를 곱하면 언제나 HWC예요. 이 답에서도 그런가요?"),
    )),
    "2a": Exercise(256, hints=(
        (16, "That is one side of the grid. Square it.", "격자 한 변의 개수예요. 제곱하세요."),
        (257, "That is T, with the class token. How many patches?", "클래스 토큰까지 센 T예요. 패치만 세면요?"),
        (65536, "That is N times N, the pairs. How many patches?", "N 곱하기 N, 쌍의 수예요. 패치는 몇 개일까요?"),
        (3584, "Divide by P*P: a patch has a height and a width.", "P*P로 나누세요. 패치에는 높이와 너비가 있어요."),
        (196, "That is N for P = 16.", "P = 16일 때의 N이에요."),
    )),
    "2b": Exercise(257, hints=(
        (256, "Does the class token get no position?", "클래스 토큰에는 위치 임베딩이 없을까요?"),
        (17, "One side of the grid and one. Every patch has a row.",
         "격자 한 변에 1을 더한 값이에요. 패치마다 행이 하나씩 있어요."),
        (65536, "E_pos has a row for every token, not for every pair.", "E_pos에는 쌍이 아니라 토큰마다 행이 있어요."),
        (65537, "E_pos has a row for every token, not for every pair.", "E_pos에는 쌍이 아니라 토큰마다 행이 있어요."),
        (197, "That is P = 16.", "P = 16일 때의 값이에요."),
    )),
    "2c": Exercise((588, 1280), hints=(
        ((1280, 588), "Transposed: x_p E, with x_p as a row from the left.",
         "뒤바뀌었어요. x_p가 행벡터로 왼쪽에서 곱해져요."),
        ((196, 1280), "A patch has P*P pixels, and each pixel three numbers.",
         "패치에는 픽셀이 P*P개 있고, 픽셀마다 숫자가 세 개예요."),
        ((256, 1280), "E does not know how many patches there are; it takes one.",
         "E는 패치가 몇 개인지 몰라요. 하나씩 받아요."),
        ((257, 1280), "That is E_pos.", "그것은 E_pos예요."),
    )),
    "3": Exercise(cut, on=(numbered, 2), hints=(
        (numbered.reshape(2, 6, 8),
         "Right shape, but these are strips of rows. Which axes have to change places?",
         "형태는 맞지만 행을 자른 띠예요. 어떤 축의 자리를 바꿔야 할까요?"),
        (square.transpose(0, 1, 4, 2, 3).reshape(2, 6, 8),
         "The channel comes first inside your patches; it has to stay last.",
         "패치 안에서 채널이 맨 앞에 있어요. 채널은 맨 뒤에 있어야 해요."),
        (square.transpose(0, 1, 3, 2, 4).reshape(2, 6, 8),
         "Inside your patches the columns come before the rows.",
         "패치 안에서 열이 행보다 먼저 나와요."),
        (cut[:, [0, 3, 1, 4, 2, 5]],
         "These are the patches, but from top to bottom first: go along a row of patches first.",
         "패치는 맞지만 위에서 아래로 먼저 갔어요. 패치의 한 행을 먼저 따라가세요."),
        (square, "These are the patches; flatten each.", "패치는 맞아요. 하나씩 평탄화하세요."),
        (lambda answer: np.shape(answer) != (2, 6, 8),
         "The shape has to be (B, N, P*P*C), here (2, 6, 8).",
         "형태가 (B, N, P*P*C), 여기서는 (2, 6, 8)이어야 해요."),
    )),
    "4": Exercise(np.concatenate([first, x], axis=1) + positions, on=(patches, E, class_token, positions), hints=(
        (np.concatenate([x, first], axis=1) + positions,
         "The class token is token 0: it comes before the patches.",
         "클래스 토큰은 0번 토큰이에요. 패치보다 앞에 와요."),
        (np.concatenate([first, x + positions[1:]], axis=1),
         "The class token has a position, too: put it in, then add.",
         "클래스 토큰에도 위치 임베딩이 있어요. 먼저 넣은 다음에 더하세요."),
        (np.concatenate([first, x + positions[:-1]], axis=1),
         "The class token has a position, too, row 0: put it in, then add.",
         "클래스 토큰에도 위치 임베딩이 있어요. 0번 행이에요. 먼저 넣은 다음에 더하세요."),
        (np.concatenate([first, x], axis=1), "Where are the positions?", "위치 임베딩이 빠졌어요."),
        (lambda answer: np.shape(answer) == (2, 3, 5), "Only N tokens: the class token is missing.",
         "토큰이 N개뿐이에요. 클래스 토큰이 빠졌어요."),
        ("could not be broadcast together with shapes",
         "shapes do not fit: positions have a row for the class token, too. "
         "Put it in before you add them.",
         "형태가 맞지 않아요. positions에는 클래스 토큰의 행도 있어요. 더하기 전에 클래스 토큰을 넣으세요."),
        ("all the input array",
         "shapes do not fit: every image of the batch needs a class token, "
         "so that it has the shape (B, 1, D).",
         "형태가 맞지 않아요. 배치의 이미지마다 클래스 토큰이 필요해요. 형태는 (B, 1, D)여야 해요."),
        ("axis 1 is out of bounds",
         "shapes do not fit: every image of the batch needs a class token, "
         "so that it has the shape (B, 1, D).",
         "형태가 맞지 않아요. 배치의 이미지마다 클래스 토큰이 필요해요. 형태는 (B, 1, D)여야 해요."),
        (lambda answer: np.shape(answer) != (2, 4, 5),
         "The shape has to be (B, N + 1, D), here (2, 4, 5).",
         "형태가 (B, N + 1, D), 여기서는 (2, 4, 5)여야 해요."),
    )),
}
