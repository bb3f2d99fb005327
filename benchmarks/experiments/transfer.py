"""What pre-training buys: a pretrained Vision Transformer on cats and dogs and on CIFAR-10, for lesson 9.

    python benchmarks/experiments/transfer.py                           everything, about 95 minutes on two cores
    python benchmarks/experiments/transfer.py --part probe few          these parts, in this order
    python benchmarks/experiments/transfer.py --record                  results/transfer.json, to be quoted in lessons
    python benchmarks/experiments/transfer.py --part cifar10 --jobs 2   two runs at a time, one core each
    python benchmarks/experiments/transfer.py --limit 60                a rehearsal on a few pictures

    part      minutes   what it measures
    probe          5    ImageNet's head as it is; a linear probe on all photographs, with its seconds
    few           21    10, 100 and 1,000 photographs a class: probes of ten draws, and fine-tuning with two rates
    rates          8    learning rates and frozen blocks, compared on validation photographs
    finetune      32    all weights on all photographs, once, from a head of zeros and from the probe, with two rates
    scratch       12    the same model from random weights for as many steps; a smaller one on few photographs
    cifar10       11    2,000 pictures of CIFAR-10, enlarged; positions resized, cut off, shuffled
    speed          5    inference at 224 pixels beside transformers on PyTorch, with the same weights

Minutes are an estimate, for a machine on which DeiT-Ti takes 40 photographs a second. Weights are found as
`find_weights` of `vit_keras.pretrained` says. Cats and dogs are decoded at 112 pixels, as lesson 6 keeps them, and
enlarged on the device to what the model takes (the photographs of the small archive have no more pixels).
Representations are kept in results/local/ and used again. Every run is a process of its own and is written as soon as
it is measured; the same command goes on with the runs that are missing.

The test photographs are looked at once a run and nothing is chosen by them: the probe's penalty is chosen by validation
pictures, and so would be a learning rate. VIT_KERAS_PROFILE=smoke tries everything in a few minutes, on drawn pictures
and a model so small that the numbers mean nothing.
"""

import hashlib
import json
import math
import sys
import time
from functools import lru_cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from records import ROOT
from runs import add_running, carry_out, parser_of, start

PARTS = ("probe", "few", "rates", "finetune", "scratch", "cifar10", "speed")


def parse(words):
    parser = parser_of(__doc__)
    parser.add_argument("--part", nargs="+", choices=PARTS, default=PARTS, help="only these, in this order")
    parser.add_argument("--limit", type=int, help="at most so many training pictures, and fewer of the others")
    add_running(parser)
    options = parser.parse_args(words)
    if options.jobs > 1 and "speed" in options.part:
        parser.error(f"the part speed must be alone on the machine: leave it out, or --jobs 1; got {options.jobs} jobs")
    return options


if __name__ == "__main__":
    parse(sys.argv[1:])  # --help and a wrong word need not wait for TensorFlow

import keras
import numpy as np
from recipes import experiments
from speed.peers import pair

import vit_keras
from vit_keras import Dataset, Recipe, Split, VisionTransformer, pick, train
from vit_keras.data import checksum
from vit_keras.pretrained import (
    cats_and_dogs,
    choose_probe,
    extract_features,
    few,
    few_example_curve,
    find_weights,
    fine_tuning_recipe,
    fit_probe,
    freeze,
    with_resizing,
)

SAID = ("part", "what", "per_class", "rate", "blocks", "draw")  # what makes two runs the same
GENTLE = 1e-5  # of four rates the best by validation pictures, in the part "rates"
KEPT = ("train_accuracy", "validation_accuracy", "test_accuracy", "parameters", "steps", "seconds", "images_per_second")
FEATURES = ROOT / "results" / "local" / "features"


