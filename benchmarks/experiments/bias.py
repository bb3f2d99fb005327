"""What convolutions take for granted and a Transformer does not: four experiments for the lesson on inductive bias.

    python benchmarks/experiments/bias.py translation     shapes where they were in training, and elsewhere
    python benchmarks/experiments/bias.py shuffle         pixels that have changed places, alike in every picture
    python benchmarks/experiments/bias.py data_size       accuracy against the number of training images,
                                                          and with the most of them that of a hybrid and its parts
    python benchmarks/experiments/bias.py robustness      pictures covered in part, moved, or of contradicting texture
    python benchmarks/experiments/bias.py data_size --models vit --jobs 2
                                                          only this model; two runs at a time, one core each
    python benchmarks/experiments/bias.py shuffle --record
                                                          results/inductive_bias_shuffle.json, to be quoted in lessons

All models of an experiment make the same number of steps; in data_size more where there are many images, so that each
is seen at least 30 times, and with Muon. The recipe is the course's (`vit_keras.Recipe`) without augmentation: moved
and mirrored pictures would teach what is to be tested, and would undo a shuffle. How large all is, the profile says
(`settings`). Each run is a process of its own and is written as soon as it is measured; the same command goes on with
the runs that are missing. Nothing is chosen by the test images. VIT_KERAS_PROFILE=smoke tries everything in a minute,
on images and models so small that the numbers mean nothing.
"""

import sys
from functools import lru_cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from runs import add_running, carry_out, parser_of, start

EXPERIMENTS = ("translation", "shuffle", "data_size", "robustness")
DATA = ("drawn", "cifar10", "textured")


def parse(words):
    parser = parser_of(__doc__)
    parser.add_argument("experiment", choices=EXPERIMENTS)
    parser.add_argument("--data", nargs="+", choices=DATA, help="only these")
    parser.add_argument("--models", nargs="+", metavar="NAME", help="only these of vit_keras.lessons.CONTENDERS")
    parser.add_argument("--seeds", nargs="+", type=int, help="default: 0 1 2; smoke: 0")
    add_running(parser)
    return parser.parse_args(words)


if __name__ == "__main__":
    parse(sys.argv[1:])  # --help and a wrong word need not wait for TensorFlow

import keras
import numpy as np
from robustness import draw_textured, move, occlude

import vit_keras
from vit_keras import Dataset, Recipe, Split, draw_shapes, logits_of, pick
from vit_keras.data import SHUFFLES, shuffle_pixels, shuffled_order
from vit_keras.inside import attention_maps, mean_attention_distance
from vit_keras.lessons import create_contender

FIVE_SHAPES = ("circle", "square", "triangle", "cross", "heart")
TEN_SHAPES = draw_shapes(1).shapes  # those that are drawn if nothing else is said
PLAIN = {"color": "white", "size": (0.18, 0.28), "clutter": 0}  # easy pictures: what is in question is something else
PLACES = {"center": ("center", "anywhere", "corner"), "left": ("left", "right")}  # of training: of the test
OCCLUDED = (0, 0.125, 0.25, 0.5, 0.75)
MOVED = (0, 1, 2, 3, 4, 6, 8)
KEPT = ("train_accuracy", "validation_accuracy", "test_accuracy", "parameters", "steps", "seconds")
HELD_OUT = 10_000  # seeds from here on are those of validation and test images: the same for every run


def settings():
    """How large all experiments are, for the profile in force: stored with the results."""
    laptop = {
        "models": "full", "batch_size": 64, "steps": 500, "steps_of_translation": 700, "passes": 30,
        "few": 3_000, "some": 10_000, "many": 30_000, "sizes": [300, 1_000, 4_000], "validation": 500,
        "test": 2_000, "seeds": [0, 1, 2], "jit_compile": "auto",
    }
    smoke = {
        "models": "tiny", "batch_size": 16, "steps": 4, "steps_of_translation": 5, "passes": 2,
        "few": 48, "some": 60, "many": 40, "sizes": [20, 40], "validation": 20,
        "test": 40, "seeds": [0], "jit_compile": False,
    }
    return pick(smoke=smoke, laptop=laptop, gpu={**laptop, "steps": 5_000, "steps_of_translation": 5_000})


def runs_of(experiment, seeds, data=None, models=None):
    """All runs of an experiment, those of one seed before those of the next: a list of dicts of words and numbers.

    Args:
        experiment: a key of `MEASURED`.
        seeds: ints.
        data, models: lists, or `None`: all there are.
    """
    return [
        {**dict(zip(("data", "model", "condition"), run)), "seed": seed}
        for seed in seeds for run in RUNS[experiment]()
        if (data is None or run[0] in data) and (models is None or run[1] in models)
    ]


