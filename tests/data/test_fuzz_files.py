"""Damaged files of every format: refused as the reader says, or read right; never another error, never code that runs.

`benchmarks/fuzz.py` does the same thousands of times; here Hypothesis does it, some dozens of times, and always alike.
"""

import pickle
import signal

import pytest

hypothesis = pytest.importorskip("hypothesis")

from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

pytest.importorskip("safetensors")
import fuzz  # noqa: E402
from fuzz import KINDS, TARGETS, Bomb, Edit, edited  # noqa: E402

PLACES = st.floats(0, 1, exclude_max=True)
EDIT = st.builds(Edit, st.sampled_from(KINDS), PLACES, st.integers(1, 200), st.binary(min_size=1, max_size=8))
EDITS = st.lists(EDIT, min_size=1, max_size=4)
COURSE = settings(max_examples=60, deadline=None, derandomize=True, database=None,
                  suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def targets(tmp_path_factory):
    """A reader of every format."""
    folder = tmp_path_factory.mktemp("fuzz")
    return {name: kind(folder / name.replace(".", "_"), folder / "canary") for name, kind in TARGETS.items()}


@pytest.mark.parametrize("name", TARGETS)
def test_a_whole_file_is_read(targets, name):
    """Else everything would be refused, and nothing tested."""
    target = targets[name]
    assert target.judge(target.damaged(0, [])) == "read"
    if name not in ("backup", "cache"):  # of those every number is another file of one run
        assert target.judge(target.damaged(1, [])) == ("refused" if name == "CIFAR pickle" else "read")


@pytest.mark.parametrize("name", TARGETS)
def test_a_damaged_file_is_refused_or_read_right(targets, name):
    @COURSE
    @given(st.integers(0, 999), EDITS)
    def check(index, edits):
        assert targets[name].judge(targets[name].damaged(index, edits)) in ("read", "refused")

    check()


@pytest.mark.parametrize("name", ["CIFAR archive", "CIFAR pickle", "CIFAR-100 subset", "npz", "safetensors"])
def test_a_bomb_is_refused(targets, name):
    target = targets[name]
    bombs = [content for content in target.whole if b"mkdir" in content]
    assert bombs
    for number, content in enumerate(target.whole):
        if b"mkdir" in content:
            assert target.judge(target.damaged(number, [])) == "refused"


# ---- Would it be seen? ----

class Careless(fuzz.Target):
    """A reader that unpickles what it is given."""

    def make(self):
        return [pickle.dumps([1, 2, 3]), pickle.dumps(Bomb(self.canary))]

    def read(self, content):
        pickle.loads(content)


def test_code_that_runs_and_errors_that_escape_are_seen(tmp_path):
    target = Careless(tmp_path / "files", tmp_path / "canary")
    assert target.judge(target.whole[0]) == "read"
    assert target.judge(target.whole[1]) == "code ran"
    assert target.judge(target.whole[0]) == "read"  # and once more it would be seen again
    assert target.judge(b"").startswith("escaped: EOFError")


@pytest.mark.parametrize("edit, result", [
    (Edit("overwrite", 0.5, 9, b"xy"), b"abxy"), (Edit("flip", 0.25, 9, b"\x01"), b"accd"),
    (Edit("delete", 0.25, 2, b"x"), b"ad"), (Edit("insert", 0.75, 9, b"xy"), b"abcxyd"),
    (Edit("repeat", 0.5, 1, b"x"), b"abccd"), (Edit("cut", 0.5, 9, b"x"), b"ab"),
    (Edit("zero", 0.0, 2, b"x"), b"\0\0cd"), (Edit("move", 0.5, 1, b"x"), b"acbd"),
])
def test_edits_by_hand(edit, result):
    assert edited(b"abcd", [edit]) == result


CHILD = """
import json, os, sys


first = int(sys.argv[sys.argv.index("--first") + 1]); number = int(sys.argv[sys.argv.index("--number") + 1])
print("ready", flush=True)
for index in range(first, first + number + 1):
    if index == {at}:
        os.kill(os.getpid(), {how:d})
    if index < first + number:
        print(json.dumps([index, "refused", 0.001]), flush=True)
"""


@pytest.mark.parametrize("at, how, told, refused", [
    (12, signal.SIGABRT, {"crashed": [12], "hung": []}, 4), (12, signal.SIGALRM, {"crashed": [], "hung": [12]}, 4),
    (12, signal.SIGPROF, {"crashed": [], "hung": [12]}, 4),
    (15, signal.SIGABRT, {"crashed": [14], "hung": []}, 5),   # after the last file, which bears the blame
])
def test_a_file_that_takes_the_process_down_is_counted_and_the_rest_goes_on(tmp_path, monkeypatch, at, how, told,
                                                                            refused):
    (tmp_path / "child.py").write_text(CHILD.format(at=at, how=how))
    monkeypatch.setattr(fuzz, "__file__", str(tmp_path / "child.py"))
    counts = fuzz.fuzz("zip", fuzz.parse(["--number", "5", "--first", "10"]))
    assert counts["files"] == 5 and counts["refused"] == refused
    assert {key: counts[key] for key in told} == told
    assert fuzz.faults_in(counts) == 1


def test_the_clock_runs_for_one_file_alone():
    timers = signal.ITIMER_PROF, signal.ITIMER_REAL
    with fuzz.time_limit():
        assert all(signal.getitimer(timer)[0] > 0 for timer in timers)
    assert not any(signal.getitimer(timer)[0] for timer in timers)
