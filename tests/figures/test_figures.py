"""Every figure is drawn, says its message, and names what its numbers are."""

import functools

import numpy as np
import pytest

pytest.importorskip("matplotlib")
from matplotlib.figure import Figure  # noqa: E402

from vit_keras import TransformerBlock, figures  # noqa: E402

NUMBERS = np.random.default_rng(0)
IMAGE = NUMBERS.integers(0, 256, (8, 12, 3)).astype("uint8")  # 2 x 3 patches of 4 x 4 pixels
PATCHES = IMAGE.reshape(2, 4, 3, 4, 3).transpose(0, 2, 1, 3, 4).reshape(6, 48)
SQUARE, TALL = NUMBERS.integers(0, 256, (2, 16, 16, 3)).astype("uint8")
SCORES = NUMBERS.random((2, 6, 6))  # of two heads
SEEDS = {"start": [0.50, 0.52], "schedule": [0.60, 0.62], "clipping": [0.61]}
HISTORY = {"epoch": [1, 2], "seconds": [60, 120], "accuracy": [0.1, 0.2], "val_accuracy": [0.2, 0.3]}


def block():
    block = TransformerBlock(num_heads=2, mlp_dim=12)
    block.build((None, 5, 6))
    return block


PARTS = ("attention", "MLP", "embedding", "head", "norms")
EXAMPLES = {
    "plot_attention_reach": lambda plot, **say: plot({"before": np.ones((2, 3, 4))}, 16.7, **say),
    "plot_attention_scores": lambda plot, **say: plot(SCORES, **say),
    "plot_bands": lambda plot, **say: plot({"a": {"CNN": {100: [0.2], 300: [0.5, 0.7]}}}, "images", 0.1, **say),
    "plot_budgets": lambda plot, **say: plot({"36 passes": SEEDS, "144 passes": SEEDS}, **say),
    "plot_by_block": lambda plot, **say: plot({"pre-norm": [1, 0.5, 0.3]}, "share", **say),
    "plot_choices": lambda plot, **say: plot(SEEDS, "start", 0.03, **say),
    "plot_confusion_matrix": lambda plot, **say: plot(np.array([[3, 1], [0, 50]]), ["cat", "dog"], **say),
    "plot_dots": lambda plot, **say: plot({"": {"CNN": {"center": [1.0, 0.9]}}}, 0.2, **say),
    "plot_encoder_block": lambda plot, **say: plot(block(), norm=("before", "after"), **say),
    "plot_few_examples": lambda plot, **say: plot({"probe": {10: [0.6, 0.8], 100: [0.9]}}, 0.5, **say),
    "plot_fields": lambda plot, **say: plot({"first": np.eye(4)}, **say),
    "plot_filters": lambda plot, **say: plot({"E": (NUMBERS.random((5, 2, 2, 3)), np.full(5, 0.1))}, **say),
    "plot_following": lambda plot, **say: plot({"convolution": [0, 0], "patches": [1.41, 0]}, [1, 4], **say),
    "plot_gallery": lambda plot, **say: plot({"ViT": [(IMAGE, "cat")], "CNN": []}, **say),
    "plot_growth": lambda plot, **say: plot({"MLP": {65: 2.0, 257: 9.0}}, {"MLP": {65: 2.0}}, "tokens", "s", **say),
    "plot_ingredients": lambda plot, **say: plot(SQUARE, TALL, number=2, **say),
    "plot_ladder": lambda plot, **say: plot(SEEDS, **say),
    "plot_learning_curves": lambda plot, **say: plot({"ViT": HISTORY}, **say),
    "plot_matrices": lambda plot, **say: plot({"before": np.eye(3), "after": -4 * np.eye(3)}, **say),
    "plot_numbers": lambda plot, **say: plot({"a": np.arange(16).reshape(4, 4)}, np.arange(16) // 8, **say),
    "plot_one_place": lambda plot, **say: plot({"a": (np.eye(6), (2, 3))}, {"a": (1, 0)}, **say),
    "plot_operations": lambda plot, **say: plot(SQUARE, strengths=(0.5,), **say),
    "plot_overlays": lambda plot, **say: plot(IMAGE[None], {"rollout": np.full((1, 2, 3), 1 / 6)}, **say),
    "plot_parameter_shares": lambda plot, **say: plot({"B/16": dict.fromkeys(PARTS, 1_000_000)}, **say),
    "plot_patches": lambda plot, **say: plot(IMAGE, PATCHES, (2, 3), **say),
    "plot_pictures": lambda plot, **say: plot({"as it is": IMAGE, "dark": IMAGE // 4}, **say),
    "plot_pipeline": lambda plot, **say: plot(IMAGE, PATCHES, NUMBERS.normal(size=(7, 5)), 4, **say),
    "plot_position_similarity": lambda plot, **say: plot({"a": np.eye(6), "b": np.ones((6, 6))}, (2, 3), **say),
    "plot_projection": lambda plot, **say: plot(IMAGE, IMAGE[None, :4, :4] - 128.0, np.eye(2, 3)[None], "q", **say),
    "plot_published": lambda plot, **say: plot({"a probe": 0.912}, **say),
    "plot_structure": lambda plot, **say: plot(IMAGE, (2, 3), "moon", **say),
    "plot_tokens": lambda plot, **say: plot({"with": NUMBERS.normal(size=(5, 7))}, **say),
    "plot_where_patches_look": lambda plot, **say: plot(IMAGE, SCORES, (2, 3), {"a star asks": (1, 2)}, **say),
}


def test_every_figure_has_an_example():
    assert set(EXAMPLES) == {name for name in dir(figures) if name.startswith("plot_")} - {"plot_nothing"}


@functools.cache
def drawn(name):
    figure = EXAMPLES[name](getattr(figures, name), title="One message")
    assert isinstance(figure, Figure)
    figure.dpi = 30
    figure.canvas.draw()  # a label that Matplotlib cannot set fails here
    return figure


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_figure_is_drawn_and_says_its_message(name):
    assert "One message" in words(drawn(name))


@pytest.mark.parametrize("name", sorted(set(EXAMPLES) - {"plot_pipeline"}))  # where titles say that rows are tokens
def test_numbers_along_an_axis_have_a_name(name):
    figure = drawn(name)
    bars = [axes for axes in figure.axes if axes.get_label() == "<colorbar>"]
    plain = [axes for axes in figure.axes if axes.axison and axes not in bars]
    for every in ([axes.xaxis for axes in plain], [axes.yaxis for axes in plain]):
        if any(shows_numbers(axis) for axis in every):
            assert any(axis.get_label_text() for axis in every)  # side by side, one may speak for all
    for bar in bars:
        assert any(axes.get_xlabel() or axes.get_ylabel() for axes in (bar, *plain))  # its own, or that of its map


def test_what_is_missing_is_named():
    assert "some.json is not here" in " ".join(words(figures.plot_nothing("some.json")))


def words(figure):
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    return [figure.get_suptitle(), *(axes.get_title() for axes in figure.axes), *texts]


def shows_numbers(axis):
    labels = [tick.label1 if tick.label1.get_visible() else tick.label2 for tick in axis.get_major_ticks()]
    written = [label.get_text() for label in labels if label.get_visible() and label.get_text()]
    return any(text.lstrip("\N{MINUS SIGN}").replace(".", "").replace("%", "").isdigit() for text in written)
