"""Muon: what it makes of a matrix, which weights it changes, and Keras's own beside it."""

import contextlib
import inspect

import keras
import numpy as np
import pytest
from contract import different_weights, to_numpy
from keras import ops

from vit_keras import Recipe, VisionTransformer, create_cnn_classifier
from vit_keras.training import Muon
from vit_keras.training.optimizers import is_kernel, orthogonal

pytestmark = pytest.mark.usefixtures("eager_steps")


def tensor(array):
    return ops.convert_to_tensor(np.asarray(array, "float32"))


def named(value, path):
    """A variable that has the path of a layer's weight."""
    *layers, name = path.split("/")
    with contextlib.ExitStack() as scopes:
        for layer in layers:
            scopes.enter_context(keras.name_scope(layer))
        return keras.Variable(np.asarray(value, "float32"), name=name)


def stepped(optimizer, variable, gradients):
    """The variable's values after one step for each gradient."""
    for gradient in gradients:
        optimizer.apply([tensor(gradient)], [variable])
    return to_numpy(variable)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(16, 16), (8, 24), (24, 8)])
def test_all_directions_become_about_equally_long(rng, shape):
    rank = min(shape)
    left, right = (np.linalg.qr(rng.normal(size=(side, rank)))[0] for side in shape)
    made = to_numpy(orthogonal(tensor(left * np.logspace(0, -2, rank) @ right.T)))
    sizes = np.diag(left.T @ made @ right)
    assert sizes.min() > 0.6 and sizes.max() < 1.3
    np.testing.assert_allclose(made, left * sizes @ right.T, atol=1e-3)  # the directions themselves stay


def test_length_does_not_count_and_nothing_stays_nothing(rng):
    matrix = rng.normal(size=(6, 10))
    np.testing.assert_allclose(to_numpy(orthogonal(tensor(1000 * matrix))), to_numpy(orthogonal(tensor(matrix))),
                               atol=1e-4)
    assert not to_numpy(orthogonal(tensor(np.zeros((6, 10))))).any()


def test_two_numbers_by_hand():
    # G = U diag(1.9, 0.1) U^T, U = (1, 1; 1, -1) / sqrt 2: Adam's first step, its signs, knows the first direction only
    gradient = np.array([[1.0, 0.9], [0.9, 1.0]])
    assert np.linalg.svd(np.sign(gradient))[1] == pytest.approx([2, 0])
    s = np.array([1.9, 0.1]) / np.hypot(1.9, 0.1)
    for _ in range(5):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    u = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
    np.testing.assert_allclose(to_numpy(orthogonal(tensor(gradient))), u @ np.diag(s) @ u, atol=1e-4)


def test_a_step_is_the_formula(rng):
    start, gradients = rng.normal(size=(6, 4)), rng.normal(size=(3, 6, 4))
    found = stepped(Muon(0.1, momentum=0.9, weight_decay=0.5), named(start, "dense/kernel"), gradients)
    w, mean = start, 0.0
    for gradient in gradients:
        mean = 0.9 * mean + gradient
        step = 0.2 * np.sqrt(6) * to_numpy(orthogonal(tensor(gradient + 0.9 * mean)))
        w = w - 0.1 * (step + 0.5 * w)
    np.testing.assert_allclose(found, w, atol=1e-4)


@pytest.mark.skipif("rms_rate" not in inspect.signature(keras.optimizers.Muon).parameters,
                    reason="Keras's own Muon had steps of another length then")
def test_keras_does_the_same_for_dense_layers(rng):
    start, gradients = rng.normal(size=(8, 12)), rng.normal(size=(4, 8, 12))
    theirs = keras.optimizers.Muon(0.02, weight_decay=0.1, momentum=0.95, rms_rate=0.2, ns_steps=5)
    np.testing.assert_allclose(stepped(Muon(0.02, weight_decay=0.1), named(start, "dense/kernel"), gradients),
                               stepped(theirs, named(start, "dense/kernel"), gradients), atol=1e-5)


def test_a_convolution_is_the_dense_layer_that_it_is_for_its_patches(rng):
    start, gradients = rng.normal(size=(3, 2, 5, 4)), rng.normal(size=(3, 3, 2, 5, 4))
    found = stepped(Muon(0.1), named(start, "conv/kernel"), gradients)
    flat = stepped(Muon(0.1), named(start.reshape(30, 4), "dense/kernel"), gradients.reshape(3, 30, 4))
    np.testing.assert_allclose(found, flat.reshape(start.shape), atol=1e-5)


@pytest.mark.parametrize("path", ["dense/bias", "head/kernel", "vit/head/kernel", "patch_encoder/position_embedding"])
def test_all_else_is_learned_with_adamw(rng, path):
    start, gradients = rng.normal(size=(5, 4)), rng.normal(size=(3, 5, 4))
    np.testing.assert_allclose(
        stepped(Muon(0.1, weight_decay=0.3), named(start, path), gradients),
        stepped(keras.optimizers.AdamW(0.1, weight_decay=0.3), named(start, path), gradients), atol=1e-6)


def test_kernels_of_both_models_are_found():
    vit = VisionTransformer((8, 8, 3), 4, 1, 8, 2, 8, 3)
    found = [variable.path.split("/", 1)[1] for variable in vit.trainable_variables if is_kernel(variable)]
    block = "encoder/block_1"
    assert found == ["patch_encoder/projection/kernel", *(
        f"{block}/attention/{part}/kernel" for part in ("query", "key", "value", "output_projection")),
        f"{block}/mlp/dense_1/kernel", f"{block}/mlp/dense_2/kernel"]
    cnn = create_cnn_classifier((8, 8, 3), 3, (16, 16))
    kinds = {len(variable.shape) for variable in cnn.trainable_variables if is_kernel(variable)}
    assert kinds == {4} and not is_kernel(cnn.get_layer("head").kernel)


def test_a_recipe_trains_with_it():
    recipe = Recipe(1, muon=True, batch_size=8, crop_padding=0, flip=False, jit_compile=False, clip_norm=None)
    vit = different_weights(VisionTransformer((8, 8, 3), 4, 1, 8, 2, 8, 3))
    learner = recipe.learner(vit)
    images = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 3)).astype("uint8")
    kernels = [variable for variable in vit.trainable_variables if is_kernel(variable)]
    before = [to_numpy(kernel) for kernel in kernels]
    learner.optimizer.learning_rate, learner.optimizer.weight_decay = 0.01, 0.0
    learner.train_on_batch(images, np.arange(8) % 3)
    for kernel, old in zip(kernels, before):
        sizes = np.linalg.svd((to_numpy(kernel) - old) / (0.01 * 0.2 * np.sqrt(max(old.shape))))[1]
        assert 0.6 < sizes[0] < 1.3  # the longest direction: others may have had no gradient
    assert type(learner.optimizer) is Muon


def test_it_is_saved_and_made_again():
    made = Muon.from_config(Muon(0.01, momentum=0.8, weight_decay=0.2).get_config())
    assert (made.momentum, made.weight_decay, float(made.learning_rate)) == pytest.approx((0.8, 0.2, 0.01))


def test_a_momentum_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"`momentum` must lie in \[0, 1\): got 1"):
        Muon(momentum=1)
