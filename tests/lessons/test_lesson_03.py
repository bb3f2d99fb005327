"""Lesson 3: typical wrong answers get a hint that helps."""

import pytest

pytest.importorskip("jupytext")
from answers import Solutions  # noqa: E402


@pytest.fixture(scope="module")
def solved():
    return Solutions("03_transformer_encoder")


@pytest.mark.parametrize("answer, hint", [
    ('answer = "A"', "all that comes out of the block"),
    ('answer = "C"', "A post-norm block would do that"),
    ('answer = "D"', "multiplied by before it leaves"),
    ("parameters = 4*D + 4*D*D + 2*D*M", "has biases, too"),
    ("parameters = 4*(D*D + D) + 2*D*M + M + D", "The two norms are missing"),
    ("parameters = 2*D + 4*(D*D + D) + 2*D*M + M + D", "two norms in a block"),
    ("parameters = 4*D*D + 2*D*M", "The biases and the norms"),
    ("parameters = 4*D + 3*(D*D + D) + 2*D*M + M + D", "a fourth dense layer"),
    ("parameters = 4*D + 16*4*(D*D + D) + 2*D*M + M + D", "not count them 16 times"),
    ("parameters = 4*D + (16*3 + 1)*(D*D + D) + 2*D*M + M + D", "not count them 16 times"),
    ("parameters = 24 * (4*D + 4*(D*D + D) + 2*D*M + M + D)", "all 24 blocks"),
])
def test_a_wrong_answer_gets_its_hint(solved, answer, hint):
    assert hint in solved.say(answer)


@pytest.mark.filterwarnings("ignore:invalid value encountered in divide")  # 0 / 0 is what the hint is about
@pytest.mark.parametrize("body, hint", [
    ("gamma * (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-6) + beta", "the other axis"),
    ("gamma * (x - x.mean()) / np.sqrt(x.var() + 1e-6) + beta", "One mean for all tokens"),
    ("gamma * (x - m) / (v + 1e-6) + beta", "take its root"),
    ("gamma * x / np.sqrt(v + 1e-6) + beta", "Subtract the mean"),
    ("gamma * (x - m) / np.sqrt(x.var(-1, ddof=1, keepdims=True) + 1e-6) + beta", "not by D - 1"),
    ("(x - m) / np.sqrt(v + 1e-6)", "gamma and beta"),
    ("(x - m) / np.sqrt(v + 1e-6) + beta", "Where is gamma"),
    ("gamma * (x - m) / np.sqrt(v + 1e-6)", "Where is beta"),
    ("gamma * ((x - m) / np.sqrt(v + 1e-6) + beta)", "Scale first"),
    ("beta * (x - m) / np.sqrt(v + 1e-6) + gamma", "the other way round"),
    ("gamma * (x - m) / np.sqrt(v) + beta", "dividing by zero"),
    ("gamma * (x - m) / np.sqrt(v + 1e-3) + beta", "not Keras's default"),
    ("gamma * (x - m) / (np.sqrt(v) + 1e-6) + beta", "under the root"),
    ("gamma * (x - x.mean(-1)) / np.sqrt(x.var(-1) + 1e-6) + beta", "keepdims=True"),
])
def test_a_wrong_layer_norm_gets_its_hint(solved, body, hint):
    assert hint in solved.say("def layer_norm(x, gamma, beta):\n"
                              "    m, v = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)\n"
                              f"    return {body}")


@pytest.mark.parametrize("first, second, hint", [
    ("norm_1(msa(z) + z)", "norm_2(mlp(a) + a)", "That is the original Transformer"),
    ("norm_1(msa(z)) + z", "norm_2(mlp(a)) + a", "not behind them"),
    ("msa(norm_1(z))", "mlp(norm_2(a))", "No residual connection"),
    ("msa(norm_1(z)) + z", "mlp(norm_2(a))", "Equation (3) ends in a sum"),
    ("msa(norm_1(z))", "mlp(norm_2(a)) + a", "Equation (2) ends in a sum"),
    ("msa(norm_1(z)) + norm_1(z)", "mlp(norm_2(a)) + norm_2(a)", "not the normed z"),
    ("msa(norm_1(z)) + z", "mlp(norm_2(a)) + z", "not z_{l-1}"),
    ("msa(norm_1(z)) + z", "mlp(norm_2(z)) + a", "The MLP of (3) sees z'_l"),
    ("msa(norm_1(z)) + z", "a", "Now equation (3)"),
    ("msa(norm_2(z)) + z", "mlp(norm_1(a)) + a", "norm_2 to mlp"),
    ("msa(z) + z", "mlp(a) + a", "The norms are missing"),
    ("msa(norm_1(z)) + z", "mlp(a) + a", "norm_2 is missing"),
    ("msa(z) + z", "mlp(norm_2(a)) + a", "norm_1 is missing"),
])
def test_a_wrong_block_gets_its_hint(solved, first, second, hint):
    said = solved.say(f"def encoder_block(z, norm_1, msa, norm_2, mlp):\n    a = {first}\n    return {second}")
    assert hint in said


def test_a_block_written_otherwise_is_right_too(solved):
    """In place, or in one line: what counts is the equation."""
    for body in ("z += msa(norm_1(z))\n    z += mlp(norm_2(z))\n    return z",
                 "return (a := msa(norm_1(z)) + z) + mlp(norm_2(a))"):
        assert solved.say(f"def encoder_block(z, norm_1, msa, norm_2, mlp):\n    {body}").startswith("correct")


def test_no_answer_is_no_mistake(solved):
    assert solved.say("answer = None") == "not answered yet / 아직 답하지 않았어요\n"
