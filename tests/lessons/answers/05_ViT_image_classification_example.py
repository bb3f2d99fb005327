TOP_K = "def top_k_accuracy(logits, labels, k):\n    return "

WRONG = [
    ('answer = "A"', "neighbours of a pixel at the edge"),
    ('answer = "C"', "told which patches are neighbours"),
    ('answer = "D"', "is anything lost"),
    ("num_patches = 17", "with the class token"),
    ("num_patches = 4", "square it"),
    ("parameters = 142026", "That is patch_size=4"),
    (TOP_K + "np.mean(np.any(np.argsort(logits, axis=1)[:, :k] == labels[:, None], axis=1))", "sorts upwards"),
    (TOP_K + "np.mean(logits.argmax(axis=1) == labels)", "k = 1"),
    (TOP_K + "np.sum(np.any(np.argsort(logits, axis=1)[:, -k:] == labels[:, None], axis=1))", "divide by"),
]
UNANSWERED = ["answer = None"]
