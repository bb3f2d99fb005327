"""Put the recorded results into the READMEs and RELIABILITY.md: nobody types a number.

    python benchmarks/report.py             fill in
    python benchmarks/report.py --check     say whether the pages show what results/*.json hold

In the READMEs `<!-- results: NAME -->` and `<!-- end of results -->` stand around a table, in RELIABILITY.md
`<!-- recorded -->` and `<!-- end of recorded -->`; what is between them is replaced. So is the number behind
`<!-- hours of 1 5 -->`, by the time that these lessons take.
"""

import json
import re
import sys

import nbformat
from records import ROOT, titled
from speed.compare import speeds

from vit_keras.lessons import comparison

sys.path.insert(0, str(ROOT / "notebooks"))
from rules import reading_time

PAGES = ("README.md", "README.ko.md", "results/README.md", "benchmarks/README.md")
BLOCK = re.compile(r"(<!-- results: (\w+) -->\n).*?(<!-- end of results -->)", re.DOTALL)
HOURS = re.compile(r"(<!-- hours of ([\d ]+) -->)[\d.]+")
RELIABILITY = "RELIABILITY.md"
RECORDED = re.compile(r"(<!-- recorded -->\n).*?(<!-- end of recorded -->)", re.DOTALL)
SENTENCE = "{source} {cpu}, {cores} cores, {date}; `{command}`"
# The one table of the first page: (result, model, what it is called in English, in Korean).
SUMMARY = (
    ("cifar10_laptop_keras_io", "vit", "ViT, recipe of the keras.io example", "ViT, keras.io 예제의 레시피"),
    ("cifar10_laptop_ten_minutes", "vit", "ViT, the fastest recipe", "ViT, 가장 빠른 레시피"),
    ("cifar10_laptop_ten_minutes", "hybrid", "hybrid, the same recipe", "하이브리드, 같은 레시피"),
    ("cifar10_laptop_ten_minutes", "cnn", "CNN, the same recipe", "CNN, 같은 레시피"),
    ("cifar10_evening_vit", "vit", 'ViT, an evening: `load_pretrained("cifar10-vit")`',
     'ViT, 저녁 내내: `load_pretrained("cifar10-vit")`'),
)
HEADS = (("CIFAR-10", "minutes", "cores", "parameters", "epochs", "train", "test"),
         ("CIFAR-10", "분", "코어", "파라미터", "에폭", "학습 정확도", "테스트 정확도"))
ORIGIN = ("CIFAR-10 (Krizhevsky, 2009), {cpu}, {dates}. *train* is measured without augmentation. "
          "Commands and files: [results](results/README.md).",
          "CIFAR-10(Krizhevsky, 2009), {cpu}, {dates}. 학습 정확도는 증강 없이 쟀어요. "
          "명령과 파일은 [results](results/README.md)에 있어요.")


def recorded(name):
    """A result, or `None`."""
    path = ROOT / "results" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def block(name, page):
    """The table of one result, and the line that says where it comes from."""
    if name == "cifar10":
        return summary(page.endswith(".ko.md"))
    result = recorded(name)
    if name == "lessons":
        return lessons(result)
    origin = SENTENCE.format(
        source=result.get("source", ""), cpu=result["hardware"]["cpu"], cores=result["hardware"]["cores"],
        date=result["date"][:10], command=result["command"],
    ).strip()
    table = comparison(titled(result["runs"])) if "runs" in result else speeds(result["measurements"])
    return f"{table}\n\n{origin}\n"


def hours(lessons):
    """To read and try these lessons, in half hours."""
    notebooks = [path for number in lessons for path in (ROOT / "notebooks/en").glob(f"{number:0>2}_*.ipynb")]
    return f"{round(sum(reading_time(nbformat.read(path, 4)) for path in notebooks) / 30) / 2:g}"


