"""run.py without its long part: these tests make real environments, but leave pip and what it installs out.

`copy` is a folder with spaces and Korean letters in its name that holds run.py and the files it reads.
"""

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

RUN_PY = Path(__file__).parents[2] / "run.py"
PROBE = """
import json, os, sys
if os.environ.get("ONLY_CHECK"):
    sys.exit(2 if "--wrong" in sys.argv else 0)
print(json.dumps({"arguments": sys.argv[1:], "prefix": sys.prefix, "folder": os.getcwd(), "env": dict(os.environ)}))
sys.exit(7)
"""


def load(path):
    """run.py as a module, with an environment that is made in a second and a pip that does nothing."""
    spec = importlib.util.spec_from_file_location("run", path)
    run = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(run)
    run.MAKE_VENV = [*run.MAKE_VENV, "--without-pip"]
    run.PIP_INSTALL = ["-c", "pass"]
    return run


DRIVER = """
import sys
sys.path.insert(0, sys.argv[1])
import test_run
sys.exit(test_run.load(sys.argv[2]).main(sys.argv[3:]))
"""


def driver(copy, *arguments):
    """The command line of `python run.py arguments` with the pip that does nothing."""
    return [sys.executable, "-c", DRIVER, str(Path(__file__).parent), str(copy / "run.py"), *arguments]


@pytest.fixture
def copy(tmp_path):
    folder = tmp_path / "비전 트랜스포머 course"
    (folder / "benchmarks").mkdir(parents=True)
    shutil.copy(RUN_PY, folder)
    for name in ("requirements.txt", "requirements-site.txt", "requirements-tfa.txt", "pyproject.toml"):
        (folder / name).write_text("")
    (folder / "benchmarks/train.py").write_text(PROBE)
    return folder


@pytest.fixture
def run(copy):
    return load(copy / "run.py")


@pytest.fixture
def pretend(run, monkeypatch):
    """No processes: calls are noted, an environment is a stamp file, and `pretend.code` is what each call returns."""

    class Pretend:
        def __init__(self):
            self.calls, self.code, self.works = [], 0, True

        def call(self, *command, errors=None):
            words = [str(word) for word in command]
            self.calls.append(words)
            if "venv" in words:
                shutil.rmtree(words[-1], ignore_errors=True)
                Path(words[-1]).mkdir()
                return 0
            if isinstance(self.code, BaseException):
                raise self.code
            return self.code

        def steps(self):
            """What was done since the last look: `venv` for a fresh environment, `pip` for an install."""
            done = ["venv" if "venv" in words else "pip" for words in self.calls]
            self.calls.clear()
            return done

    pretend = Pretend()
    monkeypatch.setattr(run, "call", pretend.call)
    monkeypatch.setattr(run.Environment, "works", lambda stack: pretend.works)
    return pretend


@pytest.fixture
def stack(run):
    return run.main_stack()


@pytest.mark.parametrize("user, words", [(0, ["notebooks", "--allow-root"]), (1000, ["notebooks"])])
def test_root_may_open_the_lab_too(run, pretend, monkeypatch, user, words):
    monkeypatch.setattr(run.Environment, "prepare", lambda stack: None)
    monkeypatch.setattr(run.os, "geteuid", lambda: user, raising=False)
    assert run.main(["lab"]) == 0
    assert pretend.calls[-1][1:] == ["-m", "jupyterlab", *words]


# What is installed when


def test_it_installs_once(stack, pretend):
    stack.prepare()
    assert pretend.steps() == ["venv", "pip", "pip"]  # the requirements, then vit_keras itself
    stack.prepare()
    assert pretend.steps() == []


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
def test_a_changed_requirement_is_installed_into_the_same_environment(stack, pretend, copy, name):
    stack.prepare()
    pretend.steps()
    (copy / name).write_text("# new\n")
    stack.prepare()
    assert pretend.steps() == ["pip", "pip"]


