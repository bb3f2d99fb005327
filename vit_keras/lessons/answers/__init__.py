"""Right answers and hints, a file a lesson: `ANSWERS` maps the number of an exercise to its `Exercise`."""

from vit_keras.lessons.exercises import Exercise
from vit_keras.lessons.results import gains


def changed_one_thing(accuracies):
    """Two ways of training, three seeds each: is their difference more than chance? The student's own numbers decide.

    Args:
        accuracies: dict from the name of each way to its accuracies.
    """
    complete = len(accuracies) == 2 and all(len(values) == 3 for values in accuracies.values())
    clear = complete and gains(accuracies)[1].clear
    return Exercise(lambda answer: complete and answer == clear, hints=(
        (lambda answer: not complete, "First train both ways, with three seeds each.",
         "먼저 두 가지 방법을 시드 세 개씩으로 학습시키세요."),
        (True, "The means differ by less than two standard errors: it could be chance.",
         "평균의 차이가 표준 오차의 두 배보다 작아요. 우연일 수 있어요."),
        (False, "The means differ by more than two standard errors.", "평균의 차이가 표준 오차의 두 배보다 커요."),
    ))
