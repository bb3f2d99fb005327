"""The structure as a drawing: the whole model on a picture, and one encoder block made from the object itself."""

import numpy as np

from vit_keras.figures.style import new_figure

# The parts of a model in every figure; those of a block as in the paper's: yellow, green, blue.
NORM, ATTENTION, MLP = "#fdf1c7", "#d9ecd3", "#d6e6f5"
EMBEDDING, HEAD = "#f6dde0", "#e6ddf1"
EDGE, FRAME, QUIET = "#333333", "#f3f3f1", "#5c5c5c"

# ---- The whole model: the lecture's figure ----

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

    rows, columns = grid_shape
    height, width = image.shape[0] // rows, image.shape[1] // columns
    patches = image.reshape(rows, height, columns, width, -1).swapaxes(1, 2).reshape(rows * columns, height, width, -1)
    figure = Figure(figsize=(9.6, 5), layout="constrained")
    model, block = figure.subplots(1, 2, width_ratios=[2.3, 1])

    def box(axes, x, y, wide, text, color, high=0.6):
        style = FancyBboxPatch((x - wide / 2, y - high / 2), wide, high, boxstyle="round,pad=0,rounding_size=0.12",
                               facecolor=color, edgecolor=EDGE, linewidth=0.8)
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
    box(model, middle + 0.5, 1.55, len(patches) - 0.2, "linear projection E", EMBEDDING)
    for place in (0, *places):
        box(model, place, 2.5, 0.8, f"{place}" if place else "class", HEAD if place == 0 else EMBEDDING)
        arrow(model, [(place, 2.8), (place, 3.15)])
        arrow(model, [(place, 3.95), (place, 4.3)])
    box(model, middle, 3.55, wide, "Transformer encoder: L blocks", FRAME, high=0.8)
    box(model, middle, 4.55, wide, "Norm", NORM, high=0.5)
    arrow(model, [(0, 4.8), (0, 5.15)])
    box(model, 0, 5.45, 0.8, "head", HEAD)
    arrow(model, [(0.4, 5.45), (1, 5.45)])
    model.text(1.1, 5.45, answer, va="center", fontsize=10, weight="bold")
    side = len(patches) + 0.6
    for y, text in ((0.5, "patches"), (2.5, "+ positions\nE_pos  (1)"), (3.55, "(2) (3)"), (4.55, "token 0: y  (4)")):
        model.text(side, y, text, va="center", fontsize=9)
    model.set(xlim=(-2.4, side + 1.6), ylim=(-0.2, 5.9), title="the model")

    for y, text, color in ((2.1, "attention (MSA)", ATTENTION), (4.8, "MLP", MLP)):
        box(block, 0, y - 0.9, 1.7, "Norm", NORM)
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


