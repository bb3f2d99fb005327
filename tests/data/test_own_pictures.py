"""People's own pictures, as they have them: found, understood, and every file accounted for."""

import io
import unicodedata
import zipfile

import numpy as np
import pytest
from pictures import encoded, jpeg, sizes, store
from PIL import Image

from vit_keras import load_cats_vs_dogs, load_cifar10, load_photographs
from vit_keras.data import files, open_photographs
from vit_keras.data.folders import any_classes
from vit_keras.data.names import is_hidden


def colored(number, channel):
    """A picture of its own whose channel says the class."""
    pixels = np.random.default_rng([number, channel]).integers(100, 200, (9, 9, 3)) * (np.arange(3) == channel)
    return encoded(Image.fromarray(np.uint8(pixels)), "PNG")


def folders(*names, number=10, first=0, form="{}/{}.png"):
    """{name: bytes}: pictures of each class, the first red, the second green, the third blue."""
    return {form.format(name, index): colored(index, channel) for channel, name in enumerate(names)
            for index in range(first, first + number)}


def labels_are_right(dataset):
    """Whether each picture is of the colour of its label."""
    for split in (dataset.train, dataset.validation, dataset.test):
        assert (split.images.mean((1, 2)).argmax(1) == split.labels).all()
    return True


def load(path, **arguments):
    return load_cats_vs_dogs(path=path, image_size=8, **arguments)


def load_any(path):
    return load_photographs(path, image_size=8)


BOTH = pytest.mark.parametrize("read", [load, load_any])


def zipped(contents):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return stream.getvalue()


# ---- What is named is what is used ----

