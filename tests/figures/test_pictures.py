"""Pictures and their patches: every number lands where it belongs."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from vit_keras.figures import (  # noqa: E402
    few_colors,
    plot_gallery,
    plot_numbers,
    plot_patches,
    plot_pictures,
    plot_pipeline,
    plot_projection,
    pulled_apart,
)

IMAGE = np.random.default_rng(0).integers(0, 256, (8, 12, 3)).astype("uint8")


def test_patches_are_pulled_apart_and_stay_whole():
    apart = pulled_apart(IMAGE, 4)
    assert apart.shape == (8 + 1, 12 + 2, 3)  # one white pixel between patches of four
    np.testing.assert_array_equal(apart[5:, 10:], IMAGE[4:, 8:])  # the last patch
    assert (apart[4] == 255).all() and (apart[:, [4, 9]] == 255).all()


def test_small_patches_are_enlarged_so_that_a_gap_shows():
    apart = pulled_apart(IMAGE, 2)
    assert apart.shape == (16 + 3, 24 + 5, 3)
    np.testing.assert_array_equal(apart[:4:2, :4:2], IMAGE[:2, :2])


def test_numbers_have_the_colour_of_their_patch():
    table = np.arange(16).reshape(4, 4)
    owner = np.arange(16) // 8 * 2 + np.arange(16) % 4 // 2
    figure = plot_numbers({"picture": table, "rows": table[::-1]}, owner, "Whose pixel?")
    picture, rows = figure.axes
    assert picture.images[0].get_array().tolist() == [[0, 0, 1, 1]] * 2 + [[2, 2, 3, 3]] * 2
    assert [text.get_text() for text in rows.texts[:4]] == ["12", "13", "14", "15"]


def test_pictures_stand_in_a_row_with_their_names():
    figure = plot_pictures({"as it is": IMAGE, "dark": IMAGE // 4}, "Two pictures")
    assert [axes.get_title() for axes in figure.axes] == ["as it is", "dark"]
    np.testing.assert_array_equal(figure.axes[1].images[0].get_array(), IMAGE // 4)


def test_every_column_of_E_stands_over_its_answers():
    rng = np.random.default_rng(1)
    columns, answers = rng.normal(size=(2, 4, 4, 3)), rng.normal(size=(2, 2, 3))
    figure = plot_projection(IMAGE, columns, answers, ["one", "two"], "Questions")
    whole, asked_1, answered_1, _, asked_2, answered_2, _ = figure.axes  # a colour bar behind each map
    np.testing.assert_array_equal(whole.images[0].get_array(), IMAGE)
    assert asked_2.get_title() == "two"
    np.testing.assert_array_equal(answered_2.images[0].get_array(), answers[1])
    np.testing.assert_allclose(asked_1.images[0].get_array(), 0.5 + columns[0] / (2 * np.abs(columns[0]).max()))


def test_the_pipeline_shows_every_station_with_its_shape():
    patches = IMAGE.reshape(2, 4, 3, 4, 3).transpose(0, 2, 1, 3, 4).reshape(6, 48)
    tokens = np.random.default_rng(2).normal(size=(7, 5))
    figure = plot_pipeline(IMAGE, patches, tokens, 4, "On the way")
    whole, apart, strips, heat, _ = figure.axes
    titles = [axes.get_title().split("\n")[1] for axes in (whole, apart, strips, heat)]
    assert titles == ["8 x 12 x 3", "4 x 4 x 3 each", "6 x 48", "7 x 5"]
    np.testing.assert_array_equal(strips.images[0].get_array()[1, :4], IMAGE[0, 4:8])  # second patch, first row
    np.testing.assert_array_equal(heat.images[0].get_array(), tokens)


def test_patches_are_laid_out_as_they_lie_in_the_image():
    image = np.random.default_rng(0).integers(0, 256, (8, 12, 3)).astype("uint8")
    patches = image.reshape(2, 4, 4, 3, 3).transpose(0, 2, 1, 3, 4).reshape(8, -1)  # patches of 4x3
    figure = plot_patches(image, patches, (2, 4), "Eight patches")
    whole, *cut = figure.axes
    np.testing.assert_array_equal(whole.images[0].get_array(), image)
    assert len(cut) == 8
    np.testing.assert_array_equal(cut[6].images[0].get_array(), image[4:, 6:9])  # second row, third column


def test_pictures_lie_in_their_rows_under_their_captions():
    def picture(value):
        return np.full((4, 6, 3), value, "uint8")

    figure = plot_gallery({"ViT": [(picture(1), "cat"), (picture(2), "dog")], "CNN": [(picture(3), "dog 90%")]})
    shown = [[(axes.images[0].get_array()[0, 0, 0], axes.get_title()) for axes in line if axes.images]
             for line in np.reshape(figure.axes, (2, 2))]
    assert shown == [[(1, "cat"), (2, "dog")], [(3, "dog 90%")]]
    assert [figure.axes[0].get_ylabel(), figure.axes[2].get_ylabel()] == ["ViT", "CNN"]


def test_a_model_without_mistakes_has_an_empty_row():
    figure = plot_gallery({"ViT": [], "CNN": []})
    assert not any(axes.images for axes in figure.axes)


def test_few_colors_are_few_and_near():
    picture = np.linspace(0, 255, 40 * 30 * 3).reshape(40, 30, 3).astype("uint8")
    fewer = few_colors(picture, 16)
    assert fewer.shape == picture.shape and fewer.dtype == "uint8"
    assert len(np.unique(fewer.reshape(-1, 3), axis=0)) <= 16
    assert np.abs(fewer.astype(int) - picture).mean() < 10
