"""What pre-training buys: a pretrained Vision Transformer on cats and dogs and on CIFAR-10, for lesson 9.

    python3 benchmarks/transfer.py                           everything, about 70 minutes on two cores
    python3 benchmarks/transfer.py --part probe few          these parts, in this order
    python3 benchmarks/transfer.py --record transfer         results/transfer.json, to be quoted in lessons
    python3 benchmarks/transfer.py --limit 60                a rehearsal on a few pictures

    part      minutes   what it measures
    probe          5    ImageNet's head as it is; a linear probe on all photographs, with its seconds
    few           12    10, 100 and 1,000 photographs a class: probes of ten draws, and fine-tuning
    rates          8    learning rates and frozen blocks, compared on validation photographs
    finetune      16    all weights on all photographs, once, from a head of zeros and from the probe
    scratch       12    the same model from random weights for as many steps; a smaller one on few photographs
    cifar10       11    2,000 pictures of CIFAR-10, enlarged; positions resized, cut off, shuffled
    speed          5    inference at 224 pixels beside transformers on PyTorch, with the same weights

Minutes are an estimate, for a machine on which DeiT-Ti takes 40 photographs a second; each part can be run by itself.
Weights are found as `vit_keras.weight_sources.find_weights` says. Every run is a process of its own and is written as
soon as it is measured; the same command goes on with the runs that are missing. Representations are kept in
results/local/ and used again. The test photographs are looked at once a run; nothing is chosen by them.
What is measured is said in transfer_experiments.py. VIT_KERAS_PROFILE=smoke tries everything in a few minutes, on drawn
pictures and a model so small that the numbers mean nothing.
"""

import argparse
import json
import os
import sys

from processes import in_a_process
from records import ROOT, about, write_json
from runs import going_on

sys.path.insert(0, str(ROOT))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

PARTS = ("probe", "few", "rates", "finetune", "scratch", "cifar10", "speed")


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", nargs="+", choices=PARTS, default=PARTS, help="only these, in this order")
    parser.add_argument("--limit", type=int, help="at most so many training pictures, and fewer of the others")
    parser.add_argument("--record", metavar="NAME", help="write results/NAME.json instead of results/local/")
    parser.add_argument("--one", type=json.loads, help=argparse.SUPPRESS)
    return parser.parse_args(words)


def called(run):
    return ", ".join(f"{name} {value}" if name in ("per_class", "draw", "rate", "blocks") else str(value)
                     for name, value in run.items())


def identity(run):
    import transfer_experiments

    return tuple(run.get(name) for name in transfer_experiments.SAID)


def main(words):
    options = parse(words)
    import transfer_experiments

    settings = transfer_experiments.settings(options.limit)
    if options.one:
        return print(json.dumps(transfer_experiments.measure(options.one, settings)))
    import keras

    import vit_keras

    profile = vit_keras.profile()
    name = options.record or f"transfer_{profile}" + (f"_{options.limit}" if options.limit else "")
    path = ROOT / "results" / ("" if options.record else "local") / f"{name}.json"
    result = going_on(path, {**about("transfer.py", words), "profile": profile, "settings": settings,
                             "backend": keras.backend.backend()})
    asked = [run for part in options.part for run in transfer_experiments.runs_of(part, settings)]
    done = {identity(run) for run in result["runs"]}
    missing = [run for run in asked if identity(run) not in done]
    print(f"profile {profile}: {len(missing)} runs to do, {len(asked) - len(missing)} done before", flush=True)

    limit = ["--limit", str(options.limit)] if options.limit else []
    failed = []
    for run in missing:
        try:
            measured = in_a_process(__file__, [*limit, "--one", json.dumps(run)], called(run))
        except RuntimeError as error:
            failed.append(str(error))
            print(error, flush=True)
            continue
        for source in measured.pop("sources", ()):
            if source not in result["source"]:
                result["source"] = f"{result['source']} {source}".strip()
        result["runs"].append({**run, **measured})
        write_json(path, result)  # after each run: what is measured is kept
        print(f"{called(run)}: {told(measured)}", flush=True)
    print(f"\n{result['source']}\nin {path.relative_to(ROOT)}: {len(result['runs'])} runs")
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
