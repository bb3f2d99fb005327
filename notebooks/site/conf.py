"""Sphinx's settings for the course's pages; build_site.py runs Sphinx once a language and says which by a tag."""

import importlib.util
import re
import sys
from pathlib import Path

from sphinx.search.en import SearchEnglish

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import build_site  # noqa: E402

language = "ko" if tags.has("ko") else "en"  # noqa: F821  Sphinx puts `tags` here
korean = language == "ko"

project = html_title = build_site.heading(build_site.ROOT / build_site.HOME[language])
author = ""
extensions = ["myst_nb", "sphinx.ext.mathjax"]
nb_execution_mode = "off"
nb_code_prompt_show, nb_code_prompt_hide = ("코드 보기", "코드 접기") if korean else ("Show the code", "Hide the code")
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
smartquotes = False  # a page says what its notebook says, to the letter

# MathJax from a package, not from a network: the one file that needs no other.
MATHJAX = Path(importlib.util.find_spec("sphinx-mathjax-offline").origin).parent / "static/mathjax/tex-svg-full.js"
mathjax_path = MATHJAX.name

html_theme = "sphinx_book_theme"
html_static_path = [str(HERE / "style.css"), str(MATHJAX)]
html_css_files = ["style.css"]
templates_path = ["templates"]
html_show_copyright = html_show_sphinx = html_use_index = False
html_theme_options = {
    "article_header_end": ["language.html", "article-header-buttons.html"],
    "show_toc_level": 2,
    "use_fullscreen_button": False,
    "toc_title": "이 페이지" if korean else "On this page",
    "search_bar_text": "찾기" if korean else "Search",
}
html_context = {"other": build_site.OTHER[language], "explorer": (build_site.ROOT / "web").is_dir()}


class KoreanSearch(SearchEnglish):
    """English words as in English. Particles cling to Korean words, so 패치를 is found by 패치, too."""

    lang, language_name = "ko", "Korean"

    def split(self, text):
        words = super().split(text)
        return words + [word[:2] for word in words if re.match("[가-힣]{3}", word)]


def read(app, docname, content):
    page = Path(app.env.doc2path(docname)).relative_to(app.srcdir).as_posix()
    file = next(file for file, place in build_site.pages(language).items() if place == page)
    content[0] = build_site.prepare(content[0], file, language)


def setup(app):
    app.add_search_language(KoreanSearch)
    app.connect("source-read", read)
