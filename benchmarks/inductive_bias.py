"""What convolutions take for granted and a Transformer does not: four experiments for the lesson on inductive bias.

    python3 benchmarks/inductive_bias.py translation     shapes where they were in training, and elsewhere
    python3 benchmarks/inductive_bias.py shuffle         pixels that have changed places, the same way in every picture
    python3 benchmarks/inductive_bias.py data_size       accuracy against the number of training images
    python3 benchmarks/inductive_bias.py robustness      pictures covered in part, moved, or of contradicting texture
    python3 benchmarks/inductive_bias.py data_size --data cifar10 --jobs 2
                                                         only this data; two runs at a time, one core each
    python3 benchmarks/inductive_bias.py shuffle --record
                                                         results/inductive_bias_shuffle.json, to be quoted in lessons

What is trained and measured is said in bias_experiments.py; how large, by the profile. Each run is a process of its own
and is written as soon as it is measured; the same command goes on with the runs that are missing. Nothing is chosen by
the test images. VIT_KERAS_PROFILE=smoke tries everything in a minute, on images and models so small that the numbers
mean nothing.
"""

import argparse
import json
import os
import sys

from records import ROOT, about
from runs import measure_all, place_of, shown

sys.path.insert(0, str(ROOT))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

EXPERIMENTS = ("translation", "shuffle", "data_size", "robustness")
DATA = ("drawn", "cifar10", "textured")


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiment", choices=EXPERIMENTS)
    parser.add_argument("--data", nargs="+", choices=DATA, help="only these")
    parser.add_argument("--models", nargs="+", metavar="NAME", help="only these of vit_keras.lessons.contenders")
    parser.add_argument("--seeds", nargs="+", type=int, help="default: 0 1 2; smoke: 0")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time; with more than one, a core each")
    parser.add_argument("--record", action="store_true", help="write into results/ instead of results/local/")
    parser.add_argument("--one", type=json.loads, help=argparse.SUPPRESS)
    return parser.parse_args(words)


def called(run):
    """The name of a run, which no other of its experiment has."""
    what = [str(run[name]) for name in ("data", "model", "condition")]
    return ", ".join([*filter(None, what), f"seed {run['seed']}"])


def told(measured):
    return (f"{measured['parameters']:,} parameters, train {measured['train_accuracy']:.1%}, "
            f"test {measured['test_accuracy']:.1%}, {measured['seconds']:.0f} s")


def main(words):
    options = parse(words)
    import bias_experiments

    if options.one:
        return print(json.dumps(bias_experiments.measure(options.experiment, options.one)))
    import keras

    import vit_keras

    settings, profile = bias_experiments.settings(), vit_keras.profile()
    path = place_of(f"inductive_bias_{options.experiment}", options.record, profile)
    start = {**about("inductive_bias.py", words), "profile": profile, "settings": settings,
             "backend": keras.backend.backend()}
    asked = bias_experiments.runs_of(
        options.experiment, options.seeds or settings["seeds"], options.data, options.models
    )
    result, failed = measure_all(__file__, path, start, asked, called, [options.experiment], options.jobs, told)
    print(f"\n{result['source']}\nin {shown(path)}: {len(result['runs'])} runs")
    if failed:
        sys.exit(f"{len(failed)} failed; the same command tries them again")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ValueError as error:
        sys.exit(str(error))
