"""Lesson 3: the Transformer encoder."""

import numpy as np

from vit_keras.lessons.exercises import Exercise

# 3: the token of section 2, a constant one and a very small one
tokens = np.array([[1, 7, 9, 15], [5, 5, 5, 5], [0.01, 0.03, 0.01, 0.03]])
gamma, beta = np.array([1, 1, 3, 2]), np.array([0, 0, 0, 10])
normed = np.array([[-1.4, -0.2, 0.6, 12.8], [0, 0, 0, 10], [-0.995037, 0.995037, -2.985112, 11.990074]])


def row(index, *numbers):
    return lambda answer: np.allclose(answer[index], numbers, atol=1e-3)


ANSWERS = {
    "1": Exercise("A", hints=(
        ("B", "Zeros come out of the two branches. Is that all that comes out of the block?",
         "두 갈래에서는 0이 나와요. 블록에서 나오는 것이 그것뿐일까요?"),
        ("C", "A post-norm block would do that. Where is the norm in this one?",
         "사후 정규화 블록이라면 그래요. 이 블록에서는 층 정규화가 어디에 있나요?"),
        ("D", "Tokens mix inside attention. What is the mixture multiplied by before it leaves?",
         "토큰은 어텐션 안에서 섞여요. 섞인 것이 나가기 전에 무엇이 곱해지나요?"),
    )),
    "2": Exercise(12_596_224, hints=(
        (12_587_008, "These are the weights. Every dense layer has biases, too.",
         "가중치만 셌어요. 완전 연결 층마다 편향도 있어요."),
        (12_592_128, "The two norms are missing.", "층 정규화 두 개가 빠졌어요."),
        (12_594_176, "There are two norms in a block.", "블록에는 층 정규화가 두 개 있어요."),
        (12_582_912, "The biases and the norms are missing.", "편향과 층 정규화가 빠졌어요."),
        (11_546_624, "After query, key and value comes a fourth dense layer.",
         "쿼리, 키, 밸류 다음에 네 번째 완전 연결 층이 있어요."),
        (75_572_224, "Heads share the width D: do not count them 16 times.",
         "헤드는 너비 D를 나눠 써요. 16번 세지 마세요."),
        (59_828_224, "Heads share the width D: do not count them 16 times.",
         "헤드는 너비 D를 나눠 써요. 16번 세지 마세요."),
        (302_309_376, "That is all 24 blocks. How many does one have?",
         "블록 24개를 모두 센 값이에요. 하나에는 몇 개일까요?"),
    )),
    "3": Exercise(normed, on=(tokens, gamma, beta), hints=(
        (lambda answer: np.any(np.isnan(answer)),
         "The constant token has variance 0: what keeps you from dividing by zero?",
         "숫자가 모두 같은 토큰은 분산이 0이에요. 0으로 나누지 않으려면 무엇이 필요할까요?"),
        (row(0, -0.465, 1.020, 3.532, 12.674),
         "Mean and variance run over the tokens. Take the numbers of one token: the other axis.",
         "평균과 분산을 토큰들에 걸쳐 구했어요. 토큰 하나의 숫자들에 걸쳐 구하세요. 다른 축이에요."),
        (row(0, -0.763, 0.608, 3.193, 14.870),
         "One mean for all tokens. Every token has a mean and a variance of its own.",
         "모든 토큰에 평균 하나를 썼어요. 평균과 분산은 토큰마다 따로예요."),
        (row(0, -0.28, -0.04, 0.12, 10.56), "You divide by the variance. Take its square root.",
         "분산으로 나눴어요. 제곱근을 구하세요."),
        (row(0, 0.2, 1.4, 5.4, 16), "Subtract the mean first.", "먼저 평균을 빼세요."),
        (row(0, -1.212, -0.173, 0.520, 12.425), "The variance divides by D, not by D - 1.",
         "분산은 D - 1이 아니라 D로 나눠요."),
        (row(0, -1.4, -0.2, 0.2, 1.4), "Where are gamma and beta?", "gamma와 beta가 빠졌어요."),
        (row(0, -1.4, -0.2, 0.2, 11.4), "Where is gamma?", "gamma가 빠졌어요."),
        (row(0, -1.4, -0.2, 0.6, 2.8), "Where is beta?", "beta가 빠졌어요."),
        (row(0, -1.4, -0.2, 0.6, 22.8), "Scale first, then shift: beta is not multiplied by gamma.",
         "먼저 배율을 곱하고 나중에 더하세요. beta에는 gamma를 곱하지 않아요."),
        (row(0, 1, 1, 3, 16), "gamma scales and beta shifts: you have them the other way round.",
         "gamma가 배율이고 beta가 이동값이에요. 둘이 바뀌었어요."),
        (row(2, -0.3015, 0.3015, -0.9045, 10.603),
         "The small token has shrunk: epsilon is 1e-6, not Keras's default.",
         "작은 토큰이 줄어들었어요. 엡실론은 Keras의 기본값이 아니라 1e-6이에요."),
        (row(2, -0.9999, 0.9999, -2.9997, 11.9998), "epsilon is added to the variance, under the root.",
         "엡실론은 제곱근 안에서 분산에 더해요."),
        ("could not be broadcast",
         "shapes do not fit: (T, D) and (T,). `keepdims=True` keeps the axis over which you take "
         "the mean.",
         "(T, D)와 (T,)라서 형태가 맞지 않아요. `keepdims=True`를 쓰면 평균을 낸 축이 남아요."),
    )),
    "4": Exercise(31, on=(8, lambda z: z / 2, lambda z: 3 * z + 4, lambda z: z / 4, lambda z: z + 1), hints=(
        (9.25, "That is the original Transformer: norm after the sum. The ViT's comes before.",
         "덧셈 뒤에 층 정규화를 하는 원래 트랜스포머예요. ViT에서는 앞에 와요."),
        (27.75, "The norm belongs before msa and mlp, not behind them.",
         "층 정규화는 msa와 mlp의 뒤가 아니라 앞에 와요."),
        (5, "No residual connection: each equation ends in a sum.", "잔차 연결이 없어요. 식마다 끝에 덧셈이 있어요."),
        (7, "Equation (3) ends in a sum, too.", "식 (3)도 덧셈으로 끝나요."),
        (21, "Equation (2) ends in a sum, too.", "식 (2)도 덧셈으로 끝나요."),
        (11, "What is added is z itself, not the normed z.", "더하는 것은 정규화한 z가 아니라 z 자신이에요."),
        (15, "Equation (3) adds z'_l, the result of (2), not z_{l-1}.",
         "식 (3)에서 더하는 것은 z_{l-1}이 아니라 (2)의 결과 z'_l이에요."),
        (27, "The MLP of (3) sees z'_l, the result of (2), not z_{l-1}.",
         "식 (3)의 MLP는 z_{l-1}이 아니라 (2)의 결과 z'_l을 봐요."),
        (24, "That is z'_l, equation (2). Now equation (3).", "그것은 식 (2)의 z'_l이에요. 이제 식 (3)을 계산하세요."),
        (28, "norm_1 belongs to msa, norm_2 to mlp.", "norm_1은 msa에, norm_2는 mlp에 써요."),
        (73, "The norms are missing.", "층 정규화가 빠졌어요."),
        (49, "norm_2 is missing.", "norm_2가 빠졌어요."),
        (46, "norm_1 is missing.", "norm_1이 빠졌어요."),
    )),
}
