"""What is trained: pictures behind augmentation, and the batches, whose order is a matter of seed and epoch."""

import keras
import numpy as np
import pytest
from contract import different_weights, to_numpy
from small_runs import new_model, small_dataset, split

from vit_keras import Split
from vit_keras.augment import RandomCropFlip, mix_images, mix_labels
from vit_keras.augment.mixing import draw_mixing
from vit_keras.training import Batches, EpochSeeds, Learner
from vit_keras.training.devices import InOrder

IMAGES, LABELS = split(16, 0)

pytestmark = pytest.mark.usefixtures("eager_steps")


def learner():
    made = Learner(different_weights(new_model(dropout_rate=0.0)))
    made.compile(keras.optimizers.SGD(0.0), keras.losses.CategoricalCrossentropy(from_logits=True),
                 metrics=["accuracy"], jit_compile=False)
    return made


def test_the_loss_is_that_of_mixed_pictures_and_mixed_labels():
    one, truth = learner(), np.eye(3, dtype="float32")[LABELS]
    mixing = draw_mixing(np.random.default_rng(1), 16, (8, 12, 3), 0.3, 1.0)
    logits = to_numpy(one.model(mix_images(IMAGES, mixing)))
    mixed = to_numpy(mix_labels(truth, mixing, (8, 12)))
    by_hand = -np.mean(np.sum(mixed * to_numpy(keras.ops.log_softmax(logits)), axis=1))
    found = one.train_on_batch({"images": IMAGES, "mixing": mixing}, LABELS, return_dict=True)
    assert float(found["loss"]) == pytest.approx(by_hand, rel=1e-4)
    assert np.abs(mixed - truth).max() > 0.1  # something was mixed
    # Accuracy asks for the label of the picture that another was mixed into.
    assert float(found["accuracy"]) == pytest.approx(np.mean(logits.argmax(1) == LABELS))


def test_evaluation_neither_mixes_nor_augments():
    one = learner()
    one.augmentation.append(RandomCropFlip(2))
    found = one.evaluate(IMAGES, LABELS, batch_size=8, verbose=0, return_dict=True)
    assert found["accuracy"] == pytest.approx(np.mean(to_numpy(one.model(IMAGES)).argmax(1) == LABELS))


def test_labels_that_are_one_hot_already_mean_the_same():
    losses = [learner().evaluate(IMAGES, labels, verbose=0, return_dict=True)["loss"]
              for labels in (LABELS, np.eye(3, dtype="float32")[LABELS])]
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)


def test_seeds_decide_augmentation_and_dropout():
    one = Learner(different_weights(new_model()), [RandomCropFlip(2)])
    seeds = EpochSeeds(1)
    seeds.set_model(one)

    def outputs(epoch):
        seeds.on_epoch_begin(epoch)
        return to_numpy(one(IMAGES, training=True))

    np.testing.assert_array_equal(outputs(2), outputs(2))
    assert not np.allclose(outputs(2), outputs(3))


# ---- Batches ----

def shown(batches, epoch):
    batches.start(epoch)
    return np.concatenate([batches[index][0] for index in range(len(batches))])


def test_an_epoch_shows_every_picture_once_in_an_order_of_its_own():
    batches = Batches(small_dataset().train, 16, seed=3)
    first, second = shown(batches, 0), shown(batches, 1)
    assert len(batches) == 3 and len({image.tobytes() for image in first}) == 48
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(shown(Batches(small_dataset().train, 16, seed=3), 1), second)  # after a break, too
    assert not np.array_equal(shown(Batches(small_dataset().train, 16, seed=4), 1), second)


def test_labels_stay_with_their_pictures():
    batches = Batches(small_dataset().train, 16)
    for images, labels in (batches[index] for index in range(3)):
        np.testing.assert_array_equal(images.mean((1, 2)).argmax(1), labels)  # the brightest channel


def test_parts_of_a_batch_are_batches_of_keras():
    assert len(Batches(small_dataset().train, 16, parts=4)) == 12


def test_mixtures_belong_to_a_batch_and_end_when_they_should():
    batches = Batches(small_dataset().train, 16, mixing={"mixup": 0.3, "cutmix": 1.0}, mix_until=0.5)
    batches.share = lambda index: index / 3
    mixed = [np.any(batches[index][0]["mixing"][:, 4] < 1) for index in range(3)]
    assert mixed == [True, True, False]
    np.testing.assert_array_equal(batches[1][0]["mixing"], batches[1][0]["mixing"])


def test_fewer_images_than_a_batch_are_refused():
    with pytest.raises(ValueError, match="A batch needs 64 training images: got 50. Lower `batch_size`"):
        Batches(small_dataset().train, 64)


def test_devices_share_what_they_evaluate_and_leave_out_less_than_one_each():
    batches = InOrder(split(11, 3), 4, devices=2)
    sizes = [len(batches[index][1]) for index in range(len(batches))]
    assert sizes == [4, 4, 2]  # 10 of 11
    np.testing.assert_array_equal(np.concatenate([batches[index][0] for index in range(3)]), split(11, 3).images[:10])


def test_fit_sees_the_batches_of_every_epoch_in_their_order():
    """The loss is the mean of the labels, which are numbers of images."""
    batches = Batches(Split(np.zeros((50, 2), "float32"), np.arange(50, dtype="float32")), 8)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", lambda labels, outputs: keras.ops.mean(labels) + 0 * keras.ops.sum(outputs))
    seen = {}
    note = keras.callbacks.LambdaCallback(on_train_batch_end=lambda number, logs: seen.setdefault(
        batches.epoch, []).append(float(logs["loss"])))
    model.fit(batches, epochs=3, initial_epoch=1, shuffle=False, verbose=0, callbacks=[EpochSeeds(0, batches), note])
    for epoch in (1, 2):
        order = np.random.default_rng([0, epoch]).permutation(50)[:48].reshape(6, 8)
        expected = np.cumsum(order.mean(axis=1)) / np.arange(1, 7)  # Keras logs the mean of the epoch so far
        np.testing.assert_allclose(seen[epoch], expected, rtol=1e-5)
