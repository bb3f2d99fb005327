"""Fine-tuning: what is frozen stays to the bit, what is not moves."""

import numpy as np
import pytest
from contract import to_numpy

from vit_keras import Dataset, Split, VisionTransformer, create_hybrid_vit, draw_shapes, train
from vit_keras.pretrained import fine_tuning_recipe, freeze
from vit_keras.pretrained.features import FINE_TUNING

D, M, L, K, N = 6, 10, 3, 2, 4
BLOCK = 4 * D + 4 * (D * D + D) + 2 * D * M + M + D
HEAD, NORM, EMBEDDING = (D + 1) * K, 2 * D, (4 * 4 * 3 + 1) * D + D + (N + 1) * D


def vit():
    return VisionTransformer((8, 8, 3), 4, L, D, 2, M, num_classes=K)


@pytest.mark.parametrize("blocks, learns", [
    (None, EMBEDDING + 3 * BLOCK + NORM + HEAD), (0, 3 * BLOCK + NORM + HEAD), (1, 2 * BLOCK + NORM + HEAD),
    (3, NORM + HEAD), ("all", HEAD),
])
def test_so_many_weights_learn(blocks, learns):
    model = vit()
    assert freeze(model, blocks) == learns
    assert sum(np.prod(weight.shape) for weight in model.trainable_weights) == learns
    assert freeze(model, None) == model.count_params()  # and it can be undone


def test_frozen_weights_stay_to_the_bit_and_the_others_move():
    drawn = draw_shapes(16, shapes=("circle", "square"), image_size=8, seed=0)
    split = Split(drawn.images, drawn.labels)
    model = vit()
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
        freeze(vit(), blocks)


def test_the_recipe_is_gentle_and_can_be_changed():
    recipe = fine_tuning_recipe(2, learning_rate=3e-5)
    assert (recipe.epochs, recipe.learning_rate, recipe.weight_decay) == (2, 3e-5, 0.0)
    assert fine_tuning_recipe(1).learning_rate == FINE_TUNING["learning_rate"] < 1e-3
