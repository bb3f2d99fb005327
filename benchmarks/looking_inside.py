"""Where rollout points, and whether that is what decides: the measurements of the lesson on looking inside.

    python3 benchmarks/looking_inside.py                 small ViTs on drawn shapes, with and without a shortcut
    python3 benchmarks/looking_inside.py --tasks shapes --jobs 2
                                                         only this task; two runs at a time, one core each
    python3 benchmarks/looking_inside.py --record        results/looking_inside.json, to be quoted in the lesson

What is trained and measured is said in looking_experiments.py; how large, by the profile. Fifteen runs, three tasks and
five seeds, each of about a minute on two cores: a quarter of an hour in all, from trials. Each run is a process of its
own and is written as soon as it is measured; the same command goes on with those that are missing. No picture is of
third parties. VIT_KERAS_PROFILE=smoke tries everything in a minute, on so few pictures that the numbers mean nothing.
"""

import argparse
import json
import os
import sys

from records import ROOT, about
from runs import measure_all, place_of, shown

sys.path.insert(0, str(ROOT))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

TASKS = ("shapes", "mark", "random mark")


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", nargs="+", choices=TASKS, help="only these")
    parser.add_argument("--seeds", nargs="+", type=int, help="default: 0 to 4; smoke: 0")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time; with more than one, a core each")
    parser.add_argument("--record", action="store_true", help="write into results/ instead of results/local/")
    parser.add_argument("--one", type=json.loads, help=argparse.SUPPRESS)
    return parser.parse_args(words)


def called(run):
    return f"{run['task']}, seed {run['seed']}"


def told(measured):
    before, after = (measured[when]["lift"]["mean"]["shape"] for when in ("before", "after"))
    return (f"test {measured['test_accuracy']:.1%}, on the shape {before:.2f} times its area before and {after:.2f} "
            f"times after training, {measured['seconds']:.0f} s")


def main(words):
    options = parse(words)
    import looking_experiments

    if options.one:
        return print(json.dumps(looking_experiments.measure(options.one)))
    import keras

    import vit_keras

    settings, profile = looking_experiments.settings(), vit_keras.profile()
    path = place_of("looking_inside", options.record, profile)
    start = {**about("looking_inside.py", words), "profile": profile, "settings": settings,
             "backend": keras.backend.backend()}
    asked = looking_experiments.runs_of(options.seeds or settings["seeds"], options.tasks)
    result, failed = measure_all(__file__, path, start, asked, called, [], options.jobs, told)
    print(f"in {shown(path)}: {len(result['runs'])} runs")
    if failed:
        sys.exit(f"{len(failed)} failed; the same command tries them again")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ValueError as error:
        sys.exit(str(error))
