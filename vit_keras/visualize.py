"""Figures of the course. Functions take arrays and return a Matplotlib figure; words inside are English."""

import numpy as np


def plot_learning_curves(histories, title=""):
    """Accuracy against training time: full line on validation images, dotted on training images.

    Args:
        histories: dict from a model's name to the `history` that `train` returned.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    figure, axes = _figure(width=6.4, height=3.8)
    for color, (name, history) in zip(COLORS, histories.items(), strict=False):
        minutes = [seconds / 60 for seconds in history["seconds"]]
        axes.plot(minutes, history["val_accuracy"], "-o", color=color, markersize=4, label=f"{name}, validation")
        axes.plot(minutes, history["accuracy"], ":s", color=color, markersize=4, label=f"{name}, training (augmented)")
    axes.set(xlabel="training time (minutes)", ylabel="accuracy", title=title, ylim=(0, 1))
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
    """For a few patches, where in the picture each head looks: a row for each head, a column for each patch.

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
    from matplotlib.patches import Rectangle

    (height, width, _), (rows, columns) = image.shape, grid_shape
    patch = width / columns, height / rows
    extent = (0, width, height, 0)

    def outline(axes, row, column):
        for color, line_width in (("black", 4), ("white", 2)):
            corner = column * patch[0], row * patch[1]
            axes.add_patch(Rectangle(corner, *patch, fill=False, edgecolor=color, linewidth=line_width, clip_on=False))

    figure = Figure(figsize=(2.4 + 2.7 * len(queries), 0.5 + 2.1 * len(scores)), layout="constrained")
    whole, maps = figure.subfigures(1, 2, width_ratios=[1, 1.15 * len(queries)])
    axes = whole.subplots()
    axes.imshow(image, extent=extent)
    axes.set(xticks=[], yticks=[])
    for row, column in queries.values():
        outline(axes, row, column)
    for head, line in enumerate(maps.subplots(len(scores), len(queries), squeeze=False)):
        line[0].set_ylabel(heads[head] if head < len(heads) else f"head {head + 1}")
        for axes, (name, (row, column)) in zip(line, queries.items()):
            looks = scores[head, row * columns + column].reshape(grid_shape)
            shown = axes.imshow(looks, cmap="viridis", vmin=0, extent=extent)
            outline(axes, row, column)
            axes.set(xticks=[], yticks=[])
            axes.set_title(name if head == 0 else "", fontsize=10)
            maps.colorbar(shown, ax=axes, shrink=0.85, label="attention score" if axes is line[-1] else "")
    figure.suptitle(title)
    return figure


