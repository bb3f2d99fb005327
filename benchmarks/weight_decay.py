"""The weight decay of tensorflow-addons brought to Keras: as it stands, converted, or left out; several seeds.

    python3 benchmarks/weight_decay.py                     CIFAR-10, all three cases, seeds 0, 1, 2
    python3 benchmarks/weight_decay.py --jobs 2 --record   two runs at a time, a core each, into
                                                           results/weight_decay.json, to be quoted in lesson 11
    VIT_KERAS_PROFILE=smoke python3 benchmarks/weight_decay.py --seeds 0
                                                           does everything run? (the numbers mean nothing)

The recipe is that of the ViT example on keras.io, which has the numbers 1e-3 (rate) and 1e-4 (decay) from its version
for tensorflow-addons: see recipes.py. A decay acts by the number of steps: the example has 17,500 of them (batch 256,
100 passes over 45,000 pictures), in which a decay of 1e-4 a step leaves a sixth of a weight that no gradient moves. By
profile:

    laptop  2,000 training pictures, 40 passes in batches of 16: 5,000 steps, in which it would leave six tenths;
            9 runs of three to four minutes on a core
    gpu     all pictures, 100 passes in batches of 256, as in the example

Beside the accuracies it is measured how long the decayed weights are together (the root of the sum of their squares),
before and after. All else is as in ladder.py: processes, seeds, pictures, how a run that was cut off goes on.
"""

import argparse
import json
import math
import os
import sys

import ladder
from records import ROOT, about
from runs import measure_all, place_of, shown

sys.path.insert(0, str(ROOT))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

RATE, DECAY = 1e-3, 1e-4  # of the example, for tensorflow-addons


def cases():
    """{case: `weight_decay` for Keras}."""
    from vit_keras.lessons import keras_weight_decay

    return {"none": 0.0, "as it stands": DECAY, "converted": keras_weight_decay(DECAY, RATE)}


def parse(words):
    from vit_keras import pick

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", choices=cases(), default=list(cases()), metavar="NAME",
                        help=f"some of: {', '.join(cases())}")
    ladder.add_budget(parser)
    return ladder.with_budget(parser, words, *pick(
        smoke=(400, None, 1.0), laptop=(2000, None, 40.0), gpu=(0, None, 100.0)))


def settings_of(options):
    """What all runs of a result have in common."""
    from recipes import named

    from vit_keras import pick

    recipe = {**named()["keras.io"]["recipe"], "learning_rate": RATE, "batch_size": pick(smoke=16, laptop=16, gpu=256)}
    # Through JSON, as a file that goes on is compared with it.
    return json.loads(json.dumps({**ladder.budget_of(options)[0], "cases": cases(), "recipe": recipe,
                                  "transformer": named()["keras.io"]["transformer"]}))


def length(model):
    """Of all weights that are decayed, together."""
    from keras import ops

    from vit_keras.training import NEVER_DECAYED

    decayed = [weight for weight in model.trainable_weights if not any(name in weight.name for name in NEVER_DECAYED)]
    return math.sqrt(sum(float(ops.sum(ops.square(weight))) for weight in decayed))


def measure(run, settings):
    """Train one case in this process."""
    from experiments import experiments

    experiment = experiments()[settings["data"]].changed({"transformer": settings["transformer"]})
    model, dataset = ladder.prepared(experiment, settings, run["seed"])
    before = length(model)
    recipe = {**settings["recipe"], "weight_decay": settings["cases"][run["case"]]}
    done = ladder.trained(model, dataset, recipe, settings, run["seed"])
    return {**ladder.kept(done, dataset), "length_before": before, "length_after": length(model)}


def called(run):
    return f"{run['case']}, seed {run['seed']}"


def main(words):
    options = parse(words)
    settings = settings_of(options)
    if options.one:
        return print(json.dumps(measure(options.one, settings)))
    import keras

    import vit_keras

    profile = vit_keras.profile()
    path = place_of("weight_decay" if options.data == "cifar10" else f"weight_decay_{options.data}", options.record,
                    profile)
    start = {**about("weight_decay.py", words), "profile": profile, "settings": settings,
             "backend": keras.backend.backend()}
    asked = [{"case": case, "seed": seed} for seed in options.seeds for case in options.cases]
    result, failed = measure_all(__file__, path, start, asked, called, ladder.budget_of(options)[1], options.jobs)
    print(f"\n{result['source']}\n{table(result)}\nin {shown(path)}: {len(result['runs'])} runs")
    if failed:
        sys.exit(f"{len(failed)} failed; the same command tries them again")


def table(result):
    """The cases as a Markdown table: means over the seeds."""
    lines = ["| decay | in Keras | seeds | test | train | length of the weights |", "|---|--:|--:|--:|--:|--:|"]
    for case, decay in result["settings"]["cases"].items():
        runs = [run for run in result["runs"] if run["case"] == case]
        if runs:
            test, train, before, after = (sum(run[name] for run in runs) / len(runs) for name in (
                "test_accuracy", "train_accuracy", "length_before", "length_after"))
            lengths = f"{before:.1f} to {after:.1f}"
            lines.append(f"| {case} | {decay:g} | {len(runs)} | {test:.1%} | {train:.1%} | {lengths} |")
    return "\n".join(lines)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ValueError as error:
        sys.exit(str(error))
