"""Batch size and learning rate: every pair on the same number of drawn pictures, several seeds.

    python3 benchmarks/batch_size.py                        all pairs, seeds 0, 1, 2, one run at a time
    python3 benchmarks/batch_size.py --jobs 2 --record      two runs at a time, a core each, into
                                                            results/batch_size.json, to be quoted in lesson 12
    VIT_KERAS_PROFILE=smoke python3 benchmarks/batch_size.py --seeds 0
                                                            does everything run? (the numbers mean nothing)

All runs see the same pictures equally often (every batch size divides their number): a batch four times as large means
a quarter of the steps. The rates are powers of two apart, so that both rules of thumb lie on the grid: batch times k,
rate times k (linear), or times the root of k. By profile:

    laptop  3,072 drawn pictures, 8 passes; batches of 32, 128 and 512, rates from 0.0005 to 0.016: 54 runs
    gpu     20,480 pictures, 20 passes; the same pairs

Each run is a process of its own and kept as soon as it is measured; the same command goes on with those that are
missing. Rates are to be compared by validation accuracy.
"""

import argparse
import json
import os
import sys

from records import ROOT, about
from runs import measure_all, place_of, shown

sys.path.insert(0, str(ROOT))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

KEPT = ("test_accuracy", "validation_accuracy", "train_accuracy", "parameters", "steps", "epochs", "seconds")
SIZE = {"image_shape": [32, 32, 3], "patch_size": 8, "num_layers": 3, "hidden_dim": 48, "num_heads": 3, "mlp_dim": 96,
        "num_classes": 10}


def settings():
    """What all runs have in common."""
    from vit_keras import pick

    pictures, epochs = pick(smoke=(64, 1), laptop=(3072, 8), gpu=(20_480, 20))
    batches = pick(smoke=[16, 32], laptop=[32, 128, 512], gpu=[32, 128, 512])
    rates = [0.0005 * 2**power for power in range(pick(smoke=2, laptop=6, gpu=6))]
    recipe = {"weight_decay": 0.05, "warmup": 0.1, "clip_norm": 1.0, "label_smoothing": 0.1, "crop_padding": 0,
              "flip": False, "jit_compile": pick(smoke=False, laptop="auto", gpu="auto")}
    return {"pictures": pictures, "epochs": epochs, "batches": batches, "rates": rates, "size": SIZE, "recipe": recipe}


def draw(pictures):
    """Drawn shapes: so many for training, a quarter for validation, half for the test."""
    from vit_keras import Dataset, Split, draw_shapes

    numbers = pictures, pictures // 4, pictures // 2
    drawn = [draw_shapes(number, seed=[12, part], position="center", size=(0.3, 0.45), clutter=0.2)
             for part, number in enumerate(numbers)]
    return Dataset(*(Split(part.images, part.labels) for part in drawn), drawn[0].shapes, "Drawn shapes in the middle: "
                   "{:,} for training, {:,} for validation, {:,} for the test.".format(*numbers))


def measure(run, settings):
    """Train one pair in this process."""
    import keras

    import vit_keras

    dataset = draw(settings["pictures"])
    keras.utils.set_random_seed(run["seed"])
    recipe = vit_keras.Recipe(settings["epochs"], batch_size=run["batch"], learning_rate=run["rate"], seed=run["seed"],
                              **settings["recipe"])
    done = vit_keras.train(vit_keras.VisionTransformer(**settings["size"]), dataset, recipe, verbose=False)
    return {"source": dataset.source, **{name: done[name] for name in KEPT}}


def called(run):
    return f"batch {run['batch']}, rate {run['rate']:g}, seed {run['seed']}"


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time; with more than one, a core each")
    parser.add_argument("--record", action="store_true", help="write into results/ instead of results/local/")
    parser.add_argument("--one", type=json.loads, help=argparse.SUPPRESS)
    return parser.parse_args(words)


def main(words):
    options, common = parse(words), settings()
    if options.one:
        return print(json.dumps(measure(options.one, common)))
    import keras

    import vit_keras

    profile = vit_keras.profile()
    path = place_of("batch_size", options.record, profile)
    start = {**about("batch_size.py", words), "profile": profile, "settings": common,
             "backend": keras.backend.backend()}
    asked = [{"batch": batch, "rate": rate, "seed": seed} for seed in options.seeds for batch in common["batches"]
             for rate in common["rates"]]
    result, failed = measure_all(__file__, path, start, asked, called, [], options.jobs)
    print(f"\n{result['source']}\n{table(result)}\nin {shown(path)}: {len(result['runs'])} runs")
    if failed:
        sys.exit(f"{len(failed)} failed; the same command tries them again")


def table(result):
    """Mean validation accuracy: a row a batch, a column a rate."""
    common = result["settings"]
    lines = ["| batch | " + " | ".join(f"{rate:g}" for rate in common["rates"]) + " |",
             "|--:|" + "--:|" * len(common["rates"])]
    for batch in common["batches"]:
        cells = []
        for rate in common["rates"]:
            found = [run["validation_accuracy"] for run in result["runs"]
                     if (run["batch"], run["rate"]) == (batch, rate)]
            cells.append(f"{sum(found) / len(found):.1%}" if found else "")
        lines.append(f"| {batch} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ValueError as error:
        sys.exit(str(error))
