"""Splits: as the folders say or by a fixed seed, balanced, without a picture that sits in two of them."""

import time
import tracemalloc

import numpy as np
import pytest
from pictures import encoded, jpeg, picture
from PIL import Image, ImageEnhance

from vit_keras.data import decode, group_duplicates
from vit_keras.data.splits import split_photographs


def split(labels, parts=None, groups=None):
    labels = np.array(labels)
    indices, left_out, done = split_photographs(
        labels, parts or [None] * len(labels), np.arange(len(labels)) if groups is None else np.array(groups))
    return indices, left_out, done


def test_without_folders_it_is_80_10_10_balanced_and_always_the_same():
    labels = np.arange(200) % 2
    indices, left_out, done = split(labels)
    assert [len(chosen) for chosen in indices] == [160, 20, 20] and not left_out and "80 / 10 / 10" in done
    assert all(labels[chosen].mean() == 0.5 for chosen in indices)
    assert sorted(np.concatenate(indices)) == list(range(200))
    np.random.seed(5)
    assert all(np.array_equal(*pair) for pair in zip(indices, split(labels)[0]))


def test_classes_are_mixed_within_a_split():
    (train, _, _), _, _ = split([0] * 100 + [1] * 100)
    assert 20 < (train[:80] < 100).sum() < 60


def test_validation_and_test_are_balanced_where_the_classes_are_not():
    labels = np.array([0] * 300 + [1] * 50)
    (_, validation, test), _, _ = split(labels)
    assert np.bincount(labels[validation]).tolist() == np.bincount(labels[test]).tolist() == [5, 5]


@pytest.mark.parametrize("second", ["validation", "test"])
def test_a_second_folder_is_the_test_split_and_validation_is_taken_from_train(second):
    labels, parts = np.arange(140) % 2, ["train"] * 100 + [second] * 40
    (train, validation, test), _, done = split(labels, parts)
    assert sorted(test) == list(range(100, 140)) and len(train) == 90 and max(train) < 100 and max(validation) < 100
    assert np.bincount(labels[validation]).tolist() == [5, 5] and f"the folder called {second}" in done


def test_three_folders_are_taken_as_they_are():
    (train, validation, test), _, done = split(np.arange(60) % 2, ["train"] * 20 + ["validation"] * 18 + ["test"] * 22)
    assert sorted(train) == list(range(20)) and sorted(validation) == list(range(20, 38)) and len(test) == 22
    assert "as the folders say" in done


@pytest.mark.parametrize("parts", [["train"] * 60, ["validation"] * 60, ["validation"] * 30 + ["test"] * 30])
def test_folders_without_a_counterpart_count_as_none(parts):
    assert [len(chosen) for chosen in split(np.arange(60) % 2, parts)[0]] == [48, 6, 6]


def test_a_pair_of_copies_more_leaves_nearly_everything_where_it_was():
    groups = np.arange(400)
    groups[[11, 300]] = 11
    (_, _, test), (_, _, changed) = split(np.arange(400) // 2 % 2)[0], split(np.arange(400) // 2 % 2, groups=groups)[0]
    assert len(set(test) & set(changed)) >= len(test) - 3


def test_copies_go_into_one_split_together():
    labels = np.arange(400) // 2 % 2      # pairs of one class
    groups = np.arange(400) // 4 * 4      # copies in fours, of both classes
    indices, _, _ = split(labels, groups=groups)
    homes = [set(groups[chosen]) for chosen in indices]
    assert not homes[0] & homes[1] and not homes[0] & homes[2] and not homes[1] & homes[2]
    assert sum(map(len, indices)) == 400 and [len(chosen) for chosen in indices[1:]] == [40, 40]


def test_training_pictures_that_repeat_a_test_picture_are_left_out():
    labels, groups = np.arange(140) % 2, np.arange(140)
    groups[[7, 120]] = 7
    (train, validation, test), left_out, _ = split(labels, ["train"] * 100 + ["validation"] * 40, groups)
    assert left_out == [(7, "repeats a test picture")] and 120 in test and 7 not in train and 7 not in validation


def test_of_three_folders_the_later_split_keeps_the_picture():
    groups = np.arange(60)
    groups[[3, 25, 50]] = 3      # train, validation, test
    groups[[4, 26]] = 4          # train, validation
    (train, validation, test), left_out, _ = split(
        np.arange(60) % 2, ["train"] * 20 + ["validation"] * 18 + ["test"] * 22, groups)
    assert dict(left_out) == {3: "repeats a test picture", 25: "repeats a test picture",
                              4: "repeats a validation picture"}
    assert 50 in test and 26 in validation and not {3, 4} & set(train)


@pytest.mark.parametrize("labels, groups", [([0, 1, 0, 1], None), ([0, 1] * 10, [0] * 20)])
def test_too_few_photographs_for_a_split_are_an_error(labels, groups):
    with pytest.raises(ValueError, match="at least one photograph of each class"):
        split(labels, groups=groups)


# ---- Copies are found whatever was done to them; different and flat pictures are not taken for copies ----

def thumbnails(*contents):
    return np.stack([decode(content).thumbnail for content in contents])


def test_a_copy_is_found_whatever_was_done_to_it():
    image = picture(1, (200, 150))
    copies = [encoded(image), encoded(image, quality=20), encoded(image.resize((100, 75))), encoded(image, "PNG"),
              encoded(image.resize((112, 112))), encoded(image.crop((2, 2, 198, 148))), encoded(image.convert("L")),
              encoded(ImageEnhance.Contrast(image).enhance(0.7))]
    others = [jpeg(seed) for seed in range(2, 40)]
    groups = group_duplicates(thumbnails(*copies, *others))
    assert (groups[:8] == 0).all()
    assert groups[8:].tolist() == list(range(8, 46))


def test_groups_are_chains():
    a, c = (np.random.default_rng(seed).integers(0, 256, 256).astype(float) for seed in (0, 1))
    steps = [np.cos(angle) * (a - a.mean()) + np.sin(angle) * (c - c.mean()) for angle in (0, 0.2, 0.4)]
    three = np.stack([(step + 200).clip(0, 400) / 2 for step in steps]).reshape(3, 16, 16).astype("uint8")
    assert group_duplicates(three[[0, 2]]).tolist() == [0, 1]
    assert group_duplicates(three[[0, 2, 1]]).tolist() == [0, 0, 0]


def test_flat_pictures_are_not_copies_of_each_other():
    flat = [encoded(Image.new("RGB", (20, 20), (level, level, level))) for level in (0, 90, 90, 255)]
    assert group_duplicates(thumbnails(*flat)).tolist() == [0, 1, 2, 3]
    noise = 128 + np.random.default_rng(0).normal(0, 0.5, (2, 16, 16))
    assert group_duplicates(np.stack([noise[0], noise[0]]).astype("uint8")).tolist() == [0, 1]


def test_no_pictures_make_no_groups():
    assert group_duplicates(np.empty((0, 16, 16), "uint8")).tolist() == []


def test_many_copies_take_little_time_and_memory():
    rng = np.random.default_rng(0)
    many = rng.integers(0, 256, (6000, 16, 16), "uint8")
    many[3000:] = many[0]   # 4.5 million pairs
    began = time.process_time()
    tracemalloc.start()
    groups = group_duplicates(many)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(set(groups.tolist())) == 3000 and (groups[3000:] == 0).all()
    assert peak < 60e6 and time.process_time() - began < 20