def test_an_interrupted_install_is_redone_from_scratch(stack, pretend):
    pretend.code = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        stack.prepare()
    assert pretend.steps() == ["venv", "pip"]
    pretend.code = 0
    stack.prepare()
    assert pretend.steps() == ["venv", "pip", "pip"]


def test_without_a_network_it_says_so_and_keeps_the_environment(stack, pretend):
    pretend.code = 1
    with pytest.raises(SystemExit, match="(?s)pip could not install.*network"):
        stack.prepare()
    assert pretend.steps() == ["venv", "pip"]
    pretend.code = 0
    stack.prepare()
    assert pretend.steps() == ["pip", "pip"]


def test_a_broken_environment_is_made_anew(stack, pretend):
    stack.prepare()
    pretend.steps()
    pretend.works = False
    stack.prepare()
    assert pretend.steps() == ["venv", "pip", "pip"]


def test_a_moved_course_keeps_its_packages(stack, pretend, copy):
    stack.prepare()
    pretend.steps()
    (stack.folder / "three gigabytes").write_text("kept")
    owner, contents = stack.wanted()
    stack.stamp.write_text(f"{owner}/elsewhere\n{contents}\n", encoding="utf-8")
    pretend.code = 1  # without a network even the small step may fail: nothing is lost
    with pytest.raises(SystemExit, match="pip could not install"):
        stack.prepare()
    pretend.code = 0
    stack.prepare()
    assert pretend.steps() == ["pip", "pip"] and (stack.folder / "three gigabytes").is_file()
    assert stack.stamped() == stack.wanted()


@pytest.mark.parametrize("stopped", [1, KeyboardInterrupt()])
def test_another_python_gets_a_new_environment_and_the_old_one_goes_last(stack, pretend, copy, stopped):
    stack.prepare()
    (stack.folder / "three gigabytes").write_text("kept")
    theirs = f"Python 3.9 in {copy}\n{stack.wanted()[1]}\n"
    stack.stamp.write_text(theirs, encoding="utf-8")
    pretend.steps()
    pretend.code = stopped
    with pytest.raises((SystemExit, KeyboardInterrupt)):
        stack.prepare()
    assert pretend.steps() == ["venv", "pip"]
    assert (stack.folder / "three gigabytes").is_file() and stack.stamp.read_text(encoding="utf-8") == theirs
    stack.folder.rename(stack.old)  # as after a power failure in the middle
    stack.folder.mkdir()
    pretend.code = 0
    stack.prepare()
    assert pretend.steps() == ["venv", "pip", "pip"] and not stack.old.exists()
    assert not (stack.folder / "three gigabytes").exists() and stack.stamped() == stack.wanted()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="whoever may write everywhere is not refused")
def test_a_read_only_folder_is_named(stack, copy):
    copy.chmod(0o555)
    with pytest.raises(SystemExit, match="This folder cannot be written .Permission denied.: copy the course"):
        stack.prepare()


def test_debian_without_venv_is_told_what_to_install(run, stack, pretend, monkeypatch):
    monkeypatch.setattr(run.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="(?s)ensurepip.*apt install python3-venv"):
        stack.prepare()
    assert pretend.steps() == []


@pytest.mark.parametrize("version", [(3, 9, 18), (3, 14, 0), (2, 7, 18)])
def test_an_unsupported_python_is_told_what_is_needed_and_what_came(run, version):
    problem = run.python_problem(version)
    assert problem.startswith("Needed: Python 3.10 to 3.13.")
    assert f"This is Python {version[0]}.{version[1]}." in problem


@pytest.mark.parametrize("minor", [10, 11, 12, 13])
def test_supported_pythons_are_no_problem(run, minor):
    assert run.python_problem((3, minor, 0)) is None


# The lock


def test_a_second_run_waits_until_the_first_has_installed(stack, pretend, capsys):
    second = threading.Thread(target=stack.prepare)
    with stack.only_one():
        second.start()
        time.sleep(0.2)
        assert pretend.steps() == []
    second.join(10)
    assert pretend.steps() == ["venv", "pip", "pip"]
    assert "waiting" in capsys.readouterr().out


