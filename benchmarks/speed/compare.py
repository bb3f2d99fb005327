"""How fast is our Vision Transformer? Training and inference images/s and peak memory, beside public implementations.

    python benchmarks/speed/compare.py               ViT of width 192, 12 layers, float32
    python benchmarks/speed/compare.py --precision float32,bfloat16 --output results/speed_laptop.json
    python benchmarks/speed/compare.py --only "ours|huggingface" --rounds 5
    python benchmarks/speed/compare.py --preset tiny --batch 8 --seconds 1 --rounds 1
                                                     does everything run? (the numbers mean nothing)

Each measurement runs in a process of its own, round after round (A B C, A B C, ...), so that a machine that slows down
or is busy hits all alike. Compilation and warm-up are not counted. The table shows medians with [min-max] over the
rounds; "of fastest peer" is the ratio to the fastest implementation that is not ours, taken in each round, then the
median. What is not installed is skipped and named (`pip install -r requirements-bench.txt`).
See benchmarks/README.md for how to read the table.
"""

import importlib.metadata
import importlib.util
import json
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from records import ROOT, about, cpu_model, write_json
from runs import parser_of
from speed.peers import MARK
from speed.products import flops_per_image

IMAGE = {"image_shape": [32, 32, 3], "patch_size": 4, "num_classes": 10}
PRESETS = {
    "paper": {**IMAGE, "num_layers": 12, "hidden_dim": 192, "num_heads": 3, "mlp_dim": 768},
    "small": {**IMAGE, "num_layers": 4, "hidden_dim": 128, "num_heads": 4, "mlp_dim": 512},
    "tiny": {**IMAGE, "num_layers": 2, "hidden_dim": 32, "num_heads": 2, "mlp_dim": 64},
}


class Case(NamedTuple):
    implementation: str  # "products" are the matrix products alone
    backend: str
    jit: bool
    precision: str

    @property
    def name(self):
        compiled = {"tensorflow": "-xla", "torch": "-compile"}.get(self.backend, "") if self.jit else ""
        return f"{self.implementation}-{self.backend}{compiled}-{self.precision}"

    @property
    def needs(self):
        """Modules to import."""
        own = {"huggingface": ["transformers"], "kerashub": ["keras_hub"], "products": []}
        return [self.backend, *own.get(self.implementation, ["keras"])]


def cases(precisions):
    """All that can be compared. JAX always compiles; `torch.compile` needs a C++ compiler, so ask with --compile."""
    rows = [("products", backend, False) for backend in ("tensorflow", "jax", "torch")]
    for implementation in ("ours", "kerasio", "kerashub"):
        rows += [(implementation, "tensorflow", False), (implementation, "tensorflow", True)]
        rows += [(implementation, "jax", True), (implementation, "torch", False)]
    rows += [("huggingface", "torch", False), ("ours", "torch", True), ("huggingface", "torch", True)]
    return [Case(*row, precision) for precision in precisions for row in rows]


def missing(case):
    return [module for module in case.needs if importlib.util.find_spec(module) is None]


def run(case, size, batch, seconds, timeout):
    """One measurement in its own process: the peer's dictionary, or `{"error": ...}`."""
    task = {**case._asdict(), "size": size, "batch": batch, "seconds": seconds}
    command = [sys.executable, str(Path(__file__).with_name("peers.py")), json.dumps(task)]
    environment = {**os.environ, "KERAS_BACKEND": case.backend, "TF_CPP_MIN_LOG_LEVEL": "2"}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        return {"error": f"no answer within {timeout:.0f} seconds"}
    answers = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    if done.returncode or not answers:
        last = ([line.strip() for line in done.stderr.splitlines() if line.strip()] or ["no message"])[-1]
        last = last.replace(f"{ROOT}{os.sep}", "").replace(f"{sys.prefix}{os.sep}", "")  # no paths in a result
        return {"error": f"exit code {done.returncode}: {last[:300]}"}
    return json.loads(answers[-1][len(MARK) :])


