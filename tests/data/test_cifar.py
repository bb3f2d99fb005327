"""CIFAR from small archives that the tests write themselves; the real ones where they are found."""

import gzip
import hashlib
import io
import lzma
import os
import pickle
import tarfile
import zipfile

import numpy as np
import pytest
from pictures import pixels, sizes, store

from vit_keras.data import cifar, files, load_cifar10, load_cifar100, read_batch

FILES = {}   # name -> bytes of the fake pickles: 60 images a batch, six a class


def batch(seed, num_images, num_classes, key):
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(num_images) % num_classes).tolist()
    content = {b"data": rng.integers(0, 256, (num_images, 3072), "uint8"), key: labels}
    return pickle.dumps(content, protocol=2)


for index, name in enumerate(cifar.CIFAR10_MD5):
    FILES[name] = batch(index, 60, 10, b"labels")
FILES["train"], FILES["test"] = batch(7, 600, 100, b"fine_labels"), batch(8, 100, 100, b"fine_labels")


def write_archive(path, names, folder, change=()):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            content = dict(change).get(name, FILES[name])
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def write_folder(path, names, change=()):
    path.mkdir(parents=True)
    for name in names:
        (path / name).write_bytes(dict(change).get(name, FILES[name]))
    return path


def write_subset(path, names=cifar.CIFAR100_CLASSES):
    rng = np.random.default_rng(9)
    arrays = {f"{kind}_{part}": value for part, n in (("train", 1500), ("test", 200)) for kind, value in
              (("x", rng.integers(0, 256, (n, 32, 32, 3), "uint8")), ("y", (np.arange(n) % 100).astype("uint8")))}
    np.savez(path, fine_label_names=np.array(names), **arrays)


def md5(content):
    return hashlib.md5(content).hexdigest()


@pytest.fixture
def place(place, monkeypatch):
    """A machine to which the files that are written here count as the publisher's."""
    monkeypatch.setattr(cifar, "CIFAR10_MD5", {name: md5(FILES[name]) for name in cifar.CIFAR10_MD5})
    monkeypatch.setattr(cifar, "CIFAR100_MD5", {name: md5(FILES[name]) for name in cifar.CIFAR100_MD5})
    split = cifar._split   # they have 30 (or 6) images a class where CIFAR has 5,000 (or 500)
    monkeypatch.setattr(cifar, "_split", lambda train, per_class, n: split(train, 3 if n == 10 else 2, n))
    place.mkdir()
    return place


BATCHES, ARCHIVE = "cifar-10-batches-py", "cifar-10-python.tar.gz"


def test_an_archive_gives_every_image_once_and_unchanged(place):
    write_archive(place / ARCHIVE, cifar.CIFAR10_MD5, BATCHES)
    dataset = load_cifar10("real")
    assert sizes(dataset) == [270, 30, 60]
    assert (np.bincount(dataset.validation.labels) == 3).all()
    np.random.seed(123)   # of what is split by a seed of its own
    assert np.array_equal(dataset.validation.images, load_cifar10("real").validation.images)
    everything = pixels(dataset.train, dataset.validation)
    assert len(set(everything)) == 300 and not set(everything) & set(pixels(dataset.test))

    stored = pickle.loads(FILES["test_batch"])
    assert dataset.test.images.dtype == np.uint8 and dataset.test.labels.dtype == np.int32
    assert dataset.test.images[4, 5, 6].tolist() == stored[b"data"][4].reshape(3, 32, 32)[:, 5, 6].tolist()
    assert dataset.test.labels.tolist() == stored[b"labels"]
    assert "train 270" in str(dataset) and "CIFAR-10" in dataset.source and "NOT" not in dataset.source


@pytest.mark.parametrize("where", [
    f"work/data/{BATCHES}", f"repository/data/{BATCHES}", f"keras/datasets/{BATCHES}",
    f"keras/datasets/{BATCHES}-target/{BATCHES}", f"work/data/{ARCHIVE}", f"keras/datasets/{BATCHES}.tar.gz",
    f"keras/datasets/{ARCHIVE}", f"keras/datasets/{BATCHES}-target_archive",
])
def test_what_lies_where_people_have_it_is_found(place, tmp_path, where):
    if where.endswith(BATCHES):
        write_folder(tmp_path / where, cifar.CIFAR10_MD5)
    else:
        write_archive(tmp_path / where, cifar.CIFAR10_MD5, BATCHES)
    assert len(load_cifar10("real").test.labels) == 60


