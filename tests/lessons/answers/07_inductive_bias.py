SHIFT = "def shift(images, dy, dx):\n    "
TEST = "def is_equivariant(function, x, steps):\n    return "

WRONG = [
    ('answer = "A"', "layer behind Flatten"),
    ('answer = "B"', "weights has the first layer for one pixel"),
    ('answer = "C"', "row of E_pos"),
    ("field_width = 21", "two stages"),
    ("field_width = 15", "after a stride"),
    ("field_width = 29", "two convolutions"),
    ("field_width = 32", "wider than the picture"),
    ("smallest_move = 1", "without stride"),
    ("smallest_move = 2", "How many are there"),
    ("smallest_move = 4", "two stages"),
    ("smallest_move = 6", "multiplied, not added"),
    (SHIFT + "return np.roll(images, (dy, dx), axis=(1, 2))", "came in on the other side"),
    (SHIFT + "return solved_shift(images, dx, dy)", "swapped"),
    (SHIFT + "return solved_shift(images, -dy, -dx)", "up and to the left"),
    (SHIFT + "return images[:, dy:, dx:]", "keep their shape"),
    (SHIFT + "moved = np.zeros_like(images)\n    moved[:, dy:, dx:] = images[:, :-dy, :-dx]\n    return moved",
     "slice such as [:-dy] is empty"),
    (SHIFT + "return solved_shift(images, abs(dy), abs(dx)) if dx > 0 else images", "moves to the left"),
    (TEST + "True", "for each place"),
    (TEST + "np.allclose(function(np.roll(x, steps)), np.roll(function(x), -steps))", "a mirror passes"),
    (TEST + "np.allclose(function(np.roll(x, steps)), function(x))", "That is invariance"),
    (TEST + "np.allclose(function(np.roll(x, 1)), np.roll(function(x), steps))", "not by 1"),
]
RIGHT = [SHIFT + """moved = np.roll(images, (dy, dx), axis=(1, 2))
    _, height, width, _ = images.shape
    rows, columns = np.arange(height) - dy, np.arange(width) - dx
    inside = ((rows >= 0) & (rows < height))[:, None] & (columns >= 0) & (columns < width)
    return moved * inside[:, :, None]"""]
UNANSWERED = ["answer = None", "field_width = None", "shift = None",
              TEST.replace("return ", "raise NotImplementedError")]
