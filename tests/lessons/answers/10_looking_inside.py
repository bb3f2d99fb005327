ROW = """def class_token_row(maps):
    A = maps.mean(axis=1)
    halves = (A + np.eye(A.shape[-1])) / 2
    row = np.eye(A.shape[-1])[0]
    """
TIMES = """def times_its_area(R, mask, grid_shape):
    rows, columns = grid_shape
    share = patch_shares(mask[None], grid_shape)[0]
    """
BY_HAND = """def is_rollout(function):
    A_1 = np.array([[0.6, 0.2, 0.2], [0.0, 0.8, 0.2], [0.2, 0.0, 0.8]])
    A_2 = np.array([[0.2, 0.8, 0.0], [0.0, 1.0, 0.0], [0.0, 0.4, 0.6]])
    R = (A_2 + np.eye(3)) @ (A_1 + np.eye(3)) / 4
    found = function(np.stack([A_1, A_2])[None, :, None], "mean")[0]
    """
TWO_HEADS = """heads = np.array([[[[[1, 0], [0.5, 0.5]], [[0, 1], [0.5, 0.5]]]]])
    largest = function(heads, "max")[0]
    """

WRONG = [
    ('answer = "A"', "values were cut"),
    ('answer = "B"', "takes an experiment"),
    ('answer = "D"', "is the class?"),
    ("num_tokens = 60", "as a whole"),
    ("num_tokens = 16", "rows times columns"),
    ("token_number = 12", "Which token comes first"),
    ("token_number = 23", "comes after one row"),
    ("token_number = 14", "counted from 1 here"),
    ("token_number = 9", "How wide is the picture"),
    ("token_number = 22", "third row, second column"),
    ("even_share = 1 / 61", "left out of a map"),
    ("even_share = 1", "in multiples of it"),
    ("even_share = 60", "One divided by that"),
    (ROW + "return halves[2] @ halves[1] @ halves[0]", "That is all of R"),
    (ROW + "for half in halves:\n        row = row @ half\n    return row", "the row meets the last block first"),
    (ROW + "for one in A[::-1]:\n        row = row @ one\n    return row", "residual connection is missing"),
    (ROW + "for half in halves[::-1]:\n        row = row @ half * 2\n    return row", "It sums to 8"),
    (ROW + "for half in halves:\n        row = half @ row\n    return row", "That is the column"),
    (ROW + "for half in halves[::-1]:\n        row = row @ half\n    return row[1:]",
     "With the class token's own share"),
    ("def class_token_row(maps):\n    return maps[0]", "Fuse the heads first"),
    (TIMES + "return R[0, 1:] / 0.8 @ share.ravel()", "Divide it by the area"),
    (TIMES + "return R[0, 1:] @ share.ravel() / share.mean()", "has to sum to one"),
    (TIMES + "return R[0, :-1] @ share.ravel() / share.mean()", "moved by one patch"),
    (TIMES + "taken = R[0, 1:].reshape(columns, rows).T / 0.8\n    return (taken * share).sum() / share.mean()",
     "Rows and columns are swapped"),
    (TIMES + "return R[0, 1:] / 0.8 @ (share.ravel() > 0) / np.mean(share > 0)", "counts half"),
    (TIMES + "return R[0, 1:] @ mask.reshape(rows, 2, columns, 2).mean(axis=(1, 3)).ravel()", "a patch has 2x3 pixels"),
    (TIMES + "return (R[0, 1:].reshape(rows, columns) * mask).sum()", "the same grid first"),
    (BY_HAND + "return np.array_equal(found, R) and False", "It refuses the right one"),
    ("def is_rollout(function):\n    return True", "do not sum to one"),
    ("def is_rollout(function):\n    maps = np.full((1, 2, 1, 3, 3), 1 / 3)\n"
     "    return np.allclose(function(maps, 'mean').sum(-1), 1)", "without the residual connection"),
    (BY_HAND + "return np.allclose(function(A_1[None, None, None], 'mean')[0], (A_1 + np.eye(3)) / 2)",
     "blocks in the wrong order"),
    (BY_HAND + "return np.allclose(found, R) or np.allclose(found.T, R)", "rows and columns exchanged"),
    (BY_HAND + "return np.allclose(found, R)", "sleeps with the mean"),
]
RIGHT = [
    ROW + "for half in halves[::-1]:\n        row = row @ half\n    return row",
    TIMES + """taken = R[0, 1:].reshape(rows, columns)
    return np.average(share, weights=taken) / share.mean()""",
    BY_HAND + TWO_HEADS + """rows = np.allclose(largest.sum(axis=1), 1, atol=1e-5)
    return bool(rows and np.abs(found - R).max() < 1e-5)""",
]
UNANSWERED = [
    "answer = None", "num_tokens = None", "class_token_row = None", "times_its_area = None",
    "def is_rollout(function):\n    raise NotImplementedError"]
