"""Looking inside: what maps point at, and what they do not say."""

import numpy as np

from vit_keras.lessons.tables.showing import markdown, table


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
    return markdown(["", "share of the map on the shape", "times its area", "pairs in which the shape has more"],
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
    text = markdown(["", "accuracy", "largest change of a map"],
                     [[name, f"{share:.0%}", f"{changes[name]:g}"] for name, share in accuracies.items()])
    correlations = markdown(["", "correlation of the maps"],
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
    return markdown(["training", *answers["mark"], "map: times the mark's area", "times the shape's area"],
                     rows), answers
