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
    tables = known()
    if (result, table) not in tables:
        names = ", ".join(f"{name!r}" for file, name in tables if file == result)
        raise ValueError(f"results/{result}.json has the tables {names or 'none'}: got {table!r}.")
    from IPython.display import Markdown, display  # lessons have it; who takes only the module need not

    file = recorded(result)
    if file is None:
        return {}
    text, values = tables[result, table](file)
    display(Markdown(text))
    return values


def known():
    """All tables, {(result, name): function}: loaded when one is asked for, since `scaling` needs Keras 3."""
    from vit_keras.lessons.tables import bias, looking, models, recipes, scaling, transfer  # noqa: F401

    return TABLES


def table(result, name):
    """Register a function from the content of results/RESULT.json to `(Markdown text, values for a figure)`."""
    def register(function):
        TABLES[result, name] = function
        return function
    return register


def markdown(head, rows):
    """A Markdown table; all columns but the first are numbers.

    Args:
        head: list of str.
        rows: list of lists of str, or dict from the first cell of a row to the others.
    """
    if isinstance(rows, dict):
        rows = [[name, *cells] for name, cells in rows.items()]
    first, *others = (f"| {' | '.join(cells)} |" for cells in [head, *rows])
    return "\n".join([first, "|---|" + "--:|" * (len(head) - 1), *others])


def points(difference):
    """A difference of shares in percentage points: "+1.2", never "-0.0"."""
    return f"{round(100 * float(difference), 1) + 0.0:+.1f}"


def beside_chance(gain):
    """The points of a `Gain` and their standard error, as far as there are any."""
    return gain.points if gain.error is None else f"{gain.points} ± {100 * gain.error:.1f}"
