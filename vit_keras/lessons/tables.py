"""Recorded results as lessons show them: each table is one call, `show("transfer", "few")`."""

from vit_keras.lessons.results import comparison, recorded

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


# ---- Lesson 9: transfer ----


# ---- Lesson 10: looking inside ----


# ---- Lessons 11 and 12: recipe and augmentation ----


# ---- Lesson 13: scaling up ----
