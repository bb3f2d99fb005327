"""The whole model as a drawing: the lecture's figure of the structure, standing on a picture."""

from vit_keras.figures.curves import COLORS


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
