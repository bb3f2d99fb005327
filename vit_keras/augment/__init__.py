"""How pictures are changed, image by image, inside the compiled step."""

from vit_keras.augment.crops import RandomCropFlip, RandomErasing, RandomResizedCrop
from vit_keras.augment.mixing import mix_images, mix_labels
from vit_keras.augment.operations import GEOMETRIC, OPERATIONS
from vit_keras.augment.trivial_augment import TrivialAugment
