QUERY = "def query_of_head(qkv, num_heads, head):\n    D = qkv.shape[1]\n    k = D // num_heads\n    "
FOLD = "def fold(kernel, bias, mean, deviation):\n    "

WRONG = [
    ('answer = "A"', "5,400 photographs"),
    ('answer = "B"', "after steps that large"),
    ('answer = "D"', "a row for every number of a patch"),
    ("num_positions = 100", "is no patch"),
    ("num_positions = 197", "at 224x224"),
    ("num_positions = 160 // 16", "one side"),
    ("weights_that_learn = 2 * 444864 + 193 * 5", "last norm learns, too"),
    ("weights_that_learn = 2 * 444864 + 384 + 192 * 5", "has a bias"),
    ("weights_that_learn = 2 * 444864", "Those are the two blocks"),
    ("weights_that_learn = 10 * 444864 + 384 + 193 * 5", "two learn"),
    ("weights_that_learn = 2 * 444864 + 384 + 193 * 1000", "not 1,000"),
    ("weights_that_learn = 2 * 444864 + 384 + 193 * 2", "not for 2"),
    ("old_place = (3, 5)", "row by row"),
    ("old_place = (7, 2)", "Row first"),
    ("old_place = divmod(3 * 7 + 5, 14)", "at 160x160"),
    ("old_place = 35", "number in the table"),
    ("old_place = (4, 7)", "same spot of the picture"),
    (QUERY + "return qkv[head * k : (head + 1) * k]", "turn it"),
    (QUERY + "return qkv[D + head * k : D + (head + 1) * k].T", "key of this head"),
    (QUERY + "return qkv[:D].T", "queries of all heads"),
    (QUERY + "return qkv[head:D:num_heads].T", "stand together"),
    (QUERY + "return qkv[:D, head * k : (head + 1) * k]", "cut the inputs"),
    (QUERY + "return qkv[D : 2 * D].T", "keys, of all heads"),
    (FOLD + "return kernel / deviation[:, None], bias", "add to every logit"),
    (FOLD + "return kernel / deviation[:, None], bias - mean @ kernel", "divided already"),
    (FOLD + "return kernel / deviation[:, None], bias + mean @ (kernel / deviation[:, None])", "is subtracted"),
    (FOLD + "kernel = kernel * deviation[:, None]\n    return kernel, bias - mean @ kernel", "Divide"),
    (FOLD + "kernel = kernel / deviation\n    return kernel, bias - mean @ kernel", "each ROW"),
    (FOLD + "return kernel / deviation[:, None]", "Return both"),
    ('first_reply = "A"', "How many pictures"),
    ('first_reply = "C"', "at equal time"),
    ('first_reply = "D"', "always better"),
]
RIGHT = [
    QUERY + "return np.split(qkv, 3)[0].T.reshape(D, num_heads, k)[:, head]",
    FOLD + "W = np.diag(1 / deviation) @ kernel\n    return W, bias - (mean / deviation) @ kernel",
]
UNANSWERED = ["answer = None", "num_positions = None", "old_place = None", "query_of_head = None",
              "fold = None", "first_reply = None"]
