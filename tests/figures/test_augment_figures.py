"""Figures of augmentation: each picture is what its row and its caption say."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from vit_keras import draw_shapes  # noqa: E402
from vit_keras.augment import GEOMETRIC, OPERATIONS  # noqa: E402
from vit_keras.augment.operations import PHOTOMETRIC, operate  # noqa: E402
from vit_keras.figures import plot_ingredients, plot_operations  # noqa: E402
from vit_keras.figures.recipes import ingredient_pictures, operation_pictures  # noqa: E402


@pytest.fixture(scope="module")
def images():
    return draw_shapes(2, seed=3).images


def test_every_operation_but_none_is_shown(images):
    rows = operation_pictures(images[0])
    assert list(rows) == ["geometry, -0.5", "geometry, 0.5", "geometry, 1",
                          "colours, -0.5", "colours, 0.5", "colours, 1"]
    assert {caption for row in rows.values() for _, caption in row} == set(OPERATIONS) - {"identity"}
    assert [caption for _, caption in rows["geometry, 0.5"]] == list(GEOMETRIC)
    assert [caption for _, caption in rows["colours, 1"]] == list(PHOTOMETRIC)
    assert "equalize" not in [caption for _, caption in rows["colours, 0.5"]]  # it has no strength
    picture, caption = rows["colours, -0.5"][1]
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


def test_the_figures_are_drawn(images, tmp_path):
    for figure in (plot_operations(images[0], title="All of them"), plot_ingredients(*images, title="All of them")):
        figure.savefig(tmp_path / "figure.png", dpi=30)
        assert figure.get_suptitle() == "All of them"
