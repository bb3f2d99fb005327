BOX = "def centre_crop_box(width, height):\n    side = min(width, height)\n    return "
SPLIT = "def split_without_leaks(groups, num_test, seed=0):\n    "

WRONG = [
    ('answer = "B"', "chosen by"),
    ('answer = "C"', "one that was lucky"),
    ('answer = "D"', "on average"),
    ("num_patches = 16", "square it"),
    ("num_patches = 64", "N for patch_size=14"),
    ("num_patches = 257", "with the class token"),
    ("numbers_a_patch = 49", "three colours"),
    ("numbers_a_patch = 588", "14x14"),
    ("numbers_a_patch = 21", "7 rows"),
    ("times_as_many_pairs = 4", "And pairs of patches?"),
    ("times_as_many_pairs = 2", "in both directions"),
    ("times_as_many_pairs = 256 ** 2", "pairs for P = 7"),
    (BOX + "(height - side) // 2, (width - side) // 2, (height + side) // 2, (width + side) // 2", "are swapped"),
    (BOX + "0, 0, side, side", "begins in the corner"),
    (BOX + "(width - side) // 2, (height - side) // 2, side, side", "not its width"),
    ("def centre_crop_box(width, height):\n    left = (width - height) // 2\n    return left, 0, left + height, height",
     "outside of the picture"),
    (BOX + "(width - side) // 2, (height - side) // 2, width, height", "no square"),
    (SPLIT + "return np.isin(groups, np.unique(groups)[:num_test]).tolist()", "Return a NumPy array"),
    (SPLIT + "return np.random.default_rng(seed).permutation(len(groups))[:num_test]", "True or False for each"),
    (SPLIT + "return np.zeros(len(groups), bool)", "No picture was chosen"),
    (SPLIT + "return np.arange(len(groups)) < num_test", "choose groups, not pictures"),
    (SPLIT + "return np.isin(groups, [0, 2])", "count pictures, not groups"),
    (SPLIT + "return np.ones(len(groups), bool)", "stop as soon as"),
]
RIGHT = [SPLIT + f"""in_test = np.zeros(len(groups), bool)
    for group in np.random.default_rng({seed}).permutation(np.unique(groups)):
        if in_test.sum() < num_test:
            in_test |= groups == group
    return in_test""" for seed in range(5)]  # any seed
UNANSWERED = ["answer = None", "num_patches = None", "centre_crop_box = None"]
