"""The interactive views: the figure follows the choice, and there is a picture where nothing is interactive."""

import base64
import builtins

import numpy as np
import pytest
from keras import ops

pytest.importorskip("matplotlib")
from vit_keras.figures import Explorer, explore_attention, explore_patches  # noqa: E402
from vit_keras.figures.explore import WIDGET  # noqa: E402

IMAGE = np.random.default_rng(0).integers(0, 256, (8, 12, 3)).astype("uint8")


@pytest.fixture
def scores():
    """Three layers, two heads, a class token and 2 x 3 patches; every row sums to one."""
    raw = np.random.default_rng(1).random((3, 2, 7, 7))
    return raw / raw.sum(axis=-1, keepdims=True)


def bundle(explorer):
    return explorer._repr_mimebundle_()


def words(figure):
    return "\n".join([figure.get_suptitle(), *(axes.get_title() for axes in figure.axes)])


# ---- the core


def two_lines(height, name):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2, 2))
    figure.subplots().plot([0, height])
    figure.suptitle(f"{name} {height}")
    return figure


def test_one_output_holds_the_picture_and_the_widget():
    pytest.importorskip("ipywidgets")
    explorer = Explorer(two_lines, height=[1, 2], name=["a", "b"])
    shown = bundle(explorer)
    assert set(shown) == {"text/plain", "image/png", WIDGET}
    assert base64.b64decode(shown["image/png"])[:4] == b"\x89PNG"
    assert shown["text/plain"] == "Explorer(height=[1, 2], name=['a', 'b'])"
    assert bundle(explorer) == shown  # shown twice it is the same widget, and the same picture


def test_the_picture_follows_the_control():
    widgets = pytest.importorskip("ipywidgets")
    explorer = Explorer(two_lines, height=[1, 2], name=["a", "b"], fixed=[3])
    explorer.draw = lambda fixed, **chosen: two_lines(**chosen)
    first = bundle(explorer)
    slider, menu, picture = explorer.view.children  # nothing to choose: no control
    assert isinstance(slider, widgets.SelectionSlider) and isinstance(menu, widgets.Dropdown)
    before = picture.value
    assert first["image/png"] in before
    slider.value = 2
    assert picture.value != before and 'alt="a 2"' in picture.value
    slider.value = 1
    assert picture.value == before
    menu.value = "b"
    assert picture.value != before


def test_without_ipywidgets_there_is_the_picture(monkeypatch):
    real_import = builtins.__import__

    def no_widgets(name, *args, **kwargs):
        if name.startswith("ipywidgets"):
            raise ImportError(name)
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", no_widgets)
    assert set(bundle(Explorer(two_lines, height=[1], name=["a"]))) == {"text/plain", "image/png"}


def test_the_first_of_every_choice_is_where_it_begins():
    explorer = Explorer(two_lines, height=[2, 1], name=["b", "a"])
    assert explorer.choose().get_suptitle() == "b 2"
    assert explorer.choose(name="a").get_suptitle() == "a 2"


def test_it_begins_where_it_is_told_to():
    explorer = Explorer(two_lines, start={"height": 2}, height=[1, 2], name=["a", "b"])
    assert explorer.state == {"height": 2, "name": "a"}
    bundle(explorer)
    assert [control.value for control in explorer.view.children[:-1]] == [2, "a"]
    with pytest.raises(ValueError, match="`height` must be a choice"):
        Explorer(two_lines, start={"height": 3}, height=[1, 2], name=["a"])


def test_what_is_no_choice_is_refused():
    explorer = Explorer(two_lines, height=[1, 2], name=["a"])
    with pytest.raises(ValueError, match="got height=3"):
        explorer.choose(height=3)
    with pytest.raises(ValueError, match="got width=1"):
        explorer.choose(width=1)
    with pytest.raises(ValueError, match="`name` must have at least one value"):
        Explorer(two_lines, height=[1], name=[])


def test_a_figure_of_pyplot_is_not_shown_twice():
    import matplotlib.pyplot as plt

    bundle(Explorer(lambda size: plt.figure(figsize=(size, 1)), size=[1, 2]))
    assert plt.get_fignums() == []


def test_the_build_keeps_the_picture_and_leaves_the_widget():
    pytest.importorskip("jupytext")
    nbformat = pytest.importorskip("nbformat")
    import build

    shown = bundle(Explorer(two_lines, height=[1, 2], name=["a"]))
    output = nbformat.v4.new_output("execute_result", data={**shown, WIDGET: {}}, execution_count=1)
    cell = nbformat.v4.new_code_cell("explorer", outputs=[output], execution_count=1)
    (kept,) = build.tidy(cell)[1]
    assert set(kept.data) == {"text/plain", "image/png"}


