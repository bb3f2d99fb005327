"""Arguments and shapes, drawn by Hypothesis: a `ValueError` that says why, or the right answer."""

import math

import numpy as np
import pytest

hypothesis = pytest.importorskip("hypothesis")

import keras  # noqa: E402
from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from vit_keras import (  # noqa: E402
    MLP,
    Dataset,
    MultiHeadSelfAttention,
    PatchEncoder,
    Patches,
    Recipe,
    Split,
    VisionTransformer,
)
from vit_keras.pretrained import interpolate_position_embedding  # noqa: E402

COURSE = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
SIDE, SMALL = st.integers(1, 12), st.integers(-1, 6)
PATCH = st.one_of(SMALL, st.tuples(SMALL, SMALL))
RATE = st.one_of(st.floats(-0.5, 1.5), st.sampled_from([0.0, 0.1, 1.0, math.nan, math.inf]))
SEEN = {"right": 0, "refused": 0}


def right_or_refused(make, check):
    """`check(make())`, or a ValueError from `make` that says something; which of them it was is counted."""
    try:
        made = make()
    except ValueError as error:
        assert len(str(error)) > 20
        SEEN["refused"] += 1
        return
    check(made)
    SEEN["right"] += 1


@pytest.fixture(autouse=True)
def both_happen():
    """Drawn so that everything is refused, or nothing, a test would say little."""
    SEEN.update(right=0, refused=0)
    yield
    assert min(SEEN.values()) > 0, SEEN


def pixels(*shape):
    return np.random.default_rng(0).integers(0, 256, shape).astype("float32")


@settings(COURSE, max_examples=150)
@given(SIDE, SIDE, st.integers(1, 4), PATCH, st.integers(1, 3))
def test_patches(height, width, channels, patch_size, number):
    images = pixels(number, height, width, channels)

    def whole(patches):
        patches = keras.ops.convert_to_numpy(patches)
        assert patches.shape[0] == number and patches[0].size == images[0].size
        assert sorted(patches[0].ravel()) == sorted(images[0].ravel())  # every pixel once

    right_or_refused(lambda: Patches(patch_size)(images), whole)


@settings(COURSE, max_examples=40)
@given(st.integers(1, 9), st.integers(-1, 9), st.booleans(), st.sampled_from(["learned", "sincos", None, "rotary"]),
       st.one_of(st.none(), st.tuples(st.integers(1, 4), st.integers(1, 4))), RATE)
def test_patch_encoder(num_patches, hidden_dim, use_class_token, position_embedding, grid_shape, rate):
    def tokens(z):
        assert z.shape == (2, num_patches + use_class_token, hidden_dim) and finite(z)

    right_or_refused(lambda: PatchEncoder(hidden_dim, use_class_token, position_embedding, grid_shape, rate)(
        pixels(2, num_patches, 5)), tokens)


@settings(COURSE, max_examples=30)
@given(st.integers(1, 5), st.integers(1, 9), st.integers(-1, 5), RATE)
def test_attention(num_tokens, width, num_heads, rate):
    x = pixels(2, num_tokens, width) / 255

    def convex(outputs):
        out, scores = outputs
        assert out.shape == x.shape and scores.shape == (2, num_heads, num_tokens, num_tokens)
        np.testing.assert_allclose(keras.ops.convert_to_numpy(scores).sum(-1), 1, atol=1e-5)

    right_or_refused(lambda: MultiHeadSelfAttention(num_heads, rate)(x, return_attention_scores=True), convex)


@settings(COURSE, max_examples=30)
@given(st.integers(1, 4), st.integers(1, 5), st.integers(-2, 7), RATE)
def test_mlp(num_tokens, width, mlp_dim, rate):
    x = pixels(2, num_tokens, width) / 255
    right_or_refused(lambda: MLP(mlp_dim, rate)(x), lambda y: shaped(y, x.shape))


