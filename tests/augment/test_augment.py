"""Pad-and-crop and mirror, against NumPy's own padding."""

import keras
import numpy as np
import pytest
from contract import to_numpy

from vit_keras import RandomCropFlip
from vit_keras.augment.crops import reflect


def images(number=2, shape=(8, 12, 3)):
    return np.random.default_rng(0).integers(0, 256, (number, *shape)).astype("uint8")


def all_crops(image, padding):
    """Every answer the layer may give: NumPy pads, then we crop, then we mirror. {(down, right, mirrored): image}"""
    height, width, _ = image.shape
    padded = np.pad(image, ((padding, padding), (padding, padding), (0, 0)), mode="reflect")
    crops = {}
    for down in range(2 * padding + 1):
        for right in range(2 * padding + 1):
            crop = padded[down:down + height, right:right + width]
            crops[down - padding, right - padding, False] = crop
            crops[down - padding, right - padding, True] = crop[:, ::-1]
    return crops


@pytest.fixture(scope="module")
def drawn():
    """What happened to each of 3000 copies of one image: (down, right, mirrored)."""
    image = images(1)[0]
    crops = {crop.tobytes(): place for place, crop in all_crops(image, 1).items()}
    assert len(crops) == 18  # no two alike
    outputs = RandomCropFlip(1, seed=3)(np.repeat(image[None], 3000, axis=0), training=True)
    return [crops.get(output.tobytes()) for output in keras.ops.convert_to_numpy(outputs)]


def test_every_answer_is_a_crop_of_the_image_that_numpy_padded(drawn):
    assert None not in drawn


def test_all_shifts_are_equally_frequent(drawn):
    for axis in (0, 1):
        counts = np.unique([place[axis] for place in drawn], return_counts=True)
        assert counts[0].tolist() == [-1, 0, 1]
        np.testing.assert_allclose(counts[1] / 3000, 1 / 3, atol=0.04)  # four and a half deviations


def test_half_of_the_images_are_mirrored_whatever_their_shift(drawn):
    assert np.mean([mirrored for _, _, mirrored in drawn]) == pytest.approx(0.5, abs=0.04)
    _, counts = np.unique(drawn, axis=0, return_counts=True)
    assert len(counts) == 18
    np.testing.assert_allclose(counts / 3000, 1 / 18, atol=0.02)


def test_each_image_of_a_batch_draws_its_own(drawn):
    assert len(set(drawn[:20])) > 5


def test_a_larger_padding_against_numpy():
    batch = images(30, (8, 12, 1))
    outputs = keras.ops.convert_to_numpy(RandomCropFlip(3, seed=1)(batch, training=True))
    for image, output in zip(batch, outputs):
        assert output.tobytes() in {crop.tobytes() for crop in all_crops(image, 3).values()}


def test_the_border_is_mirrored_by_hand():
    index = np.array([-2, -1, 0, 1, 2, 3, 4, 5])
    assert keras.ops.convert_to_numpy(reflect(index, 4)).tolist() == [2, 1, 0, 1, 2, 3, 2, 1]


def test_without_training_nothing_happens():
    batch = images()
    for outputs in (RandomCropFlip(2)(batch), RandomCropFlip(2)(batch, training=False)):
        np.testing.assert_array_equal(to_numpy(outputs), batch)


def test_without_padding_and_flip_nothing_happens():
    batch = images()
    np.testing.assert_array_equal(to_numpy(RandomCropFlip(0, flip=False)(batch, training=True)), batch)


def test_without_flip_no_image_is_mirrored():
    batch = images(40)
    outputs = keras.ops.convert_to_numpy(RandomCropFlip(1, flip=False)(batch, training=True))
    for image, output in zip(batch, outputs):
        place = {crop.tobytes(): place for place, crop in all_crops(image, 1).items()}[output.tobytes()]
        assert not place[2]


def test_the_seed_decides():
    batch = images(20)
    first, again, other = (to_numpy(RandomCropFlip(2, seed=seed)(batch, training=True)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_second_call_draws_anew():
    layer, batch = RandomCropFlip(2, seed=5), images(20)
    first, second = to_numpy(layer(batch, training=True)), to_numpy(layer(batch, training=True))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float16"])
def test_pixels_keep_their_type_under_any_policy(dtype):
    layer = RandomCropFlip(2, dtype="mixed_bfloat16")
    assert keras.backend.standardize_dtype(layer(images().astype(dtype), training=True).dtype) == dtype


def test_config_round_trip_and_saving(tmp_path):
    layer = RandomCropFlip(2, flip=False, seed=7, name="augment")
    again = RandomCropFlip.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert (again.padding, again.flip, again.seed, again.name) == (2, False, 7, "augment")
    tensor = keras.Input((8, 12, 3))
    keras.Model(tensor, layer(tensor)).save(tmp_path / "augment.keras")
    loaded = keras.saving.load_model(tmp_path / "augment.keras")
    np.testing.assert_array_equal(to_numpy(loaded(images())), images())
    assert loaded.output_shape == (None, 8, 12, 3)


def test_a_negative_padding_is_refused():
    with pytest.raises(ValueError, match="`padding` must be 0 or more pixels: got padding=-1"):
        RandomCropFlip(-1)


@pytest.mark.parametrize("training", [True, False])
def test_a_padding_as_large_as_the_image_is_refused(training):
    with pytest.raises(ValueError, match="smaller than the image: got padding=8 for 8x12 pixels"):
        RandomCropFlip(8)(images(), training=training)
