"""Positions for another grid, compared with PyTorch's and SciPy's numbers; pictures resized, as Pillow resizes them."""

import keras
import numpy as np
import pytest
import references
from contract import check_contract, different_weights, to_numpy

from vit_keras import VisionTransformer
from vit_keras.pretrained import interpolate_position_embedding, with_resizing
from vit_keras.pretrained.positions import Resize

STORED = np.load(references.FOLDER / "outputs.npz")
STRETCHED = [key for key in STORED.files if key.startswith("positions/") and key.count("/") == 3]


def grid(text):
    return tuple(map(int, text.split("x")))


@pytest.mark.parametrize("key", STRETCHED)
def test_a_grid_is_stretched_as_by_those_who_made_the_checkpoints(key):
    _, old, method, new = key.split("/")
    table = STORED[f"positions/{old}"]
    found = interpolate_position_embedding(table.reshape(-1, 2), grid(new), grid(old), 0, method)
    np.testing.assert_allclose(found, STORED[key].reshape(-1, 2), atol=1e-5)


@pytest.mark.parametrize("method", ["bicubic", "bicubic_antialias", "bilinear"])
@pytest.mark.parametrize("old, new", [((14, 14), (24, 24)), ((14, 14), (9, 17)), ((4, 7), (1, 1)), ((1, 5), (3, 11))])
def test_live_any_grid_is_stretched_as_by_them(method, old, new):
    pytest.importorskip("scipy" if method == "bilinear" else "torch")
    table = np.random.default_rng(1).normal(size=(*old, 3)).astype("float32")
    found = interpolate_position_embedding(table.reshape(1, -1, 3), new, old, 0, method)
    np.testing.assert_allclose(found[0], references.resized(method, table, new).reshape(-1, 3), atol=1e-5)


def test_between_two_places_lies_their_mean_when_corners_stay():
    positions = np.array([[7.0], [0], [10], [20], [30]])  # a class token, then 2 x 2
    found = interpolate_position_embedding(positions, (3, 3), method="bilinear")
    np.testing.assert_allclose(found[:, 0], [7, 0, 5, 10, 10, 15, 20, 20, 25, 30])


@pytest.mark.parametrize("method", ["bicubic", "bicubic_antialias", "bilinear"])
def test_its_own_grid_and_the_class_token_stay_to_the_bit(method):
    positions = np.random.default_rng(0).normal(size=(1, 2 + 15, 3)).astype("float32")
    same = interpolate_position_embedding(positions, (3, 5), (3, 5), 2, method)
    np.testing.assert_array_equal(same, positions)
    other = interpolate_position_embedding(positions, (4, 6), (3, 5), 2, method)
    assert other.shape == (1, 26, 3) and other.dtype == "float32"
    np.testing.assert_array_equal(other[:, :2], positions[:, :2])


@pytest.mark.parametrize("method", ["bicubic", "bicubic_antialias", "bilinear"])
def test_places_that_are_all_alike_stay_alike_and_directions_are_not_mixed_up(method):
    rows, columns = np.indices((4, 6))
    found = interpolate_position_embedding(np.stack([rows, columns, 0 * rows + 3], axis=-1).reshape(24, 3), (8, 3),
                                           (4, 6), 0, method).reshape(8, 3, 3)
    np.testing.assert_allclose(found[..., 2], 3, atol=1e-5)
    assert np.ptp(found[..., 0], axis=1).max() < 1e-5 and (np.diff(found[..., 0], axis=0) > 0).all()
    assert np.ptp(found[..., 1], axis=0).max() < 1e-5 and (np.diff(found[..., 1], axis=1) > 0).all()


@pytest.mark.parametrize("arguments, message", [
    ((np.zeros((2, 17, 3)), (4, 4)), r"of shape \(T, D\) or \(1, T, D\): got shape \(2, 17, 3\)"),
    ((np.zeros(17), (4, 4)), r"got shape \(17,\)"),
    ((np.zeros((13, 3)), (4, 4)), "no square grid: got 13 positions, of which 1 belong to no patch"),
    ((np.zeros((13, 3)), (4, 4), (3, 5)), r"as many places .*got from_grid_shape=\(3, 5\) for 13 positions"),
    ((np.zeros((17, 3)), (4, 0)), r"`grid_shape` must be a pair of positive ints: got \(4, 0\)"),
    ((np.zeros((17, 3)), 4), "`grid_shape` must be a pair of positive ints: got 4"),
    ((np.zeros((17, 3)), (4, 4), None, -1), "`num_class_tokens` must be an int of at least 0: got -1"),
    ((np.zeros((17, 3)), (4, 4), None, 1, "nearest"), "`method` must be one of bicubic, .*got 'nearest'"),
])
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        interpolate_position_embedding(*arguments)


# ---- Pictures resized inside a model, without weights of its own ----

def small():
    return VisionTransformer((8, 8, 3), 4, 1, 6, 2, 12, num_classes=2)


def test_resizing_keeps_the_contract(tmp_path):
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
    vit = different_weights(small())
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
    vit = small()
    with pytest.raises(ValueError, match="the model's 3 channels"):
        with_resizing(vit, (8, 8, 1))


def test_it_is_compiled_with_the_model():
    vit = small()
    model = with_resizing(vit, (4, 4, 3))
    model.compile(jit_compile=keras.backend.backend() != "torch")
    assert model.predict_on_batch(np.zeros((2, 4, 4, 3), "uint8")).shape == (2, 2)
