"""The Vision Transformer, small enough to read: the module of the course.

The core stands here, one file an idea: `patches`, `attention`, `encoder`, `vit`, and beside them `cnn` and `hybrid`.
What is needed around it lies in packages, each of which hands on its own names: `from vit_keras.inside import
attention_rollout`. `README.md` in this folder is the map.

`import vit_keras` needs Keras 3 and NumPy, whatever the backend. On Keras 2, the lecture's own stack, the first part
runs and the second says that it needs Keras 3; see `keras_2.py`.
"""

from vit_keras import start

start.choose_backend()  # unless Keras is imported already
start.quieten()

import keras

if keras.__version__ < "3":
    from vit_keras.keras_2 import needs_keras_3 as __getattr__  # noqa: F401

from vit_keras.attention import MultiHeadSelfAttention
from vit_keras.cnn import create_cnn_classifier
from vit_keras.data import Dataset, Split, draw_shapes, load_cats_vs_dogs, load_cifar10, load_cifar100, load_photographs
from vit_keras.encoder import MLP, TransformerBlock, TransformerEncoder
from vit_keras.hybrid import create_hybrid_vit
from vit_keras.lessons import check
from vit_keras.patches import PatchEncoder, Patches
from vit_keras.profiles import pick, profile
from vit_keras.vit import VARIANTS, VisionTransformer

if keras.__version__ >= "3":
    from vit_keras.augment import RandomCropFlip
    from vit_keras.inside import attention_maps
    from vit_keras.pretrained import load_pretrained
    from vit_keras.training import Recipe, logits_of, train

__version__ = "0.2.0"
__all__ = [
    "MLP",
    "VARIANTS",
    "Dataset",
    "MultiHeadSelfAttention",
    "PatchEncoder",
    "Patches",
    "RandomCropFlip",
    "Recipe",
    "Split",
    "TransformerBlock",
    "TransformerEncoder",
    "VisionTransformer",
    "attention_maps",
    "check",
    "create_cnn_classifier",
    "create_hybrid_vit",
    "draw_shapes",
    "load_cats_vs_dogs",
    "load_cifar10",
    "load_cifar100",
    "load_photographs",
    "load_pretrained",
    "logits_of",
    "pick",
    "profile",
    "train",
]
