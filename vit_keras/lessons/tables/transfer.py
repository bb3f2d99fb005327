"""Transfer: a probe, fine-tuning, few photographs."""

import numpy as np

from vit_keras.lessons.tables.showing import markdown, table


def _runs(file, part, what=""):
    """The runs of one part whose `what` begins like this."""
    return [run for run in file["runs"] if run["part"] == part and run["what"].startswith(what)]


@table("transfer", "probe")
def transfer_probe(file):
    """The head as it is and the probe; for a figure, both accuracies."""
    probe = _runs(file, "probe")[0]
    accuracies = {"ImageNet's head as it is": probe["head_accuracy"], "linear probe": probe["test_accuracy"]}
    return markdown(["", "weights that learn", "test"],
                     [[name, f"{0 if name.startswith('ImageNet') else probe['parameters']:,}", f"{accuracy:.1%}"]
                      for name, accuracy in accuracies.items()]), accuracies


@table("transfer", "few")
def transfer_few(file):
    """Accuracy by labelled photographs of each class; for a figure, {method: {number: accuracies}}."""
    curves = {"linear probe": {int(number): accuracies for number, accuracies
                               in _runs(file, "few", "probe")[0]["test_accuracies"].items()}}
    for run in sorted(_runs(file, "few", "fine-tuning"), key=lambda run: run["learning_rate"]):
        method = curves.setdefault(f"fine-tuning, rate {run['learning_rate']:g}", {})
        method.setdefault(run["per_class"], []).append(run["test_accuracy"])
    for run in _runs(file, "scratch", "a small model"):
        curves.setdefault("from scratch", {}).setdefault(run["per_class"], []).append(run["test_accuracy"])
    numbers = sorted({number for points in curves.values() for number in points})
    rows = [[name, *(f"{np.mean(points[number]):.1%} ({len(points[number])})" for number in numbers)]
            for name, points in curves.items()]
    return markdown(["mean (draws)", *(f"{number:,} of each class" for number in numbers)], rows), curves


@table("transfer", "rates")
def transfer_rates(file):
    """Learning rates, and frozen blocks; for a figure, {name of the row: accuracy on validation}."""
    rows = {}
    for run in _runs(file, "rates"):
        frozen = run.get("blocks")
        name = "all" if frozen is None else "head" if frozen == "all" else f"from block {frozen + 1} on"
        rows[f"{name}, rate {run['learning_rate']:g}"] = run
    return markdown(["what learns", "weights", "photographs/s", "training", "validation"],
                     [[name, f"{run['trained_parameters']:,}" if "trained_parameters" in run
                       else f"{run['parameters']:,}", f"{run['images_per_second']:.0f}",
                       f"{run['train_accuracy']:.1%}", f"{run['validation_accuracy']:.1%}"]
                      for name, run in rows.items()]), {name: run["validation_accuracy"] for name, run in rows.items()}


@table("transfer", "all")
def transfer_all(file):
    """Probe, fine-tuning and the same model from scratch; for a figure, {name: accuracy on the test}."""
    rows = {"linear probe": _runs(file, "probe")[0]}
    for run in _runs(file, "finetune"):
        rows[f"fine-tuning, {run['what']}, rate {run['learning_rate']:g}"] = run
    rows["the same model from scratch"] = _runs(file, "scratch", "the same model")[0]
    return markdown(["", "weights that learn", "minutes", "training", "validation", "test"],
                     [[name, f"{run.get('trained_parameters', run['parameters']):,}", f"{run['seconds'] / 60:.1f}",
                       f"{run['train_accuracy']:.1%}", f"{run['validation_accuracy']:.1%}",
                       f"{run['test_accuracy']:.1%}"] for name, run in rows.items()]
                     ), {name: run["test_accuracy"] for name, run in rows.items()}


@table("transfer", "resolution")
def transfer_resolution(file):
    """Positions on another grid; for a figure, {positions: {method: accuracy on the test}}."""
    found = {}
    for run in _runs(file, "cifar10"):
        method, positions = run["what"].split(", ")
        found.setdefault(f"{positions}, {run['image_shape'][0]} pixels", {})[method] = run["test_accuracy"]
    return markdown(["positions", "probe", "all weights learn"],
                     [[name, *(f"{methods[method]:.1%}" if method in methods else ""
                               for method in ("probe", "fine-tuning"))] for name, methods in found.items()]), found


@table("transfer", "cifar10 probe")
def probe_on_cifar10(file):
    """A linear probe on a pretrained ViT, and how many photographs it learned from."""
    (run,) = [run for run in file["runs"] if (run["part"], run["what"]) == ("cifar10", "probe, full size")]
    learned, _, test = file["settings"]["cifar10"]
    return markdown(["model", "labeled pictures", "trained weights", "test pictures", "test accuracy"],
                    [[f"linear probe on {run['weights']}", f"{learned:,}", f"{10 * (192 + 1):,}", f"{test:,}",
                      f"{run['test_accuracy']:.1%}"]]), run["test_accuracy"]
