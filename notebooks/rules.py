"""What a built lesson keeps to: `problems` names every breach.

build.py prints them, tests/test_notebooks.py refuses them.
"""

import ast
import inspect
import pkgutil
import re
import textwrap

THIRD_PARTY = "third-party-pixels"
SAID = {"correct": "정답이에요", "not answered yet": "아직 답하지 않았어요"}  # what `check` says, line by line
WIDTH = 100  # characters; JupyterLab on a small screen shows no more of a line
IGNORED = ("nbval-ignore-output", "nbval-skip")
HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")
# Where somebody's files lie is nobody's business, and different on the next machine.
MACHINE_PATH = re.compile(r"(?<![\w./~:-])/(?:home|root|work|tmp|Users|usr|opt|var|mnt|content|private|workspace)\b/?"
                          r"|\b[A-Za-z]:\\\w|site-packages")
LOADS_THIRD_PARTY = re.compile(r"\bload_(?:cifar|cats)\w*\(")
SHOWS_PICTURES = re.compile(r"\bimshow\(|\b(?:plot|show|display)_\w*(?:image|photo|picture)\w*\(")


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tagged(cell, *tags):
    return any(tag in cell.metadata.get("tags", ()) for tag in tags)


def equations(text):
    """`(displayed, inline)`: displayed equations in order, inline ones as a set (word order differs in Korean)."""
    text = re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.S)      # a dollar in code is no equation
    displayed = re.findall(r"\$\$(.+?)\$\$", text, flags=re.S)
    inline = re.findall(r"(?<!\\)\$(.+?)(?<!\\)\$", re.sub(r"\$\$.+?\$\$", "", text, flags=re.S), flags=re.S)

    def squeeze(equation):
        return re.sub(r"\s+", " ", equation.strip())

    return [squeeze(one) for one in displayed], {squeeze(one) for one in inline}


def output_text(output):
    """The words of one output; those of a picture are only its `<Figure ...>`, which say nothing."""
    data = output.get("data", {})
    if "image/png" in data:
        return ""
    return "".join(["".join(output.get("text", "")),
                    *("".join(value) for kind, value in data.items() if kind.startswith("text/"))])


def compared_share(notebook):
    """Of the code cells that store words or numbers, the share that nbval compares; 1.0 if there is none."""
    stored = [cell for cell in code_cells(notebook) if any(output_text(output).strip() for output in cell.outputs)]
    compared = [cell for cell in stored if cell.execution_count is not None and not tagged(cell, *IGNORED)
                and "NBVAL_" not in cell.source]
    return len(compared) / len(stored) if stored else 1.0


def reading_time(notebook):
    """Minutes to read and try a lesson: 180 words a minute, 45 seconds a code cell."""
    return sum(0.75 if cell.cell_type == "code" else len(cell.source.split()) / 180 for cell in notebook.cells)


def minutes(name, en):
    """A lesson of the course says at its top how long it takes, to five minutes."""
    said = re.search(r"read and try: (\d+) min; machine: \d+ min", en.cells[0].source)
    if re.match(r"\d\d_", name) and (said is None or abs(int(said[1]) - reading_time(en)) > 3):
        yield f"{en.cells[0].id}: must say `read and try: N min; machine: M min`, N about {reading_time(en):.0f}"


def problems(name, en, ko):
    """Every rule that the lesson breaks, as sentences."""
    found = [*languages(en, ko), *minutes(name, en), *wide(en), *outputs(en), *outputs(ko), *figures(en), *figures(ko),
             *third_party(en), *exercises(en, solved=name.startswith("solutions/"))]
    return list(dict.fromkeys(found))   # what both languages share is said once


