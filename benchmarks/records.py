"""What a recorded run says of itself (command, code, packages, machine), and how it is written.

Every script imports this file first: with it `vit_keras` is found where it is not installed, and TensorFlow is quiet.
Standard library only, so that a script can refuse its arguments before anything is installed.
"""

import datetime
import importlib.metadata
import json
import os
import platform
import re
import runpy
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
START = runpy.run_path(str(ROOT / "vit_keras" / "start.py"))  # importing it would import Keras
START["quieten"](compiling=True)

PACKAGES = ["keras", "tensorflow", "jax", "torch", "numpy", "transformers", "keras-hub"]

# What a figure or a table calls a model.
TITLES = {"vit": "ViT", "hybrid": "hybrid", "stem": "stem alone", "cnn": "CNN"}


def settle():
    """Choose a Keras backend that is installed; one that is not ends the script with a sentence."""
    try:
        START["choose_backend"]()
    except ImportError as error:
        sys.exit(str(error))


def titled(runs):
    """The runs of a result under their models' titles, in the order of `TITLES`: they may be trained in any other."""
    return {title: runs[name] for name, title in TITLES.items() if name in runs}


def about(script, words):
    """Where a result comes from: the part that all of results/*.json have in common.

    Args:
        script: path of the script, in benchmarks/.
        words: list of str, its command line.
    """
    name = Path(script).resolve().relative_to(ROOT).as_posix()
    # A new file runs nothing by itself: some file that is known would have to import it.
    changed = git("status", "--porcelain", "--untracked-files=no", "--", "vit_keras", "benchmarks")
    watched = [k for k in sorted(os.environ) if re.match(r"OMP_|MKL_|XLA_FLAGS|TF_(ENABLE|NUM|XLA)|ONEDNN_", k)]
    return {
        "command": shlex.join(["python", name, *words]),
        "date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "git_commit": git("rev-parse", "HEAD"),
        "git_changed": None if changed is None else bool(changed),
        "versions": versions(),
        "hardware": {"cpu": cpu_model(), "cores": cores(), "flags": cpu_flags(), "system": platform.system()},
        "environment": {k: os.environ[k] for k in watched},
    }


def cores():
    """Of the machine, or the fewer that this process may use (`taskset`)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def cpu_model():
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def cpu_flags():
    """The instruction sets that decide how fast products run, where Linux tells them."""
    try:
        flags = set(re.search(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.M)[1].split())
    except (OSError, TypeError):
        return None
    return sorted(flags & {"avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16"})


def git(*arguments):
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def versions():
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = None
    return found


def write_json(path, content):
    """All or nothing: a reader never sees half a file."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(content, indent=1) + "\n")
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:  # it is gone where Ctrl-C came right after it had taken its place
        Path(temporary).unlink(missing_ok=True)
        raise
