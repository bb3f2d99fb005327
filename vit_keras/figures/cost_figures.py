"""Figures of what things cost: measured points beside formulas. Words are English."""

from vit_keras.figures.curves import COLORS

MARKERS = "osD^v"


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
