"""Imports run one way, as pyproject.toml lists the packages; `lint-imports` says the same with all its words."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_imports_run_one_way():
    pytest.importorskip("importlinter")
    words = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()",
             "--no-cache"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_a_wheel_takes_every_package_the_recorded_results_and_the_shipped_models():
    tomllib = pytest.importorskip("tomllib")  # of Python 3.11
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    folders = [path.parent.relative_to(ROOT).parts for path in (ROOT / "vit_keras").rglob("__init__.py")]
    assert sorted(setuptools["packages"]) == sorted([*(".".join(parts) for parts in folders), "vit_keras.results"])
    assert setuptools["package-data"] == {"vit_keras.results": ["*.json"], "vit_keras.pretrained": ["shipped/*/*"]}
