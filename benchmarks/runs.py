"""A result of many runs: each is a process of its own, kept as soon as it is measured, and not measured twice."""

import json

from processes import as_measured, in_a_process
from records import ROOT, write_json


def going_on(path, start, grows=None):
    """The result so far, if the file holds one of the same settings; else a new one.

    Args:
        path, start, grows: See `measure_all`.

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


def measure_all(script, path, start, asked, called, words, jobs=1, told=told_of_training, grows=None):
    """Measure what is missing of a result, and write the file after each run.

    Args:
        script: path. Called with `words`, `--one` and a run as JSON, it prints as its last line what it measured; with
            "source", the sentence that says what data it was, or "sources", a list of such sentences.
        path: path of the result. If it is there already, with the same settings, its runs count.
        start: dict. What stands in the result beside "runs": see `going_on`.
        asked: list of dicts, the runs.
        called: function from a run to its name, which no other has.
        words: list of str.
        jobs: int. Runs at a time; with more than one, a core each.
        told: function from what a run measured to the line that is printed of it.
        grows: str or `None`. A setting, a dict, to which entries may be added at the end: no run that was measured
            before depends on them.

    Returns:
        (result, list of the messages of those that failed).

    Raises:
        ValueError: the file holds runs of other settings.
    """
    result = going_on(path, start, grows)
    done = {called(run) for run in result["runs"]}
    missing = [run for run in asked if called(run) not in done]
    print(f"profile {start['profile']}: {len(missing)} runs to do, {len(asked) - len(missing)} done before", flush=True)

    def one(run):
        return in_a_process(script, [*words, "--one", json.dumps(run)], called(run), threads=1 if jobs > 1 else None)

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
    return result, failed


def place_of(name, record, profile):
    """Where a result is written: results/NAME.json, or results/local/NAME_PROFILE.json if it is not to be quoted."""
    return ROOT / "results" / (f"{name}.json" if record else f"local/{name}_{profile}.json")


def shown(path):
    """A path as it is printed: from the repository on."""
    return path.relative_to(ROOT)
