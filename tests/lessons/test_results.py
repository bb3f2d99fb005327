"""`recorded` says whose numbers it hands out, and why where it has none."""

import json

import pytest

from vit_keras.lessons import recorded, results

FILE = {"source": "Drawn shapes.", "date": "2026-11-28T01:38:16+00:00", "hardware": {"cpu": "Abacus", "cores": 3},
        "runs": [{"seed": 0, "what": "그림"}]}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    return tmp_path


def test_a_file_comes_with_its_data_machine_and_day(folder, capsys):
    (folder / "tiny.json").write_text(json.dumps(FILE, ensure_ascii=False), encoding="utf-8")
    assert recorded("tiny") == FILE
    assert capsys.readouterr().out == "Drawn shapes.\nAbacus, 3 cores, 2026-11-28\n"


def test_what_is_not_here_says_so_in_one_line(folder, capsys):
    assert recorded("tiny") is None
    assert capsys.readouterr().out == ("results/tiny.json is not here: not recorded yet, or only the module is "
                                       "installed.\n")


@pytest.mark.parametrize("content", [b"", b'{"source": "Drawn sha', b"\xff\xfe"])
def test_a_broken_file_is_named(folder, capsys, content):
    (folder / "tiny.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"^results/tiny\.json must be JSON: "):
        recorded("tiny")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", sorted(path.stem for path in results.FOLDER.glob("*.json")))
def test_every_result_of_the_course_can_be_read(name, capsys):
    assert recorded(name)["source"] in capsys.readouterr().out
