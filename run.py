"""Vision Transformers in Keras: one command sets everything up and does the job.

    python3 run.py COMMAND [arguments]            on Windows: py run.py COMMAND [arguments]

Commands
    lab         open the lessons in JupyterLab in your browser; Ctrl-C ends it
    train       train a model and record the run (benchmarks/train.py): train --minutes 10
    test        ruff, the unit tests, then every lesson in its smoke profile, on all cores; then the pages of
                site, and the same for the lecture's stack; arguments go to the unit tests: test -k attention
    notebooks   build the English and Korean lessons from notebooks/src (notebooks/build.py)
    speed       measure throughput and memory on this machine (benchmarks/speed/compare.py)
    site        the course as web pages, in the folder site/ (notebooks/site/build_site.py); --serve shows them
    publish     write the course's address into every lesson and page, with "Open in Colab" badges
                where it is on GitHub: publish https://github.com/NAME/COURSE
    tfa         the lecture's own stack, TensorFlow 2 with tensorflow-addons, set up apart: opens its
                notebook; tfa --run executes it into a page, results/local/tfa_en.html (ko: --run ko);
                tfa --build builds it (notebooks/build.py); tfa --test runs its tests

    Arguments go on to the script; `python3 run.py train --help` lists them. Paths start in this folder.

How long
    The first command installs TensorFlow, Keras, JAX and Jupyter: minutes, mostly the download. Later
    ones start at once. A lesson takes at most about ten minutes on a laptop, and says so before.

Where things go
    .venv       the packages, 3 GB; it belongs to run.py, which repairs it, or makes a new one and
                then deletes the old one, when needed
    .venv-tfa   those of the lecture's stack, 2 GB
    .venv-site  those that make web pages, 250 MB
    data/       data sets, downloaded once
    results/    recorded runs

Environment variables
    VIT_KERAS_DATA      the folder or archive of your data; what it names is used, and nothing else
    VIT_KERAS_WEIGHTS   a folder that holds deit_tiny_patch16_224.safetensors already
    VIT_KERAS_PROFILE   smoke (seconds, drawn images), laptop (minutes) or gpu (the real recipe);
                        unset: gpu where Keras sees an accelerator, else laptop
    KERAS_BACKEND       tensorflow (as if unset), jax, or torch, which you install yourself

Needed: Python 3.10 to 3.13, 64 bit, and a network connection the first time. On Linux with an NVIDIA
driver, TensorFlow's CUDA libraries are installed as well. The lecture's stack needs Python 3.10 or 3.11,
this one or another on the machine: it was made for no later one.
"""

import contextlib
import difflib
import hashlib
import importlib.util
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
CUDA = ["tensorflow[and-cuda]"] if sys.platform == "linux" and shutil.which("nvidia-smi") else []
MAKE_VENV = ["-m", "venv", "--clear"]
# Two thirds of the modules are never imported: Python compiles the others when they are.
PIP_INSTALL = ["-m", "pip", "install", "--disable-pip-version-check", "--no-compile"]
SCRIPTS = {"train": "benchmarks/train.py", "notebooks": "notebooks/build.py", "speed": "benchmarks/speed/compare.py",
           "site": "notebooks/site/build_site.py", "publish": "notebooks/publish.py"}
CHECKED_FIRST = ("train", "site", "publish")  # these scripts can check their arguments before anything is installed
CHOICES = {  # what an environment variable may say
    "KERAS_BACKEND": ("tensorflow", "jax", "torch", "numpy", "openvino"),
    "VIT_KERAS_PROFILE": ("smoke", "laptop", "gpu"),
}
FILE_BY_FILE = ["--dist", "loadfile", "--no-loadscope-reorder"]  # a file's tests share what they set up
COMMANDS = ["lab", "test", *SCRIPTS, "tfa"]
TFA_VERSIONS = [(3, 11), (3, 10)]  # newer: no TensorFlow 2.15; older: not enough for the module
TFA_NOTEBOOK = "notebooks/tfa/{}/ViT_with_tensorflow_addons.ipynb"


def python_problem(version):
    """What is wrong with this version of Python, or None."""
    if (3, 10) <= version[:2] <= (3, 13):
        return None
    other = find_python([(3, minor) for minor in (13, 12, 11, 10)])
    advice = f"This machine has another: {other[0]} run.py ..." if other else "3.13 is at python.org/downloads."
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
            done = subprocess.run(probe, env=environment(candidate[0]), stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, universal_newlines=True)  # noqa: UP021  Python 3.6
        except OSError:
            continue
        major, minor, path = (done.stdout.strip().split(" ", 2) + ["", "", ""])[:3]
        if done.returncode == 0 and (int(major), int(minor)) in versions:
            return path, (int(major), int(minor))
    return None


