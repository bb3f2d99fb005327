"""Where pictures come from: CIFAR, photographs, drawn shapes and faces."""

from vit_keras.data.cats_vs_dogs import load_cats_vs_dogs
from vit_keras.data.cifar import load_cifar10, load_cifar100, read_archive, read_batch
from vit_keras.data.copies import THRESHOLD, group_duplicates
from vit_keras.data.dataset import Dataset, Split
from vit_keras.data.disturbances import MARKS, SHUFFLES, add_marks, cover, shuffle_pixels, shuffled_order
from vit_keras.data.download import checksum
from vit_keras.data.faces import draw_faces
from vit_keras.data.folders import Unusable, open_photographs
from vit_keras.data.photographs import decode, strict_and_silent
from vit_keras.data.reading import load_photographs
from vit_keras.data.shapes import COLORS, draw_shapes
