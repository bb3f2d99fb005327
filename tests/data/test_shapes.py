"""Drawn images: what is under control really is."""

import numpy as np
import pytest

from vit_keras.data import COLORS, draw_shapes
from vit_keras.data.shapes import SHAPES, TEN_SHAPES, draw_cifar_like


def test_images_labels_and_masks_have_the_promised_shapes_and_types():
    drawn = draw_shapes(7, shapes=("circle", "star", "heart"), image_size=20)
    assert drawn.images.shape == (7, 20, 20, 3) and drawn.images.dtype == np.uint8
    assert drawn.labels.shape == (7,) and drawn.labels.dtype == np.int32
    assert drawn.masks.shape == (7, 20, 20) and drawn.masks.dtype == bool
    assert drawn.centers.shape == (7, 2) and drawn.sizes.shape == (7,) and drawn.colors.shape == (7, 3)
    assert [draw_shapes(number).images.shape for number in (0, 1)] == [(0, 32, 32, 3), (1, 32, 32, 3)]


def test_the_seed_decides_everything():
    first, again, other = draw_shapes(30, seed=5), draw_shapes(30, seed=5), draw_shapes(30, seed=6)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first.images, other.images)


def test_every_shape_comes_equally_often_or_as_is_said():
    counts = np.bincount(draw_shapes(47, shapes=TEN_SHAPES, image_size=8).labels, minlength=10)
    assert counts.max() - counts.min() == 1
    assert list(draw_shapes(3, shapes=("ring", "cross"), labels=[1, 0, 1]).labels) == [1, 0, 1]


def test_a_circle_covers_the_area_of_a_circle():
    drawn = draw_shapes(1, shapes=("circle",), position="center", size=0.4, image_size=100, noise=0, clutter=0)
    assert drawn.masks.sum() == pytest.approx(np.pi * (0.95 * 40) ** 2, rel=0.01)
    assert np.array_equal(drawn.masks[0], drawn.masks[0, ::-1, ::-1])


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_stays_inside_its_radius_and_is_not_a_speck(name):
    drawn = draw_shapes(20, shapes=(name,), position="center", size=0.4, image_size=64, rotation=180)
    row, column = np.indices((64, 64)) + 0.5
    outside = np.hypot(row - 32, column - 32) > 0.4 * 64 + 0.7
    assert not drawn.masks[:, outside].any()
    assert (drawn.masks.mean((1, 2)) > 0.1).all()


def test_any_two_shapes_differ_in_a_tenth_of_their_pixels():
    drawn = draw_shapes(len(SHAPES), shapes=tuple(SHAPES), labels=range(len(SHAPES)), position="center", size=0.4,
                        rotation=0)
    for i, a in enumerate(drawn.masks):
        for b in drawn.masks[i + 1:]:
            assert (a ^ b).sum() > 0.1 * (a | b).sum()


def test_anywhere_means_wholly_inside_and_all_over():
    drawn = draw_shapes(400, position="anywhere", size=0.2)
    assert (drawn.centers >= drawn.sizes[:, None] - 1e-4).all()
    assert (drawn.centers <= 32 - drawn.sizes[:, None] + 1e-4).all()
    assert (np.histogram2d(*drawn.centers.T, bins=3)[0] > 20).all()


def test_corner_touches_two_edges():
    drawn = draw_shapes(40, shapes=("square",), position="corner", size=0.25, rotation=0)
    assert set(map(tuple, drawn.centers)) == {(8, 8), (8, 24), (24, 8), (24, 24)}


def test_positions_can_be_given_in_rows_and_columns():
    drawn = draw_shapes(2, shapes=("circle",), position=[(10, 20), (22, 9)], size=0.2)
    for mask, center in zip(drawn.masks, drawn.centers, strict=True):
        assert np.allclose(np.argwhere(mask).mean(0) + 0.5, center, atol=0.2)
    beyond = draw_shapes(1, shapes=("circle",), position=(-50, 16), size=0.2)
    assert not beyond.masks.any()


def test_a_given_color_is_taken_exactly_and_stands_out():
    drawn = draw_shapes(60, color="red", noise=0, clutter=1.0, size=0.35)
    red = np.array(COLORS["red"])
    assert (drawn.colors == red).all()
    for image, mask in zip(drawn.images, drawn.masks, strict=True):
        distance = np.linalg.norm(image - red.astype("float32"), axis=-1)
        assert np.median(distance[mask]) == 0 and np.median(distance[~mask]) > 75


def test_clutter_and_noise_can_be_turned_off():
    plain = draw_shapes(10, clutter=0, noise=0, shapes=("circle",), color="white", position="center", size=0.2)
    grainy = draw_shapes(10, clutter=0, noise=20, shapes=("circle",), color="white", position="center", size=0.2)
    def roughness(images):
        return np.abs(np.diff(images[:, :6].astype("float32"), axis=2)).mean()
    assert roughness(plain.images) < 4 < 12 < roughness(grainy.images)


@pytest.mark.parametrize("arguments, word", [
    ({"num_images": -1}, "num_images"), ({"num_images": 2.5}, "num_images"), ({"shapes": ("blob",)}, "blob"),
    ({"shapes": "circle"}, "shapes"), ({"image_size": 4}, "image_size"), ({"position": "left"}, "left"),
    ({"position": np.zeros((4, 2))}, "position"), ({"size": (0.5, 0.2)}, "size"), ({"size": 0}, "size"),
    ({"color": "mauve"}, "mauve"), ({"color": (300, 0, 0)}, "color"), ({"clutter": 2}, "clutter"),
    ({"noise": -1}, "noise"), ({"labels": [0, 1]}, "labels"), ({"labels": [0, 1, 10]}, "labels"),
    ({"size": (0.1, 0.2, 0.3)}, "size"),
])
def test_wrong_arguments_are_named(arguments, word):
    with pytest.raises(ValueError, match=word):
        draw_shapes(**{"num_images": 3, **arguments})


def test_the_stand_ins_are_balanced_and_their_splits_differ():
    for num_classes in (10, 100):
        (train, labels), (validation, validation_labels) = draw_cifar_like(num_classes, (300, 200), seed=1)
        assert train.shape == (300, 32, 32, 3) and labels.dtype == np.int32
        assert (np.bincount(labels) == 300 // num_classes).all()
        assert (np.bincount(validation_labels) == 200 // num_classes).all()
        assert not {image.tobytes() for image in train} & {image.tobytes() for image in validation}


def test_in_the_stand_in_for_cifar_100_the_last_digit_is_the_color():
    images, labels = draw_cifar_like(100, (400,))[0]
    blue = images[labels // 10 == 1][labels[labels // 10 == 1] % 10 == 5]      # squares in blue
    distance = np.linalg.norm(blue.astype("float32") - COLORS["blue"], axis=-1)
    assert ((distance < 60).mean((1, 2)) > 0.05).all()
    assert list(COLORS)[5] == "blue" and TEN_SHAPES[1] == "square"


def test_a_mean_color_does_not_give_the_shape_away():
    # Nearest class mean of the pixels: what a classifier without any notion of shape could do.
    (train, labels), (test, test_labels) = draw_cifar_like(10, (2000, 500))
    means = np.stack([train[labels == label].mean(0) for label in range(10)])
    distance = ((test[:, None] - means) ** 2).mean((2, 3, 4))
    assert (distance.argmin(1) == test_labels).mean() < 0.3
