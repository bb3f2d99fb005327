"""A training that is killed, started twice, or has no room left; and RELIABILITY.md, which says what is done then."""

import os
import re
import signal
from pathlib import Path

import faults
import numpy as np
import pytest
import report

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / report.RELIABILITY).read_text(encoding="utf-8")
EPOCHS = 16  # of a third of a second or less
posix = pytest.mark.skipif(os.name == "nt", reason="signals and limits of POSIX")


# ---- A training that is disturbed ----

@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """What a run that nobody disturbs leaves."""
    folder = tmp_path_factory.mktemp("peace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(faults, "keep_every_state", lambda: None)
        faults.child(folder, EPOCHS, full=False)
    return np.load(folder / "final.npz")


@posix
def test_killed_twice_it_ends_with_the_same_weights(reference, tmp_path):
    final, moments = faults.killed(tmp_path, 2, EPOCHS, float(reference["seconds_an_epoch"]), seed=0)
    assert len(moments) == 2
    assert max(faults.difference(reference, final).values()) < 1e-5
    assert not faults.being_written(tmp_path / "backup")  # a finished run leaves no state


@posix
def test_a_disk_that_is_full_for_some_epochs_and_a_second_run_in_the_same_folder(reference, tmp_path, monkeypatch):
    """Either is told what is wrong, and changes nothing. No file may grow beyond 10,000 bytes for a while."""
    first = faults.start(tmp_path, EPOCHS, "--full")
    begun = ""
    while "epoch" not in begun:
        line = first.stdout.readline()
        assert line, begun
        begun += line
    first.send_signal(signal.SIGSTOP)  # in the midst of its work, however fast it is
    try:
        monkeypatch.setattr(faults, "keep_every_state", lambda: None)  # it would last for all tests here
        with pytest.raises(ValueError, match="is in use by another run: wait until that one ends, or name another fol"):
            faults.child(tmp_path, EPOCHS, full=False)
    finally:
        first.send_signal(signal.SIGCONT)
    said, final = faults.to_its_end(first, tmp_path)
    assert "could not be kept" in begun + said and "Training goes on" in begun + said
    assert "Make room there" in begun + said and "Traceback" not in begun + said
    assert max(faults.difference(reference, final).values()) < 1e-5


def test_a_difference_is_seen():
    """The comparison of the tests above can fail."""
    class Run(dict):
        files = ["arr_0", "loss"]

    one = Run(arr_0=np.zeros(3), loss=np.zeros(2))
    assert faults.difference(one, Run(arr_0=np.float32([0, 0, 0.5]), loss=np.zeros(2))) == {"weights": 0.5, "loss": 0.0}
    with pytest.raises(RuntimeError, match="another number of epochs"):
        faults.difference(one, Run(arr_0=np.zeros(3), loss=np.zeros(3)))


@pytest.mark.parametrize("names, half", [(["before.npz", "state.npz"], False), (["state.part"], True),
                                         (["in_use.lock", "state.npz", "state.part"], True)])
def test_a_state_that_is_half_written_is_known(names, half):
    assert faults.is_half_written(names) == half


def test_a_download_over_a_bad_connection_is_right(monkeypatch):
    from vit_keras.data import download

    monkeypatch.setattr(download, "PAUSE", 0.0)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    found = faults.downloads(4, seed=1)
    assert found["right"] and sum(found["broken_off"].values()) == 4


# ---- The page ----

def test_the_page_shows_what_was_recorded():
    assert report.RECORDED.search(TEXT)
    assert report.filled(report.RELIABILITY) == TEXT, "run benchmarks/report.py"


def test_every_row_names_a_test_and_every_test_is_there():
    there = {path.name: path for path in (ROOT / "tests").rglob("test_*.py")}
    rows = [line.split("|")[3] for line in report.RECORDED.sub("", TEXT).splitlines()
            if line.startswith("|") and line.count("|") == 4]
    rows = [row for row in rows if row.strip() not in ("test", "---")]
    assert len(rows) > 20
    for row in rows:
        files = re.findall(r"`(test_\w+\.py)`", row)
        assert files, row
        assert set(files) <= set(there), row
        for file, words in re.findall(r"`(test_\w+\.py)`: ((?:\*[^*]+\*(?:, )?)+)", row):
            tests = re.findall(r"^def test_(\w+)", there[file].read_text(encoding="utf-8"), re.MULTILINE)
            for phrase in re.findall(r"\*([^*]+)\*", words):
                name = re.sub(r"\W", "_", phrase.lower())
                assert any(name in test for test in tests), f"{file} has no test of '{phrase}'"


FAULTS = {"hardware": {"cpu": "a CPU", "cores": 2}, "date": "2026-01-02T03:04", "command": "python x", "epochs": 80,
          "runs": {"jax": {
              "kills": {"number": 20, "in_a_write": 9, "largest_difference": {"weights": 1.25e-7, "loss": 0.0}},
              "full_disk": {"epochs": 3, "not_kept": 2, "largest_difference": {"weights": 0.0, "loss": 0.0}}}},
          "download": {"broken_off": {"stop": 3, "busy": 1}, "bytes": 8_000_000, "right": True}}
COUNTS = {"files": 10_000, "refused": 9_000, "read": 998, "escaped": {"KeyError: 1": [7]}, "crashed": [], "hung": [8],
          "code_ran": 0, "slowest_seconds": 0.125}


def test_what_is_recorded_is_shown():
    shown = report.faults(FAULTS)
    assert "killed 20 times, 9 of them while a state was being written | 1e-07 | 0 |" in shown
    assert "A file of 8 MB over a connection that failed 4 times (3 stop, 1 busy): right to the last byte." in shown
    shown = report.fuzzing({**FAULTS, "limit_seconds": 20.0, "formats": {"zip": COUNTS}})
    assert "| zip | 10,000 | 9,000 | 998 | 1 | 0 | 1 | 0 | 0.12 s |" in shown
    assert "Neither refused nor read right: 2." in shown


@pytest.mark.parametrize("show", [report.faults, report.fuzzing])
def test_what_is_not_recorded_yet_says_so_in_one_line(show):
    assert "not recorded yet: `python benchmarks/" in show(None) and show(None).count("\n") == 1
