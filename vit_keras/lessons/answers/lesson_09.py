"""Lesson 9: pretrained checkpoints and fine-tuning."""

import numpy as np

from vit_keras.lessons.exercises import Exercise

# ---- 3: the queries of one head, with D = 6 and three heads of width 2 ----

QKV = np.random.default_rng(0).integers(0, 99, (18, 6))

# ---- 4: a probe as a head ----

KERNEL, BIAS = np.array([[2.0, -1], [4, 3], [-6, 0]]), np.array([1.0, -1])
MEAN, DEVIATION = np.array([1.0, 2, 3]), np.array([2.0, 4, 0.5])
FOLDED = KERNEL / DEVIATION[:, None]
MULTIPLIED = KERNEL * DEVIATION[:, None]


# ---- 5: three seeds ----

def are_six_shares(found):
    return all(len(found[name]) == 3 and min(found[name]) >= 0 and max(found[name]) <= 1 for name in ("all", "half"))


def gain_and_error(accuracies):
    """Of "half" over "all", and its standard error, in points."""
    whole, half = (100 * np.asarray(accuracies[name], "float64") for name in ("all", "half"))
    return half.mean() - whole.mean(), np.sqrt((whole.var(ddof=1) + half.var(ddof=1)) / 3)


def gain(accuracies):
    if accuracies is None:
        return Exercise(lambda answer: False, hints=[(lambda answer: True, "First the six accuracies.",
                                                      "정확도 여섯 개가 먼저예요.")])
    points, _ = gain_and_error(accuracies)
    return Exercise(points, tolerance=1e-3, hints=[
        (-points, "The other way round: \"half\" minus \"all\".", "반대로 뺐어요. \"half\"에서 \"all\"을 빼세요."),
        (points / 100, "In percentage points: times 100.", "퍼센트포인트로 나타내세요. 100을 곱하세요."),
    ])


def is_clear(accuracies):
    if accuracies is None:
        return gain(None)
    points, error = gain_and_error(accuracies)
    return Exercise(lambda answer: answer == bool(abs(points) > 2 * error), hints=[
        (lambda answer: answer not in (True, False), "True or False.", "True 아니면 False예요."),
        (True, f"Two standard errors are {2 * error:.1f} points. Is the difference longer?",
         f"표준 오차의 두 배가 {2 * error:.1f}퍼센트포인트예요. 차이가 그보다 긴가요?"),
        (False, f"Two standard errors are {2 * error:.1f} points. Is the difference shorter?",
         f"표준 오차의 두 배가 {2 * error:.1f}퍼센트포인트예요. 차이가 그보다 짧은가요?"),
    ])


