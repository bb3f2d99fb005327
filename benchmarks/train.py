"""Train a Vision Transformer and the CNN baseline side by side: one recipe, one time budget, one table.

    python3 run.py train                        CIFAR-10; on a laptop ten minutes each, plus set-up, by the recipe
                                                that learns fastest
    python3 run.py train --minutes 2            a shorter budget
    python3 run.py train --data cifar100        CIFAR-100, or the subset of it that is found
    python3 run.py train --data cats_vs_dogs    photographs of cats and dogs, 112x112 pixels
    python3 run.py train --data my_pictures     photographs of your own, in a folder or zip with a folder for each
                                                class, as `vit_keras.load_photographs` reads them
    python3 run.py train --models vit,hybrid,stem,cnn
                                                with the hybrid of lesson 8, and with its stem alone
    python3 run.py train --source drawn         drawn images, no download
    python3 run.py train --data cats_vs_dogs --models cnn --long --epochs 80
                                                sizes and recipe for an hour of training and more
    python3 run.py train --recipe small-data --minutes 9 --seed 0
                                                the ViT with a recipe of benchmarks/recipes.py: as many whole passes as
                                                fit into nine minutes, compilation and all evaluation included
    python3 run.py train --record NAME          write results/NAME.json instead of results/local/
    python3 run.py train --folder PATH          write there, backups too
    python3 run.py train --save                 keep the trained models as well: results/local/NAME.vit.keras
    KERAS_BACKEND=jax python3 run.py train --epochs 20 --distribute
                                                every batch shared by all GPUs of this machine, or, started on several
                                                machines with Keras's three variables set, by those of all:
                                                KERAS_DISTRIBUTION_JOB_ADDRESSES=10.0.0.1:1234 (of the first),
                                                KERAS_DISTRIBUTION_NUM_PROCESSES=2, KERAS_DISTRIBUTION_PROCESS_ID=0 or 1

While it trains, a line an epoch shows loss, accuracy, speed and the time left. After Ctrl-C, or anything worse, the
same command goes on: with the last epoch that was kept, and without the models that are done. Until all are,
NAME.so_far.json holds their results and the curves of the one that is trained. Of several machines the first writes
all files.
At the end stand a table, a JSON file and, where matplotlib is installed, a figure with the learning curves.
The test split is looked at once, after the last step; nothing is chosen by it.

The three data sets are looked for where `VIT_KERAS_DATA` says (a folder or an archive), else in data/ and in Keras's
cache, and downloaded else. With KERAS_BACKEND=jax no TensorFlow is needed.
"""

import dataclasses
import importlib.util
import json
import os
import shutil
import signal
import sys
from pathlib import Path

from records import ROOT, TITLES, about, settle, titled, write_json
from runs import parser_of, shown

# ---- The command line, read before Keras is imported: a wrong word is said at once ----

DATA = ("cifar10", "cifar100", "cats_vs_dogs")
RECIPES = ("keras.io", "course", "course-muon", "ten-minutes", "evening", "small-data")  # of recipes.py
FASTEST = {"cifar10": "ten-minutes", "cifar100": "ten-minutes"}  # of those measured; else "course"
SETTINGS = {  # of Recipe
    "batch_size": int, "learning_rate": float, "weight_decay": float, "label_smoothing": float, "cutmix": float,
    "seed": int,
}


def command_line():
    parser = parser_of(__doc__, allow_abbrev=False)
    parser.add_argument("--data", default="cifar10", metavar="DATA",
                        help=f"{', '.join(DATA)}, or the path of your own pictures (default: cifar10)")
    parser.add_argument("--source", choices=("auto", "real", "drawn"), default="auto")
    parser.add_argument("--limit", type=int, help="use at most so many training images")
    parser.add_argument("--models", help="vit, hybrid, stem, cnn: which, in this order (default: vit,cnn; with a "
                                         "recipe: vit)")
    parser.add_argument("--minutes", type=float, help="budget for each model (default: 10; smoke: 0.5)")
    parser.add_argument("--epochs", type=float, help="passes over the data, in place of --minutes")
    parser.add_argument("--long", action="store_true",
                        help="sizes and recipe for an hour and more, where benchmarks/recipes.py has them")
    parser.add_argument("--recipe", dest="recipe_name", metavar="NAME",
                        help=f"{', '.join(RECIPES)}: (default: ten-minutes for CIFAR, else course)")
    for name, type_ in SETTINGS.items():
        parser.add_argument("--" + name.replace("_", "-"), type=type_,
                            help="default: what Recipe or benchmarks/recipes.py says of the data")
    parser.add_argument("--record", metavar="NAME", help="write results/NAME.json, to be quoted in README and lessons")
    parser.add_argument("--folder", type=Path, help="where all files go (default: results/local; --record: results)")
    parser.add_argument("--save", action="store_true", help="write the trained models, too: NAME.MODEL.keras")
    parser.add_argument("--distribute", action="store_true",
                        help="share every batch between all devices, of all machines; needs KERAS_BACKEND=jax")
    return parser


