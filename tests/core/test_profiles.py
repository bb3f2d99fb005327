"""One switch for how long things run."""

import sys
import types

import pytest

from vit_keras import pick, profile, profiles


@pytest.mark.parametrize("word, expected", [("smoke", 1), ("laptop", 6), ("gpu", 200), (" Laptop ", 6)])
def test_the_variable_decides(monkeypatch, word, expected):
    monkeypatch.setenv("VIT_KERAS_PROFILE", word)
    assert pick(smoke=1, laptop=6, gpu=200) == expected


@pytest.mark.parametrize("variable", [None, "", " "])
@pytest.mark.parametrize("accelerator, expected", [(True, "gpu"), (False, "laptop")])
def test_without_it_the_machine_decides(monkeypatch, variable, accelerator, expected):
    if variable is None:
        monkeypatch.delenv("VIT_KERAS_PROFILE", raising=False)
    else:
        monkeypatch.setenv("VIT_KERAS_PROFILE", variable)
    monkeypatch.setattr(profiles, "_sees_accelerator", lambda: accelerator)
    assert profile() == expected


@pytest.mark.parametrize("devices, sees", [(["cpu:0"], False), (["CPU:0", "GPU:0"], True), (["tpu:0"], True)])
def test_an_accelerator_is_any_device_that_is_no_processor(monkeypatch, devices, sees):
    monkeypatch.setattr(profiles.backend, "backend", lambda: "jax")
    monkeypatch.setattr(profiles.distribution, "list_devices", lambda: devices)
    assert profiles._sees_accelerator() is sees


def test_another_word_is_refused(monkeypatch):
    monkeypatch.setenv("VIT_KERAS_PROFILE", "fast")
    with pytest.raises(ValueError, match="VIT_KERAS_PROFILE must be one of smoke, laptop, gpu: got 'fast'"):
        pick(smoke=1, laptop=6, gpu=200)


def test_a_profile_cannot_be_forgotten():
    with pytest.raises(TypeError):
        pick(smoke=1, laptop=6)


@pytest.mark.parametrize("sees", [False, True])
def test_pytorch_is_asked_itself(monkeypatch, sees):
    """Keras has no `distribution` for it."""
    accelerator = types.SimpleNamespace(is_available=lambda: sees)
    monkeypatch.setitem(sys.modules, "torch", types.SimpleNamespace(accelerator=accelerator))
    monkeypatch.setattr(profiles.backend, "backend", lambda: "torch")
    assert profiles._sees_accelerator() is sees