def languages(en, ko):
    """The same lesson twice: same code, same outputs, same equations, and each in its own language."""
    kinds = [[(cell.cell_type, cell.id) for cell in book.cells] for book in (en, ko)]
    if kinds[0] != kinds[1]:
        yield "English and Korean do not have the same cells in the same order"
        return
    for one, other in zip(en.cells, ko.cells, strict=True):
        if one.cell_type == "code":
            if HANGUL.search("".join(one.metadata.get("alt", []))):
                yield f"{one.id}: Korean in the English text alternative; it belongs into alt_ko"
            if one.source != other.source:
                yield f"{one.id}: code differs between English and Korean"
            if [in_korean(strip_alt(o)) for o in one.outputs] != [strip_alt(o) for o in other.outputs]:
                yield f"{one.id}: outputs differ between English and Korean"
            continue
        if equations(one.source) != equations(other.source):
            yield f"{one.id}: equations differ: {equations(one.source)} and {equations(other.source)}"
        if HANGUL.search(one.source) and one.source != other.source:
            yield f"{one.id}: Korean in the English text"
        if one.source != other.source and not HANGUL.search(other.source):
            yield f"{one.id}: the Korean text is not Korean"


def in_korean(output):
    """The same output, with the words of `check` in Korean."""
    if "text" not in output:
        return output
    return {**output, "text": "\n".join(SAID.get(line, line) for line in output["text"].split("\n"))}


def wide(notebook):
    """Lines of code that are cut on a page; what is quoted from the module keeps the module's own width."""
    for cell in code_cells(notebook):
        longest = max(map(len, cell.source.splitlines()), default=0)
        if longest > WIDTH and "quotes" not in cell.metadata:
            yield f"{cell.id}: a line of {longest} characters is cut on a page; {WIDTH} at most"


def strip_alt(output):
    return {**output, "metadata": {kind: {key: value for key, value in about.items() if key != "alt"}
                                   for kind, about in output.get("metadata", {}).items() if isinstance(about, dict)}}


def outputs(notebook):
    """Stored outputs that are the same wherever the lesson runs."""
    if "widgets" in notebook.metadata:
        yield "widget state in the metadata"
    for cell in code_cells(notebook):
        if cell.execution_count is None and not tagged(cell, THIRD_PARTY):
            yield f"{cell.id}: not executed; build the lesson"
        for output in cell.outputs:
            if output.output_type == "error":
                yield f"{cell.id}: an error is stored"
            if output.get("name") == "stderr":
                yield f"{cell.id}: stderr is stored"
            if any("widget" in kind for kind in output.get("data", {})):
                yield f"{cell.id}: a widget is stored, which shows nothing without its state"
            text = output_text(output)
            if found := MACHINE_PATH.search(text):
                yield f"{cell.id}: a path of this machine is stored: {text[found.start():found.start() + 40]!r}"
            if "profile smoke" in text:
                yield f"{cell.id}: a smoke test's output is stored; build with --profile laptop"
            if "\r" in text or "\b" in text:
                yield f"{cell.id}: a progress bar is stored; use verbose=2 or 0"
            if found := re.search(r"^(?:WARNING|\S*Warning): ?.*", text, flags=re.M):
                yield f"{cell.id}: a library's warning is stored: {found[0][:40]!r}"
            if not tagged(cell, *IGNORED) and re.search(r"\b0x[0-9a-f]{6,}", text):
                yield f"{cell.id}: an address in memory is compared, and differs in the next run"
            if not tagged(cell, *IGNORED) and re.search(r"\d[mu]?s/(?:step|epoch)|Wall time", text):
                yield f"{cell.id}: seconds are compared; tag it nbval-ignore-output"


def figures(notebook):
    """A figure has a text alternative, and a sentence below says what to see in it."""
    for cell, following in zip(notebook.cells, [*notebook.cells[1:], None], strict=True):
        if cell.cell_type != "code":
            continue
        pictures = [(output, kind) for output in cell.outputs for kind in output.get("data", {})
                    if kind.startswith("image/")]
        missing = [output for output, kind in pictures if not output.metadata.get(kind, {}).get("alt", "").strip()]
        if missing:
            twice = len({output.data[kind] for output, kind in pictures}) < len(pictures)
            yield (f"{cell.id}: {len(missing)} of {len(pictures)} figures without text alternative"
                   + ("; one is shown twice: end the last line with ';' or close the figure" if twice else ""))
        if cell.execution_count is not None and len(cell.metadata.get("alt", [])) > len(pictures):
            yield f"{cell.id}: more text alternatives than figures"
        if pictures and (following is None or following.cell_type != "markdown"):
            yield f"{cell.id}: no text after the figure says what to see in it"


