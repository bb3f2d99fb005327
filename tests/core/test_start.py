"""Before Keras: a backend that is there, a TensorFlow that is quiet but for errors, and the first cell of a lesson."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from vit_keras import start

ROOT = Path(__file__).resolve().parents[2]
LESSON = (ROOT / "notebooks/src/01_patches_and_embeddings.py").read_text(encoding="utf-8")
CELL = re.search(r"# %%\n(import zipfile.*?)\n\n# %%", LESSON, re.DOTALL)[1]


@pytest.fixture
def before_keras(monkeypatch):
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.delenv("KERAS_BACKEND", raising=False)


@pytest.mark.parametrize("there, chosen", [(("tensorflow", "jax"), "tensorflow"), (("torch", "jax"), "jax"),
                                           (("torch",), "torch"), ((), None)])
def test_the_first_backend_that_is_installed_is_taken(before_keras, monkeypatch, there, chosen):
    monkeypatch.setattr(start, "installed", there.__contains__)
    start.choose_backend()
    assert os.environ.get("KERAS_BACKEND") == chosen


@pytest.mark.parametrize("name, message", [
    ("torch", "KERAS_BACKEND=torch needs PyTorch, which is not installed: .* -m pip install torch"),
    ("tensorflw", "KERAS_BACKEND must be one of tensorflow, jax, torch, .*: got tensorflw"),
])
def test_a_backend_that_is_not_there_is_named(before_keras, monkeypatch, name, message):
    monkeypatch.setattr(start, "installed", {"tensorflow"}.__contains__)
    monkeypatch.setenv("KERAS_BACKEND", name)
    with pytest.raises(ImportError, match=message):
        start.choose_backend()


# ---- Quiet ----

NOISE = """WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1796058650.592249   17808 port.cc:153] oneDNN custom operations are on.
E0000 00:00:1796058650.592249   17808 cuda_dnn.cc:8310] Unable to register cuDNN factory
2026-11-30 13:05:01.123456: I tensorflow/core/util/port.cc:153] oneDNN custom operations are on.
To enable the following instructions: AVX2 FMA, rebuild TensorFlow
"""
LOUD = f"import os\nos.write(2, {NOISE.encode()!r} + b'something is wrong\\n')\n"
IMPORT = "import sys; sys.path.insert(0, {start!r}); import start; start.quieten(); import tensorflow"


def importing(tmp_path, tensorflow):
    """stdout and stderr of a process that imports this file as TensorFlow."""
    (tmp_path / "tensorflow.py").write_text(tensorflow)
    words = [sys.executable, "-c", IMPORT.format(start=str(ROOT / "vit_keras"))]
    return subprocess.run(words, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True)


def test_notes_are_held_back_and_all_else_comes_through(tmp_path):
    done = importing(tmp_path, LOUD + "import sys; print('a warning', file=sys.stderr)")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines() == ["something is wrong", "a warning"]


def test_where_the_import_fails_everything_is_shown(tmp_path):
    done = importing(tmp_path, LOUD + "raise ImportError('no DLL')")
    assert done.returncode == 1
    assert NOISE in done.stderr and done.stderr.rstrip().endswith("ImportError: no DLL")


def test_a_backend_is_imported_without_a_word():
    words = [sys.executable, "-c", "import vit_keras, keras; print(keras.ops.sum(keras.ops.ones(2)))"]
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0 and done.stderr == "", done.stderr


# ---- The first cell ----

def test_it_is_the_same_in_every_lesson():
    sources = [path for path in (ROOT / "notebooks").rglob("*.py") if "src" in path.parts]
    without = [path.relative_to(ROOT).as_posix() for path in sources if CELL not in path.read_text(encoding="utf-8")]
    assert without == ["notebooks/tfa/src/ViT_with_tensorflow_addons.py"]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty folder to work in, and no course that is installed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path and Path(path).resolve() != ROOT])
    monkeypatch.setattr("importlib.util.find_spec", lambda name, real=start.importlib.util.find_spec:
                        None if name == "vit_keras" else real(name))
    for name in [name for name in sys.modules if name.split(".")[0] == "vit_keras"]:
        monkeypatch.delitem(sys.modules, name)
    return tmp_path


def run_cell():
    names = {}
    exec(CELL, names)
    return names


def course(folder):
    """The least that the cell takes for the course."""
    module = folder / "vit_keras"
    module.mkdir(parents=True)
    for name in ("__init__.py", "start.py"):
        (module / name).write_bytes((ROOT / "vit_keras" / name).read_bytes())
    return folder


def test_the_first_cell_is_short():
    lines = [line for line in CELL.splitlines() if line]
    assert len(lines) <= 12 and max(map(len, lines)) <= 100


@pytest.mark.parametrize("where", [".", "course", "course/course-main"])
def test_the_course_is_found_here_and_two_levels_below(place, where):
    folder = course(place / where if where != "." else place)
    run_cell()
    assert sys.path[0] == str(folder.resolve())


def test_the_course_is_found_around(place, monkeypatch):
    course(place)
    (place / "notebooks/tfa/en/solutions").mkdir(parents=True)
    monkeypatch.chdir(place / "notebooks/tfa/en/solutions")
    run_cell()
    assert sys.path[0] == str(place.resolve())


@pytest.mark.parametrize("inside", ["course-main/", ""])
def test_a_zip_is_unpacked(place, inside, capsys):
    with zipfile.ZipFile(place / "course (1).zip", "w") as archive:
        for name in ("__init__.py", "start.py"):
            archive.write(ROOT / "vit_keras" / name, f"{inside}vit_keras/{name}")
    (place / "other.zip").write_text("no zip")
    run_cell()
    assert sys.path[0] == str((place / (inside or "course (1)")).resolve()) and "unpacked" in capsys.readouterr().out


def test_without_a_course_it_says_where_it_looked(place):
    with pytest.raises(ModuleNotFoundError, match=re.escape(f"No course in or near {place}")):
        run_cell()


@pytest.mark.parametrize("first", [None, "from . import vit  # another project's"])
def test_a_damaged_module_is_called_so(place, first):
    file = course(place) / "vit_keras/__init__.py"
    file.unlink() if first is None else file.write_text(first)
    with pytest.raises(ImportError, match="(?s)is damaged: .*pip uninstall -y vit-keras"):
        run_cell()


def test_packages_that_are_missing_are_named(place, monkeypatch):
    monkeypatch.setitem(start.NEEDED, "einops", "einops")
    course(place)
    text = (place / "vit_keras/start.py").read_text(encoding="utf-8")
    (place / "vit_keras/start.py").write_text(text.replace('"einops": "einops"', '"no_such": "such-a-package"'))
    with pytest.raises(ModuleNotFoundError, match="(?s)needs such-a-package.*pip install such-a-package"):
        run_cell()