def checked(words):
    """The options of a command line; what needs no Keras to be known for wrong is refused."""
    parser = command_line()
    options = parser.parse_args(words)
    options.models = (options.models or ("vit" if options.recipe_name else "vit,cnn")).split(",")
    if wrong := set(options.models) - set(TITLES):
        parser.error(f"--models takes {', '.join(TITLES)}: got {', '.join(sorted(wrong))}")
    if options.data not in DATA and not Path(options.data).expanduser().exists():
        parser.error(f"--data takes {', '.join(DATA)}, or the path of a folder or zip: got {options.data}, which does "
                     "not exist")
    if options.recipe_name and options.recipe_name not in RECIPES:
        parser.error(f"--recipe takes {', '.join(RECIPES)}: got {options.recipe_name}")
    if None not in (options.epochs, options.minutes):
        parser.error("A recipe needs `epochs` or `minutes`, and not both: "
                     f"got epochs={options.epochs} and minutes={options.minutes}.")
    for name in ("epochs", "minutes", "batch_size", "learning_rate", "limit"):
        value = getattr(options, name)
        if value is not None and not value > 0:
            parser.error(f"`{name}` must be positive: got {name}={value}.")
    return options


if __name__ == "__main__":
    interrupted = signal.signal(signal.SIGINT, signal.SIG_DFL)  # while packages load there is nothing to tell
    checked(sys.argv[1:])
    if os.environ.get("ONLY_CHECK"):  # run.py asks before it installs anything
        sys.exit()
    settle()

import keras
from recipes import experiments, named, own_pictures

import vit_keras
from vit_keras import Recipe, pick
from vit_keras.lessons import called, comparison


def parse(words):
    """The options of a command line, with the experiment and the recipe they stand for."""
    options = checked(words)
    if options.epochs is None and options.minutes is None:
        options.minutes = pick(smoke=0.5, laptop=10, gpu=10)
    if options.data in DATA:
        options.experiment = experiments()[options.data]
    else:
        path = Path(options.data).expanduser().resolve()
        options.experiment, options.data = own_pictures(path), path.name.replace(" ", "_")  # as the results are called
    if options.long:
        options.experiment = options.experiment.longer()
    options.chosen = options.recipe_name or FASTEST.get(options.data, "course")
    recipes = named(options.experiment.recipe.get("crop_padding", 4))
    options.experiment = options.experiment.changed(recipes[options.chosen])
    given = {name: getattr(options, name) for name in SETTINGS if getattr(options, name) is not None}
    try:
        options.recipe = Recipe(
            options.epochs, options.minutes, whole_epochs=options.epochs is None,
            **{**options.experiment.recipe, **given})
    except ValueError as error:
        command_line().error(str(error))
    return options


