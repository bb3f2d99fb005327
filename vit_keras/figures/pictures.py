"""Pictures: galleries, patches pulled apart, what the columns of E ask, the way from pixels to tokens."""

import numpy as np

from vit_keras.figures.style import COLORS

# ---- Equation (1) ----

def pulled_apart(image, patch_size, gap=0.25):
    """The image with white gaps between its patches.

    Args:
        image: uint8 array of shape `(H, W, C)`.
        patch_size: int that divides height and width.
        gap: float. Width of a gap in patches, at least a quarter.

    Returns:
        uint8 array, `1 + gap` times as high and wide, and enlarged so that a gap is a whole number of pixels.
    """
    height, width, channels = image.shape
    rows, columns = height // patch_size, width // patch_size
    scale = -(-4 // patch_size)  # a patch of 4 pixels at least, so that a quarter of it is one
    large = image.repeat(scale, axis=0).repeat(scale, axis=1)
    side = patch_size * scale
    cell = side + round(gap * side)
    canvas = np.full((rows, cell, columns, cell, channels), 255, "uint8")
    canvas[:, :side, :, :side] = large.reshape(rows, side, columns, side, channels)
    return canvas.reshape(rows * cell, columns * cell, channels)[: side - cell or None, : side - cell or None]


def plot_pictures(pictures, title=""):
    """Pictures in a row, a name over each.

    Args:
        pictures: dict from a name to a uint8 array of shape `(H, W, 3)`.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.2 * len(pictures), 3.7), layout="constrained")
    figure.get_layout_engine().set(wspace=0.08)
    for axes, (name, picture) in zip(figure.subplots(1, len(pictures), squeeze=False)[0], pictures.items()):
        axes.imshow(picture)
        axes.set_title(name, fontsize=10)
        axes.set_axis_off()
    figure.suptitle(title)
    return figure


def plot_numbers(tables, owner, title=""):
    """Tables of numbered pixels, each number in the colour of the patch that it belongs to.

    Args:
        tables: dict from a table's name to a 2-D array of ints: first the picture, then tables of a patch a row.
        owner: array of ints: `owner[k]` is the patch of pixel k, 0 to 3.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.colors import ListedColormap
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2.6 * len(tables), 3), layout="constrained")
    figure.get_layout_engine().set(wspace=0.12)
    for axes, (name, table) in zip(figure.subplots(1, len(tables), squeeze=False)[0], tables.items()):
        colors = np.asarray(owner)[table]
        axes.imshow(colors, cmap=ListedColormap(COLORS), vmin=0, vmax=len(COLORS) - 1)
        for (row, column), number in np.ndenumerate(table):
            axes.text(column, row, str(number), color="white", ha="center", va="center", weight="bold")
        down, across = colors[1:] != colors[:-1], colors[:, 1:] != colors[:, :-1]
        if name is not next(iter(tables)):
            down, across = np.ones_like(down), np.zeros_like(across)
        for row, column in np.argwhere(down):
            axes.hlines(row + 0.5, column - 0.5, column + 0.5, color="white", linewidth=4)
        for row, column in np.argwhere(across):
            axes.vlines(column + 0.5, row - 0.5, row + 0.5, color="white", linewidth=4)
        axes.set_title(name, fontsize=10)
        axes.set_axis_off()
    figure.suptitle(title)
    return figure


