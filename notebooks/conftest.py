"""`pytest --nbval notebooks`: run every lesson once, small, without network, and compare what it prints.

Only the English notebooks run: tests/notebooks proves that the Korean ones hold the same code and outputs.
On Keras 2, the lecture's own stack, `pytest --nbval notebooks` runs the notebook of that stack and no other.
"""

import importlib.metadata
import os
from pathlib import Path

import pytest

KERAS_2 = importlib.metadata.version("keras").startswith("2.")
collect_ignore_glob = ["ko/*", "src/*", *(["en/*", "tfa/ko/*", "tfa/src/*"] if KERAS_2 else ["tfa/*"])]


def pytest_configure(config):
    if not (config.getoption("nbval", False) or config.getoption("nbval_lax", False)):
        return
    # Kernels inherit these. A profile set in the shell would make this test run for hours, so it is set here.
    os.environ.update(VIT_KERAS_PROFILE="smoke", VIT_KERAS_OFFLINE="1", TF_CPP_MIN_LOG_LEVEL="3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    if "PYTEST_XDIST_WORKER" in os.environ:  # several kernels run at once: one thread each is quickest
        os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
        os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
    root = str(Path(__file__).resolve().parent.parent)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    if config.option.nbval_kernel_name is None:
        config.option.nbval_current_env = True       # this Python, whatever "python3" means on the machine


@pytest.hookimpl(hookwrapper=True)
def pytest_collect_file(file_path, parent):
    outcome = yield
    for notebook in outcome.get_result():
        if hasattr(notebook, "skip_compare"):
            # build.py stores no stderr (log noise); HTML repeats what text/plain says, with ids that change.
            notebook.skip_compare += ("stderr", "text/html")
