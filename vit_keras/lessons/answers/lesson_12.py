"""Lesson 12: augmentation and the ladder."""

import numpy as np

from vit_keras.lessons.exercises import Exercise

ONE, OTHER = np.random.default_rng(0).integers(0, 99, (2, 6, 8, 3))
PASTED = ONE.copy()
PASTED[1:4, 2:8] = OTHER[1:4, 2:8]
LABEL_ONE, LABEL_OTHER = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
LEFT = 1 - 3 * 6 / (6 * 8)
for given in (ONE, OTHER):
    given.setflags(write=False)  # an answer that writes into them gets an error


def has(index, wanted):
    """Whether this part of an answer is the wanted one."""
    return lambda pair: np.shape(pair[index]) == np.shape(wanted) and np.allclose(pair[index], wanted)


has_picture, has_label = has(0, PASTED), has(1, [LEFT, 0, 1 - LEFT])

ANSWERS = {
    "1": Exercise("A", hints=[
        ("B", "How far is training above test? What is there to regularize?",
         "학습 정확도가 테스트보다 얼마나 높은가요? 규제할 것이 있나요?"),
        ("C", "How much can any decay do in three passes? And training fell as well.",
         "세 번 훑는 동안 감쇠가 얼마나 할 수 있을까요? 게다가 학습 정확도도 떨어졌어요."),
        ("D", "It can: the model has learned changed pictures in too few steps, and is asked about plain ones.",
         "낮출 수 있어요. 적은 스텝 동안 바뀐 그림을 배우느라 원래 그림을 덜 배웠어요."),
    ]),
    "2a": Exercise(0.859375, hints=[
        (0.140625, "That is the box: the partner's share.", "그것은 상자의 몫, 곧 짝의 몫이에요."),
        (1 - 12 * 18 / 32**2, "The picture is not square: 32 x 48 pixels.",
         "그림은 정사각형이 아니에요. 32 x 48픽셀이에요."),
        (1 - 13 * 19 / (32 * 48), "The last row and the last column are not included: 12 x 18.",
         "마지막 행과 열은 포함하지 않아요. 12 x 18이에요."),
    ]),
    "2b": Exercise(0.9 * 0.859375 + 0.01, hints=[
        (0.859375, "That is before smoothing.", "그것은 스무딩하기 전이에요."),
        (0.9 * 0.859375, "Every class gets epsilon / K back, this one too.",
         "모든 클래스가 epsilon / K를 돌려받아요. 이 클래스도요."),
        (0.91, "That is smoothing alone. Here the label is mixed first.",
         "그것은 스무딩만 했을 때예요. 여기서는 먼저 섞어요."),
        (0.9 * 0.859375 + 0.1, "Epsilon is shared by all K classes.", "epsilon은 클래스 K개가 나눠 가져요."),
    ]),
    "3": Exercise(
        lambda pair: has_picture(pair) and has_label(pair),
        on=(ONE, OTHER, LABEL_ONE, LABEL_OTHER, (1, 4, 2, 8)),
        hints=[
            ("read-only", "The pictures you were given must not change: work on a copy.",
             "받은 그림을 바꾸면 안 돼요. 사본에 작업하세요."),
            (lambda pair: len(pair) != 2 or np.ndim(pair[0]) != 3,
             "Return two things: the picture and the label.", "그림과 레이블 두 가지를 돌려주세요."),
            (has(1, [1 - LEFT, 0, LEFT]), "The box is the partner's share: the label is the wrong way round.",
             "상자가 짝의 몫이에요. 레이블이 거꾸로예요."),
            (has(1, LABEL_ONE), "The label has to be mixed as well.", "레이블도 섞어야 해요."),
            (lambda pair: not has_label(pair), "The label: the area of the box over H * W is the partner's.",
             "레이블을 보세요. 상자 넓이를 H * W로 나눈 것이 짝의 몫이에요."),
            (lambda pair: not has_picture(pair),
             "The label is right. The picture: rows top to bottom, columns left to right, of b.",
             "레이블은 맞아요. 그림을 보세요. b에서 top부터 bottom 앞까지의 행, left부터 right 앞까지의 열이에요."),
        ]),
}
