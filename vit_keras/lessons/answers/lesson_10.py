"""Lesson 10: looking inside."""

from functools import reduce

import numpy as np

from vit_keras.inside import HEAD_FUSION, attention_rollout
from vit_keras.lessons.exercises import Exercise

# ---- 3: one row of R, with 3 blocks, 2 heads, T = 5 ----

MAPS = np.exp(2 * np.random.default_rng(1).normal(size=(3, 2, 5, 5)))
MAPS /= MAPS.sum(axis=-1, keepdims=True)
FUSED = MAPS.mean(axis=1)
HALVES = (FUSED + np.eye(5)) / 2
ROLLOUT = attention_rollout(MAPS[None])[0]

# ---- 4: an object that covers a patch and half of another, on 2 rows and 4 columns of patches of 2x3 pixels ----

MASK = np.zeros((4, 12), bool)
MASK[0:3, 6:9] = True
SHARES = np.array([0, 0, 1, 0, 0, 0, 0.5, 0])
WIDE = np.full((9, 9), 1 / 9)
WIDE[0] = [0.2, 0.04, 0.12, 0.24, 0.08, 0, 0.16, 0.16, 0]
TAKEN = WIDE[0, 1:]


# ---- 5: rollout, right or with one of the mistakes of section 3 ----

def variant(divide="rows", residual=True, reverse=False, transpose=False):
    def function(maps, head_fusion="mean"):
        steps = HEAD_FUSION[head_fusion](np.asarray(maps, float), axis=2)
        steps = steps + np.eye(steps.shape[-1]) if residual else steps
        sums = steps.sum(axis=-1)
        steps = steps / {"rows": sums[..., :, None], "columns": sums[..., None, :], "nothing": 1}[divide]
        found = np.stack([reduce(lambda rollout, step: step @ rollout, one[::-1] if reverse else one)
                          for one in steps])
        return found.swapaxes(1, 2) if transpose else found
    return function


MISTAKES = (variant("nothing"), variant(residual=False), variant(reverse=True), variant(transpose=True),
            variant("columns"))

