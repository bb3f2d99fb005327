"""Figures of filters and of maps over pictures: what is drawn is what came in."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")
from matplotlib.figure import Figure  # noqa: E402

from vit_keras.figures import plot_filters, plot_overlays  # noqa: E402

PICTURES = np.random.default_rng(0).integers(0, 256, (2, 8, 12, 3)).astype("uint8")


def draw(figure, tmp_path):
    assert isinstance(figure, Figure)
    figure.savefig(tmp_path / "figure.png", dpi=40)
    assert (tmp_path / "figure.png").read_bytes()[:4] == b"\x89PNG"


def even_and_not():
    """Two maps of 2 x 3 patches, each of sum one: the same everywhere, and half of all at one place."""
    maps = np.full((2, 2, 3), 1 / 6)
    maps[1] = 0.1
    maps[1, 1, 2] = 0.5
    return maps


def overlays(figure):
    return [axes.images[1] for axes in figure.axes if len(axes.images) == 2]


def test_maps_share_a_scale_on_which_one_is_an_even_share(tmp_path):
    figure = plot_overlays(PICTURES, {"rollout": even_and_not()}, ["moon", "star"], title="Where?")
    draw(figure, tmp_path)
    even, peaked = overlays(figure)
    np.testing.assert_allclose(even.get_array(), 1)
    assert peaked.get_array()[1, 2] == pytest.approx(3)
    assert even.get_clim() == peaked.get_clim() == (0, pytest.approx(3))
    assert even.get_extent() == [0, 12, 8, 0]  # a map covers the picture, patch by patch
    assert [axes.get_title() for axes in figure.axes[:2]] == ["moon", "star"]
    assert figure.axes[2].get_ylabel() == "rollout" and figure.axes[-1].get_ylabel() == "× even share"
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), PICTURES[0])


def test_stretched_maps_say_from_where_to_where(tmp_path):
    figure = plot_overlays(PICTURES, {"rollout": even_and_not()}, stretch=True)
    draw(figure, tmp_path)
    assert overlays(figure)[1].get_clim() == (pytest.approx(0.6), pytest.approx(3))
    assert figure.axes[3].get_xlabel() == "0.60 to 3.00"
    assert len(figure.axes) == 4  # no bar: each map has a scale of its own


def test_as_many_maps_as_pictures_are_needed():
    with pytest.raises(ValueError, match=r"a map for each of 2 pictures: got \{'rollout': 1\}"):
        plot_overlays(PICTURES, {"rollout": even_and_not()[:1]})


def test_filters_are_laid_out_row_by_row_about_grey(tmp_path):
    filters = np.zeros((5, 2, 2, 3))
    filters[0, 0, 0] = 2.0  # brightest
    filters[3, 1, 1] = -0.1  # darkest of its own filter; the first of the second row
    figure = plot_filters({"mine": (filters, np.full(5, 0.1))}, columns=3, title="Filters")
    draw(figure, tmp_path)
    sheet = figure.axes[0].images[0].get_array()
    assert sheet.shape == (2 * 2 + 1, 3 * 2 + 2, 3)  # one pixel between
    np.testing.assert_allclose(sheet[0, 0], 1)
    np.testing.assert_allclose(sheet[0, 1], 0.5)
    np.testing.assert_allclose(sheet[4, 1], 0)
    assert figure.axes[0].get_title() == "mine\n5 components: 50% of the variance"


def test_filters_of_a_feature_map_are_no_pictures():
    with pytest.raises(ValueError, match=r"one channel or three to be shown as pictures: got \(5, 1, 1, 64\)"):
        plot_filters({"hybrid": (np.zeros((5, 1, 1, 64)), np.ones(5))})