def plot_projection(image, columns, answers, names, title=""):
    """What each column of E asks (a little picture) and what every patch answers (a map), beside the image.

    Args:
        image: uint8 array of shape `(H, W, 3)`.
        columns: array of shape `(D, P, P, 3)`, the columns of E as pictures.
        answers: array of shape `(D, rows, columns)`, one number a patch.
        names: D strings.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2 * len(columns) + 2.6, 4), layout="constrained")
    grid = figure.add_gridspec(2, len(columns) + 1, width_ratios=[1.5] + [1] * len(columns), height_ratios=[1, 1.6])
    whole = figure.add_subplot(grid[:, 0])
    whole.imshow(image)
    maps = []
    for index, (column, answer, name) in enumerate(zip(columns, answers, names), start=1):
        asked, answered = (figure.add_subplot(grid[row, index]) for row in (0, 1))
        asked.imshow(0.5 + column / (2 * np.abs(column).max()))  # gray is zero, light counts for, dark against
        asked.set_title(name, fontsize=10)
        largest = np.abs(answer).max()
        shown = answered.imshow(answer, cmap="RdBu_r", vmin=-largest, vmax=largest)
        ticks = np.array([-1, 0, 1]) * np.floor(10 * largest) / 10
        figure.colorbar(shown, ax=answered, location="bottom", ticks=ticks, format="{x:.1f}", pad=0.04)
        maps += [asked, answered]
    for axes in (whole, *maps):
        axes.set(xticks=[], yticks=[])
    whole.set_title("picture", fontsize=10)
    maps[0].set_ylabel("column of E")
    maps[1].set_ylabel("a number a patch")
    figure.suptitle(title)
    return figure


def plot_pipeline(image, patches, tokens, patch_size, title=""):
    """One picture on its way: the picture, its patches, the patches as rows of numbers, the tokens z_0.

    Args:
        image: uint8 array of shape `(H, W, 3)`.
        patches: array of shape `(N, P*P*3)`, values in [0, 255].
        tokens: array of shape `(N + 1, D)`, the class token first.
        patch_size: int. P.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure
    from matplotlib.patches import ConnectionPatch

    (height, width, channels), (num_patches, numbers), (num_tokens, hidden_dim) = (
        image.shape, patches.shape, tokens.shape
    )
    figure = Figure(figsize=(11, 3.4), layout="constrained")
    figure.get_layout_engine().set(wspace=0.12)
    whole, apart, strips, heat = figure.subplots(1, 4, width_ratios=[1, 1, 1.1, 1.3])
    whole.imshow(image)
    apart.imshow(pulled_apart(image, patch_size))
    pixels = patches.reshape(num_patches, -1, channels).astype("uint8")  # a patch's pixels side by side
    strips.imshow(pixels, aspect="auto", interpolation="nearest", extent=(0, numbers, num_patches + 0.5, 0.5))
    strips.hlines(np.arange(1, num_patches) + 0.5, 0, numbers, color="white", linewidth=1.5)
    largest = np.abs(tokens).max()
    shown = heat.imshow(tokens, aspect="auto", cmap="RdBu_r", vmin=-largest, vmax=largest, interpolation="nearest")
    heat.axhline(0.5, color="black", linewidth=1)
    heat.text(hidden_dim / 2, 0, "class token", color="black", ha="center", va="center", fontsize=9)
    figure.colorbar(shown, ax=heat, label="value")
    titles = (f"picture\n{height} x {width} x {channels}", f"N = {num_patches} patches\n{patch_size} x {patch_size} x "
              f"{channels} each", f"flattened\n{num_patches} x {numbers}", f"tokens z_0\n{num_tokens} x {hidden_dim}")
    for axes, name in zip((whole, apart, strips, heat), titles):
        axes.set_title(name, fontsize=10)
        axes.set(xticks=[], yticks=[])
    strips.set_yticks([1, num_patches])
    heat.set_yticks([0, 1, num_tokens - 1])
    for left, right in ((whole, apart), (apart, strips), (strips, heat)):
        arrow = ConnectionPatch((1.02, 0.5), (-0.04, 0.5), left.transAxes, right.transAxes, arrowstyle="-|>", shrinkB=8)
        arrow.set_in_layout(False)
        figure.add_artist(arrow)
    figure.suptitle(title)
    return figure


def plot_patches(image, patches, grid_shape, title=""):
    """An image beside its patches, laid out as the grid they come from.

    Args:
        image: uint8 array of shape `(H, W, 3)`.
        patches: array of shape `(N, P*P*3)`, of that image.
        grid_shape: pair of ints `(rows, columns)`.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    rows, columns = grid_shape
    height, width = image.shape[0] // rows, image.shape[1] // columns
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    whole, cut = figure.subfigures(1, 2)
    axes = whole.subplots()
    axes.imshow(image)
    axes.set_axis_off()
    for axes, patch in zip(cut.subplots(rows, columns).flat, patches, strict=True):
        axes.imshow(patch.reshape(height, width, -1).astype("uint8"))
        axes.set_axis_off()
    figure.suptitle(title)
    return figure


# ---- Galleries ----

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
