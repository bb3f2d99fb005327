"""Put what faults.py and fuzz.py have recorded into RELIABILITY.md: nobody types a number.

    python benchmarks/reliability.py            fill in
    python benchmarks/reliability.py --check    say whether the page shows what results/*.json hold
"""

import json
import re
import sys

from fuzz import faults_in
from records import ROOT

PAGE = ROOT / "RELIABILITY.md"
BLOCK = re.compile(r"(<!-- recorded -->\n).*?(<!-- end of recorded -->)", re.DOTALL)


def recorded(name):
    """A result, or `None`."""
    path = ROOT / "results" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def origin(result):
    hardware = result["hardware"]
    return f"{hardware['cpu']}, {hardware['cores']} cores, {result['date'][:10]}; `{result['command']}`\n"


def faults(result):
    """What interrupting cost."""
    if result is None:
        return "Kills, a full disk and a bad connection are not recorded yet: `python benchmarks/faults.py --record`.\n"
    kills, full, download = (result[name] for name in ("kills", "full_disk", "download"))
    rows = [(f"a training of {result['epochs']} epochs, killed {kills['number']} times, {kills['in_a_write']} of them "
             "while a state was being written", kills["largest_difference"]),
            (f"the same with a disk that is full for {full['epochs']} epochs ({full['not_kept']} states not kept)",
             full["largest_difference"])]
    lines = ["| | largest difference of a weight to the run in peace | of a loss |", "|---|--:|--:|"]
    lines += [f"| {what} | {difference['weights']:.1g} | {difference['loss']:.1g} |" for what, difference in rows]
    broken = sum(download["broken_off"].values())
    kinds = ", ".join(f"{number} {kind}" for kind, number in download["broken_off"].items())
    lines += ["", f"A file of {download['bytes'] / 1e6:.0f} MB over a connection that failed {broken} times ({kinds}): "
                  f"{'right' if download['right'] else 'WRONG'} to the last byte.", "", origin(result)]
    return "\n".join(lines)


def fuzzing(result):
    """What became of damaged files."""
    if result is None:
        return "Damaged files are not recorded yet: `python benchmarks/fuzz.py --number 10000 --record`.\n"
    heads = ("format", "damaged files", "refused", "read right", "other errors", "crashes", "hangs", "code that ran",
             "slowest")
    lines = [f"| {' | '.join(heads)} |", "|---|" + "--:|" * (len(heads) - 1)]
    for name, counts in result["formats"].items():
        escaped = sum(map(len, counts["escaped"].values()))
        numbers = [counts["files"], counts["refused"], counts["read"], escaped, len(counts["crashed"]),
                   len(counts["hung"]), counts["code_ran"]]
        cells = [name, *(f"{number:,}" for number in numbers), f"{counts['slowest_seconds']:.2f} s"]
        lines.append(f"| {' | '.join(cells)} |")
    total = sum(faults_in(counts) for counts in result["formats"].values())
    lines += ["", f"Neither refused nor read right: {total}. A file that takes longer than "
                  f"{result['limit_seconds']:.0f} s is a hang.", "", origin(result)]
    return "\n".join(lines)


def filled():
    """The page with what is recorded."""
    text = f"{faults(recorded('faults'))}\n{fuzzing(recorded('fuzz'))}"
    return BLOCK.sub(lambda match: match[1] + text + match[2], PAGE.read_text(encoding="utf-8"))


def main(words):
    stale = filled() != PAGE.read_text(encoding="utf-8")
    if "--check" in words:
        sys.exit("not what results/ hold: run benchmarks/reliability.py" if stale else 0)
    PAGE.write_text(filled(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
