"""What a lesson's checks say to an answer, right or wrong, without opening the lesson.

    solved = Solutions("02_self_attention")
    solved.say('def scores(q, k): return softmax(q @ k.T)')     # "hint: divide by the root of key_dim ..."
"""

import ast
import contextlib
import io
import sys
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
sys.path.insert(0, str(NOTEBOOKS))

from build import assemble  # noqa: E402


class Solutions:
    """The solutions of a lesson, run once; afterwards answers are tried in their place.

    Args:
        lesson: str, such as "02_self_attention".
    """

    def __init__(self, lesson):
        book = assemble(NOTEBOOKS / "src" / f"{lesson}_solutions.py")["en"]
        self.cells = [without_magic(cell.source) for cell in book.cells if cell.cell_type == "code"]
        self.namespace = {"__name__": lesson}
        with contextlib.redirect_stdout(io.StringIO()):
            for source in self.cells:
                exec(compile(source, lesson, "exec"), self.namespace)

    def say(self, answer):
        """The lines that the checks of this answer print.

        Args:
            answer: str. Python that defines, under the name the lesson uses, a function or a value.
        """
        namespace = dict(self.namespace)
        exec(answer, namespace)
        names = defined(answer)
        calls = [call for source in self.cells for call in check_calls(source) if names & used(call.args[0])]
        assert calls, f"no check asks for {sorted(names)}"
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            for call in calls:
                exec(ast.unparse(call), namespace)
        return printed.getvalue()


def without_magic(source):
    return "\n".join(line for line in source.splitlines() if not line.startswith(("%", "!")))


def check_calls(source):
    calls = [line.value for line in ast.parse(source).body if isinstance(line, ast.Expr)]
    return [call for call in calls if isinstance(call, ast.Call) and getattr(call.func, "id", None) == "check"]


def defined(source):
    """Names that these lines define."""
    names = set()
    for line in ast.parse(source).body:
        if isinstance(line, (ast.FunctionDef, ast.ClassDef)):
            names.add(line.name)
        for node in ast.walk(line) if isinstance(line, ast.Assign) else ():
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
    return names


def used(expression):
    return {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}
