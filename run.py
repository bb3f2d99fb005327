"""Vision Transformers in Keras: one command sets everything up and does the job.

    python3 run.py COMMAND [arguments]            on Windows: py run.py COMMAND [arguments]

Commands
    lab         open the lessons in JupyterLab in your browser; Ctrl-C ends it
    train       train a model and record the run (benchmarks/train.py): train --minutes 10
    test        ruff, the unit tests, then every lesson in its smoke profile, on all cores; then the same for the
                lecture's stack; arguments go to the unit tests: test -k attention
    notebooks   build the English and Korean lessons from notebooks/src (notebooks/build.py)
    speed       measure throughput and memory on this machine (benchmarks/speed/compare.py)
    tfa         the lecture's own stack, TensorFlow 2 with tensorflow-addons, set up apart: opens its
                notebook; tfa --run executes it into a page, results/local/tfa_en.html (ko: --run ko);
                tfa --build builds it (notebooks/build.py); tfa --test runs its tests

    Arguments go on to the script; `python3 run.py train --help` lists them. Paths start in this folder.

How long
    The first command installs TensorFlow, Keras, JAX and Jupyter: minutes, mostly the download. Later
    ones start at once. A lesson takes at most about ten minutes on a laptop, and says so before.

Where things go
    .venv       the packages, 3 GB; it belongs to run.py, which repairs or replaces it when needed
    .venv-tfa   those of the lecture's stack, 2 GB
    data/       data sets, downloaded once
    results/    recorded runs

Environment variables
    VIT_KERAS_DATA      the folder or archive of your data; what it names is used, and nothing else
    VIT_KERAS_WEIGHTS   a folder that holds deit_tiny_patch16_224.safetensors already
    VIT_KERAS_PROFILE   smoke (seconds, drawn images), laptop (minutes) or gpu (the real recipe);
                        unset: gpu where Keras sees an accelerator, else laptop
    KERAS_BACKEND       tensorflow (as if unset) or jax

Needed: Python 3.10 to 3.13, 64 bit, and a network connection the first time. On Linux with an NVIDIA
driver, TensorFlow's CUDA libraries are installed as well. The lecture's stack needs Python 3.10 or 3.11,
this one or another on the machine: it was made for no later one.
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
CUDA = ["tensorflow[and-cuda]"] if sys.platform == "linux" and shutil.which("nvidia-smi") else []
MAKE_VENV = ["-m", "venv", "--clear"]
PIP_INSTALL = ["-m", "pip", "install", "--disable-pip-version-check"]
SCRIPTS = {"train": "benchmarks/train.py", "notebooks": "notebooks/build.py", "speed": "benchmarks/speed/compare.py"}
FILE_BY_FILE = ["--dist", "loadfile", "--no-loadscope-reorder"]  # a file's tests share what they set up
COMMANDS = ["lab", "test", *SCRIPTS, "tfa"]
TFA_VERSIONS = [(3, 11), (3, 10)]  # newer: no TensorFlow 2.15; older: not enough for the module
TFA_NOTEBOOK = "notebooks/tfa/{}/ViT_with_tensorflow_addons.ipynb"


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


def find_python(versions):
    """`(path, version)` of a Python that can make environments, the first of these versions: ours, or one on PATH."""
    candidates = [[base_python()]] if sys.version_info[:2] in versions else []
    for version in versions:
        name = "python{}.{}".format(*version)
        found = [shutil.which(name, path=folder) for folder in os.environ.get("PATH", "").split(os.pathsep)]
        candidates += [[path] for path in found if path]
        launcher = shutil.which("py") if os.name == "nt" else None
        candidates += [[launcher, "-{}.{}".format(*version)]] if launcher else []
    for candidate in candidates:  # a name on PATH may lead nowhere, or to a Python without its module venv
        probe = [*candidate, "-c", "import ensurepip, sys, venv; print(*sys.version_info[:2], sys.executable)"]
        try:
            done = subprocess.run(probe, env=environment(candidate[0]), capture_output=True, text=True)
        except OSError:
            continue
        major, minor, path = (done.stdout.strip().split(" ", 2) + ["", "", ""])[:3]
        if done.returncode == 0 and (int(major), int(minor)) in versions:
            return path, (int(major), int(minor))
    return None


def environment(python):
    """The variables of a child: ours, without the traces of another Python or virtual environment."""
    foreign = ["VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "__PYVENV_LAUNCHER__"]
    env = {"TF_CPP_MIN_LOG_LEVEL": "3", **{name: value for name, value in os.environ.items() if name not in foreign}}
    path = str(Path(python).parent) + os.pathsep + env.get("PATH", "")
    return {**env, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", "PATH": path}


def call(*command):
    """Echo a command, run it in ROOT, return its exit code."""
    words = [str(word) for word in command]
    print("\n$ " + subprocess.list2cmdline(["python", *words[1:]]), flush=True)
    child = subprocess.Popen(words, cwd=str(ROOT), env=environment(words[0]))
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


class Environment:
    """A folder of packages that belongs to run.py, which makes, repairs or replaces it when needed.

    Args:
        folder: str. Its name in ROOT.
        requirements: str. The file that says what is installed.
        python, version: path and `(major, minor)` of the Python that it is made from.
        extra: list of further requirements.
    """

    def __init__(self, folder, requirements, python, version, extra=()):
        self.folder, self.lock = ROOT / folder, ROOT / (folder + ".lock")
        self.python = self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        self.stamp = self.folder / "run-stamp.txt"  # line 1: whose environment this is; line 2: a hash of its contents
        self.requirements, self.extra = requirements, list(extra)
        self.base, self.version = python, version

    def works(self):
        """Does its Python start, and is it the version it should be?"""
        probe = [str(self.python), "-c", f"import sys; sys.exit(sys.version_info[:2] != {self.version})"]
        try:
            return subprocess.run(probe, env=environment(self.python), stderr=subprocess.DEVNULL).returncode == 0
        except OSError:
            return False

    def stamped(self):
        return self.stamp.read_text(encoding="utf-8").splitlines() if self.stamp.is_file() else []

    def wanted(self):
        """The two lines of a good stamp."""
        owner = "Python {}.{} in {}".format(*self.version, ROOT)
        files = b"".join((ROOT / name).read_bytes() for name in (self.requirements, "pyproject.toml"))
        return [owner, hashlib.sha256(files + repr(self.extra).encode()).hexdigest()]

    @contextlib.contextmanager
    def only_one(self):
        """One run.py installs at a time. The system drops the lock with its process, so it is never stale."""
        with open(self.lock, "a") as file:
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

    def prepare(self):
        """Make it what its requirements and pyproject.toml ask for; do nothing where it is that already."""
        if self.stamped() == self.wanted() and self.works():
            return
        with self.only_one():
            owner, contents = self.wanted()
            works = self.works()
            if self.stamped() == [owner, contents] and works:  # the other one did it while we waited
                return
            if self.stamped()[:1] != [owner] or not works:  # none, interrupted, moved, another Python, broken
                ours = self.base == base_python()  # another one was asked by find_python
                missing = [name for name in ("venv", "ensurepip") if ours and importlib.util.find_spec(name) is None]
                if missing or call(self.base, *MAKE_VENV, self.folder) != 0:
                    sys.exit(f"\nCould not make {self.folder}\nNeeded: Python's modules venv and ensurepip (missing "
                             f"here: {', '.join(missing) or 'none'}), and no program that still uses the old "
                             f"{self.folder.name}.\nOn Debian or Ubuntu: sudo apt install python3-venv")
            self.stamp.unlink(missing_ok=True)  # an install that is cut off leaves no stamp, and is redone from scratch
            print("\nInstalling the requirements: minutes the first time.", flush=True)
            code = call(self.python, *PIP_INSTALL, "-r", self.requirements, *self.extra) or call(
                self.python, *PIP_INSTALL, "--no-deps", "--no-build-isolation", "--editable", ".")
            self.stamp.write_text(owner + "\n" + ("" if code else contents), encoding="utf-8")
            if code:
                sys.exit("\npip could not install the requirements; its reason is above. Needed: a network connection "
                         "(behind a proxy, set HTTPS_PROXY),\n3 GB of disk, a 64-bit Python. "
                         "Then run the same command again: what was downloaded is kept.")


def main_stack():
    """The environment of the course."""
    return Environment(".venv", "requirements.txt", base_python(), sys.version_info[:2], CUDA)


def lecture_stack():
    """The environment of the lecture's TensorFlow and tensorflow-addons, or None where no Python is old enough."""
    found = find_python(TFA_VERSIONS)
    return Environment(".venv-tfa", "requirements-tfa.txt", *found) if found else None


