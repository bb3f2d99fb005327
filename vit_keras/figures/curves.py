"""Curves and tables of numbers. Functions take arrays and return a Matplotlib figure; words inside are English."""

import numpy as np

from vit_keras.figures.style import COLORS, MARKERS, new_figure


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
    figure, axes = new_figure(width=6.4, height=3.8)
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
    figure, axes = new_figure(width=6.4, height=5.4)
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

    figure, axes = new_figure(width=6.2, height=3.2)
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


def plot_bands(panels, xlabel, chance=None, title="", logarithmic=False, ylabel="test accuracy"):
    """Accuracy against a number: a line through the means of the seeds, a band from the lowest to the highest.

    Args:
        panels: dict from a panel's name to a dict from a model's name to a dict from a number to its accuracies.
        xlabel: str, or a dict from a panel's name to one.
        chance: float or `None`. Accuracy of a blind guess, dotted.
        title: str. The message of the figure.
        logarithmic: bool. Whether the numbers stand on a logarithmic axis.
        ylabel: str. What is drawn.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(3.3 * columns + 1.2, 2.7 * rows + 0.8), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
    row = grid.ravel()
    for axes, (panel, models) in zip(row, panels.items()):
        for color, marker, (name, points) in zip(COLORS, MARKERS, models.items()):
            numbers = sorted(points)
            values = [points[number] for number in numbers]
            axes.plot(numbers, [np.mean(each) for each in values], f"-{marker}", color=color, markersize=4,
                      label=name if axes is row[0] else None)
            axes.fill_between(numbers, [min(each) for each in values], [max(each) for each in values], color=color,
                              alpha=0.2, linewidth=0)
        if chance is not None:
            axes.axhline(chance, color="gray", linestyle=":", label="blind guess" if axes is row[0] else None)
        if logarithmic:
            axes.set_xscale("log")
            axes.set_xticks(apart(sorted({number for points in models.values() for number in points})))
            axes.xaxis.set_major_formatter(lambda number, _: f"{number:,.0f}" if number >= 1 else f"{number:g}")
            axes.minorticks_off()
        axes.set_title(panel, fontsize=10)
        axes.set_xlabel(xlabel[panel] if isinstance(xlabel, dict) else xlabel)
        axes.grid(alpha=0.3)
    for axes in row[len(panels):]:
        axes.set_axis_off()
    for line in grid:
        line[0].set_ylabel(ylabel)
    highest = max(max(each) for models in panels.values() for points in models.values() for each in points.values())
    row[0].set_ylim(0, min(1.02, 1.2 * highest))
    row[0].yaxis.set_major_formatter("{x:.0%}")
    figure.suptitle(title)
    figure.legend(loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    return figure


def apart(numbers, factor=1.5):
    """Of rising numbers those that are so many times the last one kept: labels that do not touch."""
    kept = numbers[:1]
    for number in numbers[1:]:
        if number >= factor * kept[-1]:
            kept.append(number)
    return kept


def plot_nothing(name):
    """In place of a figure whose recorded run is not here: one line that says so.

    Args:
        name: str. Of the missing file.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 0.5))
    axes = figure.subplots()
    axes.text(0.5, 0.5, f"{name} is not here: nothing to draw", ha="center", va="center", fontsize=10)
    axes.set_axis_off()
    return figure


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


def plot_growth(measured, formulas, xlabel, ylabel, title="", logarithmic=True, lines=None):
    """Measured points, and the curve of a formula in the same colour.

    Args:
        measured: dict from a name to a dict from x to a measured value.
        formulas: dict from a name of `measured` to a dict from x to what the formula says, dashed; may lack names.
        xlabel, ylabel: str. With units.
        title: str. The message of the figure.
        logarithmic: bool. Whether both axes are: a power is a straight line there, and its slope the exponent.
        lines: dict from a label to an x, or `None`. Vertical dotted lines.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.6, 3.9), layout="constrained")
    axes = figure.subplots()
    for color, marker, (name, points) in zip(COLORS, MARKERS, measured.items()):
        axes.plot(list(points), list(points.values()), marker, color=color, markersize=6, label=f"{name}, measured")
        if name in formulas:
            curve = formulas[name]
            axes.plot(list(curve), list(curve.values()), "--", color=color, linewidth=1.4, label=f"{name}, formula")
    for label, x in (lines or {}).items():
        axes.axvline(x, color="gray", linestyle=":", label=label)
    if logarithmic:
        axes.set_xscale("log")
        axes.set_yscale("log")
        ticks = sorted({x for points in measured.values() for x in points})
        axes.set_xticks(ticks, [f"{x:,g}" for x in ticks])
        axes.minorticks_off()
    else:
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    return figure