def test_the_lock_of_a_dead_process_is_free(stack, copy, capsys):
    holder = (f"import sys, os; sys.path[:0] = [{str(copy)!r}]; import run; "
              "run.main_stack().only_one().__enter__(); os._exit(9)")
    assert subprocess.run([sys.executable, "-c", holder]).returncode == 9
    assert stack.lock.exists()
    with stack.only_one():
        assert "waiting" not in capsys.readouterr().out


# The words


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["help"]])
def test_without_a_word_it_prints_the_manual_and_sets_nothing_up(run, pretend, capsys, arguments):
    assert run.main(arguments) == 0
    text = capsys.readouterr().out
    for word in [*run.COMMANDS, "VIT_KERAS_DATA", "VIT_KERAS_PROFILE", "KERAS_BACKEND"]:
        assert word in text
    assert pretend.steps() == []


@pytest.mark.parametrize("arguments, variables, message", [
    (["trian"], {}, "There is no command trian. Did you mean train?"),
    (["xyz"], {}, "There is no command xyz.\nCommands: lab, test, train"),
    (["lab"], {"KERAS_BACKEND": "tensorflw"}, "got tensorflw. Did you mean tensorflow?"),
    (["test"], {"VIT_KERAS_PROFILE": "smok"}, "VIT_KERAS_PROFILE must be one of smoke, laptop, gpu: got smok."),
    (["train", "--wrong"], {}, ""),  # the script says it itself
])
def test_a_wrong_word_is_said_in_three_lines_before_anything_is_set_up(run, pretend, capsys, monkeypatch, arguments,
                                                                      variables, message):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert run.main(arguments) == 2
    printed = capsys.readouterr().err
    assert message in printed and len(printed.splitlines()) <= 3
    assert pretend.steps() == []


@pytest.fixture
def steps(run, monkeypatch):
    """Nothing is installed; `steps.codes` are what the steps return, `steps.seen` what was called."""

    class Steps:
        codes, seen = iter(()), []

    Steps.seen = []
    monkeypatch.setattr(run.Environment, "prepare", lambda stack: None)
    monkeypatch.setattr(run, "call", lambda *words: Steps.seen.append(words[1:]) or next(Steps.codes))
    return Steps


COURSE = [
    ("-m", "ruff", "check", "."),
    ("-m", "pytest", "tests", "-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder", "-k", "attention"),
    ("-m", "pytest", "--nbval", "notebooks", "-n", "auto", "--dist", "loadscope"),
]
SITE = [("-m", "pytest", "tests/site", "--confcutdir", "tests/site")]
OTHERS = [*SITE, ("-m", "pytest", "tests"), ("-m", "pytest", "--nbval", "notebooks")]


@pytest.mark.parametrize("codes, others, code", [([0, 3, 0], 0, 3), ([0, 0, 0], 4, 4), ([0, 0, 0], 0, 0)])
def test_test_runs_every_step_and_the_other_environments_beside(run, steps, capfd, monkeypatch, codes, others, code):
    monkeypatch.setattr(run, "start_others", lambda printed: subprocess.Popen(
        [sys.executable, "-c", f"print('the others say'); raise SystemExit({others})"], stdout=printed))
    steps.codes = iter(codes)
    assert run.main(["test", "-k", "attention"]) == code
    assert steps.seen == COURSE
    printed = capfd.readouterr().out.splitlines()
    assert [line.split()[0] for line in printed[-4:]] == ["FAILED" if each else "passed" for each in (*codes, others)]
    assert printed.index("the others say") < printed.index("Summary")


