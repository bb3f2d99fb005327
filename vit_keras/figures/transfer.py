"""Figures on pre-training: published accuracies beside ours, positions on two grids. Words inside are English."""

import numpy as np

from vit_keras.figures.curves import apart
from vit_keras.figures.style import COLORS, MARKERS

# Table 2 of the paper, as the lecture shows it: mean and deviation over three fine-tuning runs, in percent.
PUBLISHED = {
    "ImageNet": {"ViT-Huge": (88.55, 0.04), "ViT-Large": (87.76, 0.03), "ResNet": (87.54, 0.02)},
    "ImageNet ReaL": {"ViT-Huge": (90.72, 0.05), "ViT-Large": (90.54, 0.03), "ResNet": (90.54, None)},
    "CIFAR-10": {"ViT-Huge": (99.50, 0.06), "ViT-Large": (99.42, 0.03), "ResNet": (99.37, 0.06)},
    "CIFAR-100": {"ViT-Huge": (94.55, 0.04), "ViT-Large": (93.90, 0.05), "ResNet": (93.51, 0.08)},
}


def plot_published(ours, title=""):
    """The paper's table as dots with their deviation, and beside it our own accuracies on one data set.

    Args:
        ours: dict from what a point is to its accuracy, a share. A name with "CNN" in it gets the color of the paper's
            ResNet, any other one that of its ViTs.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, table 2.
    """
    from matplotlib.figure import Figure

    vit, cnn = COLORS[:2]
    figure = Figure(figsize=(11.5, 3.6), layout="constrained")
    paper, own = figure.subplots(1, 2)
    marks = {"ViT-Huge": ("o", vit, vit), "ViT-Large": ("o", vit, "white"), "ResNet": ("s", cnn, cnn)}
    for place, models in enumerate(PUBLISHED.values()):
        for number, (model, (mean, deviation)) in enumerate(models.items()):
            level, (marker, color, face) = place + 0.24 * (number - 1), marks[model]
            paper.errorbar(mean, level, xerr=deviation or 0, fmt="none", ecolor=color, capsize=3)
            paper.plot(mean, level, marker, color=color, markerfacecolor=face, markersize=5,
                       label=model if place == 0 else None)
            paper.annotate(f"{mean:.2f}", (mean, level), (7, 0), textcoords="offset points", va="center", fontsize=7)
    paper.set_yticks(range(len(PUBLISHED)), list(PUBLISHED))
    paper.set_ylim(len(PUBLISHED) - 0.5, -0.5)
    paper.set(xlabel="accuracy (%)", xlim=(86, 100.9))
    paper.set_xticks(range(86, 101, 2))
    paper.set_title("the paper's table 2: pre-trained on JFT", fontsize=10)
    paper.legend(frameon=False, fontsize=8, loc="upper right")
    for level, (name, share) in enumerate(ours.items()):
        is_cnn = "CNN" in name
        own.plot(100 * share, level, "s" if is_cnn else "o", color=cnn if is_cnn else vit, markersize=6)
        own.annotate(f"{100 * share:.1f}", (100 * share, level), (-7, 0), textcoords="offset points", va="center",
                     ha="right", fontsize=8)
    own.set_yticks(range(len(ours)), list(ours), fontsize=9)
    own.set_ylim(max(len(ours), 2) - 0.5, -0.5)
    own.set(xlabel="test accuracy (%)", xlim=(50, 100))
    own.set_title("ours: cats and dogs; 50% is a blind guess", fontsize=10)
    for axes in (paper, own):
        axes.grid(axis="x", alpha=0.3)
    figure.suptitle(title)
    return figure


def plot_few_examples(curves, chance, title=""):
    """Accuracy against the number of labeled pictures: a line through the means, a band from lowest to highest draw.

    Args:
        curves: dict from a method's name to a dict from a number of pictures of each class to its accuracies.
        chance: float. Accuracy of a blind guess, dotted.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    axes = figure.subplots()
    for color, marker, (name, points) in zip(COLORS, MARKERS, curves.items()):
        numbers = sorted(points)
        means = [np.mean(points[number]) for number in numbers]
        axes.plot(numbers, means, f"-{marker}", color=color, markersize=5, label=name)
        axes.fill_between(numbers, [min(points[number]) for number in numbers],
                          [max(points[number]) for number in numbers], color=color, alpha=0.2, linewidth=0)
    axes.axhline(chance, color="gray", linestyle=":", label="blind guess")
    axes.set_xscale("log")
    axes.set_xticks(apart(sorted({number for points in curves.values() for number in points})))
    axes.xaxis.set_major_formatter(lambda number, _: f"{number:,.0f}")
    axes.minorticks_off()
    axes.yaxis.set_major_formatter("{x:.0%}")
    axes.set(xlabel="labeled pictures of each class", ylabel="test accuracy", title=title)
    axes.set_ylim(top=1.01)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize=9)
    return figure


def plot_one_place(similarities, places, title=""):
    """How alike the position of one place is to those of all others, on several grids.

    Args:
        similarities: dict from a name to a pair of an array `(N, N)`, of `position_similarity`, and
            the grid's shape `(rows, columns)`.
        places: dict from the same names to the place that is compared with all, `(row, column)`, counted from 0.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    figure = Figure(figsize=(2.2 * len(similarities) + 1, 2.9), layout="constrained")
    all_axes = figure.subplots(1, len(similarities), squeeze=False)[0]
    maps = {name: np.asarray(similarity)[places[name][0] * grid[1] + places[name][1]].reshape(grid)
            for name, (similarity, grid) in similarities.items()}
    lowest = min(one.min() for one in maps.values())
    for axes, (name, one) in zip(all_axes, maps.items()):
        (row, column), (rows, columns) = places[name], one.shape
        picture = axes.imshow(one, cmap="viridis", vmin=lowest, vmax=1)
        for color, width in (("black", 4), ("white", 2)):
            axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=color, linewidth=width))
        axes.set(xticks=[], yticks=[])
        axes.set_title(f"{name}\n{rows} x {columns}", fontsize=10)
    figure.colorbar(picture, ax=list(all_axes), label="cosine similarity", shrink=0.8)
    figure.suptitle(title)
    return figure
