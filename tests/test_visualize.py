"""Figures: arrays in, a Matplotlib figure out, labelled."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")
from matplotlib.figure import Figure  # noqa: E402

from vit_keras import visualize  # noqa: E402


def draw(figure, tmp_path):
    """Really drawn: a label that Matplotlib cannot set fails here."""
    assert isinstance(figure, Figure)
    figure.savefig(tmp_path / "figure.png", dpi=40)
    assert (tmp_path / "figure.png").read_bytes()[:4] == b"\x89PNG"


def test_learning_curves_show_both_splits_of_every_model_over_minutes(tmp_path):
    histories = {
        "ViT": {"seconds": [60, 120, 180], "accuracy": [0.1, 0.2, 0.3], "val_accuracy": [0.2, 0.3, 0.4]},
        "CNN": {"seconds": [90, 180], "accuracy": [0.5, 0.6], "val_accuracy": [0.6, 0.7]},
    }
    figure = visualize.plot_learning_curves(histories, "The CNN is ahead")
    draw(figure, tmp_path)
    (axes,) = figure.axes
    assert axes.get_title() == "The CNN is ahead"
    assert axes.get_xlabel() == "training time (minutes)" and axes.get_ylabel() == "accuracy"
    lines = {line.get_label(): line for line in axes.get_lines()}
    splits = ("validation", "training (augmented)")
    assert list(lines) == [f"{model}, {split}" for model in histories for split in splits]
    assert lines["ViT, validation"].get_xydata().tolist() == [[1, 0.2], [2, 0.3], [3, 0.4]]
    assert lines["ViT, validation"].get_color() == lines["ViT, training (augmented)"].get_color()
    assert lines["ViT, validation"].get_color() != lines["CNN, validation"].get_color()


def test_a_confusion_matrix_shows_shares_of_the_true_class(tmp_path):
    counts = np.array([[3, 1, 0], [0, 50, 50], [1, 0, 99]])
    figure = visualize.plot_confusion_matrix(counts, ["cat", "dog", "ship"], "Dogs are taken for ships")
    draw(figure, tmp_path)
    axes = figure.axes[0]
    np.testing.assert_allclose(axes.images[0].get_array(), [[0.75, 0.25, 0], [0, 0.5, 0.5], [0.01, 0, 0.99]])
    written = {text.get_position(): text.get_text() for text in axes.texts}  # (column, row), percent from 5 on
    assert written == {(0, 0): "75", (1, 0): "25", (1, 1): "50", (2, 1): "50", (2, 2): "99"}
    assert [label.get_text() for label in axes.get_yticklabels()] == ["cat", "dog", "ship"]
    assert axes.get_ylabel() == "true class" and axes.get_title() == "Dogs are taken for ships"


@pytest.mark.filterwarnings("ignore:invalid value encountered in divide")  # no images, no share
def test_a_class_without_images_leaves_its_row_empty(tmp_path):
    figure = visualize.plot_confusion_matrix(np.array([[4, 0], [0, 0]]), ["cat", "dog"])
    draw(figure, tmp_path)
    assert [text.get_text() for text in figure.axes[0].texts] == ["100"]


def test_patches_are_laid_out_as_they_lie_in_the_image(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (8, 12, 3)).astype("uint8")
    patches = image.reshape(2, 4, 4, 3, 3).transpose(0, 2, 1, 3, 4).reshape(8, -1)  # patches of 4x3
    figure = visualize.plot_patches(image, patches, (2, 4), "Eight patches")
    draw(figure, tmp_path)
    whole, *cut = figure.axes
    np.testing.assert_array_equal(whole.images[0].get_array(), image)
    assert len(cut) == 8
    np.testing.assert_array_equal(cut[6].images[0].get_array(), image[4:, 6:9])  # second row, third column
