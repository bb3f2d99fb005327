"""Figures of the course. Functions take arrays and return a Matplotlib figure; words inside are English."""


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


# Two colours that differ in brightness too, for those who see no red or green.
COLORS = ("#0b6fa4", "#d1495b", "#3a7d44", "#7a4ba0")


def _figure(width, height):
    """A figure of its own: it is shown once, where it is returned, and pyplot keeps no copy."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()
