"""What a step of training pays for its recipe: everything on beside nothing on, and the share of the input pipeline.

    python benchmarks/speed/pipeline.py                             ViT of width 192, 12 layers; batch 64
    python benchmarks/speed/pipeline.py --cases everything erasing  some ingredients beside nothing
    python benchmarks/speed/pipeline.py --cases bfloat16 "without XLA"
                                                                   what the machine likes
    python benchmarks/speed/pipeline.py --record NAME               write results/NAME.json
    python benchmarks/speed/pipeline.py --preset tiny --batch 8 --seconds 1 --rounds 1
                                                                   does everything run? (the numbers mean nothing)

All cases are compiled in one process and measured in turns, round after round, so that a machine that is busy hits all
alike; the table shows the median of the ratios, which are taken within a round, with [lowest-highest]. A step is what
`train` does: the batch is chosen, mixtures are drawn, everything is computed, loss and accuracy are read.

"pipeline" is the whole input pipeline with everything on, in front of a model that is nothing but an average and a
linear head. Its time over that of "everything" is the share of a step that goes into pictures and not into the model.
"""

import math
import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from records import ROOT, about, cpu_model, write_json
from runs import parser_of, shown
from speed.compare import PRESETS, summary

NOTHING = {"crop_padding": 0, "flip": False, "label_smoothing": 0.0}
MIXING = {"cutmix": 1.0, "mixup": 0.8}
EVERYTHING = {"crop_padding": 4, "flip": True, "trivial_augment": 1.0, "random_erasing": 0.25, **MIXING, "ema": 0.999,
              "label_smoothing": 0.1}
DEEP = {"stochastic_depth": 0.1}

# {case: (arguments of Recipe beside NOTHING, arguments of the model)}
CASES = {
    "everything": (EVERYTHING, DEEP),
    "crop and mirror": ({"crop_padding": 4, "flip": True}, {}),
    "TrivialAugment": ({"trivial_augment": 1.0}, {}),
    "erasing": ({"random_erasing": 0.25}, {}),
    "CutMix and MixUp": (MIXING, {}),
    "mean of weights": ({"ema": 0.999}, {}),
    "Muon": ({"muon": True}, {}),  # as many products for a batch of any size
    "everything, Muon": ({**EVERYTHING, "muon": True}, DEEP),
    "stochastic depth": ({}, DEEP),
    "four parts": ({"accumulate": 4}, {}),
    "bfloat16": ({"precision": "bfloat16"}, {}),
    "without XLA": ({"jit_compile": False}, {}),
}
DEFAULT = ["everything", "Muon", "everything, Muon"]


class Steps:
    """Steps of one case, as `train` makes them, on pictures of noise: what this file asks of the trainer's inside."""

    def __init__(self, model, recipe, batches=4):
        from vit_keras.data import Split
        from vit_keras.training import in_precision

        number, shape = batches * recipe.batch_size, getattr(model, "image_shape", None) or model.input_shape[1:]
        rng = np.random.default_rng(0)
        split = Split(rng.integers(0, 256, (number, *shape), "uint8"), rng.integers(0, 10, number).astype("int32"))
        self.precision = in_precision(model, recipe.precision)  # entered for good: the model is for nothing else
        self.precision.__enter__()
        self.batches = recipe.batches(split)
        self.learner = recipe.learner(model)

    def seconds(self, number):
        """Of so many steps, each from the choice of its batch until its loss is read; not of what comes before."""
        import keras

        batches, ends = self.batches, []

        class Repeated(keras.utils.PyDataset):
            def __len__(self):
                return (number + 1) * batches.parts

            def __getitem__(self, index):
                return batches[index % len(batches)]

        clock = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: ends.append(time.perf_counter()))
        self.learner.fit(Repeated(), epochs=1, shuffle=False, verbose=0, callbacks=[clock])
        return ends[-1] - ends[batches.parts - 1]


