"""Curves and tables of a run. Functions take arrays and return a Matplotlib figure; words inside are English.

What a model looks at is computed elsewhere and can be had from here, too: arrays in `inside`, `rollout`, `filters` and
`answer_maps`, their figures in `maps` and `overlays`.
"""

from vit_keras.figures.maps import (  # noqa: F401
    plot_attention_scores,
    plot_position_similarity,
    plot_where_patches_look,
)
from vit_keras.figures.overlays import plot_filters, plot_overlays  # noqa: F401
from vit_keras.inside.answer_maps import answer_map, rollout_map  # noqa: F401
from vit_keras.inside.filters import patch_filters  # noqa: F401
from vit_keras.inside.maps import attention_maps, position_similarity  # noqa: F401
from vit_keras.inside.rollout import attention_rollout, mean_attention_distance  # noqa: F401


def plot_learning_curves(histories, title="", passes=False):
    """Accuracy against training time or passes: full line on validation images, dotted on training images.

    Args:
        histories: dict from a model's name to the `history` that `train` returned.
        title: str. The message of the figure.
        passes: bool. Against passes over the data, for runs whose minutes cannot be compared: other machines, other
            work beside them. Defaults to `False`, against minutes.

    Returns:
        `matplotlib.figure.Figure`.
    """
    figure, axes = _figure(width=6.4, height=3.8)
    for color, (name, history) in zip(COLORS, histories.items(), strict=False):
        x = history["epoch"] if passes else [seconds / 60 for seconds in history["seconds"]]
        size = 4 if len(x) < 40 else 0  # so many points are a line without marks
        axes.plot(x, history["val_accuracy"], "-o", color=color, markersize=size, label=f"{name}, validation")
        axes.plot(x, history["accuracy"], ":s", color=color, markersize=size, label=f"{name}, training (augmented)")
    axes.set(xlabel="passes over the training data" if passes else "training time (minutes)", ylabel="accuracy",
             title=title, ylim=(0, 1))
    axes.set_xlim(left=0)
    axes.yaxis.set_major_formatter("{x:.0%}")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    return figure


def plot_confusion_matrix(counts, class_names, title=""):
    """Which class is taken for which: rows are the true classes, columns the answers.

    Args:
        counts: array of ints of shape `(K, K)`.
        class_names: K strings.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    figure, axes = _figure(width=6.4, height=5.4)
    share = counts / counts.sum(axis=1, keepdims=True).clip(min=1)  # a class without images: a row of zeros
    picture = axes.imshow(share, cmap="viridis", vmin=0, vmax=1)
    axes.set_xticks(range(len(class_names)), class_names, rotation=45, ha="right")
    axes.set_yticks(range(len(class_names)), class_names)
    for row, column in [(i, j) for i in range(len(counts)) for j in range(len(counts)) if share[i, j] >= 0.05]:
        color = "black" if share[row, column] > 0.6 else "white"
        axes.text(column, row, f"{share[row, column]:.0%}"[:-1], ha="center", va="center", color=color, fontsize=8)
    axes.set(xlabel="answer", ylabel="true class", title=title)
    figure.colorbar(picture, ax=axes, label="share of the true class", format="{x:.0%}")
    return figure


def plot_by_block(curves, ylabel, title=""):
    """One number a block, from the first to the last, on a logarithmic axis.

    Args:
        curves: dict from a name to L positive numbers.
        ylabel: str. What the numbers are.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.ticker import LogLocator

    figure, axes = _figure(width=6.2, height=3.2)
    for color, marker, (name, values) in zip(COLORS, "osD^", curves.items()):
        axes.semilogy(range(1, len(values) + 1), values, f"-{marker}", color=color, markersize=4, label=name)
    axes.set(xlabel="block", ylabel=ylabel, title=title)
    axes.set_xticks(range(1, len(values) + 1))
    low, high = axes.get_ylim()
    axes.yaxis.set_minor_locator(LogLocator(subs=(2, 5) if high > 10 * low else (2, 3, 4, 5, 6, 7, 8)))
    for which in ("major", "minor"):
        getattr(axes.yaxis, f"set_{which}_formatter")("{x:g}")
    axes.tick_params(axis="y", which="minor", labelsize=8)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    return figure


def plot_losses(panels, blind_guess, title=""):
    """Loss against the training step, a panel for each group of runs; dotted, the loss of a blind guess.

    Args:
        panels: dict from a panel's name to a dict from a run's name to its losses, one a step.
        blind_guess: float.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 3.4), layout="constrained")
    row = figure.subplots(1, len(panels), squeeze=False, sharex=True, sharey=True)[0]
    for axes, (panel, runs) in zip(row, panels.items()):
        for color, style, (name, losses) in zip(COLORS, ("-", "--", "-.", ":"), runs.items()):
            axes.plot(range(1, len(losses) + 1), losses, style, color=color, label=name)
        axes.axhline(blind_guess, color="gray", linestyle=":", linewidth=1)
        axes.set_title(panel, fontsize=10)
        axes.set_xlabel("step")
        axes.grid(alpha=0.3)
        axes.legend(frameon=False, fontsize=8)
    row[0].set_ylabel("loss")
    row[0].set_ylim(bottom=0)
    figure.suptitle(title)
    return figure


# Two colours that differ in brightness too, for those who see no red or green.
COLORS = ("#0b6fa4", "#d1495b", "#3a7d44", "#7a4ba0")


def _figure(width, height):
    """A figure of its own: it is shown once, where it is returned, and pyplot keeps no copy."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()
