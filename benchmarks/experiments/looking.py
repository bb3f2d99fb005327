"""Where rollout points, and whether that is what decides: the measurements of the lesson on looking inside.

    python benchmarks/experiments/looking.py                 small ViTs on drawn shapes, with and without a shortcut
    python benchmarks/experiments/looking.py --tasks shapes --jobs 2
                                                             only this task; two runs at a time, one core each
    python benchmarks/experiments/looking.py --record        results/looking_inside.json, to be quoted in the lesson

Small ViTs learn to name five white shapes in clutter. The masks of drawn shapes are known, so it can be measured how
much of a map lies on the shape; and patches can be covered, to see what the answer needs. There are three tasks:

    shapes       the shape says the class
    mark         so does a colored mark in the corner of every training picture: a shortcut
    random mark  the mark is there and says nothing: the control

Models and recipe are those of the lesson, without augmentation: mirrored, a mark would change its corner. Fifteen runs,
three tasks with five seeds each, of about a minute on two cores: a quarter of an hour in all. Each run is a process of
its own and is written as soon as it is measured; the same command goes on with those that are missing.
VIT_KERAS_PROFILE=smoke tries everything in a minute, on so few pictures that the numbers mean nothing.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from runs import add_running, carry_out, parser_of, start

TASKS = ("shapes", "mark", "random mark")


def parse(words):
    parser = parser_of(__doc__)
    parser.add_argument("--tasks", nargs="+", choices=TASKS, help="only these")
    parser.add_argument("--seeds", nargs="+", type=int, help="default: 0 to 4; smoke: 0")
    add_running(parser)
    return parser.parse_args(words)


if __name__ == "__main__":
    parse(sys.argv[1:])  # --help and a wrong word need not wait for TensorFlow

import keras
import numpy as np

import vit_keras
from vit_keras import Dataset, Recipe, Split, VisionTransformer, attention_maps, draw_shapes, logits_of, pick
from vit_keras.data import MARKS, add_marks, cover
from vit_keras.inside import HEAD_FUSION, answer_map, mass_on, most_looked_at, patch_shares, rank_on, rollout_map

FIVE_SHAPES = ("circle", "square", "triangle", "cross", "heart")
COVERED = (0, 4, 8, 16, 32)  # patches of 64
HELD_OUT = 10_000  # seeds from here on are those of validation and test images: the same for every run
KEPT = ("train_accuracy", "validation_accuracy", "test_accuracy", "parameters", "steps", "seconds")


def settings():
    """How large all runs are, for the profile in force: stored with the results."""
    laptop = {"model": {"num_layers": 2, "hidden_dim": 32, "num_heads": 4, "mlp_dim": 64}, "batch_size": 64,
              "learning_rate": 5e-3, "steps": 900, "train": 8_000, "validation": 500, "test": 500,
              "seeds": [0, 1, 2, 3, 4], "jit_compile": "auto"}
    smoke = {**laptop, "batch_size": 16, "steps": 4, "train": 48, "validation": 20, "test": 30, "seeds": [0],
             "jit_compile": False}
    return pick(smoke=smoke, laptop=laptop, gpu={**laptop, "steps": 5_000})


def runs_of(seeds, tasks=None):
    """All runs, those of one seed before those of the next: a list of dicts."""
    return [{"task": task, "seed": seed} for seed in seeds for task in TASKS if tasks is None or task in tasks]


def measure(run):
    """Train the model of a run, and measure where its rollout points before and after.

    Returns:
        dict: `KEPT` of `train`; `before` and `after`, see `pointing`; `answers`, see `answers`; for the task "shapes"
        also `covered`, `twins` and `broken`; and `source`, what the images were.
    """
    size, task, seed = settings(), run["task"], run["seed"]
    train, validation, test = (pictures(task, number, each) for number, each in
                               ((size["train"], seed), (size["validation"], HELD_OUT), (size["test"], HELD_OUT + 1)))
    keras.utils.set_random_seed(seed)
    model = VisionTransformer((32, 32, 3), patch_size=4, num_classes=len(FIVE_SHAPES), **size["model"])
    untrained, before = copy_of(model), pointing(model, test)
    order = np.resize(np.arange(size["train"]), size["steps"] * size["batch_size"])
    dataset = Dataset(Split(train.images[order], train.labels[order]),
                      *(Split(drawn.images, drawn.labels) for drawn in (validation, test)), FIVE_SHAPES,
                      "Drawn shapes.")
    recipe = Recipe(1, batch_size=size["batch_size"], learning_rate=size["learning_rate"], label_smoothing=0,
                    crop_padding=0, flip=False, seed=seed, jit_compile=size["jit_compile"])
    result = vit_keras.train(model, dataset, recipe, verbose=False)
    found = {"source": dataset.source, **{name: result[name] for name in KEPT}, "before": before,
             "after": pointing(model, test), "answers": answers(model, test, task)}
    if task == "shapes":
        found |= {"covered": covered(model, untrained, test), "twins": twins(model, size["test"]),
                  "broken": broken(model, test)}
    return found


# ---- Pictures ----

def pictures(task, number, seed, labels=None):
    """White shapes in clutter, with marks as the task has them; no shape touches the border: `DrawnImages`."""
    rng = np.random.default_rng([seed, 5])
    centers = rng.uniform(10, 22, (number, 2))
    drawn = draw_shapes(number, shapes=FIVE_SHAPES, labels=labels, position=centers, size=(0.18, 0.28), color="white",
                        clutter=0.4, seed=seed)
    if task == "shapes":
        return drawn
    marks = drawn.labels if task == "mark" else rng.integers(0, len(MARKS), number)
    return drawn._replace(images=add_marks(drawn.images, marks))


def patches_of(model, drawn):
    """Where the shape is and where the mark is, in patches: the share of each that it covers, (B, rows, columns)."""
    on_shape = patch_shares(drawn.masks, model.grid_shape)
    on_mark = np.zeros_like(on_shape)
    on_mark[:, 0, 0] = 1
    return {"shape": on_shape, "mark": on_mark}


# ---- Where a map points ----

def pointing(model, drawn):
    """Means over the pictures: how much of the map lies on shape and mark, as a multiple of their areas (1: by chance).

    "rank": how often a patch that the shape touches has more than another, 0.5 by chance. `visible` is how far from
    chance that is in either direction, a picture at a time: what can be seen once colours are stretched.
    """
    where = patches_of(model, drawn)
    found = {"area": {name: mean(shares) for name, shares in where.items()}, "lift": {}}
    for fusion in HEAD_FUSION:
        maps = rollout_map(model, drawn.images, fusion)
        found["lift"][fusion] = {name: mean(mass_on(maps, shares)) / mean(shares) for name, shares in where.items()}
    maps = rollout_map(model, drawn.images)
    ranks = rank_on(maps, where["shape"] > 0)
    found |= {"mass": {name: mean(mass_on(maps, shares)) for name, shares in where.items()}, "rank": mean(ranks),
              "visible": mean(np.abs(2 * ranks - 1)), "heads": heads(model, drawn, where["shape"])}
    return found


def heads(model, drawn, on_shape):
    """The multiple of the shape's area, for each block and head by itself: lists of lists."""
    found = np.zeros((model.num_layers, model.num_heads))
    for first in range(0, len(drawn.images), 50):
        part = slice(first, first + 50)
        maps = attention_maps(model, drawn.images[part])
        for layer, head in np.ndindex(found.shape):
            found[layer, head] += mass_on(answer_map(maps[:, layer, head], model.grid_shape), on_shape[part]).sum()
    return np.round(found / len(drawn.images) / on_shape.mean(), 3).tolist()