# --- From rounds to numbers -----------------------------------------------------------------------------------------


def summary(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "rounds": values}


def fastest_peer(rounds, precision, phase):
    """In each round the images/s of the fastest implementation that is not ours; None where none ran."""
    peers = [r for case, r in rounds.items() if case.implementation not in ("ours", "products")
             and case.precision == precision]
    if not peers:
        return []
    columns = zip(*peers, strict=True)
    return [max((r[phase]["images_per_second"] for r in column if r), default=None) for column in columns]


def measurements(rounds):
    """`rounds`: case -> one result (or None) a round. Returns a list of dictionaries, one a case that ran."""
    rows = []
    for case, results in rounds.items():
        ran = [r for r in results if r]
        if not ran:
            continue
        row = {"name": case.name, **case._asdict(), "threads": ran[-1]["threads"]}
        row.update({k: ran[-1][k] for k in ["parameters"] if k in ran[-1]})
        if "matmul_gflops" in ran[-1]:
            row["matmul_gflops"] = summary([r["matmul_gflops"] for r in ran])
        for phase in ("training", "inference"):
            row[phase] = {k: summary([r[phase][k] for r in ran]) for k, v in ran[-1][phase].items() if v is not None}
            peers = fastest_peer(rounds, case.precision, phase)
            ratios = [r[phase]["images_per_second"] / p for r, p in zip(results, peers, strict=bool(peers)) if r and p]
            if ratios:
                row[phase]["of_fastest_peer"] = summary(ratios)
        rows.append(row)
    return rows


# --- Table ----------------------------------------------------------------------------------------------------------


def speeds(rows):
    """A table for each precision, fastest training first, the matrix products alone above it."""

    def spread(entry, digits):
        return f"{entry['median']:.{digits}f} [{entry['min']:.{digits}f}-{entry['max']:.{digits}f}]"

    def speed(row, phase):
        entry = row[phase]["images_per_second"]
        return spread(entry, 0 if entry["median"] >= 100 else 1)

    def ratio(row, phase):
        return f"{row[phase]['of_fastest_peer']['median']:.2f}" if "of_fastest_peer" in row[phase] else "-"

    def memory(row, phase):
        return f"{row[phase]['peak_memory_mb']['median']:.0f}" if "peak_memory_mb" in row[phase] else "-"

    lines = []
    for precision in dict.fromkeys(row["precision"] for row in rows):
        group = [row for row in rows if row["precision"] == precision]
        limits = [row for row in group if row["implementation"] == "products"]
        models = sorted((row for row in group if row["implementation"] != "products"),
                        key=lambda row: -row["training"]["images_per_second"]["median"])
        lines += [f"### {precision}", ""]
        if limits:
            lines += ["| matrix products alone | 2048x2048 GFLOP/s | training images/s, limit | inference, limit |",
                      "|---|---|---|---|"]
            lines += [f"| {row['backend']} | {spread(row['matmul_gflops'], 0)} | {speed(row, 'training')} | "
                      f"{speed(row, 'inference')} |" for row in limits] + [""]
        if models:
            lines += ["| implementation | parameters | training images/s | of fastest peer | peak MB | "
                      "inference images/s | of fastest peer | peak MB |", "|---|---|---|---|---|---|---|---|"]
            for row in models:
                cells = [cell(row, phase) for phase in ("training", "inference") for cell in (speed, ratio, memory)]
                lines.append(f"| {row['name'].removesuffix('-' + precision)} | {row['parameters']:,} | "
                             + " | ".join(cells) + " |")
            lines.append("")
    return "\n".join(lines)


# --- Report and command line ----------------------------------------------------------------------------------------


