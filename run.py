"""Vision Transformers in Keras: one command sets everything up and does the job.

    python3 run.py COMMAND [arguments]            on Windows: py run.py COMMAND [arguments]

Commands
    lab         open the lessons in JupyterLab in your browser; Ctrl-C ends it
    train       train a model and record the run (benchmarks/train.py): train --minutes 10
    test        ruff, the unit tests, then every lesson in its smoke profile;
                arguments go to the unit tests: test -k attention
    notebooks   build the English and Korean lessons from notebooks/src (notebooks/build.py)
    speed       measure throughput and memory on this machine (benchmarks/speed.py)

    Arguments go on to the script; `python3 run.py train --help` lists them. Paths start in this folder.

How long
    The first command installs TensorFlow, Keras, JAX and Jupyter: minutes, mostly the download. Later
    ones start at once. A lesson takes at most about ten minutes on a laptop, and says so before.

Where things go
    .venv       the packages, 3 GB; it belongs to run.py, which repairs or replaces it when needed
    data/       data sets, downloaded once
    results/    recorded runs

Environment variables
    VIT_KERAS_DATA      a folder that holds the data sets already
    VIT_KERAS_WEIGHTS   a folder that holds deit_tiny_patch16_224.safetensors already
    VIT_KERAS_PROFILE   smoke (seconds, drawn images), laptop (minutes) or gpu (the real recipe);
                        unset: gpu where Keras sees an accelerator, else laptop
    KERAS_BACKEND       tensorflow (as if unset) or jax

Needed: Python 3.10 to 3.13, 64 bit, and a network connection the first time. On Linux with an NVIDIA
driver, TensorFlow's CUDA libraries are installed as well.
"""

import contextlib
import hashlib
import importlib.util
import itertools
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "run-stamp.txt"  # line 1: whose environment this is; line 2: a hash of what is installed in it
LOCK = ROOT / ".venv.lock"
CUDA = ["tensorflow[and-cuda]"] if sys.platform == "linux" and shutil.which("nvidia-smi") else []
MAKE_VENV = ["-m", "venv", "--clear"]
PIP_INSTALL = ["-m", "pip", "install", "--disable-pip-version-check"]
SCRIPTS = {"train": "benchmarks/train.py", "notebooks": "notebooks/build.py", "speed": "benchmarks/speed.py"}
COMMANDS = ["lab", "test", *SCRIPTS]