RUNS = {  # (data, model, what else differs)
    "translation": lambda: [("drawn", model, "center") for model in
                            ("cnn", "cnn_flatten", "vit", "vit_average", "vit_no_positions")]
    + [("drawn", model, "left") for model in ("cnn", "cnn_flatten", "vit")],
    "shuffle": lambda: [(data, model, shuffle) for data in ("drawn", "cifar10") for model in ("cnn", "mlp", "vit")
                        for shuffle in SHUFFLES],
    "data_size": lambda: [("cifar10", model, size) for size in settings()["sizes"] for model in ("cnn", "vit")]
    + [("cifar10", model, max(settings()["sizes"])) for model in ("hybrid", "stem_alone")],
    "robustness": lambda: [(data, model, "") for data in ("drawn", "cifar10", "textured") for model in ("cnn", "vit")],
}


# ---- One run ----

def measure(experiment, run):
    """Train the model of a run and measure it.

    Returns:
        dict: `KEPT` of `train`, what the experiment adds, and `source`, what the images were.
    """
    return MEASURED[experiment](run)


def measure_translation(run):
    """Trained where the shape stands in one place, tested where it stands elsewhere."""
    size, place, seed = settings(), run["condition"], run["seed"]
    tests = {name: at_place(name, size["test"], HELD_OUT + 1) for name in PLACES[place]}
    model, found = trained(
        run, at_place(place, size["few"], seed), at_place(place, size["validation"], HELD_OUT), tests[place],
        FIVE_SHAPES, "Drawn shapes.", size["steps_of_translation"],
        look=attention_distance if run["model"].startswith("vit") else None,
    )
    found["test"] = {name: accuracy(model, split) for name, split in tests.items()}
    return found


def measure_shuffle(run):
    """Trained and tested on pictures whose pixels have changed places, always in the same way."""
    size, seed = settings(), run["seed"]
    if run["data"] == "drawn":
        splits = [near_the_centre(number, each) for number, each in
                  ((size["some"], seed), (size["validation"], HELD_OUT), (size["test"], HELD_OUT + 1))]
        names, source = TEN_SHAPES, "Drawn shapes."
    else:
        splits, names, source = cifar10(size["some"], seed)
    order = shuffled_order(run["condition"], 32, 4, seed)
    return trained(run, *(Split(shuffle_pixels(images, order), labels) for images, labels in splits), names, source)[1]


def measure_data_size(run):
    """Trained on few images or many, each seen at least so many times."""
    splits, names, source = cifar10(run["condition"], run["seed"])
    return trained(run, *splits, names, source, passes=settings()["passes"], muon=True)[1]


