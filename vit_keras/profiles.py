"""How long things run: one switch for tests, laptops and GPUs."""

import os

from keras import backend, distribution

PROFILES = ("smoke", "laptop", "gpu")


def profile():
    """The profile in force: `VIT_KERAS_PROFILE`, or `"gpu"` where Keras sees one, else `"laptop"`.

    Returns:
        `"smoke"` (seconds, drawn data, for tests), `"laptop"` (two cores, about ten minutes) or
        `"gpu"` (the real recipe).

    Raises:
        ValueError: the variable holds another word.
    """
    name = os.environ.get("VIT_KERAS_PROFILE", "").strip().lower()
    if not name:
        return "gpu" if _sees_accelerator() else "laptop"
    if name not in PROFILES:
        raise ValueError(f"VIT_KERAS_PROFILE must be one of {', '.join(PROFILES)}: got {name!r}.")
    return name


def pick(*, smoke, laptop, gpu):
    """The value for the profile in force: `epochs = pick(smoke=1, laptop=6, gpu=200)`."""
    return {"smoke": smoke, "laptop": laptop, "gpu": gpu}[profile()]


def _sees_accelerator():
    if backend.backend() == "torch":  # for which Keras has no `distribution`
        import torch

        return torch.accelerator.is_available()
    return any("cpu" not in device.lower() for device in distribution.list_devices())