@st.composite
def models(draw):
    """Arguments of a Vision Transformer that fit each other; in half of the cases one is then replaced by any."""
    side, small = st.integers(1, 3), st.integers(1, 4)
    patch = draw(side), draw(side)
    grid = draw(side), draw(side)
    heads = draw(st.sampled_from([1, 2]))
    fitting = {
        "image_shape": (patch[0] * grid[0], patch[1] * grid[1], draw(st.integers(1, 3))), "patch_size": patch,
        "num_layers": draw(st.integers(1, 2)), "hidden_dim": 4 * heads * draw(st.integers(1, 2)), "num_heads": heads,
        "mlp_dim": draw(small), "num_classes": draw(st.one_of(st.none(), small)),
        "pooling": draw(st.sampled_from(["token", "average"])),
        "position_embedding": draw(st.sampled_from(["learned", "sincos", None])),
        "dropout_rate": draw(st.floats(0, 0.9)), "stochastic_depth": draw(st.floats(0, 0.9)),
    }
    any_of = {
        "image_shape": st.tuples(SIDE, SIDE, st.integers(1, 3)), "patch_size": PATCH, "num_layers": st.integers(-1, 2),
        "hidden_dim": st.integers(-4, 9), "num_heads": st.integers(-1, 4), "mlp_dim": st.integers(-1, 3),
        "num_classes": st.integers(-1, 3), "pooling": st.sampled_from(["max", "", None]),
        "position_embedding": st.sampled_from(["rotary", "", 1]), "dropout_rate": RATE, "stochastic_depth": RATE,
    }
    if draw(st.booleans()):
        name = draw(st.sampled_from(sorted(any_of)))
        fitting[name] = draw(any_of[name])
    return fitting


@settings(COURSE, max_examples=30)
@given(models())
def test_vision_transformer(arguments):
    shape, classes, width = (arguments[name] for name in ("image_shape", "num_classes", "hidden_dim"))

    def answers(model):
        shaped(model(pixels(2, *shape)), (2, width if classes is None else classes))

    right_or_refused(lambda: VisionTransformer(**arguments), answers)


@settings(COURSE, max_examples=60)
@given(st.tuples(st.integers(1, 5), st.integers(1, 5)), st.tuples(SMALL, SMALL), st.integers(0, 2),
       st.sampled_from(["bilinear", "bicubic", "bicubic_antialias", "nearest"]), st.booleans())
def test_positions(old, new, prefix, method, fits):
    positions = pixels(1, old[0] * old[1] + prefix + (not fits), 3)

    def resized(found):
        assert found.shape == (1, new[0] * new[1] + prefix, 3) and np.isfinite(found).all()

    right_or_refused(lambda: interpolate_position_embedding(positions, new, old, prefix, method), resized)


NUMBER = st.one_of(st.integers(-2, 70), st.floats(-1, 3), st.sampled_from([math.nan, math.inf, -math.inf]))
SETTINGS = st.fixed_dictionaries({}, optional={
    "epochs": NUMBER, "minutes": NUMBER, "batch_size": st.integers(-1, 64), "accumulate": st.integers(-1, 4),
    **dict.fromkeys(("learning_rate", "weight_decay", "clip_norm", "mixup"), NUMBER),
    **dict.fromkeys(("warmup", "label_smoothing", "ema", "random_erasing", "mix_until"), RATE)})


@settings(COURSE, max_examples=200)
@given(SETTINGS, st.floats(0, 1))
def test_a_recipe(given_settings, share):
    def rates(recipe):
        for part in (0.0, share, 1.0):
            assert 0 <= recipe.rate(part) <= recipe.learning_rate < math.inf

    right_or_refused(lambda: Recipe(**{"epochs": 2, **given_settings} if "minutes" not in given_settings
                                    else given_settings), rates)


@settings(COURSE, max_examples=150)
@given(st.lists(st.integers(0, 2), min_size=3, max_size=40), st.one_of(st.integers(-2, 50), st.floats(0, 9)))
def test_limit(labels, limit):
    labels = np.array(labels, "int32")
    split = Split(np.zeros((len(labels), 2, 2, 3), "uint8"), labels)
    dataset = Dataset(split, split, split, ("a", "b", "c"), "Nothing.")

    def smaller(found):
        assert len(found.train.labels) == min(limit, len(labels))
        for some in (found.train, found.validation, found.test):
            assert len(some.images) == len(some.labels) <= len(labels)

    right_or_refused(lambda: dataset.limit(limit), smaller)


def shaped(tensor, shape):
    assert tuple(tensor.shape) == tuple(shape) and finite(tensor)


def finite(tensor):
    return bool(np.isfinite(keras.ops.convert_to_numpy(tensor)).all())