KAGGLE = "train/{}.{}.png"
LAYOUTS = {
    "singular": folders("cat", "dog"), "plural": folders("Cats", "Dogs"), "capitals": folders("CAT", "DOG"),
    "train": folders("train/cat", "train/dog"), "Train": folders("Train/Cats", "Train/Dogs"),
    "wrapped": folders("animals/cat", "animals/dog"), "deep": folders("a/b/c/cat", "a/b/c/dog"),
    "below": folders("cat/2019", "dog/summer"), "numbers": folders("0_cat", "1_dog"),
    "words": folders("Cat images", "my dogs"), "Korean": folders("고양이", "강아지"),
    "short": folders("고양이", "개"), "both": folders("cat_고양이", "dog_개"),
    "young": folders("kittens", "puppies"),
    "Japanese": folders("ネコ", "いぬ"), "Chinese": folders("猫", "狗"),
    "files": folders("cat", "dog", form=KAGGLE), "copies": folders("cat", "dog", form="{} ({}).png"),
    "blanks": folders("cat ", "dog", form="{}/{}.PNG "),
    "from macOS": {unicodedata.normalize("NFD", name): one for name, one in folders("고양이", "강아지").items()},
    "in a zip": {"archive.zip": zipped(folders("cat", "dog"))},
    "a zip each": {f"{name}.zip": zipped({f"{index}.png": colored(index, channel) for index in range(10)})
                   for channel, name in enumerate(("cat", "dog"))},
    "Kaggle": {"train.zip": zipped(folders("cat", "dog", form=KAGGLE)), "sampleSubmission.csv": b"id,label"},
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", ["내 사진", "PETS.ZIP", "no suffix"])
def test_the_variable_and_the_path_read_the_same(place, tmp_path, monkeypatch, layout, name):
    store(place, folders("cats_and_dogs/cat", "cats_and_dogs/dog", number=30, first=100))   # a teacher's
    if name == "내 사진":
        target = store(tmp_path / name, LAYOUTS[layout])
    else:
        target = tmp_path / name
        target.write_bytes(zipped(LAYOUTS[layout]))
    by_path = load(target)
    assert by_path.class_names == ("cat", "dog") and sum(sizes(by_path)) == 20 and labels_are_right(by_path)
    monkeypatch.setenv("VIT_KERAS_DATA", str(target))
    monkeypatch.delenv("VIT_KERAS_OFFLINE")
    for source in ("auto", "real"):
        by_name = load_cats_vs_dogs(source, image_size=8)
        assert np.array_equal(by_name.train.images, by_path.train.images)
        assert by_name.source == by_path.source and name in by_name.source and "Asirra" not in by_name.source


NAMED = ("~/집 사진/pets/", "$HOME/집 사진/pets", '"{}/집 사진/pets"', "'~/집 사진/pets'", "“~/집 사진/pets” ",
         unicodedata.normalize("NFD", "~/집 사진/pets"), "../집 사진/./pets")


@pytest.mark.parametrize("name", NAMED)
def test_a_path_is_found_however_it_is_written(place, tmp_path, monkeypatch, name):
    store(tmp_path / "집 사진/pets", folders("cat", "dog"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    name = name.format(tmp_path)
    monkeypatch.setenv("VIT_KERAS_DATA", name)
    assert sizes(load(name)) == sizes(load_any(name)) == sizes(load_cats_vs_dogs("real", image_size=8)) == [16, 2, 2]
    for wrong, message in ((name.replace("pets", "pest"), "not exist. pets lies there"), ("", "got an empty name")):
        with pytest.raises(ValueError, match=message):
            load_any(wrong)


def test_a_folder_of_several_data_sets_may_be_named(place, tmp_path, monkeypatch):
    store(tmp_path / "class", folders("PetImages/Cat", "PetImages/Dog") | {"cifar-10-python.tar.gz": b"x"})
    monkeypatch.setenv("VIT_KERAS_DATA", str(tmp_path / "class"))
    assert sum(sizes(load_cats_vs_dogs("real", image_size=8))) == 20
    store(tmp_path / "class", folders("cat", "dog", number=15, first=50))   # one's own come before the publisher's
    assert "from class" in load_cats_vs_dogs("real", image_size=8).source


@pytest.mark.parametrize("content, seen", [
    ({"birds/1.png": colored(1, 0), "notes.txt": b"x"}, "birds/1.png.*It holds birds/, notes.txt"),
    ({"cat/1.png": colored(1, 0), "dgo/2.png": colored(2, 1)}, "none of dog .*dgo/2.png"),
    ({"train.tar.gz": b"\x1f\x8b"}, "packed, and not unpacked here .train.tar.gz.: unpack it"),
    ({"train-0.parquet": b"PAR1"}, "a table, which is not read .*: write its pictures into a folder for each class"),
    ({"cat/1.HEIC": b"x", "dog/2.HEIC": b"x"}, "2 HEIC, which is not read .*: export as JPEG"),
    ({"a.rar": b"Rar!", "b.7z": b"7z"}, "a.rar, b.7z.: unpack it"),
    ({}, "It is empty"),
])
def test_what_is_named_and_does_not_fit_is_refused_before_any_download(place, tmp_path, monkeypatch, content, seen):
    store(place, folders("PetImages/Cat", "PetImages/Dog"))
    named = tmp_path / "named"
    named.mkdir()
    store(named, content)
    monkeypatch.delenv("VIT_KERAS_OFFLINE")   # `place` fails where the network is touched
    monkeypatch.setenv("VIT_KERAS_DATA", str(named))
    for source in ("auto", "real"):
        with pytest.raises(ValueError, match=f"(?s)^VIT_KERAS_DATA: .*named.*{seen}"):
            load_cats_vs_dogs(source)
    monkeypatch.setenv("VIT_KERAS_DATA", str(tmp_path / "namde"))
    for read in (load_cats_vs_dogs, load_cifar10):
        with pytest.raises(FileNotFoundError, match="VIT_KERAS_DATA must .*namde, which does not exist. named lies"):
            read()


@pytest.mark.parametrize("start, cure", [
    (b"7z\xbc\xaf'\x1c", "a 7z archive. Unpack it"), (b"Rar!\x1a\x07", "a rar archive. Unpack it"),
    (b"\x1f\x8b\x08", "a tar.gz archive. Unpack it"), (bytes(257) + b"ustar", "a tar archive. Unpack it"),
    (b"PAR1", "a parquet file. Write its pictures"), (jpeg(1), "one picture. Name the folder"),
    (b"<!DOCTYPE html>", "a web page. Download it with a browser"), (b"PK\x03\x04", "Put a whole one in its place"),
])
def test_what_is_no_zip_is_named_for_what_it_is_with_a_cure(place, tmp_path, start, cure):
    (tmp_path / "pictures.zip").write_bytes(start)
    for read in (load, load_photographs):
        with pytest.raises(ValueError, match=f"pictures.zip must be a folder or a whole zip archive: got .*{cure}"):
            read(tmp_path / "pictures.zip")


# ---- Any classes ----

@pytest.mark.parametrize("prefix", ["", "flowers/", "a/b/", "train/"])
@pytest.mark.parametrize("name", ["my flowers", "flowers.zip"])
def test_any_classes_are_read_from_the_folders(place, tmp_path, prefix, name):
    contents = folders(*(f"{prefix}{one}" for one in ("rose", "tulip", "장미")))
    dataset = load_photographs(store(tmp_path / name, contents), image_size=8)
    assert dataset.class_names == ("rose", "tulip", "장미") and sizes(dataset) == [24, 3, 3]
    assert labels_are_right(dataset)
    assert dataset.source.startswith(f"Photographs from {name}, the shorter side") and dataset.skipped == ()


def test_classes_of_splits_are_one_whatever_their_letters(place, tmp_path):
    contents = folders("Training Set/Rose", "Training Set/tulip")
    contents |= folders("시험/rose", "시험/Tulip", first=50, number=4)
    dataset = load_photographs(store(tmp_path / "f", contents), image_size=8)
    assert [name.lower() for name in dataset.class_names] == ["rose", "tulip"] and labels_are_right(dataset)
    assert sizes(dataset) == [18, 2, 8]


def test_folders_in_a_class_are_of_that_class_and_files_beside_are_counted(place, tmp_path):
    contents = folders("set/rain/2019", "set/snow/2019") | folders("set/rain", "set/snow", first=50)
    contents |= {"set/stray.png": colored(99, 0), "top.jpg": jpeg(1), "readme.txt": b"x"}
    dataset = load_photographs(store(tmp_path / "f", contents), image_size=8)
    assert dataset.class_names == ("rain", "snow") and sum(sizes(dataset)) == 40 and labels_are_right(dataset)
    assert dict(dataset.skipped) == {"set/stray.png": "in no class folder", "top.jpg": "in no class folder"}


def test_pictures_beside_the_splits_are_of_no_class_and_empty_classes_are_named(place, tmp_path, capsys):
    contents = folders("train/rose", "train/tulip") | folders("test/rose", "test/tulip", first=50, number=5)
    contents |= folders("unlabeled", first=70, number=3) | {"train/lily/notes.txt": b"x"}
    for name in ("f", "a.zip"):
        dataset = load_any(store(tmp_path / name, contents))
        assert sizes(dataset) == [18, 2, 10] and [why for _, why in dataset.skipped] == ["in no class folder"] * 3
        assert ("no photographs in train/lily" in capsys.readouterr().out) == (name == "f")   # the zip has no folders
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("장미/", b"")
        archive.writestr("../rose/1.png", b"x")   # leads outside, and counts as no class
        for name, content in folders("rose", "tulip").items():
            archive.writestr(name, content)
    assert load_any(tmp_path / "b.zip").class_names == ("rose", "tulip")
    assert "no photographs in 장미" in capsys.readouterr().out


@pytest.mark.parametrize("upper, told", [(("fold1", "fold2"), True), (("원본", "축소"), True), (("a", "b", "c"), True),
                                         (("train", "test"), False)])
def test_classes_that_hold_the_same_folders_are_pointed_out(place, tmp_path, capsys, upper, told):
    contents = {}
    for number, one in enumerate(upper):
        contents |= folders(f"{one}/rose", f"{one}/tulip", first=20 * number)
    dataset = load_any(store(tmp_path / "f", contents))
    assert dataset.class_names == (("rose", "tulip") if upper[0] == "train" else upper)
    line = f'each class, from "{upper[0]}" on, holds folders called "rose" and "tulip": if those are the classes, call'
    assert (line in capsys.readouterr().out) == told


def test_a_class_that_looks_like_a_split_and_holds_folders_is_pointed_out(tmp_path):
    contents = folders("rose", "test_old/rose", "test station") | {"tulip/1.png": colored(60, 1)}
    assert open_photographs(store(tmp_path / "f", contents), any_classes).notes == [
        '"test_old" looks like a split and was not understood: call it train, validation or test']


@pytest.mark.parametrize("names, told", [(("test_rose", "test_tulip", "train_rose", "train_tulip"), True),
                                         (("rose_test", "rose_train", "tulip_test", "tulip_train"), True),
                                         (("bus station", "train station", "train track"), False)])
def test_classes_that_are_called_as_splits_too_are_pointed_out(place, tmp_path, capsys, names, told):
    contents = {name: content for index, one in enumerate(names) for name, content in
                folders(one, first=20 * index).items()}
    assert load_any(store(tmp_path / "f", contents)).class_names == names
    assert (f'called "{names[0]}" and so on: if that names splits, too' in capsys.readouterr().out) == told


@pytest.mark.parametrize("contents, message", [
    ({"rose/1": colored(1, 0), "tulip/2": colored(2, 1)}, "none of rose, tulip .skipped: 2 not an image by its name"),
    ({"control/1.png": colored(1, 0), "test/2.png": colored(2, 1)}, "test/2.png.: .* class, and not as a split"),
    (folders("rose"), "a folder for each class, two or more.*got rose alone. It holds rose/"),
    ({"1.png": colored(1, 0)}, "got none .skipped: 1 in no class folder"),
    (folders("rose") | {"tulip/1.png": b""}, "got none of tulip .skipped: 1 empty"),
])
def test_one_class_or_none_is_refused(place, tmp_path, contents, message):
    with pytest.raises(ValueError, match=message):
        load_any(store(tmp_path / "f", contents))


# ---- Splits ----

PAIRS = [("training_set/training_set", "test_set/test_set"), ("training", "testing"), ("Train", "TEST"),
         ("학습", "시험"), ("훈련용", "테스트용"), ("学習データ", "テスト"), ("训练集", "测试集"),
         ("train-images", "val-images"), ("1.Training", "2.Validation"), ("tr", "te"), ("TR_data", "VA_data"),
         ("X_train", "X_test"), ("TRAIN_학습 (1)", "Test_시험"), (unicodedata.normalize("NFD", "학습"), "시험")]


@BOTH
@pytest.mark.parametrize("train, test", PAIRS)
def test_no_test_picture_of_the_publisher_is_trained_on(place, tmp_path, train, test, read):
    contents = folders(f"{train}/cats", f"{train}/dogs") | folders(f"{test}/cats", f"{test}/dogs", first=50, number=5)
    dataset = read(store(tmp_path / "f", contents))
    assert sizes(dataset) == [18, 2, 10] and "80 / 10 / 10" not in dataset.source and labels_are_right(dataset)
    there = {np.asarray(Image.open(io.BytesIO(content)).resize((8, 8), 3)).tobytes()
             for name, content in contents.items() if name.startswith(test)}
    assert {image.tobytes() for image in dataset.test.images} == there


@BOTH
@pytest.mark.parametrize("other", ["trian", "val_old", "unseen", "held-out", "사진들", "연습용"])
def test_a_folder_that_looks_like_a_split_is_named(place, tmp_path, capsys, other, read):
    contents = folders(f"{other}/cat", f"{other}/dog") | folders("test/cat", "test/dog", first=50, number=5)
    dataset = read(store(tmp_path / "f", contents))
    assert f'"{other}" looks like a split and was not understood' in capsys.readouterr().out
    assert dataset.class_names == ("cat", "dog")


@pytest.mark.parametrize("train, test, names", [
    ("train_{}s", "test_{}s", ("cat", "dog")), ("1.Training/TS_{}", "2.Validation/VS1_{}", ("개", "고양이")),   # AI-Hub
    ("train/{} ", "test/{}", ("rose", "tulip")),
])
def test_a_class_is_one_in_all_splits_however_its_folders_are_called(place, tmp_path, train, test, names):
    contents = folders(*map(train.format, names)) | folders(*map(test.format, names), first=50, number=5)
    dataset = load_any(store(tmp_path / "f", contents))
    assert sizes(dataset) == [18, 2, 10] and dataset.class_names == names and labels_are_right(dataset)
    if names[0] != "rose":
        dataset = load(tmp_path / "f")
        assert sizes(dataset) == [18, 2, 10] and dataset.class_names == ("cat", "dog")
        assert all((split.images.mean((1, 2)).argmax(1) == split.labels).all() == (names[0] == "cat")
                   for split in (dataset.train, dataset.validation, dataset.test))   # 개 is a dog, and comes first


def test_validation_and_test_without_train_are_mixed_and_it_is_said(place, tmp_path, capsys):
    load(store(tmp_path / "f", folders("val/cat", "val/dog") | folders("test/cat", "test/dog", first=50)))
    assert "there is no folder called train: those called test and validation were mixed" in capsys.readouterr().out


# ---- Every file is accounted for ----

def test_every_image_file_is_in_a_split_or_counted(place, tmp_path, capsys):
    contents = folders("cat", "dog", form="{}.{} (1).png") | folders("cat", "dog", first=20, form="{}_{}.png")
    contents |= folders("cat", "dog", first=40) | {f"bird/{index}.png": colored(index, 2) for index in range(12)}
    contents |= {"alone.jpg": jpeg(1), "cat/x.heic": b"x", "y.AVIF": b"y", "cat/broken.jpg": b"", "cat/Thumbs.db": b"x"}
    contents |= {".Trash-1000/files/cat/7.png": colored(7, 1), "cat/.ipynb_checkpoints/3-checkpoint.png": colored(3, 1),
                 "@eaDir/cat/1.jpg": jpeg(1), "$RECYCLE.BIN/S-1-5/dog/$R1.jpg": jpeg(2), "cat/._1.png": b"x"}
    for name in ("f", "a.zip"):
        dataset = load(store(tmp_path / name, contents))
        assert sum(sizes(dataset)) == 60 and labels_are_right(dataset)
        assert sum(sizes(dataset)) + len(dataset.skipped) == len(contents) - 1   # ._1.png is macOS's, and no image
        reasons = [reason for _, reason in dataset.skipped]
        assert reasons.count("in no class folder") == 13 and reasons.count("in a hidden or system folder") == 4
        assert dict(dataset.skipped)["y.AVIF"] == "AVIF, which is not read"
        out = capsys.readouterr().out
        assert "13 in no class folder (alone.jpg, bird/0.png, bird/1.png, ...): put each into" in out


@pytest.mark.parametrize("name", [".Trash-1000", ".ipynb_checkpoints", ".thumbnails", ".AppleDouble", "__MACOSX",
                                  "@eaDir", "#recycle", "$RECYCLE.BIN", "System Volume Information", ".@__thumb",
                                  "lost+found", "@Recycle", "RECYCLER", ".git", "~snapshot"])
def test_system_folders_are_left_out(tmp_path, name):
    for target in ("f", "a.zip"):
        found = open_photographs(store(tmp_path / target, folders("cat", "dog", number=2) | {
            f"{name}/cat/9.png": colored(9, 1), f"cat/{name}/9.png": colored(9, 1)}))
        assert len(found.files) == 4 and is_hidden(name) and len(found.skipped) == 2


def test_what_is_called_jpg_and_is_heic_is_named(place, tmp_path, capsys):
    contents = folders("cat", "dog") | {"cat/IMG_1.JPG": b"\0\0\0\x18ftypheic" + bytes(20)}
    assert load(store(tmp_path / "f", contents)).skipped == (("cat/IMG_1.JPG", "HEIC or AVIF, which is not read"),)
    assert "export as JPEG" in capsys.readouterr().out


def test_archives_beside_pictures_are_counted_and_broken_ones_inside_named(place, tmp_path):
    contents = folders("cat", "dog") | {"backup.zip": zipped(folders("cat", "dog"))}
    assert load(store(tmp_path / "f", contents)).skipped == (("backup.zip", "packed, and not unpacked here"),)
    with pytest.raises(ValueError, match="1 damaged archive .train.zip."):
        load(store(tmp_path / "broken.zip", {"train.zip": zipped(folders("cat", "dog"))[:-30]}))
    deep = {"a.zip": zipped({"b.zip": zipped(folders("cat", "dog"))})}
    with pytest.raises(ValueError, match="1 packed, and not unpacked here .a.zip/b.zip.: unpack it"):
        load(store(tmp_path / "deep.zip", deep))


def test_an_archive_in_an_archive_is_read_only_as_far_as_memory_goes(place, tmp_path, monkeypatch):
    monkeypatch.setattr("vit_keras.data.folders.MAX_INNER", 1000)
    with pytest.raises(ValueError, match="too large an archive in an archive .train.zip.: unpack it, and name"):
        load(store(tmp_path / "f", LAYOUTS["Kaggle"]))


class Unflagged(zipfile.ZipInfo):
    """A member whose name is written in some encoding, and nothing says in which."""

    def _encodeFilenameFlags(self):
        return self.raw, self.flag_bits & ~0x800


@pytest.mark.parametrize("encoding, name", [("cp949", "고양이/깨진파일.jpg"), ("utf-8", "강아지/귀여운 개.jpg"),
                                            ("cp949", "고양이/봄.jpg"), ("cp437", "cat/ñandú.jpg")])
def test_names_in_a_zip_are_read_as_they_were_written(tmp_path, encoding, name):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        member = Unflagged("x")
        member.raw = name.encode(encoding)
        archive.writestr(member, jpeg(1))
    found = open_photographs(tmp_path / "a.zip")
    assert [file.name for file in found.files] == [name] and found.read(found.files[0]) == jpeg(1)
    assert found.files[0].label == int(name.startswith("강"))


# ---- Few pictures, and many that are alike ----

def test_too_few_pictures_say_how_many_are_needed(place, tmp_path):
    for read in (load, load_photographs):
        with pytest.raises(ValueError, match="Three of each class are needed, .*there are 2 cat, 2 dog"):
            read(store(tmp_path / "f", folders("cat", "dog", number=2)))
    with pytest.raises(ValueError, match="The test split .the folder called validation. needs .*got 0 dog, 5 cat"):
        load(store(tmp_path / "g", folders("train/cat", "train/dog") | folders("validation/cat", first=20, number=5)))


def test_splits_that_are_too_small_to_mean_anything_are_pointed_out(place, tmp_path, capsys):
    contents = folders("cat", number=120) | {f"dog/{index}.png": colored(index, 1) for index in range(12)}
    assert sizes(load(store(tmp_path / "f", contents))) == [128, 2, 2]
    lines = capsys.readouterr().out.splitlines()
    said = "validation has 1 cat, 1 dog, so that one photograph is 50 percentage points; test has"
    assert [line for line in lines if line.startswith(f"!!! Too small to judge a model by: {said}")]
    load(store(tmp_path / "g", folders("cat", "dog", number=100)))
    assert "!!!" not in capsys.readouterr().out


def burst(seed, number, channel):
    """Frames of one scene."""
    spots = np.random.default_rng([seed, channel]).integers(0, 256, (12, 12, 3), "uint8")
    scene = Image.fromarray(spots).resize((80, 80), Image.Resampling.BICUBIC)
    return [encoded(scene.crop((index % 3, index // 3, 76, 76)), quality=80) for index in range(number)]


def test_bursts_stay_together_and_are_split_all_the_same(place, tmp_path):
    contents = {f"{kind}/{seed}-{index}.jpg": content for channel, kind in enumerate(("cat", "dog"))
                for seed in range(5) for index, content in enumerate(burst(seed, 8, channel))}
    dataset = load(store(tmp_path / "f", contents))
    assert sizes(dataset) == [48, 16, 16] and dataset.skipped == ()   # whole bursts: three of five, one, one
    assert all(split.labels.mean() == 0.5 for split in (dataset.train, dataset.validation, dataset.test))


def test_where_look_alikes_leave_no_way_to_split_the_numbers_are_said(place, tmp_path):
    contents = {f"{kind}/{index}.jpg": content for channel, kind in enumerate(("cat", "dog"))
                for index, content in enumerate(burst(1, 8, channel))}
    with pytest.raises(ValueError, match="there are 8 cat, 8 dog. 16 of 16 photographs are nearly the same as others, "
                                         "in 2 groups, .*the largest has 8 .cat/0.jpg, cat/1.jpg, cat/2.jpg, ...."):
        load(store(tmp_path / "f", contents))
    parts = {f"{'train' if index < 5 else 'test'}/{name}": content
             for name, content in contents.items() for index in [int(name[4:-4])]}
    with pytest.raises(ValueError, match="The train split needs .*10 that repeat a picture of a later split were left"):
        load(store(tmp_path / "g", parts))


def test_the_same_picture_in_two_classes_is_pointed_out(place, tmp_path, capsys):
    contents = folders("cat", "dog") | {"cat/both.jpg": jpeg(5), "dog/both.jpg": jpeg(5)}
    load(store(tmp_path / "f", contents))
    assert ("1 pictures lie in the folders of two classes, nearly the same (cat/both.jpg and dog/both.jpg)"
            in capsys.readouterr().out)


def test_links_that_leave_the_folder_name_the_cure(place, tmp_path):
    outside = store(tmp_path / "outside", folders("cat", "dog"))
    for name in ("cat", "dog"):
        (tmp_path / "inside" / name).mkdir(parents=True)
        for file in (outside / name).iterdir():
            (tmp_path / "inside" / name / file.name).symlink_to(file)
    with pytest.raises(ValueError, match="20 link that leaves the folder .*: name the folder that it leads to, or"):
        load(tmp_path / "inside")


def test_files_are_searched_where_the_loaders_say(place):
    assert place in files.search_folders() and files.named_place() is None
