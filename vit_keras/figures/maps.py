"""Heat maps: attention scores, tokens, filters, maps laid over pictures. Words inside a figure are English."""

import numpy as np


def plot_attention_scores(scores, labels=None, heads=(), title=""):
    """Heat maps of A, one a head: the row asks, the column answers.

    Args:
        scores: array of shape `(heads, T, T)`, rows sum to one. Up to eight tokens the numbers are written in.
        labels: T strings or `None`, what the tokens are called; by default their numbers.
        heads: strings, a title for each head.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    num_heads, num_tokens, _ = scores.shape
    labels = labels or [str(token) for token in range(num_tokens)]
    figure = Figure(figsize=(1.6 + 2.9 * num_heads, 3.4), layout="constrained")
    row = figure.subplots(1, num_heads, squeeze=False, sharey=True)[0]
    for head, (axes, one) in enumerate(zip(row, scores)):
        picture = axes.imshow(one, cmap="viridis", vmin=0, vmax=1)
        slanted = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if max(map(len, labels)) > 3 else {}
        axes.set_xticks(range(num_tokens), labels, **slanted)
        axes.set_yticks(range(num_tokens), labels)
        axes.set_xlabel("token that answers")
        axes.set_title(heads[head] if head < len(heads) else "", fontsize=10)
        if num_tokens <= 8:
            for (asks, answers), score in np.ndenumerate(one):
                color = "black" if score > 0.6 else "white"
                number = f"{score:.2f}" if num_tokens <= 4 else f"{score:.2f}".removeprefix("0")
                size = 9 if num_tokens <= 4 else 7
                axes.text(answers, asks, number, ha="center", va="center", color=color, fontsize=size)
    row[0].set_ylabel("token that asks")
    figure.colorbar(picture, ax=list(row), label="attention score")
    figure.suptitle(title)
    return figure


def plot_where_patches_look(image, scores, grid_shape, queries, heads=(), title=""):
    """For a few patches, where in the picture each head looks: a row and one scale a head, a column a patch.

    Args:
        image: uint8 array of shape `(H, W, 3)`.
        scores: array of shape `(heads, N, N)`, of the patches alone, without a class token.
        grid_shape: pair of ints `(rows, columns)` of patches.
        queries: dict from a name to the `(row, column)` of the patch that asks, counted from 0.
        heads: strings, a name for each head.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    (height, width, _), columns = image.shape, grid_shape[1]
    extent = (0, width, height, 0)
    figure = Figure(figsize=(2.4 + 2.7 * len(queries), 0.5 + 2.1 * len(scores)), layout="constrained")
    whole, maps = figure.subfigures(1, 2, width_ratios=[1, 1.15 * len(queries)])
    axes = whole.subplots()
    axes.imshow(image, extent=extent, interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    for row, column in queries.values():
        outline_patch(axes, image.shape, grid_shape, row, column)
    for head, line in enumerate(maps.subplots(len(scores), len(queries), squeeze=False)):
        line[0].set_ylabel(heads[head] if head < len(heads) else f"head {head + 1}")
        largest = max(scores[head, row * columns + column].max() for row, column in queries.values())
        for axes, (name, (row, column)) in zip(line, queries.items()):
            looks = scores[head, row * columns + column].reshape(grid_shape)
            shown = axes.imshow(looks, cmap="viridis", vmin=0, vmax=largest, extent=extent)
            outline_patch(axes, image.shape, grid_shape, row, column)
            axes.set(xticks=[], yticks=[])
            axes.set_title(name if head == 0 else "", fontsize=10)
        maps.colorbar(shown, ax=list(line), shrink=0.85, label="attention score")
    figure.suptitle(title)
    return figure


def outline_patch(axes, image_shape, grid_shape, row, column):
    """Outline one patch of a picture shown in its own pixels, so that it can be seen on light and on dark.

    Args:
        axes: Matplotlib axes that show the picture with `extent=(0, W, H, 0)`.
        image_shape: `(H, W, ...)`.
        grid_shape: pair of ints `(rows, columns)` of patches.
        row, column: ints, of the patch, counted from 0.
    """
    from matplotlib.patches import Rectangle

    height, width = image_shape[0] / grid_shape[0], image_shape[1] / grid_shape[1]
    for color, line_width in (("black", 4), ("white", 2)):
        frame = {"fill": False, "edgecolor": color, "linewidth": line_width, "clip_on": False}
        axes.add_patch(Rectangle((column * width, row * height), width, height, **frame))


def plot_position_similarity(similarity, grid_shape, title="", limits=(-1, 1)):
    """A grid of little maps, one for every place: how alike is its position to those of all places?

    Map (r, c) stands where its patch lies in the picture and is laid out like the picture itself.

    Args:
        similarity: array of shape `(N, N)`, values in [-1, 1], of `position_similarity`; or a dict
            from a name to such an array, drawn side by side.
        grid_shape: pair of ints `(rows, columns)` of patches, N in all.
        title: str. The message of the figure.
        limits: pair of floats, the ends of the colour scale; or `None`: each panel has a scale and a bar of its own,
            which shows small differences. Defaults to `(-1, 1)`.

    Returns:
        `matplotlib.figure.Figure`.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, figure 7 (center).
    """
    from matplotlib.figure import Figure

    panels = similarity if isinstance(similarity, dict) else {"": similarity}
    rows, columns = grid_shape
    figure = Figure(figsize=(3.7 * len(panels) + 0.9, 4), layout="constrained")
    all_axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (name, one) in zip(all_axes, panels.items()):
        maps = np.asarray(one, float).reshape(rows, columns, rows, columns)
        gaps = np.pad(maps, ((0, 0), (0, 0), (0, 1), (0, 1)), constant_values=np.nan)  # after each map, white
        sheet = gaps.transpose(0, 2, 1, 3).reshape(rows * (rows + 1), columns * (columns + 1))[:-1, :-1]
        picture = axes.imshow(sheet, cmap="viridis", interpolation="nearest")
        picture.set_clim(*limits or (maps.min(), maps.max()))
        axes.set_xticks(np.arange(columns) * (columns + 1) + (columns - 1) / 2, range(1, columns + 1))
        axes.set_yticks(np.arange(rows) * (rows + 1) + (rows - 1) / 2, range(1, rows + 1))
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_title(name, fontsize=10)
        axes.set(xlabel="column of the patch", ylabel="row of the patch")
        if limits is None:
            figure.colorbar(picture, ax=axes, label="cosine similarity", shrink=0.8)
    if limits is not None:
        figure.colorbar(picture, ax=list(all_axes), label="cosine similarity", shrink=0.8)
    figure.suptitle(title)
    return figure


def plot_tokens(panels, title=""):
    """Token beside token as heat maps: a row is a token, a column one of its D numbers.

    Args:
        panels: dict from a name to an array of shape `(T, D)`, drawn side by side on one scale about zero.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    largest = max(np.abs(tokens).max() for tokens in panels.values())
    figure = Figure(figsize=(3.9 * len(panels) + 0.7, 3), layout="constrained")
    row = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    for axes, (name, tokens) in zip(row, panels.items()):
        picture = axes.imshow(tokens, cmap="RdBu_r", vmin=-largest, vmax=largest, aspect="auto")
        axes.set_title(name, fontsize=10)
        axes.set_xlabel("entry of the token")
        axes.yaxis.get_major_locator().set_params(integer=True)
    row[0].set_ylabel("token")
    figure.colorbar(picture, ax=list(row), label="value")
    figure.suptitle(title)
    return figure


# ---- Over pictures ----

def plot_filters(panels, columns=7, title=""):
    """Principal components of E as little pictures, the most important first, row by row.

    Args:
        panels: dict from a model's name to the pair that `patch_filters` returns: filters of shape
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
