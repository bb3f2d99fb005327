"""Inductive bias: places, shuffles, numbers of images, disturbances."""

import functools

import numpy as np

from vit_keras.lessons.contenders import CONTENDERS
from vit_keras.lessons.results import by_group, gains
from vit_keras.lessons.tables.showing import beside_chance, markdown, points, table

DATA = {"drawn": "drawn shapes", "cifar10": "CIFAR-10", "textured": "textured shapes"}


def chosen(file, **wanted):
    """The runs whose entries are the wanted ones."""
    return [run for run in file["runs"] if all(run[name] == value for name, value in wanted.items())]


def places(file, condition):
    """Models trained on shapes at one place: accuracy where they are tested, and what the last place costs."""
    tested, rows = {}, {}
    for model, name in CONTENDERS.items():
        runs = chosen(file, model=model, condition=condition)
        if runs:
            tested[name] = {place: [run["test"][place] for run in runs] for place in runs[0]["test"]}
            means = [np.mean(accuracies) for accuracies in tested[name].values()]
            rows[name] = [*(f"{mean:.1%}" for mean in means), points(means[-1] - means[0])]
    tests = list(next(iter(tested.values())))
    return markdown(["model", *tests, f"{tests[-1]} - {tests[0]} (points)"], rows), tested


table("inductive_bias_translation", "center")(functools.partial(places, condition="center"))
table("inductive_bias_translation", "left")(functools.partial(places, condition="left"))


@table("inductive_bias_translation", "distance")
def distances(file):
    """How far the heads of the ViT look, in pixels, before and after training in the center."""
    runs, reach, rows = chosen(file, model="vit", condition="center"), {}, {}
    for when in ("before", "after"):
        reach[when] = np.array([run["attention_distance"][when] for run in runs])  # (seeds, blocks, heads)
        numbers = [*reach[when].mean(axis=(0, 2)), reach[when].min(), reach[when].max()]
        rows[f"{when} training"] = [f"{number:.1f}" for number in numbers]
    blocks = [f"block {number + 1}" for number in range(reach["after"].shape[1])]
    return markdown(["pixels", *blocks, "nearest head", "furthest head"], rows), reach


# Shuffles after which a model can be trained to the same accuracy as before: see the lesson.
HARMLESS = {"CNN": (), "MLP": ("patches", "within patches", "pixels"), "ViT": ("patches", "within patches")}


@table("inductive_bias_shuffle", "accuracy")
def shuffles(file):
    """Accuracy on shuffled pictures, and the change in points; italic where theory says that nothing changes."""
    panels, rows = {}, {}
    for data in ("drawn", "cifar10"):
        for model in ("cnn", "mlp", "vit"):
            groups = by_group(chosen(file, data=data, model=model), "condition",
                              ["none", "patches", "within patches", "pixels"])
            panels.setdefault(DATA[data], {})[CONTENDERS[model]] = groups
            plain = np.mean(groups["none"])
            cells = [f"{plain:.1%}"]
            for kind, accuracies in list(groups.items())[1:]:
                cell = f"{np.mean(accuracies):.1%} ({points(np.mean(accuracies) - plain)})"
                cells.append(f"*{cell}*" if kind in HARMLESS[CONTENDERS[model]] else cell)
            rows[f"{DATA[data]}, {CONTENDERS[model]}"] = cells
    return markdown(["", "not shuffled", "patches", "within patches", "pixels"], rows), panels


@table("inductive_bias_data_size", "size")
def sizes(file):
    """Accuracy on training and test images against their number, of those models that were trained on each."""
    panels, rows = {}, {}
    for number in sorted({run["condition"] for run in file["runs"]}):
        cells, tests = [], {}
        for model in ("vit", "cnn"):
            runs = chosen(file, model=model, condition=number)
            tests[model] = [run["test_accuracy"] for run in runs]
            panels.setdefault("CIFAR-10", {}).setdefault(CONTENDERS[model], {})[number] = tests[model]
            known = np.mean([run["train_accuracy"] for run in runs])
            cells.append(f"{known:.1%} / {np.mean(tests[model]):.1%}")
        seeds = min(map(len, tests.values()))
        rows[f"{number:,}"] = [f"{runs[0]['passes']:.0f}", f"{seeds}", *cells, beside_chance(gains(tests)[1])]
    head = ["images", "passes", "seeds", "ViT: train / test", "CNN: train / test", "CNN - ViT (points)"]
    return markdown(head, rows), panels


@table("inductive_bias_data_size", "parts")
def parts(file):
    """The hybrid beside its parts, each trained alike on the most images: what it loses without one of them."""
    most = max(run["condition"] for run in file["runs"])
    runs = {model: chosen(file, model=model, condition=most) for model in ("vit", "stem_alone", "hybrid")}
    tests = {model: [run["test_accuracy"] for run in found] for model, found in runs.items()}
    rows = {}
    for model, found in runs.items():
        first = found[0]
        without = beside_chance(gains({model: tests[model], "hybrid": tests["hybrid"]})[1]) if model != "hybrid" else ""
        rows[CONTENDERS[model]] = [f"{first['parameters']:,}", f"{first['passes']:.0f}", f"{len(found)}",
                                   f"{np.mean([run['train_accuracy'] for run in found]):.1%}",
                                   f"{np.mean(tests[model]):.1%}", without]
    return markdown(["model", "parameters", "passes", "seeds", "train", "test", "hybrid - this (points)"], rows), tests


@table("inductive_bias_robustness", "changes")
def changes(file):
    """Accuracy on pictures that are covered in part or moved."""
    panels, rows = {}, {}
    columns = {"as it is": ("moved", "0"), "a quarter covered": ("occluded", "0.25"),
               "a quarter, aside": ("occluded aside", "0.25"), "moved by 4": ("moved", "4"),
               "moved by 8": ("moved", "8")}
    for data in ("drawn", "cifar10"):
        for model in ("vit", "cnn"):
            tests, name = [run["test"] for run in chosen(file, data=data, model=model)], CONTENDERS[model]
            rows[f"{DATA[data]}, {name}"] = [f"{np.mean([test[change][level] for test in tests]):.0%}"
                                             for change, level in columns.values()]
            for change in ("occluded aside", "moved"):
                curve = {float(level): [test[change][level] for test in tests] for level in tests[0][change]}
                panels.setdefault(f"{DATA[data]},\n{change}", {})[name] = curve
    return markdown(["", *columns], rows), panels


@table("inductive_bias_robustness", "textures")
def textures(file):
    """Answers by shape and by texture."""
    asked = ("agree", "by shape", "by texture")
    answers = {CONTENDERS[model]: {what: [run["test"][what] for run in chosen(file, data="textured", model=model)]
                                   for what in asked} for model in ("vit", "cnn")}
    rows = {name: [f"{np.mean(shares):.0%}" for shares in told.values()] for name, told in answers.items()}
    return markdown(["model", *asked], rows), answers
