"""Sweeps: one thing changes from run to run and everything else stays, with several seeds.

    python benchmarks/sweeps.py ladder              CIFAR-10: what each ingredient of a training recipe buys
    python benchmarks/sweeps.py ladder --long       some rungs, with four times as many passes
    python benchmarks/sweeps.py weight_decay        the decay of tensorflow-addons as it stands, converted, left out
    python benchmarks/sweeps.py ablation            cats and dogs: one choice of the ViT or its recipe changed
    python benchmarks/sweeps.py batch_size          drawn shapes: every pair of batch size and learning rate

    python benchmarks/sweeps.py ladder --jobs 2 --record
                                                    two runs at a time, a core each, into results/ladder_cifar10.json,
                                                    to be quoted in lessons
    python benchmarks/sweeps.py ladder --variants keras.io moved --limit 0 --minutes 10
                                                    some rungs, all pictures, another budget for each run
    VIT_KERAS_PROFILE=smoke python benchmarks/sweeps.py ladder --seeds 0
                                                    does everything run? (the numbers mean nothing)

Each run is a process of its own and is written as soon as it is measured; the same command goes on with the runs that
are missing. `SWEEP --help` lists the arguments of a sweep. Several jobs disturb each other's clock: with them, give the
budget in passes. Test pictures are looked at once a run, and nothing is chosen by them.

ladder        The rungs are in recipes.py; each stands on all below it. laptop: 2,000 training pictures, 36 passes, 48
              runs of almost three minutes on a core. In so little time a ViT cannot learn all 45,000 pictures by heart,
              so that what keeps it from doing so could only cost. 2,000 it can: overfitting is what the ingredients
              have to deal with. gpu: all pictures, ten minutes a run. Fewer training pictures are the same for every
              seed, equally many of each class; the test pictures are always all there.
weight_decay  The recipe of the ViT example on keras.io, which has its numbers, rate 1e-3 and decay 1e-4, from its
              version for tensorflow-addons. A decay acts by the number of steps: the example makes 17,500 (batch 256,
              100 passes over 45,000 pictures), in which 1e-4 a step leaves a sixth of a weight that no gradient moves.
              laptop: 2,000 pictures, 40 passes in batches of 16, so 5,000 steps, which would leave six tenths; 9 runs
              of three to four minutes on a core. gpu: as in the example. The length of the decayed weights (the root of
              the sum of their squares) is measured before and after training.
ablation      laptop: 20 passes over all photographs. The recipe that the variants start from was chosen by validation.
batch_size    All runs see the same pictures equally often (every batch size divides their number): with a batch four
              times as large, a quarter of the steps. The rates are powers of two apart, so that both rules of thumb lie
              on the grid: batch times k, rate times k (linear) or times the root of k. laptop: 3,072 pictures, 8
              passes, 54 runs. Rates are to be compared by validation accuracy.
"""

import dataclasses
import functools
import itertools
import json
import math
from collections.abc import Callable
from typing import NamedTuple

from runs import add_running, carry_out, parser_of, start

KEPT = ("train_accuracy", "validation_accuracy", "test_accuracy", "parameters", "steps", "epochs", "seconds")
VALIDATION = 1000  # pictures, where those of training are limited: they are looked at after each of many passes
LONG = ("keras.io", "label smoothing", "TrivialAugment", "mixing ends", "mean of weights", "Muon")  # for --long
TIMES = 4  # as long

# ---- What is swept ----

ABLATION = {  # what differs from recipes.py: (arguments of the model, arguments of the recipe)
    "as recorded": ({}, {}),
    "patch 28": ({"patch_size": 28}, {}),
    "patch 8": ({"patch_size": 8}, {}),
    "average pooling": ({"pooling": "average"}, {}),
    "no augmentation": ({}, {"crop_padding": 0, "flip": False}),
    "mirrored, not moved": ({}, {"crop_padding": 0}),
    "cut out and enlarged": ({}, {"crop_scale": (0.35, 1.0)}),
}
RATE, DECAY = 1e-3, 1e-4  # of the example on keras.io, for tensorflow-addons
SIZE = {"image_shape": [32, 32, 3], "patch_size": 8, "num_layers": 3, "hidden_dim": 48, "num_heads": 3, "mlp_dim": 96,
        "num_classes": 10}  # of the model for batch sizes


