"""Recorded results as lessons show them: each table is one call, `show("transfer", "few")`."""

import functools
import math

import numpy as np

from vit_keras.lessons.contenders import CONTENDERS
from vit_keras.lessons.results import (
    by_group,
    comparison,
    gains,
    pooled_deviation,
    recorded,
)
from vit_keras.scaling import (
    activation_bytes,
    attention_multiplications,
    mlp_multiplications,
    multiplications,
    number_of_tokens,
)

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


# ---- Lesson 0: one evening ----

@table("transfer", "cifar10 probe")
def probe_on_cifar10(file):
    """A linear probe on a pretrained ViT, and how many photographs it learned from."""
    (run,) = [run for run in file["runs"] if (run["part"], run["what"]) == ("cifar10", "probe, full size")]
    learned, _, test = file["settings"]["cifar10"]
    lines = ["| model | labeled pictures | trained weights | test pictures | test accuracy |", "|---|--:|--:|--:|--:|",
             f"| linear probe on {run['weights']} | {learned:,} | {10 * (192 + 1):,} | {test:,} | "
             f"{run['test_accuracy']:.1%} |"]
    return "\n".join(lines), run["test_accuracy"]


# ---- Lessons 5 and 6: models side by side ----

@table("cifar10_laptop", "models")
@table("cifar100_laptop", "models")
def vit_and_cnn(file):
    """Both after the same time; for the figure, their histories."""
    runs = {"ViT": file["runs"]["vit"], "CNN": file["runs"]["cnn"]}
    return comparison(runs), {name: run["history"] for name, run in runs.items()}


# ---- Lessons 7 and 8: inductive bias, the hybrid ----

DATA = {"drawn": "drawn shapes", "cifar10": "CIFAR-10", "textured": "textured shapes"}


def rows_of(head, rows):
    """A Markdown table of {name: cells}; `head` names its columns."""
    lines = [f"| {' | '.join(head)} |", "|---" + "|--:" * (len(head) - 1) + "|"]
    return "\n".join(lines + [f"| {' | '.join([name, *cells])} |" for name, cells in rows.items()])


def chosen(file, **wanted):
    """The runs whose entries are the wanted ones."""
    return [run for run in file["runs"] if all(run[name] == value for name, value in wanted.items())]


def points(difference):
    """A difference of shares in percentage points: "+1.2", never "-0.0"."""
    return f"{round(100 * float(difference), 1) + 0.0:+.1f}"


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
    return rows_of(["model", *tests, f"{tests[-1]} - {tests[0]} (points)"], rows), tested


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
    return rows_of(["pixels", *blocks, "nearest head", "furthest head"], rows), reach


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
    return rows_of(["", "not shuffled", "patches", "within patches", "pixels"], rows), panels


LARGEST = 10_000  # of more images the 500 steps of the record show a part only


@table("inductive_bias_data_size", "size")
def sizes(file):
    """Accuracy on training and test images against their number, as long as all of them are seen."""
    panels, rows = {}, {}
    for data in ("drawn", "cifar10"):
        numbers = sorted({run["condition"] for run in chosen(file, data=data) if run["condition"] <= LARGEST})
        for number in numbers:
            cells, tests = [], {}
            for model in ("vit", "cnn", "hybrid"):
                runs = chosen(file, data=data, model=model, condition=number)
                tests[model] = [run["test_accuracy"] for run in runs]
                panels.setdefault(DATA[data], {}).setdefault(CONTENDERS[model], {})[number] = tests[model]
                known = np.mean([run["train_accuracy"] for run in runs])
                cells.append(f"{known:.0%} / {np.mean(tests[model]):.0%}")
            gap = points(np.mean(tests["cnn"]) - np.mean(tests["vit"]))
            rows[f"{DATA[data]}, {number:,}"] = [f"{runs[0]['passes']:.0f}", *cells, gap]
    return rows_of(["images", "passes", "ViT: train / test", "CNN", "hybrid", "CNN - ViT (points)"], rows), panels


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
    return rows_of(["", *columns], rows), panels


@table("inductive_bias_robustness", "textures")
def textures(file):
    """Answers by shape and by texture."""
    asked = ("agree", "by shape", "by texture")
    answers = {CONTENDERS[model]: {what: [run["test"][what] for run in chosen(file, data="textured", model=model)]
                                   for what in asked} for model in ("vit", "cnn")}
    rows = {name: [f"{np.mean(shares):.0%}" for shares in told.values()] for name, told in answers.items()}
    return rows_of(["model", *asked], rows), answers


def side_by_side(file, models):
    """The recorded runs of these models; they keep this order, and so their colors."""
    titles = {"vit": "ViT", "cnn": "CNN", "hybrid": "hybrid", "stem": "stem alone"}
    runs = {titles[model]: file["runs"][model] for model in models}
    return comparison(runs), runs


table("cifar10_laptop", "hybrid")(functools.partial(side_by_side, models=("vit", "cnn", "hybrid", "stem")))
table("cats_vs_dogs_laptop", "hybrid")(functools.partial(side_by_side, models=("vit", "cnn", "hybrid")))


