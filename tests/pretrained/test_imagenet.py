"""ImageNet's classes: names in the order of the labels, cats and dogs added up."""

import os
from pathlib import Path

import numpy as np
import pytest

from vit_keras.pretrained import sources as imagenet


def test_names_come_in_the_order_of_the_labels(tmp_path):
    lines = [f"n{number:08d} thing {number}, a thing" for number in range(1000)]
    (tmp_path / imagenet.NAMES_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    names = imagenet.imagenet_class_names(tmp_path)
    assert len(names) == 1000 and names[7] == "thing 7, a thing"
    (tmp_path / imagenet.NAMES_FILE).write_text("\n".join(lines[:999]), encoding="utf-8")
    with pytest.raises(ValueError, match="1,000 lines, one for each class: got 999"):
        imagenet.imagenet_class_names(tmp_path)


def test_without_a_file_there_are_no_names(tmp_path):
    assert imagenet.imagenet_class_names(tmp_path) is None and imagenet.imagenet_class_names() is None


def test_keras_s_list_is_the_second_choice(monkeypatch):
    def decode_predictions(predictions, top):
        return [[("n0", f"big_cat_{np.argmax(row)}", 1.0)] for row in predictions]

    monkeypatch.setattr("keras.applications.imagenet_utils.decode_predictions", decode_predictions)
    assert imagenet.imagenet_class_names(download=True)[281] == "big cat 281"

    def unreachable(predictions, top):
        raise OSError("no network")

    monkeypatch.setattr("keras.applications.imagenet_utils.decode_predictions", unreachable)
    assert imagenet.imagenet_class_names(download=True) is None


def test_probabilities_of_cats_and_dogs_are_added_up():
    logits = np.full((2, 1000), -100.0)
    logits[0, [281, 285, 286]] = 0  # two cats and a cougar, a third each
    logits[1, [151, 268, 269, 0]] = 0  # the first and the last dog, a wolf, a fish
    np.testing.assert_allclose(imagenet.cats_and_dogs(logits), [[2 / 3, 0], [0, 1 / 2]], atol=1e-12)
    np.testing.assert_allclose(imagenet.cats_and_dogs(logits + 900), imagenet.cats_and_dogs(logits))
    with pytest.raises(ValueError, match=r"shape \(B, 1000\).*got shape \(2, 10\)"):
        imagenet.cats_and_dogs(logits[:, :10])


def test_the_classes_are_cats_and_dogs():
    folder = os.environ.get("VIT_KERAS_WEIGHTS")
    if not folder or not (Path(folder) / imagenet.NAMES_FILE).is_file():
        pytest.skip(f"VIT_KERAS_WEIGHTS names no folder with {imagenet.NAMES_FILE}")
    names = imagenet.imagenet_class_names(folder)
    assert names[imagenet.DOGS[0]] == "Chihuahua" and names[imagenet.DOGS[-1]] == "Mexican hairless"
    assert names[imagenet.CATS[0]].startswith("tabby") and names[imagenet.CATS[-1]] == "Egyptian cat"
    assert "wolf" in names[imagenet.DOGS[-1] + 1]