def budget(options):
    return {name: getattr(options, name) for name in ("data", "source", "limit", "minutes", "epochs")}


def ladder_settings(options):
    from recipes import ladder

    return {**budget(options), "ladder": ladder()}


def weight_decay_settings(options):
    from recipes import named

    from vit_keras import pick
    from vit_keras.lessons import keras_weight_decay

    example = named()["keras.io"]
    return {**budget(options),
            "cases": {"none": 0.0, "as it stands": DECAY, "converted": keras_weight_decay(DECAY, RATE)},
            "recipe": {**example["recipe"], "learning_rate": RATE, "batch_size": pick(smoke=16, laptop=16, gpu=256)},
            "transformer": example["transformer"]}


def ablation_settings(options):
    return {"source": options.source, "epochs": options.epochs, "variants": ABLATION}


def batch_size_settings(options=None):
    from vit_keras import pick

    pictures, epochs = pick(smoke=(64, 1), laptop=(3072, 8), gpu=(20_480, 20))
    batches = pick(smoke=[16, 32], laptop=[32, 128, 512], gpu=[32, 128, 512])
    rates = [0.0005 * 2**power for power in range(pick(smoke=2, laptop=6, gpu=6))]
    recipe = {"weight_decay": 0.05, "warmup": 0.1, "clip_norm": 1.0, "label_smoothing": 0.1, "crop_padding": 0,
              "flip": False, "jit_compile": pick(smoke=False, laptop="auto", gpu="auto")}
    return {"pictures": pictures, "epochs": epochs, "batches": batches, "rates": rates, "size": SIZE, "recipe": recipe}


def experiment_of(run, settings):
    """What is trained in a run: an `Experiment`."""
    from recipes import Experiment, climbed, experiments

    if "rung" in run:
        return experiments()[settings["data"]].changed(climbed(settings["ladder"], run["rung"]))
    if "case" in run:
        recipe = {**settings["recipe"], "weight_decay": settings["cases"][run["case"]]}
        return experiments()[settings["data"]].changed({"transformer": settings["transformer"], "recipe": recipe})
    if "variant" in run:
        size, recipe = settings["variants"][run["variant"]]
        return experiments()["cats_vs_dogs"].changed({"vit": size, "recipe": recipe})
    size = {name: value for name, value in settings["size"].items() if name not in ("image_shape", "num_classes")}
    recipe = {**settings["recipe"], "batch_size": run["batch"], "learning_rate": run["rate"]}
    return Experiment(lambda source, limit: draw(settings["pictures"]), vit=size, cnn={}, hybrid={}, recipe=recipe)


class Sweep(NamedTuple):
    """What varies, and how it is told.

    Attributes:
        keys: tuple of str. What tells two runs apart, beside the seed.
        result: function from the options to the name of the result.
        settings: function from the options to what all runs have in common: written into the result.
        variants: function from the settings to a list of tuples, a value for each of `keys`.
        table: function from the result to a Markdown table, or `None`.
        budget: `(limit, minutes, epochs)` by profile; a limit of 0 means all pictures.
        takes: tuple of str. Which of `ARGUMENTS`.
        curve: bool. Whether curve, speed and precision are kept, too.
        grows: str or `None`. A setting that may grow at its end, see runs.py.
    """

    keys: tuple
    result: Callable
    settings: Callable
    variants: Callable
    table: Callable | None = None
    budget: dict | None = None
    takes: tuple = ()
    curve: bool = False
    grows: str | None = None


# ---- One run ----

def measure(sweep, run, settings):
    """Train one variant in this process."""
    import keras

    import vit_keras

    experiment = experiment_of(run, settings)
    dataset = load(experiment, settings.get("source"), settings.get("limit"))
    keras.utils.set_random_seed(run["seed"])
    model = experiment.create("vit", dataset, run["seed"])
    before = length(model) if "case" in run else None
    minutes = settings.get("minutes")
    recipe = vit_keras.Recipe(settings["epochs"], minutes, whole_epochs=minutes is not None,
                              **{**experiment.recipe, "seed": run["seed"]})
    done = vit_keras.train(model, dataset, recipe, verbose=False)
    found = {"source": dataset.source, **{name: done[name] for name in KEPT}}
    if sweep.curve:
        curve = {name: done["history"][name] for name in ("epoch", "seconds", "accuracy", "val_accuracy")}
        found |= {"images_per_second": done["images_per_second"], "precision": done["precision"], "curve": curve}
    if before is not None:
        found |= {"length_before": before, "length_after": length(model)}
    return found


