"""RELIABILITY.md names tests that are there, and shows what was recorded."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

import reliability  # noqa: E402

TEXT = reliability.PAGE.read_text(encoding="utf-8")


def test_the_page_shows_what_was_recorded():
    assert reliability.BLOCK.search(TEXT)
    assert reliability.filled() == TEXT, "run benchmarks/reliability.py"


def test_every_row_names_a_test_and_every_test_is_there():
    rows = [line.split("|")[3] for line in reliability.BLOCK.sub("", TEXT).splitlines()
            if line.startswith("|") and line.count("|") == 4]
    rows = [row for row in rows if row.strip() not in ("test", "---")]
    assert len(rows) > 20
    for row in rows:
        files = re.findall(r"`(test_\w+\.py)`", row)
        assert files, row
        for file in files:
            assert (ROOT / "tests" / file).is_file(), file
        for file, words in re.findall(r"`(test_\w+\.py)`: ((?:\*[^*]+\*(?:, )?)+)", row):
            tests = re.findall(r"^def test_(\w+)", (ROOT / "tests" / file).read_text(encoding="utf-8"), re.MULTILINE)
            for phrase in re.findall(r"\*([^*]+)\*", words):
                name = re.sub(r"\W", "_", phrase.lower())
                assert any(name in test for test in tests), f"{file} has no test of '{phrase}'"


FAULTS = {"hardware": {"cpu": "a CPU", "cores": 2}, "date": "2026-01-02T03:04", "command": "python x", "epochs": 80,
          "kills": {"number": 20, "in_a_write": 9, "largest_difference": {"weights": 1.25e-7, "loss": 0.0}},
          "full_disk": {"epochs": 3, "not_kept": 2, "largest_difference": {"weights": 0.0, "loss": 0.0}},
          "download": {"broken_off": {"stop": 3, "busy": 1}, "bytes": 8_000_000, "right": True}}
COUNTS = {"files": 10_000, "refused": 9_000, "read": 998, "escaped": {"KeyError: 1": [7]}, "crashed": [], "hung": [8],
          "code_ran": 0, "slowest_seconds": 0.125}


def test_what_is_recorded_is_shown():
    shown = reliability.faults(FAULTS)
    assert "killed 20 times, 9 of them while a state was being written | 1e-07 | 0 |" in shown
    assert "A file of 8 MB over a connection that failed 4 times (3 stop, 1 busy): right to the last byte." in shown
    shown = reliability.fuzzing({**FAULTS, "limit_seconds": 20.0, "formats": {"zip": COUNTS}})
    assert "| zip | 10,000 | 9,000 | 998 | 1 | 0 | 1 | 0 | 0.12 s |" in shown
    assert "Neither refused nor read right: 2." in shown


@pytest.mark.parametrize("show", [reliability.faults, reliability.fuzzing])
def test_what_is_not_recorded_yet_says_so_in_one_line(show):
    assert "not recorded yet: `python benchmarks/" in show(None) and show(None).count("\n") == 1
