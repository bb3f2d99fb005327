"""Figures of a recipe: a ladder of its rungs, the same under several budgets, and products of weights as heat maps.

Words are English.
"""

import numpy as np

from vit_keras.figures.curves import COLORS
from vit_keras.lessons.gains import gains


def plot_ladder(groups, title="", xlabel="test accuracy (%)"):
    """A ladder of recipes from the top down: each seed and the mean on the left, the gain over the rung before right.

    A gain is filled where it is longer than chance explains (see `vit_keras.lessons.gains.Gain.clear`), hollow where not. The
    line through it has two standard errors on each side.

    Args:
        groups: dict from a rung's name to accuracies, one a seed; shares, not percent. Empty rungs are left out.
        title: str. The message of the figure.
        xlabel: str. What the accuracies are.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    rungs = gains(groups)
    figure = Figure(figsize=(9.4, 0.34 * len(rungs) + 1.5), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for level, rung in enumerate(rungs):
        left.plot(100 * rung.mean, level, "|", color=COLORS[0], markersize=15, markeredgewidth=2)
        left.plot(100 * np.asarray(rung.values), [level] * len(rung.values), "o", color=COLORS[1], markersize=4,
                  alpha=0.8)
        if rung.gain is not None:
            error = None if rung.error is None else 200 * rung.error
            right.errorbar(100 * rung.gain, level, xerr=error, fmt="o", color=COLORS[0], capsize=3, markersize=6,
                           markerfacecolor=COLORS[0] if rung.clear else "white")
    left.set_yticks(range(len(rungs)), [f"+ {rung.name}" if level else rung.name for level, rung in enumerate(rungs)])
    left.set_ylim(len(rungs) - 0.5, -0.5)
    left.set_xlabel(xlabel)
    left.set_title("a dot a seed, a bar the mean", fontsize=10)
    right.axvline(0, color="gray", linewidth=1)
    right.set_xlabel("gain (points)")
    right.set_title("gain over the rung before; hollow: may be chance", fontsize=10)
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.tick_params(axis="y", length=0)
    figure.suptitle(title)
    return figure


def plot_budgets(budgets, title="", xlabel="test accuracy (%)"):
    """The same rungs under several budgets: a dot for each seed, a bar for the mean, a line from budget to budget.

    Args:
        budgets: dict from a budget's name to a dict from a rung's name to accuracies, one a seed; shares, not percent.
            Rungs that lack values under any budget are left out.
        title: str. The message of the figure.
        xlabel: str. What the accuracies are.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    first = next(iter(budgets.values()))
    rungs = [rung for rung in first if all(groups.get(rung) for groups in budgets.values())]
    figure = Figure(figsize=(7.4, 0.45 * len(rungs) + 1.7), layout="constrained")
    axes = figure.subplots()
    for level, rung in enumerate(rungs):
        means = [100 * np.mean(groups[rung]) for groups in budgets.values()]
        axes.plot(means, [level] * len(means), color="gray", linewidth=1, zorder=1)
        for mean, color, (budget, groups) in zip(means, COLORS, budgets.items()):
            values = 100 * np.asarray(groups[rung])
            axes.plot(mean, level, "|", color=color, markersize=15, markeredgewidth=2.5)
            axes.plot(values, [level] * len(values), "o", color=color, markersize=4, alpha=0.8,
                      label=None if level else budget)
    axes.set_yticks(range(len(rungs)), rungs)
    axes.set_ylim(len(rungs) - 0.5, -0.5)
    axes.set(xlabel=xlabel, title=title)
    axes.tick_params(axis="y", length=0)
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=len(budgets), frameon=False)
    return figure


def plot_matrices(matrices, title="", label="value"):
    """Square matrices side by side, on one scale that is the same above and below zero.

    Args:
        matrices: dict from a name to an array `(n, n)`.
        title: str. The message of the figure.
        label: str. Of the colour bar.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    highest = max(np.abs(matrix).max() for matrix in matrices.values())
    figure = Figure(figsize=(2.5 * len(matrices) + 1, 3.0), layout="constrained")
    row = figure.subplots(1, len(matrices), squeeze=False)[0]
    for axes, (name, matrix) in zip(row, matrices.items()):
        picture = axes.imshow(matrix, cmap="viridis", vmin=-highest, vmax=highest)
        axes.set(xticks=[], yticks=[])
        axes.set_title(name, fontsize=10)
    figure.colorbar(picture, ax=list(row), label=label, shrink=0.85)
    figure.suptitle(title)
    return figure
