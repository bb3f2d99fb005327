"""Lesson 2: typical wrong answers get a hint that helps."""

import pytest

pytest.importorskip("jupytext")
from answers import Solutions  # noqa: E402


@pytest.fixture(scope="module")
def solved():
    return Solutions("02_self_attention")


def attention(*body):
    """An answer to exercise 3 that has these lines."""
    return "\n    ".join(["def attention(q, k, v):", *body])


@pytest.mark.parametrize("answer, hint", [
    ('answer = "A"', "stands in the exponent"),
    ('answer = "B"', "scores of a row sum to"),
    ('answer = "D"', "keys of zero"),
    ("key_dim = 1024", "The heads share it"),
    ("key_dim = 16", "number of heads"),
    ("key_dim = 16384", "do not multiply"),
    ("num_scores = 12 * 196 * 196", "class token asks and answers"),
    ("num_scores = 197 * 197", "one head."),
    ("num_scores = 196 * 196", "one head, and without the class token"),
    ("num_scores = 12 * 197", "Every token asks every token"),
    ("num_scores = 12 * 12 * 197 ** 2", "all 12 layers"),
])
def test_a_wrong_answer_gets_its_hint(solved, answer, hint):
    assert hint in solved.say(answer)


@pytest.mark.parametrize("mistake, body, hint", [
    ("no scale", "return softmax(q @ k.T) @ v", "too sharp"),
    ("D_h, not its root", "return softmax(q @ k.T / q.shape[-1]) @ v", "too even: divided by D_h"),
    ("root of T", "return softmax(q @ k.T / np.sqrt(len(q))) @ v", "root of T"),
    ("root of another width", "return softmax(q @ k.T / np.sqrt(v.shape[-1])) @ v", "root of the width of v"),
    ("wrong axis", "return softmax(q @ k.T / 2, axis=0) @ v", "softmax over the wrong axis"),
    ("wrong axis, no scale", "return softmax(q @ k.T, axis=0) @ v", "wrong axis, and nothing was divided"),
    ("no axis", "s = np.exp(q @ k.T / 2); return s / s.sum() @ v", "Give the softmax an axis"),
    ("only exp", "return np.exp(q @ k.T / 2) @ v", "not divided by the sum of the row"),
    ("no softmax", "return q @ k.T / 2 @ v", "where is the softmax?"),
    ("no softmax, no scale", "return q @ k.T @ v", "The root is missing, too"),
    ("q and k swapped", "return softmax(k @ q.T / 2) @ v", "q and k have changed places"),
    ("A transposed", "return softmax(q @ k.T / 2).T @ v", "A is transposed"),
    ("A instead of A v", "return softmax(q @ k.T / 2)", "That is A."),
    ("overflow", "s = np.exp(q @ k.T / 2); return s / s.sum(axis=-1, keepdims=True) @ v", "nan: exp of a large number"),
])
@pytest.mark.filterwarnings("ignore:(overflow|invalid value) encountered")
def test_a_wrong_attention_gets_its_hint(solved, mistake, body, hint):
    assert hint in solved.say(attention(body)).splitlines()[-2 if mistake == "overflow" else 0]


@pytest.mark.parametrize("mistake, body, hint", [
    ("no transpose", "x.reshape(num_heads, len(x), -1)", "keeps the order of reading"),
    ("heads in the middle", "x.reshape(len(x), num_heads, -1)", "The heads have to come first"),
    ("heads and width swapped", "x.reshape(len(x), -1, num_heads).transpose(1, 0, 2)", "heads of width 2"),
    ("heads and width swapped, in the middle", "x.reshape(len(x), -1, num_heads)", "heads of width 2"),
    ("heads and width swapped, by reshape alone", "x.reshape(-1, len(x), num_heads)", "heads of width 2"),
    ("every second column", "x.reshape(len(x), -1, num_heads).transpose(2, 0, 1)", "every second column"),
    ("width before tokens", "x.reshape(len(x), num_heads, -1).transpose(1, 2, 0)", "tokens and width are swapped"),
])
def test_wrongly_split_heads_get_their_hint(solved, mistake, body, hint):
    assert hint in solved.say(f"def split_heads(x, num_heads):\n    return {body}")


@pytest.mark.parametrize("answer", [
    attention("A = softmax(np.einsum('nk,mk->nm', q, k) * k.shape[-1] ** -0.5)", "return np.einsum('nm,mk->nk', A, v)"),
    "def split_heads(x, num_heads):\n    return np.stack(np.split(x, num_heads, axis=1))",
])
def test_another_right_way_is_right(solved, answer):
    assert all(line.startswith("correct") for line in solved.say(answer).splitlines())


def test_no_answer_is_no_mistake(solved):
    assert solved.say("answer = None") == "not answered yet / 아직 답하지 않았어요\n"
    assert solved.say("def split_heads(x, num_heads):\n    raise NotImplementedError").startswith("not answered yet")
