ATTENTION = "def attention(q, k, v):\n    "
SPLIT = "def split_heads(x, num_heads):\n    return "

WRONG = [
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
    (ATTENTION + "return softmax(q @ k.T) @ v", "too sharp"),
    (ATTENTION + "return softmax(q @ k.T / q.shape[-1]) @ v", "too even: divided by D_h"),
    (ATTENTION + "return softmax(q @ k.T / np.sqrt(len(q))) @ v", "root of T"),
    (ATTENTION + "return softmax(q @ k.T / np.sqrt(v.shape[-1])) @ v", "root of the width of v"),
    (ATTENTION + "return softmax(q @ k.T / 2, axis=0) @ v", "softmax over the wrong axis"),
    (ATTENTION + "return softmax(q @ k.T, axis=0) @ v", "wrong axis, and nothing was divided"),
    (ATTENTION + "s = np.exp(q @ k.T / 2); return s / s.sum() @ v", "Give the softmax an axis"),
    (ATTENTION + "return np.exp(q @ k.T / 2) @ v", "not divided by the sum of the row"),
    (ATTENTION + "return q @ k.T / 2 @ v", "where is the softmax?"),
    (ATTENTION + "return q @ k.T @ v", "The root is missing, too"),
    (ATTENTION + "return softmax(k @ q.T / 2) @ v", "q and k have changed places"),
    (ATTENTION + "return softmax(q @ k.T / 2).T @ v", "A is transposed"),
    (ATTENTION + "return softmax(q @ k.T / 2)", "That is A."),
    (ATTENTION + "s = np.exp(q @ k.T / 2); return s / s.sum(axis=-1, keepdims=True) @ v",
     "nan: exp of a large number"),  # says the second check, of large numbers
    (SPLIT + "x.reshape(num_heads, len(x), -1)", "keeps the order of reading"),
    (SPLIT + "x.reshape(len(x), num_heads, -1)", "The heads have to come first"),
    (SPLIT + "x.reshape(len(x), -1, num_heads).transpose(1, 0, 2)", "heads of width 2"),  # heads and width swapped
    (SPLIT + "x.reshape(len(x), -1, num_heads)", "heads of width 2"),
    (SPLIT + "x.reshape(-1, len(x), num_heads)", "heads of width 2"),
    (SPLIT + "x.reshape(len(x), -1, num_heads).transpose(2, 0, 1)", "every second column"),
    (SPLIT + "x.reshape(len(x), num_heads, -1).transpose(1, 2, 0)", "tokens and width are swapped"),
]
RIGHT = [
    ATTENTION + """A = softmax(np.einsum('nk,mk->nm', q, k) * k.shape[-1] ** -0.5)
    return np.einsum('nm,mk->nk', A, v)""",
    SPLIT + "np.stack(np.split(x, num_heads, axis=1))",
]
UNANSWERED = ["answer = None", "def split_heads(x, num_heads):\n    raise NotImplementedError"]
