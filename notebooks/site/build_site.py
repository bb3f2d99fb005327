"""The course as web pages, in `site/`: Sphinx turns the stored notebooks into pages and runs no cell.

    python3 run.py site                       build; then open site/index.html
    python3 run.py site --serve               and show it at http://127.0.0.1:8000, until Ctrl-C
    python3 run.py site --serve --port 9000

The first page of each language is its README, whose table of paths orders the contents. `conf.py` has Sphinx's
settings. A fault, for example a link that leads nowhere, is printed and makes the exit code 1; the pages are written
all the same.
"""

import argparse
import functools
import http.server
import json
import os
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OTHER = {"en": "ko", "ko": "en"}
HOME = {"en": "README.md", "ko": "README.ko.md"}
PAGES = ("TERMS.md", "RELIABILITY.md", "CONTRIBUTING.md", "results/README.md", "benchmarks/README.md",
         "benchmarks/GPUS.md", "vit_keras/README.md", "data/README.md")
SOLUTIONS, MORE = {"en": "Solutions", "ko": "풀이"}, {"en": "More", "ko": "더 볼 것"}
PATH_ROW = re.compile(r"^\| (.+?) \| <!-- hours of ([\d ]+) -->", re.MULTILINE)
LINK = re.compile(r"(!?)\[([^\[\]]*)\]\(([^()\s#]+)(#[^()\s]*)?\)")
FIRST_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The Vision Transformer</title>
<style>body {{ font: 1.5rem/2 system-ui, sans-serif; text-align: center; margin-top: 20vh }}</style>
<h1>The Vision Transformer</h1>
<p><a href="en/index.html">English</a> &middot; <a href="ko/index.html" lang="ko">한국어</a></p>
{explorer}</html>
"""
EXPLORER = '<p><a href="explorer/index.html">A Vision Transformer that runs in your browser</a></p>\n'


# ---- which file becomes which page

@functools.cache
def pages(language):
    """`{file of the repository: where it lies among the pages of this language}`."""
    found = {HOME[language]: "index.md", **{page: page for page in PAGES}}
    folders = {f"notebooks/{language}": "", f"notebooks/tfa/{language}": "tfa/", "results": "results/"}
    for folder, place in folders.items():
        for file in sorted((ROOT / folder).rglob("*.*")):
            if file.suffix in (".ipynb", ".png") and ".ipynb_checkpoints" not in file.parts:
                found[file.relative_to(ROOT).as_posix()] = place + file.relative_to(ROOT / folder).as_posix()
    return found


def prepare(text, file, language):
    """The text of a file as Sphinx reads it; what a page lets you download stays as it is."""
    if not file.endswith(".ipynb"):
        return relink(text, file, language)
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            source = re.sub(r"\[!\[Open in Colab\]\([^)]*\)\]", "[Open in Colab]", source)  # the badge is on a network
            cell["source"] = relink(source, file, language)
        elif "vit_keras/start.py" in source or source.startswith("check("):  # of use where it runs, and holds answers
            cell["metadata"]["tags"] = ["hide-input"]
        if "alt" in cell["metadata"]:
            cell["metadata"]["mystnb"] = {"image": {"alt": " ".join(cell["metadata"]["alt"])}}
    return json.dumps(notebook)


def relink(text, file, language):
    """The text of a file with links that hold among the pages; what is no page keeps its words and loses its link."""
    ours, theirs = pages(language), pages(OTHER[language])
    folder = posixpath.dirname(f"/{language}/{ours[file]}")

    def link(found):
        picture, words, target, anchor = found.groups(default="")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(file), target))
        if ":" in target:
            return found[0]
        if path in ours:
            return f"{picture}[{words}]({posixpath.relpath(f'/{language}/{ours[path]}', folder)}{anchor})"
        if path in theirs:
            page = posixpath.splitext(f"/{OTHER[language]}/{theirs[path]}")[0] + ".html"
        elif path.startswith("web/"):
            page = "/explorer/" + ("index.html" if path.endswith(".md") else path[4:])  # its README stays behind
        else:
            return words
        return f'<a href="{posixpath.relpath(page, folder)}{anchor}">{words}</a>'  # Sphinx knows its own pages only

    return LINK.sub(link, text)


def contents(language):
    """Sphinx's tables of contents, a group for each path; a lesson stands in the first path that has it."""
    title = {page: heading(ROOT / file) for file, page in pages(language).items() if page.endswith(".ipynb")}
    lessons = {int(page[:2]): page for page in title if "/" not in page}
    waiting, groups = dict(lessons), {}
    for name, numbers in PATH_ROW.findall((ROOT / HOME[language]).read_text(encoding="utf-8")):
        groups[name[0].upper() + name[1:]] = group = []
        group += [waiting.pop(number) for number in map(int, numbers.split()) if number in waiting]
    group += [*waiting.values(), *(page for page in title if re.match("tfa/\\w+[.]", page))]
    groups[SOLUTIONS[language]] = [page for page in title if "solutions/" in page]
    lines = []
    for name, group in groups.items():
        lines += ["", "```{toctree}", ":hidden:", f":caption: {name}"]
        for page in group:
            number = re.match(r"\d+", posixpath.basename(page))
            short = title[lessons[int(number[0])]].split(":")[0] if number else title[page]
            lines.append(f"{int(number[0])}. {short} <{page}>" if number else page)
        lines.append("```")
    return "\n".join([*lines, "", "```{toctree}", ":hidden:", f":caption: {MORE[language]}", *PAGES, "```", ""])


def heading(file):
    """The title of a notebook or a page."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".ipynb":
        text = "".join(json.loads(text)["cells"][0]["source"])
    return re.search("^# (.*)", text, re.MULTILINE)[1]


# ---- building and showing

def build(site):
    """Write all pages into the folder `site`, in the place of what was there; returns how many languages had faults."""
    with tempfile.TemporaryDirectory() as folder:
        faults = sum(build_language(language, Path(folder)) for language in HOME)
        shutil.rmtree(site, ignore_errors=True)
        site.mkdir()
        for language in HOME:
            shutil.move(f"{folder}/pages/{language}", f"{site}/{language}")
    explorer = (ROOT / "web").is_dir()
    if explorer:
        shutil.copytree(ROOT / "web", site / "explorer", ignore=shutil.ignore_patterns("*.py", "*.md", "__pycache__"))
    (site / "index.html").write_text(FIRST_PAGE.format(explorer=EXPLORER * explorer), encoding="utf-8")
    return faults


def build_language(language, folder):
    """Copy what becomes a page into `folder`, and run Sphinx on it; returns whether it found faults."""
    source = folder / language
    for file, page in pages(language).items():
        (source / page).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, source / page)
    with open(source / "index.md", "a", encoding="utf-8") as index:
        index.write(contents(language))
    words = ["-q", "-W", "--keep-going", "-j", "auto", "-t", language, "-c", Path(__file__).parent,
             "-d", folder / "doctrees" / language, source, folder / "pages" / language]
    return subprocess.run([sys.executable, "-m", "sphinx", *map(str, words)]).returncode != 0


def serve(site, port):
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(site))
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        sys.exit(f"Port {port} cannot be used ({error.strerror}): choose another with --port.")
    with server:
        print(f"http://127.0.0.1:{port} shows the course until Ctrl-C.", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass


def main(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args(words)
    if os.environ.get("ONLY_CHECK"):  # run.py asks before it installs anything
        return 0
    faults = build(ROOT / "site")
    print("\nThe pages have faults: see above." if faults else f"\nBuilt: {ROOT / 'site/index.html'}", flush=True)
    if options.serve:
        serve(ROOT / "site", options.port)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
