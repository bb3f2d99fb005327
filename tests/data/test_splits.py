"""Splits: as the folders say or by a fixed seed, balanced, without a picture that sits in two of them."""

import numpy as np
import pytest

from vit_keras.data.splits import small_splits, split_photographs


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


def test_of_groups_that_are_all_too_large_the_smallest_is_taken_where_others_are_left():
    labels = np.repeat([0, 1], 50)
    groups = np.concatenate([np.repeat(np.arange(5), 10), np.repeat(np.arange(5, 10), 10)])   # five bursts of ten each
    groups = groups * 10
    indices, left_out, _ = split(labels, groups=groups)
    assert [len(chosen) for chosen in indices] == [60, 20, 20] and not left_out
    homes = [set(groups[chosen]) for chosen in indices]
    assert not homes[0] & homes[1] and not homes[0] & homes[2] and not homes[1] & homes[2]


def test_any_number_of_classes_is_shared_out_equally():
    labels = np.arange(100) % 5
    indices, _, _ = split_photographs(labels, [None] * 100, np.arange(100), tuple("abcde"))
    assert [np.bincount(labels[chosen]).tolist() for chosen in indices] == [[16] * 5, [2] * 5, [2] * 5]


def test_what_is_missing_is_counted_and_named():
    with pytest.raises(ValueError, match="got 0 b, 7 a. Three of each class are needed, .*there are 2 b, 9 a") as error:
        split_photographs(np.array([0] * 9 + [1] * 2), [None] * 11, np.arange(11), ("a", "b"))
    assert "train split needs at least one photograph of each class" in str(error.value)


def test_small_splits_are_told_with_what_one_photograph_weighs():
    def split_of(*counts):
        return None, np.repeat(np.arange(len(counts)), counts)
    told = small_splits([split_of(80, 80), split_of(4, 4), split_of(10, 10)], ("a", "b"))
    assert told.startswith("Too small to judge a model by: validation has 4 a, 4 b, so that one photograph is 12 ")
    assert "test has" not in told and not small_splits([split_of(1, 1)] + [split_of(10, 10)] * 2, ("a", "b"))
