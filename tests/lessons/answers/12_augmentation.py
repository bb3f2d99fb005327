CUT = """def cut_mix(a, b, label_a, label_b, box):
    top, bottom, left, right = box
    mixed = a.copy()
    mixed[top:bottom, left:right] = b[top:bottom, left:right]
    share = (bottom - top) * (right - left) / (a.shape[0] * a.shape[1])
    """

WRONG = [
    ('answer = "B"', "What is there to regularize"),
    ('answer = "C"', "training fell as well"),
    ('answer = "D"', "asked about plain ones"),
    ("share_of_a = 12 * 18 / (32 * 48)", "the partner's share"),
    ("share_of_a = 1 - 12 * 18 / 32**2", "not square"),
    ("share_of_a = 1 - 13 * 19 / (32 * 48)", "not included: 12 x 18"),
    ("target_of_a = 0.859375", "before smoothing"),
    ("target_of_a = 0.9 * 0.859375", "epsilon / K back"),
    ("target_of_a = 0.91", "mixed first"),
    ("target_of_a = 0.9 * 0.859375 + 0.1", "shared by all K"),
    (CUT.replace("a.copy()", "a") + "return mixed, (1 - share) * label_a + share * label_b", "work on a copy"),
    (CUT + "return mixed", "Return two things"),
    (CUT + "return mixed, share * label_a + (1 - share) * label_b", "wrong way round"),
    (CUT + "return mixed, label_a", "mixed as well"),
    (CUT + "return mixed, (label_a + label_b) / 2", "over H * W"),
    (CUT.replace("[left:right]", "").replace("top:bottom, left:right", "left:right, top:bottom")
     + "return mixed, (1 - share) * label_a + share * label_b", "rows top to bottom"),
]
RIGHT = [
    """def cut_mix(a, b, label_a, label_b, box):
    inside = np.zeros(a.shape[:2], bool)
    inside[box[0]:box[1], box[2]:box[3]] = True
    share = inside.mean()
    return np.where(inside[..., None], b, a), label_a * (1 - share) + label_b * share""",
]
UNANSWERED = ["answer = None", "share_of_a = None", "cut_mix = None"]
