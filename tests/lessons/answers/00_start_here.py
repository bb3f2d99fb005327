def cut(expression):
    """The patches of any square picture, wrong or right."""
    return ("def cut(picture, P):\n    rows, C = len(picture) // P, picture.shape[2]\n"
            f"    x = picture.reshape(rows, P, rows, P, C)\n    return {expression}\n")


FLAT = ".reshape(rows * rows, P * P * C)"
WRONG = [
    ('answer = "B"', "broadcast"),
    ('answer = "C"', "Does a sum have an order"),
    ('answer = "D"', "The empty patch is still there"),
    ("num_tokens = 16", "stands in front of them"),
    ("num_tokens = 65", "That is for P = 4"),
    ("num_tokens = 5", "square the side first"),
    ("numbers_in_E = 3072", "That is for P = 4"),
    ("numbers_in_E = 4096", "three colors"),
    ("numbers_in_E = 192", "How wide is a token"),
    ("numbers_in_E = 12352", "a bias, too"),
    (cut(f"x{FLAT}"), "strips of rows"),
    (cut(f"x.transpose(2, 0, 1, 3, 4){FLAT}"), "from top to bottom first"),
    (cut(f"x.transpose(0, 2, 3, 1, 4){FLAT}"), "rows and columns are exchanged"),
    (cut("x.transpose(0, 2, 1, 3, 4).reshape(rows, rows, -1)"), "one list of the rows and columns"),
    (cut("x.transpose(0, 2, 1, 3, 4)"), "Flatten each patch"),
]
RIGHT = [cut(f"x.swapaxes(1, 2){FLAT}"), cut("x.transpose(0, 2, 1, 3, 4).reshape(-1, P * P * C)")]
UNANSWERED = ["answer = None", "num_tokens = None", cut("None")]