def load(experiment, source, limit):
    """The data with at most `limit` training images; those of the test stay, or a point would drown in their noise."""
    import vit_keras

    if limit is None or vit_keras.profile() == "smoke":
        return experiment.load(source, limit=limit)
    whole = experiment.load(source)
    number = len(whole.train.labels)
    if limit >= number:
        return whole
    few_to_look_at = dataclasses.replace(whole, train=whole.validation).limit(VALIDATION).train
    return dataclasses.replace(
        whole, train=whole.limit(limit).train, validation=few_to_look_at,
        source=f"{whole.source} Trained on {limit:,} of {number:,}, the same for every seed; all test images.")


def draw(pictures):
    """Drawn shapes: so many for training, a quarter for validation, half for the test."""
    from vit_keras import Dataset, Split, draw_shapes

    numbers = pictures, pictures // 4, pictures // 2
    drawn = [draw_shapes(number, seed=[12, part], position="center", size=(0.3, 0.45), clutter=0.2)
             for part, number in enumerate(numbers)]
    return Dataset(*(Split(part.images, part.labels) for part in drawn), drawn[0].shapes, "Drawn shapes in the middle: "
                   "{:,} for training, {:,} for validation, {:,} for the test.".format(*numbers))


def length(model):
    """Of all weights that are decayed, together."""
    from keras import ops

    from vit_keras.training import NEVER_DECAYED

    decayed = [weight for weight in model.trainable_weights if not any(name in weight.name for name in NEVER_DECAYED)]
    return math.sqrt(sum(float(ops.sum(ops.square(weight))) for weight in decayed))


# ---- Tables: means over the seeds ----

def ladder_table(result):
    from vit_keras.lessons import by_group, gain_table

    return gain_table(by_group(result["runs"], "rung", result["settings"]["ladder"]), head="+")


def weight_decay_table(result):
    lines = ["| decay | in Keras | seeds | test | train | length of the weights |", "|---|--:|--:|--:|--:|--:|"]
    for case, decay in result["settings"]["cases"].items():
        runs = [run for run in result["runs"] if run["case"] == case]
        if runs:
            test, train, before, after = (sum(run[name] for run in runs) / len(runs) for name in (
                "test_accuracy", "train_accuracy", "length_before", "length_after"))
            lengths = f"{before:.1f} to {after:.1f}"
            lines.append(f"| {case} | {decay:g} | {len(runs)} | {test:.1%} | {train:.1%} | {lengths} |")
    return "\n".join(lines)


