"""Train a Vision Transformer and the CNN baseline side by side: one recipe, one time budget, one table.

    python3 run.py train                        CIFAR-10; on a laptop ten minutes each, plus set-up
    python3 run.py train --minutes 2            a shorter budget
    python3 run.py train --data cifar100        CIFAR-100, or the subset of it that is found
    python3 run.py train --source drawn         drawn images, no download
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

import vit_keras  # noqa: E402
from vit_keras import Recipe, pick  # noqa: E402
from vit_keras.tables import comparison  # noqa: E402

# Sizes by profile. ViT and CNN are of one order in parameters and in compute.
VIT = pick(
    smoke={"num_layers": 2, "hidden_dim": 32, "num_heads": 2, "mlp_dim": 64},
    laptop={"num_layers": 4, "hidden_dim": 64, "num_heads": 4, "mlp_dim": 128},
    gpu={"num_layers": 9, "hidden_dim": 192, "num_heads": 3, "mlp_dim": 768},
)
CNN = pick(
    smoke={"widths": (8, 16, 32), "blocks_per_stage": 1},
    laptop={"widths": (16, 32, 64, 128), "blocks_per_stage": 1},
    gpu={"widths": (64, 128, 256, 512), "blocks_per_stage": 2},
)
MODELS = {
    "vit": lambda shape, classes: vit_keras.VisionTransformer(shape, 4, num_classes=classes, **VIT, name="vit"),
    "cnn": lambda shape, classes: vit_keras.create_cnn_classifier(shape, classes, **CNN),
}
LOADERS = {"cifar10": vit_keras.load_cifar10, "cifar100": vit_keras.load_cifar100}


def draw_curves(runs, title, path):
    """Validation and training accuracy of all runs against training time, as a PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from vit_keras.visualize import plot_learning_curves

    figure = plot_learning_curves({name: run["history"] for name, run in titled(runs).items()}, title)
    figure.savefig(path, dpi=110)


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", choices=LOADERS, default="cifar10")
    parser.add_argument("--source", choices=("auto", "real", "drawn"), default="auto")
    parser.add_argument("--limit", type=int, help="use at most so many training images")
    parser.add_argument("--models", default="vit,cnn", help="which, in this order (default: vit,cnn)")
    parser.add_argument("--minutes", type=float, help="budget for each model (default: 10; smoke: 0.5)")
    parser.add_argument("--epochs", type=float, help="passes over the data, in place of --minutes")
    for field in ("batch_size", "learning_rate", "weight_decay", "label_smoothing", "seed"):
        default = next(f.default for f in dataclasses.fields(Recipe) if f.name == field)
        parser.add_argument("--" + field.replace("_", "-"), type=type(default), default=default,
                            help=f"default: {default}")
    parser.add_argument("--record", metavar="NAME", help="write results/NAME.json, to be quoted in README and lessons")
    options = parser.parse_args(words)
    options.models = options.models.split(",")
    if wrong := set(options.models) - set(MODELS):
        parser.error(f"--models takes {', '.join(MODELS)}: got {', '.join(sorted(wrong))}")
    if options.epochs is None and options.minutes is None:
        options.minutes = pick(smoke=0.5, laptop=10, gpu=10)
    try:
        options.recipe = Recipe(
            epochs=options.epochs, minutes=options.minutes, batch_size=options.batch_size, seed=options.seed,
            learning_rate=options.learning_rate, weight_decay=options.weight_decay,
            label_smoothing=options.label_smoothing,
        )
    except ValueError as error:
        parser.error(str(error))
    return options


def main(words):
    options = parse(words)
    profile = vit_keras.profile()
    name = options.record or f"{options.data}_{profile}"
    path = ROOT / "results" / ("" if options.record else "local") / f"{name}.json"
    backups = ROOT / "results" / "local" / f"{name}.unfinished"
    dataset = LOADERS[options.data](options.source, limit=options.limit)
    print(f"{dataset}\nprofile {profile}, Keras {keras.__version__} on {keras.backend.backend()}")

    result = {
        **about("train.py", words), "profile": profile, "backend": keras.backend.backend(),
        "source": dataset.source, "recipe": dataclasses.asdict(options.recipe), "runs": {},
    }
    for model_name in options.models:
        keras.utils.set_random_seed(options.seed)
        model = MODELS[model_name](dataset.train.images.shape[1:], len(dataset.class_names))
        print(f"\n{TITLES[model_name]}: {model.count_params():,} parameters")
        run = vit_keras.train(model, dataset, options.recipe, backup_dir=backups / model_name)
        result["runs"][model_name] = {"size": {"vit": VIT, "cnn": CNN}[model_name], **run}
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
