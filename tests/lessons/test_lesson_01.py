"""Lesson 1: typical wrong answers get a hint that helps."""

import pytest

pytest.importorskip("jupytext")
from answers import Solutions  # noqa: E402


@pytest.fixture(scope="module")
def solved():
    return Solutions("01_patches_and_embeddings")


@pytest.mark.parametrize("answer, hint", [
    ('answer = "A"', "how many old ones fit into a new one"),
    ('answer = "C"', "a quarter of a quarter"),
    ('answer = "D"', "always HWC"),
    ("num_patches = 16", "square it"),
    ("num_patches = 257", "with the class token"),
    ("num_patches = 256 ** 2", "That is N times N"),
    ("num_patches = 224 * 224 // 14", "Divide by P*P"),
    ("num_patches = 196", "P = 16"),
    ("rows_of_E_pos = 256", "Does the class token get no position"),
    ("rows_of_E_pos = 17", "Every patch has a row"),
    ("rows_of_E_pos = 256 ** 2", "not for every pair"),
    ("rows_of_E_pos = 256 ** 2 + 1", "not for every pair"),
    ("rows_of_E_pos = 197", "P = 16"),
    ("shape_of_E = (1280, 588)", "Transposed"),
    ("shape_of_E = (196, 1280)", "each pixel three numbers"),
    ("shape_of_E = (256, 1280)", "does not know how many patches"),
    ("shape_of_E = (257, 1280)", "That is E_pos"),
])
def test_a_wrong_number_gets_its_hint(solved, answer, hint):
    assert hint in solved.say(answer)


CUT = """
def to_patches(images, patch_size):
    b, h, w, c = images.shape
    p = patch_size
    x = images.reshape(b, h // p, p, w // p, p, c)  # (B, i, a, j, b, C)
    return {}
"""


@pytest.mark.parametrize("result, hint", [
    ("images.reshape(b, -1, p * p * c)", "strips of rows"),
    ("x.transpose(0, 1, 3, 5, 2, 4).reshape(b, -1, p * p * c)", "channel comes first"),
    ("x.transpose(0, 1, 3, 4, 2, 5).reshape(b, -1, p * p * c)", "columns come before the rows"),
    ("x.transpose(0, 3, 1, 2, 4, 5).reshape(b, -1, p * p * c)", "from top to bottom first"),
    ("x.transpose(0, 1, 3, 2, 4, 5).reshape(b, -1, p, p, c)", "flatten each"),
    ("x.transpose(0, 1, 3, 2, 4, 5).reshape(-1, p * p * c)", "has to be (B, N, P*P*C)"),  # the batch is lost
    ("x.transpose(0, 1, 3, 2, 4, 5)", "has to be (B, N, P*P*C)"),
    ("x.transpose(0, 1, 3, 2, 4, 5).reshape(b, -1, p * p * c)", "correct"),
    ("ops.convert_to_tensor(x.transpose(0, 1, 3, 2, 4, 5).reshape(b, -1, p * p * c))", "correct"),
])
def test_wrong_patches_get_their_hint(solved, result, hint):
    assert hint in solved.say(CUT.format(result))


EMBED = """
def embed(patches, E, class_token, positions):
    x = patches @ E
    first = np.tile(class_token, (len(x), 1, 1))
    return {}
"""


@pytest.mark.parametrize("result, hint", [
    ("np.concatenate([x, first], axis=1) + positions", "it comes before the patches"),
    ("np.concatenate([first, x + positions[1:]], axis=1)", "has a position, too: put it in, then add"),
    ("np.concatenate([first, x + positions[:-1]], axis=1)", "row 0: put it in, then add"),
    ("np.concatenate([first, x + positions], axis=1)", "positions have a row for the class token, too"),  # no fit
    ("x + positions", "positions have a row for the class token, too"),
    ("np.concatenate([first, x], axis=1)", "Where are the positions"),
    ("x + positions[1:]", "the class token is missing"),
    ("x", "the class token is missing"),
    ("np.concatenate([class_token[None, None], x], axis=1) + positions", "every image of the batch needs"),
    ("np.concatenate([class_token, x], axis=1) + positions", "every image of the batch needs"),
    ("np.concatenate([first, first, x], axis=1)", "has to be (B, N + 1, D)"),
    ("np.concatenate([first, x], axis=1) + positions", "correct"),
    ("x @ E", "your answer raises ValueError: matmul"),  # what no hint explains is shown as it is
    ("np.broadcast_to(class_token, (2, 3))", "your answer raises ValueError: operands"),
])
def test_wrong_tokens_get_their_hint(solved, result, hint):
    assert hint in solved.say(EMBED.format(result))


@pytest.mark.parametrize("answer", ["answer = None", "def embed(*arguments):\n    raise NotImplementedError"])
def test_no_answer_is_no_mistake(solved, answer):
    assert solved.say(answer) == "not answered yet / 아직 답하지 않았어요\n"
