"""The course as web pages, all of them, built once: they need no network, and every link, picture and formula is there.

They run in .venv-site, the environment of `run.py site`, without Keras.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import urllib.request
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

pytest.importorskip("myst_nb", reason="run.py test runs these in .venv-site")
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "notebooks/site"))
import build_site  # noqa: E402

BROWSER = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")


class Page(HTMLParser):
    """What a page links to, loads, shows and names."""

    def __init__(self, path):
        super().__init__()
        self.path, self.links, self.loads, self.alts, self.ids, self.formulas = path, [], [], [], set(), 0
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids |= {attributes.get("id")}
        self.formulas += "math" in (attributes.get("class") or "").split()
        if tag == "a":
            self.links.append(attributes.get("href", ""))
        elif tag == "link" or "src" in attributes:
            self.loads.append(attributes.get("src") or attributes.get("href"))
        if tag == "img":
            self.alts.append(attributes.get("alt"))

    def target(self, link):
        """`(file, anchor)` of a link inside the site."""
        parts = urlsplit(link)
        return (self.path.parent / unquote(parts.path)).resolve() if parts.path else self.path, unquote(parts.fragment)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site").resolve()
    (folder / "old.html").write_text("of the last build")
    assert build_site.build(folder) == 0, "Sphinx found faults"
    return folder


@pytest.fixture(scope="module")
def html(site):
    """Every page; the explorer's are tested apart."""
    return {path: Page(path) for path in site.rglob("*.html") if not {"_static", "explorer"} & set(path.parts)}


def test_every_notebook_is_a_page_in_both_languages_and_stands_in_the_contents_once(site, html):
    assert {path.name for path in site.iterdir()} - {"explorer"} == {"en", "ko", "index.html"}  # old.html is gone
    for language in ("en", "ko"):
        notebooks = [path.relative_to(ROOT / "notebooks" / language).with_suffix(".html")
                     for path in (ROOT / "notebooks" / language).rglob("*.ipynb")]
        assert len(notebooks) >= 24
        home = html[site / language / "index.html"]
        linked = re.findall(r'<li class="toctree-l1"><a[^>]* href="([^"]+)"', home.path.read_text(encoding="utf-8"))
        for notebook in notebooks:
            assert linked.count(notebook.as_posix()) == 1, notebook


def test_links_lead_somewhere(html):
    lost = []
    for page in html.values():
        for link in [*page.links, *page.loads]:
            if re.match(r"https?:|data:|mailto:|#$", link):
                continue
            file, anchor = page.target(link)
            if not file.is_file() or (anchor and file in html and anchor not in html[file].ids):
                lost.append(f"{page.path.name}: {link}")
    assert lost == []


def test_nothing_is_loaded_from_a_network(site, html):
    assert [load for page in html.values() for load in page.loads if re.match("(https?:)?//", load)] == []
    for style in site.rglob("*.css"):
        assert not re.search(r"""(url\(|@import)\s*["']?(https?:)?//""", style.read_text(encoding="utf-8")), style


def test_every_picture_has_its_words(html):
    alts = [alt for page in html.values() for alt in page.alts]
    assert len(alts) > 150 and all(alts)
    korean = html[next(path for path in html if path.match("ko/01_*.html"))].alts
    assert all(re.search("[가-힣]", alt) for alt in korean)


def test_the_other_language_is_one_click_away_on_the_same_page(site, html):
    for path, page in html.items():
        language, *rest = path.relative_to(site).parts
        if language in build_site.OTHER:
            assert site.joinpath(build_site.OTHER[language], *rest) in [page.target(link)[0] for link in page.links]


def test_a_page_speaks_its_language(site):
    for language, words in {"en": ("Search", "Show the code"), "ko": ("검색", "코드 보기")}.items():
        text = next((site / language).glob("01_*.html")).read_text(encoding="utf-8")
        assert f'<html lang="{language}"' in text and all(word in text for word in words)


def test_the_download_is_the_stored_notebook(site, html):
    path = next((site / "ko").glob("05_*.html"))
    (download,) = [html[path].target(link)[0] for link in html[path].links if link.endswith(".ipynb")]
    assert download.read_bytes() == (ROOT / "notebooks/ko" / download.name).read_bytes()


def test_a_korean_word_is_found_without_its_particle(site):
    index = (site / "ko/searchindex.js").read_text(encoding="utf-8")
    index = json.loads(index[index.index("(") + 1:index.rindex(")")])
    for terms, particle, page in [("terms", "패치를", "02_self_attention"),
                                  ("titleterms", "패치와", "01_patches_and_embeddings")]:
        number = index["docnames"].index(page)
        assert all(number in index[terms][word] for word in ("패치", particle))  # the browser looks for whole words


def test_the_explorer_is_there_where_the_course_has_it(site):
    there = (ROOT / "web").is_dir()
    assert (site / "explorer/index.html").is_file() == there
    assert ("explorer/index.html" in (site / "index.html").read_text(encoding="utf-8")) == there


@pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome")
def test_a_browser_draws_every_formula(site, html):
    path = next((site / "en").glob("01_*.html"))
    words = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", "--dump-dom"]
    done = subprocess.run([*words, path.as_uri()], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=300)
    text = done.stdout.decode()
    assert html[path].formulas > 50
    assert text.count("<mjx-container ") == html[path].formulas and "<mjx-merror" not in text


# Without Sphinx


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of four lessons; `build_site.ROOT` is its folder."""
    monkeypatch.setattr(build_site, "ROOT", tmp_path)
    build_site.pages.cache_clear()
    for language in ("en", "ko"):
        for name in ("00_start", "01_next", "02_last", "11_new", "solutions/01_next"):
            file = tmp_path / f"notebooks/{language}/{name}.ipynb"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps({"cells": [{"source": [f"# Title of {name}: more"]}]}))
    (tmp_path / "README.md").write_text("# Home\n\n| an evening | <!-- hours of 0 -->1 hour | 0 |\n"
                                        "| all of it | <!-- hours of 0 1 2 -->3 hours | and 1, 2 |\n")
    yield tmp_path
    build_site.pages.cache_clear()


def test_the_paths_of_the_readme_order_the_contents(course):
    groups = re.findall(r":caption: (.*)\n((?:.*\n)*?)```", build_site.contents("en"))
    assert [name for name, _ in groups] == ["An evening", "All of it", "Solutions", "More"]
    assert groups[0][1] == "0. Title of 00_start <00_start.ipynb>\n"
    assert re.findall("<(.*)>", groups[1][1]) == ["01_next.ipynb", "02_last.ipynb", "11_new.ipynb"]  # on no path: last
    assert groups[2][1] == "1. Title of 01_next <solutions/01_next.ipynb>\n"


@pytest.mark.parametrize("text, page", [
    ("[next](../01_next.ipynb)", "[next](../01_next.ipynb)"),
    ("[terms](../../../TERMS.md#data) and more", "[terms](../TERMS.md#data) and more"),
    ("[한국어](../../ko/01_next.ipynb)", '<a href="../../ko/01_next.html">한국어</a>'),
    ("[explorer](../../../web/index.html#ko)", '<a href="../../explorer/index.html#ko">explorer</a>'),
    ("[licence](../../../LICENSE), a file", "licence, a file"),
    ("[paper](https://arxiv.org/abs/2010.11929)", "[paper](https://arxiv.org/abs/2010.11929)"),
])
def test_links_are_those_of_the_pages(course, text, page):
    assert build_site.relink(text, "notebooks/en/solutions/01_next.ipynb", "en") == page


def test_a_notebook_gets_a_plain_link_to_colab_and_hides_the_code_that_holds_answers(course):
    cells = [{"cell_type": "markdown", "source": "[![Open in Colab](https://a.b/badge.svg)](https://colab.c/x.ipynb)"},
             {"cell_type": "code", "source": ["check(answer, 3)\n"], "metadata": {"tags": ["nbval-ignore-output"]}},
             {"cell_type": "code", "source": "plot()", "metadata": {"alt": ["One.", "Another."]}}]
    for cell in cells:
        cell.setdefault("metadata", {})
    text = build_site.prepare(json.dumps({"cells": cells}), "notebooks/en/01_next.ipynb", "en")
    link, answer, plot = json.loads(text)["cells"]
    assert link["source"] == "[Open in Colab](https://colab.c/x.ipynb)"
    assert answer["metadata"]["tags"] == ["hide-input"] and "tags" not in plot["metadata"]
    assert plot["metadata"]["mystnb"] == {"image": {"alt": "One. Another."}}


def test_it_is_shown_on_a_port_that_is_free(tmp_path, capsys, monkeypatch):
    (tmp_path / "index.html").write_text("here")
    servers, make = [], build_site.http.server.ThreadingHTTPServer
    monkeypatch.setattr(build_site.http.server, "ThreadingHTTPServer",
                        lambda *words: servers.append(make(*words)) or servers[-1])
    thread = threading.Thread(target=build_site.serve, args=(tmp_path, 0), daemon=True)
    thread.start()
    while not capsys.readouterr().out:
        thread.join(0.05)
    port = servers[0].server_address[1]
    assert urllib.request.urlopen(f"http://127.0.0.1:{port}/index.html").read() == b"here"
    with pytest.raises(SystemExit, match=f"Port {port} cannot be used"):
        build_site.serve(tmp_path, port)
    servers[0].shutdown()
    thread.join(5)


@pytest.mark.parametrize("words, code", [([], 0), (["--serve", "--port", "9000"], 0), (["--prot"], 2),
                                         (["--port", "x"], 2)])
def test_arguments_are_checked_before_anything_is_installed(words, code):
    command = [sys.executable, "-S", ROOT / "notebooks/site/build_site.py", *words]  # -S: without any package
    assert subprocess.run(command, env={**os.environ, "ONLY_CHECK": "1"}, capture_output=True).returncode == code
