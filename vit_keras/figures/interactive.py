"""A figure with its choices: live where the notebook can show widgets, a picture everywhere else."""

import base64
import html
import io
import sys

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
