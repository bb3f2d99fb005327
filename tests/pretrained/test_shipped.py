"""The course's own models, by their names: without a network, and otherwise like any other checkpoint."""

import json
import re

import keras
import numpy as np
import pytest
from contract import different_weights, to_numpy

from vit_keras import VisionTransformer, load_cifar10, load_pretrained
from vit_keras.pretrained import files, find_weights, save_pretrained

pytest.importorskip("safetensors")
IMAGES = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3)).astype("uint8")


@pytest.fixture
def small(monkeypatch, tmp_path):
    """A model that is shipped as "small", on a machine without a network."""
    model = different_weights(VisionTransformer((8, 8, 3), 4, 2, 6, 2, 10, num_classes=3))
    save_pretrained(model, tmp_path / "small", ["a", "b", "c"], description="A small one.")
    monkeypatch.setattr(files, "SHIPPED", tmp_path)
    monkeypatch.setenv("VIT_KERAS_OFFLINE", "1")
    return model


def test_a_name_is_the_whole_model(small):
    model = load_pretrained("small", verbose=False)
    np.testing.assert_array_equal(to_numpy(model(IMAGES)), to_numpy(small(IMAGES)))
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"],
                  jit_compile=False)
    labels = to_numpy(small(IMAGES)).argmax(axis=1)
    assert model.evaluate(IMAGES, labels, verbose=0)[1] == 1


def test_it_takes_the_arguments_of_any_checkpoint(small, capsys):
    assert not to_numpy(load_pretrained("small", num_classes=5)(IMAGES)).any()
    y = to_numpy(load_pretrained("small", num_classes=None)(IMAGES))
    np.testing.assert_allclose(to_numpy(small.head(y)), to_numpy(small(IMAGES)), atol=1e-5)
    assert load_pretrained("small", image_shape=16).grid_shape == (4, 4)
    assert "positions interpolated (bicubic_antialias) from 2x2 to 4x4 patches" in capsys.readouterr().out


def test_its_classes_and_a_sentence_come_along(small):
    found = find_weights("small")
    assert (found.name, found.source, found.class_names) == ("small", "A small one.", ("a", "b", "c"))
    assert found.load(num_classes=2).num_classes == 2


@pytest.mark.parametrize("name", ["smal", "vit_tiny_patch16_224"])
def test_a_name_that_is_not_known_is_answered_by_those_that_are(small, name):
    with pytest.raises(ValueError, match=rf"a model of the course \(small\), .* got '{name}'"):
        load_pretrained(name)


# ---- What lies in the module ----

@pytest.mark.parametrize("name", ["cifar10-vit"])
def test_a_shipped_model_is_as_good_as_its_card_says(name, monkeypatch):
    if name not in files.shipped():
        pytest.skip(f"{name} is not shipped yet: benchmarks/ship.py")
    folder = files.shipped()[name]
    assert (folder / "model.safetensors").stat().st_size < 3e6
    card = (folder / "README.md").read_text(encoding="utf-8")
    accuracy = float(re.search(r"\*\*test ([\d.]+)%\*\*", card)[1]) / 100
    assert f"{accuracy:.1%}" in json.loads((folder / "config.json").read_text(encoding="utf-8"))["description"]
    model = load_pretrained(name, verbose=False)
    assert model.image_shape == (32, 32, 3) and model.num_classes == len(find_weights(name).class_names) == 10
    monkeypatch.setenv("VIT_KERAS_OFFLINE", "1")
    try:
        test = load_cifar10("real").test
    except (OSError, ValueError):
        pytest.skip("CIFAR-10 is not on this machine: VIT_KERAS_DATA names its folder")
    right = to_numpy(model(test.images[:1000])).argmax(axis=1) == test.labels[:1000]
    assert right.mean() == pytest.approx(accuracy, abs=0.04)  # four standard deviations of so few