def plot_parameter_shares(by_part, title=""):
    """How the parameters of each model are divided among its parts: a bar a model, a color a part.

    Args:
        by_part: dict from a model's name to a dict from a part, `"attention"`, `"MLP"`, `"embedding"`, `"head"` or
            `"norms"`, to its number of parameters.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    figure, axes = new_figure(width=7, height=3)
    totals = [sum(counts.values()) for counts in by_part.values()]
    left = np.zeros(len(by_part))
    colors = {"attention": ATTENTION, "MLP": MLP, "embedding": EMBEDDING, "head": HEAD, "norms": NORM}
    for part, color in colors.items():
        share = np.array([counts[part] for counts in by_part.values()]) / totals
        axes.barh(range(len(by_part)), share, left=left, color=color, edgecolor=EDGE, linewidth=0.6, label=part)
        left += share
    axes.set_yticks(range(len(by_part)), [f"{name}: {total / 1e6:.1f} M" for name, total in zip(by_part, totals)])
    axes.set(xlabel="share of the parameters", title=title, xlim=(0, 1))
    axes.xaxis.set_major_formatter("{x:.0%}")
    axes.invert_yaxis()
    figure.legend(loc="outside lower center", ncols=len(colors), frameon=False, fontsize=9)
    return figure


# ---- One block: what the drawing says is what the layer is ----

LEFT, RIGHT = -1.15, 1.15  # sides of a box; the figure is measured in inches, the middle of a block is x = 0
BYPASS, BYPASS_COLOR = 1.62, "#d1495b"  # where the residual connection runs


def plot_encoder_block(block, num_tokens=None, num_layers=None, norm="before", title=""):
    """Norm, attention, sum, norm, MLP, sum, from bottom to top as in the lecture's figure.

    Heads, widths and numbers of parameters are read from the object, and so is L of an encoder.

    Args:
        block: `TransformerBlock` or `TransformerEncoder`, built: it has seen an input, or `build` was called. Of an
            encoder the first block is drawn, and the norm that follows the last.
        num_tokens: int or `None`. T, for the shapes on the arrows; `None` leaves the letter.
        num_layers: int or `None`. How often the block comes; `None` leaves the letter L (an encoder knows it).
        norm: `"before"`, as in the ViT; `"after"`, the same parts in the order of the original Transformer; or the
            pair of them, side by side.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: the block has no weights yet, or an order that there is not.
    """
    from matplotlib.figure import Figure

    orders = (norm,) if isinstance(norm, str) else tuple(norm)
    if not orders or any(order not in ("before", "after") for order in orders):
        raise ValueError(f'`norm` must be "before", "after" or a pair of them: got {norm!r}.')
    last_norm = getattr(block, "norm", None)  # an encoder has one
    if last_norm is not None:
        num_layers, block = block.num_layers, block.blocks[0]
    if not block.norm_1.built:
        raise ValueError("`block` must be built to be drawn: call it once, or block.build((None, T, D)).")

    width, height = 4.2 * len(orders), 7.85 if last_norm is None else 8.4
    height += 0.3 * (len(orders) > 1)
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(-0.65, height - 0.65), aspect="equal")
    axes.set_axis_off()
    for index, order in enumerate(orders):
        _draw(_Pen(axes, 4.2 * index + 2.05), block, num_tokens, num_layers, order, last_norm, len(orders) > 1)
    axes.text(width / 2, height - 0.72, title, ha="center", va="top", fontsize=13)
    return figure


def _draw(pen, block, num_tokens, num_layers, order, last_norm, with_heading):
    hidden_dim = int(block.norm_1.gamma.shape[-1])
    shape = f"(B, {num_tokens or 'T'}, {hidden_dim})"
    norms = [("Norm", _numbers(norm)) for norm in (block.norm_1, block.norm_2)]
    heads = f"{block.num_heads} heads of width {hidden_dim // block.num_heads}"
    attention = ("Multi-Head\nAttention", f"{heads}\n{_numbers(block.attention)}")
    mlp = ("MLP", f"{hidden_dim} to {block.mlp_dim}, GELU, to {hidden_dim}\n{_numbers(block.mlp)}")
    before = order == "before"

    pen.frame(0.4, 6.25)
    pen.words(LEFT - 0.34, 3.3, f"{num_layers or 'L'} ×", size=16, ha="right")
    pen.words(0, -0.47, "Embedded patches, or the block below")
    y = pen.arrow(-0.3, 0.75, r"\mathbf{z}_{\ell-1}", shape, 0.1)
    for (name, about), norm, color, equation in ((attention, norms[0], ATTENTION, "(2)"), (mlp, norms[1], MLP, "(3)")):
        start = y
        if before:
            y = pen.box(pen.arrow(y, y + 0.26), 0.42, *norm, NORM)
        y = pen.fan(y) if color == ATTENTION else pen.arrow(y, y + 0.3)
        y = pen.box(y, 0.98 if color == ATTENTION else 0.8, name, about, color)
        y = pen.plus(pen.arrow(y, y + 0.24), start, equation if before else "")
        if not before:
            y = pen.box(pen.arrow(y, y + 0.24), 0.42, *norm, NORM)
        if color == ATTENTION:
            y = pen.stem(y, y + 0.42, r"\mathbf{z}'_\ell", shape)
    top = 6.75
    if last_norm is not None and before:
        y, top = pen.box(pen.arrow(y, 6.45), 0.42, "Norm", _numbers(last_norm), NORM), 7.25
    pen.arrow(y, top, r"\mathbf{z}_\ell" if last_norm is None else "", shape, top - 0.2)
    pen.words(LEFT - 0.08, 0.55, f"{block.count_params():,} parameters", size=8, ha="left", color=QUIET)
    if with_heading:
        pen.words(0.1, 7.0, "ViT: norm before" if before else "Original Transformer: norm after", size=10.5)


def _numbers(layer):
    return f"{layer.count_params():,} parameters"


class _Pen:
    """Draws parts of one block, whose middle lies at `middle`."""

    def __init__(self, axes, middle):
        self.axes, self.middle = axes, middle

    def words(self, x, y, text, size=9.0, **more):
        more = {"ha": "center", "va": "center", "color": EDGE, **more}
        return self.axes.text(self.middle + x, y, text, fontsize=size, **more)

    def frame(self, bottom, top):
        self._rounded(LEFT - 0.22, bottom, BYPASS + 0.2, top, FRAME, "#bbbbbb", 0.16)

    def box(self, y, height, name, about, color):
        """A part of the block; returns its upper edge."""
        self._rounded(LEFT, y, RIGHT, y + height, color, EDGE, 0.07)
        if "\n" in about:
            lines = 1 + name.count("\n")
            self.words(0, y + height - 0.07, name, size=11, va="top", linespacing=1.05)
            self.words(0, y + height - 0.12 - 0.19 * lines, about, size=8, va="top", color=QUIET)
        else:
            self.words(LEFT + 0.1, y + height / 2, name, size=11, ha="left")
            self.words(RIGHT - 0.1, y + height / 2, about, size=8, ha="right", color=QUIET)
        return y + height

    def arrow(self, start, end, symbol="", shape="", label_at=None):
        """An upward arrow in the middle; returns where it ends."""
        self._line([(0, start), (0, end)], head=True)
        return self._label(end, symbol, shape, label_at)

    def stem(self, start, end, symbol, shape):
        """A line without a head: it goes on as an arrow, and a residual connection leaves at its end."""
        self._line([(0, start), (0, end)])
        return self._label(end, symbol, shape, (start + end) / 2)

    def _label(self, end, symbol, shape, y):
        if y is not None:
            self.words(-0.12, y, f"${symbol}$" if symbol else "", size=11, ha="right")
            self.words(0.12, y, shape, ha="left")
        return end

    def fan(self, y):
        """One arrow becomes three: query, key and value of the same tokens."""
        self._line([(0, y), (0, y + 0.14)])
        self._line([(-0.55, y + 0.14), (0.55, y + 0.14)])
        for x, letter in ((-0.55, "q"), (0, "k"), (0.55, "v")):
            self._line([(x, y + 0.14), (x, y + 0.36)], head=True)
            self.words(x + 0.1, y + 0.24, letter, size=8.5, ha="left", style="italic")
        return y + 0.36

    def plus(self, y, start, equation):
        """The sum, with the residual connection that left the middle at `start`; returns its upper edge."""
        from matplotlib.patches import Circle

        center = y + 0.13
        self.axes.add_patch(Circle((self.middle, start), 0.035, color=EDGE, zorder=3))
        self._line([(0, start), (BYPASS, start), (BYPASS, center), (0.13, center)], head=True, color=BYPASS_COLOR)
        self.axes.add_patch(Circle((self.middle, center), 0.13, facecolor="white", edgecolor=EDGE, zorder=3))
        self.words(0, center, "+", size=13, zorder=4)
        self.words(-0.25, center, equation, size=10, ha="right")
        self.words(BYPASS - 0.1, (start + center) / 2, "residual", size=8, color=BYPASS_COLOR, rotation=90)
        return center + 0.13

    def _line(self, points, head=False, color=EDGE):
        x, y = zip(*[(self.middle + x, y) for x, y in points])
        self.axes.plot(x[:-1] if head and len(x) > 2 else x, y[:-1] if head and len(x) > 2 else y, color=color, lw=1.4)
        if head:
            style = {"arrowstyle": "-|>,head_length=0.35,head_width=0.18", "color": color, "lw": 1.4}
            self.axes.annotate("", (x[-1], y[-1]), (x[-2], y[-2]),
                               arrowprops={**style, "shrinkA": 0, "shrinkB": 0}, zorder=2)

    def _rounded(self, left, bottom, right, top, color, edge, radius):
        from matplotlib.patches import FancyBboxPatch

        style = f"round,pad=0,rounding_size={radius}"
        box = FancyBboxPatch((self.middle + left, bottom), right - left, top - bottom, boxstyle=style,
                             facecolor=color, edgecolor=edge, linewidth=1.1, zorder=1 if edge == EDGE else 0)
        self.axes.add_patch(box)
