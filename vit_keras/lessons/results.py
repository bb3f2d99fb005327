"""What was recorded: the files of results/, as lessons read them."""

import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "results"


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
    print(f"{file['source']}\n{hardware['cpu']}, {hardware['cores']} cores, {file['date'][:10]}")
    return file
