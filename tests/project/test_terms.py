"""TERMS.md is right: its names are in the code, its table leads to lessons, nobody says what it leaves to others."""

import ast
import re
from pathlib import Path

import pytest

import vit_keras

ROOT = Path(__file__).resolve().parents[2]
TERMS = (ROOT / "TERMS.md").read_text(encoding="utf-8")
LESSONS = {path.name[:2]: path for path in (ROOT / "notebooks" / "src").glob("*.py")}
MODULES = sorted((ROOT / "vit_keras").rglob("*.py"))


def relative(path):
    return path.relative_to(ROOT).as_posix()


def rows(heading):
    """The rows of the table under a heading, without its two first: lists of cells."""
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", TERMS, re.MULTILINE | re.DOTALL)[1]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


# ---- Words ----

AVOIDED = [(word, instead) for words, instead, _ in rows("Words we leave to others") for word in words.split("; ")]
TEXTS = [ROOT / "README.md", ROOT / "README.ko.md", *sorted((ROOT / "notebooks" / "src").rglob("*.py"))]


def prose(path):
    """What a reader reads: markdown cells of a lesson, docstrings of a module, the whole of a page."""
    text = path.read_text(encoding="utf-8")
    if "src" in path.parts:
        cells = re.split(r"^# %%", text, flags=re.MULTILINE)
        return "\n".join(cell for cell in cells if cell.startswith(" [markdown]"))
    if path.suffix == ".py":
        tree = ast.parse(text)
        documented = [node for node in ast.walk(tree) if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))]
        return "\n".join(filter(None, map(ast.get_docstring, documented)))
    return text


@pytest.mark.parametrize("path", [*TEXTS, *MODULES], ids=relative)
def test_a_text_uses_our_words(path):
    text = prose(path)
    found = [f"{word} (say {instead})" for word, instead in AVOIDED
             if re.search(rf"(?<![\w가-힣]){re.escape(word)}", text, re.IGNORECASE)]
    assert found == []


def test_the_word_test_finds_a_word(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("The Attention Weights of the cls token; 변압기의 주의", encoding="utf-8")
    with pytest.raises(AssertionError, match="attention weights"):
        test_a_text_uses_our_words(page)


# ---- Names ----

# Of the names others use, those that mean nothing else here.
OTHERS = {"embed_dim", "d_model", "projection_dim", "patch_embed", "cls_token", "pos_embed", "head_dim", "dim_head",
          "intermediate_size", "dim_feedforward", "seq_len", "n_heads", "attn"}


@pytest.mark.parametrize("path", [*MODULES, *LESSONS.values()], ids=relative)
def test_code_uses_our_names(path):
    source = re.sub(r"^%.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    nodes = list(ast.walk(ast.parse(source)))
    names = {getattr(node, kind, None) for node in nodes for kind in ("id", "arg", "attr", "name")}
    assert names & OTHERS == set()


@pytest.mark.parametrize("row", [*rows("The model"), *rows("Data and training")], ids=lambda row: row[0])
def test_the_name_in_the_code_is_in_the_code(row):
    code = "\n".join(path.read_text(encoding="utf-8") for path in MODULES)
    for name in re.findall(r"`([A-Za-z_]\w*)`", row[3]):
        assert hasattr(vit_keras, name) or re.search(rf"\b{name}\b", code), f"{name} is nowhere in vit_keras"


# ---- From the slides to the lessons ----

SLIDES = [(statement, lesson, section) for statement, lesson, sections in rows("From the slides to the lessons")
          for section in sections.split("; ")]


@pytest.mark.parametrize("statement, lesson, section", SLIDES)
def test_a_statement_of_the_lecture_leads_to_a_heading(statement, lesson, section):
    source = LESSONS[f"{int(lesson):02d}"].read_text(encoding="utf-8")
    assert section in re.findall(r"^# #{2,4} (.+)$", source, re.MULTILINE)


def test_every_lesson_is_led_to():
    assert {f"{int(lesson):02d}" for _, lesson, _ in SLIDES} == set(LESSONS)
