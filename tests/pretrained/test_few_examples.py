"""Few pictures of each class, drawn by chance: balanced, and others each time."""

import numpy as np
import pytest
from test_probe import clusters

from vit_keras.pretrained import few, few_example_curve

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