def test_what_is_right_is_taken_and_what_is_not_is_named(place, tmp_path, capsys):
    write_folder(place / BATCHES, cifar.CIFAR10_MD5)
    (place / BATCHES / "data_batch_3").unlink()
    with pytest.raises(ValueError, match="got no data_batch_3. Put what is missing beside the others"):
        load_cifar10()   # before anything is downloaded or drawn
    write_archive(tmp_path / "keras/datasets" / ARCHIVE, cifar.CIFAR10_MD5, BATCHES, {"test_batch": b"broken"})
    with pytest.raises(ValueError, match="data_batch_3"):
        load_cifar10("real")
    write_archive(tmp_path / "keras/datasets" / "cifar-10-python (1).tar.gz", cifar.CIFAR10_MD5, BATCHES)
    assert len(load_cifar10("real").test.labels) == 60 and "passed over: " in capsys.readouterr().out


def as_tar(path, pack=bytes):
    """The archive as a tar, packed in another way."""
    content = gzip.decompress(write_archive(path, cifar.CIFAR10_MD5, BATCHES).read_bytes())
    path.write_bytes(pack(content))


FORMS = {   # how people have CIFAR-10: what is written into a folder
    "by Safari": lambda folder: as_tar(folder / "cifar-10-python.tar"),
    "a tar under the old name": lambda folder: as_tar(folder / ARCHIVE),
    "a second download": lambda folder: write_archive(folder / "cifar-10-python (1).tar.gz", cifar.CIFAR10_MD5,
                                                      BATCHES),
    "tgz": lambda folder: write_archive(folder / "CIFAR-10.tgz", cifar.CIFAR10_MD5, BATCHES),
    "unpacked": lambda folder: write_folder(folder / BATCHES, cifar.CIFAR10_MD5),
    "by Windows": lambda folder: write_folder(folder / "cifar-10-python" / BATCHES, cifar.CIFAR10_MD5),
    "twice": lambda folder: write_folder(folder / BATCHES / BATCHES, cifar.CIFAR10_MD5),
    "a second copy": lambda folder: write_folder(folder / "cifar-10-batches-py (2)", cifar.CIFAR10_MD5),
    "without a folder": lambda folder: write_archive(folder / "cifar10.tar.gz", cifar.CIFAR10_MD5, "."),
    "zip of files": lambda folder: store(folder / "cifar10.zip", {name: FILES[name] for name in cifar.CIFAR10_MD5}),
    "zip": lambda folder: store(folder / "cifar-10.zip",
                                {f"{BATCHES}/{name}": FILES[name] for name in cifar.CIFAR10_MD5}),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("named", ["", "folder", "itself"])
def test_it_is_read_however_it_is_called(place, tmp_path, monkeypatch, form, named):
    folder = tmp_path / "my folder" if named else place
    folder.mkdir(exist_ok=True)
    FORMS[form](folder)
    if named:
        monkeypatch.setenv("VIT_KERAS_DATA", str(folder if named == "folder" else next(folder.iterdir())))
    dataset, stored = load_cifar10("real"), pickle.loads(FILES["test_batch"])
    assert sizes(dataset) == [270, 30, 60] and dataset.test.labels.tolist() == stored[b"labels"]
    assert dataset.test.images[4, 5, 6].tolist() == stored[b"data"][4].reshape(3, 32, 32)[:, 5, 6].tolist()


@pytest.mark.parametrize("name, pack", [("anything.bin", bytes), ("cifar10.tar.xz", lzma.compress)])
def test_what_is_named_is_judged_by_what_is_in_it(place, tmp_path, monkeypatch, name, pack):
    as_tar(tmp_path / name, pack)
    monkeypatch.setenv("VIT_KERAS_DATA", str(tmp_path / name))
    assert len(load_cifar10().test.labels) == 60


def test_what_is_named_and_does_not_fit_is_refused_with_what_was_seen(place, tmp_path, monkeypatch):
    monkeypatch.delenv("VIT_KERAS_OFFLINE")   # nothing may be downloaded for all that
    write_archive(place / ARCHIVE, cifar.CIFAR10_MD5, BATCHES)   # nor taken from elsewhere
    named = tmp_path / "named"
    store(named, {"cat/1.jpg": b"x", "dog/2.jpg": b"x"})
    monkeypatch.setenv("VIT_KERAS_DATA", str(named))
    for load in (load_cifar10, load_cifar100):
        for source in ("auto", "real"):
            with pytest.raises(FileNotFoundError, match="VIT_KERAS_DATA must name CIFAR.* which holds cat/, dog/. Put"):
                load(source)
    assert "Drawn" in load_cifar10("drawn", limit=10).source
    monkeypatch.setenv("VIT_KERAS_DATA", str(tmp_path / "naned"))
    with pytest.raises(FileNotFoundError, match="naned, which does not exist. named lies there."):
        load_cifar10()
    binary = named / "cifar-10-binary.tar.gz"
    with tarfile.open(binary, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("cifar-10-batches-bin/data_batch_1.bin"))
    monkeypatch.setenv("VIT_KERAS_DATA", str(binary))
    with pytest.raises(ValueError, match="VIT_KERAS_DATA: .*-bin/data_batch_1.bin. Needed is the Python version"):
        load_cifar10()
    with zipfile.ZipFile(named / "archive.zip", "w") as archive:
        archive.write(place / ARCHIVE, ARCHIVE)
    monkeypatch.setenv("VIT_KERAS_DATA", str(named / "archive.zip"))
    with pytest.raises(ValueError, match=f"got {ARCHIVE}. Unpack it, and name {ARCHIVE}."):
        load_cifar10()


def test_no_message_says_to_delete_a_file(place):
    path = write_archive(place / ARCHIVE, cifar.CIFAR10_MD5, BATCHES, {"test_batch": b"broken"})
    for content in (path.read_bytes(), path.read_bytes()[:300_000], b"<html>", b""):
        path.write_bytes(content)
        try:
            load_cifar10("real")
        except (ValueError, FileNotFoundError) as error:
            assert "delete" not in str(error).lower().replace(str(place).lower(), "")
        else:
            pytest.fail(f"{content[:20]} was read")


class Evil:
    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


@pytest.mark.parametrize("source", ["auto", "real"])
@pytest.mark.parametrize("write", [
    lambda place, change: write_archive(place / ARCHIVE, cifar.CIFAR10_MD5, BATCHES, change),
    lambda place, change: write_folder(place / BATCHES, cifar.CIFAR10_MD5, change),
])
def test_a_changed_batch_is_refused_by_name_before_it_is_opened(place, tmp_path, write, source):
    evil = pickle.dumps(Evil(f"echo > {tmp_path / 'ran'}"))
    write(place, {"data_batch_4": evil})
    with pytest.raises(ValueError, match="data_batch_4") as error:
        load_cifar10(source)
    assert md5(FILES["data_batch_4"]) in str(error.value) and md5(evil) in str(error.value)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("evil", [Evil("true"), eval, np.load])
def test_even_with_the_right_md5_a_pickle_can_only_build_arrays(evil):
    content = pickle.dumps({b"data": evil}, protocol=2)
    with pytest.raises(ValueError, match="refused"):
        read_batch("data_batch_1", content, md5(content), b"labels")


def test_a_path_in_an_archive_leads_nowhere(place, tmp_path):
    write_archive(place / ARCHIVE, cifar.CIFAR10_MD5, "../../outside")
    before = sorted(tmp_path.rglob("*"))
    assert len(load_cifar10("real").test.labels) == 60
    assert sorted(tmp_path.rglob("*")) == before


def test_a_cut_off_or_incomplete_archive_is_named(place):
    path = write_archive(place / ARCHIVE, cifar.CIFAR10_MD5, BATCHES)
    path.write_bytes(path.read_bytes()[:300_000])
    with pytest.raises(ValueError, match=ARCHIVE):
        load_cifar10()
    write_archive(path, list(cifar.CIFAR10_MD5)[:3], BATCHES)
    with pytest.raises(ValueError, match="got no data_batch_4, data_batch_5, test_batch"):
        load_cifar10()


def test_cifar_100_prefers_the_publishers_archive_to_the_subset(place):
    write_subset(place / "cifar-100-small.npz")
    subset = load_cifar100("real")
    assert sizes(subset) == [1300, 200, 200]
    assert "subset" in subset.source and subset.train.labels.dtype == np.int32
    write_archive(place / "cifar-100-python.tar.gz", cifar.CIFAR100_MD5, "cifar-100-python")
    whole = load_cifar100("real")
    assert sizes(whole) == [400, 200, 100]
    assert "subset" not in whole.source and len(whole.class_names) == 100


def test_a_subset_that_lacks_a_part_or_has_other_classes_is_refused(place):
    path = place / "cifar-100-small.npz"
    write_subset(path)
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **{name: array for name, array in arrays.items() if name != "y_test"})
    with pytest.raises(ValueError, match="got no y_test. Put a whole file in its place"):
        load_cifar100("real")
    np.savez(path, **arrays)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"\x93NUMPY", b"\x00NUMPY"))  # the zip's own checksum says so
    with pytest.raises(ValueError, match="cannot be read as .npz, or is damaged"):
        load_cifar100("real")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x_train.npy", b"text")
    with pytest.raises(ValueError, match="x_train.* begins like no array"):
        load_cifar100("real")
    write_subset(path, names=cifar.CIFAR100_CLASSES[::-1])
    with pytest.raises(ValueError, match="official order"):
        load_cifar100()


