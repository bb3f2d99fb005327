"""The Vision Transformer, small enough to read: the module of the course.

`import vit_keras` needs Keras 3 and NumPy, whatever the backend. On Keras 2, the lecture's own stack, the first part
runs and the second says that it needs Keras 3; see `keras_2.py`.
"""

import keras

if keras.__version__ < "3":
    from vit_keras.keras_2 import needs_keras_3 as __getattr__  # noqa: F401

from vit_keras.attention import MultiHeadSelfAttention
from vit_keras.cats_vs_dogs import load_cats_vs_dogs
from vit_keras.cnn import create_cnn_classifier
from vit_keras.data import load_cifar10, load_cifar100
from vit_keras.dataset import Dataset, Split
from vit_keras.encoder import MLP, TransformerBlock, TransformerEncoder
from vit_keras.exercises import check
from vit_keras.hybrid import create_hybrid_vit
from vit_keras.patches import PatchEncoder, Patches
from vit_keras.profiles import pick, profile
from vit_keras.shapes import draw_shapes
from vit_keras.vit import VARIANTS, VisionTransformer
from vit_keras.weight_decay import keras_weight_decay, tfa_weight_decay

if keras.__version__ >= "3":
    from vit_keras.answer_maps import answer_map, rollout_map
    from vit_keras.augment import RandomCropFlip
    from vit_keras.erasing import RandomErasing
    from vit_keras.filters import patch_filters
    from vit_keras.inside import attention_maps, position_similarity
    from vit_keras.mimetic import initialise_mimetic
    from vit_keras.muon import Muon
    from vit_keras.positions import interpolate_position_embedding
    from vit_keras.pretrained import load_pretrained
    from vit_keras.recipe import Recipe
    from vit_keras.resized_crop import RandomResizedCrop
    from vit_keras.rollout import attention_rollout, mean_attention_distance
    from vit_keras.training import logits_of, train
    from vit_keras.trivial_augment import TrivialAugment
    from vit_keras.weights import load_huggingface, load_npz, load_timm

__version__ = "0.1.0"
__all__ = [
    "MLP",
    "VARIANTS",
    "Dataset",
    "MultiHeadSelfAttention",
    "Muon",
    "PatchEncoder",
    "Patches",
    "RandomCropFlip",
    "RandomErasing",
    "RandomResizedCrop",
    "Recipe",
    "Split",
    "TransformerBlock",
    "TransformerEncoder",
    "TrivialAugment",
    "VisionTransformer",
    "answer_map",
    "attention_maps",
    "attention_rollout",
    "check",
    "create_cnn_classifier",
    "create_hybrid_vit",
    "draw_shapes",
    "initialise_mimetic",
    "interpolate_position_embedding",
    "keras_weight_decay",
    "load_cats_vs_dogs",
    "load_cifar10",
    "load_cifar100",
    "load_huggingface",
    "load_npz",
    "load_pretrained",
    "load_timm",
    "logits_of",
    "mean_attention_distance",
    "patch_filters",
    "pick",
    "position_similarity",
    "profile",
    "rollout_map",
    "tfa_weight_decay",
    "train",
]
