"""How it is drawn. Functions take arrays and return a Matplotlib figure; words inside a figure are English."""

from vit_keras.figures.bias import plot_attention_reach, plot_dots, plot_fields, plot_following
from vit_keras.figures.curves import (
    plot_bands,
    plot_by_block,
    plot_choices,
    plot_confusion_matrix,
    plot_growth,
    plot_learning_curves,
    plot_nothing,
)
from vit_keras.figures.explore import Explorer, explore_attention, explore_patches
from vit_keras.figures.maps import (
    plot_attention_scores,
    plot_filters,
    plot_overlays,
    plot_position_similarity,
    plot_tokens,
    plot_where_patches_look,
)
from vit_keras.figures.pictures import (
    few_colors,
    plot_gallery,
    plot_numbers,
    plot_patches,
    plot_pictures,
    plot_pipeline,
    plot_projection,
    pulled_apart,
)
from vit_keras.figures.recipes import plot_budgets, plot_ingredients, plot_ladder, plot_matrices, plot_operations
from vit_keras.figures.structure import plot_encoder_block, plot_parameter_shares, plot_structure
from vit_keras.figures.style import COLORS
from vit_keras.figures.transfer import PUBLISHED, plot_few_examples, plot_one_place, plot_published
