"""A data set and a model for runs of seconds: images of 8x12 pixels, whose brightest color is their class."""

import keras
import numpy as np

from vit_keras import Dataset, Recipe, Split, VisionTransformer

# 50 images in batches of 16: 3 steps an epoch, and two images are left over.
RECIPE = Recipe(epochs=3, batch_size=16, learning_rate=0.01, crop_padding=1)


def split(number, seed):
    numbers = np.random.default_rng(seed)
    labels = np.arange(number, dtype="int32") % 3
    images = numbers.integers(0, 100, (number, 8, 12, 3))
    images[np.arange(number), :, :, labels] += 100
    return Split(images.astype("uint8"), labels)


def small_dataset():
    return Dataset(split(50, 1), split(14, 2), split(11, 3), ("red", "green", "blue"), "Drawn for this test.")


def new_model(**changes):
    keras.utils.set_random_seed(4)
    return VisionTransformer((8, 12, 3), (4, 3), 1, 4, 2, 5, 3, **{"dropout_rate": 0.1, **changes}, name="vit")
