"""Models that were trained side by side."""

import functools

from vit_keras.lessons.results import comparison
from vit_keras.lessons.tables.showing import table

TITLES = {"vit": "ViT", "cnn": "CNN", "hybrid": "hybrid", "stem": "stem alone"}


def side_by_side(file, models=None):
    """These models, or all, in this order, which decides their colors; for the figure, their runs."""
    runs = {TITLES[model]: file["runs"][model] for model in models or file["runs"]}
    return comparison(runs), runs


def learning(file, models=None):
    """The same; for the figure, their histories."""
    text, runs = side_by_side(file, models)
    return text, {name: run["history"] for name, run in runs.items()}


BOTH = ("vit", "cnn")
for name in ("cifar10_laptop", "cifar100_laptop"):
    table(name, "models")(functools.partial(learning, models=BOTH))
for name in ("cifar10_laptop_muon", "cifar10_laptop_ten_minutes"):
    table(name, "models")(learning)
table("cifar10_laptop", "hybrid")(functools.partial(side_by_side, models=(*BOTH, "hybrid", "stem")))
table("cats_vs_dogs_laptop", "hybrid")(functools.partial(side_by_side, models=(*BOTH, "hybrid")))
table("cats_vs_dogs_laptop", "ten minutes")(functools.partial(side_by_side, models=BOTH))
table("cats_vs_dogs_long_vit", "long")(functools.partial(side_by_side, models=("vit",)))
table("cats_vs_dogs_long_cnn", "long")(functools.partial(side_by_side, models=("cnn",)))
