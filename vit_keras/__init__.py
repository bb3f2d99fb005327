"""The Vision Transformer, small enough to read: the module of the course.

`import vit_keras` needs Keras 3 and NumPy, whatever the backend. On Keras 2, the lecture's own stack, the first part
runs and the second says that it needs Keras 3; see `keras_2.py`.
"""

import keras

if keras.__version__ < "3":
    from vit_keras.keras_2 import needs_keras_3 as __getattr__  # noqa: F401

from vit_keras.attention import MultiHeadSelfAttention
from vit_keras.cnn import create_cnn_classifier
from vit_keras.data.cats_vs_dogs import load_cats_vs_dogs
from vit_keras.data.cifar import load_cifar10, load_cifar100
from vit_keras.data.dataset import Dataset, Split
from vit_keras.data.shapes import draw_shapes
from vit_keras.encoder import MLP, TransformerBlock, TransformerEncoder
from vit_keras.hybrid import create_hybrid_vit
from vit_keras.lessons.exercises import check
from vit_keras.lessons.weight_decay import keras_weight_decay, tfa_weight_decay
from vit_keras.patches import PatchEncoder, Patches
from vit_keras.profiles import pick, profile
from vit_keras.vit import VARIANTS, VisionTransformer

if keras.__version__ >= "3":
    from vit_keras.augment.crops import RandomCropFlip
    from vit_keras.augment.erasing import RandomErasing
    from vit_keras.augment.resized_crop import RandomResizedCrop
    from vit_keras.augment.trivial_augment import TrivialAugment
    from vit_keras.inside.answer_maps import answer_map, rollout_map
    from vit_keras.inside.filters import patch_filters
    from vit_keras.inside.maps import attention_maps, position_similarity
    from vit_keras.inside.rollout import attention_rollout, mean_attention_distance
    from vit_keras.pretrained.loading import load_pretrained
    from vit_keras.pretrained.positions import interpolate_position_embedding
    from vit_keras.pretrained.weights import load_huggingface, load_npz, load_timm
    from vit_keras.training.fit import logits_of, train
    from vit_keras.training.mimetic import initialise_mimetic
    from vit_keras.training.optimizers import Muon
    from vit_keras.training.recipe import Recipe

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
