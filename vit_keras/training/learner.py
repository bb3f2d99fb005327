"""What is trained, as ordinary Keras: a model behind its augmentation, and the batches that it is shown."""

import keras
import numpy as np
from keras import ops

from vit_keras.augment.mixing import draw_mixing, mix_images, mix_labels
from vit_keras.training.devices import WORKERS, rows_of_this_process


class Learner(keras.Model):
    """A model behind its augmentation, so that both run in one compiled step, on the device.

        learner = Learner(vit, [RandomCropFlip(4)])
        learner.compile("adamw", keras.losses.CategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
        learner.fit(images, labels, epochs=20)

    Labels are ints, as everywhere in the course. The loss sees them one-hot: smoothing and mixing share them out.
    `accuracy` in training is that of augmented images; of mixed ones, by the label of the picture that is mixed into.

    Args:
        model: `keras.Model` from images in [0, 255] to logits `(B, K)`. It is trained in place.
        augmentation: list of layers, applied in training one after the other.
        **kwargs: Passed to `keras.Model`.

    Call arguments:
        inputs: Images `(B, H, W, C)`; or `{"images": ..., "mixing": ...}` with the `(B, 5)` of `draw_mixing`.
    """

    def __init__(self, model, augmentation=(), **kwargs):
        super().__init__(**kwargs)
        self.model = model
        self.augmentation = list(augmentation)
        self.built = True  # all weights are the model's, so a state can be loaded before the first step

    def call(self, inputs, training=None):
        mixed = isinstance(inputs, dict)
        images = inputs["images"] if mixed else inputs
        for layer in self.augmentation:
            images = layer(images, training=training)
        return self.model(mix_images(images, inputs["mixing"]) if mixed else images, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        if len(y.shape) == 1:
            y = ops.one_hot(y, y_pred.shape[-1])
        if isinstance(x, dict):
            y = mix_labels(y, x["mixing"], x["images"].shape[1:3])
        return super().compute_loss(x, y, y_pred, sample_weight, training=training)


class Batches(keras.utils.PyDataset):
    """Shuffled batches of a split: their order and their mixtures depend on the seed and on the epoch alone.

    So a run that was cut off goes on the same. Tell it the epoch with `EpochSeeds`, and pass `shuffle=False` to `fit`,
    which would shuffle the order of the batches once more. Images that fill no batch are left out, others every epoch.
    On several processes (`keras.distribution`) each gets its own rows of every batch.

    Args:
        split: `Split`.
        batch_size: int. Images for one change of the weights.
        parts: int. Batches of Keras in one of ours (`gradient_accumulation_steps`).
        seed: int.
        mixing: dict, further arguments of `draw_mixing`, or `None`: no picture is mixed.
        mix_until: float in [0, 1]. Share of the run after which none is mixed any more.

    Attributes:
        share: function from the place of a batch in its epoch to the share of the run that is over; set it for
            `mix_until` to have a meaning.

    Raises:
        ValueError: fewer images than one batch.
    """

    def __init__(self, split, batch_size, parts=1, seed=0, mixing=None, mix_until=1.0):
        super().__init__(workers=WORKERS)
        if len(split.labels) < batch_size:
            raise ValueError(f"A batch needs {batch_size} training images: got {len(split.labels)}. Lower "
                             "`batch_size`.")
        self.images, self.labels = split
        self.parts, self.size = parts, batch_size // parts
        self.seed, self.mixing, self.mix_until = seed, mixing, mix_until
        self.rows = rows_of_this_process(self.size)
        self.share = lambda index: 0.0
        self.start(0)

    def __len__(self):
        return len(self.labels) // (self.size * self.parts) * self.parts

    def start(self, epoch):
        """Begin an epoch: 0, 1, ..."""
        self.epoch = epoch
        self.order = np.random.default_rng([self.seed, epoch]).permutation(len(self.labels))

    def __getitem__(self, index):
        chosen = self.order[index * self.size : (index + 1) * self.size]
        images, labels = self.images[chosen[self.rows]], self.labels[chosen[self.rows]]
        if self.mixing is None:
            return images, labels
        rng = np.random.default_rng([self.seed, self.epoch, index])
        mixing = {**self.mixing, "probability": 0.0} if self.share(index) >= self.mix_until else self.mixing
        return {"images": images, "mixing": draw_mixing(rng, self.size, images.shape[1:], **mixing)[self.rows]}, labels
