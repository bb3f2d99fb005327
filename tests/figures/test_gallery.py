"""Galleries: every picture in its row, under its caption."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from vit_keras.figures import few_colors, plot_gallery  # noqa: E402


def test_pictures_lie_in_their_rows_under_their_captions(tmp_path):
    def picture(value):
        return np.full((4, 6, 3), value, "uint8")

    figure = plot_gallery({"ViT": [(picture(1), "cat"), (picture(2), "dog")], "CNN": [(picture(3), "dog 90%")]})
    figure.savefig(tmp_path / "figure.png", dpi=40)
    shown = [[(axes.images[0].get_array()[0, 0, 0], axes.get_title()) for axes in line if axes.images]
             for line in np.reshape(figure.axes, (2, 2))]
    assert shown == [[(1, "cat"), (2, "dog")], [(3, "dog 90%")]]
    assert [figure.axes[0].get_ylabel(), figure.axes[2].get_ylabel()] == ["ViT", "CNN"]


def test_a_model_without_mistakes_has_an_empty_row(tmp_path):
    figure = plot_gallery({"ViT": [], "CNN": []})
    figure.savefig(tmp_path / "figure.png", dpi=40)
    assert not any(axes.images for axes in figure.axes)


def test_few_colors_are_few_and_near():
    picture = np.linspace(0, 255, 40 * 30 * 3).reshape(40, 30, 3).astype("uint8")
    fewer = few_colors(picture, 16)
    assert fewer.shape == picture.shape and fewer.dtype == "uint8"
    assert len(np.unique(fewer.reshape(-1, 3), axis=0)) <= 16
    assert np.abs(fewer.astype(int) - picture).mean() < 10
