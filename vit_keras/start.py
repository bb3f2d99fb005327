"""What has to be settled before Keras is imported: where the course lies, on which backend it runs, and quiet.

`import vit_keras` settles the last two. The first cell of every lesson runs this whole file: it has looked for it near
the notebook, and hands over what it `found`. Standard library only: nothing else is sure to be there.
"""

import contextlib
import importlib.abc
import importlib.util
import os
import re
import sys
import tempfile
import zipfile
from pathlib import Path

BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch", "numpy": "NumPy", "openvino": "OpenVINO"}
NEEDED = {"keras": "keras", "numpy": "numpy", "PIL": "pillow", "einops": "einops", "filelock": "filelock",
          "matplotlib": "matplotlib"}


def installed(name):
    return name in sys.modules or importlib.util.find_spec(name) is not None


# ---- Which backend ----

def choose_backend():
    """Set `KERAS_BACKEND`, where nobody has, to the first of TensorFlow, JAX and PyTorch that is installed.

    Raises:
        ImportError: the variable names no backend of Keras, or one that is not installed.
    """
    if "keras" in sys.modules:  # it has read the variable
        return
    name = os.environ.get("KERAS_BACKEND")
    if not name:
        name = next((name for name in list(BACKENDS)[:3] if installed(name)), None)
        if name:
            os.environ["KERAS_BACKEND"] = name
        return
    if name not in BACKENDS:
        raise ImportError(f"KERAS_BACKEND must be one of {', '.join(BACKENDS)}: got {name}.")
    if not installed(name):
        raise ModuleNotFoundError(f"KERAS_BACKEND={name} needs {BACKENDS[name]}, which is not installed: "
                                  f"{Path(sys.executable).name} -m pip install {name}", name=name)


# ---- Quiet ----

# What TensorFlow and CUDA's libraries say of themselves while they are loaded. Everything else comes through.
NOTES = re.compile(rb"WARNING: All log messages before absl::InitializeLog|[IWE]\d{4} |\d{4}-\d\d-\d\d [\d:.]+: [IWE] |"
                   rb"To enable the following instructions:|\s*$")


@contextlib.contextmanager
def notes_aside():
    """Hold back what is written to file descriptor 2; in the end, or after an error, pass on all but notes.

    TensorFlow writes its notes from C++, past `sys.stderr`, and 2.21 takes no variable for an answer.
    """
    try:
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):  # there is none
        pass
    try:
        stderr = os.dup(2)
    except OSError:  # a program without a console
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        failed = True
        try:
            yield
            failed = False
        finally:
            with contextlib.suppress(AttributeError, OSError, ValueError):
                sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)
            held.seek(0)
            rest = b"".join(line for line in held if failed or not NOTES.match(line))
            with contextlib.suppress(OSError):
                os.write(2, rest)


class QuietTensorFlow(importlib.abc.MetaPathFinder):
    """Finds TensorFlow as the others would, and holds its notes back while it is loaded, whoever imports it.

    Args:
        compiling: bool. Whether a line is compiled on the spot, so that XLA's notes of TensorFlow 2.19 and 2.20 are
            held back too. TensorFlow looks for its devices then, which a program that only uses `vit_keras` may want
            to do later, in its own way.
    """

    def __init__(self, compiling):
        self.compiling = compiling

    def find_spec(self, name, path=None, target=None):
        if name != "tensorflow":
            return None
        others = [finder for finder in sys.meta_path if finder is not self and hasattr(finder, "find_spec")]
        spec = next(filter(None, (finder.find_spec(name, path, target) for finder in others)), None)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def exec_module(module):
                with notes_aside():
                    load(module)
                    if self.compiling and module.__version__.startswith(("2.19.", "2.20.")):
                        module.function(lambda x: x + x, jit_compile=True, autograph=False)(module.zeros(()))

            spec.loader.exec_module = exec_module
        return spec


def quieten(compiling=False):
    """From here on TensorFlow says nothing of itself when it is imported; see `QuietTensorFlow`."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if not any(type(finder).__name__ == QuietTensorFlow.__name__ for finder in sys.meta_path):
        sys.meta_path.insert(0, QuietTensorFlow(compiling))


# ---- The first cell of a lesson ----

def setup(file):
    """Make `import vit_keras` find the course that `file`, this file, belongs to.

    Args:
        file: `pathlib.Path`, or `zipfile.Path` where the course still lies in a zip: it is unpacked.

    Raises:
        ImportError: the module is damaged, another project of this name is loaded, or packages are missing.
    """
    folder = file.parent.parent
    if isinstance(folder, zipfile.Path):
        folder = unpacked(folder)
    folder = folder.resolve()
    module = folder / "vit_keras"
    first = module / "__init__.py"
    if not first.is_file() or "The Vision Transformer, small enough to read" not in first.read_text(encoding="utf-8"):
        raise ImportError(
            f"{module} is damaged: another project called vit-keras was installed into it or removed from it. Run\n"
            "    %pip uninstall -y vit-keras vit-keras-course\n"
            "then put the course's folder beside this notebook or install it again, and restart the kernel.")
    spec = importlib.util.find_spec("vit_keras")
    if "vit_keras" in sys.modules and Path(spec.origin or "").parent != module:
        raise ImportError(f"{spec.origin} was imported before the course was found: restart the kernel.")
    if spec is None or Path(spec.origin or "").parent != module:
        sys.path.insert(0, str(folder))
        importlib.invalidate_caches()
    settle()


def unpacked(folder):
    """Unpack the zip that holds this folder into the working folder; returns where the folder is then."""
    archive = Path(folder.root.filename)
    target = Path.cwd() if folder.at else Path.cwd() / archive.stem
    folder.root.extractall(target)
    print(f"unpacked {archive.name}")
    return target / folder.at


def settle():
    """Choose the backend, see that all packages are there, and be quiet."""
    choose_backend()
    quieten(compiling=True)
    if "tensorflow_addons" not in sys.modules and not old_keras():
        missing = [package for name, package in NEEDED.items() if not installed(name)]
        if not os.environ.get("KERAS_BACKEND"):
            missing.append("tensorflow")
        if missing:
            raise ModuleNotFoundError(f"The course needs {', '.join(missing)}. Run this, then run the cell again:\n"
                                      f"    %pip install {' '.join(missing)}")


def need(*packages):
    """Stop where a lesson begins, not in its middle, if a package that only it needs is missing."""
    missing = [package for package in packages if not installed(package)]
    if missing:
        raise ModuleNotFoundError(f"This lesson needs {', '.join(missing)}. Run this, then run the cell again:\n"
                                  f"    %pip install {' '.join(missing)}")


def old_keras():
    """Is this Keras 2, the lecture's own stack?"""
    from importlib.metadata import PackageNotFoundError, version
    try:
        return version("keras").startswith("2.")
    except PackageNotFoundError:
        return False


if "found" in globals():  # run by a lesson's first cell
    setup((globals()["found"] or [Path.cwd() / "course/vit_keras/start.py"])[0])
