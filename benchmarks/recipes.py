"""What is trained on which data, recipes by name, and the ladder that leads from the first recipe to the last.

An `Experiment` is a data set and the models that meet on it: of one order in parameters, with the same recipe and the
same time, by profile. Lessons spell the sizes out again, since a student reads them there; a test compares the two.

A recipe is a dict of what it changes about an experiment: "recipe" (arguments of `Recipe`), "transformer" (arguments of
`VisionTransformer` that have nothing to do with its size), "vit" (its size) and "mimetic" (whether attention starts as
`initialise_mimetic` says). Nothing runs here.
"""

from dataclasses import dataclass, field, replace

import vit_keras
from vit_keras import VisionTransformer, create_cnn_classifier, create_hybrid_vit, pick
from vit_keras.hybrid import stem_alone
from vit_keras.training import initialise_mimetic

# ---- What is trained on which data ----

@dataclass(frozen=True)
class Experiment:
    """A data set and the models that meet on it.

    Args:
        load: function `(source, limit)` to a `Dataset`.
        vit, cnn, hybrid: dict. Arguments of `VisionTransformer`, `create_cnn_classifier` and `create_hybrid_vit`.
        recipe: dict. What differs from the defaults of `Recipe`.
        for_hours: dict. What an hour of training changes about these, as a recipe by name does.
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
        """The experiment with what a recipe changes."""
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


def own_pictures(path):
    """The `Experiment` of the pictures in a folder or zip, of any classes: sizes and recipe as for cats and dogs."""
    def load(source, limit=None):
        if source == "drawn":
            raise ValueError(f"Pictures of your own are not drawn: leave out --source, or --data {path}.")
        return vit_keras.load_photographs(path, limit=limit)

    return replace(experiments()["cats_vs_dogs"], load=load)


# ---- Recipes ----

def ladder(crop_padding=4):
    """The rungs for the profile in force: {name: what it adds to the rungs below it}.

    The first is the recipe of the ViT example on keras.io as far as ours has the words: AdamW at a constant rate,
    dropout, and pictures that are mirrored. (The example also turns and enlarges them, and has another head.)

    Args:
        crop_padding: int. Pixels by which pictures are moved, once they are.
    """
    return {
        "keras.io": {
            "recipe": {"batch_size": 256, "learning_rate": 1e-3, "weight_decay": 1e-4, "warmup": 0.0, "decay": False,
                       "clip_norm": None, "label_smoothing": 0.0, "crop_padding": 0, "flip": True} | pick(
                           smoke={"batch_size": 64}, laptop={}, gpu={}),
            "transformer": {"dropout_rate": 0.1},
        },
        "batch and rate": {"recipe": pick(
            smoke={"batch_size": 32, "learning_rate": 2e-3},
            laptop={"batch_size": 64, "learning_rate": 2e-3},
            gpu={"batch_size": 512, "learning_rate": 1e-3})},
        "warm-up and cosine": {"recipe": {"warmup": 0.1, "decay": True}},
        "clipping": {"recipe": {"clip_norm": 1.0}},
        "weight decay": {"recipe": {"weight_decay": 0.05}},
        "moved": {"recipe": {"crop_padding": crop_padding}},
        "label smoothing": {"recipe": {"label_smoothing": 0.1}},
        "TrivialAugment": {"recipe": {"trivial_augment": 1.0}},
        "CutMix and MixUp": {"recipe": {"cutmix": 1.0, "mixup": 0.8, "mix_probability": 0.8}},
        "mixing ends": {"recipe": {"mix_until": 0.9}},
        "random erasing": {"recipe": {"random_erasing": 0.25}},
        "stochastic depth": {"transformer": {"dropout_rate": 0.0, "stochastic_depth": 0.1}},
        "mimetic start": {"mimetic": True},
        # A mean over the last twentieth of the steps or so: the fewer steps, the shorter its memory.
        "mean of weights": {"recipe": {"ema": pick(smoke=0.5, laptop=0.99, gpu=0.9995)}},
        "bfloat16": {"recipe": {"precision": "auto"}},
        "Muon": {"recipe": {"muon": True}},
    }


def climbed(rungs, name):
    """All that changes up to and with a rung.

    Args:
        rungs: dict of `ladder`.
        name: str.

    Returns:
        dict, a recipe.
    """
    recipe = {}
    for rung, changes in rungs.items():
        for part, change in changes.items():
            recipe[part] = {**recipe.get(part, {}), **change} if isinstance(change, dict) else change
        if rung == name:
            return recipe
    raise ValueError(f"A rung must be one of {', '.join(rungs)}: got {name!r}.")


def named(crop_padding=4):
    """{name: recipe} for the profile in force.

    "keras.io" is where the ladder starts. "course" is the recipe of lessons 5 to 8, whose words are the defaults of
    `Recipe`; "course-muon" is the same with Muon. "ten-minutes" is the fastest that was found, by validation, for as
    many minutes on two cores: Muon and a mimetic start let the rate be twice as high, and a larger batch keeps XLA
    busy. "evening" is for an hour and more: a wider and deeper ViT, too slow for ten minutes, and images varied so far
    that it cannot learn them by heart. "small-data" is the whole ladder, for training that is long enough to learn from
    it; on a GPU with a wider model (prepared, not measured yet).
    """
    rungs = ladder(crop_padding)
    sizes = pick(smoke={}, laptop={}, gpu={"num_layers": 9, "hidden_dim": 384, "num_heads": 6, "mlp_dim": 768})
    return {
        "keras.io": climbed(rungs, "keras.io"),
        "course": {},
        "course-muon": rungs["Muon"],
        "ten-minutes": {
            "mimetic": True,
            "recipe": {"muon": True, "crop_padding": crop_padding * 3 // 4} | pick(
                smoke={"batch_size": 32}, laptop={"batch_size": 128, "learning_rate": 4e-3}, gpu={})},
        "evening": {
            "mimetic": True,
            "recipe": {"muon": True, "trivial_augment": 0.5, "cutmix": 1.0, "mix_probability": 0.25, "mix_until": 0.9}
            | pick(smoke={"batch_size": 32}, laptop={"batch_size": 128, "learning_rate": 3e-3, "ema": 0.999}, gpu={}),
            "vit": pick(smoke={}, laptop={"num_layers": 6, "hidden_dim": 96, "num_heads": 3, "mlp_dim": 192}, gpu={}),
        },
        "small-data": {**climbed(rungs, list(rungs)[-1]), "vit": sizes},
    }
