"""A result of many runs: each is a process of its own, kept as soon as it is measured, and not measured twice.

What one process leaves behind touches no other, and several can run at a time. A script of many runs says what its runs
are and how one is measured; `carry_out` does the rest.
"""

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed

from records import ROOT, about, write_json

# ---- One script ----

def parser_of(manual, **options):
    """A command line whose --help is the manual of a script."""
    return argparse.ArgumentParser(description=manual, formatter_class=argparse.RawDescriptionHelpFormatter, **options)


def add_running(parser):
    """The arguments of every script of many runs."""
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time; with more than one, a core each")
    parser.add_argument("--record", action="store_true", help="write into results/ instead of results/local/")
    parser.add_argument("--one", type=json.loads, help=argparse.SUPPRESS)


def carry_out(script, words, options, name, settings, asked, measure, called, again=(), told=None, grows=None,
              table=None):
    """All that a script of many runs does once its command line is read.

    Args:
        script: path of the script. With `again`, "--one" and a run as JSON it measures that run and prints it.
        words: list of str, the command line.
        options: what `add_running` has read.
        name: str. Of the result.
        settings: dict. What all runs have in common; a result with other settings is not gone on with.
        asked, called, told, grows: See `measure_all`.
        measure: function `(run, settings)` to a dict.
        table: function from the result to what is printed in the end, or `None`.
    """
    if options.one:
        return print(json.dumps(measure(options.one, settings)))
    result, path = beginning(script, words, name, options.record, settings, grows)
    failed = measure_all(script, path, result, asked, called, again, options.jobs, told or told_of_training)
    print("\n".join(["", result["source"], *([table(result)] if table else []),
                     f"in {shown(path)}: {len(result['runs'])} runs"]))
    if failed:
        sys.exit(f"{len(failed)} failed; the same command tries them again")


def start(main):
    """Call `main` with the command line; what it refuses is said without a traceback."""
    try:
        sys.exit(main(sys.argv[1:]))
    except (ValueError, RuntimeError) as error:
        sys.exit(str(error))


# ---- One result ----

def beginning(script, words, name, record, settings, grows=None):
    """A result to go on with, or a new one, and its path: see `going_on`."""
    import keras

    import vit_keras

    path = place_of(name, record, vit_keras.profile())
    return going_on(path, {**about(script, words), "profile": vit_keras.profile(), "settings": settings,
                           "backend": keras.backend.backend()}, grows), path


def going_on(path, start, grows=None):
    """The result so far, if the file holds one of the same settings; else a new one.

    Args:
        path: path of the result.
        start: dict. What stands in the result beside "runs".
        grows: str or `None`. A setting, a dict, to which entries may be added at the end: no run that was measured
            before depends on them.

    Raises:
        ValueError: the file holds runs of other settings.
    """
    session = {name: start[name] for name in ("command", "date", "git_commit", "git_changed")}
    if not path.is_file():
        return {**start, "sessions": [session], "source": "", "runs": []}
    found = json.loads(path.read_text(encoding="utf-8"))
    for name in ("profile", "settings"):
        if shortened(start[name], found[name], grows) != found[name]:
            raise ValueError(f"{path.name} must hold runs of the same {name} to go on: got {found[name]} there and "
                             f"{start[name]} now. Move it away, or choose the other profile.")
    return {**found, **start, "sessions": [*found["sessions"], session]}  # with all that was measured


def shortened(now, before, grows):
    """What is given now, without what a setting that grows has more at its end than before."""
    if grows is None or not isinstance(now, dict) or grows not in now or grows not in before:
        return now
    return {**now, grows: dict(list(now[grows].items())[:len(before[grows])])}


def told_of_training(measured):
    """What a training reached, in one line."""
    return (f"test {measured['test_accuracy']:.1%}, train {measured['train_accuracy']:.1%}, "
            f"{measured['epochs']:.1f} passes, {measured['seconds']:.0f} s")


def measure_all(script, path, result, asked, called, again=(), jobs=1, told=told_of_training):
    """Measure what is missing of a result, and write the file after each run.

    Args:
        script: path. Called with `again`, `--one` and a run as JSON, it prints as its last line what it measured; with
            "source", the sentence that says what data it was, or "sources", a list of such sentences.
        path: where it is written.
        result: dict. The runs that are in it count; those that are measured are added.
        asked: list of dicts, the runs.
        called: function from a run to its name, which no other has.
        again: list of str.
        jobs: int. Runs at a time; with more than one, a core each.
        told: function from what a run measured to the line that is printed of it.

    Returns:
        list of the messages of those that failed.
    """
    done = {called(run) for run in result["runs"]}
    missing = [run for run in asked if called(run) not in done]
    print(f"profile {result['profile']}: {len(missing)} runs to do, {len(asked) - len(missing)} done before",
          flush=True)

    def one(run):
        return in_a_process(script, [*again, "--one", json.dumps(run)], called(run), threads=1 if jobs > 1 else None)

    failed = []
    for run, measured, error in as_measured(one, missing, jobs):
        if error:
            failed.append(str(error))
            print(error, flush=True)
            continue
        for source in measured.pop("sources") if "sources" in measured else [measured.pop("source")]:
            if source not in result["source"]:
                result["source"] = f"{result['source']} {source}".strip()
        result["runs"].append({**run, **measured})
        write_json(path, result)  # after each run: what is measured is kept
        print(f"{called(run)}: {told(measured)}", flush=True)
    return failed


def place_of(name, record, profile):
    """Where a result is written: results/NAME.json, or results/local/NAME_PROFILE.json if it is not to be quoted."""
    return ROOT / "results" / (f"{name}.json" if record else f"local/{name}_{profile}.json")


def shown(path):
    """A path as it is printed: from the repository on, if it lies there."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


# ---- One process ----

def in_a_process(script, words, called, threads=None, **environment):
    """Run a script of ours, and read the last line it prints as JSON.

    Args:
        script: path.
        words: list of str, its command line.
        called: str. What the run is called where it fails.
        threads: int or `None`. As many threads within one operation of TensorFlow.
        **environment: str. Variables that it finds beside those of this process.

    Raises:
        RuntimeError: the run failed; the message says which and why.
    """
    if threads:
        environment["TF_NUM_INTRAOP_THREADS"] = str(threads)
    done = subprocess.run([sys.executable, script, *words], capture_output=True, text=True,
                          env={**os.environ, **environment})
    if done.returncode:
        reason = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise RuntimeError(f"{called}: {reason[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


def as_measured(measure, tasks, jobs=1):
    """Measure all tasks, `jobs` at a time, and yield each as soon as it is done: (task, result, error).

    One of result and error is `None`: a run that fails does not take the others with it.
    """
    with ThreadPoolExecutor(jobs) as pool:
        runs = {pool.submit(measure, task): task for task in tasks}
        try:
            for run in as_completed(runs):
                error = run.exception()
                yield runs[run], None if error else run.result(), error
        finally:  # Ctrl-C: what has not begun does not begin
            pool.shutdown(wait=False, cancel_futures=True)
