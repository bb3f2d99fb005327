"""The pages say what the project does and holds, and are as short as they should be."""

import re
from pathlib import Path

import keras
import nbformat
import pytest
import report

import vit_keras
from vit_keras.data import load_cifar10

ROOT = Path(__file__).resolve().parents[2]
FIRST = ("README.md", "README.ko.md")
PAGES = (*report.PAGES, "benchmarks/GPUS.md", "vit_keras/README.md", "data/README.md", "CONTRIBUTING.md", "TERMS.md")


def text_of(page):
    return (ROOT / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", report.PAGES)
def test_tables_show_what_was_recorded(page):
    assert report.BLOCK.search(text_of(page)), "the page shows no recorded result"
    assert report.filled(page) == text_of(page), "run benchmarks/report.py"


def test_a_path_takes_as_long_as_its_words_and_cells(tmp_path, monkeypatch):
    cells = [nbformat.v4.new_markdown_cell("word " * 8100), *(nbformat.v4.new_code_cell("") for _ in range(20))]
    (tmp_path / "notebooks/en").mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "notebooks/en/03_x.ipynb")
    monkeypatch.setattr(report, "ROOT", tmp_path)
    assert report.hours(["3"]) == "1"  # 45 minutes of words, 15 of cells
    assert report.HOURS.sub("", "| <!-- hours of 3 -->7 hours |") == "|  hours |"


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", text_of(page))
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []
    assert links or page not in report.PAGES


@pytest.mark.parametrize("page", FIRST)
def test_the_first_page_is_two_screens_with_a_picture_that_is_ours(page):
    assert len(text_of(page).splitlines()) <= 105
    assert re.findall(r"!\[[^]]+\]\(([^)]+)\)", text_of(page)) == ["results/vit.png"]
    assert (ROOT / "results/vit.png").stat().st_size < 150_000


def test_both_languages_show_the_same_results_commands_lessons_and_code():
    pages = [text_of(page) for page in FIRST]
    results = [[name for _, name, _ in report.BLOCK.findall(text)] for text in pages]
    commands = [re.findall(r"(?:python3|py) run\.py [\w-]+", text) for text in pages]
    lessons = [sorted(re.findall(r"notebooks/(?:en|ko)/\w+", text)) for text in pages]
    code = [re.sub(r"  #.*", "", text.split("```python\n")[1].split("```")[0]) for text in pages]
    for english, korean in (results, commands, lessons, code):
        assert english == korean != []


def test_the_korean_page_is_korean():
    heads = re.findall(r"^\|(.*)\|\n\|[-:| ]+\|$", text_of("README.ko.md"), re.MULTILINE)
    assert len(heads) >= 5 and all(re.search("[가-힣]", head) for head in heads), heads


def test_the_code_of_the_first_page_runs(monkeypatch, eager_steps):
    monkeypatch.setenv("VIT_KERAS_PROFILE", "smoke")
    fitted, fit = [], keras.Model.fit

    def one_step(model, images, labels, validation_data, **settings):
        images, labels = images[:32], labels[:32]
        fitted.append(settings)
        return fit(model, images, labels, validation_data=[part[:32] for part in validation_data], epochs=1, verbose=0)

    monkeypatch.setattr(keras.Model, "fit", one_step)
    monkeypatch.setattr(vit_keras, "load_cifar10", lambda: load_cifar10(limit=100))
    exec(text_of(FIRST[0]).split("```python\n")[1].split("```")[0], {})
    assert fitted == [{"batch_size": 64, "epochs": 5}]
