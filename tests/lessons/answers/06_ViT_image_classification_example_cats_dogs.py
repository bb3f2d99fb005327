SPLIT = "def split_without_leaks(groups, num_test, seed=0):\n    "
TRIED = "accuracies = {{'as they are': [0.50, 0.52, 0.51], 'mirrored': {}}}\nconclusion = {}"

WRONG = [
    ('answer = "B"', "chosen by"),
    ('answer = "C"', "one that was lucky"),
    ('answer = "D"', "on average"),
    ("num_patches = 16", "square it"),
    ("num_patches = 64", "N for patch_size=14"),
    ("num_patches = 257", "with the class token"),
    ("numbers_a_patch = 49", "three colors"),
    ("numbers_a_patch = 588", "14x14"),
    ("numbers_a_patch = 21", "7 rows"),
    (SPLIT + "return np.isin(groups, np.unique(groups)[:num_test]).tolist()", "Return a NumPy array"),
    (SPLIT + "return np.random.default_rng(seed).permutation(len(groups))[:num_test]", "True or False for each"),
    (SPLIT + "return np.zeros(len(groups), bool)", "No picture was chosen"),
    (SPLIT + "return np.arange(len(groups)) < num_test", "choose groups, not pictures"),
    (SPLIT + "return np.isin(groups, [0, 2])", "count pictures, not groups"),
    (SPLIT + "return np.ones(len(groups), bool)", "stop as soon as"),
    (TRIED.format("[]", True), "three seeds each"),
    (TRIED.format("[0.50, 0.52, 0.52]", True), "could be chance"),
    (TRIED.format("[0.60, 0.62, 0.61]", False), "more than two standard errors"),
]
RIGHT = [
    *(SPLIT + f"""in_test = np.zeros(len(groups), bool)
    for group in np.random.default_rng({seed}).permutation(np.unique(groups)):
        if in_test.sum() < num_test:
            in_test |= groups == group
    return in_test""" for seed in range(5)),  # any seed
    TRIED.format("[0.50, 0.52, 0.52]", False),
    TRIED.format("[0.60, 0.62, 0.61]", True),
]
UNANSWERED = ["answer = None", "num_patches = None", "split_without_leaks = None", TRIED.format("[]", None)]
