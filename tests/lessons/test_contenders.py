"""The models of lesson 7: of about equal size, each with the bias it is there for."""

import keras
import numpy as np
import pytest
from contract import to_numpy

from vit_keras import draw_shapes
from vit_keras.data import shuffle_pixels, shuffled_order
from vit_keras.lessons import CONTENDERS, create_contender

IMAGES = draw_shapes(3, position="center", size=0.2, seed=2).images


def test_all_are_of_about_equal_size():
    sizes = {name: create_contender(name, 5).count_params() for name in CONTENDERS}
    assert sizes.pop("stem_alone") < 10_000  # a part of another
    assert 80_000 < min(sizes.values()) and max(sizes.values()) < 145_000, sizes


@pytest.mark.parametrize("name", CONTENDERS)
def test_images_become_logits(name):
    model = create_contender(name, 7, "tiny")
    assert tuple(model(IMAGES).shape) == (3, 7) and model.name == name
    if name != "stem_alone":  # its convolutions have 16 channels at least
        assert model.count_params() < create_contender(name, 7).count_params() / 4


def features(name):
    """What the head sees, of the pictures and of the pictures moved by a whole patch."""
    model = create_contender(name, 4, "tiny")
    if name.startswith("cnn"):
        before = keras.Model(model.input, model.layers[-1].input)
    else:
        def before(images):
            z = model.encoder(model.patch_encoder(model.patches(model.normalize(images))))
            return z[:, 0]
    return [to_numpy(before(np.roll(IMAGES, by, axis=2).astype("float32"))) for by in (0, 4)]


@pytest.mark.parametrize("name, invariant", [("vit_no_positions", True), ("vit", False), ("cnn_flatten", False)])
def test_who_minds_a_shift_by_a_patch(name, invariant):
    before, after = features(name)
    assert np.allclose(before, after, atol=1e-4) == invariant


def test_a_vit_without_positions_does_not_see_that_patches_changed_places():
    model = create_contender("vit_no_positions", 4, "tiny")
    model.head.kernel.assign(np.random.default_rng(0).standard_normal(model.head.kernel.shape))
    shuffled = shuffle_pixels(IMAGES, shuffled_order("patches", 32, 4))
    np.testing.assert_allclose(to_numpy(model(IMAGES)), to_numpy(model(shuffled)), atol=1e-4)


def test_what_is_unknown_is_refused():
    with pytest.raises(ValueError, match="one of cnn, cnn_flatten"):
        create_contender("resnet", 4)
    with pytest.raises(ValueError, match="got 'cnn' and 'huge'"):
        create_contender("cnn", 4, "huge")
