"""One thing changed at a time: the ViT on cats and dogs, every variant with the same passes and several seeds.

    python3 benchmarks/ablation.py                            all variants, 10 passes, seeds 0 and 1
    python3 benchmarks/ablation.py --jobs 2                   two runs at a time, one core each
    python3 benchmarks/ablation.py --variants "patch 28"      some of them
    python3 benchmarks/ablation.py --record cats_vs_dogs_ablation

Each run is a process of its own and says what it reached after its last step. The recipe these variants start from was
chosen by the validation split; the test split is reported here, nothing is chosen by it.
"""

import argparse
import dataclasses
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import processes
from records import ROOT, about, write_json

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
KEPT = ("train_accuracy", "validation_accuracy", "test_accuracy", "parameters", "steps", "seconds")


def run_one(data, variant, seed, epochs):
    """Train one variant in this process; print what is kept of it as one line of JSON."""
    import keras
    from experiments import experiments

    import vit_keras

    model_changes, recipe_changes = VARIANTS[variant]
    experiment = experiments()[data]
    experiment = dataclasses.replace(experiment, vit={**experiment.vit, **model_changes})
    dataset = experiment.load("auto")
    keras.utils.set_random_seed(seed)
    recipe = vit_keras.Recipe(epochs, **{**experiment.recipe, **recipe_changes, "seed": seed})
    run = vit_keras.train(experiment.create("vit", dataset), dataset, recipe, verbose=False)
    print(json.dumps({"source": dataset.source, **{name: run[name] for name in KEPT}}))


def in_a_process(data, variant, seed, epochs, threads):
    words = ["--one", variant, "--seeds", str(seed), "--epochs", str(epochs), "--data", data]
    return processes.in_a_process(__file__, words, f"{variant}, seed {seed}", threads)


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", choices=("cats_vs_dogs",), default="cats_vs_dogs")
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS), metavar="NAME",
                        help=f"some of: {', '.join(VARIANTS)}")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1])
    parser.add_argument("--epochs", type=float, default=10, help="passes over the training images (default: 10)")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time; with more than one, a core each")
    parser.add_argument("--record", metavar="NAME", help="write results/NAME.json, to be quoted in lessons")
    parser.add_argument("--one", choices=VARIANTS, help=argparse.SUPPRESS)
    return parser.parse_args(words)


def main(words):
    options = parse(words)
    if options.one:
        return run_one(options.data, options.one, options.seeds[0], options.epochs)
    name = options.record or f"{options.data}_ablation"
    path = ROOT / "results" / ("" if options.record else "local") / f"{name}.json"
    result = {**about("ablation.py", words), "epochs": options.epochs, "variants": {}}
    threads = 1 if options.jobs > 1 else None
    with ThreadPoolExecutor(options.jobs) as pool:
        runs = {(variant, seed): pool.submit(in_a_process, options.data, variant, seed, options.epochs, threads)
                for seed in options.seeds for variant in options.variants}  # one seed is whole before the next
        for (variant, seed), run in runs.items():
            measured = run.result()
            result["source"] = measured.pop("source")
            result["variants"].setdefault(variant, []).append({"seed": seed, **measured})
            write_json(path, result)  # after each run: what is measured is kept
            print(f"{variant}, seed {seed}: test {measured['test_accuracy']:.1%}, train "
                  f"{measured['train_accuracy']:.1%}, {measured['seconds']:.0f} s", flush=True)
    print(f"\n{result['source']}\nwritten: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main(sys.argv[1:])
