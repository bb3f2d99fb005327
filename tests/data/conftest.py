"""An empty machine for the loaders."""

import pytest


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A machine without data and without a network: `place` is the folder that $VIT_KERAS_DATA names."""
    from vit_keras.data import files

    place = tmp_path / "given"
    place.mkdir()
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("VIT_KERAS_DATA", str(place))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("VIT_KERAS_OFFLINE", "1")
    monkeypatch.delenv("VIT_KERAS_PROFILE", raising=False)
    monkeypatch.setattr(files, "__file__", str(tmp_path / "repository" / "vit_keras" / "data" / "files.py"))
    monkeypatch.setattr(files, "download", lambda *_, **__: pytest.fail("the network was touched"))
    monkeypatch.setattr(files, "_temporary_roots", [])
    return place
