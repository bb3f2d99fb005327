TEST = "def is_equivariant(function, x, steps):\n    return "
TRIED = "accuracies = {{'as they are': [0.50, 0.52, 0.51], 'translated': {}}}\nconclusion = {}"

WRONG = [
    ('answer = "A"', "layer behind Flatten"),
    ('answer = "B"', "weights does the first layer have for one pixel"),
    ('answer = "C"', "row of E_pos"),
    ("field_width = 21", "two stages"),
    ("field_width = 15", "after a stride"),
    ("field_width = 29", "two convolutions"),
    ("field_width = 32", "wider than the picture"),
    ("smallest_move = 1", "without stride"),
    ("smallest_move = 2", "How many are there"),
    ("smallest_move = 4", "two stages"),
    ("smallest_move = 6", "multiplied, not added"),
    (TEST + "True", "for each place"),
    (TEST + "np.allclose(function(np.roll(x, steps)), np.roll(function(x), -steps))", "a mirror passes"),
    (TEST + "np.allclose(function(np.roll(x, steps)), function(x))", "That is invariance"),
    (TEST + "np.allclose(function(np.roll(x, 1)), np.roll(function(x), steps))", "not by 1"),
    (TRIED.format("[]", True), "three seeds each"),
    (TRIED.format("[0.50, 0.52, 0.52]", True), "could be chance"),
    (TRIED.format("[0.60, 0.62, 0.61]", False), "more than two standard errors"),
]
RIGHT = [
    TEST + "all(a == b for a, b in zip(np.roll(function(x), steps), function(np.roll(x, steps))))",
    TRIED.format("[0.50, 0.52, 0.52]", False),
    TRIED.format("[0.60, 0.62, 0.61]", True),
]
UNANSWERED = ["answer = None", "field_width = None", TEST.replace("return ", "raise NotImplementedError"),
              TRIED.format("[]", None)]
