"""Runs as processes of their own: what one leaves behind touches no other, and several can run at a time."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed


def in_a_process(script, words, called, threads=None):
    """Run a script of ours, and read the last line it prints as JSON.

    Args:
        script: path.
        words: list of str, its command line.
        called: str. What the run is called where it fails.
        threads: int or `None`. As many threads within one operation of TensorFlow.

    Raises:
        RuntimeError: the run failed; the message says which and why.
    """
    environment = {**os.environ, "TF_NUM_INTRAOP_THREADS": str(threads)} if threads else os.environ
    done = subprocess.run([sys.executable, script, *words], capture_output=True, text=True, env=environment)
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
