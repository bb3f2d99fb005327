"""Lesson 5: typical wrong answers get a hint that helps."""

import pytest

pytest.importorskip("jupytext")
from answers import Solutions  # noqa: E402


@pytest.fixture(scope="module")
def solved():
    return Solutions("05_ViT_image_classification_example")


@pytest.mark.parametrize("answer, hint", [
    ('answer = "A"', "neighbours of a pixel at the edge"),
    ('answer = "C"', "told which patches are neighbours"),
    ('answer = "D"', "is anything lost"),
    ("num_patches = 17", "with the class token"),
    ("num_patches = 4", "square it"),
    ("parameters = 142026", "That is patch_size=4"),
    ("def top_k_accuracy(logits, labels, k):\n"
     "    return np.mean(np.any(np.argsort(logits, axis=1)[:, :k] == labels[:, None], axis=1))", "sorts upwards"),
    ("def top_k_accuracy(logits, labels, k):\n    return np.mean(logits.argmax(axis=1) == labels)", "k = 1"),
    ("def top_k_accuracy(logits, labels, k):\n"
     "    return np.sum(np.any(np.argsort(logits, axis=1)[:, -k:] == labels[:, None], axis=1))", "divide by"),
])
def test_a_wrong_answer_gets_its_hint(solved, answer, hint):
    assert hint in solved.say(answer)


def test_no_answer_is_no_mistake(solved):
    assert solved.say("answer = None") == "not answered yet / 아직 답하지 않았어요\n"