def run_steps(stack, steps):
    """Run every step, also after a failure; returns exit codes and lines of a summary."""
    codes, lines = [], []
    for name, step in steps.items():
        start = time.monotonic()
        codes.append(call(stack.python, "-m", *step))
        lines.append(f"  {'FAILED' if codes[-1] else 'passed'}  {name:16}{time.monotonic() - start:6.0f} s")
    return codes, lines


def test(arguments):
    """Both stacks, one after the other; the summary comes last."""
    codes, lines = run_steps(main_stack(), {
        "ruff": ["ruff", "check", "."],
        "unit tests": ["pytest", "tests", "-n", "auto", *FILE_BY_FILE, *arguments],
        "lessons": ["pytest", "--nbval", "notebooks", "-n", "auto", "--dist", "loadscope"],
    })
    more_codes, more_lines = test_lecture_stack()
    print("\nSummary", *lines, *more_lines, sep="\n")
    return next(filter(None, [*codes, *more_codes]), 0)


def test_lecture_stack():
    """Exit codes and lines of a summary."""
    stack = lecture_stack()
    if stack is None:
        return [], ["  skipped  the lecture's stack: no Python 3.10 or 3.11 found"]
    try:
        stack.prepare()
    except SystemExit as problem:
        print(problem, file=sys.stderr)
        return [1], ["  FAILED  install for tfa"]
    return run_steps(stack, {
        "unit tests, tfa": ["pytest", "tests"],
        "lesson, tfa": ["pytest", "--nbval", "notebooks"],
    })