def draw_curves(runs, title, path):
    """Validation and training accuracy of all runs against training time, as a PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from vit_keras.figures import plot_learning_curves

    figure = plot_learning_curves({name: run["history"] for name, run in titled(runs).items()}, title)
    figure.savefig(path, dpi=110)


def data_name(options, dataset):
    """What files are called after: the data that were asked for, or what was drawn in their place."""
    if dataset is None or not dataset.source.startswith("Drawn"):
        return options.data
    return "_".join([*dataset.source.lower().split(",")[0].split()[:2], str(len(dataset.class_names))])


def paths(options, profile, dataset=None):
    """The JSON file of a result, the same of an unfinished one, and the folder of backups."""
    parts = [data_name(options, dataset), profile, options.recipe_name, "long" if options.long else None]
    if options.recipe_name:
        parts.append(f"seed{options.recipe.seed}")
    name = options.record or "_".join(filter(None, parts))
    local = options.folder or ROOT / "results" / "local"
    path = (options.folder or ROOT / "results" / ("" if options.record else "local")) / f"{name}.json"
    return path, local / f"{name}.so_far.json", local / f"{name}.unfinished"


def finished(so_far, result):
    """The runs of an unfinished result that are done, if it is the same result."""
    if not so_far.is_file():
        return {}
    try:
        found = json.loads(so_far.read_text(encoding="utf-8"))
        runs = dict(found["runs"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"{shown(so_far)} cannot be read ({error}): models that were done before are trained again.")
        return {}
    # Through JSON, as the file is: a pair becomes a list there.
    said = ("profile", "backend", "source", "recipe", "git_commit")
    same = json.loads(json.dumps({name: result[name] for name in said}))
    if any(found.get(name) != value for name, value in same.items()):
        return {}
    return {name: run for name, run in runs.items() if run.get("finished", True)}


def kept(path, content):
    """Write a result that is not the last word; where that fails (the disk is full) a line says so."""
    try:
        write_json(path, content)
    except OSError as error:
        print(f"!!! {shown(path)} could not be written ({error.strerror}). Training goes on.", flush=True)


def share_all_devices():
    """Train on the devices of this process, or of all where Keras's variables name them; to be called first of all.

    Returns:
        `(devices, processes, whether this process is the first)`.
    """
    if keras.backend.backend() != "jax":
        raise ValueError(f"--distribute needs KERAS_BACKEND=jax: got {keras.backend.backend()}.")
    import jax

    if os.environ.get("KERAS_DISTRIBUTION_NUM_PROCESSES"):
        # JAX would take SIGTERM for a warning and go on; nothing here listens to it.
        jax.config.update("jax_enable_preemption_service", False)
        keras.utils.set_random_seed(0)  # Keras would have to agree on one otherwise
        keras.distribution.initialize()
        if jax.process_index():
            sys.stdout = open(os.devnull, "w")  # the first process speaks for all
    keras.distribution.set_distribution(keras.distribution.DataParallel())
    return jax.device_count(), jax.process_count(), jax.process_index() == 0


def write_result(path, content):
    """Write a result, or say that nothing is lost."""
    try:
        write_json(path, content)
    except OSError as error:
        raise OSError(f"{shown(path)} could not be written ({error.strerror}). The trained model is kept: make room, "
                      "and the same command writes its result without training again.") from error


def main(words):
    checked(words)
    devices, processes, is_first = share_all_devices() if "--distribute" in words else (1, 1, True)
    options = parse(words)
    profile = vit_keras.profile()
    dataset = options.experiment.load(options.source, limit=options.limit)
    path, so_far, backups = paths(options, profile, dataset)
    print(f"{dataset}\nprofile {profile}, Keras {keras.__version__} on {keras.backend.backend()}")

    result = {
        **about(__file__, words), "profile": profile, "backend": keras.backend.backend(),
        "devices": devices, "processes": processes,
        "source": dataset.source, "recipe_name": options.chosen, "recipe": dataclasses.asdict(options.recipe),
        "runs": {},
    }
    done = finished(so_far, result)
    for model_name in options.models:
        keras.utils.set_random_seed(options.recipe.seed)
        model = options.experiment.create(model_name, dataset, options.recipe.seed)
        size = options.experiment.size(model_name)
        print(f"\n{TITLES[model_name]}: {model.count_params():,} parameters")

        def keep(history, model_name=model_name, size=size):
            unfinished = {"size": size, "finished": False, "history": history}
            kept(so_far, {**result, "runs": {**result["runs"], model_name: unfinished}})

        if model_name in done and done[model_name]["size"] == json.loads(json.dumps(size)):
            print("trained before")
            result["runs"][model_name] = done[model_name]
        else:
            run = vit_keras.train(model, dataset, options.recipe, backup_dir=backups / model_name, after_epoch=keep,
                                  keep_backup=True)
            result["runs"][model_name] = {"size": size, **run}
            if options.save and is_first:
                model.save(so_far.with_name(f"{path.stem}.{model_name}.keras"))
        if is_first:
            for file in (so_far, path):  # after each model: what is measured is kept
                write_result(file, result)
            shutil.rmtree(backups / model_name, ignore_errors=True)

    print(f"\n{dataset.source}\n{comparison(titled(result['runs']))}")
    if not is_first:
        return
    shutil.rmtree(backups, ignore_errors=True)
    so_far.unlink(missing_ok=True)
    written = [path]
    if importlib.util.find_spec("matplotlib") is not None:
        written.append(path.with_suffix(".png"))
        draw_curves(result["runs"], f"{called(dataset.source)}, {profile} profile", written[-1])
    print(f"\nwritten: {' and '.join(str(shown(file)) for file in written)}")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, interrupted)
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)  # `train` has said where the same command goes on
    except ConnectionError as error:  # a process of this run is gone: a usual exit would wait for it
        sys.stdout.flush()
        print(f"\n{error}", file=sys.stderr, flush=True)
        os._exit(1)
    except (FloatingPointError, ValueError, OSError) as error:
        sys.exit(f"\n{error}")
