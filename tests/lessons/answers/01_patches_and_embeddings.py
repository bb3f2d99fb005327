CUT = """
def to_patches(images, patch_size):
    b, h, w, c = images.shape
    p = patch_size
    x = images.reshape(b, h // p, p, w // p, p, c)  # (B, i, a, j, b, C)
    return """
EMBED = """
def embed(patches, E, class_token, positions):
    x = patches @ E
    first = np.tile(class_token, (len(x), 1, 1))
    return """

WRONG = [
    ('answer = "A"', "how many old ones fit into a new one"),
    ('answer = "B"', "a quarter of a quarter"),
    ('answer = "C"', "always HWC"),
    ("num_patches = 16", "Square it"),
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
    (CUT + "images.reshape(b, -1, p * p * c)", "strips of rows"),
    (CUT + "x.transpose(0, 1, 3, 5, 2, 4).reshape(b, -1, p * p * c)", "channel comes first"),
    (CUT + "x.transpose(0, 1, 3, 4, 2, 5).reshape(b, -1, p * p * c)", "columns come before the rows"),
    (CUT + "x.transpose(0, 3, 1, 2, 4, 5).reshape(b, -1, p * p * c)", "from top to bottom first"),
    (CUT + "x.transpose(0, 1, 3, 2, 4, 5).reshape(b, -1, p, p, c)", "flatten each"),
    (CUT + "x.transpose(0, 1, 3, 2, 4, 5).reshape(-1, p * p * c)", "has to be (B, N, P*P*C)"),  # the batch is lost
    (CUT + "x.transpose(0, 1, 3, 2, 4, 5)", "has to be (B, N, P*P*C)"),
    (EMBED + "np.concatenate([x, first], axis=1) + positions", "it comes before the patches"),
    (EMBED + "np.concatenate([first, x + positions[1:]], axis=1)", "has a position, too: put it in, then add"),
    (EMBED + "np.concatenate([first, x + positions[:-1]], axis=1)", "row 0: put it in, then add"),
    (EMBED + "np.concatenate([first, x + positions], axis=1)", "positions have a row for the class token, too"),
    (EMBED + "x + positions", "positions have a row for the class token, too"),
    (EMBED + "np.concatenate([first, x], axis=1)", "Where are the positions"),
    (EMBED + "x + positions[1:]", "the class token is missing"),
    (EMBED + "x", "the class token is missing"),
    (EMBED + "np.concatenate([class_token[None, None], x], axis=1) + positions", "every image of the batch needs"),
    (EMBED + "np.concatenate([class_token, x], axis=1) + positions", "every image of the batch needs"),
    (EMBED + "np.concatenate([first, first, x], axis=1)", "has to be (B, N + 1, D)"),
    (EMBED + "x @ E", "your answer raises ValueError: matmul"),  # what no hint explains is shown as it is
    (EMBED + "np.broadcast_to(class_token, (2, 3))", "your answer raises ValueError: operands"),
]
RIGHT = [
    CUT + "x.transpose(0, 1, 3, 2, 4, 5).reshape(b, -1, p * p * c)",
    "from keras import ops\n" + CUT + "ops.convert_to_tensor(x.transpose(0, 1, 3, 2, 4, 5).reshape(b, -1, p * p * c))",
    EMBED + "np.concatenate([first, x], axis=1) + positions",
]
UNANSWERED = ["answer = None", "def embed(*arguments):\n    raise NotImplementedError"]