def measure_robustness(run):
    """Trained on pictures as they are; tested on pictures that are covered in part, moved, or contradict themselves."""
    size, seed = settings(), run["seed"]
    if run["data"] == "textured":
        return measure_textured(run, size)
    load, number = (drawn, size["many"]) if run["data"] == "drawn" else (cifar10, 4 * size["many"] // 3)
    splits, names, source = load(number, seed)
    model, found = trained(run, *splits, names, source)
    images, labels = splits[-1]
    found["test"] = {
        "occluded": {share: accuracy(model, Split(occlude(images, share), labels)) for share in OCCLUDED},
        "occluded aside": {
            share: accuracy(model, Split(occlude(images, share, aside=2), labels)) for share in OCCLUDED
        },
        "moved": {distance: accuracy(model, Split(move(images, distance), labels)) for distance in MOVED},
    }
    return found


def measure_textured(run, size):
    """Trained where shape and texture agree; tested where they do not: which of the two is named?"""
    train, validation, test, apart = (
        draw_textured(number, agree, seed=seed, **PLAIN) for number, agree, seed in
        ((size["few"], True, run["seed"]), (size["validation"], True, HELD_OUT), (size["test"], True, HELD_OUT + 1),
         (size["test"], False, HELD_OUT + 2))
    )
    splits = [Split(drawn.images, drawn.shapes) for drawn in (train, validation, test)]
    model, found = trained(run, *splits, FIVE_SHAPES, "Drawn shapes with textures.")
    answers = logits_of(model, apart.images).argmax(axis=1)
    found["test"] = {
        "agree": found["test_accuracy"],
        "by shape": float(np.mean(answers == apart.shapes)),
        "by texture": float(np.mean(answers == apart.textures)),
    }
    return found


MEASURED = {"translation": measure_translation, "shuffle": measure_shuffle, "data_size": measure_data_size,
            "robustness": measure_robustness}


# ---- Parts of a run ----

def trained(run, train, validation, test, names, source, steps=None, look=None, passes=0, muon=False):
    """The trained model of a run, and what is kept of its training; `look(model, images)` before and after it.

    It makes so many steps, or more until it has seen all images so many times.
    """
    size = settings()
    keras.utils.set_random_seed(run["seed"])
    model = create_contender(run["model"], len(names), size["models"])
    before = look(model, test.images[:100]) if look else None
    # one long pass: all images equally often, to within one
    number = max((steps or size["steps"]) * size["batch_size"], passes * len(train.labels))
    order = np.resize(np.arange(len(train.labels)), number)
    repeated = Split(train.images[order], train.labels[order])
    recipe = Recipe(1, batch_size=size["batch_size"], crop_padding=0, flip=False, seed=run["seed"],
                    jit_compile=size["jit_compile"], muon=muon)
    result = vit_keras.train(model, Dataset(repeated, validation, test, names, source), recipe, verbose=False)
    found = {"source": source, "passes": round(number / len(train.labels), 2), **{name: result[name] for name in KEPT}}
    if look:
        found["attention_distance"] = {"before": before, "after": look(model, test.images[:100])}
    return model, found


def accuracy(model, split):
    return float(np.mean(logits_of(model, split.images).argmax(axis=1) == split.labels))


def attention_distance(model, images):
    """Pixels, for each block and head: lists of lists."""
    maps = attention_maps(model, images)
    distances = mean_attention_distance(maps, model.grid_shape, model.patch_size, model.pooling == "token")
    return np.round(distances, 3).tolist()


# ---- Pictures ----

def at_place(place, number, seed):
    """Five white shapes on a shaded ground, their centres in one place: a `Split`.

    "center" is the middle give or take two pixels: so every alignment to patches and to strides of four pixels occurs,
    and what is left to test is the place. In a "corner" the centre is 10 to 11 pixels from two edges: there, too, no
    shape touches the border, where a convolution feels its padding. "left" and "right": the centre lies in this half.
    """
    rng = np.random.default_rng([seed, 3])
    if place == "center":
        place = rng.uniform(14, 18, (number, 2))
    elif place == "corner":
        centers = rng.uniform(10, 11, (number, 2))
        place = np.where(rng.integers(0, 2, (number, 2)), 32 - centers, centers)
    elif place in ("left", "right"):
        centers = rng.uniform((10, 10), (22, 15.5), (number, 2))
        place = centers if place == "left" else centers * (1, -1) + (0, 32)
    drawn = draw_shapes(number, shapes=FIVE_SHAPES, position=place, seed=seed, **PLAIN)
    return Split(drawn.images, drawn.labels)


def near_the_centre(number, seed):
    """Ten white shapes, moved from the centre by up to four pixels: what an MLP can learn, too."""
    centers = 16 + np.random.default_rng([seed, 3]).uniform(-4, 4, (number, 2))
    drawn = draw_shapes(number, position=centers, seed=seed, **PLAIN)
    return Split(drawn.images, drawn.labels)


def drawn(number, seed):
    """Ten white shapes anywhere on a shaded ground. (Of any colour in clutter, the ViT does not learn them in 500
    steps, from however many pictures: there would be nothing to compare.)"""
    size = settings()
    drawings = [draw_shapes(count, seed=each, **PLAIN) for count, each in
                ((number, seed), (size["validation"], HELD_OUT), (size["test"], HELD_OUT + 1))]
    splits = [Split(drawing.images, drawing.labels) for drawing in drawings]
    return splits, TEN_SHAPES, "Drawn shapes."


def cifar10(number, seed):
    """So many training photographs, others for each seed, every class equally often; test images are the first."""
    size, found = settings(), whole_cifar10()
    turns = np.random.default_rng([seed, 4]).permutation(len(found.train.labels))
    labels = found.train.labels[turns]
    first = [turns[labels == label][: -(-number // 10)] for label in range(10)]  # of each class
    chosen = np.sort(np.concatenate(first))
    held_out = [Split(*(part[: size[name]] for part in getattr(found, name))) for name in ("validation", "test")]
    return [Split(*(part[chosen] for part in found.train)), *held_out], found.class_names, found.source


@lru_cache
def whole_cifar10():
    return vit_keras.load_cifar10(**pick(smoke={"source": "drawn", "limit": 100}, laptop={}, gpu={}))


# ---- Command line ----

def called(run):
    """The name of a run, which no other of its experiment has."""
    what = [str(run[name]) for name in ("data", "model", "condition")]
    return ", ".join([*filter(None, what), f"seed {run['seed']}"])


def told(measured):
    return (f"{measured['parameters']:,} parameters, train {measured['train_accuracy']:.1%}, "
            f"test {measured['test_accuracy']:.1%}, {measured['seconds']:.0f} s")


def main(words):
    options, size = parse(words), settings()
    asked = runs_of(options.experiment, options.seeds or size["seeds"], options.data, options.models)
    carry_out(__file__, words, options, f"inductive_bias_{options.experiment}", size, asked,
              lambda run, _: measure(options.experiment, run), called, [options.experiment], told)


if __name__ == "__main__":
    start(main)
