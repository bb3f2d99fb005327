NORM = """def layer_norm(x, gamma, beta):
    m, v = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return """
BLOCK = "def encoder_block(z, norm_1, msa, norm_2, mlp):\n    "


def block(first, second):
    return BLOCK + f"a = {first}\n    return {second}"


WRONG = [
    ('answer = "B"', "all that comes out of the block"),
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
    (NORM + "gamma * (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-6) + beta", "the other axis"),
    (NORM + "gamma * (x - x.mean()) / np.sqrt(x.var() + 1e-6) + beta", "One mean for all tokens"),
    (NORM + "gamma * (x - m) / (v + 1e-6) + beta", "Take its square root"),
    (NORM + "gamma * x / np.sqrt(v + 1e-6) + beta", "Subtract the mean"),
    (NORM + "gamma * (x - m) / np.sqrt(x.var(-1, ddof=1, keepdims=True) + 1e-6) + beta", "not by D - 1"),
    (NORM + "(x - m) / np.sqrt(v + 1e-6)", "gamma and beta"),
    (NORM + "(x - m) / np.sqrt(v + 1e-6) + beta", "Where is gamma"),
    (NORM + "gamma * (x - m) / np.sqrt(v + 1e-6)", "Where is beta"),
    (NORM + "gamma * ((x - m) / np.sqrt(v + 1e-6) + beta)", "Scale first"),
    (NORM + "beta * (x - m) / np.sqrt(v + 1e-6) + gamma", "the other way round"),
    (NORM + "gamma * (x - m) / np.sqrt(v) + beta", "dividing by zero"),
    (NORM + "gamma * (x - m) / np.sqrt(v + 1e-3) + beta", "not Keras's default"),
    (NORM + "gamma * (x - m) / (np.sqrt(v) + 1e-6) + beta", "under the root"),
    (NORM + "gamma * (x - x.mean(-1)) / np.sqrt(x.var(-1) + 1e-6) + beta", "keepdims=True"),
    (block("norm_1(msa(z) + z)", "norm_2(mlp(a) + a)"), "That is the original Transformer"),
    (block("norm_1(msa(z)) + z", "norm_2(mlp(a)) + a"), "not behind them"),
    (block("msa(norm_1(z))", "mlp(norm_2(a))"), "No residual connection"),
    (block("msa(norm_1(z)) + z", "mlp(norm_2(a))"), "Equation (3) ends in a sum"),
    (block("msa(norm_1(z))", "mlp(norm_2(a)) + a"), "Equation (2) ends in a sum"),
    (block("msa(norm_1(z)) + norm_1(z)", "mlp(norm_2(a)) + norm_2(a)"), "not the normed z"),
    (block("msa(norm_1(z)) + z", "mlp(norm_2(a)) + z"), "not z_{l-1}"),
    (block("msa(norm_1(z)) + z", "mlp(norm_2(z)) + a"), "The MLP of (3) sees z'_l"),
    (block("msa(norm_1(z)) + z", "a"), "Now equation (3)"),
    (block("msa(norm_2(z)) + z", "mlp(norm_1(a)) + a"), "norm_2 to mlp"),
    (block("msa(z) + z", "mlp(a) + a"), "The norms are missing"),
    (block("msa(norm_1(z)) + z", "mlp(a) + a"), "norm_2 is missing"),
    (block("msa(z) + z", "mlp(norm_2(a)) + a"), "norm_1 is missing"),
]
RIGHT = [  # in place, or in one line: what counts is the equation
    BLOCK + "z += msa(norm_1(z))\n    z += mlp(norm_2(z))\n    return z",
    BLOCK + "return (a := msa(norm_1(z)) + z) + mlp(norm_2(a))",
]
UNANSWERED = ["answer = None"]
