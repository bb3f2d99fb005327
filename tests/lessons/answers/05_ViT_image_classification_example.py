TRIED = "accuracies = {{'4x4': [0.30, 0.31, 0.32], '8x8': {}}}\nconclusion = {}"

WRONG = [
    ('answer = "A"', "neighbors of a pixel at the edge"),
    ('answer = "B"', "told which patches are neighbors"),
    ('answer = "D"', "is anything lost"),
    ("num_patches = 17", "with the class token"),
    ("num_patches = 4", "square it"),
    ("parameters = 142026", "That is patch_size=4"),
    ("accuracies = [0.3, 0.4]\nconclusion = True", "three seeds each"),
    (TRIED.format("[0.41, 0.42]", True), "three seeds each"),
    (TRIED.format("[0.40, 0.41, 0.42]", False), "differ by +10.0 points, more than two standard errors, 1.6"),
    (TRIED.format("[0.31, 0.32, 0.33]", True), "differ by +1.0 points, two standard errors are 1.6"),
]
RIGHT = [TRIED.format("[0.40, 0.41, 0.42]", True), TRIED.format("[0.20, 0.21, 0.22]", True),
         TRIED.format("[0.31, 0.32, 0.33]", False)]
UNANSWERED = ["answer = None", TRIED.format("[]", None)]
