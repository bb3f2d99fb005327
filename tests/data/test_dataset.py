"""A data set, and a smaller part of it."""

import numpy as np
from pictures import pixels, sizes

from vit_keras import Dataset, Split


def fake_dataset():
    labels = np.random.default_rng(1).permutation(np.arange(900) % 10).astype("int32")
    images = np.arange(900, dtype="uint16").view("uint8").reshape(900, 1, 2, 1)   # every image says its number
    def split(start, stop):
        return Split(images[start:stop], labels[start:stop])
    return Dataset(split(0, 600), split(600, 700), split(700, 900), tuple("abcdefghij"), "Numbers.")


def test_limit_keeps_the_classes_equal_and_small_limits_inside_large_ones():
    dataset = fake_dataset()
    small, large = dataset.limit(35), dataset.limit(90)
    assert sizes(small) == [35, 10, 12]
    assert np.ptp(np.bincount(small.train.labels)) == 1 and (np.bincount(small.validation.labels) == 1).all()
    assert set(pixels(small.train)) < set(pixels(large.train)) < set(pixels(dataset.train))
    assert small.source == "Numbers. Limited to 35 of 600 training images (10 validation, 12 test)."
    assert dataset.limit(600) is dataset and dataset.limit(10_000) is dataset
