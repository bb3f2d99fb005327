"""Files of weights: read whole or refused, and nothing in them is ever run."""

import os
import pickle

import ml_dtypes
import numpy as np
import pytest
import references

from vit_keras.pretrained import read_arrays

NUMBERS = np.array([[1.5, -2.0, 0.375]], "float32")  # all three kinds of floats can hold these


class Bomb:
    """An object that makes a folder when it is unpickled."""

    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        return os.mkdir, (self.folder,)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ml_dtypes.bfloat16], ids=str)
def test_floats_of_any_length_come_as_float32(tmp_path, dtype):
    save_file = pytest.importorskip("safetensors.numpy").save_file
    save_file({"a": NUMBERS.astype(dtype)}, tmp_path / "model.safetensors")
    np.savez(tmp_path / "model.npz", a=NUMBERS.astype(dtype))
    for path in (tmp_path / "model.safetensors", tmp_path / "model.npz", tmp_path):
        found = read_arrays(path)["a"]
        assert found.dtype == "float32"
        np.testing.assert_array_equal(found, NUMBERS)


@pytest.mark.parametrize("suffix", [".bin", ".pth", ".pt", ".ckpt"])
def test_pickles_are_refused_unopened(tmp_path, suffix):
    path = tmp_path / f"pytorch_model{suffix}"
    path.write_bytes(pickle.dumps(Bomb(tmp_path / "bang")))
    with pytest.raises(ValueError, match=r"must be a .npz or .safetensors file: got pytorch_model.*safetensors.torch"):
        read_arrays(path)
    assert not (tmp_path / "bang").exists()


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_a_pickle_under_another_name_is_not_run(tmp_path, suffix):
    pytest.importorskip("safetensors")
    path = tmp_path / f"model{suffix}"
    path.write_bytes(pickle.dumps(Bomb(tmp_path / "bang")))
    with pytest.raises(ValueError, match="cannot be read as"):
        read_arrays(path)
    assert not (tmp_path / "bang").exists()


def test_an_object_among_arrays_is_not_run(tmp_path):
    np.savez(tmp_path / "model.npz", a=NUMBERS, b=np.array([Bomb(tmp_path / "bang")], dtype=object))
    with pytest.raises(ValueError, match="cannot be read as .npz"):
        read_arrays(tmp_path / "model.npz")
    assert not (tmp_path / "bang").exists()


@pytest.mark.parametrize("name", ["google.npz", "deit_small.safetensors"])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_a_file_that_broke_off_is_refused(tmp_path, name, share):
    pytest.importorskip("safetensors")
    whole = (references.FOLDER / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match=f"{name} cannot be read as .* or is damaged"):
        read_arrays(tmp_path / name)


def test_a_changed_byte_of_an_npz_is_noticed(tmp_path):
    whole = bytearray((references.FOLDER / "google.npz").read_bytes())
    whole[len(whole) // 2] ^= 1
    (tmp_path / "google.npz").write_bytes(whole)
    with pytest.raises(ValueError, match="or is damaged"):
        read_arrays(tmp_path / "google.npz")


def test_numbers_that_are_none_are_refused(tmp_path):
    np.savez(tmp_path / "model.npz", good=NUMBERS, bad=NUMBERS * np.inf, worse=NUMBERS * np.nan)
    with pytest.raises(ValueError, match="NaN or infinite, in bad, worse"):
        read_arrays(tmp_path / "model.npz")


def test_other_files_and_no_files(tmp_path):
    (tmp_path / "model.h5").write_text("")
    np.save(tmp_path / "array.npy", NUMBERS)
    (tmp_path / "array.npy").rename(tmp_path / "array.npz")
    with pytest.raises(ValueError, match="must be a .npz or .safetensors file: got model.h5"):
        read_arrays(tmp_path / "model.h5")
    with pytest.raises(ValueError, match="array.npz cannot be read as .npz"):
        read_arrays(tmp_path / "array.npz")
    with pytest.raises(FileNotFoundError, match=r"no file .*model\.safetensors"):
        read_arrays(tmp_path)
