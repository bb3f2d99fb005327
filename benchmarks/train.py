"""Train a Vision Transformer and the CNN baseline side by side: one recipe, one time budget, one table.

    python3 run.py train                        CIFAR-10; on a laptop ten minutes each, plus set-up
    python3 run.py train --minutes 2            a shorter budget
    python3 run.py train --data cifar100        CIFAR-100, or the subset of it that is found
    python3 run.py train --data cats_vs_dogs    photographs of cats and dogs, 112x112 pixels
    python3 run.py train --models vit,hybrid,stem,cnn
                                                with the hybrid of lesson 8, and with its stem alone
    python3 run.py train --source drawn         drawn images, no download
    python3 run.py train --data cats_vs_dogs --models cnn --long --epochs 80
                                                sizes and recipe for an hour of training and more
    python3 run.py train --record NAME          write results/NAME.json instead of results/local/

While it trains, a line an epoch shows loss, accuracy, speed and the time left. Ctrl-C stops; the same command goes on
after the last finished epoch. At the end stand a table, a JSON file and a figure with both learning curves.
The test split is looked at once, after the last step; nothing is chosen by it.
"""

import argparse
import dataclasses
import os
import shutil
import sys

from records import ROOT, TITLES, about, titled, write_json

sys.path.insert(0, str(ROOT))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
from experiments import experiments  # noqa: E402

import vit_keras  # noqa: E402
from vit_keras import Recipe, pick  # noqa: E402
from vit_keras.tables import comparison  # noqa: E402

DATA = ("cifar10", "cifar100", "cats_vs_dogs")
SETTINGS = ("batch_size", "learning_rate", "weight_decay", "label_smoothing", "cutmix", "seed")  # of Recipe


def draw_curves(runs, title, path):
    """Validation and training accuracy of all runs against training time, as a PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from vit_keras.visualize import plot_learning_curves

    figure = plot_learning_curves({name: run["history"] for name, run in titled(runs).items()}, title)
    figure.savefig(path, dpi=110)


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", choices=DATA, default="cifar10")
    parser.add_argument("--source", choices=("auto", "real", "drawn"), default="auto")
    parser.add_argument("--limit", type=int, help="use at most so many training images")
    parser.add_argument("--models", default="vit,cnn", help="vit, hybrid, stem, cnn: which, in this order")
    parser.add_argument("--minutes", type=float, help="budget for each model (default: 10; smoke: 0.5)")
    parser.add_argument("--epochs", type=float, help="passes over the data, in place of --minutes")
    parser.add_argument("--long", action="store_true",
                        help="sizes and recipe for an hour and more, where benchmarks/experiments.py has them")
    for field in dataclasses.fields(Recipe):
        if field.name in SETTINGS:
            parser.add_argument("--" + field.name.replace("_", "-"), type=type(field.default),
                                help=f"default: {field.default}, or what benchmarks/experiments.py says of the data")
    parser.add_argument("--record", metavar="NAME", help="write results/NAME.json, to be quoted in README and lessons")
    options = parser.parse_args(words)
    options.models = options.models.split(",")
    if wrong := set(options.models) - set(TITLES):
        parser.error(f"--models takes {', '.join(TITLES)}: got {', '.join(sorted(wrong))}")
    if options.epochs is None and options.minutes is None:
        options.minutes = pick(smoke=0.5, laptop=10, gpu=10)
    options.experiment = experiments()[options.data]
    if options.long:
        options.experiment = options.experiment.longer()
    given = {name: getattr(options, name) for name in SETTINGS if getattr(options, name) is not None}
    try:
        options.recipe = Recipe(options.epochs, options.minutes, **{**options.experiment.recipe, **given})
    except ValueError as error:
        parser.error(str(error))
    return options


def main(words):
    options = parse(words)
    profile = vit_keras.profile()
    name = options.record or f"{options.data}_{profile}{'_long' if options.long else ''}"
    path = ROOT / "results" / ("" if options.record else "local") / f"{name}.json"
    backups = ROOT / "results" / "local" / f"{name}.unfinished"
    dataset = options.experiment.load(options.source, limit=options.limit)
    print(f"{dataset}\nprofile {profile}, Keras {keras.__version__} on {keras.backend.backend()}")

    result = {
        **about("train.py", words), "profile": profile, "backend": keras.backend.backend(),
        "source": dataset.source, "recipe": dataclasses.asdict(options.recipe), "runs": {},
    }
    for model_name in options.models:
        keras.utils.set_random_seed(options.recipe.seed)
        model = options.experiment.create(model_name, dataset)
        print(f"\n{TITLES[model_name]}: {model.count_params():,} parameters")
        run = vit_keras.train(model, dataset, options.recipe, backup_dir=backups / model_name)
        result["runs"][model_name] = {"size": options.experiment.size(model_name), **run}
        write_json(path, result)  # after each model: what is measured is kept

    shutil.rmtree(backups, ignore_errors=True)  # empty folders by now
    print(f"\n{dataset.source}\n{comparison(titled(result['runs']))}")
    draw_curves(result["runs"], f"{options.data}, {profile} profile", path.with_suffix(".png"))
    print(f"\nwritten: {path.relative_to(ROOT)} and {path.with_suffix('.png').relative_to(ROOT)}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("\nStopped. The same command goes on after the last finished epoch.")
    except (FloatingPointError, ValueError, OSError) as error:
        sys.exit(f"\n{error}")