def test_the_other_environments_are_tested_by_a_command_of_their_own(run, steps, capsys, monkeypatch):
    monkeypatch.setattr(run, "find_python", lambda versions: ("old python", (3, 11)))
    steps.codes = iter([0, 0, 4])
    assert run.main(["test", "--others"]) == 4
    assert steps.seen == OTHERS
    summary = capsys.readouterr().out.splitlines()[-3:]
    assert [line.split()[:2] for line in summary] == [["passed", "site"], ["passed", "unit"], ["FAILED", "lesson,"]]
    monkeypatch.setattr(run.subprocess, "Popen", lambda words, **more: words)
    assert run.start_others(None)[1:] == [str(run.ROOT / "run.py"), "test", "--others"]


def test_ctrl_c_ends_all(run, steps, monkeypatch):
    sleeping = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    monkeypatch.setattr(run, "start_others", lambda printed: sleeping)

    def interrupted(*words):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "call", interrupted)
    assert run.main(["test"]) == 130
    assert sleeping.wait(10) != 0


def test_without_an_old_python_the_lecture_s_stack_is_skipped_and_said_so(run, steps, capsys, monkeypatch):
    monkeypatch.setattr(run, "find_python", lambda versions: None)
    steps.codes = iter([0])
    assert run.main(["test", "--others"]) == 0
    assert steps.seen == SITE
    assert "  skipped  the lecture's stack: no Python 3.10 or 3.11 found" in capsys.readouterr().out.splitlines()
    with pytest.raises(SystemExit, match="Needed: Python 3.10 or 3.11 beside this one"):
        run.main(["tfa"])


def test_another_environment_that_cannot_be_installed_fails_and_the_rest_is_reported(run, pretend, capsys, monkeypatch):
    monkeypatch.setattr(run, "find_python", lambda versions: ("old python", (3, 11)))
    monkeypatch.setattr(run, "PIP_INSTALL", ["pip"])
    monkeypatch.setattr(run, "call", lambda *words, **more: pretend.call(*words) or int("pip" in words))
    assert run.main(["test", "--others"]) == 1
    printed = capsys.readouterr()
    assert printed.out.splitlines()[-2:] == ["  FAILED  install for site", "  FAILED  install for tfa"]
    assert "pip could not install" in printed.err


@pytest.mark.parametrize("arguments, expected", [
    ([], ["jupyterlab", "notebooks/tfa/en/ViT_with_tensorflow_addons.ipynb"]),
    (["--port", "9000"], ["jupyterlab", "notebooks/tfa/en/ViT_with_tensorflow_addons.ipynb", "--port", "9000"]),
    (["--run"], ["nbconvert", "--execute", "tfa_en", "notebooks/tfa/en/ViT_with_tensorflow_addons.ipynb"]),
    (["--run", "ko"], ["tfa_ko", "notebooks/tfa/ko/ViT_with_tensorflow_addons.ipynb"]),
    (["--build", "--check"], ["notebooks/build.py", "--folder", "notebooks/tfa", "--check"]),
])
def test_tfa_does_its_job_in_an_environment_apart(run, steps, monkeypatch, arguments, expected):
    monkeypatch.setattr(run, "find_python", lambda versions: ("old python", (3, 11)))
    steps.codes = iter([5])
    assert run.main(["tfa", *arguments]) == 5
    (words,) = steps.seen
    assert [word for word in words if word in expected] == expected
    assert run.lecture_stack().python.relative_to(run.ROOT).parts[0] == ".venv-tfa"


def test_the_site_is_built_in_an_environment_apart(run, steps, monkeypatch):
    monkeypatch.setattr(run, "check", lambda script, arguments: 0)
    steps.codes = iter([1])
    assert run.main(["site", "--serve"]) == 1
    assert steps.seen == [("notebooks/site/build_site.py", "--serve")]
    assert run.site_stack().folder.name == ".venv-site"


