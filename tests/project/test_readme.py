"""README.md and README.ko.md say what the project does and holds."""

import re
from pathlib import Path

import pytest
import report

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("page", report.PAGES)
def test_tables_show_what_was_recorded(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert report.BLOCK.search(text), "the page shows no recorded result"
    assert report.filled(page) == text, "run benchmarks/report.py"


@pytest.mark.parametrize("page", report.PAGES)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", (ROOT / page).read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_both_languages_show_the_same_results_and_commands():
    pages = [(ROOT / page).read_text(encoding="utf-8") for page in report.PAGES]
    results = [[name for _, name, _ in report.BLOCK.findall(text)] for text in pages]
    commands = [re.findall(r"^ *(?:python3|py) run\.py \w+", text, re.MULTILINE) for text in pages]
    assert results[0] == results[1]
    assert commands[0] == commands[1] != []
