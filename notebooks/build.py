"""Build the lessons: one source, one execution, two languages.

    python notebooks/build.py                    build every lesson of notebooks/src (run.py notebooks does this)
    python notebooks/build.py 05 07_inductive    only these and their solutions: a name or the beginning of one
    python notebooks/build.py --no-execute 05    after a change to prose: keep the stored outputs of unchanged code
    python notebooks/build.py --check            build nothing; fail where a committed notebook is not its source
    python notebooks/build.py --profile gpu      smoke, laptop or gpu; default: $VIT_KERAS_PROFILE, else laptop
    python notebooks/build.py --folder notebooks/tfa   another folder with a src: run.py tfa --build does this

A source is a Python file in jupytext's percent format; the solutions of src/05_name.py are src/solutions/05_name.py.
Its cells:

    # %% [markdown] lang="en"        prose in English, and right behind it the same
    # %% [markdown] lang="ko"        in Korean; a markdown cell without lang goes into both languages
    # %%                             code, shared by both languages; any of the settings below may follow, on one line
    #   tags=["nbval-ignore-output"]         the output depends on time, data or profile: run by the tests, not compared
    #   tags=["third-party-pixels"]          shows pictures of a data set we may not pass on: stored without output
    #   quotes="vit_keras.patches.Patches"   that class or function stands in this cell as it does in the module, or
    #                                        without docstrings, errors and methods but __init__ and call; or a list
    #   alt="..." alt_ko="..."               what the figure shows; a list, alt=["...", "..."], for several figures

A number in prose comes from a recorded run, `{{cifar10_laptop:vit.test_accuracy|.1%}}`: results/cifar10_laptop.json,
the path of the value in it (a number picks from a list), and, if wanted, a Python format.

The English notebook is executed in its own folder by the Python that runs this file; both languages store its outputs.
Nothing is written unless the whole lesson ran. `rules.py` says what else a built lesson must keep to.
"""

import argparse
import base64
import copy
import difflib
import io
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import jupytext
import nbformat
from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from rules import THIRD_PARTY, in_korean, problems

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("en", "ko")
METADATA = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"}}
WIDGET = "application/vnd.jupyter.widget-view+json"
PLACEHOLDER = re.compile(r"\{\{([^{}:|]*):([^{}|]*)(?:\|([^{}]*))?\}\}")


class BuildError(Exception):
    """What the author has to mend, in one message."""


# ---- from source to two notebooks without outputs

def fill(text, results):
    """Put recorded numbers where `{{NAME:path.to.value|format}}` stands."""

    def value(match):
        name, path, spec = match[1].strip(), match[2].strip(), match[3] or ""
        file = Path(results) / (Path(name).stem + ".json")
        if not file.is_file():
            raise BuildError(f"{match[0]} needs the recorded run results/{file.name}: there is no such file.")
        found = json.loads(file.read_text(encoding="utf-8"))
        for key in path.split("."):
            try:
                found = found[int(key) if isinstance(found, list) else key]
            except (KeyError, IndexError, ValueError, TypeError):
                has = list(found) if isinstance(found, dict) else f"{type(found).__name__}, not a table"
                raise BuildError(f"{match[0]}: no '{key}' in results/{file.name}; there is {has}.") from None
        try:
            return format(found, spec)
        except (ValueError, TypeError) as error:
            raise BuildError(f"{match[0]}: {error}") from None

    return PLACEHOLDER.sub(value, text)


def assemble(source, results=ROOT / "results"):
    """Both notebooks of one source, not executed: `{"en": notebook, "ko": notebook}`."""
    cells = jupytext.reads(Path(source).read_text(encoding="utf-8"), fmt="py:percent").cells
    books = {language: [] for language in LANGUAGES}
    count = {"code": 0, "markdown": 0}
    awaited = None                      # the English cell whose Korean has to come next
    for cell in filter(lambda cell: cell.source.strip(), cells):        # blank lines above the first cell make one
        lang = cell.metadata.pop("lang", None)
        first_line = cell.source.split("\n")[0]
        if cell.cell_type not in count or lang not in (None, *LANGUAGES) or (lang and cell.cell_type == "code"):
            raise BuildError(f'cells are code, or markdown with lang="en", lang="ko" or none: see "{first_line}"')
        if (awaited is not None) != (lang == "ko"):
            raise BuildError('prose comes in pairs, lang="en" and then lang="ko": '
                             f'one half is missing near "{awaited or first_line}"')
        awaited = first_line if lang == "en" else None
        count[cell.cell_type] += lang != "ko"
        for language in LANGUAGES if lang is None else (lang,):
            books[language].append(_cell(cell, count[cell.cell_type], language, results))
    if awaited is not None:
        raise BuildError(f'the Korean of the last cell is missing: "{awaited}"')
    return {language: nbformat.v4.new_notebook(cells=books[language], metadata=copy.deepcopy(METADATA))
            for language in LANGUAGES}