ANSWERS = {
    "1": Exercise("C", hints=[
        ("A", "Section 5: the model whose values were cut has the same map. What did it recognize by it?",
         "5절에서 밸류를 0으로 만든 모델도 맵이 같았어요. 그 모델은 무엇을 보고 알았을까요?"),
        ("B", "That can be true, but it takes an experiment: which one?",
         "맞을 수도 있지만 실험을 해 봐야 알아요. 어떤 실험일까요?"),
        ("D", "Where in R = Â_L ··· Â_1 is the class?", "R = Â_L ··· Â_1의 어디에 클래스가 들어 있나요?"),
    ]),
    "2a": Exercise(61, hints=[
        (60, "Those are the patches. Which token stands for the picture as a whole?",
         "그것은 패치의 수예요. 그림 전체를 대표하는 토큰은요?"),
        (16, "6 + 10: rows times columns.", "6 + 10이에요. 행의 수와 열의 수를 곱해야 해요."),
    ]),
    "2b": Exercise(13, hints=[
        (12, "That is its number among the patches. Which token comes first?",
         "패치끼리만 센 번호예요. 맨 앞에는 어떤 토큰이 있나요?"),
        (23, "Rows are counted from 1 here: the second row comes after one row.",
         "행은 1부터 셌어요. 둘째 행 앞에는 한 행이 있어요."),
        (14, "Patches go row by row, and columns are counted from 1 here.",
         "패치는 행을 따라 놓이고, 열은 1부터 셌어요."),
        (9, "That takes 6 patches for a row. How wide is the picture?",
         "한 행을 패치 6개로 셌어요. 그림의 너비가 얼마인가요?"),
        (22, "That is the third row, second column.", "그것은 셋째 행 둘째 열이에요."),
    ]),
    "2c": Exercise(1 / 60, hints=[
        (1 / 61, "The class token's own share is left out of a map.", "맵에서는 클래스 토큰 자신의 몫을 빼요."),
        (1, "That is in multiples of it. As a share of the map?",
         "그것은 몇 배인지로 나타낸 값이에요. 맵에서 차지하는 몫은요?"),
        (60, "One divided by that.", "1을 그것으로 나누세요."),
    ]),
    "3": Exercise(ROLLOUT[0], on=(MAPS,), hints=[
        (ROLLOUT, "That is all of R; only its first row is needed.", "R 전체예요. 첫 행만 돌려주세요."),
        ((HALVES[0] @ HALVES[1] @ HALVES[2])[0], "The order: the row meets the last block first, then the one before.",
         "순서를 보세요. 행은 마지막 블록을 먼저 만나고, 그다음에 그 앞 블록을 만나요."),
        ((FUSED[2] @ FUSED[1] @ FUSED[0])[0], "The residual connection is missing.", "잔차 연결이 빠졌어요."),
        (8 * ROLLOUT[0], "It sums to 8: each block has to be halved.", "합이 8이에요. 블록마다 2로 나눠야 해요."),
        (ROLLOUT[:, 0], "That is the column: what others took from the class token.",
         "그것은 열이에요. 남들이 클래스 토큰에게서 가져간 몫이에요."),
        (lambda row: np.shape(row) == (4,), "With the class token's own share: shape (T,).",
         "클래스 토큰 자신의 몫까지 포함해 형태가 (T,)예요."),
        (lambda row: np.ndim(row) == 3, "Fuse the heads first: the mean over their axis.",
         "헤드부터 합치세요. 헤드 축으로 평균을 내요."),
    ]),
    "4": Exercise(2.1333333, on=(WIDE, MASK, (2, 4)), tolerance=1e-4, hints=[
        (0.4, "That is the mass. Divide it by the area.", "그것은 맵에서 물체 위에 있는 몫이에요. 넓이로 나누세요."),
        (TAKEN @ SHARES / SHARES.mean(), "The map has to sum to one, without the class token's own share.",
         "클래스 토큰 자신의 몫을 빼고, 맵의 합이 1이 되게 하세요."),
        (WIDE[0, :8] @ SHARES / SHARES.mean(), "The class token is still in: all is moved by one patch.",
         "클래스 토큰이 그대로 있어요. 패치 하나만큼 밀렸어요."),
        (TAKEN.reshape(4, 2).T.ravel() / 0.8 @ SHARES / SHARES.mean(), "Rows and columns are swapped.",
         "행과 열이 바뀌었어요."),
        (TAKEN / 0.8 @ (SHARES > 0) / np.mean(SHARES > 0), "A patch half covered counts half.",
         "반만 덮인 패치는 반만 세요."),
        ("reshape", "A mask of 4x12 pixels and a grid of 2x4: a patch has 2x3 pixels.",
         "마스크는 4x12 픽셀, 격자는 2x4예요. 패치는 2x3 픽셀이에요."),
        ("broadcast", "Bring mask and map to the same grid first.", "마스크와 맵을 먼저 같은 격자로 맞추세요."),
    ]),
    "5": Exercise(lambda test: test(variant()) and test(attention_rollout) and not any(map(test, MISTAKES)), hints=[
        (lambda test: not test(variant()),
         "It refuses the right one. Float32 differs in the seventh digit: np.allclose.",
         "올바른 함수를 틀렸다고 해요. float32는 일곱째 자리에서 달라지니 np.allclose로 견주세요."),
        (lambda test: test(MISTAKES[0]), "It accepts rows that do not sum to one.",
         "행의 합이 1이 아닌 것을 통과시켜요."),
        (lambda test: test(MISTAKES[1]),
         "It accepts a rollout without the residual connection: one block must give (A + I) / 2.",
         "잔차 연결이 없는 롤아웃을 통과시켜요. 블록이 하나면 (A + I) / 2가 나와야 해요."),
        (lambda test: test(MISTAKES[2]), "It accepts the blocks in the wrong order: try two that differ.",
         "블록의 순서가 뒤집힌 것을 통과시켜요. 서로 다른 블록 두 개로 시험하세요."),
        (lambda test: test(MISTAKES[3]), "It accepts R with rows and columns exchanged.",
         "R의 행과 열이 바뀐 것을 통과시켜요."),
        (lambda test: test(MISTAKES[4]),
         "One mistake sleeps with the mean, or with one head. Which fusion wakes it?",
         "평균으로 합치거나 헤드가 하나면 잠자는 실수가 하나 있어요. 어떻게 합쳐야 깨어날까요?"),
    ]),
}