# ---- Lesson 6: cats and dogs ----

table("cats_vs_dogs_laptop", "ten minutes")(functools.partial(side_by_side, models=("vit", "cnn")))
table("cats_vs_dogs_long_vit", "long")(functools.partial(side_by_side, models=("vit",)))
table("cats_vs_dogs_long_cnn", "long")(functools.partial(side_by_side, models=("cnn",)))


@table("cats_vs_dogs_ablation", "choices")
def choices(file):
    """One changed choice a row, and its difference to the base beside the noise of test photographs and seeds."""
    names = list(file["settings"]["variants"])
    variants, base = by_group(file["runs"], "variant", names), names[0]
    deviation, seeds = pooled_deviation(variants), len(variants[base])
    standard_error = np.sqrt(0.75 * 0.25 / 2000)  # 2,000 test photographs, see the lesson
    noise = 2 * np.sqrt(2 * (standard_error**2 + deviation**2 / seeds))
    rows = {}
    for name, accuracies in variants.items():
        runs = [run for run in file["runs"] if run["variant"] == name]
        known, seconds = (np.mean([run[key] for run in runs]) for key in ("train_accuracy", "seconds"))
        gain = np.mean(accuracies) - np.mean(variants[base])
        rows[name] = [f"{runs[0]['parameters']:,}", f"{seconds:.0f}", f"{known:.1%}", f"{np.mean(accuracies):.1%}",
                      "" if name == base else f"{points(gain)} ± {100 * noise:.1f}"]
    text = rows_of(["variant", "parameters", "seconds", "train", "test", "difference ± noise (points)"], rows)
    return text, {"accuracies": variants, "base": base, "noise": noise, "deviation": deviation, "seeds": seeds}


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

@table("weight_decay", "cases")
def decays(file):
    """No decay, the number of tensorflow-addons as it stands, and converted; the accuracies of each."""
    cases = file["settings"]["cases"]
    accuracy, length = (by_group(file["runs"], "case", cases, value) for value in ("test_accuracy", "length_after"))
    lines = ["| decay | in Keras | seeds | length of the weights at the end | test | beside none (points) |",
             "|---|--:|--:|--:|--:|--:|"]
    for case, decay in cases.items():
        beside = "" if case == "none" else beside_chance(gains({name: accuracy[name] for name in ("none", case)})[-1])
        lines.append(f"| {case} | {decay:g} | {len(accuracy[case])} | {np.mean(length[case]):.1f} | "
                     f"{np.mean(accuracy[case]):.1%} | {beside} |")
    return "\n".join(lines), accuracy


@table("cifar10_laptop_muon", "models")
@table("cifar10_laptop_ten_minutes", "models")
def side_by_side(file):
    """The models of a run; their histories, for `plot_learning_curves`."""
    runs = {{"vit": "ViT", "cnn": "CNN"}.get(name, name): run for name, run in file["runs"].items()}
    return comparison(runs), {name: run["history"] for name, run in runs.items()}


@table("ladder_cifar10", "rungs")
@table("ladder_cifar10_long", "rungs")
def rungs(file):
    """A ladder, what is more than chance in bold; test accuracies of every rung, for `plot_ladder`."""
    names = file["settings"]["ladder"]
    test, training = (by_group(file["runs"], "rung", names, f"{split}_accuracy") for split in ("test", "train"))
    lines = ["| + | seeds | train | test | gain over the rung before (points) |", "|---|--:|--:|--:|--:|"]
    for rung in gains(test):
        gain = f"**{beside_chance(rung)}**" if rung.clear else beside_chance(rung)
        lines.append(f"| {rung.name} | {len(rung.values)} | {np.mean(training[rung.name]):.1%} | {rung.mean:.1%} | "
                     f"{gain} |")
    return "\n".join(lines), test


def beside_chance(gain):
    """The points of a `Gain` and their standard error, as far as there are any."""
    return gain.points if gain.error is None else f"{gain.points} ± {100 * gain.error:.1f}"


# ---- Lesson 13: scaling up ----

@table("scaling", "epochs")
def forecasts(file):
    """Seconds of an epoch of 45,000 images, measured and by the rate of a large product."""
    lines = ["| model | multiplications, to learn from an image | epoch of 45,000 | forecast | measured / forecast |",
             "|---|--:|--:|--:|--:|"]
    for name, one in file["epochs"].items():
        learning, steps = multiplications(**one["size"], training=True, num_queries=1), 45_000 / one["batch"]
        lines.append(f"| {name} | {learning / 1e9:.3f} G | {steps * one['step']:.0f} s | "
                     f"{steps * one['predicted']:.0f} s | {one['step'] / one['predicted']:.1f} |")
    return "\n".join(lines), {}