def summary(korean):
    """The table of the first page, in English or in Korean, and where it comes from."""
    results = {name: recorded(name) for name in dict.fromkeys(name for name, *_ in SUMMARY)}
    lines = [f"| {' | '.join(HEADS[korean])} |", "|---|" + "--:|" * (len(HEADS[korean]) - 1)]
    for name, model, *called in SUMMARY:
        run = results[name]["runs"][model]
        lines.append(
            f"| {called[korean]} | {run['seconds'] / 60:.0f} | {results[name]['hardware']['cores']} | "
            f"{run['parameters']:,} | {run['epochs']:.0f} | {run['train_accuracy']:.1%} | {run['test_accuracy']:.1%} |")
    machines = {result["hardware"]["cpu"] for result in results.values()}
    if len(machines) > 1 or any("NOT" in result["source"] for result in results.values()):
        raise ValueError("The rows of one table must be of one machine, and of CIFAR-10 itself.")
    (cpu,) = machines
    dates = ", ".join(sorted({result["date"][:10] for result in results.values()}))
    return "\n".join([*lines, "", ORIGIN[korean].format(cpu=cpu, dates=dates), ""])


def lessons(result):
    """Seconds of every lesson on every backend, in the smoke profile."""
    if result is None:
        return "Lessons on other backends are not recorded yet: `python benchmarks/lessons.py --record`.\n"
    backends = result["backends"]
    lines = [f"| lesson | {' | '.join(backends)} |", "|--:|" + "--:|" * len(backends)]
    for number in range(14):
        runs = [backend["runs"].get(f"{number:02d}") for backend in backends.values()]
        cells = ["not run" if run is None else f"{run['seconds']:.0f} s" if run["error"] is None else
                 run["error"].replace("|", "/")[:80] for run in runs]
        lines.append(f"| {number} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *(origin(backend) for backend in backends.values()), ""])


def origin(result):
    hardware = result["hardware"]
    return f"{hardware['cpu']}, {hardware['cores']} cores, {result['date'][:10]}; `{result['command']}`\n"


def faults(result):
    """What interrupting cost."""
    if result is None:
        return "Kills, a full disk and a bad connection are not recorded yet: `python benchmarks/faults.py --record`.\n"
    rows, download = [], result["download"]
    for backend, run in result["runs"].items():
        kills, full = run["kills"], run["full_disk"]
        rows += [(f"{backend}: a training of {result['epochs']} epochs, killed {kills['number']} times, "
                  f"{kills['in_a_write']} of them while a state was being written", kills["largest_difference"]),
                 (f"{backend}: a disk that is full for {full['epochs']} epochs ({full['not_kept']} states not kept)",
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
    total = 0
    for name, counts in result["formats"].items():
        wrong = [sum(map(len, counts["escaped"].values())), len(counts["crashed"]), len(counts["hung"]),
                 counts["code_ran"]]
        total += sum(wrong)
        numbers = [counts["files"], counts["refused"], counts["read"], *wrong]
        cells = [name, *(f"{number:,}" for number in numbers), f"{counts['slowest_seconds']:.2f} s"]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", f"Neither refused nor read right: {total}. A file that takes longer than "
                  f"{result['limit_seconds']:.0f} s is a hang.", "", origin(result)]
    return "\n".join(lines)


def filled(page):
    """The page with every table made anew."""
    text = (ROOT / page).read_text(encoding="utf-8")
    if page == RELIABILITY:
        tables = f"{faults(recorded('faults'))}\n{fuzzing(recorded('fuzz'))}"
        return RECORDED.sub(lambda match: match[1] + tables + match[2], text)
    text = HOURS.sub(lambda match: match[1] + hours(match[2].split()), text)
    return BLOCK.sub(lambda match: match[1] + block(match[2], page) + match[3], text)


def main(words):
    stale = [page for page in (*PAGES, RELIABILITY) if filled(page) != (ROOT / page).read_text(encoding="utf-8")]
    if "--check" in words:
        sys.exit(f"not what results/ hold: {', '.join(stale)}; run benchmarks/report.py" if stale else 0)
    for page in stale:
        (ROOT / page).write_text(filled(page), encoding="utf-8")
    print("\n".join(f"{page}: tables made anew" for page in stale) or "nothing to change")


if __name__ == "__main__":
    main(sys.argv[1:])
