"""A data set, and a smaller part of it."""

import numpy as np
import pytest
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


# ---- What a classifier can learn from ----

def three(images, labels, names=("a", "b", "c")):
    split = Split(images, labels)
    return Dataset(split, split, split, names, "Made for this test.")


PIXELS, LABELS = np.full((4, 8, 12, 3), 200, "uint8"), np.array([0, 1, 2, 0], "int32")


@pytest.mark.parametrize("images, labels, message", [
    (PIXELS, LABELS - 1, "labels must go from 0 to 2, for 3 classes: got -1 to 1"),
    (PIXELS, LABELS + 1, "labels must go from 0 to 2, for 3 classes: got 1 to 3"),
    (PIXELS, LABELS[:, None], r"labels must be ints of shape \(N,\): got shape \(4, 1\), int32. Take labels\[:, 0\]"),
    (PIXELS, np.eye(3)[LABELS], r"got shape \(4, 3\), float64. Take labels.argmax\(axis=1\), if they are one-hot"),
    (PIXELS, LABELS.astype("float32"), r'float32. Take labels.astype\("int32"\), if they are whole numbers'),
    (PIXELS, np.array(list("abca")), "labels must be ints"),
    (PIXELS, LABELS > 0, "labels must be ints of shape .* bool"),
    (PIXELS, LABELS[:3], "as many labels as images, and one at least: got 4 images and 3 labels"),
    (PIXELS[:0], LABELS[:0], "got 0 images and 0 labels"),
    (PIXELS[..., 0], LABELS, r"shape \(N, H, W, C\): got shape \(4, 8, 12\), uint8. Grey pictures need a last axis"),
    (PIXELS.astype(str), LABELS, "images must be an array of numbers"),
    (PIXELS, LABELS.tolist(), "labels must be a NumPy array: got list. numpy.asarray makes one"),
    (PIXELS.tolist(), LABELS, "images must be a NumPy array: got list. numpy.asarray makes one"),
    (np.where(PIXELS > 0, np.nan, 0.0), LABELS, "must hold finite numbers: got nan"),
])
def test_what_no_classifier_can_learn_from_is_refused_with_the_cure(images, labels, message):
    with pytest.raises(ValueError, match=message):
        three(images, labels).check()


def test_the_split_that_is_wrong_is_named():
    good = Split(PIXELS, LABELS)
    with pytest.raises(ValueError, match="The test labels must go from 0 to 2"):
        Dataset(good, good, Split(PIXELS, LABELS + 5), ("a", "b", "c"), "").check()
    with pytest.raises(ValueError, match=r"one shape: got \(8, 12, 3\) in train and \(8, 8, 3\) in validation"):
        Dataset(good, Split(PIXELS[:, :, :8], LABELS), good, ("a", "b", "c"), "").check()


@pytest.mark.parametrize("images, warned", [(PIXELS, False), (PIXELS / 255, True), (PIXELS // 200, True),
                                            (PIXELS.astype("float32"), False), (2 * (PIXELS / 255) - 1, True)])
def test_pixels_that_are_scaled_already_get_a_line(images, warned, capsys):
    three(images, LABELS).check()
    said = capsys.readouterr().out
    assert said.startswith("!!! The largest pixel of the training images is ") == warned
    assert ("Multiply the images by 255" in said) == warned
