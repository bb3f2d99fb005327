"""Pictures resized inside a model: as Pillow resizes them, and without weights of its own."""

import keras
import numpy as np
import pytest
from contract import check_contract, different_weights, to_numpy

from vit_keras import VisionTransformer
from vit_keras.pretrained import with_resizing
from vit_keras.pretrained.positions import Resize


def test_contract(tmp_path):
    check_contract(lambda **kwargs: Resize(6, 5, **kwargs), np.full((2, 4, 8, 3), 7.0, "float32"), tmp_path, 0)


@pytest.mark.parametrize("height, width", [(20, 30), (5, 4)])
def test_it_resizes_as_pillow_does(height, width):
    Image = pytest.importorskip("PIL.Image")
    picture = np.random.default_rng(0).integers(70, 186, (10, 12, 3)).astype("uint8")  # away from where Pillow cuts off
    ours = to_numpy(Resize(height, width)(picture[None]))[0]
    theirs = np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BICUBIC), "float32")
    assert ours.shape == theirs.shape and np.abs(ours - theirs).max() < 1.2  # Pillow rounds, twice


def test_rows_and_columns_are_not_exchanged():
    picture = np.zeros((1, 2, 4, 1), "float32")
    picture[0, 1] = 200  # a bright lower half
    found = to_numpy(Resize(4, 2, "bilinear")(picture))[0, :, :, 0]
    np.testing.assert_allclose(found, np.repeat([[0], [200 / 3], [400 / 3], [200]], 2, axis=1), atol=1e-3)


def test_values_stay_in_range():
    edge = np.zeros((1, 4, 4, 1), "uint8")
    edge[:, :, 2:] = 255
    found = to_numpy(Resize(16, 16)(edge))
    assert found.min() == 0 and found.max() == 255


def test_a_model_for_other_pictures_shares_its_weights():
    vit = different_weights(VisionTransformer((8, 8, 3), 4, 1, 6, 2, 12, num_classes=2))
    model = with_resizing(vit, (5, 6, 3))
    pictures = np.random.default_rng(0).integers(0, 256, (2, 5, 6, 3)).astype("uint8")
    np.testing.assert_allclose(to_numpy(model(pictures)), to_numpy(vit(Resize(8, 8)(pictures))), atol=1e-5)
    assert model.count_params() == vit.count_params()
    assert {id(weight) for weight in model.weights} == {id(weight) for weight in vit.weights}
    assert with_resizing(vit, (8, 8, 3)) is vit


def test_what_is_impossible_is_refused():
    with pytest.raises(ValueError, match="one of bicubic"):
        Resize(4, 4, "nearest")
    with pytest.raises(ValueError, match="must be positive"):
        Resize(0, 4)
    vit = VisionTransformer((8, 8, 3), 4, 1, 6, 2, 12, num_classes=2)
    with pytest.raises(ValueError, match="the model's 3 channels"):
        with_resizing(vit, (8, 8, 1))


def test_it_is_compiled_with_the_model():
    vit = VisionTransformer((8, 8, 3), 4, 1, 6, 2, 12, num_classes=2)
    model = with_resizing(vit, (4, 4, 3))
    model.compile(jit_compile=keras.backend.backend() != "torch")
    assert model.predict_on_batch(np.zeros((2, 4, 4, 3), "uint8")).shape == (2, 2)
