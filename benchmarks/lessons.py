"""Do all lessons run on a backend? Each from top to bottom in the smoke profile, on drawn images.

    KERAS_BACKEND=jax python benchmarks/lessons.py              all of them, one after the other: half an hour and more
    KERAS_BACKEND=jax python benchmarks/lessons.py 05 10        only these
    KERAS_BACKEND=jax python benchmarks/lessons.py --record     into results/lessons.json, beside other backends

A lesson that ran on this backend and these versions is not run a second time. `report.py` makes the table.
"""

import os
import sys
import time

from records import ROOT, about, settle, write_json
from runs import parser_of, shown

NOTEBOOKS = ROOT / "notebooks"


def run(source):
    """Seconds, and the error that ended it, if any."""
    sys.path.insert(0, str(NOTEBOOKS))
    import build

    start = time.perf_counter()
    error = None
    try:
        build.execute(build.assemble(source)["en"], NOTEBOOKS / "en", "smoke")
    except build.BuildError as problem:
        lines = str(problem).strip().splitlines()
        error = lines[0] if "kernel died" in lines[0] else lines[-1]
    return {"seconds": round(time.perf_counter() - start, 1), "error": error}


def main(words):
    import json

    parser = parser_of(__doc__)
    parser.add_argument("lessons", nargs="*")
    parser.add_argument("--record", action="store_true", help="write into results/ instead of results/local/")
    options = parser.parse_args(words)
    settle()
    os.environ["VIT_KERAS_OFFLINE"] = "1"
    backend = os.environ["KERAS_BACKEND"]
    path = ROOT / "results" / ("" if options.record else "local") / "lessons.json"
    result = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"backends": {}}
    here = {**about(__file__, words), "command": f"KERAS_BACKEND={backend} python benchmarks/lessons.py --record"}
    runs = result["backends"].get(backend, {})
    known = runs.get("runs", {}) if runs.get("versions") == here["versions"] else {}
    result["backends"][backend] = {**here, "runs": known}
    for source in sorted((NOTEBOOKS / "src").glob("*.py")):
        name = source.stem[:2]
        asked = not options.lessons or name in options.lessons
        if not asked or known.get(name, {"error": True})["error"] is None:
            continue
        known[name] = run(source)
        print(f"{backend} {name}: {known[name]}", flush=True)
        write_json(path, {"source": "Drawn images, the smoke profile.", **here, "backends": result["backends"]})
    print(f"in {shown(path)}: {len(known)} lessons on {backend}")


if __name__ == "__main__":
    main(sys.argv[1:])
