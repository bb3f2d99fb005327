"""Figures on inductive bias show every error, every head and every seed."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from vit_keras.figures import plot_attention_reach, plot_dots, plot_fields, plot_following  # noqa: E402


def test_the_table_shows_every_error():
    figure = plot_following({"convolution": [0, 0], "patches": [1.41, 0]}, [1, 4], "Follows")
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts] == ["0.00", "0.00", "1.41", "0.00"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["convolution", "patches"]


def test_fields_stand_side_by_side_on_one_scale():
    figure = plot_fields({"first": np.eye(4), "second": 3 * np.ones((4, 4))}, "What is seen")
    assert [axes.get_title() for axes in figure.axes[:2]] == ["first", "second"]
    assert float(figure.axes[1].images[0].get_array().max()) == 1


def test_a_dot_for_every_head():
    figure = plot_attention_reach({"before": np.ones((2, 3, 4)), "after": np.ones((2, 3, 4))}, 16.7)
    assert [len(line.get_xdata()) for line in figure.axes[0].lines[:2]] == [24, 24]


def test_a_dot_for_every_seed():
    tests = {"center": [1.0, 0.9], "corner": [0.5, 0.4]}
    figure = plot_dots({"": {"CNN": tests, "ViT": tests}}, chance=0.2)
    assert [list(line.get_xdata()) for line in figure.axes[0].lines[:4]] == [[1.0, 0.9], [0.5, 0.4]] * 2