def test_auto_falls_back_in_one_line_and_the_source_says_so(place, capsys):
    dataset = load_cifar10(limit=50)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 and lines[0].startswith("!!! NOT CIFAR-10")
    assert "NOT CIFAR-10" in dataset.source and dataset.class_names[3] == "cat"
    assert dataset.train.images.shape == (50, 32, 32, 3) and dataset.train.images.dtype == np.uint8


def test_real_raises_and_says_where_it_looked_and_what_to_do(place):
    with pytest.raises(FileNotFoundError) as error:
        load_cifar100("real")
    assert str(place) in str(error.value) and cifar.CIFAR100_URL in str(error.value)


def test_what_is_not_here_is_downloaded_and_an_offline_machine_falls_back(place, monkeypatch, tmp_path, capsys):
    monkeypatch.delenv("VIT_KERAS_OFFLINE")
    monkeypatch.setattr(files, "download", lambda url, path, **digest: write_archive(path, cifar.CIFAR10_MD5, BATCHES))
    assert "NOT" not in load_cifar10().source
    assert (tmp_path / "work" / "data" / ARCHIVE).exists()
    capsys.readouterr()

    def unreachable(url, path, **digest):
        raise ConnectionError("no network here")
    monkeypatch.setattr(files, "download", unreachable)
    assert "NOT CIFAR-100" in load_cifar100(limit=100).source
    assert "no network here" in capsys.readouterr().out
    with pytest.raises(FileNotFoundError, match="no network here"):
        load_cifar100("real")


