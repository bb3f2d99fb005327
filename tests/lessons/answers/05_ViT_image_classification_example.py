FEW, MANY = "[0.30, 0.31, 0.32]", "[0.40, 0.41, 0.42]"


def six(four, eight, conclusion=None):
    """Accuracies, and what is concluded from them."""
    said = "" if conclusion is None else f"\nconclusion = {conclusion!r}"
    return f"accuracies = {{4: {four}, 8: {eight}}}{said}"


WRONG = [
    ('answer = "A"', "neighbors of a pixel at the edge"),
    ('answer = "B"', "told which patches are neighbors"),
    ('answer = "D"', "is anything lost"),
    ("num_patches = 17", "with the class token"),
    ("num_patches = 4", "square it"),
    ("parameters = 142026", "That is patch_size=4"),
    ("accuracies = [0.3, 0.4]", "A dict with the patch sizes"),
    (six("[0.3, 0.31]", MANY), "Three seeds"),
    (six("[30, 31, 32]", "[40, 41, 42]"), "not percent"),
    (six("[0.1] * 3", "[0.1] * 3"), "Six equal numbers"),
    ('accuracies = None\nconclusion = "A"', "First collect the six accuracies"),
    (six(FEW, MANY, "A"), "Which of the two means is higher"),
    (six(FEW, MANY, "C"), "differ by +10.0 points, and two standard errors are 1.6"),
    (six(FEW, "[0.31, 0.32, 0.33]", "B"), "differ by +1.0 points, and two standard errors are 1.6"),
]
RIGHT = [six(FEW, MANY, "B"), six(MANY, FEW, "A"), six(FEW, "[0.31, 0.32, 0.33]", "c")]
UNANSWERED = ["answer = None", "accuracies = conclusion = None"]
