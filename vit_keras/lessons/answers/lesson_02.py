"""Lesson 2: self-attention."""

import numpy as np

from vit_keras.lessons.exercises import Exercise

# 3: with D_h = 4 the scores A come out in eighths
eighths = np.array([[1, 2, 5], [6, 1, 1], [2, 2, 4]])  # 8 A
queries, keys = np.pad(2 * np.log(eighths), ((0, 0), (0, 1))), np.eye(3, 4)  # (T, D_h) = (3, 4)
values = np.array([[8, 0], [0, 8], [16, 24]])  # (3, 2)

# 4: token n, column j holds 10 n + j
numbered = 10 * np.arange(3)[:, None] + np.arange(8)  # (T, D) = (3, 8)


def shares(weights, axis=1):
    return weights / weights.sum(axis=axis, keepdims=True)


ANSWERS = {
    "1": Exercise("C", hints=(
        ("A", "The factor stands in the exponent: is exp(200) / exp(100) still exp(2) / exp(1)?",
         "인수가 지수에 있어요. exp(200) / exp(100)이 exp(2) / exp(1)과 같을까요?"),
        ("B", "What do the scores of a row sum to, whatever goes into the softmax?",
         "소프트맥스에 무엇이 들어가든 한 행의 점수를 더하면 얼마인가요?"),
        ("D", "That is what keys of zero would do. Do the dot products move closer together or "
              "further apart?",
         "키가 모두 0일 때 일어나는 일이에요. 내적끼리 더 가까워지나요, 더 멀어지나요?"),
    )),
    "2a": Exercise(64, hints=(
        (1024, "That is D, the width of a token. The heads share it.", "토큰의 너비 D예요. 헤드끼리 나눠 가져요."),
        (16, "That is the number of heads.", "헤드의 수예요."),
        (1024 * 16, "Heads share the width D: they do not multiply it.",
         "헤드는 너비 D를 나눠 써요. 곱하는 것이 아니에요."),
    )),
    "2b": Exercise(12 * 197**2, hints=(
        (12 * 196**2, "The class token asks and answers, too.", "클래스 토큰도 묻고 답해요."),
        (197**2, "That is one head.", "헤드 하나의 값이에요."),
        (196**2, "That is one head, and without the class token.", "헤드 하나이고, 클래스 토큰도 빠졌어요."),
        (12 * 197, "Every token asks every token.", "모든 토큰이 모든 토큰에게 물어요."),
        (12 * 12 * 197**2, "That is all 12 layers: one layer was asked for.",
         "12개 층 전체의 값이에요. 한 층만 물었어요."),
    )),
    "3a": Exercise([[11, 17], [8, 4], [10, 14]], on=(queries, keys, values), hints=(
        (shares(eighths), "That is A. What is mixed by these scores?", "그것은 A예요. 이 점수로 무엇을 섞나요?"),
        (shares(eighths**2) @ values,
         "The scores are too sharp. What are the dot products divided by?",
         "점수가 너무 뾰족해요. 내적을 무엇으로 나누나요?"),
        (shares(eighths**0.5) @ values,
         "The scores are too even: divided by D_h. What is the typical size of a dot product?",
         "점수가 너무 고르게 퍼졌어요. D_h로 나눴어요. 내적의 크기는 보통 얼마인가요?"),
        (shares(eighths ** (2 / 3**0.5)) @ values,
         "You divided by the root of T. Over which axis is a dot product summed?",
         "T의 제곱근으로 나눴어요. 내적은 어느 축을 따라 더한 값인가요?"),
        (shares(eighths ** (2 / 2**0.5)) @ values,
         "You divided by the root of the width of v. Which width do q and k have?",
         "v의 너비의 제곱근으로 나눴어요. q와 k의 너비는 얼마인가요?"),
        (shares(eighths, axis=0) @ values,
         "The columns of A sum to one, not the rows: softmax over the wrong axis.",
         "A의 행이 아니라 열의 합이 1이에요. 소프트맥스의 축이 틀렸어요."),
        (shares(eighths**2, axis=0) @ values,
         "Softmax over the wrong axis, and nothing was divided by the root.",
         "소프트맥스의 축이 틀렸고, 제곱근으로 나누지도 않았어요."),
        (eighths / 24 @ values, "All of A sums to one: each row has to. Give the softmax an axis.",
         "A 전체의 합이 1이에요. 행마다 1이어야 해요. 소프트맥스에 축을 정해 주세요."),
        (eighths @ values, "exp, but not divided by the sum of the row.",
         "exp까지만 했고 행의 합으로 나누지 않았어요."),
        (np.log(eighths) @ values, "These weights do not sum to one: where is the softmax?",
         "가중치의 합이 1이 아니에요. 소프트맥스가 어디로 갔나요?"),
        (2 * np.log(eighths) @ values,
         "These weights do not sum to one: where is the softmax? The root is missing, too.",
         "가중치의 합이 1이 아니에요. 소프트맥스가 어디로 갔나요? 제곱근도 빠졌어요."),
        (shares(eighths.T) @ values,
         "q and k have changed places: rows have to be the tokens that ask.",
         "q와 k의 자리가 바뀌었어요. 행이 묻는 토큰이어야 해요."),
        (shares(eighths).T @ values, "A is transposed: row n has to hold the scores of token n.",
         "A가 전치되었어요. n번째 행에 토큰 n의 점수가 있어야 해요."),
    )),
    "3b": Exercise(values[[2, 0, 2]], on=(1000 * queries, keys, values), hints=(
        (lambda y: np.isnan(y).any(), "nan: exp of a large number overflows. See softmax in section 2.",
         "nan이에요. 큰 수의 exp는 넘쳐요. 2절의 softmax를 보세요."),
    )),
    "4": Exercise(np.stack([numbered[:, :4], numbered[:, 4:]]), on=(numbered, 2), hints=(
        (numbered.reshape(2, 3, 4),
         "A reshape keeps the order of reading: the second row of the first head still belongs to "
         "token 0.",
         "reshape는 읽는 순서를 지켜요. 첫 번째 헤드의 두 번째 행이 아직 토큰 0의 것이에요."),
        (numbered.reshape(3, 2, 4), "That is (T, heads, D_h). The heads have to come first.",
         "(T, heads, D_h)예요. 헤드가 맨 앞에 와야 해요."),
        (lambda y: np.shape(y) in ((4, 3, 2), (3, 4, 2)),
         "You made 4 heads of width 2: number and width of the heads are swapped.",
         "너비가 2인 헤드 4개가 되었어요. 헤드의 수와 너비가 바뀌었어요."),
        (numbered.reshape(3, 4, 2).transpose(2, 0, 1),
         "Every head took every second column: a head is columns side by side.",
         "헤드마다 한 열씩 건너뛰며 가져갔어요. 헤드는 이웃한 열의 묶음이에요."),
        (lambda y: np.shape(y) == (2, 4, 3), "That is (heads, D_h, T): tokens and width are swapped.",
         "(heads, D_h, T)예요. 토큰과 너비의 자리가 바뀌었어요."),
    )),
}
