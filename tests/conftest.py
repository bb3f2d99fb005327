"""What every test shares: the backend, a quiet TensorFlow, and a fixed seed."""

import os
import random
import sys

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "tensorflow")  # before the first `import keras`
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

SEED = 0


@pytest.fixture(autouse=True)
def fixed_seed():
    """Each test draws the same numbers, alone or in any order. Tests without Keras do not pay for its import."""
    random.seed(SEED)
    np.random.seed(SEED)
    if "keras" in sys.modules:
        import keras

        keras.utils.set_random_seed(SEED)
