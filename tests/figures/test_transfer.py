"""Figures on pre-training show what they are given."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from vit_keras.figures import PUBLISHED, plot_few_examples, plot_one_place, plot_published  # noqa: E402


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_the_paper_s_numbers_are_those_of_the_lecture():
    assert PUBLISHED["ImageNet"] == {"ViT-Huge": (88.55, 0.04), "ViT-Large": (87.76, 0.03), "ResNet": (87.54, 0.02)}
    assert PUBLISHED["ImageNet ReaL"] == {
        "ViT-Huge": (90.72, 0.05), "ViT-Large": (90.54, 0.03), "ResNet": (90.54, None)}
    assert PUBLISHED["CIFAR-10"] == {"ViT-Huge": (99.50, 0.06), "ViT-Large": (99.42, 0.03), "ResNet": (99.37, 0.06)}
    assert PUBLISHED["CIFAR-100"] == {"ViT-Huge": (94.55, 0.04), "ViT-Large": (93.90, 0.05), "ResNet": (93.51, 0.08)}


def test_every_published_number_is_written_and_ours_are_named():
    paper, ours = plot_published({"a CNN": 0.912, "a probe": 0.7}).axes
    assert texts(paper) == [f"{mean:.2f}" for models in PUBLISHED.values() for mean, _ in models.values()]
    assert texts(ours) == ["91.2", "70.0"]
    assert [label.get_text() for label in ours.get_yticklabels()] == ["a CNN", "a probe"]


def test_a_cnn_has_the_color_of_the_resnet_and_a_vit_that_of_the_vits():
    paper, ours = plot_published({"a CNN": 0.912, "a probe": 0.7}).axes
    colors = {line.get_label(): line.get_color() for line in paper.get_lines()}
    assert [line.get_color() for line in ours.get_lines()] == [colors["ResNet"], colors["ViT-Huge"]]


def test_a_line_goes_through_the_means_and_a_band_around_all_draws():
    axes, = plot_few_examples({"probe": {10: [0.6, 0.8], 100: [0.9]}}, chance=0.5).axes
    assert np.allclose(axes.lines[0].get_ydata(), [0.7, 0.9]) and list(axes.lines[0].get_xdata()) == [10, 100]
    heights = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert np.isclose(heights.min(), 0.6) and np.isclose(heights.max(), 0.9)


def test_labels_that_would_touch_are_left_out():
    axes, = plot_few_examples({"a": {10: [0.6], 2700: [0.9]}, "b": {3000: [0.9]}}, chance=0.5).axes
    assert list(axes.get_xticks()) == [10, 2700]


def test_one_place_is_shown_with_its_own_row_of_the_matrix():
    matrix = np.eye(6)
    figure = plot_one_place({"a": (matrix, (2, 3)), "b": (matrix, (3, 2))}, {"a": (1, 0), "b": (2, 1)})
    shown = [np.asarray(axes.images[0].get_array()) for axes in figure.axes[:2]]
    assert np.array_equal(shown[0], [[0, 0, 0], [1, 0, 0]]) and np.array_equal(shown[1], [[0, 0], [0, 0], [0, 1]])
