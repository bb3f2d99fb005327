"""The figure of variants: dots are seeds, bars means, and the shade is the noise around the base."""

import pytest

pytest.importorskip("matplotlib")

from vit_keras.figures import plot_choices  # noqa: E402


def test_every_seed_and_every_mean_is_shown(tmp_path):
    accuracies = {"as recorded": [0.70, 0.72], "patch 28": [0.60, 0.61, 0.65], "patch 8": [0.71, 0.73]}
    figure = plot_choices(accuracies, "as recorded", 0.03, "Larger patches cost accuracy")
    figure.savefig(tmp_path / "figure.png", dpi=40)
    (axes,) = figure.axes
    base, *lines = axes.get_lines()
    assert [list(dots.get_xdata()) for dots in lines[::2]] == list(accuracies.values())
    assert [bar.get_xdata()[0] for bar in lines[1::2]] == pytest.approx([0.71, 0.62, 0.72])
    colors = [bar.get_color() for bar in lines[1::2]]
    assert colors[0] == colors[2] != colors[1]   # only one differs by more than the noise
    assert base.get_xdata()[0] == pytest.approx(0.71)
    assert [label.get_text() for label in axes.get_yticklabels()] == list(accuracies)
    assert axes.get_title() == "Larger patches cost accuracy" and axes.yaxis_inverted()
