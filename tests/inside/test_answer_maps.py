"""From attention to a map of the picture, for every kind of model: what the answer took from each patch."""

import numpy as np
import pytest
from contract import different_weights

import vit_keras
from vit_keras import VisionTransformer, create_hybrid_vit
from vit_keras.figures import curves as visualize
from vit_keras.inside import answer_map, attention_maps, attention_rollout, rollout_map

SIZE = {"num_layers": 3, "hidden_dim": 4, "num_heads": 2, "mlp_dim": 5, "num_classes": 7}


def images(number=2, height=8, width=12):
    return np.random.default_rng(0).integers(0, 256, (number, height, width, 3)).astype("uint8")


def models():
    """Class token or average, square or not, plain or hybrid: (model, its grid)."""
    hybrid = {**SIZE, "patch_size": 1, "stem_widths": (4, 6)}
    return {
        "token": (VisionTransformer((8, 12, 3), (4, 3), **SIZE), (2, 4)),
        "average": (VisionTransformer((8, 12, 3), (4, 3), pooling="average", **SIZE), (2, 4)),
        "square": (VisionTransformer((8, 8, 3), 4, **SIZE), (2, 2)),
        "hybrid": (create_hybrid_vit((8, 12, 3), **hybrid), (2, 3)),
        "hybrid, average": (create_hybrid_vit((8, 12, 3), pooling="average", **hybrid), (2, 3)),
    }


def test_the_class_token_s_row_laid_out_row_by_row():
    looks = np.zeros((1, 7, 7))
    looks[0, 0] = [0.5, 0.1, 0.0, 0.0, 0.0, 0.0, 0.4]  # half of itself, the rest of the first and the last
    looks[0, 1:, 1] = 1  # what patches took does not matter
    np.testing.assert_allclose(answer_map(looks, (2, 3)), [[[0.2, 0, 0], [0, 0, 0.8]]], atol=1e-6)


def test_without_a_class_token_it_is_the_mean_of_all_rows():
    looks = np.array([[[1.0, 0.0, 0.0], [0.5, 0.0, 0.5], [0.0, 0.0, 1.0]]])
    np.testing.assert_allclose(answer_map(looks, (1, 3), class_token=False), [[[0.5, 0.0, 0.5]]], atol=1e-6)


def test_a_class_token_that_took_nothing_has_an_empty_map():
    assert not answer_map(np.eye(5)[None], (2, 2)).any()


@pytest.mark.parametrize("shape, grid, class_token", [
    ((2, 7, 7), (2, 2), True), ((2, 6, 6), (2, 3), True), ((2, 7, 7), (2, 3), False), ((7, 7), (2, 3), True)])
def test_a_grid_of_another_number_of_patches_is_refused(shape, grid, class_token):
    with pytest.raises(ValueError, match=r"`looks` must have shape \(B, T, T\), with T = .*got shape"):
        answer_map(np.ones(shape), grid, class_token)


@pytest.mark.parametrize("kind", list(models()))
def test_every_model_has_a_rollout_of_its_own_grid(kind):
    model, grid = models()[kind]
    different_weights(model)
    pictures = images(5, *model.image_shape[:2])
    maps = rollout_map(model, pictures, batch_size=2)
    assert maps.shape == (5, *grid) and maps.dtype == np.float32
    np.testing.assert_allclose(maps.sum(axis=(1, 2)), 1, atol=1e-5)

    rollout = attention_rollout(attention_maps(model, pictures))  # all at once, and written out
    rows = rollout[:, 0, 1:] if model.pooling == "token" else rollout.mean(1)
    np.testing.assert_allclose(maps, (rows / rows.sum(1, keepdims=True)).reshape(5, *grid), atol=1e-5)


def test_heads_are_fused_as_asked():
    model = different_weights(models()["token"][0])
    assert np.abs(rollout_map(model, images(), "max") - rollout_map(model, images())).max() > 1e-4


def test_one_image_without_a_batch_is_refused():
    with pytest.raises(ValueError, match="`images` must be a batch of at least one image"):
        rollout_map(models()["square"][0], images(0, 8, 8))


def test_what_is_inside_can_be_had_where_one_looks_for_it():
    for name in ("attention_maps", "attention_rollout", "mean_attention_distance", "position_similarity",
                 "patch_filters"):
        assert getattr(vit_keras, name) is getattr(visualize, name)
