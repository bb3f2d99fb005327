"""The cache of decoded photographs: made once, whole or not at all, and the package that it belongs to."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pictures import jpeg, pet_images, sizes, store

from vit_keras import load_cats_vs_dogs
from vit_keras.data import files, photographs, reading


def load(path, image_size=8, **arguments):
    return load_cats_vs_dogs(path=path, image_size=image_size, **arguments)


@pytest.fixture
def decoded(monkeypatch):
    """A list that grows by one with each file that is decoded."""
    calls, whole = [], photographs.decode
    monkeypatch.setattr(photographs, "decode", lambda *arguments: calls.append(1) or whole(*arguments))
    return calls


def test_the_second_call_decodes_nothing(place, tmp_path, decoded):
    path = store(tmp_path / "f", pet_images(20))
    first = load(path)
    assert len(decoded) == 40 and isinstance(first.train.images, np.memmap)
    second = load(path)
    assert len(decoded) == 40 and np.array_equal(first.train.images, second.train.images)
    load(path, image_size=np.int64(9))
    load(path, resize="pad")
    assert len(decoded) == 120
    assert sorted(item.name.rsplit("-", 1)[0] for item in (tmp_path / "work/data/cache").iterdir()) == [
        "photographs-8-crop", "photographs-8-pad", "photographs-9-crop"]


def test_a_changed_file_is_decoded_anew(place, tmp_path, decoded):
    path = store(tmp_path / "f", pet_images(20))
    load(path)
    (path / "PetImages/Cat/3.jpg").write_bytes(jpeg(1234))
    load(path)
    assert len(decoded) == 80


def test_an_interrupt_leaves_nothing_that_is_believed(place, tmp_path, monkeypatch):
    path, whole, calls = store(tmp_path / "f", pet_images(20)), photographs.decode, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 25:
            raise KeyboardInterrupt
        return whole(*arguments)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(photographs, "decode", interrupted)
        load(path)
    assert not list((tmp_path / "work/data/cache").iterdir())
    assert sizes(load(path)) == [32, 4, 4]


def test_damaged_arrays_are_made_anew(place, tmp_path, decoded):
    path = store(tmp_path / "f", pet_images(20))
    expected = np.array(load(path).train.images)
    file = next((tmp_path / "work/data/cache").glob("*/train_images.npy"))
    file.write_bytes(file.read_bytes()[:500])
    assert np.array_equal(load(path).train.images, expected) and len(decoded) == 80


def test_another_process_may_be_faster(place, tmp_path, monkeypatch):
    path, write = store(tmp_path / "f", pet_images(20)), reading.write_arrays

    def overtaken(folder, *arguments):
        write(folder, *arguments)
        if not any("." not in item.name for item in folder.parent.iterdir()):
            shutil.copytree(folder, folder.parent / folder.name.split(".")[0])
    monkeypatch.setattr(reading, "write_arrays", overtaken)
    assert sizes(load(path)) == [32, 4, 4]
    assert len(list((tmp_path / "work/data/cache").iterdir())) == 1


def test_what_a_dead_process_left_is_cleared_away(place, tmp_path):
    old, new = (tmp_path / "work/data/cache" / name for name in ("a.1.part", "b.2.part"))
    old.mkdir(parents=True)
    new.mkdir()
    os.utime(old, (0, 0))
    load(store(tmp_path / "f", pet_images(20)))
    assert not old.exists() and new.exists()


def test_where_the_cache_cannot_be_written_a_temporary_folder_is_used(place, tmp_path, decoded, capsys):
    (tmp_path / "work" / "data").write_text("a file where the folder should be")
    path = store(tmp_path / "f", pet_images(20))
    try:
        assert sizes(load(path)) == [32, 4, 4]
        out = capsys.readouterr().out.splitlines()
        assert "cannot be written" in out[0] and str(files._temporary_roots[0]) in out[0]
        load(path)
        assert len(decoded) == 40 and "cannot be written" not in capsys.readouterr().out
    finally:
        shutil.rmtree(files._temporary_roots[0])


def test_the_package_is_imported_without_keras_and_pillow():
    folder = Path(files.__file__).parents[1]
    code = ("import sys, types; package = types.ModuleType('vit_keras'); package.__path__ = [sys.argv[1]]; "
            "sys.modules['vit_keras'] = package; import vit_keras.data; "
            "assert not {'PIL', 'keras', 'tensorflow', 'torch', 'jax', 'matplotlib', 'pooch', 'tqdm', 'requests'} "
            "& set(sys.modules)")
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True)
