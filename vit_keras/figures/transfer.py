"""Figures on pre-training: published accuracies beside ours, positions on two grids. Words inside are English."""

import numpy as np

from vit_keras.figures.style import COLORS, MARKERS

# Table 2 of the paper, as the lecture shows it: mean and deviation over three fine-tuning runs, in percent.
PUBLISHED = {
    "ImageNet": {"ViT-Huge": (88.55, 0.04), "ViT-Large": (87.76, 0.03), "ResNet": (87.54, 0.02)},
    "ImageNet ReaL": {"ViT-Huge": (90.72, 0.05), "ViT-Large": (90.54, 0.03), "ResNet": (90.54, None)},
    "CIFAR-10": {"ViT-Huge": (99.50, 0.06), "ViT-Large": (99.42, 0.03), "ResNet": (99.37, 0.06)},
    "CIFAR-100": {"ViT-Huge": (94.55, 0.04), "ViT-Large": (93.90, 0.05), "ResNet": (93.51, 0.08)},
}


def plot_published(ours=None, title=""):
    """The paper's table as dots with their deviation; beside it, where there are some, our own accuracies.

    Args:
        ours: dict from a data set's name to a dict from what a point is to its accuracy, a share; or `None`.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, table 2.
    """
    from matplotlib.figure import Figure

    ours = ours or {}
    figure = Figure(figsize=(11.5 if ours else 6.4, 3.6), layout="constrained")
    row = figure.subplots(1, 2 if ours else 1, squeeze=False)[0]
    paper = row[0]
    for place, models in enumerate(PUBLISHED.values()):
        for number, (model, (mean, deviation)) in enumerate(models.items()):
            level = place + 0.22 * (number - 1)
            paper.errorbar(mean, level, xerr=deviation or 0, fmt=MARKERS[number], color=COLORS[number], markersize=5,
                           capsize=3, label=model if place == 0 else None)
            paper.annotate(f"{mean:.2f}", (mean, level), (7, 0), textcoords="offset points", va="center", fontsize=7)
    paper.set_yticks(range(len(PUBLISHED)), list(PUBLISHED))
    paper.set_ylim(len(PUBLISHED) - 0.5, -0.5)
    paper.set(xlabel="accuracy (%)", xlim=(86, 102.5))
    paper.set_title("the paper's table 2", fontsize=10)
    paper.legend(frameon=False, fontsize=8, loc="upper right")
    if ours:
        points = [(data, name, 100 * share) for data, models in ours.items() for name, share in models.items()]
        levels = []
        for level, (data, name, percent) in enumerate(points):
            row[1].plot(percent, level, MARKERS[3], color=COLORS[3], markersize=6)
            row[1].annotate(f"{percent:.1f}", (percent, level), (-7, 0), textcoords="offset points", va="center",
                            ha="right", fontsize=7)
            levels.append(f"{data}: {name}")
        row[1].set_yticks(range(len(points)), levels, fontsize=8)
        row[1].set_ylim(max(len(points), 2) - 0.5, -0.5)
        row[1].set(xlabel="accuracy (%)", xlim=(0, 101))
        row[1].set_title("ours: other models, other amounts of data", fontsize=10)
    for axes in row:
        axes.grid(axis="x", alpha=0.3)
    figure.suptitle(title)
    return figure


def plot_few_examples(curves, chance, title=""):
    """Accuracy against the number of labelled pictures: a line through the means, a band from lowest to highest draw.

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
    axes.set_xticks(_apart(sorted({number for points in curves.values() for number in points})))
    axes.xaxis.set_major_formatter(lambda number, _: f"{number:,.0f}")
    axes.minorticks_off()
    axes.yaxis.set_major_formatter("{x:.0%}")
    axes.set(xlabel="labelled pictures of each class", ylabel="test accuracy", title=title)
    axes.set_ylim(top=1.01)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize=9)
    return figure


def _apart(numbers, factor=1.5):
    """Of rising numbers those that are so many times the last one kept: labels that do not touch."""
    kept = numbers[:1]
    for number in numbers[1:]:
        if number >= factor * kept[-1]:
            kept.append(number)
    return kept


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
