"""An empty machine for the loaders."""

import pytest


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A machine without data and without a network; `place` is its `data/`, and `VIT_KERAS_DATA` names nothing."""
    from vit_keras.data import files

    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("VIT_KERAS_OFFLINE", "1")
    monkeypatch.delenv("VIT_KERAS_DATA", raising=False)
    monkeypatch.delenv("VIT_KERAS_PROFILE", raising=False)
    monkeypatch.setattr(files, "__file__", str(tmp_path / "repository" / "vit_keras" / "data" / "files.py"))
    monkeypatch.setattr(files, "download", lambda *_, **__: pytest.fail("the network was touched"))
    monkeypatch.setattr(files, "_temporary_roots", [])
    return tmp_path / "work" / "data"