def settings(limit=None):
    """How large everything is, for the profile in force: stored with the results."""
    laptop = {
        "limit": limit, "sizes": [10, 100, 1_000], "draws": 10, "strength": 0.1, "learning_rate": 1e-4,
        "shown": {"10": 400, "100": 800, "1000": 2_000}, "draws_to_train": {"10": 3, "100": 2, "1000": 1},
        "rates": [1e-5, 1e-4, 1e-3, 1e-2], "frozen": [6, 9, "all"], "batch_size": 16, "batch_size_all": 32,
        "small_steps": {"10": 500, "100": 500, "1000": 1_500}, "cifar10": [2_000, 500, 2_000], "cifar10_passes": 3,
        "pairs": 5, "seconds": 8, "speed_batch": 32, "jit_compile": "auto", "jit_fine_tuning": False,
    }
    smoke = {
        **laptop, "limit": limit or 60, "sizes": [4, 10], "draws": 2, "shown": {"4": 16, "10": 16},
        "draws_to_train": {"4": 2, "10": 1}, "rates": [1e-4, 1e-2], "frozen": ["all"], "batch_size": 8,
        "batch_size_all": 8, "small_steps": {"4": 2, "10": 2}, "cifar10": [40, 20, 40], "cifar10_passes": 1, "pairs": 1,
        "seconds": 0.2, "speed_batch": 4, "jit_compile": False,
    }
    chosen = pick(smoke=smoke, laptop=laptop, gpu=laptop)
    if limit:  # no more of a class than there are
        chosen["sizes"] = [size for size in chosen["sizes"] if 2 * size <= limit] or [limit // 2]
        for name in ("shown", "draws_to_train", "small_steps"):
            chosen[name] = {str(size): chosen[name].get(str(size), 1) for size in chosen["sizes"]}
        chosen["cifar10"] = [max(10, min(number, limit) // 10 * 10) for number in chosen["cifar10"]]
    return chosen


def runs_of(part, size):
    """All runs of a part: a list of dicts of words and numbers, with the keys of `SAID`."""
    drawn = [{"per_class": number, "draw": draw} for number in size["sizes"]
             for draw in range(size["draws_to_train"][str(number)])]
    gently = {"rate": GENTLE}
    runs = {
        "probe": [{"what": "probe"}],
        "few": [{"what": "probe"}]
        + [{"what": "fine-tuning", **some, **rate} for rate in ({}, gently) for some in drawn],
        "rates": [{"what": "rate", "rate": rate} for rate in size["rates"]]
        + [{"what": "frozen", "blocks": blocks} for blocks in size["frozen"]],
        "finetune": [{"what": f"head of {start}", **rate} for rate in ({}, gently) for start in ("zeros", "the probe")],
        "scratch": [{"what": "the same model"}] + [{"what": "a small model", **some} for some in drawn],
        "cifar10": [{"what": f"probe, {kind}"} for kind in CIFAR10]
        + [{"what": f"fine-tuning, {kind}"} for kind in ("interpolated", "middle", "cut off", "from scratch")],
        "speed": [{"what": "pair", "draw": draw} for draw in range(size["pairs"])],
    }
    return [{"part": part, **run} for run in runs[part]]


def measure(run, size):
    """Measure one run.

    Args:
        run: dict, of `runs_of`.
        size: dict, of `settings`.

    Returns:
        dict: what was measured, `seconds`, and `sources`, sentences that say what weights and pictures were.
    """
    keras.utils.set_random_seed(run.get("draw", 0))
    measured = MEASURED[run["part"]](run, size)
    return {"seconds": 0.0, "sources": [], **measured}


# ---- Cats and dogs ----

def measure_probe(run, size):
    """ImageNet's head as it is, and a linear probe: its strength is chosen by validation, then all photographs but the
    test's are learned from with this strength, and it is tested once."""
    weights, dataset = find_weights(), cats_vs_dogs(size["limit"])
    model = weights.load()
    features, seconds = features_of(weights, dataset, model, size)
    started = time.perf_counter()
    chosen_probe, losses = choose_probe(features["train"], features["validation"], 2)
    y, labels = (np.concatenate(parts) for parts in zip(features["train"], features["validation"]))
    probe = fit_probe(y, labels, 2, chosen_probe.strength)
    found = {
        "photographs": {name: len(labels) for name, (_, labels) in features.items()},
        "seconds_features": seconds, "seconds_fit": time.perf_counter() - started,
        "images_per_second": sum(len(labels) for _, labels in features.values()) / sum(seconds.values()),
        "weights": weights.name, "strength": probe.strength,
        "loss_by_strength": {str(each): loss for each, loss in losses.items()},
        # Validation by the probe that has not learned from these photographs; training and test by the final one.
        "validation_accuracy": chosen_probe.accuracy(*features["validation"]),
        "train_accuracy": probe.accuracy(y, labels), "test_accuracy": probe.accuracy(*features["test"]),
        "parameters": probe.kernel.size + probe.bias.size,
        # What a probe costs: representations of what it learns from and is chosen by, and the fit.
        "seconds": seconds["train"] + seconds["validation"] + time.perf_counter() - started,
        "sources": [weights.source, dataset.source],
    }
    if model.num_classes == 1000:
        y, labels = features["test"]
        logits = y @ keras.ops.convert_to_numpy(model.head.kernel) + keras.ops.convert_to_numpy(model.head.bias)
        found["head_accuracy"] = float(np.mean(cats_and_dogs(logits).argmax(axis=1) == labels))
    return found


def measure_few(run, size):
    """Few photographs of each class, drawn several times: probes, or all weights."""
    weights, dataset = find_weights(), cats_vs_dogs(size["limit"])
    if run["what"] == "fine-tuning":
        number = run["per_class"]
        some = chosen(dataset, number, run["draw"])
        return fine_tuned(weights, some, size, size["shown"][str(number)], run.get("rate"))
    model = weights.load()
    features, _ = features_of(weights, dataset, model, size)
    started = time.perf_counter()
    curve = few_example_curve(features["train"], features["test"], 2, size["sizes"], size["draws"], size["strength"])
    return {"test_accuracies": {str(number): some for number, some in curve.items()}, "weights": weights.name,
            "seconds": time.perf_counter() - started, "sources": [weights.source, dataset.source]}


def measure_rates(run, size):
    """100 photographs of each class, with one rate or another, or with frozen blocks; judged by validation alone."""
    weights, dataset = find_weights(), cats_vs_dogs(size["limit"])
    number = 100 if 100 in size["sizes"] else max(size["sizes"])
    some = chosen(dataset, number, 0, validation=len(dataset.validation.labels))
    some = Dataset(some.train, some.validation, Split(*(part[:8] for part in some.validation)), some.class_names,
                   some.source)  # `train` wants a test split: these eight are validation pictures, and nobody's result
    found = fine_tuned(weights, some, size, size["shown"][str(number)], run.get("rate"), run.get("blocks"))
    del found["test_accuracy"]
    return {**found, "per_class": number}


def measure_finetune(run, size):
    """All weights, all photographs, once."""
    weights, dataset = find_weights(), cats_vs_dogs(size["limit"])
    probe = None
    if run["what"] == "head of the probe":
        model = weights.load()
        features, _ = features_of(weights, dataset, model, size)
        probe, _ = choose_probe(features["train"], features["validation"], 2)
    return fine_tuned(weights, dataset, size, len(dataset.train.labels), run.get("rate"), probe=probe,
                      batch="batch_size_all")


def measure_scratch(run, size):
    """From random weights: the same model for as many steps as fine-tuning takes; or lesson 6's ViT, for longer."""
    weights, dataset = find_weights(), cats_vs_dogs(size["limit"])
    if run["what"] == "the same model":
        return fine_tuned(weights, dataset, size, len(dataset.train.labels), scratch=True, batch="batch_size_all")
    number = run["per_class"]
    some = chosen(dataset, number, run["draw"])
    batch = min(64, 2 * number)
    some = repeated(some, batch * size["small_steps"][str(number)])
    experiment = experiments()["cats_vs_dogs"]
    recipe = Recipe(1, batch_size=batch, **experiment.recipe, seed=run["draw"], jit_compile=size["jit_compile"])
    result = train(experiment.create("vit", some), some, recipe, verbose=False)
    return {**{name: result[name] for name in KEPT}, "sources": [dataset.source]}


def fine_tuned(weights, dataset, size, shown, rate=None, blocks=None, probe=None, scratch=False, model=None,
               batch="batch_size"):
    """All weights, or some, trained on a data set: what `train` measures.

    Args:
        weights: `Weights`.
        dataset: `Dataset`.
        size: dict, of `settings`.
        shown: int. Training pictures shown in all, repeats counted.
        rate: float or `None`. Learning rate.
        blocks: See `freeze`.
        probe: `LinearProbe` or `None`. What the head starts from; else zeros.
        scratch: bool. Whether the weights are random; the rate is 1e-3 then.
        model: the pretrained model, if it is not to be loaded here.
        batch: name in `size`.
    """
    model = model or weights.load(num_classes=len(dataset.class_names))
    if scratch:
        model = VisionTransformer.from_config({**model.get_config(), "name": "scratch"})
    if probe is not None:
        probe.to_head(model)
    learns = freeze(model, blocks)
    shape = dataset.train.images.shape[1:]
    batch = min(size[batch], len(dataset.train.labels))
    # Compiling a step of DeiT-Ti by XLA takes minutes, as long as most of these runs.
    changes = {"batch_size": batch, "crop_padding": shape[0] // 8, "jit_compile": size["jit_fine_tuning"]}
    if scratch:
        recipe = Recipe(1, **changes, learning_rate=1e-3)
    else:
        recipe = fine_tuning_recipe(1, **changes, learning_rate=rate or size["learning_rate"])
    result = train(with_resizing(model, shape), repeated(dataset, shown), recipe, verbose=False)
    return {**{name: result[name] for name in KEPT}, "trained_parameters": learns, "batch_size": batch,
            "learning_rate": recipe.learning_rate, "weights": weights.name, "sources": [weights.source, dataset.source]}


def chosen(dataset, per_class, draw, validation=100):
    """The data set with so many training pictures of each class, drawn by chance, and fewer validation pictures."""
    some = np.sort(few(dataset.train.labels, per_class, [7, per_class, draw]))
    return Dataset(Split(*(part[some] for part in dataset.train)), Split(*(part[:validation] for part in
                   dataset.validation)), dataset.test, dataset.class_names, dataset.source)


def repeated(dataset, shown):
    """The data set with its training pictures repeated until one pass shows so many; all equally often, but for one."""
    number = len(dataset.train.labels)
    if shown == number:
        return dataset
    order = np.resize(np.arange(number), shown)
    return Dataset(Split(*(part[order] for part in dataset.train)), dataset.validation, dataset.test,
                   dataset.class_names, dataset.source)


def features_of(weights, dataset, model, size):
    """Representations and labels of each split, and the seconds they took; kept in a file and read again from it."""
    file = weights.path / "model.safetensors" if weights.path.is_dir() else weights.path
    weights_are = checksum(file) if file.is_file() else weights.source
    key = json.dumps([weights_are, dataset.source, list(model.image_shape)])
    path = FEATURES / f"{hashlib.sha256(key.encode()).hexdigest()[:20]}.npz"
    if path.is_file():
        with np.load(path) as file:
            found = {name: (file[f"{name}_y"], file[f"{name}_labels"]) for name in ("train", "validation", "test")}
            return found, json.loads(str(file["seconds"]))
    found, seconds = {}, {}
    for name in ("train", "validation", "test"):
        images, labels = getattr(dataset, name)
        started = time.perf_counter()
        found[name] = extract_features(model, images, jit_compile=size["jit_compile"]), labels
        seconds[name] = time.perf_counter() - started
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, seconds=json.dumps(seconds), **{f"{name}_y": y for name, (y, _) in found.items()},
             **{f"{name}_labels": labels for name, (_, labels) in found.items()})
    return found, seconds


@lru_cache
def cats_vs_dogs(limit):
    return vit_keras.load_cats_vs_dogs(limit=limit)


# ---- CIFAR-10, and positions on another grid ----

CIFAR10 = ("full size", "interpolated", "middle", "cut off", "shuffled")


def measure_cifar10(run, size):
    """Few pictures of CIFAR-10, enlarged; positions as stored, brought to a grid of half the side, or spoiled."""
    weights, dataset = find_weights(), few_cifar10(size)
    method, _, kind = run["what"].partition(", ")
    if method == "probe":
        model = model_for(weights, kind)
        splits = {name: (extract_features(model, split.images, jit_compile=size["jit_compile"]), split.labels)
                  for name, split in (("train", dataset.train), ("validation", dataset.validation),
                                      ("test", dataset.test))}
        started = time.perf_counter()
        probe, _ = choose_probe(splits["train"], splits["validation"], 10)
        return {**{f"{name}_accuracy": probe.accuracy(*split) for name, split in splits.items()},
                "weights": weights.name, "strength": probe.strength, "image_shape": model.image_shape,
                "seconds": time.perf_counter() - started, "sources": [weights.source, dataset.source]}
    shown = size["cifar10_passes"] * len(dataset.train.labels)
    scratch = kind == "from scratch"
    model = model_for(weights, "interpolated" if scratch else kind, num_classes=10)
    found = fine_tuned(weights, dataset, size, shown, scratch=scratch, model=model, batch="batch_size_all")
    return {**found, "image_shape": model.image_shape}


def model_for(weights, kind, **kwargs):
    """The pretrained model at its own size, or at half of it, with positions of one of the kinds in `CIFAR10`."""
    model = weights.load(**kwargs)
    if kind == "full size":
        return model
    height, width, channels = model.image_shape
    half = weights.load(image_shape=(height // 2, width // 2, channels), **kwargs)
    positions = half.patch_encoder.positions
    stored, fitted = (keras.ops.convert_to_numpy(each.patch_encoder.positions) for each in (model, half))
    number = fitted.shape[1]
    if kind == "middle":  # the places of a quarter of the picture: neighbours stay as near as they were
        old, new = (math.isqrt(each.shape[1] - 1) for each in (stored, fitted))
        central = slice((old - new) // 2, (old + new) // 2)
        places = stored[:, 1:].reshape(1, old, old, -1)[:, central, central]
        positions.assign(np.concatenate([stored[:, :1], places.reshape(1, new * new, -1)], axis=1))
    elif kind == "cut off":  # the first rows of the table: the places of another grid
        positions.assign(stored[:, :number])
    elif kind == "shuffled":
        order = 1 + np.random.default_rng(0).permutation(number - 1)
        positions.assign(np.concatenate([fitted[:, :1], fitted[:, order]], axis=1))
    return half


def few_cifar10(size):
    """So many pictures of CIFAR-10 for training, validation and test; each class equally often in training."""
    whole = vit_keras.load_cifar10(**pick(smoke={"source": "drawn", "limit": 200}, laptop={}, gpu={}))
    number, *others = size["cifar10"]
    some = np.sort(few(whole.train.labels, number // 10, 7))
    held_out = [Split(*(part[:each] for part in getattr(whole, name))) for name, each in
                zip(("validation", "test"), others)]
    source = f"{whole.source} {number:,} for training, {others[0]:,} for validation, {others[1]:,} for the test."
    return Dataset(Split(*(part[some] for part in whole.train)), *held_out, whole.class_names, source)


# ---- Speed ----

def measure_speed(run, size):
    """Ours and transformers, one after the other, each in a process of its own; every second time the other first."""
    return pair(find_weights(), size["speed_batch"], size["seconds"], swap=run["draw"] % 2)


MEASURED = {"probe": measure_probe, "few": measure_few, "rates": measure_rates, "finetune": measure_finetune,
            "scratch": measure_scratch, "cifar10": measure_cifar10, "speed": measure_speed}


# ---- Command line ----

def called(run):
    """The name of a run, which no other has."""
    said = {name: run[name] for name in SAID if name in run}
    return ", ".join(f"{name} {value}" if name not in ("part", "what") else value for name, value in said.items())


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


def main(words):
    options = parse(words)
    size, limit = settings(options.limit), options.limit
    asked = [run for part in options.part for run in runs_of(part, size)]
    carry_out(__file__, words, options, f"transfer_{limit}" if limit and not options.record else "transfer", size,
              asked, measure, called, ["--limit", str(limit)] if limit else [], told)


if __name__ == "__main__":
    start(main)
