"""Pictures in named rows, each with a caption; and pictures of few colours, which a notebook can store."""

import numpy as np


def plot_gallery(rows, title=""):
    """Rows of pictures.

    Args:
        rows: dict from a row's name to a list of (uint8 array `(H, W, 3)`, caption). Rows may be of different length,
            and empty.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    columns = max(1, *map(len, rows.values()))
    figure = Figure(figsize=(1.55 * columns + 0.4, 1.85 * len(rows) + 0.4), layout="constrained")
    grid = figure.subplots(len(rows), columns, squeeze=False)
    for line, (name, pictures) in zip(grid, rows.items()):
        for axes in line:
            axes.set(xticks=[], yticks=[])
            for spine in axes.spines.values():
                spine.set_visible(False)
        for axes, (picture, caption) in zip(line, pictures):
            axes.imshow(picture)
            axes.set_title(caption, fontsize=8)
        line[0].set_ylabel(name)
    figure.suptitle(title)
    return figure


def few_colors(picture, number=32):
    """The picture in a few colours of its own: as a PNG it takes a fraction of the bytes.

    Args:
        picture: uint8 array `(H, W, 3)`.
        number: int. Colours, 256 at most.

    Returns:
        uint8 array `(H, W, 3)`.
    """
    from PIL import Image

    return np.asarray(Image.fromarray(picture).quantize(number, dither=Image.Dither.NONE).convert("RGB"))