def tfa(arguments):
    """What `tfa` is asked to do on the lecture's stack."""
    stack = lecture_stack()
    if stack is None:
        sys.exit("Needed: Python 3.10 or 3.11 beside this one. TensorFlow 2.15 and tensorflow-addons, which ended in "
                 "2024, were made for\nno later one. 3.11 is at python.org/downloads; what it installs is found by "
                 "itself.")
    stack.prepare()
    job, *rest = arguments or ["lab"]
    if job == "--test":
        codes, lines = test_lecture_stack()
        print("\nSummary", *lines, sep="\n")
        return next(filter(None, codes), 0)
    if job == "--build":
        return call(stack.python, "notebooks/build.py", "--folder", "notebooks/tfa", *rest)
    if job == "--run":
        language = rest[0] if rest else "en"
        return call(stack.python, "-m", "jupyter", "nbconvert", "--execute", "--to", "html", "--output-dir",
                    "results/local", "--output", f"tfa_{language}", TFA_NOTEBOOK.format(language))
    return call(stack.python, "-m", "jupyterlab", TFA_NOTEBOOK.format("en"), *arguments)


def main(arguments):
    word, *rest = arguments or ["help"]
    if word in ("help", "-h", "--help"):
        print(__doc__)
        return 0
    if word not in COMMANDS:
        print(f"{__doc__}\nNeeded: one of {', '.join(COMMANDS)}. Got: {word}", file=sys.stderr)
        return 2
    try:
        if word == "tfa":
            return tfa(rest)
        problem = python_problem(sys.version_info)
        if problem:
            sys.exit(problem)
        stack = main_stack()
        stack.prepare()
        if word == "test":
            return test(rest)
        if word == "lab":
            return call(stack.python, "-m", "jupyterlab", "notebooks", *rest)
        return call(stack.python, SCRIPTS[word], *rest)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a Korean path in a Windows log file must not stop us
            stream.reconfigure(errors="replace")
    sys.exit(main(sys.argv[1:]))