ANSWERS = {
    "1": Exercise("A", hints=[
        ("B", "Section 5: what is left of the weights after steps that large?",
         "5절을 떠올려 보세요. 그렇게 큰 걸음을 가면 가중치에 무엇이 남을까요?"),
        ("C", "Edges and colors of a leaf are in no class name either. How well did a ViT do with 5,400 photographs?",
         "잎의 윤곽과 색도 클래스 이름은 아니에요. ViT가 사진 5,400장으로 얼마나 했나요?"),
        ("D", "E has a row for every number of a patch. How many numbers does a patch of 8x8 have?",
         "E에는 패치의 숫자마다 행이 있어요. 8x8 패치에는 숫자가 몇 개인가요?"),
    ]),
    "2a": Exercise(101, hints=[
        (100, "One token has a position and is not a patch.", "패치가 아니면서 위치가 있는 토큰이 하나 있어요."),
        (197, "That is at 224x224 pixels.", "224x224 픽셀일 때예요."),
        (11, "160 / 16 is one side of the grid.", "160 / 16은 격자의 한 변이에요."),
        (10, "160 / 16 is one side of the grid.", "160 / 16은 격자의 한 변이에요."),
    ]),
    "2b": Exercise(891_077, tolerance=1e-7, hints=[
        (890_693, "The last norm learns, too: 2 * D.", "마지막 층 정규화도 학습해요. 2 * D예요."),
        (891_072, "The head has a bias.", "분류층에는 편향이 있어요."),
        (889_728, "Those are the two blocks. The last norm and the head learn, too.",
         "블록 둘만 센 거예요. 마지막 층 정규화와 분류층도 학습해요."),
        (4_449_989, "Ten blocks are frozen, two learn.", "열 블록은 동결하고 두 블록이 학습해요."),
        (1_083_112, "The head is new: 5 classes, not 1,000.",
         "분류층은 새것이에요. 클래스가 1,000개가 아니라 5개예요."),
        (890_498, "The head is for 5 classes, not for 2.", "분류층의 클래스는 2개가 아니라 5개예요."),
    ]),
    "2c": Exercise((2, 7), hints=[
        ((3, 5), "The table is read row by row. The old rows have 14 places, the new ones 10.",
         "표는 행마다 차례로 읽어요. 원래 행에는 자리가 14개, 새 행에는 10개예요."),
        ((7, 2), "Row first, then column.", "행이 먼저, 열이 나중이에요."),
        ((1, 12), "That is for a grid of 7x7. How many places does a row have at 160x160?",
         "7x7 격자일 때예요. 160x160에서는 한 행에 자리가 몇 개인가요?"),
        (35, "That is its number in the table, from 0. Which row and column of 14x14 has this number?",
         "그것은 표에서의 번호예요(0부터). 14x14에서 이 번호는 몇 행 몇 열인가요?"),
        ((4, 7), "That is the same spot of the picture, which is what interpolation finds. Cut off, the number in the "
                 "table counts.",
         "그림에서 같은 자리를 찾은 거예요. 그것은 보간이 하는 일이에요. 잘라 쓰면 번호만 중요해요."),
    ]),
    "3": Exercise(QKV[2:4].T, on=(QKV, 3, 1), hints=[
        (QKV[2:4], "Those are the right rows. PyTorch writes (outputs, inputs): transpose it.",
         "행은 맞아요. PyTorch는 (출력, 입력)으로 쓰니까 전치하세요."),
        (QKV.T[:, 6:12][:, 2:4], "That is the key of this head. The queries come first.",
         "이 헤드의 키예요. 쿼리가 먼저 나와요."),
        (QKV[:6].T, "Those are the queries of all heads. One head has D_h = D / 3 of them.",
         "모든 헤드의 쿼리예요. 헤드 하나에는 D_h = D / 3개예요."),
        (QKV[:6].T[:, 1::3], "The rows go head by head: those of a head stand together.",
         "행은 헤드 순서대로예요. 한 헤드의 행은 붙어 있어요."),
        (QKV[:6].T[2:4].T, "Outputs are the rows of the file. You have cut the inputs.",
         "출력은 파일의 행이에요. 입력을 잘랐네요."),
        (QKV[6:12].T, "Those are the keys of all heads. The queries come first, and one head has D_h = D / 3 of them.",
         "모든 헤드의 키예요. 쿼리가 먼저 나오고, 헤드 하나에는 D_h = D / 3개예요."),
    ]),
    "4": Exercise((FOLDED, BIAS - MEAN @ FOLDED), on=(KERNEL, BIAS, MEAN, DEVIATION), hints=[
        ((FOLDED, BIAS), "The deviation is folded in. What does the mean add to every logit?",
         "표준 편차는 넣었어요. 평균은 로짓마다 무엇을 더하나요?"),
        ((FOLDED, BIAS - MEAN @ KERNEL), "The mean goes through the new kernel, which is divided already.",
         "평균은 이미 나눈 새 커널을 지나가요."),
        ((FOLDED, BIAS + MEAN @ FOLDED), "The mean is subtracted.", "평균은 빼는 거예요."),
        ((MULTIPLIED, BIAS - MEAN @ MULTIPLIED), "Divide by the deviation.", "표준 편차로 나누세요."),
        ("could not be broadcast", "The deviation has one number for each ROW of the kernel: deviation[:, None].",
         "표준 편차는 커널의 행마다 하나예요. deviation[:, None]으로 쓰세요."),
        (lambda found: not isinstance(found, (tuple, list)), "Return both, kernel and bias.",
         "커널과 편향을 둘 다 돌려주세요."),
    ]),
    "5a": Exercise(are_six_shares, hints=[
        ("KeyError", "The names are \"all\" and \"half\".", "이름은 \"all\"과 \"half\"예요."),
        (lambda found: min(map(len, found.values())) < 3, "Three seeds each.", "시드가 세 개씩 필요해요."),
        (lambda found: max(map(max, found.values())) > 1, "As shares: 0.97, not 97.",
         "비율로 적으세요. 97이 아니라 0.97이에요."),
    ]),
    "5b": gain,
    "5c": is_clear,
    "6": Exercise("D", hints=[
        ("A", "How many pictures are 0.7 points of 400? And how was the best of ten found?",
         "400장의 0.7퍼센트포인트는 몇 장인가요? 열 가지 가운데 가장 좋은 것은 어떻게 골랐나요?"),
        ("B", "It does take longer. But would the number be right at equal time?",
         "더 걸리기는 해요. 그런데 시간이 같으면 그 숫자가 옳을까요?"),
        ("C", "Section 5: the largest rate. Was fine-tuning always better?",
         "5절의 가장 큰 학습률을 떠올려 보세요. 미세 조정이 늘 나았나요?"),
    ]),
}