def _cell(cell, number, language, results):
    if cell.cell_type == "markdown":
        return nbformat.v4.new_markdown_cell(fill(cell.source, results), id=f"text-{number:02d}")
    metadata = {key: value for key, value in copy.deepcopy(cell.metadata).items()
                if not key.startswith(("lines_to_", "cell_marker"))}       # jupytext's own notes on the source
    korean = metadata.pop("alt_ko", None)
    if language == "ko" and korean is not None:
        metadata["alt"] = korean
    if "alt" in metadata:
        alts = metadata["alt"] if isinstance(metadata["alt"], list) else [metadata["alt"]]
        metadata["alt"] = [fill(alt, results) for alt in alts]
    return nbformat.v4.new_code_cell(cell.source, id=f"code-{number:02d}", metadata=metadata)


# ---- outputs

class CurrentPython(AsyncKernelManager):
    """A kernel of the Python that runs this file, whatever kernels are installed on the machine."""

    @property
    def kernel_spec(self):
        return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())


def execute(notebook, folder, profile):
    """Run the notebook in `folder`; returns `{cell id: (execution_count, outputs)}`."""
    notebook = copy.deepcopy(notebook)
    folder.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", **os.environ,
                   "VIT_KERAS_PROFILE": profile, "PYTHONPATH": path}
    client = NotebookClient(notebook, kernel_manager_class=CurrentPython, kernel_name="python3", timeout=None,
                            record_timing=False, resources={"metadata": {"path": str(folder)}})
    log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")    # what libraries write past Jupyter
    try:
        client.execute(env=environment, stderr=log)
    except CellExecutionError as error:
        failed = next(cell for cell in reversed(notebook.cells) if cell.get("outputs")
                      and any(output.output_type == "error" for output in cell.outputs))
        trace = re.sub(r"\x1b\[[0-9;]*m", "", error.traceback)
        raise BuildError(f"cell {failed.id} failed:\n\n{failed.source}\n\n{trace}") from None
    except DeadKernelError:
        log.seek(0)
        raise BuildError(f"the kernel died (out of memory?); its last words:\n{log.read()[-2000:]}") from None
    finally:
        log.close()
    return {cell.id: tidy(cell) for cell in notebook.cells if cell.cell_type == "code"}


def tidy(cell):
    """`(execution_count, outputs)` as they are stored: no stderr (log noise), streams joined, lines that moved at rest,
    pictures packed."""
    if THIRD_PARTY in cell.metadata.get("tags", ()):
        return None, []                 # nbval runs a cell without a count and does not compare it
    kept = []
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stderr":
            continue
        if output.output_type == "stream" and kept and kept[-1].output_type == "stream":
            kept[-1].text += output.text
            continue
        if "image/png" in output.get("data", {}):
            output.data["image/png"] = pack(output.data["image/png"])
            output.data.pop(WIDGET, None)       # alive only with its kernel: the picture beside it is kept
        kept.append(output)
    for stream in (output for output in kept if output.output_type == "stream"):
        stream.text = re.sub(r"[^\n]*\r", "", stream.text)
    return cell.execution_count, kept


def pack(png):
    """The same picture in fewer bytes: best compression, and no alpha channel where nothing shows through."""
    from PIL import Image
    picture = Image.open(io.BytesIO(base64.b64decode(png)))
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema()[0] == 255:
        picture = picture.convert("RGB")
    packed = io.BytesIO()
    picture.save(packed, format="PNG", optimize=True)
    smaller = base64.b64encode(packed.getvalue()).decode("ascii")
    return smaller if len(smaller) < len(png) else png


