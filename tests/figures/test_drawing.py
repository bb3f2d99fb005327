"""The drawing of a block says what the layer is."""

import pytest

pytest.importorskip("matplotlib")
from test_visualize import draw  # noqa: E402

from vit_keras import TransformerBlock, TransformerEncoder  # noqa: E402
from vit_keras.figures import plot_encoder_block  # noqa: E402


@pytest.fixture
def block():
    block = TransformerBlock(num_heads=2, mlp_dim=12)
    block.build((None, 5, 6))
    return block


def words(figure):
    """What is written, from bottom to top."""
    texts = [text for text in figure.axes[0].texts if text.get_text()]
    return [text.get_text() for text in sorted(texts, key=lambda text: text.get_position()[1])]


def order(figure):
    names = {"Norm": "norm", "Multi-Head\nAttention": "attention", "MLP": "mlp", "+": "+"}
    return [names[word] for word in words(figure) if word in names]


def test_heads_widths_and_parameters_are_those_of_the_block(block, tmp_path):
    figure = plot_encoder_block(block, num_tokens=5, num_layers=7, title="One block")
    draw(figure, tmp_path)
    said = words(figure)
    parts = (block.norm_1, block.attention, block.norm_2, block.mlp)
    assert f"2 heads of width 3\n{block.attention.count_params()} parameters" in said
    assert f"6 to 12, GELU, to 6\n{block.mlp.count_params()} parameters" in said
    assert said.count(f"{block.norm_1.count_params()} parameters") == 2
    assert f"{sum(part.count_params() for part in parts)} parameters" in said
    assert said.count("(B, 5, 6)") == 3 and {"7 ×", "(2)", "(3)", "One block"} <= set(said)


def test_the_norm_comes_before_each_part_or_after_each_sum(block, tmp_path):
    figure = plot_encoder_block(block)
    draw(figure, tmp_path)
    assert order(figure) == ["norm", "attention", "+", "norm", "mlp", "+"]
    assert {"L ×", "(B, T, 6)"} <= set(words(figure))
    after = plot_encoder_block(block, norm="after")
    assert order(after) == ["attention", "+", "norm", "mlp", "+", "norm"]
    assert "(2)" not in words(after)  # the lecture's equations are those of the other order


def test_both_orders_stand_side_by_side(block, tmp_path):
    figure = plot_encoder_block(block, norm=("before", "after"))
    draw(figure, tmp_path)
    assert {"ViT: norm before", "Original Transformer: norm after"} <= set(words(figure))
    assert len(order(figure)) == 12


def test_an_encoder_knows_how_often_and_ends_in_a_norm(tmp_path):
    encoder = TransformerEncoder(3, num_heads=2, mlp_dim=12)
    encoder.build((None, 5, 6))
    figure = plot_encoder_block(encoder)
    draw(figure, tmp_path)
    assert order(figure) == ["norm", "attention", "+", "norm", "mlp", "+", "norm"] and "3 ×" in words(figure)


def test_what_cannot_be_drawn_is_refused(block):
    with pytest.raises(ValueError, match="must be built"):
        plot_encoder_block(TransformerBlock(num_heads=2, mlp_dim=12))
    with pytest.raises(ValueError, match='"before", "after"'):
        plot_encoder_block(block, norm="beside")
