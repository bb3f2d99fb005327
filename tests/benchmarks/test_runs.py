"""benchmarks/runs.py and records.py: files are written whole, results are gone on with, a failed run says why."""

import json
import os
import subprocess

import pytest
import records
import runs


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "speed.json"
    records.write_json(path, {"a": 1})
    with pytest.raises(TypeError):
        records.write_json(path, {"a": object()})
    assert [p.name for p in tmp_path.iterdir()] == ["speed.json"] and json.loads(path.read_text()) == {"a": 1}


def test_ctrl_c_right_after_the_file_took_its_place_is_heard(monkeypatch, tmp_path):
    """Once it became "the file is not there", which a training run goes on after."""
    def interrupted(source, target, replace=os.replace):
        replace(source, target)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        records.write_json(tmp_path / "speed.json", {"a": 1})
    assert [p.name for p in tmp_path.iterdir()] == ["speed.json"]


def test_a_result_says_how_it_was_made():
    said = records.about(records.ROOT / "benchmarks/speed/compare.py", ["--only", "a|b"])
    assert said["command"] == "python benchmarks/speed/compare.py --only 'a|b'"
    assert {"date", "git_commit", "git_changed", "versions", "hardware", "environment"} <= set(said)


def test_a_setting_may_grow_at_its_end_and_nowhere_else(tmp_path):
    path = tmp_path / "ladder.json"
    said = {"command": "", "date": "", "git_commit": "", "git_changed": False, "profile": "smoke"}

    def going_on(**settings):
        return runs.going_on(path, {**said, "settings": settings}, grows="ladder")

    path.write_text(json.dumps({**going_on(epochs=2, ladder={"a": 1, "b": 2}), "runs": ["measured"]}))
    found = going_on(epochs=2, ladder={"a": 1, "b": 2, "c": 3})
    assert found["runs"] == ["measured"] and found["settings"]["ladder"] == {"a": 1, "b": 2, "c": 3}
    for epochs, changed in ((2, {"a": 1, "c": 3, "b": 2}), (2, {"a": 1}), (2, {"a": 1, "b": 3}), (3, {"a": 1, "b": 2})):
        with pytest.raises(ValueError, match="must hold runs of the same settings"):
            going_on(epochs=epochs, ladder=changed)


def test_a_run_that_fails_says_which_and_why(monkeypatch):
    failed = subprocess.CompletedProcess([], 1, "", "Traceback\nValueError: no.\n")
    monkeypatch.setattr(runs.subprocess, "run", lambda *words, **options: failed)
    with pytest.raises(RuntimeError, match="drawn, cnn, seed 1: ValueError: no."):
        runs.in_a_process("script.py", [], "drawn, cnn, seed 1")


def test_a_process_has_the_variables_it_is_given(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import json, os, sys\nprint('noise')\nprint(json.dumps([os.environ['TF_NUM_INTRAOP_THREADS'], "
                      "os.environ['COLOR'], sys.argv[1:]]))\n")
    assert runs.in_a_process(script, ["--one"], "run", threads=1, COLOR="red") == ["1", "red", ["--one"]]


def test_one_failure_does_not_take_the_others_with_it():
    measured = runs.as_measured(lambda number: 6 // number, [0, 1, 2], jobs=2)
    found = {task: (result, str(error)) for task, result, error in measured}
    assert found == {0: (None, "integer division or modulo by zero"), 1: (6, "None"), 2: (3, "None")}
