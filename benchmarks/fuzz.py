"""Damage files of every format that the course reads, thousands of times, and see that each is refused or read right.

    python benchmarks/fuzz.py                       200 damaged files of each format, a look
    python benchmarks/fuzz.py --number 10000 --record
                                                    writes results/fuzz.json
    python benchmarks/fuzz.py --only zip --seed 3   one format, other damage

Each format is read by a process of its own. A file that takes longer than the limit, or takes the process down, is
counted under its number and the next process goes on after it; `--only FORMAT --first NUMBER --number 1` repeats it.
After every format the results are written; the same command goes on where it was stopped.
"""

import argparse
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from records import ROOT, about, write_json

SOURCE = "Files made by fuzz_targets.py of noise and drawn pictures, then damaged."
LIMIT = 20.0  # seconds for one file
START = 300.0  # seconds for the imports of a process
MEMORY = 4 << 30  # bytes that a process may take beyond what its imports took


def work(options):
    """In a process of its own: read damaged files, a line for each."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("KERAS_BACKEND", "jax")  # the faster import; nothing is computed here
    import numpy as np
    from fuzz_targets import TARGETS, draw_edits, forbid_programs

    events = []
    with tempfile.TemporaryDirectory() as folder:
        target = TARGETS[options.work](Path(folder) / "files", Path(folder) / "canary")
        limit_memory()
        forbid_programs(events.append)
        number = list(TARGETS).index(options.work)
        print("ready", flush=True)
        for index in range(options.first, options.first + options.number):
            edits = list(draw_edits(np.random.default_rng([options.seed, number, index])))
            content = target.damaged(index, edits)
            started = time.perf_counter()
            outcome = target.judge(content)
            seconds = time.perf_counter() - started
            if events:
                outcome = f"code ran: {', '.join(events)}"
                events.clear()
            print(json.dumps([index, outcome, round(seconds, 4)]), flush=True)


def limit_memory():
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY,) * 2)
    except (ImportError, OSError, ValueError):  # not on Linux: no limit
        pass


def fuzz(name, options):
    """The counts of one format."""
    counts = {"files": 0, "read": 0, "refused": 0, "escaped": {}, "crashed": [], "hung": [], "code_ran": 0,
              "slowest_seconds": 0.0}
    first, last = options.first, options.first + options.number
    while first < last:
        words = ["--work", name, "--first", str(first), "--number", str(last - first), "--seed", str(options.seed)]
        with subprocess.Popen([sys.executable, __file__, *words], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as process:
            how = follow(process, counts, name, last)
        first = options.first + counts["files"]
        if how != "done" and first < last:
            counts["files"] += 1
            counts[how].append(first)
            first += 1
    return counts


def follow(process, counts, name, last):
    """Read the lines of a process until it is "done", has "crashed" or "hung"."""
    wait, buffer = START, b""
    while True:
        if not select.select([process.stdout], [], [], wait)[0]:
            process.kill()
            return "hung"
        block = os.read(process.stdout.fileno(), 1 << 16)
        if not block:
            code = process.wait()
            if code and wait == START:
                raise RuntimeError(f"{name}: the process that reads the files did not start.")
            return "crashed" if code else "done"
        *lines, buffer = (buffer + block).split(b"\n")
        wait = LIMIT
        for line in lines:
            if line.startswith(b"["):
                note(counts, *json.loads(line))
                if counts["files"] % 1000 == 0:
                    print(f"  {name}: {counts['files']:,} files", flush=True)


def note(counts, index, outcome, seconds):
    """Add one file to the counts."""
    counts["files"] += 1
    counts["slowest_seconds"] = max(counts["slowest_seconds"], seconds)
    if outcome in ("read", "refused"):
        counts[outcome] += 1
    elif outcome.startswith("code ran"):
        counts["code_ran"] += 1
        print(f"  !!! file {index}: {outcome}")
    else:
        counts["escaped"].setdefault(outcome.removeprefix("escaped: "), []).append(index)


def faults_in(counts):
    """How many files were neither read nor refused."""
    return (sum(map(len, counts["escaped"].values())) + len(counts["crashed"]) + len(counts["hung"])
            + counts["code_ran"])


def line(name, counts):
    return (f"{name:17} {counts['files']:7,} files: {counts['refused']:7,} refused, {counts['read']:7,} read, "
            f"{faults_in(counts)} other; slowest {counts['slowest_seconds']:.2f} s")


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--number", type=int, default=200, help="damaged files of each format")
    parser.add_argument("--first", type=int, default=0, help="number of the first")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="formats, with commas between")
    parser.add_argument("--record", action="store_true", help="write results/fuzz.json")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    return parser.parse_args(words)


def main(words):
    options = parse(words)
    if options.work:
        return work(options)
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("KERAS_BACKEND", "jax")
    from fuzz_targets import TARGETS

    names = options.only.split(",") if options.only else list(TARGETS)
    if wrong := set(names) - set(TARGETS):
        raise ValueError(f"--only takes {', '.join(TARGETS)}: got {', '.join(sorted(wrong))}.")
    path, so_far = ROOT / "results/fuzz.json", ROOT / "results/local/fuzz.so_far.json"
    result = {**about("fuzz.py", words), "source": SOURCE, "seed": options.seed, "number": options.number,
              "limit_seconds": LIMIT, "formats": {}}
    if options.record and so_far.is_file():
        before = json.loads(so_far.read_text(encoding="utf-8"))
        if all(before[key] == result[key] for key in ("git_commit", "command", "git_changed")):
            result["formats"] = before["formats"]
    for name in names:
        if name not in result["formats"]:
            result["formats"][name] = fuzz(name, options)
            if options.record:
                write_json(so_far, result)
        print(line(name, result["formats"][name]), flush=True)
        for error, indices in result["formats"][name]["escaped"].items():
            print(f"    {len(indices)} times {error} (first: file {indices[0]})")
        for kind in ("crashed", "hung"):
            if result["formats"][name][kind]:
                print(f"    {kind}: files {result['formats'][name][kind]}")
    if options.record:
        write_json(path, result)
        so_far.unlink(missing_ok=True)
        print(f"written: {path.relative_to(ROOT)}")
    return int(any(faults_in(counts) for counts in result["formats"].values()))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("\nStopped. With --record the same command goes on after the last format that was done.")
    except (ValueError, RuntimeError) as error:
        sys.exit(f"\n{error}")
