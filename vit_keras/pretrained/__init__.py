"""How weights of others get in: found, read, fitted, used; and the course's own trained models."""

from vit_keras.pretrained.description import Description
from vit_keras.pretrained.features import (
    choose_probe,
    extract_features,
    few,
    few_example_curve,
    fine_tuning_recipe,
    fit_probe,
    freeze,
    softmax,
)
from vit_keras.pretrained.files import read_arrays
from vit_keras.pretrained.layouts import GOOGLE, HUGGINGFACE, TIMM, save_pretrained, to_checkpoint
from vit_keras.pretrained.loading import load_huggingface, load_npz, load_pretrained, load_timm
from vit_keras.pretrained.positions import interpolate_position_embedding, interpolation_matrix, with_resizing
from vit_keras.pretrained.sources import cats_and_dogs, find_weights
