"""What is compiled: a model behind its augmentation, with its loss and its optimizer."""

import keras
import numpy as np

from vit_keras.augment import RandomCropFlip
from vit_keras.mixing import mix_images, mix_labels
from vit_keras.resized_crop import RandomResizedCrop

# Decay pulls kernels towards zero. A bias, a norm's scale, a token or a position has no reason to be small.
NEVER_DECAYED = ["bias", "gamma", "beta", "class_token", "position_embedding"]


class Learner(keras.Model):
    """A model behind its augmentation, so that both run in one compiled step, on the device."""

    def __init__(self, model, recipe, **kwargs):
        super().__init__(**kwargs)
        self.model = model
        self.augment = augmentation(recipe)
        self.built = True  # all weights are the model's, so a backup can be loaded before the first step

    def call(self, inputs, training=None):
        if not isinstance(inputs, dict):
            return self.model(self.augment(inputs, training=training), training=training)
        images = mix_images(self.augment(inputs["images"], training=training), inputs["mixing"])
        return self.model(images, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        if isinstance(x, dict):
            y = mix_labels(y, x["mixing"], x["images"].shape[1:3])
        return super().compute_loss(x, y, y_pred, sample_weight, training=training)

    def learn(self, images, labels, mixing=None):
        """One step; returns this batch's `loss` and `accuracy`, the latter of the label that is not the partner's.

        Args:
            images: array `(B, H, W, C)`.
            labels: array `(B, K)`, rows of sum one.
            mixing: array `(B, 5)` of `draw_mixing`, or `None`: no picture is mixed.
        """
        self.reset_metrics()  # some versions of Keras do it themselves
        inputs = images if mixing is None else {"images": images, "mixing": mixing}
        return self.train_on_batch(inputs, labels, return_dict=True)

    def judge(self, images, labels):
        """`loss` and `accuracy` of these images, nothing learned."""
        self.reset_metrics()
        return self.test_on_batch(images, labels, return_dict=True)

    def take_averages(self):
        """Put the running mean of the weights in their place, where the recipe keeps one."""
        if self.optimizer.use_ema:
            self.optimizer.finalize_variable_values(self.trainable_variables)

    def reseed(self, *numbers):
        """Start every random layer (augmentation, dropout) from these numbers."""
        seeds = np.random.default_rng(numbers)
        for layer in self._flatten_layers():
            if hasattr(layer, "seed_generator"):
                state = layer.seed_generator.state
                state.assign(seeds.integers(2**31, size=state.shape).astype(state.dtype))


def augmentation(recipe):
    """The layer that changes the images of a recipe."""
    if recipe.crop_scale is not None:
        return RandomResizedCrop(recipe.crop_scale, flip=recipe.flip, seed=recipe.seed)
    return RandomCropFlip(recipe.crop_padding, recipe.flip, recipe.seed)


def compile_learner(learner, recipe):
    """Give a learner its optimizer and its loss."""
    optimizer = keras.optimizers.AdamW(
        recipe.learning_rate, weight_decay=recipe.weight_decay, global_clipnorm=recipe.clip_norm,
        use_ema=recipe.ema is not None, ema_momentum=recipe.ema or 0.0,
    )
    optimizer.exclude_from_weight_decay(var_names=NEVER_DECAYED)
    learner.compile(
        optimizer,
        keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing),
        metrics=["accuracy"],
        jit_compile=should_jit(learner.model) if recipe.jit_compile == "auto" else recipe.jit_compile,
    )


def should_jit(model):
    """Whether XLA pays for this model on this backend: the one place where that is decided.

    Keras's own choice is XLA wherever every layer of the model supports it. Where measured, XLA was never slower:
    `results/speed_paper.json`, "ours" with XLA and without. PyTorch's compiler is left off, as Keras does.
    """
    return "auto"
