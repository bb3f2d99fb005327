"""Recorded results as lessons read them: the files of results/, tables, and whether a gain is more than chance."""

import json
import math
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

PACKAGE = Path(__file__).resolve().parents[1]
FOLDER = next(folder / "results" for folder in (PACKAGE, PACKAGE.parent) if (folder / "results").is_dir()
              or folder == PACKAGE.parent)  # an installed module has them inside, the course beside it


def recorded(name):
    """Read results/NAME.json, and print what it was measured on: the data, the machine and the day.

    Args:
        name: str. Name of the file, without folder and `.json`.

    Returns:
        dict, the content of the file; or `None`, and a printed line that says so, where there is no such file.
    """
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        print(f"results/{name}.json is not here: not recorded yet, or only the module is installed.")
        return None
    try:
        file = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"results/{name}.json must be JSON: {error}") from error
    hardware = file["hardware"]
    cores = f"{hardware['cores']} core{'s' if hardware['cores'] > 1 else ''}"
    print(f"{file['source']}\n{hardware['cpu']}, {cores}, {file['date'][:10]}")
    return file


def called(source):
    """What images are, in the few words that fit a title.

    Args:
        source: str, the `source` of a `Dataset`.

    Returns:
        str, the beginning of it: "CIFAR-10 (Krizhevsky, 2009)", or "Drawn shapes, NOT CIFAR-10".
    """
    return re.split(r":| from ", source)[0]


def comparison(runs):
    """Models trained side by side, a row each.

    Args:
        runs: dict from a model's name to what `train` returned.

    Returns:
        str, a Markdown table. *train* is measured without augmentation.
    """
    lines = ["| model | parameters | epochs | images/s | seconds | train | validation | test | train - test |",
             "|---|--:|--:|--:|--:|--:|--:|--:|--:|"]
    for name, run in runs.items():
        lines.append(
            f"| {name} | {run['parameters']:,} | {run['epochs']:.1f} | {run['images_per_second']:.0f} | "
            f"{run['seconds']:.0f} | {run['train_accuracy']:.1%} | {run['validation_accuracy']:.1%} | "
            f"{run['test_accuracy']:.1%} | {100 * run['train_test_gap']:+.1f} points |"
        )
    return "\n".join(lines)


# ---- Is a gain more than chance? Means over seeds, the deviation between them, what may be luck ----

SURE = 2.0  # so many standard errors a difference must be long: by chance alone one of twenty is


class Gain(NamedTuple):
    """What a rung of a ladder adds to the one before it. Shares, not percent.

    `values`: one a seed. `gain`, `error`: the difference of the means to the rung before and its standard error; `None`
    on the first rung, or where the one before is missing, or (`error`) where nothing was done twice.
    """

    name: str
    values: tuple
    mean: float
    gain: float | None
    error: float | None

    @property
    def clear(self):
        """Whether the difference is longer than chance explains."""
        return self.error is not None and self.gain is not None and abs(self.gain) > SURE * self.error

    @property
    def points(self):
        """The gain as it is printed, in points: "+1.2", never "-0.0"; empty where there is none."""
        return "" if self.gain is None else f"{round(100 * self.gain, 1) + 0.0:+.1f}"


def by_group(runs, key, names, value="test_accuracy"):
    """{name: values, one a seed} of all names, in their order.

    Args:
        runs: list of dicts.
        key: str. The entry of a run that names its group.
        names: iterable of str.
        value: str. The entry of a run that is looked at.

    Returns:
        dict of lists; the list is empty where a group has no run.
    """
    return {name: [run[value] for run in runs if run[key] == name] for name in names}


def pooled_deviation(groups):
    """The deviation between seeds, from all groups together: three seeds alone tell little about it.

    Args:
        groups: dict from a name to values.

    Returns:
        float, or `None` where no group has two values.
    """
    squares = [np.sum((np.asarray(values) - np.mean(values)) ** 2) for values in groups.values() if len(values) > 1]
    free = sum(len(values) - 1 for values in groups.values() if len(values) > 1)
    return math.sqrt(sum(squares) / free) if free else None


def gains(groups):
    """What each group adds to the one before it.

    The means of n and m seeds differ by chance alone by about s sqrt(1/n + 1/m), where s is the deviation between
    seeds: that is the standard error.

    Args:
        groups: dict from a name to values, one a seed, from the first rung on.

    Returns:
        list of `Gain`, without the groups that have no values.
    """
    deviation, found, before = pooled_deviation(groups), [], []
    for name, values in groups.items():
        if values:
            mean = float(np.mean(values))
            gain = mean - float(np.mean(before)) if before else None
            known = before and deviation is not None
            error = deviation * math.sqrt(1 / len(values) + 1 / len(before)) if known else None
            found.append(Gain(name, tuple(values), mean, gain, error))
        before = values  # empty: the next rung has no neighbour to be compared with
    return found


def gain_table(groups, head=""):
    """The groups as a Markdown table: mean, deviation of the seeds, gain and its standard error, in percent and points.

    Args:
        groups: dict from a name to values, one a seed.
        head: str. Of the first column.

    Returns:
        str.
    """
    lines = [f"| {head} | seeds | mean | deviation | gain |", "|---|--:|--:|--:|--:|"]
    for one in gains(groups):
        deviation = f"{100 * np.std(one.values, ddof=1):.1f}" if len(one.values) > 1 else ""
        gain = one.points if one.error is None else f"{one.points} ± {100 * one.error:.1f}"
        lines.append(f"| {one.name} | {len(one.values)} | {one.mean:.1%} | {deviation} | {gain} |")
    return "\n".join(lines)
