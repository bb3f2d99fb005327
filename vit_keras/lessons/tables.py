"""Recorded results as lessons show them: each table is one call, `show("transfer", "few")`."""

import numpy as np

from vit_keras.lessons.results import recorded

TABLES = {}


def show(result, table):
    """Print what results/RESULT.json was measured on, display one of its tables, and return what a figure needs.

    Args:
        result: str. Name of the file, see `recorded`.
        table: str. Name of the table.

    Returns:
        What the figure beside it takes; empty where the result is not recorded.

    Raises:
        ValueError: there is no such table.
    """
    if (result, table) not in TABLES:
        known = ", ".join(f"{name!r}" for file, name in TABLES if file == result)
        raise ValueError(f"results/{result}.json has the tables {known or 'none'}: got {table!r}.")
    from IPython.display import Markdown, display  # lessons have it; who takes only the module need not

    file = recorded(result)
    if file is None:
        return {}
    text, values = TABLES[result, table](file)
    display(Markdown(text))
    return values


def table(result, name):
    """Register a function from the content of results/RESULT.json to `(Markdown text, values for a figure)`."""
    def register(function):
        TABLES[result, name] = function
        return function
    return register


# ---- Lessons 5 and 6: models side by side ----


# ---- Lessons 7 and 8: inductive bias, the hybrid ----


# ---- Lesson 9: transfer ----

def _markdown(head, rows):
    """A Markdown table; all columns but the first are numbers."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)

def _runs(file, part, what=""):
    """The runs of one part whose `what` begins like this."""
    return [run for run in file["runs"] if run["part"] == part and run["what"].startswith(what)]


@table("transfer", "probe")
def transfer_probe(file):
    """The head as it is and the probe; for a figure, both accuracies."""
    probe = _runs(file, "probe")[0]
    accuracies = {"ImageNet's head as it is": probe["head_accuracy"], "linear probe": probe["test_accuracy"]}
    return _markdown(["", "weights that learn", "test"],
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
    return _markdown(["mean (draws)", *(f"{number:,} of each class" for number in numbers)], rows), curves


@table("transfer", "rates")
def transfer_rates(file):
    """Learning rates, and frozen blocks; for a figure, {name of the row: accuracy on validation}."""
    rows = {}
    for run in _runs(file, "rates"):
        frozen = run.get("blocks")
        name = "all" if frozen is None else "head" if frozen == "all" else f"from block {frozen + 1} on"
        rows[f"{name}, rate {run['learning_rate']:g}"] = run
    return _markdown(["what learns", "weights", "photographs/s", "training", "validation"],
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
    return _markdown(["", "weights that learn", "minutes", "training", "validation", "test"],
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
    return _markdown(["positions", "probe", "all weights learn"],
                     [[name, *(f"{methods[method]:.1%}" if method in methods else ""
                               for method in ("probe", "fine-tuning"))] for name, methods in found.items()]), found


# ---- Lesson 10: looking inside ----

def _seeds(file, task, *path):
    """The numbers at this place of each run of a task."""
    found = [run for run in file["runs"] if run["task"] == task]
    for key in path:
        found = [run[key] for run in found]
    return found


@table("looking_inside", "pointing")
def looking_pointing(file):
    """Before and after training; for a figure, {panel: {line: {patches covered: accuracies}}}."""
    rows = [[when, *(f"{np.mean(_seeds(file, 'shapes', key, *path)):{spec}}" for path, spec in (
        (("mass", "shape"), ".0%"), (("lift", "mean", "shape"), ".1f"), (("rank",), ".0%")))]
        for when, key in (("before training", "before"), ("after training", "after"))]
    covered = {panel: {line: {int(number): _seeds(file, "shapes", "covered", panel, line, number) for number in points}
                       for line, points in lines.items()}
               for panel, lines in _seeds(file, "shapes", "covered")[0].items()}
    return _markdown(["", "share of the map on the shape", "times its area", "pairs in which the shape has more"],
                     rows), covered


@table("looking_inside", "same map")
def looking_same_map(file):
    """Twins and cut models; for a figure, {model: mean accuracy}."""
    accuracies = {"as trained": np.mean(_seeds(file, "shapes", "test_accuracy"))}
    changes = {"as trained": 0.0}
    for name in _seeds(file, "shapes", "broken")[0]:
        accuracies[name] = np.mean(_seeds(file, "shapes", "broken", name, "accuracy"))
        changes[name] = np.max(_seeds(file, "shapes", "broken", name, "largest change of a map"))
    twins, others = (np.mean(_seeds(file, "shapes", "twins", key)) for key in ("correlation", "with another picture"))
    text = _markdown(["", "accuracy", "largest change of a map"],
                     [[name, f"{share:.0%}", f"{changes[name]:g}"] for name, share in accuracies.items()])
    correlations = _markdown(["", "correlation of the maps"],
                             [["twins", f"{twins:.2f}"], ["different pictures", f"{others:.2f}"]])
    return f"{correlations}\n\n{text}", accuracies


@table("looking_inside", "mark")
def looking_mark(file):
    """What decides where a mark says the class, or says nothing; for a figure, {task: {test: accuracies}}."""
    answers = {task: {name: _seeds(file, task, "answers", name) for name in _seeds(file, task, "answers")[0]}
               for task in ("mark", "random mark")}
    rows = []
    for task, tests in answers.items():
        lift = [np.mean(_seeds(file, task, "after", "lift", "mean", name)) for name in ("mark", "shape")]
        rows.append([task, *(f"{np.mean(tests[name]):.0%}" for name in tests), *(f"{one:.1f}" for one in lift)])
    return _markdown(["training", *answers["mark"], "map: times the mark's area", "times the shape's area"],
                     rows), answers


# ---- Lessons 11 and 12: recipe and augmentation ----


# ---- Lesson 13: scaling up ----
