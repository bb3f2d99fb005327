"""Recipes by name, and the ladder of one ingredient at a time that leads from the first to the last.

A recipe is a dict of what it changes about an experiment of experiments.py: "recipe" (arguments of `Recipe`),
"transformer" (arguments of `VisionTransformer` that have nothing to do with its size), "vit" (its size) and "mimetic"
(whether attention starts as `initialise_mimetic` says). Nothing runs here.
"""

from vit_keras import pick


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
    `Recipe`; "course-muon" is the same with Muon. "small-data" is the whole ladder, for training that is long enough to
    learn from it; on a GPU with a wider model (prepared, not measured yet).
    """
    rungs = ladder(crop_padding)
    sizes = pick(smoke={}, laptop={}, gpu={"num_layers": 9, "hidden_dim": 384, "num_heads": 6, "mlp_dim": 768})
    return {
        "keras.io": climbed(rungs, "keras.io"),
        "course": {},
        "course-muon": rungs["Muon"],
        "small-data": {**climbed(rungs, list(rungs)[-1]), "vit": sizes},
    }
