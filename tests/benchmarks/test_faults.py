"""A training that is stopped, started twice, or has no room left: what it says and keeps. See RELIABILITY.md."""

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "benchmarks"
EPOCHS = 30  # of a third of a second or less
posix = pytest.mark.skipif(os.name == "nt", reason="signals and limits of POSIX")


@pytest.fixture(scope="module")
def faults():
    """benchmarks/faults.py as a module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        spec = importlib.util.spec_from_file_location("faults_script", BENCHMARKS / "faults.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module


WRITER = """
import os, sys, types
from pathlib import Path
import numpy as np
sys.modules["vit_keras"] = package = types.ModuleType("vit_keras")
package.__path__ = [sys.argv[1]]
from vit_keras.backup import Backup


class Weights:
    numbers = np.zeros(50_000)

    def save_weights(self, path):
        with open(path, "wb", buffering=0) as file:
            for part in np.split(self.numbers, 50):
                file.write(part.tobytes())

    def load_weights(self, path):
        self.numbers = np.fromfile(path)


folder, weights = Path(sys.argv[2]), Weights()
backup = Backup(folder / "backup", {"run": "the same"})
backup.hold()
state = backup.read() or {"done": 0, "seconds": 0.0, "history": {"loss": []}}
if state["done"]:
    print("going on after step", state["done"], flush=True)
    backup.load_weights(weights)
while state["done"] < int(sys.argv[3]):
    weights.numbers = 0.9 * weights.numbers + state["done"] + np.arange(50_000)
    state["done"] += 1
    state["history"]["loss"].append(float(weights.numbers.mean()))
    print("epoch", state["done"], flush=True)
    backup.write(weights, state)
np.savez(folder / "part.npz", weights.numbers, loss=state["history"]["loss"])
os.replace(folder / "part.npz", folder / "final.npz")
backup.delete()
backup.release()
"""


@posix
def test_killed_twenty_times_while_it_does_nothing_but_keep_its_state(faults, tmp_path, monkeypatch):
    """Without Keras a start takes no time, so that many moments can be tried."""
    (tmp_path / "writer.py").write_text(WRITER)

    def start(folder, epochs, *more):
        words = [sys.executable, tmp_path / "writer.py", ROOT / "vit_keras", folder, str(epochs)]
        return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    monkeypatch.setattr(faults, "start", start)
    for name in ("peace", "war"):
        (tmp_path / name).mkdir()
    _, reference = faults.to_its_end(start(tmp_path / "peace", 400), tmp_path / "peace")
    final, moments = faults.killed(tmp_path / "war", 20, 400, 0.003, seed=0)
    assert len(moments) == 20 and sum(moment["in_a_write"] for moment in moments) >= 3
    assert faults.difference(reference, final) == {"weights": 0.0, "loss": 0.0}
    assert not any((tmp_path / "war/backup").iterdir())


@pytest.fixture(scope="module")
def in_peace(faults, tmp_path_factory):
    """A run that nobody disturbs: what it printed and its weights."""
    folder = tmp_path_factory.mktemp("peace")
    return faults.to_its_end(faults.start(folder, EPOCHS), folder)


@posix
def test_killed_twice_it_ends_with_the_same_weights(faults, in_peace, tmp_path):
    _, reference = in_peace
    final, moments = faults.killed(tmp_path, 2, EPOCHS, float(reference["seconds_an_epoch"]), seed=0)
    assert len(moments) == 2
    assert max(faults.difference(reference, final).values()) < 1e-5
    assert not any((tmp_path / "backup").iterdir())


@posix
def test_a_disk_that_is_full_for_some_epochs_changes_nothing_but_says_so(faults, in_peace, tmp_path):
    """No file may grow beyond 10,000 bytes for a while: the room is missed before HDF5 begins."""
    said, final = faults.to_its_end(faults.start(tmp_path, EPOCHS, "--full"), tmp_path)
    assert "could not be kept" in said and "Training goes on" in said and "Make room there" in said
    assert "Traceback" not in said
    assert max(faults.difference(in_peace[1], final).values()) < 1e-5


@posix
def test_a_second_run_in_the_same_folder_is_refused_and_the_first_undisturbed(faults, in_peace, tmp_path):
    first = faults.start(tmp_path, EPOCHS)
    line = ""
    while not line.lstrip().startswith("epoch"):
        line = first.stdout.readline()
        assert line, "the first run has ended"
    first.send_signal(signal.SIGSTOP)  # in the midst of its work, however fast it is
    try:
        second = faults.start(tmp_path, EPOCHS)
        said = second.communicate(timeout=300)[0]
    finally:
        first.send_signal(signal.SIGCONT)
    assert second.returncode and "is in use by another run: wait until that one ends, or name another folder." in said
    _, final = faults.to_its_end(first, tmp_path)
    assert max(faults.difference(in_peace[1], final).values()) < 1e-5


def test_a_difference_is_seen(faults):
    """The comparison of the tests above can fail."""
    class Run(dict):
        files = ["arr_0", "loss"]

    one = Run(arr_0=np.zeros(3), loss=np.zeros(2))
    assert faults.difference(one, Run(arr_0=np.float32([0, 0, 0.5]), loss=np.zeros(2))) == {"weights": 0.5, "loss": 0.0}
    with pytest.raises(RuntimeError, match="another number of epochs"):
        faults.difference(one, Run(arr_0=np.zeros(3), loss=np.zeros(3)))


def test_a_download_over_a_bad_connection_is_right(faults, monkeypatch):
    from vit_keras.data import download

    monkeypatch.setattr(download, "PAUSE", 0.0)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    found = faults.downloads(4, seed=1)
    assert found["right"] and sum(found["broken_off"].values()) == 4


def as_in_a_terminal():
    """Whoever runs the tests in the background ignores Ctrl-C, and so would their child."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@posix
@pytest.mark.parametrize("when", ["loading", "training"])
def test_ctrl_c_ends_train_py_without_a_traceback(tmp_path, when):
    words = ["--source", "drawn", "--limit", "160", "--models", "vit", "--epochs", "500", "--folder", str(tmp_path)]
    process = subprocess.Popen([sys.executable, "-u", str(BENCHMARKS / "train.py"), *words], text=True, cwd=ROOT,
                               env={**os.environ, "VIT_KERAS_PROFILE": "smoke"}, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, preexec_fn=as_in_a_terminal)
    if when == "loading":
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.7)
    else:
        line = ""
        while not line.lstrip().startswith("epoch  3"):
            line = process.stdout.readline()
            assert line, process.stderr.read()
    process.send_signal(signal.SIGINT)
    said, wrong = process.communicate(timeout=120)
    assert process.returncode and "Traceback" not in said + wrong, wrong
    if when == "training":
        assert "Stopped after step" in said and f"is kept in {tmp_path}/cifar10_smoke.unfinished/vit" in said
        assert "The same command goes on" in wrong
