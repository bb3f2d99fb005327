"""Lesson 11: the training recipe."""

import numpy as np

from vit_keras.lessons.exercises import Exercise

LEVEL = np.full(400, 1e-3)  # learning rates of all steps
UP_THEN_DOWN = 2e-3 * np.concatenate([np.arange(100) / 100, 0.98 ** np.arange(300)])
ONE_NUMBER = ("One number for the whole run, please.", "학습 전체에 숫자 하나여야 해요.")

ANSWERS = {
    "1": Exercise("D", hints=[
        ("A", "Section 2: how far did the weight with the gradient of 3 move, and how far the one with 0.001?",
         "2절을 떠올려 보세요. 그래디언트가 3인 가중치와 0.001인 가중치가 각각 얼마나 움직였나요?"),
        ("B", "That is Adam with L2. What does the W of AdamW stand for?",
         "그것은 L2를 더한 Adam이에요. AdamW의 W는 무엇을 뜻하나요?"),
        ("C", "Clipping shortens all gradients of a step by the same factor; their ratio stays.",
         "클리핑은 한 스텝의 모든 그래디언트를 같은 비율로 줄여요. 둘의 비는 그대로예요."),
    ]),
    "2a": Exercise(1150, hints=[
        (1171, "In each pass some pictures do not fill a batch: round down a pass, not all of them together.",
         "훑을 때마다 배치를 채우지 못하는 그림이 있어요. 한 번 훑을 때의 스텝 수를 내림하세요."),
        (1171.875, "A step needs a whole batch: round down in every pass.",
         "한 스텝에는 배치 하나가 다 필요해요. 한 번 훑을 때마다 내림하세요."),
        (1200, "What does not fill a batch is left out, not made a smaller one.",
         "배치를 채우지 못하는 그림은 작은 배치가 되지 않고 빠져요."),
        (23, "That is one pass.", "그것은 한 번 훑을 때예요."),
    ]),
    # Of 1,150 steps; the product over the steps of the schedule is 0.9441, (1 - mean rate * decay)^1150 the same.
    "2b": Exercise(0.9441, tolerance=3e-4, hints=[
        (0.8913, "That is with the peak in every step. What is the mean of the schedule?",
         "그것은 모든 스텝에서 최댓값일 때예요. 스케줄의 평균은 얼마인가요?"),
        (0.0559, "That is what is taken away. What is left?", "그것은 줄어든 만큼이에요. 남는 비율을 구하세요."),
        (lambda share: 0 <= share < 1e-6, "In Keras the decay is multiplied by the rate.",
         "Keras에서는 감쇠에 학습률을 곱해요."),
        (0.9425, "Nearly: the shares do not add up. Each step takes one of what is left: multiply.",
         "거의 맞았어요. 비율을 더하지 말고 곱하세요. 스텝마다 남은 것에서 빼니까요."),
    ]),
    "3a": Exercise(0.1, on=(1e-4, LEVEL), hints=[
        (1e-7, "In Keras the decay is multiplied by the rate. To undo that, divide.",
         "Keras는 감쇠에 학습률을 곱해요. 되돌리려면 나누세요."),
        (1e-4, "That is the number as it stands.", "그것은 숫자를 그대로 옮긴 거예요."),
        (1e-4 / LEVEL, *ONE_NUMBER),
        (1e-4 / LEVEL.sum(), "The sum of the shares is to be steps * decay, not one decay.",
         "비율의 합은 감쇠 하나가 아니라 steps * decay여야 해요."),
    ]),
    "3b": Exercise(1e-4 / np.mean(UP_THEN_DOWN), on=(1e-4, UP_THEN_DOWN), hints=[
        (1e-4 / 2e-3, "By the peak: right only if the old decay followed the schedule. It did not.",
         "최댓값으로 나눴어요. 옛 감쇠가 스케줄을 따랐을 때만 맞아요."),
        (1e-4 / np.median(UP_THEN_DOWN), "The sum of the rates counts, so take the mean.",
         "학습률의 합이 중요하니까 평균을 쓰세요."),
        (lambda d: not np.all(np.isfinite(d)),
         "A rate of a single step may be zero. Take all of them together.",
         "한 스텝의 학습률은 0일 수 있어요. 모두 합쳐서 생각하세요."),
        (lambda d: np.size(d) > 1, *ONE_NUMBER),
        (1e-4 * np.mean(UP_THEN_DOWN), "Divide, do not multiply.", "곱하지 말고 나누세요."),
        (np.mean(1e-4 / UP_THEN_DOWN[1:]), "The mean of the quotients is not the quotient of the mean.",
         "몫의 평균은 평균으로 나눈 몫과 달라요."),
    ]),
}