def test_the_smoke_profile_draws_at_once(place, monkeypatch):
    write_archive(place / ARCHIVE, cifar.CIFAR10_MD5, BATCHES)
    monkeypatch.delenv("VIT_KERAS_OFFLINE")
    monkeypatch.setenv("VIT_KERAS_PROFILE", "smoke")
    assert "Drawn" in load_cifar10(limit=20).source
    assert "Drawn" not in load_cifar10("real").source


@pytest.mark.parametrize("load, num_classes", [(load_cifar10, 10), (load_cifar100, 100)])
def test_drawn_images_are_the_same_every_time_and_balanced(load, num_classes):
    first, again = load("drawn", limit=500), load("drawn", limit=500)
    assert np.array_equal(first.train.images, again.train.images) and first.source == again.source
    assert (np.bincount(first.train.labels) == 500 // num_classes).all()
    assert len(np.unique(first.validation.labels)) == len(np.unique(first.test.labels)) == num_classes
    assert "500 of 45,000" in first.source


@pytest.mark.parametrize("arguments, word", [
    ({"source": "foo"}, "foo"), ({"limit": 0}, "limit"), ({"limit": -5}, "limit"), ({"limit": 2.5}, "limit"),
    ({"limit": True}, "limit"),
])
def test_wrong_arguments_are_named(arguments, word):
    for load in (load_cifar10, load_cifar100):
        with pytest.raises(ValueError, match=word):
            load(**{"source": "drawn", **arguments})


@pytest.mark.parametrize("load", [load_cifar10, load_cifar100])
def test_the_real_images_are_split_evenly_and_have_the_known_mean(load, monkeypatch):
    monkeypatch.setenv("VIT_KERAS_OFFLINE", "1")
    try:
        dataset = load("real")
    except FileNotFoundError:
        pytest.skip(f"no files for {load.__name__} on this machine: see data/README.md")
    for split in (dataset.train, dataset.validation, dataset.test):
        assert len(set(np.bincount(split.labels, minlength=len(dataset.class_names)))) == 1
    assert not set(pixels(dataset.train)) & set(pixels(dataset.validation))
    if load is load_cifar10:
        assert sizes(dataset) == [45_000, 5_000, 10_000]
        mean = (45 * dataset.train.images.mean((0, 1, 2)) + 5 * dataset.validation.images.mean((0, 1, 2))) / 50 / 255
        assert np.allclose(mean, (0.4914, 0.4822, 0.4465), atol=1e-4)
