"""Two views to play with: how patch size cuts a picture, and where a token looks."""

import base64
import html
import io
import sys

import numpy as np
from keras import ops

from vit_keras.figures.maps import outline_patch
from vit_keras.figures.pictures import pulled_apart


def explore_patches(image, patch_sizes=(2, 4, 8, 16)):
    """Choose a patch size: the picture under its grid, its patches apart, and what attention over them costs.

    Args:
        image: uint8 array of shape `(H, W, 3)`, or a dict from a name to such an array to choose from.
        patch_sizes: ints that divide height and width. The view begins with the first.

    Returns:
        `Explorer`.

    Raises:
        ValueError: not an image, or a patch size that does not divide it.
    """
    pictures = {name: _checked(one) for name, one in (image if isinstance(image, dict) else {"image": image}).items()}
    for one in pictures.values():
        height, width, _ = one.shape
        if bad := [size for size in patch_sizes if size < 1 or height % size or width % size]:
            raise ValueError(f"`patch_sizes` must divide height and width: got {bad} for {height}x{width} pixels.")

    def draw(patch_size, picture):
        return _patches_figure(pictures[picture], patch_size)

    return Explorer(draw, patch_size=patch_sizes, picture=pictures)


def explore_attention(image, scores, grid_shape, class_token=True, start=()):
    """Choose layer, head and the token that asks: where does it look?

    Layers, heads, rows and columns are counted from 1, so token number (row - 1) * columns + column is the patch there
    (where there is a class token, it is number 0).

    Args:
        image: uint8 array of shape `(H, W, 3)`.
        scores: array of shape `(layers, heads, T, T)` or `(heads, T, T)`, after the softmax, of that image; row n says
            where token n looks. A model called with `return_attention_scores=True` gives a list of scores of a batch:
            `[one[0] for one in scores]` is what belongs to its first image.
        grid_shape: pair of ints `(rows, columns)` of patches.
        class_token: bool. Whether token 0 is the class token. Defaults to `True`: T = N + 1, else T = N.
        start: dict. What the view begins with, as in `{"layer": 2, "row": 4, "column": 3}`; by default the first of
            each: layer, head, row and column 1, and the class token where there is one.

    Returns:
        `Explorer`, with the choices `layer`, `head`, `query`, `row` and `column`.

    Raises:
        ValueError: not an image, scores that do not fit the grid, or a start that is no choice.
    """
    image = _checked(image)
    scores = np.stack([ops.convert_to_numpy(one) for one in scores])
    rows, columns = grid_shape
    num_tokens = rows * columns + int(class_token)
    if scores.ndim not in (3, 4) or scores.shape[-2:] != (num_tokens, num_tokens):
        raise ValueError(
            "`scores` must have shape (layers, heads, T, T) or (heads, T, T), with T = "
            f"{rows}*{columns}{' + 1' if class_token else ''} = {num_tokens} for grid_shape={(rows, columns)} and "
            f"class_token={class_token}: got shape {scores.shape}."
        )
    scores = scores.reshape(-1, *scores.shape[-3:])  # (layers, heads, T, T)

    def draw(layer, head, query, row, column):
        token = 0 if query == "class token" else (row - 1) * columns + column - 1 + int(class_token)
        where = None if query == "class token" else (row, column)
        title = f"Layer {layer}, head {head}: where the {'class token' if where is None else 'outlined patch'} looks"
        if len(scores) == 1:
            title = f"Head {head}{title[title.index(':'):]}"
        return _attention_figure(image, scores[layer - 1, head - 1, token], grid_shape, class_token, where, title)

    layers, heads = scores.shape[:2]
    asks = ["class token", "patch at row, column"]
    return Explorer(
        draw,
        start,
        layer=range(1, layers + 1),
        head=range(1, heads + 1),
        query=asks if class_token else asks[1:],
        row=range(1, rows + 1),
        column=range(1, columns + 1),
    )


def _checked(image):
    image = ops.convert_to_numpy(image)
    if image.ndim != 3 or image.shape[-1] != 3:
        raise ValueError(f"An image of shape (H, W, 3) is needed: got shape {image.shape}.")
    return image.astype("uint8")


def _patches_figure(image, patch_size):
    from matplotlib.figure import Figure

    height, width, channels = image.shape
    num_patches = height * width // patch_size**2
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    figure.get_layout_engine().set(wspace=0.06)
    whole, apart = figure.subplots(1, 2)
    whole.imshow(image, extent=(0, width, height, 0))
    for axis, length in (("x", width), ("y", height)):
        getattr(whole, f"set_{axis}ticks")(np.arange(0, length + 1, patch_size))
    whole.tick_params(length=0, labelleft=False, labelbottom=False)
    whole.grid(color="white", linewidth=min(1.2, 0.2 + patch_size / 12))
    whole.set_title(f"{height} x {width} pixels, P = {patch_size}", fontsize=10)
    apart.imshow(pulled_apart(image, patch_size))
    apart.set_title(f"{num_patches:,} patches", fontsize=10)
    apart.set_axis_off()
    numbers, tokens = patch_size**2 * channels, num_patches + 1
    figure.suptitle(
        f"N = {num_patches:,} patches of {patch_size} x {patch_size} x {channels} = {numbers} numbers\n"
        f"T = N + 1 = {tokens:,} tokens, T x T = {tokens**2:,} pairs for attention",
        fontsize=11,
    )
    return figure


