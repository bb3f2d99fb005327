"""Maps: what is drawn is what came in, laid out as the picture, on one scale."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from vit_keras.figures import (  # noqa: E402
    plot_attention_scores,
    plot_filters,
    plot_overlays,
    plot_position_similarity,
    plot_tokens,
    plot_where_patches_look,
)

PICTURES = np.random.default_rng(0).integers(0, 256, (2, 8, 12, 3)).astype("uint8")


def test_attention_scores_are_written_into_a_map_for_each_head():
    scores = np.array([[[0.2, 0.8], [1, 0]], [[0.5, 0.5], [0.25, 0.75]]])
    figure = plot_attention_scores(scores, ["moon", "sky"], heads=["colours"], title="Two heads")
    first, second, bar = figure.axes
    np.testing.assert_array_equal(second.images[0].get_array(), scores[1])
    assert {text.get_position(): text.get_text() for text in first.texts} == {
        (0, 0): "0.20", (1, 0): "0.80", (0, 1): "1.00", (1, 1): "0.00"}  # (token that answers, token that asks)
    assert [label.get_text() for label in first.get_yticklabels()] == ["moon", "sky"]
    assert first.get_ylabel() == "token that asks" and first.get_xlabel() == "token that answers"
    assert [axes.get_title() for axes in (first, second)] == ["colours", ""] and bar.get_ylabel() == "attention score"


def test_many_tokens_are_numbered_and_their_scores_not_written():
    figure = plot_attention_scores(np.full((1, 9, 9), 1 / 9))
    assert not figure.axes[0].texts and figure.axes[0].get_xticklabels()[8].get_text() == "8"


def test_where_patches_look_is_a_row_of_the_scores_laid_out_as_the_picture():
    image = np.random.default_rng(0).integers(0, 256, (8, 12, 3)).astype("uint8")
    scores = np.random.default_rng(1).random((2, 6, 6))  # two heads, 2 x 3 patches
    queries = {"a star asks": (1, 2), "the sky asks": (0, 1)}
    figure = plot_where_patches_look(image, scores, (2, 3), queries, ["content", "place"], "Two heads")
    shown = [axes for axes in figure.axes if axes.images and axes.images[0].get_array().shape == (2, 3)]
    tokens = [5, 1]  # row * 3 + column
    for axes, (head, token) in zip(shown, [(head, token) for head in range(2) for token in tokens], strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), scores[head, token].reshape(2, 3))
    assert [axes.get_title() for axes in shown] == [*queries, "", ""]
    limits = [axes.images[0].get_clim() for axes in shown]  # one scale for all maps of a head
    assert limits == [(0, largest) for largest in scores[:, tokens].max(axis=(1, 2)) for _ in tokens]
    assert shown[0].get_ylabel() == "content" and shown[2].get_ylabel() == "place"
    assert shown[0].patches[0].get_xy() == (8, 4)  # the patch that asks, in pixels: column 2, row 1
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), image)


def test_position_similarity_is_a_map_for_every_place_laid_out_as_the_picture():
    similarity = np.random.default_rng(0).uniform(-1, 1, (6, 6))  # 2 x 3 patches
    figure = plot_position_similarity(similarity, (2, 3), "Rows and columns")
    axes, bar = figure.axes
    sheet = axes.images[0].get_array()
    assert sheet.shape == (2 * 3 - 1, 3 * 4 - 1)  # maps of 2 x 3, one apart
    np.testing.assert_allclose(sheet[3:5, 4:7], similarity[4].reshape(2, 3))  # second row, second column
    assert sheet.mask[2].all() and sheet.mask[:, 3].all() and sheet.mask.sum() == 11 + 2 * 4  # the gaps, and no more
    assert axes.images[0].get_clim() == (-1, 1) and bar.get_ylabel() == "cosine similarity"
    assert axes.get_xlabel() == "column of the patch"


def test_position_similarities_stand_side_by_side_on_one_scale():
    figure = plot_position_similarity({"before": np.eye(4), "after": np.ones((4, 4))}, (2, 2))
    before, after, _ = figure.axes
    assert [axes.get_title() for axes in (before, after)] == ["before", "after"]
    assert before.images[0].get_clim() == after.images[0].get_clim()


def test_position_similarities_on_scales_of_their_own_show_small_differences():
    similarities = {"narrow": np.full((4, 4), 0.9) + 0.1 * np.eye(4), "wide": np.eye(4)}
    figure = plot_position_similarity(similarities, (2, 2), "Two scales", limits=None)
    narrow, wide = [axes.images[0].get_clim() for axes in figure.axes if axes.images]
    assert narrow == (0.9, 1.0) and wide == (0.0, 1.0)
    assert len(figure.axes) == 4  # two panels, two bars


def test_tokens_stand_side_by_side_on_one_scale_about_zero():
    tokens = np.random.default_rng(0).normal(size=(5, 7))
    figure = plot_tokens({"with": tokens, "without": tokens / 10}, "Two kinds")
    first, second, bar = figure.axes
    np.testing.assert_array_equal(first.images[0].get_array(), tokens)
    assert first.images[0].get_clim() == second.images[0].get_clim() == (-np.abs(tokens).max(), np.abs(tokens).max())
    assert [first.get_title(), second.get_title(), bar.get_ylabel()] == ["with", "without", "value"]


def even_and_not():
    """Two maps of 2 x 3 patches, each of sum one: the same everywhere, and half of all at one place."""
    maps = np.full((2, 2, 3), 1 / 6)
    maps[1] = 0.1
    maps[1, 1, 2] = 0.5
    return maps


def overlays(figure):
    return [axes.images[1] for axes in figure.axes if len(axes.images) == 2]


def test_maps_share_a_scale_on_which_one_is_an_even_share():
    figure = plot_overlays(PICTURES, {"rollout": even_and_not()}, ["moon", "star"], title="Where?")
    even, peaked = overlays(figure)
    np.testing.assert_allclose(even.get_array(), 1)
    assert peaked.get_array()[1, 2] == pytest.approx(3)
    assert even.get_clim() == peaked.get_clim() == (0, pytest.approx(3))
    assert even.get_extent() == [0, 12, 8, 0]  # a map covers the picture, patch by patch
    assert [axes.get_title() for axes in figure.axes[:2]] == ["moon", "star"]
    assert figure.axes[2].get_ylabel() == "rollout" and figure.axes[-1].get_ylabel() == "× even share"
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), PICTURES[0])


def test_stretched_maps_say_from_where_to_where():
    figure = plot_overlays(PICTURES, {"rollout": even_and_not()}, stretch=True)
    assert overlays(figure)[1].get_clim() == (pytest.approx(0.6), pytest.approx(3))
    assert figure.axes[3].get_xlabel() == "0.60 to 3.00"
    assert len(figure.axes) == 4  # no bar: each map has a scale of its own


def test_as_many_maps_as_pictures_are_needed():
    with pytest.raises(ValueError, match=r"a map for each of 2 pictures: got \{'rollout': 1\}"):
        plot_overlays(PICTURES, {"rollout": even_and_not()[:1]})


def test_filters_are_laid_out_row_by_row_about_grey():
    filters = np.zeros((5, 2, 2, 3))
    filters[0, 0, 0] = 2.0  # brightest
    filters[3, 1, 1] = -0.1  # darkest of its own filter; the first of the second row
    figure = plot_filters({"mine": (filters, np.full(5, 0.1))}, columns=3, title="Filters")
    sheet = figure.axes[0].images[0].get_array()
    assert sheet.shape == (2 * 2 + 1, 3 * 2 + 2, 3)  # one pixel between
    np.testing.assert_allclose(sheet[0, 0], 1)
    np.testing.assert_allclose(sheet[0, 1], 0.5)
    np.testing.assert_allclose(sheet[4, 1], 0)
    assert figure.axes[0].get_title() == "mine\n5 components: 50% of the variance"


def test_filters_of_a_feature_map_are_no_pictures():
    with pytest.raises(ValueError, match=r"one channel or three to be shown as pictures: got \(5, 1, 1, 64\)"):
        plot_filters({"hybrid": (np.zeros((5, 1, 1, 64)), np.ones(5))})
