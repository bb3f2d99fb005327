"""Representations of many pictures: y of equation (4), whatever the pictures come as."""

import numpy as np
import pytest
from contract import different_weights, to_numpy

from vit_keras import VisionTransformer
from vit_keras.pretrained import extract_features
from vit_keras.pretrained.features import in_batches, representation_model
from vit_keras.pretrained.positions import Resize

PICTURES = np.random.default_rng(0).integers(0, 256, (7, 8, 12, 3)).astype("uint8")


def vit(**changes):
    size = {"image_shape": (8, 12, 3), "patch_size": 4, "num_layers": 2, "hidden_dim": 6, "num_heads": 2, "mlp_dim": 10}
    return different_weights(VisionTransformer(**{**size, "num_classes": 3, **changes}))


@pytest.mark.parametrize("changes", [{}, {"pooling": "average"}, {"representation_dim": 4}])
def test_y_is_what_the_head_is_given(changes):
    model = vit(**changes)
    y = extract_features(model, PICTURES, batch_size=3, jit_compile=False)
    assert y.shape == (7, 6) and y.dtype == "float32"
    np.testing.assert_allclose(to_numpy(model.head(y)), to_numpy(model(PICTURES)), atol=1e-4)


def test_a_model_without_head_gives_its_output():
    model = vit(num_classes=None)
    y = extract_features(model, PICTURES, jit_compile=False)
    np.testing.assert_allclose(y, to_numpy(model(PICTURES)), atol=1e-4)


def test_a_batch_more_or_less_changes_nothing(tmp_path):
    model = vit()
    whole = extract_features(model, PICTURES, batch_size=7, jit_compile=False)
    np.save(tmp_path / "pictures.npy", PICTURES)
    mapped = np.load(tmp_path / "pictures.npy", mmap_mode="r")
    for images, batch_size in ((mapped, 2), ((picture for picture in PICTURES), 3), (list(PICTURES), 100)):
        found = extract_features(model, images, batch_size=batch_size, jit_compile=False)
        np.testing.assert_allclose(found, whole, atol=1e-5)


def test_pictures_of_another_size_are_resized():
    model = vit()
    small = PICTURES[:, ::2, ::2]
    found = extract_features(model, small, batch_size=4, jit_compile=False)
    expected = extract_features(model, to_numpy(Resize(8, 12)(small)), jit_compile=False)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_picture_is_read_when_its_batch_is_due():
    done = []

    def pictures():
        for picture in PICTURES:
            read.append(len(done))
            yield picture

    read = []
    for batch in in_batches(pictures(), 2):
        done += list(batch)
    assert read == [0, 0, 2, 2, 4, 4, 6]  # how many were done with when each was read


def test_an_error_of_the_pictures_arrives():
    def pictures():
        yield PICTURES[0]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        extract_features(vit(), pictures(), jit_compile=False)


@pytest.mark.parametrize("images, message", [
    ([], "at least one picture"), (PICTURES[0], "shape"), ([PICTURES[0], PICTURES[0][:4]], "of one size")])
def test_bad_pictures_are_refused(images, message):
    with pytest.raises(ValueError, match=message):
        extract_features(vit(), images, jit_compile=False)


def test_another_kind_of_model_is_refused():
    with pytest.raises(ValueError, match="must be a `VisionTransformer`: got object"):
        representation_model(object())
