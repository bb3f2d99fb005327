"""Representations of many pictures, whatever these come as; and fine-tuning: what is frozen stays to the bit."""

import numpy as np
import pytest
from contract import different_weights, to_numpy

from vit_keras import Dataset, Split, VisionTransformer, create_hybrid_vit, draw_shapes, train
from vit_keras.pretrained import extract_features, fine_tuning_recipe, freeze
from vit_keras.pretrained.features import FINE_TUNING, in_batches, representation_model
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


# ---- Fine-tuning ----

D, M, L, K, N = 6, 10, 3, 2, 4
BLOCK = 4 * D + 4 * (D * D + D) + 2 * D * M + M + D
HEAD, NORM, EMBEDDING = (D + 1) * K, 2 * D, (4 * 4 * 3 + 1) * D + D + (N + 1) * D


def small():
    return VisionTransformer((8, 8, 3), 4, L, D, 2, M, num_classes=K)


@pytest.mark.parametrize("blocks, learns", [
    (None, EMBEDDING + 3 * BLOCK + NORM + HEAD), (0, 3 * BLOCK + NORM + HEAD), (1, 2 * BLOCK + NORM + HEAD),
    (3, NORM + HEAD), ("all", HEAD),
])
def test_so_many_weights_learn(blocks, learns):
    model = small()
    assert freeze(model, blocks) == learns
    assert sum(np.prod(weight.shape) for weight in model.trainable_weights) == learns
    assert freeze(model, None) == model.count_params()  # and it can be undone


def test_frozen_weights_stay_to_the_bit_and_the_others_move():
    drawn = draw_shapes(16, shapes=("circle", "square"), image_size=8, seed=0)
    split = Split(drawn.images, drawn.labels)
    model = small()
    freeze(model, 1)
    before = {weight.path: to_numpy(weight).copy() for weight in model.weights}
    train(model, Dataset(split, split, split, drawn.shapes, "Drawn."),
          fine_tuning_recipe(2, batch_size=8, crop_padding=1, jit_compile=False), verbose=False)
    moved = {weight.path: not np.array_equal(to_numpy(weight), before[weight.path]) for weight in model.weights}
    frozen = [path for path in moved if "patch_encoder" in path or "block_1" in path]
    assert len(frozen) == 4 + 16 and not any(moved[path] for path in frozen)
    assert all(moved[path] for path in moved if path not in frozen and not path.endswith("key/bias"))


def test_the_stem_of_a_hybrid_is_frozen_with_equation_1():
    hybrid = create_hybrid_vit((16, 16, 3), 1, 2, D, 2, M, K, stem_widths=(4, 8))
    assert freeze(hybrid, 0) == 2 * BLOCK + NORM + HEAD
    assert not hybrid.stem.trainable_weights


@pytest.mark.parametrize("blocks", [-1, 4, "none", True, 1.5])
def test_what_is_no_number_of_blocks_is_refused(blocks):
    with pytest.raises(ValueError, match='from 0 to 3, "all" or None'):
        freeze(small(), blocks)


def test_the_recipe_is_gentle_and_can_be_changed():
    recipe = fine_tuning_recipe(2, learning_rate=3e-5)
    assert (recipe.epochs, recipe.learning_rate, recipe.weight_decay) == (2, 3e-5, 0.0)
    assert fine_tuning_recipe(1).learning_rate == FINE_TUNING["learning_rate"] < 1e-3
