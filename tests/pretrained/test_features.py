"""Representations of many pictures, whatever these come as; fine-tuning: what is frozen stays to the bit; probes."""

import numpy as np
import pytest
from contract import different_weights, to_numpy

from vit_keras import Dataset, Split, VisionTransformer, create_hybrid_vit, draw_shapes, train
from vit_keras.pretrained import (
    choose_probe,
    extract_features,
    few,
    few_example_curve,
    fine_tuning_recipe,
    fit_probe,
    freeze,
    softmax,
)
from vit_keras.pretrained.features import FINE_TUNING, LinearProbe, in_batches, representation_model
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


# ---- A linear probe: by hand, by another route, as a head ----

def clusters(number, num_classes=3, dim=5, spread=1.0, seed=0):
    """Clouds about different middles, on scales from 0.01 to 100."""
    rng = np.random.default_rng(seed)
    middles, scale = np.random.default_rng(99).normal(0, 2, (num_classes, dim)), 10.0 ** np.linspace(-2, 2, dim)
    labels = rng.permutation(np.arange(number) % num_classes)
    return (middles[labels] + spread * rng.normal(size=(number, dim))) * scale + 3, labels


def gradient(probe, features, labels, num_classes):
    """Of the loss in the standardised numbers, at the probe: (D + 1, K); written out, not taken from the module."""
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    kernel = probe.kernel * deviation[:, None]
    error = softmax(features @ probe.kernel + probe.bias) - np.eye(num_classes)[labels]
    of_kernel = ((features - mean) / deviation).T @ error / len(labels) + probe.strength * kernel
    return np.concatenate([of_kernel, [error.mean(axis=0)]])


@pytest.mark.parametrize("strength", [1e-3, 0.1, 10.0])
def test_the_gradient_vanishes_at_the_probe(strength):
    features, labels = clusters(60)
    probe = fit_probe(features, labels, 3, strength, steps=5000, tolerance=1e-9)
    assert np.abs(gradient(probe, features, labels, 3)).max() < 1e-8


def test_two_points_by_hand():
    probe = fit_probe([[-1.0], [1.0]], [0, 1], 2, strength=0.1, tolerance=1e-10, steps=5000)
    # By symmetry W = (-w, w) and b = 0; the gradient -(1 - p) + 0.1 w is zero, with p = 1 / (1 + exp(-2 w)).
    w = probe.kernel[0, 1]
    np.testing.assert_allclose(probe.kernel, [[-w, w]], atol=1e-8)
    np.testing.assert_allclose(probe.bias, [0, 0], atol=1e-8)
    assert 0.1 * w == pytest.approx(1 - 1 / (1 + np.exp(-2 * w)), abs=1e-8)


def test_scale_and_shift_of_the_numbers_do_not_matter():
    features, labels = clusters(60)
    one, other = fit_probe(features, labels, 3), fit_probe(features * [1, 10, 0.1, 5, 7] - 4, labels, 3)
    np.testing.assert_allclose(one.logits(features), other.logits(features * [1, 10, 0.1, 5, 7] - 4), atol=1e-5)


def test_a_number_that_never_changes_is_no_harm():
    features, labels = clusters(60)
    probe = fit_probe(np.column_stack([features, np.full(60, 3.0)]), labels, 3)
    np.testing.assert_allclose(probe.kernel[-1], 0, atol=1e-9)
    assert probe.accuracy(np.column_stack([features, np.full(60, 3.0)]), labels) > 0.9


def test_the_strength_is_chosen_by_validation_pictures():
    train, validation = clusters(12, dim=40, spread=3.0, seed=1), clusters(300, dim=40, spread=3.0, seed=2)
    probe, losses = choose_probe(train, validation, 3)
    assert losses[probe.strength] == min(losses.values()) == probe.loss(*validation)
    assert min(losses) < probe.strength < max(losses)  # too free and too stiff are both worse


def test_the_loss_is_the_mean_surprise():
    probe = LinearProbe(np.array([[1.0, -1.0]]), np.array([0.5, 0.5]), 1.0)  # logits 2y apart
    y = np.log(3.0) / 2  # so class 0 is believed with 3/4
    assert probe.loss([[y], [y]], np.array([0, 1])) == pytest.approx(-(np.log(3 / 4) + np.log(1 / 4)) / 2)


def test_a_probe_is_a_head():
    features, labels = clusters(60, dim=6)
    model = VisionTransformer((8, 8, 3), 4, 1, 6, 2, 12, num_classes=3)
    probe = fit_probe(features, labels, 3)
    probe.to_head(model)
    np.testing.assert_allclose(to_numpy(model.head(features.astype("float32"))), probe.logits(features), atol=1e-3)
    for other in (VisionTransformer((8, 8, 3), 4, 1, 6, 2, 12, num_classes=2),
                  VisionTransformer((8, 8, 3), 4, 1, 6, 2, 12, num_classes=None),
                  VisionTransformer((8, 8, 3), 4, 1, 6, 2, 12, num_classes=3, representation_dim=4)):
        with pytest.raises(ValueError, match=r"head of shape \(6, 3\)"):
            probe.to_head(other)


def test_the_same_numbers_every_time():
    one, other = (fit_probe(*clusters(60), 3) for _ in range(2))
    np.testing.assert_array_equal(one.kernel, other.kernel)


@pytest.mark.parametrize("features, labels, strength, message", [
    (np.zeros((3, 2)), [0, 1], 1.0, "with N at least 1"), (np.zeros((0, 2)), [], 1.0, "with N at least 1"),
    (np.zeros((2, 2)), [0, 5], 1.0, "labels from 0 to 5"), (np.zeros((2, 2)), [0, 1], 0.0, "must be positive"),
])
def test_bad_arguments_are_refused(features, labels, strength, message):
    with pytest.raises(ValueError, match=message):
        fit_probe(features, labels, 2, strength)


# ---- Few pictures of each class: balanced, and others each time ----

LABELS = np.array([0, 1, 2, 2, 1, 0, 0, 1, 2, 2])


def test_every_class_is_drawn_equally_often_and_nothing_twice():
    chosen = few(LABELS, 3)
    assert np.array_equal(np.bincount(LABELS[chosen]), [3, 3, 3]) and len(set(chosen)) == 9


def test_a_seed_is_a_draw():
    labels = np.arange(300) % 3
    assert np.array_equal(few(labels, 5, 1), few(labels, 5, 1))
    assert not np.array_equal(few(labels, 5, 1), few(labels, 5, 2))
    assert not np.array_equal(labels[few(labels, 5)], np.sort(labels[few(labels, 5)]))  # mixed


@pytest.mark.parametrize("per_class", [0, 4])
def test_more_than_there_are_is_refused(per_class):
    with pytest.raises(ValueError, match=f"got {per_class}, and classes of 3, 3, 4 pictures"):
        few(LABELS, per_class)


def test_the_curve_rises_and_the_draws_come_together():
    train, test = clusters(600, dim=20, spread=3.0, seed=1), clusters(600, dim=20, spread=3.0, seed=2)
    curve = few_example_curve(train, test, 3, [2, 20, 200], draws=6)
    assert {size: len(some) for size, some in curve.items()} == {2: 6, 20: 6, 200: 1}  # all pictures: one draw
    means = [np.mean(curve[size]) for size in (2, 20, 200)]
    assert means[0] < means[1] < means[2] and np.std(curve[2]) > np.std(curve[20])
