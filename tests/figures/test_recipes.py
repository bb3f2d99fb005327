"""Figures of a recipe: every seed on its rung; each picture is what its row and its caption say."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from vit_keras import draw_shapes  # noqa: E402
from vit_keras.augment import GEOMETRIC, OPERATIONS  # noqa: E402
from vit_keras.augment.operations import PHOTOMETRIC, operate  # noqa: E402
from vit_keras.figures import plot_budgets, plot_ladder, plot_matrices  # noqa: E402
from vit_keras.figures.recipes import ingredient_pictures, operation_pictures  # noqa: E402

GROUPS = {"start": [0.50, 0.52], "schedule": [0.60, 0.62], "clipping": [0.615, 0.60], "not run": []}


@pytest.fixture(scope="module")
def images():
    return draw_shapes(2, seed=3).images


def test_every_seed_and_every_mean_is_on_the_ladder():
    left, right = plot_ladder(GROUPS, "Two help").axes
    assert [label.get_text() for label in left.get_yticklabels()] == ["start", "+ schedule", "+ clipping"]
    means, seeds = left.lines[::2], left.lines[1::2]
    assert np.allclose([line.get_xdata()[0] for line in means], [51, 61, 60.75])
    assert np.allclose([line.get_xdata() for line in seeds], [[50, 52], [60, 62], [61.5, 60]])
    assert left.get_ylim()[0] > left.get_ylim()[1]  # the first rung stands at the top


def test_a_gain_is_filled_where_it_is_clear():
    _, right = plot_ladder(GROUPS).axes
    markers = [container.lines[0] for container in right.containers]
    assert np.allclose([marker.get_xdata()[0] for marker in markers], [10, -0.25])
    assert [marker.get_markerfacecolor() == "white" for marker in markers] == [False, True]


def test_one_seed_alone_has_no_error():
    left, right = plot_ladder({"a": [0.5], "b": [0.6]}).axes
    assert len(right.containers) == 1 and not right.containers[0].lines[1]


def test_the_same_rungs_under_two_budgets():
    longer = {"clipping": [0.7, 0.8], "start": [0.4], "schedule": []}
    figure = plot_budgets({"36 passes": GROUPS, "144 passes": longer}, "Clipping needs time")
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["start", "clipping"]  # those that both have
    assert [list(line.get_xdata()) for line in axes.lines[::5]] == [[51, 40], [pytest.approx(60.75), 75]]
    assert [list(line.get_xdata()) for line in axes.lines[2::5]] == [[50, 52], [61.5, 60]]  # seeds, short
    assert [list(line.get_xdata()) for line in axes.lines[4::5]] == [[40], [70, 80]]  # and long
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["36 passes", "144 passes"]
    assert axes.yaxis_inverted()


def test_matrices_share_a_scale_around_zero():
    figure = plot_matrices({"before": np.eye(3), "after": -4 * np.eye(3)}, "Before and after")
    pictures = [axes.images[0] for axes in figure.axes[:2]]
    assert [picture.get_clim() for picture in pictures] == [(-4, 4), (-4, 4)]
    assert np.array_equal(pictures[1].get_array(), -4 * np.eye(3))


def test_every_operation_but_none_is_shown(images):
    rows = operation_pictures(images[0])
    assert list(rows) == ["geometry, -0.5", "geometry, 0.5", "geometry, 1",
                          "colors, -0.5", "colors, 0.5", "colors, 1"]
    assert {caption for row in rows.values() for _, caption in row} == set(OPERATIONS) - {"identity"}
    assert [caption for _, caption in rows["geometry, 0.5"]] == list(GEOMETRIC)
    assert [caption for _, caption in rows["colors, 1"]] == list(PHOTOMETRIC)
    assert "equalize" not in [caption for _, caption in rows["colors, 0.5"]]  # it has no strength
    picture, caption = rows["colors, -0.5"][1]
    assert (picture.dtype, picture.shape, caption) == ("uint8", (32, 32, 3), "color")
    expected = np.asarray(operate(images[:1], np.array([OPERATIONS.index("color")]), np.float32([-0.5])))[0]
    assert np.abs(picture - expected).max() <= 0.5


def test_every_ingredient_is_drawn_several_times(images):
    rows = ingredient_pictures(*images, number=5, seed=1)
    assert {name: len(row) for name, row in rows.items()} == dict.fromkeys(
        ("crop and mirror", "TrivialAugment", "random erasing", "MixUp", "CutMix"), 5)
    for row in rows.values():
        assert len({picture.tobytes() for picture, _ in row}) > 2


def test_a_label_over_a_mixture_is_what_is_left_of_it(images):
    white, black = np.full((32, 32, 3), 255, "uint8"), np.zeros((32, 32, 3), "uint8")
    rows = ingredient_pictures(white, black, number=8)
    for name in ("MixUp", "CutMix"):
        for picture, caption in rows[name]:
            assert float(caption.removeprefix("label ").removesuffix("%")) == pytest.approx(
                100 * picture.mean() / 255, abs=0.8)
