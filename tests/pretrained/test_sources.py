"""Where pretrained weights come from: found, downloaded or made; what they are is always said. No network."""

import json
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


@pytest.fixture
def made(monkeypatch, tmp_path):
    """Something in the place of the stand-in, made in no time; how often it was asked for."""
    folder, asked = tmp_path / "made", []
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"label_names": ["a", "b"], "description": "A stand-in."}))
    monkeypatch.setattr(sources, "stand_in_folder", lambda: asked.append(1) or folder)
    return asked


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
    assert (found.path, found.name, found.is_real, found.class_names) == (path, "DeiT-Ti", True, None)
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


def test_else_a_stand_in_is_made_and_that_is_said(made, capsys):
    found = find_weights()
    assert (found.name, found.is_real, found.class_names) == ("stand-in", False, ("a", "b"))
    assert found.source == "A stand-in."
    said = capsys.readouterr().out
    assert said.startswith("!!! NOT DeiT-Ti") and "cannot be downloaded" in said


def test_the_smoke_profile_looks_nowhere(made, monkeypatch, tmp_path):
    put(tmp_path / "weights")
    monkeypatch.setattr(sources, "download_from_hub", None)
    monkeypatch.setenv("VIT_KERAS_PROFILE", "smoke")
    assert not find_weights().is_real
    assert find_weights("real").is_real  # asked for, it is taken


def test_a_stand_in_that_is_asked_for_is_no_surprise(made, capsys):
    assert not find_weights("drawn").is_real and made == [1]
    assert capsys.readouterr().out == ""


def test_real_weights_or_an_error_that_helps(made):
    with pytest.raises(FileNotFoundError, match=f"{FILE} cannot be had.*Looked in: .*weights.*Put it into one"):
        find_weights("real")
    with pytest.raises(ValueError, match="one of auto, real, drawn.* got 'hub'"):
        find_weights("hub")
    assert not made


# ---- The stand-in itself ----

def test_the_stand_in_is_a_checkpoint_like_any_other(monkeypatch, tmp_path):
    monkeypatch.setenv("VIT_KERAS_PROFILE", "smoke")
    monkeypatch.setattr(sources, "__file__", sources.__spec__.origin)  # what it is made by decides its name
    tiny = {"model": {"num_layers": 1, "hidden_dim": 12, "num_heads": 3, "mlp_dim": 16}, "images": 40, "epochs": 1,
            "jit_compile": False, "pictures": {"clutter": 0}}
    monkeypatch.setattr(sources, "settings", lambda: tiny)
    written = []
    monkeypatch.setattr(sources, "cached_folder", lambda name, write: written.append(name) or made_in(tmp_path, write))
    found = find_weights("drawn")
    model = found.load()
    assert model.image_shape == (64, 64, 3) and (model.num_heads, model.num_classes, model.mean) == (3, 10, [0.5] * 3)
    assert "smoke" in written[0] and len(found.class_names) == 10
    assert "NOT DeiT-Ti" in found.source and "40 drawn shapes" in found.source
    assert found.load(image_shape=(32, 32, 3)).grid_shape == (4, 4)


def made_in(folder, write):
    write(folder)
    return folder


def test_its_pictures_are_not_those_it_is_judged_by():
    dataset = sources.drawn_dataset(40)
    known = {image.tobytes() for image in dataset.train.images}
    assert len(dataset.test.labels) == 4 and not any(image.tobytes() in known for image in dataset.test.images)
    assert np.array_equal(dataset.train.images, sources.drawn_dataset(40).train.images)


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
