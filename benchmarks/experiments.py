"""What is trained on which data: sizes of both models and the recipe, by profile.

Models that meet are of one order in parameters, and they get the same recipe and the same time.
Lessons spell the sizes out again, since a student reads them there; a test compares them with these.
"""

from dataclasses import dataclass, field, replace

import vit_keras
from vit_keras import VisionTransformer, create_cnn_classifier, create_hybrid_vit, pick
from vit_keras.hybrid import stem_alone
from vit_keras.training import initialise_mimetic


@dataclass(frozen=True)
class Experiment:
    """A data set and the models that meet on it.

    Args:
        load: function `(source, limit)` to a `Dataset`.
        vit, cnn, hybrid: dict. Arguments of `VisionTransformer`, `create_cnn_classifier` and `create_hybrid_vit`.
        recipe: dict. What differs from the defaults of `Recipe`.
        for_hours: dict. What an hour of training changes about these, in the words of recipes.py.
        mimetic: bool. Whether the attention of `vit` and `hybrid` starts as `initialise_mimetic` says.
    """

    load: callable
    vit: dict
    cnn: dict
    hybrid: dict
    recipe: dict = field(default_factory=dict)
    for_hours: dict = field(default_factory=dict)
    mimetic: bool = False

    def longer(self):
        """The experiment as it is trained for hours."""
        return self.changed(self.for_hours)

    def changed(self, changes):
        """The experiment with what a recipe of recipes.py changes."""
        transformer = changes.get("transformer", {})
        return replace(
            self, mimetic=changes.get("mimetic", self.mimetic), recipe={**self.recipe, **changes.get("recipe", {})},
            vit={**self.vit, **transformer, **changes.get("vit", {})}, hybrid={**self.hybrid, **transformer},
        )

    def create(self, name, dataset, seed=0):
        """A new model for the data of `dataset`.

        Args:
            name: "vit", "cnn", "hybrid", or "stem": the hybrid's alone.
            dataset: `Dataset`.
            seed: int. Of mimetic initialisation; any other follows `keras.utils.set_random_seed`.
        """
        shape, classes = dataset.train.images.shape[1:], len(dataset.class_names)
        if name == "cnn":
            return create_cnn_classifier(shape, classes, **self.cnn)
        if name == "vit":
            model = VisionTransformer(shape, num_classes=classes, **self.vit, name="vit")
        else:
            model = create_hybrid_vit(shape, num_classes=classes, **self.hybrid, name="hybrid")
        if self.mimetic:
            initialise_mimetic(model, seed)
        return stem_alone(model) if name == "stem" else model

    def size(self, name):
        return {"vit": self.vit, "cnn": self.cnn, "hybrid": self.hybrid, "stem": self.hybrid}[name]


def experiments():
    """{name: Experiment} for the profile in force."""
    # A first convolution of fewer than 16 channels, trained by TensorFlow 2.21 on a processor with AVX-512, writes
    # beyond its memory and may end the process: small models, too, begin with 16.
    cifar = {
        "vit": {"patch_size": 4} | pick(
            smoke={"num_layers": 2, "hidden_dim": 32, "num_heads": 2, "mlp_dim": 64},
            laptop={"num_layers": 4, "hidden_dim": 64, "num_heads": 4, "mlp_dim": 128},
            gpu={"num_layers": 9, "hidden_dim": 192, "num_heads": 3, "mlp_dim": 768},
        ),
        "cnn": pick(
            smoke={"widths": (16, 16, 32), "blocks_per_stage": 1},
            laptop={"widths": (16, 32, 64, 128), "blocks_per_stage": 1},
            gpu={"widths": (64, 128, 256, 512), "blocks_per_stage": 2},
        ),
        "hybrid": {"stem": "resnet", "patch_size": 1} | pick(
            smoke={"stem_widths": (16, 16, 16), "num_layers": 1, "hidden_dim": 32, "num_heads": 2, "mlp_dim": 64},
            laptop={"stem_widths": (16, 32, 64), "num_layers": 2, "hidden_dim": 64, "num_heads": 4, "mlp_dim": 128},
            gpu={"stem_widths": (64, 128, 256), "blocks_per_stage": 2, "num_layers": 7, "hidden_dim": 256,
                 "num_heads": 4, "mlp_dim": 768},
        ),
        # Prepared for a GPU, not measured yet.
        "for_hours": {"recipe": pick(smoke={}, laptop={}, gpu={
            "batch_size": 512, "cutmix": 1.0, "mixup": 0.2, "mix_probability": 0.5, "mix_until": 0.9, "ema": 0.9995})},
    }
    cats_vs_dogs = {
        "vit": pick(
            smoke={"patch_size": 14, "num_layers": 2, "hidden_dim": 32, "num_heads": 2, "mlp_dim": 64},
            laptop={"patch_size": 14, "num_layers": 4, "hidden_dim": 64, "num_heads": 4, "mlp_dim": 128},
            gpu={"patch_size": 8, "num_layers": 9, "hidden_dim": 192, "num_heads": 3, "mlp_dim": 768},
        ),
        "cnn": {"first_stride": 2} | pick(
            smoke={"widths": (16, 16, 16, 32)},
            laptop={"widths": (16, 32, 64, 128)},
            gpu={"widths": (64, 128, 256, 512), "blocks_per_stage": 2},
        ),
        "hybrid": {"stem": "resnet", "first_stride": 2} | pick(
            smoke={"stem_widths": (16, 16, 16), "patch_size": 2, "num_layers": 1, "hidden_dim": 32, "num_heads": 2,
                   "mlp_dim": 64},
            laptop={"stem_widths": (16, 32, 64), "patch_size": 2, "num_layers": 2, "hidden_dim": 64, "num_heads": 4,
                    "mlp_dim": 128},
            gpu={"stem_widths": (64, 128, 256), "blocks_per_stage": 2, "patch_size": 1, "num_layers": 7,
                 "hidden_dim": 256, "num_heads": 4, "mlp_dim": 768},
        ),
        "recipe": {"crop_padding": 14},  # an eighth of the width, as 4 pixels are of CIFAR's 32
        # Seen a hundred times and more, the same photographs are learned by heart: they are varied further.
        "for_hours": {
            "vit": pick(smoke={}, laptop={"patch_size": 8}, gpu={}),
            # How much and how long is mixed counts with `--cutmix 1`; without it nothing is.
            "recipe": {"crop_scale": (0.35, 1.0), "ema": 0.999, "mix_probability": 0.5, "mix_until": 0.8},
            "transformer": {"stochastic_depth": 0.1},
            "mimetic": True,
        },
    }
    return {
        "cifar10": Experiment(vit_keras.load_cifar10, **cifar),
        "cifar100": Experiment(vit_keras.load_cifar100, **cifar),
        "cats_vs_dogs": Experiment(vit_keras.load_cats_vs_dogs, **cats_vs_dogs),
    }