def linear_model(shape):
    """The cheapest classifier: the mean of all pixels, and a linear head."""
    import keras
    from keras import layers

    images = keras.Input(shape)
    return keras.Model(images, layers.Dense(10, name="head")(layers.GlobalAveragePooling2D()(images)), name="linear")


def make(name, size, batch):
    """The steps of a case."""
    import keras

    import vit_keras

    keras.utils.set_random_seed(0)
    changes, more = CASES.get(name, (EVERYTHING if name == "pipeline" else {}, {}))
    recipe = vit_keras.Recipe(1e9, batch_size=batch, **{**NOTHING, **changes})
    if name == "pipeline":
        return Steps(linear_model(size["image_shape"]), recipe)
    return Steps(vit_keras.VisionTransformer(**size, **more), recipe)


def in_turns(steps, seconds, rounds):
    """Seconds of a step: {case: one number a round}. A case is given as many steps as take about `seconds`."""
    numbers = {}
    for name, case in steps.items():
        case.seconds(2)  # compiles
        numbers[name] = max(2, math.ceil(seconds / (case.seconds(2) / 2)))
        print(f"{name}: ready, {numbers[name]} steps a round", flush=True)
    measured = {name: [] for name in steps}
    for turn in range(rounds):
        for name in list(steps)[:: 1 if turn % 2 else -1]:  # there and back again
            measured[name].append(steps[name].seconds(numbers[name]) / numbers[name])
    return measured


def ratios(measured, of, to):
    """How much longer `of` takes than `to`, round by round."""
    return summary([one / other for one, other in zip(measured[of], measured[to])])


def table(result):
    lines = ["| case | ms a step | beside nothing |", "|---|--:|--:|"]
    for name, values in result["seconds_a_step"].items():
        beside = result["beside_nothing"].get(name)
        cell = f"{beside['median']:.2f} [{beside['min']:.2f}-{beside['max']:.2f}]" if beside else ""
        lines.append(f"| {name} | {1000 * statistics.median(values):.1f} | {cell} |")
    if share := result.get("pipeline_share"):
        lines += ["", f"The pipeline is {share['median']:.1%} of a step with everything on "
                      f"[{share['min']:.1%}-{share['max']:.1%}]."]
    return "\n".join(lines)


def parse(words):
    parser = parser_of(__doc__)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=DEFAULT, metavar="NAME",
                        help=f"beside nothing: some of {', '.join(CASES)} (default: {', '.join(DEFAULT)})")
    parser.add_argument("--preset", choices=PRESETS, default="paper", help="sizes of the model, as in compare.py")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=8.0, help="per case and round (default: 8)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--record", metavar="NAME", help="write results/NAME.json")
    options = parser.parse_args(words)
    if min(options.batch, options.rounds) < 1 or not options.seconds > 0:
        parser.error("--batch and --rounds must be 1 or more, --seconds positive: "
                     f"got {options.batch}, {options.rounds} and {options.seconds}")
    return options


def main(words):
    options = parse(words)
    import keras

    size = PRESETS[options.preset]
    names = ["nothing", *options.cases, *(["pipeline"] if "everything" in options.cases else [])]
    measured = in_turns({name: make(name, size, options.batch) for name in names}, options.seconds, options.rounds)
    result = {
        **about(__file__, words), "backend": keras.backend.backend(), "preset": options.preset, "size": size,
        "batch": options.batch, "source": "Pictures of noise: cost does not depend on what is in a picture.",
        "cases": {name: CASES[name] for name in options.cases}, "seconds_a_step": measured,
        "beside_nothing": {name: ratios(measured, name, "nothing") for name in options.cases},
    }
    if "pipeline" in measured:
        result["pipeline_share"] = ratios(measured, "pipeline", "everything")
    print(f"\n{table(result)}\n\nKeras {keras.__version__} on {keras.backend.backend()}, {os.cpu_count()} cores "
          f"({cpu_model()}), batch {options.batch}.")
    if options.record:
        path = ROOT / "results" / f"{options.record}.json"
        write_json(path, result)
        print(f"Written to {shown(path)}")


if __name__ == "__main__":
    main(sys.argv[1:])
