"""Recorded results as lessons show them: each table is one call, `show("transfer", "few")`."""

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


# ---- Lesson 10: looking inside ----


# ---- Lessons 11 and 12: recipe and augmentation ----


# ---- Lesson 13: scaling up ----
