"""One thing changed at a time: the ViT on cats and dogs, every variant with the same passes and several seeds.

    python3 benchmarks/ablation.py                      all variants, 20 passes, seeds 0, 1, 2
    python3 benchmarks/ablation.py --jobs 2 --record    two runs at a time, a core each, into
                                                        results/cats_vs_dogs_ablation.json, to be quoted in lesson 6
    python3 benchmarks/ablation.py --variants "patch 28" --epochs 10
                                                        some of them, another budget
    VIT_KERAS_PROFILE=smoke python3 benchmarks/ablation.py --seeds 0
                                                        does everything run? (the numbers mean nothing)

Each run is a process of its own and is written as soon as it is measured; the same command goes on with the runs that
are missing. What it reached after its last step counts. The recipe these variants start from was chosen by the
validation split; the test split is reported here, nothing is chosen by it.
"""

import argparse
import json
import os
import sys

from records import ROOT, about
from runs import measure_all, place_of, shown

sys.path.insert(0, str(ROOT))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# What differs from benchmarks/experiments.py: (arguments of the model, arguments of the recipe).
VARIANTS = {
    "as recorded": ({}, {}),
    "patch 28": ({"patch_size": 28}, {}),
    "patch 8": ({"patch_size": 8}, {}),
    "average pooling": ({"pooling": "average"}, {}),
    "no augmentation": ({}, {"crop_padding": 0, "flip": False}),
    "mirrored, not moved": ({}, {"crop_padding": 0}),
    "cut out and enlarged": ({}, {"crop_scale": (0.35, 1.0)}),
}
KEPT = ("train_accuracy", "validation_accuracy", "test_accuracy", "parameters", "steps", "epochs", "seconds")


def parse(words):
    from vit_keras import pick

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS), metavar="NAME",
                        help=f"some of: {', '.join(VARIANTS)}")
    parser.add_argument("--source", choices=("auto", "real", "drawn"), default="auto")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--epochs", type=float, default=pick(smoke=1.0, laptop=20.0, gpu=100.0),
                        help="passes over the training images")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time; with more than one, a core each")
    parser.add_argument("--record", action="store_true", help="write into results/ instead of results/local/")
    parser.add_argument("--one", type=json.loads, help=argparse.SUPPRESS)
    return parser.parse_args(words)


def settings_of(options):
    """What all runs of a result have in common; through JSON, as a file that goes on is compared with it."""
    return json.loads(json.dumps({"source": options.source, "epochs": options.epochs, "variants": VARIANTS}))


def measure(run, settings):
    """Train one variant in this process."""
    import keras
    from experiments import experiments

    import vit_keras

    model_changes, recipe_changes = settings["variants"][run["variant"]]
    experiment = experiments()["cats_vs_dogs"].changed({"vit": model_changes, "recipe": recipe_changes})
    dataset = experiment.load(settings["source"])
    keras.utils.set_random_seed(run["seed"])
    recipe = vit_keras.Recipe(settings["epochs"], **{**experiment.recipe, "seed": run["seed"]})
    done = vit_keras.train(experiment.create("vit", dataset), dataset, recipe, verbose=False)
    return {"source": dataset.source, **{name: done[name] for name in KEPT}}


def called(run):
    return f"{run['variant']}, seed {run['seed']}"


def main(words):
    options = parse(words)
    settings = settings_of(options)
    if options.one:
        return print(json.dumps(measure(options.one, settings)))
    import keras

    import vit_keras

    profile = vit_keras.profile()
    path = place_of("cats_vs_dogs_ablation", options.record, profile)
    start = {**about("ablation.py", words), "profile": profile, "settings": settings,
             "backend": keras.backend.backend()}
    asked = [{"variant": name, "seed": seed} for seed in options.seeds for name in options.variants]  # one seed first
    budget = ["--source", options.source, "--epochs", str(options.epochs)]
    result, failed = measure_all(__file__, path, start, asked, called, budget, options.jobs)
    print(f"\n{result['source']}\nin {shown(path)}: {len(result['runs'])} runs")
    if failed:
        sys.exit(f"{len(failed)} failed; the same command tries them again")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ValueError as error:
        sys.exit(str(error))
