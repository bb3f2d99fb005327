"""What pre-training buys: a pretrained Vision Transformer on cats and dogs and on CIFAR-10, for lesson 9.

    python3 benchmarks/transfer.py                           everything, about 95 minutes on two cores
    python3 benchmarks/transfer.py --part probe few          these parts, in this order
    python3 benchmarks/transfer.py --record                  results/transfer.json, to be quoted in lessons
    python3 benchmarks/transfer.py --part cifar10 --jobs 2   two runs at a time, one core each
    python3 benchmarks/transfer.py --limit 60                a rehearsal on a few pictures

    part      minutes   what it measures
    probe          5    ImageNet's head as it is; a linear probe on all photographs, with its seconds
    few           21    10, 100 and 1,000 photographs a class: probes of ten draws, and fine-tuning with two rates
    rates          8    learning rates and frozen blocks, compared on validation photographs
    finetune      32    all weights on all photographs, once, from a head of zeros and from the probe, with two rates
    scratch       12    the same model from random weights for as many steps; a smaller one on few photographs
    cifar10       11    2,000 pictures of CIFAR-10, enlarged; positions resized, cut off, shuffled
    speed          5    inference at 224 pixels beside transformers on PyTorch, with the same weights

Minutes are an estimate, for a machine on which DeiT-Ti takes 40 photographs a second; each part can be run by itself.
Weights are found as `find_weights` of `vit_keras.pretrained` says. Every run is a process of its own and is written as
soon as it is measured; the same command goes on with the runs that are missing. Representations are kept in
results/local/ and used again. The test photographs are looked at once a run; nothing is chosen by them.
What is measured is said in transfer_experiments.py. VIT_KERAS_PROFILE=smoke tries everything in a few minutes, on drawn
pictures and a model so small that the numbers mean nothing.
"""

import argparse
import json
import os
import sys

from records import ROOT, about
from runs import measure_all, place_of, shown

sys.path.insert(0, str(ROOT))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

PARTS = ("probe", "few", "rates", "finetune", "scratch", "cifar10", "speed")


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", nargs="+", choices=PARTS, default=PARTS, help="only these, in this order")
    parser.add_argument("--limit", type=int, help="at most so many training pictures, and fewer of the others")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time; with more than one, a core each")
    parser.add_argument("--record", action="store_true", help="write into results/ instead of results/local/")
    parser.add_argument("--one", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if options.jobs > 1 and "speed" in options.part:
        parser.error(f"the part speed must be alone on the machine: leave it out, or --jobs 1; got {options.jobs} jobs")
    return options


def called(run):
    """The name of a run, which no other has."""
    import transfer_experiments

    said = {name: run[name] for name in transfer_experiments.SAID if name in run}
    return ", ".join(f"{name} {value}" if name not in ("part", "what") else value for name, value in said.items())


def main(words):
    options = parse(words)
    import transfer_experiments

    settings = transfer_experiments.settings(options.limit)
    if options.one:
        return print(json.dumps(transfer_experiments.measure(options.one, settings)))
    import keras

    import vit_keras

    profile = vit_keras.profile()
    path = place_of(f"transfer_{options.limit}" if options.limit and not options.record else "transfer",
                    options.record, profile)
    start = {**about("transfer.py", words), "profile": profile, "settings": settings,
             "backend": keras.backend.backend()}
    asked = [run for part in options.part for run in transfer_experiments.runs_of(part, settings)]
    limit = ["--limit", str(options.limit)] if options.limit else []
    result, failed = measure_all(__file__, path, start, asked, called, limit, options.jobs, told)
    print(f"\n{result['source']}\nin {shown(path)}: {len(result['runs'])} runs")
    if failed:
        sys.exit(f"{len(failed)} failed; the same command tries them again")


def told(measured):
    """The shares and the seconds of a run, in one line."""
    words = [f"{name} {value:.1%}" for name, value in measured.items()
             if name.endswith("accuracy") and isinstance(value, float)]
    if "test_accuracies" in measured:
        words += [f"{size} a class {sum(some) / len(some):.1%}" for size, some in measured["test_accuracies"].items()]
    if "ratio" in measured:
        words.append(f"ours {measured['ours']:.1f}, transformers {measured['huggingface']:.1f} images/s: ratio "
                     f"{measured['ratio']:.2f}")
    return ", ".join([*words, f"{measured['seconds']:.0f} s"])


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ValueError as error:
        sys.exit(str(error))
