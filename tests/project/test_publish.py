"""`run.py publish`: the address reaches every place that needs it, and leaves it again."""

from pathlib import Path

import pytest

pytest.importorskip("jupytext")
build = pytest.importorskip("build")
publish = pytest.importorskip("publish")

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [(path, folder) for folder in ("notebooks", "notebooks/tfa") for path in build.sources(ROOT / folder)]
GITHUB = "https://github.com/someone/vit-course"


@pytest.mark.parametrize("source, folder", SOURCES)
def test_an_address_comes_and_goes(source, folder):
    name = build.name_of(source, ROOT / folder)
    text = source.read_text(encoding="utf-8")
    there = publish.published(text, GITHUB, folder, name)
    assert publish.published(there, GITHUB, folder, name) == there
    assert there.count(f"/notebooks/en/{name}.ipynb") == there.count("[![Open in Colab]") / 2 == (folder == "notebooks")
    assert there.count(f'REPOSITORY = "{GITHUB}"') == text.count("REPOSITORY = None")
    assert publish.published(there, None, folder, name) == text


def test_a_place_of_ones_own_gets_no_badge():
    text = '# %% [markdown] lang="en"\n# # Title\n\n# %%\nREPOSITORY = None  # why\n'
    assert publish.published(text, "file:///a/course", "notebooks", "x") == text.replace("None", '"file:///a/course"')


def test_pages_and_the_project_know_it():
    for page in ("README.md", "README.ko.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        there = publish.page(text, GITHUB)
        assert f"git clone {GITHUB} course" in there and publish.page(there, None) == text
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    there = publish.project(project, GITHUB)
    assert f'[project.urls]\nRepository = "{GITHUB}"' in there and publish.project(there, None) == project


@pytest.mark.parametrize("address", ["", "github.com/a/b", "https://x", 'file:///a"b', "file:///a b"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(SystemExit):
        publish.checked([address])
