"""What each ingredient of a training recipe buys: one more on every rung, the same budget, several seeds.

    python3 benchmarks/ladder.py                        CIFAR-10, all rungs, seeds 0, 1, 2
    python3 benchmarks/ladder.py --jobs 2 --record      two runs at a time, a core each, into
                                                        results/ladder_cifar10.json, to be quoted in lessons
    python3 benchmarks/ladder.py --rungs keras.io moved
                                                        some rungs; each stands on all below it
    python3 benchmarks/ladder.py --long --jobs 2 --record
                                                        some rungs, four times as many passes, into
                                                        results/ladder_cifar10_long.json
    python3 benchmarks/ladder.py --limit 0 --minutes 10 all pictures, another budget for each run
    VIT_KERAS_PROFILE=smoke python3 benchmarks/ladder.py --seeds 0
                                                        does everything run? (the numbers mean nothing)

The rungs stand in recipes.py, the sizes of the model in experiments.py. The budget by profile:

    laptop  2,000 training pictures, 36 passes: 48 runs of a little under three minutes on a core. In so little time a
            ViT cannot learn all 45,000 pictures by heart, and what keeps it from doing so could only cost. 2,000 it
            can: here overfitting is what the ingredients have to deal with. With --long 144 passes, nine minutes a
            run: what makes the task harder may need them.
    gpu     all pictures, ten minutes a run; with --long forty

Fewer training pictures are the same for every seed, equally many of each class; the test pictures are always all
there. Each run is a process of its own and is written as soon as it is measured; the same command goes on with the runs
that are missing. Several jobs disturb each other's clock: with them, give the budget in passes. The test images are
looked at once a run, and nothing is chosen by them.
"""

import argparse
import dataclasses
import json
import os
import sys

from records import ROOT, about
from runs import measure_all, place_of, shown

sys.path.insert(0, str(ROOT))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

DATA = ("cifar10", "cifar100")
LONG = ("keras.io", "label smoothing", "TrivialAugment", "mixing ends", "mean of weights", "Muon")  # for --long
TIMES = 4  # as long
VALIDATION = 1000  # pictures, where those of training are limited: they are looked at after each of many passes
KEPT = ("train_accuracy", "validation_accuracy", "test_accuracy", "parameters", "steps", "epochs", "seconds",
        "images_per_second", "precision")


def parse(words):
    from recipes import ladder

    from vit_keras import pick

    rungs = ladder()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rungs", nargs="+", choices=rungs, metavar="NAME", help=f"some of: {', '.join(rungs)}")
    parser.add_argument("--long", action="store_true",
                        help=f"{TIMES} times the budget, and if not said otherwise: {', '.join(LONG)}")
    add_budget(parser)
    options = with_budget(parser, words, *pick(
        smoke=(400, None, 1.0), laptop=(2000, None, 36.0), gpu=(0, 10.0, None)))
    options.rungs = options.rungs or list(LONG if options.long else rungs)
    if options.long:
        options.minutes, options.epochs = (value and TIMES * value for value in (options.minutes, options.epochs))
    return options


def add_budget(parser):
    """The arguments of every script that trains with several seeds."""
    parser.add_argument("--data", choices=DATA, default="cifar10")
    parser.add_argument("--source", choices=("auto", "real", "drawn"), default="auto")
    parser.add_argument("--limit", type=int, help="use at most so many training images; 0: all of them")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--minutes", type=float, help="budget of each run")
    parser.add_argument("--epochs", type=float, help="passes over the data, in place of --minutes")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time; with more than one, a core each")
    parser.add_argument("--record", action="store_true", help="write into results/ instead of results/local/")
    parser.add_argument("--one", type=json.loads, help=argparse.SUPPRESS)


def with_budget(parser, words, limit, minutes, epochs):
    """The options, with these for a budget where the words name none."""
    options = parser.parse_args(words)
    if options.minutes is not None and options.epochs is not None:
        parser.error(f"--minutes or --epochs, not both: got {options.minutes} and {options.epochs}")
    if options.minutes is None and options.epochs is None:
        options.minutes, options.epochs = minutes, epochs
    options.limit = (limit if options.limit is None else options.limit) or None
    return options


def budget_of(options):
    """What all runs of a result have in common, and the words that say it again."""
    settings = {name: getattr(options, name) for name in ("data", "source", "limit", "minutes", "epochs")}
    given = {**settings, "limit": settings["limit"] or 0}
    return settings, [word for name, value in given.items() if value is not None for word in (f"--{name}", str(value))]


def settings_of(options):
    from recipes import ladder

    # Through JSON, as a file that goes on is compared with it.
    return json.loads(json.dumps({**budget_of(options)[0], "ladder": ladder()}))


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


def prepared(experiment, settings, seed):
    """A new ViT of an experiment, and its data."""
    import keras

    dataset = load(experiment, settings["source"], settings["limit"])
    keras.utils.set_random_seed(seed)
    return experiment.create("vit", dataset, seed), dataset


def trained(model, dataset, recipe, settings, seed):
    """What `train` returns, by a recipe without a budget (dict of arguments of `Recipe`), for that of the settings."""
    import vit_keras

    recipe = vit_keras.Recipe(settings["epochs"], settings["minutes"], whole_epochs=settings["minutes"] is not None,
                              **{**recipe, "seed": seed})
    return vit_keras.train(model, dataset, recipe, verbose=False)


def kept(done, dataset):
    """What is written of a run."""
    curve = {name: done["history"][name] for name in ("epoch", "seconds", "accuracy", "val_accuracy")}
    return {"source": dataset.source, **{name: done[name] for name in KEPT}, "curve": curve}


def measure(run, settings):
    """Train on one rung in this process."""
    from experiments import experiments
    from recipes import climbed

    experiment = experiments()[settings["data"]].changed(climbed(settings["ladder"], run["rung"]))
    model, dataset = prepared(experiment, settings, run["seed"])
    return kept(trained(model, dataset, experiment.recipe, settings, run["seed"]), dataset)


def called(run):
    return f"{run['rung']}, seed {run['seed']}"


def main(words):
    options = parse(words)
    settings = settings_of(options)
    if options.one:
        return print(json.dumps(measure(options.one, settings)))
    import keras

    import vit_keras

    profile = vit_keras.profile()
    path = place_of(f"ladder_{options.data}{'_long' * options.long}", options.record, profile)
    start = {**about("ladder.py", words), "profile": profile, "settings": settings, "backend": keras.backend.backend()}
    asked = [{"rung": rung, "seed": seed} for seed in options.seeds for rung in options.rungs]  # one seed first
    # A new rung on top changes none of those below it.
    result, failed = measure_all(__file__, path, start, asked, called, budget_of(options)[1], options.jobs,
                                 grows="ladder")
    print(f"\n{result['source']}\n{table(result)}\nin {shown(path)}: {len(result['runs'])} runs")
    if failed:
        sys.exit(f"{len(failed)} failed; the same command tries them again")


def table(result):
    """The rungs as a Markdown table."""
    from vit_keras.lessons import by_group, gain_table

    return gain_table(by_group(result["runs"], "rung", result["settings"]["ladder"]), head="+")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ValueError as error:
        sys.exit(str(error))
