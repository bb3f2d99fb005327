"""Figures: arrays in, a Matplotlib figure out, labelled."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")
from matplotlib.figure import Figure  # noqa: E402

from vit_keras.figures import curves as visualize
from vit_keras.figures import maps, structure  # noqa: E402
from vit_keras.figures import pictures as pipeline


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


def test_learning_curves_over_passes_and_without_marks_where_there_are_many(tmp_path):
    long = {"epoch": list(range(1, 51)), "accuracy": [0.5] * 50, "val_accuracy": [0.5] * 50}
    figure = visualize.plot_learning_curves({"ViT": long}, passes=True)
    draw(figure, tmp_path)
    (axes,) = figure.axes
    assert axes.get_xlabel() == "passes over the training data"
    assert [line.get_xdata()[-1] for line in axes.get_lines()] == [50, 50]
    assert [line.get_markersize() for line in axes.get_lines()] == [0, 0]


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
    figure = pipeline.plot_patches(image, patches, (2, 4), "Eight patches")
    draw(figure, tmp_path)
    whole, *cut = figure.axes
    np.testing.assert_array_equal(whole.images[0].get_array(), image)
    assert len(cut) == 8
    np.testing.assert_array_equal(cut[6].images[0].get_array(), image[4:, 6:9])  # second row, third column


def test_attention_scores_are_written_into_a_map_for_each_head(tmp_path):
    scores = np.array([[[0.2, 0.8], [1, 0]], [[0.5, 0.5], [0.25, 0.75]]])
    figure = maps.plot_attention_scores(scores, ["moon", "sky"], heads=["colours"], title="Two heads")
    draw(figure, tmp_path)
    first, second, bar = figure.axes
    np.testing.assert_array_equal(second.images[0].get_array(), scores[1])
    assert {text.get_position(): text.get_text() for text in first.texts} == {
        (0, 0): "0.20", (1, 0): "0.80", (0, 1): "1.00", (1, 1): "0.00"}  # (token that answers, token that asks)
    assert [label.get_text() for label in first.get_yticklabels()] == ["moon", "sky"]
    assert first.get_ylabel() == "token that asks" and first.get_xlabel() == "token that answers"
    assert [axes.get_title() for axes in (first, second)] == ["colours", ""] and bar.get_ylabel() == "attention score"


def test_many_tokens_are_numbered_and_their_scores_not_written(tmp_path):
    figure = maps.plot_attention_scores(np.full((1, 9, 9), 1 / 9))
    draw(figure, tmp_path)
    assert not figure.axes[0].texts and figure.axes[0].get_xticklabels()[8].get_text() == "8"


def test_where_patches_look_is_a_row_of_the_scores_laid_out_as_the_picture(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (8, 12, 3)).astype("uint8")
    scores = np.random.default_rng(1).random((2, 6, 6))  # two heads, 2 x 3 patches
    queries = {"a star asks": (1, 2), "the sky asks": (0, 1)}
    figure = maps.plot_where_patches_look(image, scores, (2, 3), queries, ["content", "place"], "Two heads")
    draw(figure, tmp_path)
    shown = [axes for axes in figure.axes if axes.images and axes.images[0].get_array().shape == (2, 3)]
    tokens = [5, 1]  # row * 3 + column
    for axes, (head, token) in zip(shown, [(head, token) for head in range(2) for token in tokens], strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), scores[head, token].reshape(2, 3))
    assert [axes.get_title() for axes in shown] == [*queries, "", ""]
    assert shown[0].get_ylabel() == "content" and shown[2].get_ylabel() == "place"
    assert shown[0].patches[0].get_xy() == (8, 4)  # the patch that asks, in pixels: column 2, row 1
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), image)


def test_position_similarity_is_a_map_for_every_place_laid_out_as_the_picture(tmp_path):
    similarity = np.random.default_rng(0).uniform(-1, 1, (6, 6))  # 2 x 3 patches
    figure = maps.plot_position_similarity(similarity, (2, 3), "Rows and columns")
    draw(figure, tmp_path)
    axes, bar = figure.axes
    sheet = axes.images[0].get_array()
    assert sheet.shape == (2 * 3 - 1, 3 * 4 - 1)  # maps of 2 x 3, one apart
    np.testing.assert_allclose(sheet[3:5, 4:7], similarity[4].reshape(2, 3))  # second row, second column
    assert sheet.mask[2].all() and sheet.mask[:, 3].all() and sheet.mask.sum() == 11 + 2 * 4  # the gaps, and no more
    assert axes.images[0].get_clim() == (-1, 1) and bar.get_ylabel() == "cosine similarity"
    assert axes.get_xlabel() == "column of the patch" and figure.get_suptitle() == "Rows and columns"


def test_position_similarities_stand_side_by_side_on_one_scale(tmp_path):
    figure = maps.plot_position_similarity({"before": np.eye(4), "after": np.ones((4, 4))}, (2, 2))
    draw(figure, tmp_path)
    before, after, _ = figure.axes
    assert [axes.get_title() for axes in (before, after)] == ["before", "after"]
    assert before.images[0].get_clim() == after.images[0].get_clim()


def test_position_similarities_on_scales_of_their_own_show_small_differences(tmp_path):
    similarities = {"narrow": np.full((4, 4), 0.9) + 0.1 * np.eye(4), "wide": np.eye(4)}
    figure = maps.plot_position_similarity(similarities, (2, 2), "Two scales", limits=None)
    draw(figure, tmp_path)
    narrow, wide = [axes.images[0].get_clim() for axes in figure.axes if axes.images]
    assert narrow == (0.9, 1.0) and wide == (0.0, 1.0)
    assert len(figure.axes) == 4  # two panels, two bars



def test_the_structure_shows_the_patches_in_order_and_the_equations_in_their_places(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (8, 12, 3)).astype("uint8")
    figure = structure.plot_structure(image, (2, 3), "moon", "The structure")
    draw(figure, tmp_path)
    model, block = figure.axes
    whole, *patches = [picture.get_array() for picture in model.images]
    np.testing.assert_array_equal(whole, image)
    assert len(patches) == 6
    np.testing.assert_array_equal(patches[3], image[4:, :4])  # the second row of patches begins
    words = [text.get_text() for text in (*model.texts, *block.texts)]
    assert {"class", "1", "6", "moon", "Norm", "MLP", "attention (MSA)", "(2)", "(3)", "+"} <= set(words)
    assert "7" not in words and figure.get_suptitle() == "The structure"


def test_tokens_stand_side_by_side_on_one_scale_about_zero(tmp_path):
    tokens = np.random.default_rng(0).normal(size=(5, 7))
    figure = maps.plot_tokens({"with": tokens, "without": tokens / 10}, "Two kinds")
    draw(figure, tmp_path)
    first, second, bar = figure.axes
    np.testing.assert_array_equal(first.images[0].get_array(), tokens)
    assert first.images[0].get_clim() == second.images[0].get_clim() == (-np.abs(tokens).max(), np.abs(tokens).max())
    assert [first.get_title(), second.get_title(), bar.get_ylabel()] == ["with", "without", "value"]


@pytest.mark.parametrize("low, written", [(1e-3, {"0.002", "0.005", "0.01"}), (0.3, {"0.4", "0.5"})])
def test_a_number_a_block_is_drawn_on_a_logarithmic_axis_with_plain_numbers(tmp_path, low, written):
    curves = {"pre-norm": np.geomspace(1, low, 4), "post-norm": np.geomspace(low, 1, 4)}
    figure = visualize.plot_by_block(curves, "share", "By block")
    draw(figure, tmp_path)
    (axes,) = figure.axes
    assert axes.get_yscale() == "log" and axes.get_ylabel() == "share" and axes.get_title() == "By block"
    lines = {line.get_label(): line.get_xydata() for line in axes.get_lines()}
    np.testing.assert_allclose(lines["post-norm"], np.stack([[1, 2, 3, 4], curves["post-norm"]], axis=1))
    assert written <= {label.get_text() for label in axes.get_yticklabels(which="both")}


def test_losses_stand_in_panels_beside_the_blind_guess(tmp_path):
    panels = {"pre-norm": {"fast": [2, 1, 0.5], "slow": [2, 1.8, 1.5]}, "post-norm": {"fast": [2, 1.4, 1.4]}}
    figure = visualize.plot_losses(panels, 1.386, "Two panels")
    draw(figure, tmp_path)
    first, second = figure.axes
    assert [axes.get_title() for axes in (first, second)] == ["pre-norm", "post-norm"]
    fast, slow, blind = first.get_lines()
    assert slow.get_xydata().tolist() == [[1, 2], [2, 1.8], [3, 1.5]] and set(blind.get_ydata()) == {1.386}
    assert fast.get_color() == second.get_lines()[0].get_color() and first.get_ylim() == second.get_ylim()