def test_every_environment_is_made_beside_the_others(run, pretend, copy, monkeypatch):
    monkeypatch.setattr(run, "find_python", lambda versions: ("old python", (3, 11)))
    for stack in (run.main_stack(), run.site_stack(), run.lecture_stack()):
        stack.prepare()
    made = [words for words in pretend.calls if "venv" in words]
    assert [Path(words[-1]).name for words in made] == [".venv", ".venv-site", ".venv-tfa"]
    assert made[2][0] == "old python"
    assert [words[words.index("-r") + 1] for words in pretend.calls if "-r" in words] == [
        "requirements.txt", "requirements-site.txt", "requirements-tfa.txt"]
    (copy / "requirements-tfa.txt").write_text("# new\n")
    pretend.calls.clear()
    run.main_stack().prepare()
    assert pretend.calls == []
    run.lecture_stack().prepare()
    assert pretend.steps() == ["pip", "pip"]


# Which Python


def fake_python(folder, name, answer, code=0):
    """A program on PATH that answers the probe."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\necho {answer}\nexit {code}\n")
    (folder / name).chmod(0o755)
    return folder


@pytest.mark.skipif(os.name == "nt", reason="shell scripts stand in for Pythons")
def test_the_first_python_on_the_path_that_answers_is_taken(run, tmp_path, monkeypatch):
    monkeypatch.setattr(run.sys, "version_info", (3, 13, 0))
    folders = [
        fake_python(tmp_path / "shims", "python3.11", "not found", code=127),  # of a version manager
        fake_python(tmp_path / "one", "python3.11", "3 12 /one/python3.12"),  # another than its name says
        fake_python(tmp_path / "two", "python3.11", "3 11 /a folder/python3.11"),
        fake_python(tmp_path / "two", "python3.10", "3 10 /two/python3.10"),
    ]
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, folders)))
    assert run.find_python([(3, 11), (3, 10)]) == ("/a folder/python3.11", (3, 11))
    assert run.find_python([(3, 10)]) == ("/two/python3.10", (3, 10))
    monkeypatch.setenv("PATH", str(tmp_path / "shims"))
    assert run.find_python([(3, 11), (3, 10)]) is None


def test_the_python_that_runs_this_is_taken_where_it_fits(run):
    path, version = run.find_python([sys.version_info[:2]])
    assert version == sys.version_info[:2] and Path(path).exists()


# The whole way, in a process of its own


def test_train_runs_the_script_in_our_own_environment(copy, tmp_path):
    foreign = {"VIRTUAL_ENV": "elsewhere", "PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(driver(copy, "train", "--minutes", "10", "두 단어"), cwd=tmp_path, capture_output=True,
                          env={**os.environ, **foreign, "VIT_KERAS_PROFILE": "smoke", "PYTHONIOENCODING": "utf-8"})
    assert done.returncode == 7, done.stderr.decode(errors="replace")  # the script's own exit code
    seen = json.loads(done.stdout.decode().splitlines()[-1])
    assert seen["arguments"] == ["--minutes", "10", "두 단어"]
    assert Path(seen["prefix"]).resolve() == (copy / ".venv").resolve()
    assert Path(seen["folder"]).resolve() == copy.resolve()
    assert seen["env"]["PYTHONUTF8"] == "1"
    assert seen["env"]["VIT_KERAS_PROFILE"] == "smoke"
    assert not set(foreign) & set(seen["env"])


def test_an_environment_whose_python_is_gone_does_not_work(run, stack):
    assert not stack.works()
    assert run.call(run.base_python(), *run.MAKE_VENV, stack.folder) == 0
    assert stack.works()
    stack.python.unlink()
    assert not stack.works()


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent to a process group")
def test_ctrl_c_ends_with_130_and_no_traceback(copy):
    (copy / "benchmarks/train.py").write_text(
        "import sys, time\n"
        "try:\n    print('training'); time.sleep(60)\n"
        "except KeyboardInterrupt:\n    print('saved'); sys.exit(1)\n")
    process = subprocess.Popen(driver(copy, "train"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True)
    for line in process.stdout:
        if line == b"training\n":
            break
    os.killpg(process.pid, signal.SIGINT)
    rest = process.communicate(timeout=20)[0].decode()
    assert process.returncode == 130
    assert "saved" in rest and "Stopped." in rest and "Traceback" not in rest