def batch_size_table(result):
    """Validation accuracy: a row a batch, a column a rate."""
    batches, rates = (result["settings"][name] for name in ("batches", "rates"))
    lines = ["| batch | " + " | ".join(f"{rate:g}" for rate in rates) + " |", "|--:|" + "--:|" * len(rates)]
    for batch in batches:
        found = [[run["validation_accuracy"] for run in result["runs"] if (run["batch"], run["rate"]) == (batch, rate)]
                 for rate in rates]
        cells = [f"{sum(values) / len(values):.1%}" if values else "" for values in found]
        lines.append(f"| {batch} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


# ---- Command line ----

SWEEPS = {
    "ladder": Sweep(
        ("rung",), lambda options: f"ladder_{options.data}{'_long' * options.long}", ladder_settings,
        lambda settings: [(rung,) for rung in settings["ladder"]], ladder_table,
        {"smoke": (400, None, 1.0), "laptop": (2000, None, 36.0), "gpu": (0, 10.0, None)},
        ("data", "source", "limit", "minutes", "epochs", "long", "variants"), curve=True, grows="ladder"),
    "weight_decay": Sweep(
        ("case",), lambda options: "weight_decay" + f"_{options.data}" * (options.data != "cifar10"),
        weight_decay_settings, lambda settings: [(case,) for case in settings["cases"]], weight_decay_table,
        {"smoke": (400, None, 1.0), "laptop": (2000, None, 40.0), "gpu": (0, None, 100.0)},
        ("data", "source", "limit", "minutes", "epochs", "variants"), curve=True),
    "ablation": Sweep(
        ("variant",), lambda options: "cats_vs_dogs_ablation", ablation_settings,
        lambda settings: [(variant,) for variant in settings["variants"]], None,
        {"smoke": (0, None, 1.0), "laptop": (0, None, 20.0), "gpu": (0, None, 100.0)},
        ("source", "epochs", "variants")),
    "batch_size": Sweep(
        ("batch", "rate"), lambda options: "batch_size", batch_size_settings,
        lambda settings: list(itertools.product(settings["batches"], settings["rates"])), batch_size_table),
}
ARGUMENTS = {
    "data": {"choices": ("cifar10", "cifar100"), "default": "cifar10"},
    "source": {"choices": ("auto", "real", "drawn"), "default": "auto"},
    "limit": {"type": int, "help": "use at most so many training images; 0: all of them"},
    "minutes": {"type": float, "help": "budget of each run"},
    "epochs": {"type": float, "help": "passes over the training images"},
    "long": {"action": "store_true", "default": False,
             "help": f"{TIMES} times the budget, and if not said otherwise: {', '.join(LONG)}"},
    "variants": {"nargs": "+", "metavar": "NAME", "help": "some of them; a name that there is not lists them all"},
}


def parse(words):
    parser = parser_of(__doc__)
    sweeps = parser.add_subparsers(dest="sweep", required=True, metavar="SWEEP", help=", ".join(SWEEPS))
    for name, sweep in SWEEPS.items():
        one = sweeps.add_parser(name)
        one.set_defaults(**dict.fromkeys(ARGUMENTS))
        for argument in sweep.takes:
            one.add_argument(f"--{argument}", **ARGUMENTS[argument])
        one.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
        add_running(one)
    options = parser.parse_args(words)
    sweep = SWEEPS[options.sweep]
    if sweep.budget:
        take_budget(parser, options, sweep)
    # Through JSON, as a file that goes on is compared with it.
    options.settings = json.loads(json.dumps(sweep.settings(options)))
    there = sweep.variants(options.settings)
    chosen = options.variants or (LONG if options.long else None)
    if wrong := [name for name in options.variants or () if (name,) not in there]:
        parser.error(f"--variants takes {', '.join(name for name, in there)}: got {', '.join(wrong)}")
    options.asked = [{**dict(zip(sweep.keys, variant)), "seed": seed} for seed in options.seeds  # one seed first
                     for variant in ([(name,) for name in chosen] if chosen else there)]
    return options


def take_budget(parser, options, sweep):
    """Fill in what the command line leaves to the profile."""
    from vit_keras import pick

    limit, minutes, epochs = pick(**sweep.budget)
    if options.minutes is not None and options.epochs is not None:
        parser.error(f"--minutes or --epochs, not both: got {options.minutes} and {options.epochs}")
    if options.minutes is None and options.epochs is None:
        options.minutes, options.epochs = minutes, epochs
    options.limit = (limit if options.limit is None else options.limit) or None
    if options.long:
        options.minutes, options.epochs = (value and TIMES * value for value in (options.minutes, options.epochs))


def again(options):
    """The words with which a process of its own finds the same settings."""
    words = [options.sweep]
    for name in SWEEPS[options.sweep].takes:
        value = getattr(options, name) or 0 if name == "limit" else getattr(options, name)
        if name not in ("long", "variants") and value is not None:
            words += [f"--{name}", str(value)]
    return words


def called(keys, run):
    """The name of a run, which no other of its sweep has."""
    words = [run[keys[0]]] if len(keys) == 1 else [f"{key} {run[key]:g}" for key in keys]
    return ", ".join([*words, f"seed {run['seed']}"])


def main(words):
    options = parse(words)
    sweep = SWEEPS[options.sweep]
    carry_out(__file__, words, options, sweep.result(options), options.settings, options.asked,
              functools.partial(measure, sweep), functools.partial(called, sweep.keys), again(options),
              grows=sweep.grows, table=sweep.table)


if __name__ == "__main__":
    start(main)