def _attention_figure(image, looks, grid_shape, class_token, where, title):
    from matplotlib.figure import Figure

    (height, width, _), (rows, columns) = image.shape, grid_shape
    over_patches = looks[int(class_token) :].reshape(grid_shape)
    figure = Figure(figsize=(7.4, 3.9), layout="constrained")
    left, right = figure.subplots(1, 2)
    whole = {"extent": (0, width, height, 0), "interpolation": "nearest"}  # squares stay squares, of few colours
    left.imshow(image, **whole)
    right.imshow(image.mean(axis=-1), cmap="gray", vmin=0, vmax=255, **whole)
    shown = right.imshow(over_patches, cmap="viridis", vmin=0, alpha=0.6, **whole)
    for axes in (left, right):
        axes.set(xticks=[], yticks=[])
        if where is not None:
            outline_patch(axes, image.shape, grid_shape, where[0] - 1, where[1] - 1)
    asks = "the class token" if where is None else f"row {where[0]}, column {where[1]}"
    left.set_title(f"asks: {asks}", fontsize=10)
    right.set_title("answers: the patches", fontsize=10)
    figure.colorbar(shown, ax=right, label="attention score")
    if class_token:
        title += (f"\n{over_patches.sum():.1%} of the attention goes to the {rows * columns} patches, "
                  f"{looks[0]:.1%} to the class token")
    figure.suptitle(title, fontsize=11)
    return figure


# ---- A figure with its choices: live where the notebook can show widgets, a picture everywhere else ----

WIDGET = "application/vnd.jupyter.widget-view+json"


class Explorer:
    """A figure that is drawn anew whenever a choice changes.

        Explorer(draw, patch_size=[2, 4, 8], picture=["moon", "star"])

    JupyterLab and Colab show the picture with a slider for every list of numbers and a menu for every other list.
    Where nothing is alive (GitHub, a printed page, no ipywidgets) the same output is the picture of the first state.

    Args:
        draw: function that takes one value of every choice, by name, and returns a Matplotlib figure. Its
            `suptitle` is what a screen reader says, so it should say what is to be seen.
        start: dict from the name of a choice to the value it begins with; by default the first.
        **choices: list of values each, at least one.

    Raises:
        ValueError: a choice without values, or a start that is no choice.
    """

    def __init__(self, draw, start=(), **choices):
        self.draw = draw
        self.choices = {name: list(values) for name, values in choices.items()}
        for name, values in self.choices.items():
            if not values:
                raise ValueError(f"`{name}` must have at least one value to choose: got {choices[name]!r}.")
        self.state = {name: values[0] for name, values in self.choices.items()}
        self.state = self._with(dict(start))
        self.view = None  # the widgets, made when they are first shown

    def __repr__(self):
        return f"Explorer({', '.join(f'{name}={values}' for name, values in self.choices.items())})"

    def choose(self, **values):
        """The figure for these values; the choices not named are as at the start.

        Raises:
            ValueError: a name or a value that is no choice.
        """
        return self.draw(**self._with(values))

    def _with(self, values):
        for name, value in values.items():
            if value not in self.choices.get(name, ()):
                raise ValueError(f"`{name}` must be a choice of {self!r}: got {name}={value!r}.")
        return {**self.state, **values}

    def _repr_mimebundle_(self, include=None, exclude=None):
        figure = self.choose()
        bundle = {"text/plain": repr(self), "image/png": _png(figure)}
        try:
            import ipywidgets
        except ImportError:
            return bundle
        self.view = self.view or self._widgets(ipywidgets, figure)
        return {**bundle, WIDGET: {"version_major": 2, "version_minor": 0, "model_id": self.view.model_id}}

    def _widgets(self, widgets, figure):
        controls = {name: _control(widgets, name, values, self.state[name])
                    for name, values in self.choices.items() if len(values) > 1}
        picture = widgets.HTML(_image(figure))

        def redraw(change):
            picture.value = _image(self.choose(**{name: control.value for name, control in controls.items()}))

        for control in controls.values():
            control.observe(redraw, names="value")
        return widgets.VBox([*controls.values(), picture])


def _control(widgets, name, values, start):
    numbers = all(isinstance(value, (int, float)) for value in values)
    kind = widgets.SelectionSlider if numbers else widgets.Dropdown
    settings = {"continuous_update": False} if numbers else {}  # draw where the slider is let go, not on the way
    return kind(options=values, value=start, description=name.replace("_", " "), **settings)


def _png(figure):
    if "matplotlib.pyplot" in sys.modules:  # a figure that pyplot knows would be shown a second time
        sys.modules["matplotlib.pyplot"].close(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _image(figure):
    """An HTML widget and not an Image one: this has a text alternative, the title of the figure."""
    alt = html.escape(figure.get_suptitle())
    return f'<img src="data:image/png;base64,{_png(figure)}" alt="{alt}" style="max-width: 100%">'