@table("scaling", "tokens")
def growth(file):
    """Milliseconds of a layer; measured and by the formulas, for `plot_growth`."""
    one, rate = file["tokens"], file["precision"]["float32"]["rate"]
    parts = {"attention": lambda tokens: attention_multiplications(tokens, one["hidden_dim"]),
             "MLP": lambda tokens: mlp_multiplications(tokens, one["hidden_dim"], one["mlp_dim"])}
    measured = {name: {int(tokens): 1000 * seconds for tokens, seconds in one["seconds"][name].items()}
                for name in parts}
    formulas = {name: {tokens: 1000 * one["batch"] * count(tokens) / rate for tokens in measured[name]}
                for name, count in parts.items()}
    lines = ["| tokens | attention (ms) | MLP (ms) |", "|--:|--:|--:|"]
    lines += [f"| {tokens:,} | {milliseconds:.1f} | {measured['MLP'][tokens]:.1f} |"
              for tokens, milliseconds in measured["attention"].items()]
    return "\n".join(lines), (measured, formulas)


@table("scaling", "memory")
def memory(file):
    """Megabytes that a step holds, for more images and for more tokens; the latter for `plot_growth`."""
    one = file["memory"]
    size, batch = one["size"], one["images"]

    def formula(images, tokens):
        sizes = {name: size[name] for name in ("num_layers", "hidden_dim", "num_heads", "mlp_dim")}
        return activation_bytes(images, tokens, **sizes, num_queries=1) / 1e6

    few = number_of_tokens(size["image_shape"], size["patch_size"])
    cases = [(int(images), few, held) for images, held in one["bytes"]["batch"].items()]
    cases += [(batch, int(tokens), held) for tokens, held in one["bytes"]["tokens"].items()]
    lines = ["| images | tokens | a step holds (MB) | activations by the formula (MB) | ratio |",
             "|--:|--:|--:|--:|--:|"]
    lines += [f"| {images} | {tokens:,} | {held / 1e6:.0f} | {formula(images, tokens):.0f} | "
              f"{held / 1e6 / formula(images, tokens):.1f} |" for images, tokens, held in cases]
    measured = {int(tokens): held / 1e6 for tokens, held in one["bytes"]["tokens"].items()}
    counted = {side**2 + 1: formula(batch, side**2 + 1) for side in range(2, math.isqrt(max(measured)) + 1)}
    return "\n".join(lines), (measured, counted)


@table("scaling", "faster")
def faster(file):
    """What bfloat16 and XLA bring: times as fast."""
    low, high, xla = file["precision"]["bfloat16"], file["precision"]["float32"], file["xla"]
    rows = {"a large product in bfloat16": low["rate"] / high["rate"],
            "a step in bfloat16": high["step"] / low["step"],
            "a step with XLA, after the first": xla["without"]["each"] / xla["with"]["each"],
            "the first step with XLA": xla["without"]["first"] / xla["with"]["first"]}
    return "\n".join(["| | times as fast |", "|---|--:|", *(f"| {what} | {times:.2f} |" for what, times in rows.items())
                      ]), rows


@table("scaling", "devices")
def devices(file):
    """The losses of the first steps, on one device and on two."""
    losses = file["devices"]
    lines = ["| step | " + " | ".join(losses) + " |", "|--:|" + "--:|" * len(losses)]
    lines += [f"| {step} | " + " | ".join(f"{loss:.5f}" for loss in row) + " |"
              for step, row in enumerate(zip(*losses.values()), start=1)]
    return "\n".join(lines), losses


@table("batch_size", "rates")
def best_rates(file):
    """The best rate of each batch by validation, and what the rules make of the smallest one's; for `plot_bands`."""
    grid = file["settings"]
    accuracy = {batch: by_group([run for run in file["runs"] if run["batch"] == batch], "rate", grid["rates"],
                                "validation_accuracy") for batch in grid["batches"]}
    best = {batch: max((rate for rate in row if row[rate]), key=lambda rate, row=row: np.mean(row[rate]))
            for batch, row in accuracy.items()}
    first = grid["batches"][0]
    lines = ["| batch | best rate | accuracy there | the same rate | square root rule | linear rule |",
             "|--:|--:|--:|--:|--:|--:|"]
    for batch, rate in best.items():
        edge = ", at the edge of the grid" if rate in (grid["rates"][0], grid["rates"][-1]) else ""
        cells = [rule_beside(accuracy, batch, rate, best[first] * (batch / first) ** power) for power in (0, 0.5, 1)]
        lines.append(f"| {batch} | {rate:g}{edge} | {np.mean(accuracy[batch][rate]):.1%} | {' | '.join(cells)} |")
    return "\n".join(lines), {f"batch {batch}": row for batch, row in accuracy.items()}


def rule_beside(accuracy, batch, best, rate):
    """What a rule's rate loses against the best of a batch; the deviation between seeds is that of the whole grid."""
    near = [known for known in accuracy[batch] if math.isclose(known, rate, rel_tol=0.01)]
    if not near:
        return f"{rate:g}, not on the grid"
    if near[0] == best:
        return f"{rate:g}, the best"
    rest = {(size, known): values for size, row in accuracy.items() for known, values in row.items()
            if (size, known) not in ((batch, best), (batch, near[0]))}
    pair = gains({**rest, "best": accuracy[batch][best], "rule": accuracy[batch][near[0]]})[-1]
    return f"{rate:g}, {beside_chance(pair)} points"
