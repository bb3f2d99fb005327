WRONG = [
    ('answer = "A"', "how far did the weight"),
    ('answer = "B"', "Adam with L2"),
    ('answer = "C"', "their ratio stays"),
    ("steps_in_all = 50 * 3000 // 128", "round down a pass"),
    ("steps_in_all = 50 * 3000 / 128", "needs a whole batch"),
    ("steps_in_all = 50 * 24", "left out"),
    ("steps_in_all = 3000 // 128", "one pass"),
    ("share_left = (1 - 0.002 * 0.05) ** 1150", "with the peak in every step"),
    ("share_left = 1 - (1 - 0.001 * 0.05) ** 1150", "taken away"),
    ("share_left = 0.95 ** 1150", "multiplied by the rate"),
    ("share_left = 1 - 1150 * 0.001 * 0.05", "do not add up"),
    ("def converted(decay, rates): return decay", "as it stands"),
    ("def converted(decay, rates): return decay * np.mean(rates)", "To undo that, divide"),
    ("def converted(decay, rates): return decay / np.sum(rates)", "not one decay"),
    ("def converted(decay, rates): return decay / rates", "One number for the whole run"),
    ("def converted(decay, rates): return decay / rates", "may be zero"),
    ("def converted(decay, rates): return decay / np.max(rates)", "By the peak"),
    ("def converted(decay, rates): return decay / np.median(rates)", "so take the mean"),
    ("def converted(decay, rates): return np.mean(decay / rates[rates > 0])", "quotient of the mean"),
]
RIGHT = [
    "share_left = np.exp(-1150 * 0.001 * 0.05)",
    "def converted(decay, rates): return decay * len(rates) / sum(rates)",
]
UNANSWERED = ["answer = None", "steps_in_all = None", "share_left = None", "converted = None"]