def environment(python):
    """The variables of a child: ours, without the traces of another Python or virtual environment."""
    foreign = ["VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "__PYVENV_LAUNCHER__",
               "PYTHONDONTWRITEBYTECODE"]  # else every process would compile TensorFlow anew: 5 s of its 10
    env = {name: value for name, value in os.environ.items() if name not in foreign}
    path = str(Path(python).parent) + os.pathsep + env.get("PATH", "")
    # PIP_USER: a virtual environment has no place for `user = true` of somebody's pip.conf.
    return {**env, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", "PIP_USER": "0", "PATH": path}


def call(*command, errors=None):
    """Echo a command, run it in ROOT, return its exit code; its stderr goes to the file `errors`, if any."""
    words = [str(word) for word in command]
    print("\n$ " + subprocess.list2cmdline(["python", *words[1:]]), flush=True)
    child = subprocess.Popen(words, cwd=str(ROOT), env=environment(words[0]), stderr=errors)
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
        self.old = ROOT / (folder + ".old")
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
        try:
            file = open(self.lock, "a")
        except OSError as error:
            sys.exit(f"This folder cannot be written ({error.strerror}): copy the course to one of your own.\n{ROOT}")
        with file:
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
            self.return_old()
            owner, contents = self.wanted()
            works, stamped = self.works(), self.stamped()
            if stamped == [owner, contents] and works:  # the other one did it while we waited
                return
            if works and stamped[1:] == [contents] and stamped[0].split(" in ")[0] == owner.split(" in ")[0]:
                self.move(owner, contents)
            elif works and stamped[:1] == [owner]:  # other requirements, or an install that pip gave up
                self.install_all(owner, contents)
            else:  # none, interrupted, another Python, broken
                self.make_anew(owner, contents)

    def make_anew(self, owner, contents):
        """Make it beside the old one, if any, which goes only when the new one is whole."""
        kept = bool(self.stamped())  # a half-made one is nothing to keep
        if kept:
            try:
                self.folder.rename(self.old)
            except OSError as error:
                sys.exit(f"\n{self.folder} cannot be replaced ({error.strerror}): end the programs that use it, "
                         "JupyterLab for example.")
        try:
            self.make()
            self.install_all(owner, contents)
        except BaseException:
            if kept:
                self.return_old()
            raise
        shutil.rmtree(str(self.old), ignore_errors=True)

    def return_old(self):
        """Put the old one back where making the new one was broken off."""
        if self.old.is_dir() and not (len(self.stamped()) == 2 and self.works()):
            shutil.rmtree(str(self.folder), ignore_errors=True)
            self.old.rename(self.folder)

    def make(self):
        """An empty environment."""
        ours = self.base == base_python()  # another one was asked by find_python
        missing = [name for name in ("venv", "ensurepip") if ours and importlib.util.find_spec(name) is None]
        with tempfile.TemporaryFile() as errors:  # after Ctrl-C its traceback is nobody's business
            code = 1 if missing else call(self.base, *MAKE_VENV, self.folder, errors=errors)
            if code:
                errors.seek(0)
                sys.exit(f"{errors.read().decode(errors='replace')}\nCould not make {self.folder}\nNeeded: Python's "
                         f"modules venv and ensurepip (missing here: {', '.join(missing) or 'none'}), and no program "
                         f"that still uses the old {self.folder.name}.\n"
                         "On Debian or Ubuntu: sudo apt install python3-venv")

    def install_all(self, owner, contents):
        """The requirements, then `vit_keras` itself."""
        print("\nInstalling the requirements: minutes the first time.", flush=True)
        if self.stamp.is_file():
            self.stamp.unlink()  # an install that is cut off leaves no stamp, and is redone from scratch
        code = call(self.python, *PIP_INSTALL, "-r", self.requirements, *self.extra) or self.install_course()
        self.stamp.write_text(owner + "\n" + ("" if code else contents), encoding="utf-8")
        self.stop_after(code)

    def move(self, owner, contents):
        """Only `vit_keras` itself lies elsewhere."""
        print("\nThe course has been moved: its packages stay.", flush=True)
        self.stop_after(self.install_course())
        self.stamp.write_text(owner + "\n" + contents, encoding="utf-8")

    def install_course(self):
        return call(self.python, *PIP_INSTALL, "--no-deps", "--no-build-isolation", "--editable", ".")

    def stop_after(self, code):
        if code:
            sys.exit("\npip could not install the requirements; its reason is above. Needed: a network connection "
                     "(behind a proxy, set HTTPS_PROXY),\n3 GB of disk, a 64-bit Python. "
                     "Then run the same command again: what was downloaded is kept.")


def main_stack():
    """The environment of the course."""
    return Environment(".venv", "requirements.txt", base_python(), sys.version_info[:2], CUDA)


def site_stack():
    """The environment that makes web pages."""
    return Environment(".venv-site", "requirements-site.txt", base_python(), sys.version_info[:2])


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
    """The course, and beside it the other environments; what they print is shown behind, and the summary comes last."""
    with tempfile.TemporaryFile() as printed:
        others = start_others(printed)
        try:
            codes, lines = run_steps(main_stack(), {
                "ruff": ["ruff", "check", "."],
                "unit tests": ["pytest", "tests", "-n", "auto", *FILE_BY_FILE, *arguments],
                "lessons": ["pytest", "--nbval", "notebooks", "-n", "auto", "--dist", "loadscope"],
            })
        except BaseException:
            others.terminate()
            raise
        codes.append(others.wait())
        printed.seek(0)
        print(printed.read().decode("utf-8", "replace"))
    lines.append(f"  {'FAILED' if codes[-1] else 'passed'}  the others: their own summary is above")
    print("\nSummary", *lines, sep="\n")
    return next(filter(None, codes), 0)


def start_others(output):
    """`run.py test --others` as a process of its own, which prints to a file."""
    return subprocess.Popen([sys.executable, str(ROOT / "run.py"), "test", "--others"], cwd=str(ROOT),
                            env=environment(sys.executable), stdout=output, stderr=subprocess.STDOUT)


def test_others():
    """The environment of the site and that of the lecture."""
    codes, lines = test_apart("site", site_stack(), {
        "site": ["pytest", "tests/site", "--confcutdir", "tests/site"],  # tests/conftest.py wants Keras
    })
    more_codes, more_lines = test_lecture_stack()
    print("\nSummary of the others", *lines, *more_lines, sep="\n")
    return next(filter(None, [*codes, *more_codes]), 0)


def test_lecture_stack():
    """Exit codes and lines of a summary."""
    stack = lecture_stack()
    if stack is None:
        return [], ["  skipped  the lecture's stack: no Python 3.10 or 3.11 found"]
    return test_apart("tfa", stack, {
        "unit tests, tfa": ["pytest", "tests"],
        "lesson, tfa": ["pytest", "--nbval", "notebooks"],
    })


def test_apart(name, stack, steps):
    """Install another environment and run its steps; returns exit codes and lines of a summary."""
    try:
        stack.prepare()
    except SystemExit as problem:
        print(problem, file=sys.stderr)
        return [1], [f"  FAILED  install for {name}"]
    return run_steps(stack, steps)


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
        return call(stack.python, "-m", "nbconvert", "--execute", "--to", "html", "--output-dir",
                    "results/local", "--output", f"tfa_{language}", TFA_NOTEBOOK.format(language))
    return call(stack.python, "-m", "jupyterlab", TFA_NOTEBOOK.format("en"), *arguments)


def wrong_word(word):
    """Three lines at most: what came, what it may have meant, what there is."""
    near = difflib.get_close_matches(word, COMMANDS, 1)
    meant = f" Did you mean {near[0]}?" if near else ""
    return f"There is no command {word}.{meant}\nCommands: {', '.join(COMMANDS)}. The manual: python3 run.py --help"


def wrong_variable():
    """What is wrong with an environment variable, or None."""
    for name, choices in CHOICES.items():
        value = os.environ.get(name, "").strip()
        if value and value.lower() not in choices:
            near = difflib.get_close_matches(value.lower(), choices, 1)
            return f"{name} must be one of {', '.join(choices)}: got {value}." + (
                f" Did you mean {near[0]}?" if near else "")
    return None


def check(script, arguments):
    """Let a script look at its arguments before anything is installed; returns its exit code, 0 if all is well."""
    words = [sys.executable, str(ROOT / script), *arguments]
    return subprocess.run(words, cwd=str(ROOT), env={**environment(sys.executable), "ONLY_CHECK": "1"}).returncode


def main(arguments):
    word, *rest = arguments or ["help"]
    if word in ("help", "-h", "--help"):
        print(__doc__)
        return 0
    problem = wrong_word(word) if word not in COMMANDS else wrong_variable()
    if problem:
        print(problem, file=sys.stderr)
        return 2
    try:
        if word == "tfa":
            return tfa(rest)
        if [word, *rest] == ["test", "--others"]:
            return test_others()
        problem = python_problem(sys.version_info)
        if problem:
            sys.exit(problem)
        if word in CHECKED_FIRST:
            code = check(SCRIPTS[word], rest)
            if code or {"-h", "--help"} & set(rest):
                return code
        stack = site_stack() if word == "site" else main_stack()
        stack.prepare()
        if word == "test":
            return test(rest)
        if word == "lab":
            as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # in a container
            return call(stack.python, "-m", "jupyterlab", "notebooks", *as_root, *rest)
        return call(stack.python, SCRIPTS[word], *rest)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a Korean path in a Windows log file must not stop us
            stream.reconfigure(errors="replace")
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # run.py --help | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)
