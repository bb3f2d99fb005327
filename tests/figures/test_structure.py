"""The drawing of a model and of a block says what they are."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from vit_keras import TransformerBlock, TransformerEncoder  # noqa: E402
from vit_keras.figures import plot_encoder_block, plot_parameter_shares, plot_structure  # noqa: E402


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


def test_heads_widths_and_parameters_are_those_of_the_block(block):
    figure = plot_encoder_block(block, num_tokens=5, num_layers=7, title="One block")
    said = words(figure)
    parts = (block.norm_1, block.attention, block.norm_2, block.mlp)
    assert f"2 heads of width 3\n{block.attention.count_params()} parameters" in said
    assert f"6 to 12, GELU, to 6\n{block.mlp.count_params()} parameters" in said
    assert said.count(f"{block.norm_1.count_params()} parameters") == 2
    assert f"{sum(part.count_params() for part in parts)} parameters" in said
    assert said.count("(B, 5, 6)") == 3 and {"7 ×", "(2)", "(3)", "One block"} <= set(said)


def test_the_norm_comes_before_each_part_or_after_each_sum(block):
    figure = plot_encoder_block(block)
    assert order(figure) == ["norm", "attention", "+", "norm", "mlp", "+"]
    assert {"L ×", "(B, T, 6)"} <= set(words(figure))
    after = plot_encoder_block(block, norm="after")
    assert order(after) == ["attention", "+", "norm", "mlp", "+", "norm"]
    assert "(2)" not in words(after)  # the lecture's equations are those of the other order


def test_both_orders_stand_side_by_side(block):
    figure = plot_encoder_block(block, norm=("before", "after"))
    assert {"ViT: norm before", "Original Transformer: norm after"} <= set(words(figure))
    assert len(order(figure)) == 12


def test_an_encoder_knows_how_often_and_ends_in_a_norm():
    encoder = TransformerEncoder(3, num_heads=2, mlp_dim=12)
    encoder.build((None, 5, 6))
    figure = plot_encoder_block(encoder)
    assert order(figure) == ["norm", "attention", "+", "norm", "mlp", "+", "norm"] and "3 ×" in words(figure)


def test_what_cannot_be_drawn_is_refused(block):
    with pytest.raises(ValueError, match="must be built"):
        plot_encoder_block(TransformerBlock(num_heads=2, mlp_dim=12))
    with pytest.raises(ValueError, match='"before", "after"'):
        plot_encoder_block(block, norm="beside")


def test_the_structure_shows_the_patches_in_order_and_the_equations_in_their_places():
    image = np.random.default_rng(0).integers(0, 256, (8, 12, 3)).astype("uint8")
    figure = plot_structure(image, (2, 3), "moon", "The structure")
    model, block = figure.axes
    whole, *patches = [picture.get_array() for picture in model.images]
    np.testing.assert_array_equal(whole, image)
    assert len(patches) == 6
    np.testing.assert_array_equal(patches[3], image[4:, :4])  # the second row of patches begins
    words = [text.get_text() for text in (*model.texts, *block.texts)]
    assert {"class", "1", "6", "moon", "Norm", "MLP", "attention (MSA)", "(2)", "(3)", "+"} <= set(words)
    assert "7" not in words


def test_the_shares_of_a_model_fill_its_bar():
    counts = {"attention": 2, "MLP": 4, "embedding": 1, "head": 1, "norms": 0}
    axes, = plot_parameter_shares({"small": counts, "MLP only": {**dict.fromkeys(counts, 0), "MLP": 3_000_000}}).axes
    widths = {bars.get_label(): [bar.get_width() for bar in bars] for bars in axes.containers}
    assert widths == {"attention": [0.25, 0], "MLP": [0.5, 1], "embedding": [0.125, 0], "head": [0.125, 0],
                      "norms": [0, 0]}
    assert [label.get_text() for label in axes.get_yticklabels()] == ["small: 0.0 M", "MLP only: 3.0 M"]
