"""What every test shares: the backend, a quiet TensorFlow, and a fixed seed.

On Keras 2, the lecture's own stack, only the tests of what runs there are collected, and `keras` is to them what it is
to the files they test.
"""

import gc
import importlib.metadata
import os
import random
import sys
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "tensorflow")  # before the first `import keras`
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if "PYTEST_XDIST_WORKER" in os.environ:  # several processes run the tests: one thread each is quickest
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")

SEED = 0
TESTS = Path(__file__).resolve().parent
KERAS_2_TOO = ("attention", "cnn", "encoder", "hybrid", "keras_2", "patches", "pixels", "profiles", "two_stacks", "vit")

if importlib.metadata.version("keras").startswith("2."):
    import keras

    from vit_keras import keras_2

    sys.modules["keras"] = keras_2.keras  # while the files of tests are imported

    def pytest_collection_finish(session):
        sys.modules["keras"] = keras

    wanted = {TESTS / "core" / f"test_{name}.py" for name in KERAS_2_TOO}
    collect_ignore = [str(path) for path in TESTS.rglob("test_*.py") if path not in wanted]


# Files that take longest come first, so that no process is left alone with one in the end.
SLOW = ("test_distribution.py", "test_reliability.py", "test_backends.py", "test_train.py", "test_fit.py",
        "test_page.py")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: SLOW.index(item.path.name) if item.path.name in SLOW else len(SLOW))


@pytest.fixture(autouse=True, scope="module")
def small_heap():
    """Keras collects garbage whenever a layer loses an attribute: it need not walk through all that came before."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def fixed_seed():
    """Each test draws the same numbers, alone or in any order. Tests without Keras do not pay for its import."""
    random.seed(SEED)
    np.random.seed(SEED)
    if "keras" in sys.modules:
        import keras

        keras.utils.set_random_seed(SEED)


@pytest.fixture(scope="module")
def eager_steps():
    """For tests of a few steps: TensorFlow does not trace them, which takes longer than all the steps."""
    import keras

    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow

    tensorflow.config.run_functions_eagerly(True)
    yield
    tensorflow.config.run_functions_eagerly(False)
