"""What is compiled: a model behind its augmentation, with its loss and its optimizer."""

import keras
import numpy as np

from vit_keras.augment.crops import RandomCropFlip, RandomErasing, RandomResizedCrop
from vit_keras.augment.mixing import mix_images, mix_labels
from vit_keras.augment.trivial_augment import TrivialAugment
from vit_keras.training.distribution import Workers
from vit_keras.training.optimizers import Muon
from vit_keras.training.stepping import stepper

# Decay pulls kernels towards zero. A bias, a norm's scale, a token or a position has no reason to be small.
NEVER_DECAYED = ["bias", "gamma", "beta", "class_token", "position_embedding"]


class Learner(keras.Model):
    """A model behind its augmentation, so that both run in one compiled step, on the device, or on many."""

    def __init__(self, model, recipe, workers=None, **kwargs):
        super().__init__(**kwargs)
        self.model = model
        self.workers = workers or Workers()
        self.augmentations = augmentations(recipe)
        self.stepper = None  # of `compile_learner`
        self.built = True  # all weights are the model's, so a backup can be loaded before the first step

    def call(self, inputs, training=None):
        mixed = isinstance(inputs, dict)
        images = inputs["images"] if mixed else inputs
        for layer in self.augmentations:
            images = layer(images, training=training)
        return self.model(mix_images(images, inputs["mixing"]) if mixed else images, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        if isinstance(x, dict):
            y = mix_labels(y, x["mixing"], x["images"].shape[1:3])
        return super().compute_loss(x, y, y_pred, sample_weight, training=training)

    def take_data(self, images, labels, resident=None):
        """The training data, from which `learn` picks.

        Args:
            images: array `(N, H, W, C)`.
            labels: array `(N, K)`, rows of sum one.
            resident: bool or `None`. Whether the images are brought to the device as a whole. By default they are where
                it has a memory of its own; on a processor they would only lie in the same memory twice.
        """
        self.stepper.take_data(images, labels, resident)

    def learn(self, chosen, mixing=None):
        """One step on some of the images of `take_data`.

        Args:
            chosen: int array `(B,)`, numbers of images.
            mixing: array `(B, 5)` of `draw_mixing`, or `None`: no picture is mixed.

        Returns:
            dict of this batch's `loss` and `accuracy`, the latter of the label that is not the partner's: numbers, or
            tensors that may not be computed yet. Until `settle` the model's weights may be out of date.
        """
        return self.stepper.learn(chosen, mixing)

    def judge(self, images, labels):
        """`loss` and `accuracy` of these images, as `learn` returns them; nothing is learned."""
        return self.stepper.judge(images, labels)

    def settle(self):
        """Bring the model's weights up to date."""
        self.stepper.settle()

    def take_averages(self):
        """Put the running mean of the weights in their place, where the recipe keeps one."""
        self.settle()
        if self.optimizer.use_ema:
            self.optimizer.finalize_variable_values(self.trainable_variables)

    def reseed(self, *numbers):
        """Start every random layer (augmentation, dropout) from these numbers."""
        if self.stepper is not None:
            self.settle()
        seeds = np.random.default_rng(numbers)
        for layer in self._flatten_layers():
            if hasattr(layer, "seed_generator"):
                state = layer.seed_generator.state
                state.assign(seeds.integers(2**31, size=state.shape).astype(state.dtype))


def augmentations(recipe):
    """The layers that change the images of a recipe, one after the other."""
    layers = []
    if recipe.crop_scale is not None:
        layers.append(RandomResizedCrop(recipe.crop_scale, flip=recipe.flip, seed=recipe.seed))
    elif recipe.crop_padding or recipe.flip:
        layers.append(RandomCropFlip(recipe.crop_padding, recipe.flip, recipe.seed))
    if recipe.trivial_augment:
        layers.append(TrivialAugment(recipe.trivial_augment, seed=recipe.seed))
    if recipe.random_erasing:
        layers.append(RandomErasing(recipe.random_erasing, seed=recipe.seed))
    return layers


def compile_learner(learner, recipe):
    """Give a learner its optimizer, its loss and its steps."""
    parts = recipe.accumulate
    optimizer = (Muon if recipe.muon else keras.optimizers.AdamW)(
        recipe.learning_rate, weight_decay=recipe.weight_decay, global_clipnorm=recipe.clip_norm,
        # Keras averages after every part, though weights change only with the last of a batch.
        use_ema=recipe.ema is not None, ema_momentum=(recipe.ema or 0.0) ** (1 / parts),
        gradient_accumulation_steps=parts if parts > 1 else None,
    )
    optimizer.exclude_from_weight_decay(var_names=NEVER_DECAYED)
    optimizer.build(learner.trainable_variables)  # before anything is compiled, and before a backup is loaded
    learner.compile(
        optimizer,
        keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing),
        metrics=["accuracy"],
        jit_compile=should_jit(learner.model) if recipe.jit_compile == "auto" else recipe.jit_compile,
    )
    learner.stepper = stepper(learner)


def should_jit(model):
    """Whether XLA pays for this model on this backend: the one place where that is decided.

    Keras's own choice is XLA wherever every layer of the model supports it. Where measured, XLA was never slower:
    `results/speed_paper.json`, "ours" with XLA and without. PyTorch's compiler is left off, as Keras does.
    """
    return "auto"