def environment():
    """The variables of a child: ours, without the traces of another Python or virtual environment."""
    foreign = ["VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "__PYVENV_LAUNCHER__"]
    env = {"TF_CPP_MIN_LOG_LEVEL": "3", **{name: value for name, value in os.environ.items() if name not in foreign}}
    path = str(PYTHON.parent) + os.pathsep + env.get("PATH", "")
    return {**env, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", "PATH": path}


def call(*command):
    """Echo a command, run it in ROOT, return its exit code."""
    words = [str(word) for word in command]
    print("\n$ " + subprocess.list2cmdline(["python", *words[1:]]), flush=True)
    child = subprocess.Popen(words, cwd=str(ROOT), env=environment())
    for interrupts in itertools.count():
        try:
            code = child.wait()
            break
        except KeyboardInterrupt:  # the child got it too and ends in its own way: JupyterLab wants two
            if interrupts > 1:
                child.terminate()
    if interrupts and code:
        raise KeyboardInterrupt
    return code if code >= 0 else 128 - code  # ended by signal 9: -9 becomes 137, as in a shell


def python_problem(version):
    """What is wrong with this version of Python, or None."""
    if (3, 10) <= version[:2] <= (3, 13):
        return None
    others = [name for name in ("python3.13", "python3.12", "python3.11", "python3.10") if shutil.which(name)]
    advice = f"This machine has another: {others[0]} run.py ..." if others else "3.13 is at python.org/downloads."
    return f"Needed: Python 3.10 to 3.13. This is Python {version[0]}.{version[1]}. {advice}"


def base_python():
    """The Python outside every virtual environment: a new one is made from it."""
    base = getattr(sys, "_base_executable", sys.executable)
    inside = sys.prefix != sys.base_prefix and base == sys.executable  # Python 3.10 does not know its base
    return os.path.realpath(base) if inside else base


def venv_works():
    """Does the environment's Python start, and is it this version?"""
    probe = [str(PYTHON), "-c", f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"]
    try:
        return subprocess.run(probe, env=environment(), stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def stamp():
    return STAMP.read_text(encoding="utf-8").splitlines() if STAMP.is_file() else []


def wanted():
    """The two lines of a good stamp."""
    owner = f"Python {sys.version_info[0]}.{sys.version_info[1]} in {ROOT}"
    files = b"".join((ROOT / name).read_bytes() for name in ("requirements.txt", "pyproject.toml"))
    return [owner, hashlib.sha256(files + repr(CUDA).encode()).hexdigest()]


@contextlib.contextmanager
def only_one():
    """One run.py installs at a time. The system drops the lock with its process, so it is never stale."""
    with open(LOCK, "a") as file:
        for attempt in itertools.count():
            try:
                if os.name == "nt":
                    import msvcrt
                    msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
                else:
                    import fcntl
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except (BlockingIOError, PermissionError):
                if attempt == 0:
                    print("Another run.py is installing: waiting for it ...", flush=True)
                time.sleep(0.5)
            except OSError:  # a file system without locks
                break
        yield


def prepare():
    """Make .venv what requirements.txt and pyproject.toml ask for; do nothing where it is that already."""
    if stamp() == wanted() and venv_works():
        return
    with only_one():
        owner, contents = wanted()
        works = venv_works()
        if stamp() == [owner, contents] and works:  # the other one did it while we waited
            return
        if stamp()[:1] != [owner] or not works:  # none, interrupted, moved, another Python, broken
            missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
            if missing or call(base_python(), *MAKE_VENV, VENV) != 0:
                sys.exit(f"\nCould not make {VENV}\nNeeded: Python's modules venv and ensurepip (missing here: "
                         f"{', '.join(missing) or 'none'}), and no program that still uses the old .venv.\n"
                         "On Debian or Ubuntu: sudo apt install python3-venv")
        STAMP.unlink(missing_ok=True)  # an install that is cut off leaves no stamp, and is redone from scratch
        print("\nInstalling the requirements: minutes the first time.", flush=True)
        code = call(PYTHON, *PIP_INSTALL, "-r", "requirements.txt", *CUDA) or call(
            PYTHON, *PIP_INSTALL, "--no-deps", "--no-build-isolation", "--editable", ".")
        STAMP.write_text(owner + "\n" + ("" if code else contents), encoding="utf-8")
        if code:
            sys.exit("\npip could not install the requirements; its reason is above. Needed: a network connection "
                     "(behind a proxy, set HTTPS_PROXY),\n3 GB of disk, a 64-bit Python. "
                     "Then run the same command again: what was downloaded is kept.")


def test(arguments):
    """Every step runs, also after a failure; the summary comes last."""
    steps = {"ruff": ["ruff", "check", "."],
             "unit tests": ["pytest", "tests", *arguments],
             "lessons": ["pytest", "--nbval", "notebooks"]}
    summary, codes = ["\nSummary"], []
    for name, step in steps.items():
        start = time.monotonic()
        codes.append(call(PYTHON, "-m", *step))
        summary.append(f"  {'FAILED' if codes[-1] else 'passed'}  {name:12}{time.monotonic() - start:6.0f} s")
    print(*summary, sep="\n")
    return next(filter(None, codes), 0)


def main(arguments):
    word, *rest = arguments or ["help"]
    if word in ("help", "-h", "--help"):
        print(__doc__)
        return 0
    if word not in COMMANDS:
        print(f"{__doc__}\nNeeded: one of {', '.join(COMMANDS)}. Got: {word}", file=sys.stderr)
        return 2
    problem = python_problem(sys.version_info)
    if problem:
        sys.exit(problem)
    try:
        prepare()
        if word == "test":
            return test(rest)
        if word == "lab":
            return call(PYTHON, "-m", "jupyterlab", "notebooks", *rest)
        return call(PYTHON, SCRIPTS[word], *rest)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a Korean path in a Windows log file must not stop us
            stream.reconfigure(errors="replace")
    sys.exit(main(sys.argv[1:]))
