"""Where pretrained weights come from: found, downloaded or shipped; what they are is always said. No network."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import references
from contract import to_numpy

from vit_keras.pretrained import cats_and_dogs, find_weights, sources
from vit_keras.pretrained.sources import FILE

pytest.importorskip("safetensors")
GIVEN = os.environ.get("VIT_KERAS_WEIGHTS")  # of this machine


@pytest.fixture(autouse=True)
def nowhere(monkeypatch, tmp_path):
    """A machine without weights, a hub that cannot be reached, and a cache of its own."""
    monkeypatch.delenv("VIT_KERAS_WEIGHTS", raising=False)
    monkeypatch.setenv("VIT_KERAS_PROFILE", "laptop")
    monkeypatch.setattr(sources, "__file__", str(tmp_path / "repository/vit_keras/pretrained/sources.py"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sources, "download_from_hub", unreachable)


def unreachable(name):
    raise ConnectionError(f"{name} cannot be downloaded.")


def put(folder, name=FILE):
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(references.FOLDER / "deit_small.safetensors", folder / name)
    return folder / name


@pytest.mark.parametrize("place", ["given", "weights", "data/weights", "repository/weights", "repository/data/weights"])
def test_a_file_is_found(place, monkeypatch, tmp_path):
    path = put(tmp_path / place)
    if place == "given":
        monkeypatch.setenv("VIT_KERAS_WEIGHTS", str(tmp_path / place))
    found = find_weights()
    assert (found.path, found.name, found.class_names) == (path, "DeiT-Ti", None)
    assert "ImageNet" in found.source


def test_a_file_of_your_own_is_called_so(monkeypatch, tmp_path):
    monkeypatch.setenv("VIT_KERAS_WEIGHTS", str(put(tmp_path, "mine.safetensors")))
    found = find_weights()
    assert (found.name, found.source) == ("mine", "Weights of your own: mine.safetensors.")
    model = found.load(num_classes=2, num_heads=4, checkpoint_grid=(3, 4))
    assert model.num_classes == 2 and not to_numpy(model.head.kernel).any()


def test_a_copy_that_was_rounded_is_called_what_it_is(monkeypatch, tmp_path):
    put(tmp_path / "weights")
    monkeypatch.setattr(sources, "checksum", lambda path, name: sources.ROUNDED["sha256"])
    found = find_weights()
    assert found.name == "DeiT-Ti (LayerNorm rounded)" and "rounded on the way" in found.source


def test_what_the_hub_has_is_taken(monkeypatch, tmp_path):
    monkeypatch.setattr(sources, "download_from_hub", lambda name: tmp_path)
    monkeypatch.setattr(sources, "imagenet_class_names", lambda folder=None, download=False: ("tench",))
    found = find_weights("real")
    assert (found.path, found.name, found.class_names) == (tmp_path, "DeiT-Ti", ("tench",))


def test_else_the_course_s_own_model_stands_in_and_that_is_said(capsys):
    found = find_weights()
    assert found == find_weights("cifar10-vit")
    assert found.class_names[3:6:2] == ("cat", "dog") and "CIFAR-10" in found.source
    said = capsys.readouterr().out
    assert said.startswith("!!! NOT DeiT-Ti") and "cannot be downloaded" in said and said.count("\n") == 1


def test_the_smoke_profile_looks_nowhere(monkeypatch, tmp_path):
    put(tmp_path / "weights")
    monkeypatch.setattr(sources, "download_from_hub", None)
    monkeypatch.setenv("VIT_KERAS_PROFILE", "smoke")
    assert find_weights().name == "cifar10-vit"
    assert find_weights("real").name == "DeiT-Ti"  # asked for, it is taken


def test_real_weights_or_an_error_that_helps():
    with pytest.raises(FileNotFoundError, match=f"{FILE} cannot be had.*Looked in: .*weights.*or pass .*cifar10-vit"):
        find_weights("real")
    with pytest.raises(ValueError, match="one of auto, real, cifar10-vit.* got 'drawn'"):
        find_weights("drawn")


# ---- ImageNet's classes: names in the order of the labels, cats and dogs added up ----

def test_names_come_in_the_order_of_the_labels(tmp_path):
    lines = [f"n{number:08d} thing {number}, a thing" for number in range(1000)]
    (tmp_path / sources.NAMES_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    names = sources.imagenet_class_names(tmp_path)
    assert len(names) == 1000 and names[7] == "thing 7, a thing"
    (tmp_path / sources.NAMES_FILE).write_text("\n".join(lines[:999]), encoding="utf-8")
    with pytest.raises(ValueError, match="1,000 lines, one for each class: got 999"):
        sources.imagenet_class_names(tmp_path)


def test_without_a_file_there_are_no_names(tmp_path):
    assert sources.imagenet_class_names(tmp_path) is None and sources.imagenet_class_names() is None


def test_keras_s_list_is_the_second_choice(monkeypatch):
    def decode_predictions(predictions, top):
        return [[("n0", f"big_cat_{np.argmax(row)}", 1.0)] for row in predictions]

    monkeypatch.setattr("keras.applications.imagenet_utils.decode_predictions", decode_predictions)
    assert sources.imagenet_class_names(download=True)[281] == "big cat 281"

    def unreachable(predictions, top):
        raise OSError("no network")

    monkeypatch.setattr("keras.applications.imagenet_utils.decode_predictions", unreachable)
    assert sources.imagenet_class_names(download=True) is None


def test_probabilities_of_cats_and_dogs_are_added_up():
    logits = np.full((2, 1000), -100.0)
    logits[0, [281, 285, 286]] = 0  # two cats and a cougar, a third each
    logits[1, [151, 268, 269, 0]] = 0  # the first and the last dog, a wolf, a fish
    np.testing.assert_allclose(cats_and_dogs(logits), [[2 / 3, 0], [0, 1 / 2]], atol=1e-12)
    np.testing.assert_allclose(cats_and_dogs(logits + 900), cats_and_dogs(logits))
    with pytest.raises(ValueError, match=r"shape \(B, 1000\).*got shape \(2, 10\)"):
        cats_and_dogs(logits[:, :10])


def test_the_classes_are_cats_and_dogs():
    if not GIVEN or not (Path(GIVEN) / sources.NAMES_FILE).is_file():
        pytest.skip(f"VIT_KERAS_WEIGHTS names no folder with {sources.NAMES_FILE}")
    names = sources.imagenet_class_names(GIVEN)
    assert names[sources.DOGS[0]] == "Chihuahua" and names[sources.DOGS[-1]] == "Mexican hairless"
    assert names[sources.CATS[0]].startswith("tabby") and names[sources.CATS[-1]] == "Egyptian cat"
    assert "wolf" in names[sources.DOGS[-1] + 1]