# ---- What decides ----

def answers(model, drawn, task):
    """Accuracy with all as it is, with the shape covered, and where there is a mark with the mark covered or changed.

    Where the mark is changed, it names another class: `by shape` and `by mark` are the shares that follow either.
    """
    where = patches_of(model, drawn)
    found = {"as it is": accuracy(model, drawn.images, drawn.labels),
             "shape covered": accuracy(model, cover(drawn.images, where["shape"] > 0), drawn.labels)}
    if task != "shapes":
        others = (drawn.labels + 1 + np.arange(len(drawn.labels)) % (len(MARKS) - 1)) % len(MARKS)
        named = logits_of(model, add_marks(drawn.images, others)).argmax(axis=1)
        found |= {"mark covered": accuracy(model, cover(drawn.images, where["mark"] > 0), drawn.labels),
                  "by shape": mean(named == drawn.labels), "by mark": mean(named == others)}
    return found


def covered(model, untrained, drawn):
    """Accuracy with patches covered, chosen by the model's own map and by that of an untrained one.

    Returns:
        dict: {panel: {order: {number of patches: accuracy}}}.
    """
    by_chance, found = np.random.default_rng(0).random((len(drawn.labels), *model.grid_shape)), {}
    for panel, source in {"by its own map": model, "by the map of the untrained model": untrained}.items():
        maps = rollout_map(source, drawn.images)
        orders = {"most looked at": (maps, False), "any": (by_chance, False), "least looked at": (maps, True)}
        found[panel] = {
            name: {number: accuracy(model, cover(drawn.images, most_looked_at(values, number, least)), drawn.labels)
                   for number in COVERED} for name, (values, least) in orders.items()}
    return found


