"""Figures on inductive bias: how well a layer follows a shift, what an output sees, accuracy under a change.

Functions take arrays and numbers and return a Matplotlib figure; words inside are English.
"""

import numpy as np

from vit_keras.figures.style import COLORS, MARKERS


def plot_following(errors, shifts, title=""):
    """A table of errors: a row a layer, a column a shift; 0 is a layer that follows the picture.

    Args:
        errors: dict from a layer's name to its errors of `equivariance_error`, one a shift.
        shifts: ints, in pixels.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    values = np.array(list(errors.values()), float)  # (layers, shifts)
    figure = Figure(figsize=(6.6, 0.5 * len(errors) + 1.6), layout="constrained")
    axes = figure.subplots()
    picture = axes.imshow(values, cmap="viridis", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(shifts)), shifts)
    axes.set_yticks(range(len(errors)), list(errors))
    axes.tick_params(length=0)
    for (row, column), value in np.ndenumerate(values):
        color = "black" if value > 0.6 else "white"
        axes.text(column, row, f"{value:.2f}", ha="center", va="center", color=color, fontsize=9)
    axes.set(xlabel="picture moved to the right by (pixels)", title=title)
    figure.colorbar(picture, ax=axes, label="error (0: follows)")
    return figure


def plot_fields(fields, title=""):
    """What one output sees of the picture, layer after layer, side by side.

    Args:
        fields: dict from a layer's name to an array `(H, W)` of `vit_keras.inside.responses.sensitivity`.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2.15 * len(fields) + 1, 2.9), layout="constrained")
    row = figure.subplots(1, len(fields), squeeze=False)[0]
    for axes, (name, field) in zip(row, fields.items()):
        picture = axes.imshow(field / field.max(), cmap="viridis", vmin=0, vmax=1)
        axes.set(xticks=[], yticks=[])
        axes.set_title(name, fontsize=9)
    figure.colorbar(picture, ax=list(row), label="share of the largest")
    figure.suptitle(title)
    return figure


def plot_attention_reach(distances, uniform, title=""):
    """How far the heads of each block look: a dot a head, in pixels.

    Args:
        distances: dict from a name (before, after training) to an array `(runs, layers, heads)`.
        uniform: float. The distance of a head that looks at all patches alike, dotted.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.4), layout="constrained")
    axes = figure.subplots()
    for number, (name, values) in enumerate(distances.items()):
        values = np.asarray(values)
        block = np.broadcast_to(np.arange(1, values.shape[1] + 1)[:, None], values.shape)
        aside = (number - (len(distances) - 1) / 2) * 0.16
        axes.plot((block + aside).ravel(), values.ravel(), MARKERS[number], color=COLORS[number], markersize=5,
                  alpha=0.7, label=name)
    axes.axhline(uniform, color="gray", linestyle=":", label="looks at all patches alike")
    axes.set_xticks(range(1, values.shape[1] + 1))
    axes.set(xlabel="block", ylabel="attention distance (pixels)", title=title)
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", alpha=0.3)
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return figure


def plot_dots(groups, chance=None, title="", xlabel="test accuracy"):
    """A row a model, a mark a kind of test, a dot a seed.

    Args:
        groups: dict from a panel's name to a dict from a model's name to a dict from a test's name to its accuracies.
        chance: float or `None`. Accuracy of a blind guess, dotted.
        title: str. The message of the figure.
        xlabel: str. What the numbers are.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    most = max(len(models) for models in groups.values())
    figure = Figure(figsize=(4.2 * len(groups) + 2.2, 0.62 * most + 1.7), layout="constrained")
    row = figure.subplots(1, len(groups), squeeze=False, sharex=True)[0]
    labelled = set()
    for axes, (panel, models) in zip(row, groups.items()):
        for place, tests in enumerate(models.values()):
            for number, (test, values) in enumerate(tests.items()):
                level = place + (number - (len(tests) - 1) / 2) * 0.17
                axes.plot(values, [level] * len(values), MARKERS[number % len(MARKERS)], markersize=5, alpha=0.75,
                          color=COLORS[number % len(COLORS)], label=test if test not in labelled else None)
                labelled.add(test)
        if chance is not None:
            axes.axvline(chance, color="gray", linestyle=":", label="blind guess" if axes is row[0] else None)
        axes.set_yticks(range(len(models)), list(models))
        axes.set_ylim(len(models) - 0.5, -0.5)
        axes.set_title(panel, fontsize=10)
        axes.set_xlabel(xlabel)
        axes.set_xlim(0, 1.03)
        axes.xaxis.set_major_formatter("{x:.0%}")
        axes.grid(axis="x", alpha=0.3)
    figure.suptitle(title)
    figure.legend(loc="outside lower center", ncols=5, frameon=False, fontsize=9)
    return figure
