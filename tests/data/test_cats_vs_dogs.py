"""The loader as a whole, on small folders and zips that the tests write; on the real photographs where they are."""

import os
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from pictures import encoded, jpeg, pet_images, picture, pixels, sizes, store
from PIL import Image

from vit_keras import load_cats_vs_dogs
from vit_keras.data import cats_vs_dogs, files

ARCHIVE = "kagglecatsanddogs_5340.zip"
NO_PICTURES = {"PetImages/Cat/666.jpg": b"", "PetImages/Dog/11702.jpg": b"", "PetImages/Dog/Thumbs.db": b"x",
               "PetImages/Cat/text.jpg": b"a text", "PetImages/Dog/half.jpg": jpeg(99)[:-300]}


def write_faces(folder, num_images):
    store(Path(folder), {**pet_images(-(-num_images // 2)), **NO_PICTURES})


def load(path=None, image_size=8, **arguments):
    return load_cats_vs_dogs(path=path, image_size=image_size, **arguments)


# ---- What comes out ----

@pytest.mark.parametrize("name", ["folder", "archive.zip"])
def test_the_publishers_layout_with_its_broken_files(place, tmp_path, name, capsys):
    dataset = load(store(tmp_path / name, {**pet_images(20, "wrapped twice/PetImages"), **NO_PICTURES}))
    assert sizes(dataset) == [32, 4, 4] and dataset.class_names == ("cat", "dog")
    for split in (dataset.train, dataset.validation, dataset.test):
        assert split.images.shape[1:] == (8, 8, 3) and split.images.dtype == np.uint8
        assert split.labels.dtype == np.int32 and split.labels.mean() == 0.5
    assert dict(dataset.skipped) == {
        "PetImages/Cat/666.jpg": "empty", "PetImages/Dog/11702.jpg": "empty", "PetImages/Cat/text.jpg": "not an image",
        "PetImages/Dog/Thumbs.db": "not an image by its name", "PetImages/Dog/half.jpg": "truncated"}
    out = capsys.readouterr().out.splitlines()
    assert len(out) == 2 and out[0].startswith("skipped 5 of 45 files: 2 empty (Cat/666.jpg, Dog/11702.jpg), 1 ")
    assert out[1].startswith("!!! Too small to judge a model by: validation has 2 cat, 2 dog")
    assert name in dataset.source and "80 / 10 / 10 %" in dataset.source and "\n" not in dataset.source
    assert load(tmp_path / name).skipped == dataset.skipped and capsys.readouterr().out.splitlines() == out


def test_folder_and_zip_give_the_same_images(place, tmp_path):
    files = pet_images(20)
    one, other = load(store(tmp_path / "folder", files)), load(store(tmp_path / "a.zip", files))
    for split in ("train", "validation", "test"):
        assert all(np.array_equal(*pair) for pair in zip(getattr(one, split), getattr(other, split)))


def test_the_folder_called_validation_is_the_test_split(place, tmp_path):
    dataset = load(store(tmp_path / "a.zip", {**pet_images(20, "x/train"), **pet_images(8, "x/validation", first=50)}))
    assert sizes(dataset) == [36, 4, 16] and "test is the folder called validation" in dataset.source
    everything = pixels(dataset.train, dataset.validation, dataset.test)
    assert len(set(everything)) == 56


def test_a_training_picture_that_repeats_a_test_picture_is_left_out_and_counted(place, tmp_path, capsys):
    files = {**pet_images(20, "train"), **pet_images(8, "test", first=50)}
    files["train/Cat/copy.jpg"] = encoded(Image.open(store(tmp_path / "one", files) / "test/Cat/52.jpg"), quality=60)
    dataset = load(store(tmp_path / "f", files))
    assert sizes(dataset) == [36, 4, 16] and dataset.skipped == (("train/Cat/copy.jpg", "repeats a test picture"),)
    assert "1 repeats a test picture (Cat/copy.jpg)" in capsys.readouterr().out


def test_copies_share_a_split(place, tmp_path):
    files = pet_images(30)
    files |= {name.replace(".jpg", " copy.jpg"): content for name, content in files.items()}
    dataset = load(store(tmp_path / "f", files))
    homes = [set(pixels(split)) for split in (dataset.train, dataset.validation, dataset.test)]
    assert sizes(dataset) == [96, 12, 12] and [len(home) for home in homes] == [48, 6, 6]
    assert not homes[0] & homes[1] | homes[0] & homes[2] | homes[1] & homes[2]


def test_converted_pictures_are_named(place, tmp_path, capsys):
    files = {**pet_images(20), "PetImages/Cat/grey.jpg": encoded(picture(77, mode="L")),
             "PetImages/Dog/print.jpg": encoded(picture(78, mode="CMYK"))}
    dataset = load(store(tmp_path / "f", files))
    assert dict(dataset.converted) == {"PetImages/Cat/grey.jpg": "grey", "PetImages/Dog/print.jpg": "CMYK"}
    assert dataset.skipped == () and dataset.limit(10).converted == dataset.converted
    assert "converted to RGB 2 of 42 files: 1 grey (Cat/grey.jpg), 1 CMYK (Dog/print.jpg)" in capsys.readouterr().out


def test_names_in_korean_and_names_that_are_no_text(place, tmp_path):
    files = {**pet_images(20), "PetImages/Cat/고양이 1.jpg": b"", "PetImages/Cat/\x1b[2J.jpg": b""}
    if os.name == "posix":
        files["PetImages/Dog/\udcff.jpg"] = b""
    names = {name for name, _ in load(store(tmp_path / "f", files)).skipped}
    assert "PetImages/Cat/고양이 1.jpg" in names and "PetImages/Cat/\\x1b[2J.jpg" in names


def test_the_ways_of_resizing_share_the_pictures_of_a_split(place, tmp_path):
    path = store(tmp_path / "f", pet_images(20))
    datasets = [load(path, resize=resize) for resize in ("crop", "squeeze", "pad")]
    assert len({dataset.source for dataset in datasets}) == 3
    means = [dataset.validation.images.mean((1, 2, 3)) for dataset in datasets]
    assert np.corrcoef(means[0], means[1])[0, 1] > 0.9
    assert not datasets[2].train.images[:, 0].any()   # 40x30: black above and below


# ---- Finding ----

@pytest.mark.parametrize("where", [
    "work/data/PetImages", f"work/data/{ARCHIVE}", "repository/data/cats_vs_dogs_small.zip",
    "keras/datasets/cats_and_dogs_filtered.zip", "keras/datasets/cats_and_dogs_filtered_extracted/wrapped",
    "keras/datasets/cats_and_dogs_filtered/cats_and_dogs_filtered", "work/data/dogs-vs-cats",
])
def test_what_people_have_is_found(place, tmp_path, where):
    store(tmp_path / where, pet_images(20))
    dataset = load(source="real")
    assert sizes(dataset) == [32, 4, 4] and "Asirra" in dataset.source


def test_a_folder_of_the_right_name_without_photographs_is_passed_over(place, tmp_path):
    store(place, {"PetImages/readme.txt": b"x"})
    store(place, pet_images(20, "dogs-vs-cats"))
    assert sizes(load(source="real")) == [32, 4, 4]


def test_offline_it_draws_and_says_so_in_one_line(place, capsys, monkeypatch):
    monkeypatch.setattr("vit_keras.data.faces.write_faces", write_faces)
    dataset = load(limit=20)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("!!!")]
    assert len(lines) == 1 and lines[0].startswith("!!! NOT cats-vs-dogs: drawn faces stand in")
    assert "NOT photographs" in dataset.source and sizes(dataset) == [20, 4, 4] and len(dataset.skipped) == 5
    assert "Limited to 20" in dataset.source


def test_real_raises_and_says_what_to_do(place):
    with pytest.raises(FileNotFoundError) as error:
        load(source="real")
    assert str(place) in str(error.value) and cats_vs_dogs.URL in str(error.value)


def test_the_smoke_profile_draws_at_once_but_reads_your_own(place, tmp_path, monkeypatch):
    store(place, pet_images(20))
    monkeypatch.setenv("VIT_KERAS_PROFILE", "smoke")
    monkeypatch.setattr("vit_keras.data.faces.write_faces", write_faces)
    assert "Drawn" in load(limit=10).source
    assert "Drawn" not in load(place).source


def test_what_is_not_here_is_downloaded(place, tmp_path, monkeypatch):
    asked = {}

    def download(url, path, **archive):
        asked.update(archive, url=url)
        store(path, pet_images(20))
    monkeypatch.delenv("VIT_KERAS_OFFLINE")
    monkeypatch.setattr(files, "download", download)
    assert sizes(load()) == [32, 4, 4] and (tmp_path / "work" / "data" / ARCHIVE).exists()
    assert asked["url"].endswith(ARCHIVE) and len(asked["digest"]) == len("sha256:") + 64


def test_drawn_faces_are_read_like_photographs(place):
    dataset = load(source="drawn", limit=40, image_size=32)
    assert sizes(dataset) == [40, 8, 8] and 3 <= len(dataset.skipped) <= 5 and "Drawn faces" in dataset.source
    assert all(split.labels.mean() == 0.5 for split in (dataset.train, dataset.validation, dataset.test))


def test_faces_are_drawn_once_and_whole(place, monkeypatch):
    def stop(folder, num_images):
        write_faces(folder, 4)
        raise KeyboardInterrupt
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("vit_keras.data.faces.write_faces", stop)
        load(source="drawn", limit=10)
    first = load(source="drawn", limit=10)
    monkeypatch.setattr("vit_keras.data.faces.write_faces", lambda *_: pytest.fail("drawn again"))
    assert np.array_equal(first.train.images, load(source="drawn", limit=10).train.images)


# ---- Memory and errors ----

def test_memory_holds_a_chunk_not_the_whole(place, tmp_path):
    path = store(tmp_path / "a.zip", pet_images(600))
    tracemalloc.start()
    dataset = load(path, image_size=112)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sizes(dataset) == [960, 120, 120]
    assert peak < 25e6 < dataset.train.images.nbytes   # 36 MB



@pytest.mark.parametrize("name", ["folder", "archive.zip"])
@pytest.mark.parametrize("contents, message", [
    ({"PetImages/readme.txt": b"x", "1.jpg": jpeg(1)}, "PetImages/Cat and PetImages/Dog, or train/cats"),
    ({"cats/1.jpg": jpeg(1), "cats/2.jpg": jpeg(2)}, "every class: got none of dog"),
    ({"cats/1.jpg": jpeg(1), "dogs/2.jpg": b""}, r"none of dog \(skipped: 1 empty \(dogs/2.jpg\)\)"),
])
def test_no_images_and_one_class_are_named(place, tmp_path, name, contents, message):
    path = store(tmp_path / name, contents)
    with pytest.raises(ValueError, match=message) as error:
        load(path)
    assert str(path) in str(error.value)


def test_a_corrupt_zip_is_named_also_where_it_was_found(place, tmp_path):
    path = store(place / ARCHIVE, pet_images(20))
    path.write_bytes(path.read_bytes()[:20_000])
    for arguments in ({"path": path}, {"source": "real"}, {}):
        with pytest.raises(ValueError, match=f"{ARCHIVE} must be a folder or a whole zip"):
            load(**arguments)


@pytest.mark.parametrize("arguments, word", [
    ({"image_size": 7}, "image_size"), ({"image_size": 11.2}, "image_size"), ({"image_size": True}, "image_size"),
    ({"resize": "stretch"}, "crop, squeeze, pad"), ({"limit": 0}, "limit"), ({"source": "reel"}, "reel"),
    ({"path": "nowhere"}, "does not exist"), ({"path": ".", "source": "drawn"}, "path"),
])
def test_wrong_arguments_are_named(place, arguments, word):
    with pytest.raises(ValueError, match=word):
        load(**arguments)


# ---- The real photographs ----

def test_the_real_photographs_load_without_a_loss(tmp_path, monkeypatch):
    monkeypatch.setenv("VIT_KERAS_OFFLINE", "1")
    places = [files.named_place()] if files.named_place() else files.search_folders()
    path = next((path for path in cats_vs_dogs._publishers(places) if path.name == "cats_vs_dogs_small.zip"), None)
    if path is None:
        pytest.skip("no cats_vs_dogs_small.zip on this machine: see data/README.md")
    monkeypatch.setattr(files, "cache_root", lambda: tmp_path)
    with zipfile.ZipFile(path) as archive:
        assert sum(name.endswith(".jpg") for name in archive.namelist()) == 8000
    dataset = load_cats_vs_dogs("real", path=path, image_size=16)
    assert sizes(dataset) == [5400, 600, 2000] and dataset.skipped == dataset.converted == ()
    for split in (dataset.train, dataset.validation, dataset.test):
        assert split.labels.mean() == 0.5 and 90 < split.images.mean() < 140
