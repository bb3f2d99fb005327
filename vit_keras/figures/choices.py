"""What choices change: accuracy of variants beside that of a base. Takes numbers, returns a Matplotlib figure."""

import numpy as np

from vit_keras.figures.curves import COLORS


def plot_choices(accuracies, base, noise, title=""):
    """A row a variant: a dot for each seed, a bar for their mean, and grey what could be noise around the base.

    Args:
        accuracies: dict from a variant's name to its accuracies, one a seed.
        base: str. The variant that the others are compared with.
        noise: float. Differences from the mean of `base` up to this are shaded.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 0.42 * len(accuracies) + 1.5), layout="constrained")
    axes = figure.subplots()
    middle = np.mean(accuracies[base])
    axes.axvspan(middle - noise, middle + noise, color="0.9", label="could be noise")
    axes.axvline(middle, color="gray", linestyle=":")
    for row, values in enumerate(accuracies.values()):
        mean = np.mean(values)
        color = COLORS[0] if abs(mean - middle) <= noise else COLORS[1]   # the bar's place says it too
        axes.plot(values, [row] * len(values), "o", color=color, markersize=5, label="one seed" if row == 0 else None)
        axes.plot([mean, mean], [row - 0.28, row + 0.28], color=color, linewidth=3, label="mean" if row == 0 else None)
    axes.set_yticks(range(len(accuracies)), list(accuracies))
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter("{x:.0%}")
    axes.set(xlabel="test accuracy", title=title)
    axes.grid(axis="x", alpha=0.3)
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return figure
