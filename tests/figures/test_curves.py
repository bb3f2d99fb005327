"""Curves and dots show the numbers they are given, and nothing else."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from vit_keras.figures import (  # noqa: E402
    plot_bands,
    plot_by_block,
    plot_choices,
    plot_confusion_matrix,
    plot_growth,
    plot_learning_curves,
)


def test_learning_curves_show_both_splits_of_every_model_over_minutes():
    histories = {
        "ViT": {"seconds": [60, 120, 180], "accuracy": [0.1, 0.2, 0.3], "val_accuracy": [0.2, 0.3, 0.4]},
        "CNN": {"seconds": [90, 180], "accuracy": [0.5, 0.6], "val_accuracy": [0.6, 0.7]},
    }
    figure = plot_learning_curves(histories, "The CNN is ahead")
    (axes,) = figure.axes
    assert axes.get_xlabel() == "training time (minutes)" and axes.get_ylabel() == "accuracy"
    lines = {line.get_label(): line for line in axes.get_lines()}
    splits = ("validation", "training (augmented)")
    assert list(lines) == [f"{model}, {split}" for model in histories for split in splits]
    assert lines["ViT, validation"].get_xydata().tolist() == [[1, 0.2], [2, 0.3], [3, 0.4]]
    assert lines["ViT, validation"].get_color() == lines["ViT, training (augmented)"].get_color()
    assert lines["ViT, validation"].get_color() != lines["CNN, validation"].get_color()


def test_learning_curves_over_passes_and_without_marks_where_there_are_many():
    long = {"epoch": list(range(1, 51)), "accuracy": [0.5] * 50, "val_accuracy": [0.5] * 50}
    figure = plot_learning_curves({"ViT": long}, passes=True)
    (axes,) = figure.axes
    assert axes.get_xlabel() == "passes over the training data"
    assert [line.get_xdata()[-1] for line in axes.get_lines()] == [50, 50]
    assert [line.get_markersize() for line in axes.get_lines()] == [0, 0]


def test_a_confusion_matrix_shows_shares_of_the_true_class():
    counts = np.array([[3, 1, 0], [0, 50, 50], [1, 0, 99]])
    figure = plot_confusion_matrix(counts, ["cat", "dog", "ship"], "Dogs are taken for ships")
    axes = figure.axes[0]
    np.testing.assert_allclose(axes.images[0].get_array(), [[0.75, 0.25, 0], [0, 0.5, 0.5], [0.01, 0, 0.99]])
    written = {text.get_position(): text.get_text() for text in axes.texts}  # (column, row), percent from 5 on
    assert written == {(0, 0): "75", (1, 0): "25", (1, 1): "50", (2, 1): "50", (2, 2): "99"}
    assert [label.get_text() for label in axes.get_yticklabels()] == ["cat", "dog", "ship"]
    assert axes.get_ylabel() == "true class"


@pytest.mark.filterwarnings("ignore:invalid value encountered in divide")  # no images, no share
def test_a_class_without_images_leaves_its_row_empty():
    figure = plot_confusion_matrix(np.array([[4, 0], [0, 0]]), ["cat", "dog"])
    assert [text.get_text() for text in figure.axes[0].texts] == ["100"]


@pytest.mark.parametrize("low, written", [(1e-3, {"0.002", "0.005", "0.01"}), (0.3, {"0.4", "0.5"})])
def test_a_number_a_block_is_drawn_on_a_logarithmic_axis_with_plain_numbers(low, written):
    curves = {"pre-norm": np.geomspace(1, low, 4), "post-norm": np.geomspace(low, 1, 4)}
    figure = plot_by_block(curves, "share", "By block")
    (axes,) = figure.axes
    assert axes.get_yscale() == "log" and axes.get_ylabel() == "share"
    lines = {line.get_label(): line.get_xydata() for line in axes.get_lines()}
    np.testing.assert_allclose(lines["post-norm"], np.stack([[1, 2, 3, 4], curves["post-norm"]], axis=1))
    assert written <= {label.get_text() for label in axes.get_yticklabels(which="both")}


def test_a_band_from_the_lowest_to_the_highest():
    panels = {"drawn": {"CNN": {300: [0.5, 0.7], 100: [0.2, 0.4]}}, "CIFAR-10": {"CNN": {100: [0.1]}}}
    figure = plot_bands(panels, "images", chance=0.1, logarithmic=True)
    line, band = figure.axes[0].lines[0], figure.axes[0].collections[0]
    assert list(line.get_xdata()) == [100, 300] and np.allclose(line.get_ydata(), [0.3, 0.6])
    assert band.get_paths()[0].get_extents().ymax == pytest.approx(0.7)
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["100", "300"]
    assert figure.axes[0].get_ylim() == pytest.approx((0, 0.84))


def test_every_seed_and_every_mean_is_shown():
    accuracies = {"as recorded": [0.70, 0.72], "patch 28": [0.60, 0.61, 0.65], "patch 8": [0.71, 0.73]}
    figure = plot_choices(accuracies, "as recorded", 0.03, "Larger patches cost accuracy")
    (axes,) = figure.axes
    base, *lines = axes.get_lines()
    assert [list(dots.get_xdata()) for dots in lines[::2]] == list(accuracies.values())
    assert [bar.get_xdata()[0] for bar in lines[1::2]] == pytest.approx([0.71, 0.62, 0.72])
    colors = [bar.get_color() for bar in lines[1::2]]
    assert colors[0] == colors[2] != colors[1]   # only one differs by more than the noise
    assert base.get_xdata()[0] == pytest.approx(0.71)
    assert [label.get_text() for label in axes.get_yticklabels()] == list(accuracies)
    assert axes.yaxis_inverted()


def test_points_and_formula_share_a_colour_and_axes_are_logarithmic():
    figure = plot_growth({"attention": {65: 1.0, 257: 4.0}, "MLP": {65: 2.0}}, {"attention": {65: 1.5, 257: 3.0}},
                         xlabel="tokens", ylabel="seconds", lines={"T = 2D": 128})
    axes, = figure.axes
    dots, curve, others, line = axes.get_lines()
    assert (dots.get_xydata().tolist(), curve.get_xydata().tolist()) == ([[65, 1], [257, 4]], [[65, 1.5], [257, 3]])
    assert dots.get_color() == curve.get_color() != others.get_color()
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert line.get_xdata() == [128, 128]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["65", "257"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "attention, measured", "attention, formula", "MLP, measured", "T = 2D"]


def test_plain_axes_begin_at_zero():
    axes, = plot_growth({"a": {8: 1.0, 16: 2.0}}, {}, "batch", "MB", logarithmic=False).axes
    assert (axes.get_xlim()[0], axes.get_ylim()[0], axes.get_xscale()) == (0, 0, "linear")
