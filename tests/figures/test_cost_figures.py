"""Figures of costs show what was measured and what the formula says."""

from vit_keras.figures import plot_growth


def test_points_and_formula_share_a_colour_and_axes_are_logarithmic():
    figure = plot_growth({"attention": {65: 1.0, 257: 4.0}, "MLP": {65: 2.0}}, {"attention": {65: 1.5, 257: 3.0}},
                         xlabel="tokens", ylabel="seconds", title="It grows", lines={"T = 2D": 128})
    axes, = figure.axes
    dots, curve, others, line = axes.get_lines()
    assert (dots.get_xydata().tolist(), curve.get_xydata().tolist()) == ([[65, 1], [257, 4]], [[65, 1.5], [257, 3]])
    assert dots.get_color() == curve.get_color() != others.get_color()
    assert (axes.get_xscale(), axes.get_yscale(), axes.get_title()) == ("log", "log", "It grows")
    assert line.get_xdata() == [128, 128]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["65", "257"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "attention, measured", "attention, formula", "MLP, measured", "T = 2D"]


def test_plain_axes_begin_at_zero():
    axes, = plot_growth({"a": {8: 1.0, 16: 2.0}}, {}, "batch", "MB", logarithmic=False).axes
    assert (axes.get_xlim()[0], axes.get_ylim()[0], axes.get_xscale()) == (0, 0, "linear")
