"""Right answers and hints, a file a lesson: `ANSWERS` maps the number of an exercise to its `Exercise`."""

from vit_keras.lessons.exercises import Exercise
from vit_keras.lessons.results import gains


def changed_one_thing(accuracies):
    """Two ways of training, three seeds each: is their difference more than chance? The student's own numbers decide.

    Args:
        accuracies: dict from the name of each way to its accuracies, in shares.
    """
    if not (isinstance(accuracies, dict) and [len(values) for values in accuracies.values()] == [3, 3]):
        return Exercise(lambda answer: False, ((lambda answer: True, "First train both ways, with three seeds each.",
                                                "먼저 두 가지 방법을 시드 세 개씩으로 학습시키세요."),))
    second = gains(accuracies)[1]
    noise = f"{200 * second.error:.1f}"
    return Exercise(second.clear, (
        (True, f"The means differ by {second.points} points, two standard errors are {noise}: it could be chance.",
         f"평균의 차이는 {second.points}퍼센트포인트이고 표준 오차의 두 배는 {noise}이에요. 우연일 수 있어요."),
        (False, f"The means differ by {second.points} points, more than two standard errors, {noise}.",
         f"평균의 차이는 {second.points}퍼센트포인트로, 표준 오차의 두 배인 {noise}보다 커요."),
    ))