def plot_position_similarity(similarity, grid_shape, title="", limits=(-1, 1)):
    """A grid of little maps, one for every place: how alike is its position to those of all places?

    Map (r, c) stands where its patch lies in the picture and is laid out like the picture itself.

    Args:
        similarity: array of shape `(N, N)`, values in [-1, 1], of `vit_keras.inside.position_similarity`; or a dict
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


def plot_structure(image, grid_shape, answer, title=""):
    """The structure of the model, from one picture to the answer, and of one block; numbered like the equations.

    Args:
        image: uint8 array of shape `(H, W, 3)`.
        grid_shape: pair of ints `(rows, columns)` of patches, at most nine in all.
        answer: str. What the model should say.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, figure 1.
    """
    from matplotlib.figure import Figure
    from matplotlib.patches import FancyBboxPatch

    blue, red, green, violet = COLORS
    rows, columns = grid_shape
    height, width = image.shape[0] // rows, image.shape[1] // columns
    patches = image.reshape(rows, height, columns, width, -1).swapaxes(1, 2).reshape(rows * columns, height, width, -1)
    figure = Figure(figsize=(9.6, 5), layout="constrained")
    model, block = figure.subplots(1, 2, width_ratios=[2.3, 1])

    def box(axes, x, y, wide, text, color, high=0.6):
        style = FancyBboxPatch((x - wide / 2, y - high / 2), wide, high, boxstyle="round,pad=0,rounding_size=0.12",
                               facecolor=color + "28", edgecolor=color)
        axes.add_patch(style)
        axes.text(x, y, text, ha="center", va="center", fontsize=9)

    def arrow(axes, points):
        *_, before, last = points
        axes.plot(*zip(*points), color="black", linewidth=0.9)
        axes.annotate("", last, before, arrowprops={"arrowstyle": "-|>", "color": "black", "linewidth": 0.9})

    places = range(1, len(patches) + 1)
    middle, wide = len(patches) / 2, len(patches) + 0.8  # of what lies over all tokens, 0 to N
    model.imshow(image, extent=(-2.3, -0.7, -0.1, 1.5))
    arrow(model, [(-0.65, 0.5), (0.5, 0.5)])
    for place, patch in zip(places, patches):
        model.imshow(patch, extent=(place - 0.35, place + 0.35, 0.15, 0.85))
        arrow(model, [(place, 0.9), (place, 1.25)])
        arrow(model, [(place, 1.85), (place, 2.2)])
    box(model, middle + 0.5, 1.55, len(patches) - 0.2, "linear projection E", blue)
    for place in (0, *places):
        box(model, place, 2.5, 0.8, f"{place}" if place else "class", red if place == 0 else blue)
        arrow(model, [(place, 2.8), (place, 3.15)])
        arrow(model, [(place, 3.95), (place, 4.3)])
    box(model, middle, 3.55, wide, "Transformer encoder: L blocks", violet, high=0.8)
    box(model, middle, 4.55, wide, "Norm", green, high=0.5)
    arrow(model, [(0, 4.8), (0, 5.15)])
    box(model, 0, 5.45, 0.8, "head", red)
    arrow(model, [(0.4, 5.45), (1, 5.45)])
    model.text(1.1, 5.45, answer, va="center", fontsize=10, weight="bold")
    side = len(patches) + 0.6
    for y, text in ((0.5, "patches"), (2.5, "+ positions\nE_pos  (1)"), (3.55, "(2) (3)"), (4.55, "token 0: y  (4)")):
        model.text(side, y, text, va="center", fontsize=9)
    model.set(xlim=(-2.4, side + 1.6), ylim=(-0.2, 5.9), title="the model")

    for y, text, color in ((2.1, "attention (MSA)", violet), (4.8, "MLP", blue)):
        box(block, 0, y - 0.9, 1.7, "Norm", green)
        box(block, 0, y, 1.7, text, color)
    for y in (2.95, 5.65):
        block.text(0, y, "+", ha="center", va="center", fontsize=12, bbox={"boxstyle": "circle,pad=0.1", "fc": "white"})
    for low, high in ((0.1, 0.9), (1.5, 1.8), (2.4, 2.75), (3.15, 3.6), (4.2, 4.5), (5.1, 5.45)):
        arrow(block, [(0, low), (0, high)])
    arrow(block, [(0, 5.85), (0, 6.3)])
    for low, high in ((0.5, 2.95), (3.35, 5.65)):
        arrow(block, [(0, low), (1.15, low), (1.15, high), (0.2, high)])
    block.text(1.3, 1.9, "(2)", va="center", fontsize=9)
    block.text(1.3, 4.6, "(3)", va="center", fontsize=9)
    block.set(xlim=(-1.2, 1.8), ylim=(0, 6.4), title="one block")
    for axes in (model, block):
        axes.set_axis_off()
    model.set_aspect("equal")
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
        picture = axes.imshow(tokens, cmap="viridis", vmin=-largest, vmax=largest, aspect="auto")
        axes.set_title(name, fontsize=10)
        axes.set_xlabel("entry of the token")
        axes.yaxis.get_major_locator().set_params(integer=True)
    row[0].set_ylabel("token")
    figure.colorbar(picture, ax=list(row), label="value")
    figure.suptitle(title)
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
