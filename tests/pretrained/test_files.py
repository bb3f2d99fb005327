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


@pytest.mark.parametrize("name, what", [
    *[(f"model{suffix}", r"must be a .npz or .safetensors file: got model.*a pickle.*safetensors.torch") for suffix in (
        ".bin", ".pth", ".pt", ".ckpt", ".PTH", ".pth.tar", ".pkl", "")],
    *[(f"model{suffix}", "cannot be read as .* it is a pickle") for suffix in (
        ".npz", ".safetensors", ".SAFETENSORS", ".NPZ")],
    ("model.keras", "keras.saving.load_model"), ("model.weights.h5", r"model.load_weights\(path\)"),
    ("model.h5", "must be a .npz or .safetensors file: got model.h5, weights that Keras wrote"),
    ("model.onnx", "a program"), ("model.tflite", "a program"), ("model.msgpack", "another library"),
    ("model.gguf", "another library"), ("config.json", "no weights"), ("model.npy", "a single array"),
    ("pytorch_model.bin.index.json", "no weights"),
])
def test_other_files_are_refused_by_what_they_are_and_no_pickle_is_run(tmp_path, name, what):
    pytest.importorskip("safetensors")
    (tmp_path / name).write_bytes(pickle.dumps(Bomb(tmp_path / "bang")))
    with pytest.raises(ValueError, match=what) as error:
        read_arrays(tmp_path / name)
    assert "allow_pickle" not in str(error.value) and "pickle.load" not in str(error.value)
    assert not (tmp_path / "bang").exists()


@pytest.mark.parametrize("suffix", ["npz", "safetensors"])
@pytest.mark.parametrize("content, what", [
    (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"), (b"<!DOCTYPE html>", "a web page"), (b"", "empty"),
    (b"\xef\xbb\xbf\r\n <html>", "a web page"),
    (b"\x89HDF\r\n", "Keras wrote"), (b"\x93NUMPY\x01\x00", "single array"), (b"GGUF", "another library"),
])
def test_files_in_disguise_are_called_what_they_are(tmp_path, suffix, content, what):
    (tmp_path / f"model.{suffix}").write_bytes(content)
    with pytest.raises(ValueError, match=f"cannot be read as .{suffix}, or is damaged: it is .*{what}|: {what}"):
        read_arrays(tmp_path / f"model.{suffix}")


def test_a_length_that_looks_like_another_file_is_none(tmp_path):
    """The first byte of a safetensors file is the lowest of its header's length: 60 is `<`."""
    save_file = pytest.importorskip("safetensors.numpy").save_file
    save_file({"a": NUMBERS}, tmp_path / "model.safetensors")
    whole = (tmp_path / "model.safetensors").read_bytes()
    header = whole[8 : 8 + int.from_bytes(whole[:8], "little")].rstrip().ljust(256 + 60)
    (tmp_path / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + whole[-NUMBERS.nbytes :])
    np.testing.assert_array_equal(read_arrays(tmp_path)["a"], NUMBERS)


def test_an_object_among_arrays_is_not_run_and_numpy_s_advice_to_do_so_not_passed_on(tmp_path):
    np.savez(tmp_path / "model.npz", a=NUMBERS, b=np.array([Bomb(tmp_path / "bang")], dtype=object))
    with pytest.raises(ValueError, match="cannot be read as .npz.*any program") as error:
        read_arrays(tmp_path / "model.npz")
    assert "allow_pickle" not in str(error.value) and not (tmp_path / "bang").exists()


@pytest.mark.parametrize("file", ["google.npz", "deit_small.safetensors"])
def test_an_ending_in_capitals_is_the_same(tmp_path, file):
    path = tmp_path / file.upper()
    path.write_bytes((references.FOLDER / file).read_bytes())
    assert read_arrays(path).keys() == read_arrays(references.FOLDER / file).keys()


@pytest.mark.parametrize("file, what", [
    ("pytorch_model.bin", "a pickle"), ("adapter_config.json", "an adapter"), ("tf_model.h5", "TensorFlow"),
    ("notes.txt", "It must hold one"), ("other.safetensors", "Pass one of the files .*other.safetensors"),
    ("pytorch_model.bin.index.json", "pickles"),
])
def test_a_folder_without_weights_is_told_by_what_it_holds(tmp_path, file, what):
    (tmp_path / file).write_text("")
    with pytest.raises(FileNotFoundError, match=f"no file .*model.safetensors.*{what}"):
        read_arrays(tmp_path)


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