def third_party(notebook):
    """Pictures of CIFAR or Asirra come without a licence to pass them on, inside a notebook too."""
    loads = any(LOADS_THIRD_PARTY.search(cell.source) for cell in code_cells(notebook))
    for cell in code_cells(notebook):
        if tagged(cell, THIRD_PARTY):
            if cell.outputs or cell.execution_count is not None:
                yield f"{cell.id}: the output of a {THIRD_PARTY} cell is stored"
        elif loads and SHOWS_PICTURES.search(cell.source) and not tagged(cell, "own-pixels") and \
                not cell.source.lstrip().startswith(("def ", "class ")):
            yield f'{cell.id}: shows pictures: tag it "{THIRD_PARTY}", or "own-pixels" if it draws only our own'


def checks(cell):
    """The calls of `check` in a cell, as text that does not depend on spacing."""
    try:
        body = ast.parse(cell.source).body
    except SyntaxError:                 # a %magic line; no exercise has one
        return []
    calls = [line.value for line in body if isinstance(line, ast.Expr) and isinstance(line.value, ast.Call)]
    return [ast.unparse(call) for call in calls if isinstance(call.func, ast.Name) and call.func.id == "check"]


def exercises(notebook, solved):
    """A lesson gives no answer away; in its solutions every check says 'correct'."""
    wanted = "correct" if solved else "not answered yet"
    for cell in code_cells(notebook):
        if calls := checks(cell):
            lines = [line for output in cell.outputs for line in output_text(output).splitlines()]
            said = [line for line in lines if line.startswith(("correct", "not answered yet", "hint:"))]
            if len(said) != len(calls) or not all(line.startswith(wanted) for line in said):
                yield f"{cell.id}: an exercise has to say '{wanted}' here, and says {said}"


def unsolved(lesson, solutions):
    """The checks of a lesson that its solutions do not run, letter for letter."""
    solved = {call for cell in code_cells(solutions) for call in checks(cell)}
    return [call for cell in code_cells(lesson) for call in checks(cell) if call not in solved]


def misquoted(notebook):
    """Cells that name the object they quote, and do not hold its source: word for word, or shortened (see `quoted`)."""
    for cell in code_cells(notebook):
        names = cell.metadata.get("quotes", [])
        for name in names if isinstance(names, list) else [names]:
            source = textwrap.dedent(inspect.getsource(pkgutil.resolve_name(name))).strip()
            if source not in cell.source and not quoted(source, cell.source):
                yield f"{cell.id}: does not quote {name} as it stands in the module"


def quoted(source, text):
    """Whether `text` has a class or function as `source` has it, all but decorators, docstrings, errors and comments.

    A class may leave out methods, but not `__init__` and `call`. Line breaks are free; a comment is one of the source.
    """
    whole = ast.parse(source).body[0]
    short = next((node for node in ast.parse(text).body if getattr(node, "name", None) == whole.name), None)
    if short is None or not comments(ast.get_source_segment(text, short)) <= comments(source):
        return False
    right, said = code_of(whole), code_of(short)
    return said.items() <= right.items() and {"", "__init__", "call"} & right.keys() <= said.keys()


def comments(source):
    return set(re.findall(r"#.*", source))


def code_of(node):
    """`{method: its code}` of a class, `{"": its code}` of a function, without decorators, docstrings and errors."""
    node = Shortened().visit(node)
    if not isinstance(node, ast.ClassDef):
        return {"": ast.dump(node)}
    methods = {part.name: ast.dump(part) for part in node.body if isinstance(part, ast.FunctionDef)}
    return {"": "".join(map(ast.dump, node.bases)), **methods}


class Shortened(ast.NodeTransformer):
    """What may be left out of a quote goes: docstrings, and conditions that only raise an error."""

    def visit_Expr(self, node):
        return None if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str) else node

    def visit_If(self, node):
        self.generic_visit(node)
        return None if not node.orelse and all(isinstance(line, ast.Raise) for line in node.body) else node

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        node.decorator_list = []
        return node
