"""Write the course's address wherever it belongs: into every lesson's first cell, the READMEs and pyproject.toml.

    python3 run.py publish https://github.com/NAME/COURSE      and for Colab: a badge over every lesson
    python3 run.py publish file:///home/me/course              a place of your own; Colab has no badge for it
    python3 run.py publish none                                as if it had never been published

Then commit and push. A lesson that was opened alone, in Colab for example, fetches the course from this address. The
outputs that notebooks store stay.
"""

import argparse
import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ADDRESS = re.compile(r"https://[\w.-]+/[\w./~-]+|file:///[\w./~:-]+|none")
GITHUB = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?")
SETUP = re.compile(r'^REPOSITORY = (?:None|"[^"]*")', re.MULTILINE)
BADGE = re.compile(r"\n#\n# \[!\[Open in Colab\]\([^)]*\)\]\([^)]*\)")
PLACEHOLDER = "ADDRESS"


def checked(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    options = parser.parse_args(words)
    if not ADDRESS.fullmatch(options.address):
        parser.error("the address must begin with https:// or file:///, without spaces, or be the word none: "
                     f"got {options.address}")
    return None if options.address == "none" else options.address


def badge(address, folder, language, name):
    """A line of markdown that opens a lesson in Colab, or nothing where Colab cannot."""
    found = GITHUB.fullmatch(address or "")
    if not found or folder != "notebooks":  # the lecture's own stack does not run there
        return ""
    link = f"https://colab.research.google.com/github/{found[1]}/blob/main/{folder}/{language}/{name}.ipynb"
    return f"\n#\n# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({link})"


def published(text, address, folder, name):
    """The source of a lesson with its address, and a badge under the title in each language."""
    text = SETUP.sub(lambda _: f"REPOSITORY = {repr(address).replace(chr(39), chr(34))}", BADGE.sub("", text))
    for language in ("en", "ko"):
        title = re.compile(rf'^(# %% \[markdown\] lang="{language}"\n# # [^\n]*)', re.MULTILINE)
        text = title.sub(lambda found: found[1] + badge(address, folder, language, name), text, count=1)  # noqa: B023
    return text


def page(text, address):
    """A README with the line that fetches the course."""
    return re.sub(r"^git clone \S+ course", f"git clone {address or PLACEHOLDER} course", text, flags=re.MULTILINE)


def project(text, address):
    """pyproject.toml with its address."""
    text = re.sub(r"\[project\.urls\]\n.*\n\n", "", text)
    urls = f'[project.urls]\nRepository = "{address}"\n\n' if address else ""
    return text.replace("[project.optional-dependencies]", urls + "[project.optional-dependencies]", 1)


def main(words):
    address = checked(words)
    if os.environ.get("ONLY_CHECK"):  # run.py asks before it installs anything
        return 0
    import build  # needs the notebook tools

    changed = []
    for folder in ("notebooks", "notebooks/tfa"):
        for source in build.sources(ROOT / folder):
            name = build.name_of(source, ROOT / folder)
            old = source.read_text(encoding="utf-8")
            new = published(old, address, folder, name)
            if new == old:
                continue
            before = build.stored(name, ROOT / folder)  # the first cell prints nothing: outputs stay by cell
            outputs = {id_: build.tidy(cell) for id_, cell in before.items()}
            source.write_text(new, encoding="utf-8", newline="\n")
            for language, notebook in build.assemble(source).items():
                build.dress(notebook, language, outputs)
                build.write(build.target(name, language, ROOT / folder), build.text_of(notebook))
            changed.append(f"{folder}/src/{name}.py and its two notebooks")
    for name, rewrite in {"README.md": page, "README.ko.md": page, "pyproject.toml": project}.items():
        file = ROOT / name
        old = file.read_text(encoding="utf-8")
        new = rewrite(old, address)
        if new != old:
            file.write_text(new, encoding="utf-8", newline="\n")
            changed.append(name)
    print("\n".join(changed) or "nothing to change")
    if address and not GITHUB.fullmatch(address):
        print("No badges: Colab opens notebooks from GitHub only.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