def dress(notebook, language, outputs):
    """Give the cells their outputs in the page's language, and the pictures in them their text alternative."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.execution_count, cell.outputs = copy.deepcopy(outputs.get(cell.id, (None, [])))
        alts = iter(cell.metadata.get("alt", []))
        for output in cell.outputs:
            if language == "ko":
                output.update(in_korean(output))
            if "image/png" in output.get("data", {}):
                about = {key: value for key, value in output.metadata.get("image/png", {}).items() if key != "alt"}
                alt = next(alts, None)
                output.metadata["image/png"] = about if alt is None else {**about, "alt": alt}


# ---- files

def sources(folder):
    """Lessons, then their solutions."""
    return sorted((Path(folder) / "src").rglob("*.py"), key=lambda path: (len(path.parts), path))


def name_of(source, folder):
    """`05_name`, or `solutions/05_name`."""
    return Path(source).relative_to(Path(folder) / "src").with_suffix("").as_posix()


def target(name, language, folder):
    return Path(folder) / language / f"{name}.ipynb"


def stored(name, folder):
    """`{cell id: cell}` of the committed English notebook; empty if there is none."""
    path = target(name, "en", folder)
    cells = nbformat.read(path, as_version=4).cells if path.is_file() else []
    return {cell.id: cell for cell in cells if cell.cell_type == "code"}


def text_of(notebook):
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


def write(path, text):
    """All of the file or nothing of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
    os.chmod(temporary, 0o644)
    os.replace(temporary, path)


def build(source, folder, results=ROOT / "results", profile="laptop", run=True):
    """Build one lesson; returns the ids of code cells left without output because they changed and `run` is off."""
    name, books, changed = name_of(source, folder), assemble(source, results), []
    if run:
        outputs = execute(books["en"], target(name, "en", folder).parent, profile)
    else:
        outputs, before = {}, stored(name, folder)
        for cell in books["en"].cells:
            old = before.get(cell.id)
            if old is not None and old.source == cell.source:
                outputs[cell.id] = tidy(old)
            elif cell.cell_type == "code":
                changed.append(cell.id)
    for language, notebook in books.items():
        dress(notebook, language, outputs)
    texts = {language: text_of(books[language]) for language in LANGUAGES}
    for language in LANGUAGES:
        write(target(name, language, folder), texts[language])
    for problem in problems(name, books["en"], books["ko"]):
        print(f"  {name}: {problem}")
    return changed


def differences(source, folder, results=ROOT / "results"):
    """How the committed notebooks differ from what their source says, stored outputs taken as they are."""
    name, books = name_of(source, folder), assemble(source, results)
    outputs = {id_: (cell.execution_count, cell.outputs) for id_, cell in stored(name, folder).items()}
    found = []
    for language, notebook in books.items():
        path = target(name, language, folder)
        if not path.is_file():
            found.append(f"{language}/{name} is missing")
            continue
        dress(notebook, language, outputs)
        pairs = [path.read_text(encoding="utf-8").splitlines(), text_of(notebook).splitlines()]
        lines = [line for line in difflib.unified_diff(*pairs, "committed", "source", n=0, lineterm="")]
        if lines:
            found.append(f"{language}/{name} is not its source: " + "\n    ".join(["", *lines[2:8]]))
    return found


def choose(names, folder):
    """The sources, of lessons and of solutions, whose names begin with one of `names`; all of them without names."""
    every = sources(folder)
    for name in names:
        if not any(path.stem.startswith(Path(name).stem) for path in every):
            raise BuildError(f"no lesson is called {name}; there is {sorted({path.stem for path in every})}")
    return [path for path in every if not names or any(path.stem.startswith(Path(name).stem) for name in names)]


def main(arguments=None, folder=ROOT / "notebooks", results=ROOT / "results"):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lessons", nargs="*")
    parser.add_argument("--profile", default=os.environ.get("VIT_KERAS_PROFILE") or "laptop",
                        choices=("smoke", "laptop", "gpu"))
    parser.add_argument("--folder", type=Path, default=folder)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--no-execute", action="store_true")
    options = parser.parse_args(arguments)
    failures = 0
    try:
        chosen = choose(options.lessons, options.folder)
    except BuildError as error:
        parser.error(str(error))
    for source in chosen:
        started, name = time.perf_counter(), name_of(source, options.folder)
        try:
            if options.check:
                found = differences(source, options.folder, results)
                print("\n".join(found) if found else f"{name}: as its source says")
                failures += bool(found)
                continue
            changed = build(source, options.folder, results, options.profile, run=not options.no_execute)
        except BuildError as error:
            print(f"{name}: {error}", file=sys.stderr)
            failures += 1
            continue
        took = f"{time.perf_counter() - started:.0f} s" + (f", {options.profile}" if not options.no_execute else "")
        print(f"{name}: built in {took}", flush=True)
        if changed:
            print(f"  code changed in {', '.join(changed)}: without output now, run this again without --no-execute")
            failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
