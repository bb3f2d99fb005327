"""The lesson of the lecture's stack: tensorflow-addons."""

import numpy as np

from vit_keras.lessons.exercises import Exercise

STEP = (np.array([1.0, -2.0, 0.5]), np.array([1.0, 0.0, -1.0]), 0.1, 0.1)  # weights, Adam's step, rate, decay
TFA, KERAS = np.array([0.8, -1.8, 0.55]), np.array([0.89, -1.98, 0.595])
NO_RATE = ("Adam's step has to be multiplied by the learning rate.", "Adam의 갱신량에 학습률을 곱하세요.")
NO_STEP = ("Only the decay: Adam's step is missing.", "감쇠만 있어요. Adam의 갱신량이 빠졌어요.")
NO_MINUS = ("The decay pulls towards zero: a minus.", "감쇠는 0 쪽으로 당겨요. 빼야 해요.")

ANSWERS = {
    "1": Exercise("B", hints=[
        ("A", "The number is the same. Are the two formulas of section 5 the same?",
         "숫자는 같아요. 5절의 두 식도 같은가요?"),
        ("C", "The other way round: which of the two formulas has the small factor in it?",
         "거꾸로예요. 두 식 가운데 작은 수가 하나 더 곱해진 것은 어느 쪽인가요?"),
        ("D", "tensorflow-addons leaves 0.9999 of it in each step. Ten thousand times: 0.9999 ** 10_000.",
         "tensorflow-addons에서는 스텝마다 0.9999배가 남아요. 만 번 곱하면 0.9999 ** 10_000이에요."),
    ]),
    "2": Exercise(0.1, tolerance=1e-9, hints=[
        (0.00005, "The same number: that is the trap.", "같은 숫자예요. 그게 바로 함정이에요."),
        (0.05, "Divided by 0.001. What is the learning rate here?", "0.001로 나누었어요. 여기서 학습률은 얼마인가요?"),
        (lambda number: 0 < number < 1e-6, "Multiplied: Keras multiplies by the rate itself, so you have to divide.",
         "곱했어요. 학습률은 Keras가 곱하니까 우리는 나누어야 해요."),
        (10, "That is the rate by the decay. The other way round.", "학습률을 감쇠로 나누었어요. 거꾸로 하세요."),
    ]),
    "3a": Exercise(TFA, on=(*STEP, "tfa"), hints=[
        (KERAS, "Keras's: in tensorflow-addons the decay is not multiplied by the rate.",
         "Keras의 식이에요. tensorflow-addons에서는 감쇠에 학습률을 곱하지 않아요."),
        (np.array([-0.1, -1.8, 1.45]), *NO_RATE),
        (np.array([1.0, -2.2, 0.65]), *NO_MINUS),
        (np.array([0.9, -1.8, 0.45]), *NO_STEP),
    ]),
    "3b": Exercise(KERAS, on=(*STEP, "keras"), hints=[
        (np.array([-0.01, -1.98, 1.495]), *NO_RATE),
        (TFA, "That is tensorflow-addons': Keras multiplies the decay by the learning rate.",
         "tensorflow-addons의 식이에요. Keras는 감쇠에 학습률을 곱해요."),
        (np.array([0.99, -1.98, 0.495]), *NO_STEP),
        (np.array([0.91, -2.02, 0.605]), *NO_MINUS),
    ]),
}