def twins(model, number):
    """Pictures that differ in the shape alone: how alike are their maps where the answers differ, and are right?"""
    labels = np.arange(number) % len(FIVE_SHAPES)
    pairs = [pictures("shapes", number, HELD_OUT + 2, each) for each in (labels, (labels + 1) % len(FIVE_SHAPES))]
    right = np.all([logits_of(model, drawn.images).argmax(axis=1) == drawn.labels for drawn in pairs], axis=0)
    one, other = (rollout_map(model, drawn.images).reshape(number, -1) for drawn in pairs)
    chosen = right if right.any() else ~right  # a model that has learned nothing names no pair rightly
    alike = [float(np.corrcoef(*pair)[0, 1]) for pair in zip(one[chosen], other[chosen])]
    strangers = [float(np.corrcoef(*pair)[0, 1]) for pair in zip(one[chosen], np.roll(one, 1, axis=0)[chosen])]
    return {"both right": mean(right), "correlation": mean(alike), "with another picture": mean(strangers)}


def broken(model, drawn):
    """Two other models with the same maps: classes exchanged in the head; no values in the last block."""
    maps, found = rollout_map(model, drawn.images), {}
    for name in ("classes exchanged", "last values cut"):
        other = copy_of(model)
        if name == "classes exchanged":
            for weight in (other.head.kernel, other.head.bias):
                weight.assign(np.roll(keras.ops.convert_to_numpy(weight), 1, axis=-1))
        else:
            value = other.encoder.blocks[-1].attention.value
            for weight in (value.kernel, value.bias):
                weight.assign(np.zeros(weight.shape))
        found[name] = {"accuracy": accuracy(other, drawn.images, drawn.labels),
                       "largest change of a map": float(np.abs(rollout_map(other, drawn.images) - maps).max())}
    return found


def copy_of(model):
    """The same model, with weights of its own."""
    other = VisionTransformer.from_config(model.get_config())
    other.set_weights(model.get_weights())
    return other


def accuracy(model, images, labels):
    return mean(logits_of(model, images).argmax(axis=1) == labels)


def mean(values):
    return float(np.mean(values))


# ---- Command line ----

def called(run):
    return f"{run['task']}, seed {run['seed']}"


def told(measured):
    before, after = (measured[when]["lift"]["mean"]["shape"] for when in ("before", "after"))
    return (f"test {measured['test_accuracy']:.1%}, on the shape {before:.2f} times its area before and {after:.2f} "
            f"times after training, {measured['seconds']:.0f} s")


def main(words):
    options, size = parse(words), settings()
    carry_out(__file__, words, options, "looking_inside", size, runs_of(options.seeds or size["seeds"], options.tasks),
              lambda run, _: measure(run), called, told=told)


if __name__ == "__main__":
    start(main)