# ---- patches


def test_the_words_say_what_a_patch_size_costs():
    explorer = explore_patches(IMAGE, (4, 2))
    assert "N = 6 patches of 4 x 4 x 3 = 48 numbers" in words(explorer.choose())
    assert "T = N + 1 = 7 tokens, T x T = 49 pairs" in words(explorer.choose())
    fine = explorer.choose(patch_size=2)
    assert "N = 24 patches of 2 x 2 x 3 = 12 numbers" in words(fine)
    np.testing.assert_array_equal(fine.axes[0].images[0].get_array(), IMAGE)
    assert fine.axes[0].get_xticks().tolist() == [0, 2, 4, 6, 8, 10, 12]


def test_one_of_several_pictures_is_shown():
    explorer = explore_patches({"as it is": IMAGE, "dark": IMAGE // 4}, (4,))
    np.testing.assert_array_equal(explorer.choose(picture="dark").axes[0].images[0].get_array(), IMAGE // 4)
    np.testing.assert_array_equal(explorer.choose().axes[0].images[0].get_array(), IMAGE)


def test_patches_of_what_is_no_image_are_refused():
    with pytest.raises(ValueError, match=r"\(H, W, 3\) is needed: got shape \(1, 8, 12, 3\)"):
        explore_patches(IMAGE[None])
    with pytest.raises(ValueError, match=r"got \[8\] for 8x12 pixels"):
        explore_patches(IMAGE, (4, 8))


# ---- attention


def maps(figure):
    """The map over the patches, and the outline of the patch that asks."""
    right = figure.axes[1]
    outline = [(box.get_x(), box.get_y(), box.get_width(), box.get_height()) for box in right.patches]
    return right.images[-1].get_array(), outline[-1:]


def test_the_class_token_asks_first(scores):
    figure = explore_attention(IMAGE, scores, (2, 3)).choose()
    shown, outline = maps(figure)
    np.testing.assert_allclose(shown, scores[0, 0, 0, 1:].reshape(2, 3))
    assert outline == []
    assert f"{scores[0, 0, 0, 0]:.1%} to the class token" in words(figure)
    assert "Layer 1, head 1: where the class token looks" in words(figure)


def test_any_patch_of_any_layer_and_head_can_ask(scores):
    explorer = explore_attention(IMAGE, scores, (2, 3))
    figure = explorer.choose(layer=3, head=2, query="patch at row, column", row=2, column=3)
    shown, outline = maps(figure)
    np.testing.assert_allclose(shown, scores[2, 1, 6, 1:].reshape(2, 3))
    assert outline == [(8, 4, 4, 4)]  # 8x12 pixels in 2 x 3 patches: the last
    assert "asks: row 2, column 3" in words(figure)


def test_scores_by_hand_need_no_layers_and_no_class_token(scores):
    by_hand = scores[0, :, 1:, 1:]
    explorer = explore_attention(IMAGE, by_hand, (2, 3), class_token=False)
    shown, outline = maps(explorer.choose(head=2, column=2))
    np.testing.assert_allclose(shown, by_hand[1, 1].reshape(2, 3))
    assert outline == [(4, 0, 4, 4)]
    assert "class token" not in words(explorer.choose()) and "Layer" not in words(explorer.choose())


def test_scores_may_come_as_the_model_returns_them(scores):
    tensors = ops.convert_to_tensor
    explorer = explore_attention(IMAGE, [tensors(one) for one in scores], (2, 3))
    np.testing.assert_allclose(maps(explorer.choose(layer=2))[0], scores[1, 0, 0, 1:].reshape(2, 3), rtol=1e-6)


@pytest.mark.parametrize("shape, class_token", [((2, 6, 6), True), ((2, 7, 7), False), ((7, 7), True),
                                                ((1, 3, 2, 7, 7), True), ((2, 7, 6), True)])
def test_scores_that_do_not_fit_are_refused(shape, class_token):
    total = "= 7 " if class_token else "= 6 "
    with pytest.raises(ValueError, match="`scores` must have shape") as error:
        explore_attention(IMAGE, np.zeros(shape), (2, 3), class_token)
    assert total in str(error.value) and f"got shape {shape}" in str(error.value)


def test_attention_over_what_is_no_image_is_refused(scores):
    with pytest.raises(ValueError, match=r"got shape \(8, 12\)"):
        explore_attention(IMAGE[..., 0], scores, (2, 3))