def report(arguments, size, rounds, skipped, loads):
    return {
        **about(__file__, arguments.words),
        "source": "Random pixels, the same batch again and again: speed does not depend on what is in a picture.",
        "load_average_at_round_start": loads,
        "preset": arguments.preset,
        "size": size,
        "batch": arguments.batch,
        "seconds_per_measurement": arguments.seconds,
        "matmul_flops_per_image": {"training": flops_per_image(size, True), "inference": flops_per_image(size, False)},
        "measurements": measurements(rounds),
        "skipped": skipped,
    }


def parse(words):
    parser = parser_of(__doc__)
    parser.add_argument("--preset", choices=PRESETS, default="paper", help="sizes of the model (default: paper)")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=8.0, help="per measurement, after warm-up (default: 8)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precision", default="float32", help="float32, bfloat16 or both with a comma between")
    parser.add_argument("--only", default="", metavar="PATTERN", help="regular expression: cases whose name it finds")
    parser.add_argument("--compile", action="store_true", help="also torch.compile, for ours and Hugging Face")
    parser.add_argument("--timeout", type=float, default=900.0, help="seconds for one process (default: 900)")
    parser.add_argument("--output", help="JSON file (default: results/speed_PRESET.json; tiny is not written)")
    parser.add_argument("--list", action="store_true", help="print the names of the cases and stop")
    arguments = parser.parse_args(words)
    arguments.words = list(words)
    arguments.precisions = arguments.precision.split(",")
    if wrong := set(arguments.precisions) - {"float32", "bfloat16"}:
        parser.error(f"--precision must be float32 or bfloat16: got {', '.join(sorted(wrong))}")
    if arguments.rounds < 1 or arguments.batch < 1:
        parser.error(f"--rounds and --batch must be 1 or more: got {arguments.rounds} and {arguments.batch}")
    if arguments.output is None and arguments.preset != "tiny":
        arguments.output = f"results/speed_{arguments.preset}.json"
    return arguments


def main(words):
    arguments = parse(words)
    chosen = [case for case in cases(arguments.precisions) if re.search(arguments.only, case.name)]
    chosen = [case for case in chosen if arguments.compile or not (case.backend == "torch" and case.jit)]
    if arguments.list:
        print("\n".join(case.name for case in chosen))
        return 0
    skipped = {}
    for case in chosen:
        if modules := missing(case):
            skipped[case.name] = f"not installed: {', '.join(modules)} (pip install -r requirements-bench.txt)"
            print(f"SKIPPED {case.name}: {skipped[case.name]}", flush=True)
    rounds = {case: [] for case in chosen if case.name not in skipped}
    if not rounds:
        print(f"Nothing to measure: --only {arguments.only!r} leaves no case that is installed. See --list.")
        return 1

    size, loads = PRESETS[arguments.preset], []
    for number in range(1, arguments.rounds + 1):
        loads.append(os.getloadavg()[0] if hasattr(os, "getloadavg") else None)
        for case in rounds:
            if case.name in skipped:  # failed before
                rounds[case].append(None)
                continue
            result = run(case, size, arguments.batch, arguments.seconds, arguments.timeout)
            if error := result.get("error"):
                skipped[case.name] = error
                print(f"FAILED  {case.name}: {error}", flush=True)
            else:
                images = [f"{phase} {result[phase]['images_per_second']:.1f}" for phase in ("training", "inference")]
                print(f"round {number}  {case.name}: {', '.join(images)} images/s", flush=True)
            rounds[case].append(None if error else result)
        if arguments.output:  # after every round, so that a broken-off run keeps what it has
            write_json(arguments.output, report(arguments, size, rounds, skipped, loads))

    print("\n" + speeds(measurements(rounds)))
    for name, reason in skipped.items():
        print(f"Not in the table or not in every round: {name}: {reason}")
    print(f"Batch {arguments.batch}, {os.cpu_count()} cores ({cpu_model()}), threads as each framework sets them.")
    if arguments.output:
        print(f"Written to {arguments.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
