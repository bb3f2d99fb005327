"""What all figures share: colors and marks."""

# Colors that differ in brightness too, for those who see no red or green.
COLORS = ("#0b6fa4", "#d1495b", "#3a7d44", "#7a4ba0")
MARKERS = "osD^vP*X"


def new_figure(width, height):
    """A figure of its own and its axes: it is shown once, where it is returned, and pyplot keeps no copy."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()
