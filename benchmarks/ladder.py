"""What each ingredient of a training recipe buys: one more on every rung, the same budget, several seeds.

    python3 benchmarks/ladder.py                        CIFAR-10, all rungs, seeds 0, 1, 2
    python3 benchmarks/ladder.py --minutes 5            another budget for each run
    python3 benchmarks/ladder.py --epochs 20 --jobs 2   passes in place of minutes; two runs at a time, a core each
    python3 benchmarks/ladder.py --rungs keras.io moved
                                                        some rungs; each stands on all below it
    python3 benchmarks/ladder.py --record               results/ladder_cifar10.json, to be quoted in lessons
    VIT_KERAS_PROFILE=smoke python3 benchmarks/ladder.py --limit 400 --seeds 0
                                                        does everything run? (the numbers mean nothing)

The rungs stand in recipes.py, the sizes of the model in experiments.py. Each run is a process of its own and is written
as soon as it is measured; the same command goes on with the runs that are missing. Several jobs disturb each other's
clock: with them, give the budget in passes. The test images are looked at once a run, and nothing is chosen by them.
"""

import argparse
import json
import os
import sys

from inductive_bias import going_on
from processes import as_measured, in_a_process
from records import ROOT, about, write_json

sys.path.insert(0, str(ROOT))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

DATA = ("cifar10", "cifar100")
KEPT = ("train_accuracy", "validation_accuracy", "test_accuracy", "parameters", "steps", "epochs", "seconds",
        "images_per_second", "precision")


def parse(words):
    from recipes import ladder

    from vit_keras import pick

    rungs = ladder()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", choices=DATA, default="cifar10")
    parser.add_argument("--source", choices=("auto", "real", "drawn"), default="auto")
    parser.add_argument("--limit", type=int, help="use at most so many training images")
    parser.add_argument("--rungs", nargs="+", choices=rungs, default=list(rungs), metavar="NAME",
                        help=f"some of: {', '.join(rungs)}")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--minutes", type=float, help="budget of each run (default: 10; smoke: one pass)")
    parser.add_argument("--epochs", type=float, help="passes over the data, in place of --minutes")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time; with more than one, a core each")
    parser.add_argument("--record", action="store_true", help="write into results/ instead of results/local/")
    parser.add_argument("--one", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if options.minutes is not None and options.epochs is not None:
        parser.error(f"--minutes or --epochs, not both: got {options.minutes} and {options.epochs}")
    if options.minutes is None and options.epochs is None:
        options.minutes, options.epochs = pick(smoke=(None, 1.0), laptop=(10.0, None), gpu=(10.0, None))
    return options


def settings_of(options):
    """What all runs of a result have in common."""
    from recipes import ladder

    said = ("data", "source", "limit", "minutes", "epochs")
    # Through JSON, as a file that goes on is compared with it.
    return json.loads(json.dumps({**{name: getattr(options, name) for name in said}, "ladder": ladder()}))


def measure(run, settings):
    """Train on one rung in this process."""
    import keras
    from experiments import experiments
    from recipes import climbed

    import vit_keras

    experiment = experiments()[settings["data"]].changed(climbed(settings["ladder"], run["rung"]))
    dataset = experiment.load(settings["source"], limit=settings["limit"])
    recipe = vit_keras.Recipe(settings["epochs"], settings["minutes"], whole_epochs=settings["minutes"] is not None,
                              **{**experiment.recipe, "seed": run["seed"]})
    keras.utils.set_random_seed(run["seed"])
    done = vit_keras.train(experiment.create("vit", dataset, run["seed"]), dataset, recipe, verbose=False)
    curve = {name: done["history"][name] for name in ("epoch", "seconds", "accuracy", "val_accuracy")}
    return {"source": dataset.source, **{name: done[name] for name in KEPT}, "curve": curve}


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
    name = f"ladder_{options.data}" + ("" if options.record else f"_{profile}")
    path = ROOT / "results" / ("" if options.record else "local") / f"{name}.json"
    result = going_on(path, {**about("ladder.py", words), "profile": profile, "settings": settings,
                             "backend": keras.backend.backend()})
    asked = [{"rung": rung, "seed": seed} for seed in options.seeds for rung in options.rungs]  # one seed first
    done = {called(run) for run in result["runs"]}
    missing = [run for run in asked if called(run) not in done]
    print(f"profile {profile}: {len(missing)} runs to do, {len(asked) - len(missing)} done before", flush=True)

    budget = [word for name in ("data", "source", "limit", "minutes", "epochs") if settings[name] is not None
              for word in (f"--{name}", str(settings[name]))]

    def one(run):
        words = [*budget, "--one", json.dumps(run)]
        return in_a_process(__file__, words, called(run), threads=1 if options.jobs > 1 else None)

    failed = []
    for run, measured, error in as_measured(one, missing, options.jobs):
        if error:
            failed.append(str(error))
            print(error, flush=True)
            continue
        result["source"] = measured.pop("source")
        result["runs"].append({**run, **measured})
        write_json(path, result)  # after each run: what is measured is kept
        print(f"{called(run)}: test {measured['test_accuracy']:.1%}, train {measured['train_accuracy']:.1%}, "
              f"{measured['epochs']:.1f} passes, {measured['seconds']:.0f} s", flush=True)
    print(f"\n{result['source']}\n{table(result)}\nin {path.relative_to(ROOT)}: {len(result['runs'])} runs")
    if failed:
        sys.exit(f"{len(failed)} failed; the same command tries them again")


def table(result):
    """The rungs as a Markdown table: mean over the seeds, the spread between them, the gain over the rung below."""
    rungs = {rung: [run["test_accuracy"] for run in result["runs"] if run["rung"] == rung]
             for rung in result["settings"]["ladder"]}
    lines, before = ["| + | seeds | test | spread | gain |", "|---|--:|--:|--:|--:|"], None
    for rung, values in rungs.items():
        if not values:
            before = None  # no neighbour to compare the next rung with
            continue
        mean = sum(values) / len(values)
        gain = "" if before is None else f"{100 * (mean - before):+.1f}"
        lines.append(f"| {rung} | {len(values)} | {mean:.1%} | {100 * (max(values) - min(values)):.1f} | {gain} |")
        before = mean
    return "\n".join(lines)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ValueError as error:
        sys.exit(str(error))
