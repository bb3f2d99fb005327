"""Figures of what lies inside a model: filters of E, maps laid over pictures. Words inside a figure are English."""

import numpy as np


def plot_filters(panels, columns=7, title=""):
    """Principal components of E as little pictures, the most important first, row by row.

    Args:
        panels: dict from a model's name to the pair that `vit_keras.inside.filters.patch_filters` returns: filters of shape
            `(n, P, P, C)`, C = 3 or 1, and their shares `(n,)`. Grey is 0; each filter has its own scale about it.
        columns: int. Filters in a row.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: filters that are no pictures, as a hybrid's.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, figure 7 (left).
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.3 * len(panels), 2.7), layout="constrained")
    figure.get_layout_engine().set(wspace=0.08)
    for axes, (name, (filters, shares)) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels.items()):
        filters = np.asarray(filters)
        if filters.ndim != 4 or filters.shape[-1] not in (1, 3):
            raise ValueError("Filters must have shape (n, P, P, C) with one channel or three to be shown as pictures: "
                             f"got {filters.shape} for {name!r}.")
        number, height, width, _ = filters.shape
        largest = np.abs(filters).max(axis=(1, 2, 3), keepdims=True)
        shown = 0.5 + 0.5 * filters / np.where(largest > 0, largest, 1)
        rows, gap = -(-number // columns), max(1, width // 8)
        sheet = np.ones((rows * (height + gap) - gap, columns * (width + gap) - gap, 3))
        for index, one in enumerate(shown):
            top, left = (height + gap) * (index // columns), (width + gap) * (index % columns)
            sheet[top : top + height, left : left + width] = one
        axes.imshow(sheet, interpolation="nearest")
        axes.set_axis_off()
        axes.set_title(f"{name}\n{number} components: {np.sum(shares):.0%} of the variance", fontsize=9)
    figure.suptitle(title)
    return figure


def plot_overlays(pictures, rows, captions=(), stretch=False, title=""):
    """Pictures in a row, and under them maps laid over their grey copies.

    A map's patches are drawn as the squares they are: blurred, a map looks more exact than it is.

    Args:
        pictures: uint8 array of shape `(B, H, W, 3)`, or a list of such pictures `(H, W, 3)`.
        rows: dict from a row's name to maps of shape `(B, rows, columns)`, each of sum one, of `answer_map`.
        captions: B strings, above the pictures.
        stretch: bool. Whether each map gets all colours from its own smallest to its own largest value, both written
            beneath: what many programs do, and what makes any map look telling. Else all share one scale from 0, and
            1 is an even share, that of a map which is the same everywhere.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: not as many maps as pictures.
    """
    from matplotlib.figure import Figure

    number = len(pictures)
    scaled = {name: np.asarray(maps) * np.asarray(maps)[0].size for name, maps in rows.items()}  # 1: an even share
    if wrong := {name: len(maps) for name, maps in scaled.items() if len(maps) != number}:
        raise ValueError(f"Each row must have a map for each of {number} pictures: got {wrong}.")
    height, width = pictures[0].shape[:2]
    tall = 1.45 * height / width + (0.35 if stretch else 0.12)
    figure = Figure(figsize=(max(5, 1.55 * number + 1.3), tall * (1 + len(rows)) + 0.6), layout="constrained")
    grid = figure.subplots(1 + len(rows), number, squeeze=False)
    largest = max(maps.max() for maps in scaled.values())
    pixels = "nearest" if width <= 112 else "auto"  # small pictures as the squares they are
    for place, (axes, picture) in enumerate(zip(grid[0], pictures)):
        axes.imshow(picture, extent=(0, picture.shape[1], picture.shape[0], 0), interpolation=pixels)
        axes.set_title(captions[place] if place < len(captions) else "", fontsize=9)
    for line, (name, maps) in zip(grid[1:], scaled.items()):
        line[0].set_ylabel(name, fontsize=9)
        for axes, picture, one in zip(line, pictures, maps):
            extent = (0, picture.shape[1], picture.shape[0], 0)
            grey = np.round(np.asarray(picture).mean(axis=-1) / 25) * 25  # without its grain: smaller, and seen better
            axes.imshow(grey, cmap="gray", vmin=0, vmax=255, extent=extent, interpolation=pixels)
            low, high = (one.min(), one.max()) if stretch else (0, largest)
            shown = axes.imshow(one, cmap="viridis", vmin=low, vmax=high, alpha=0.65, extent=extent,
                                interpolation="nearest")
            if stretch:
                axes.set_xlabel(f"{low:.2f} to {high:.2f}", fontsize=8)
    for axes in grid.ravel():
        axes.set(xticks=[], yticks=[])
    if not stretch:
        figure.colorbar(shown, ax=list(grid.ravel()), label="× even share", shrink=0.9)
    figure.suptitle(title)
    return figure
