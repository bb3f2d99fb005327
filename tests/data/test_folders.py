"""Folders and zips of photographs: what is found in them, what is skipped and why, and that nothing leads outside."""

import os
import stat
import zipfile

import numpy as np
import pytest
from pictures import jpeg, store

from vit_keras.data import Unusable, folders, open_photographs
from vit_keras.data.folders import MAX_BYTES, printable

CAT, DOG = jpeg(1), jpeg(2)


@pytest.fixture(params=["folder", "archive.zip"])
def target(request, tmp_path):
    """The same test for a folder and for a zip."""
    return tmp_path / "some place" / request.param


def found(path):
    return {file.name: (file.label, file.part) for file in open_photographs(path).files}


@pytest.mark.parametrize("name, expected", [
    ("PetImages/Cat/0.jpg", (0, None)), ("PetImages/Dog/0.JPG", (1, None)), ("a/b c/PetImages/Dog/1.jpeg", (1, None)),
    ("cats_and_dogs_filtered/train/cats/cat.0.jpg", (0, "train")), ("x/validation/dogs/d.jpg", (1, "validation")),
    ("Training/CATS/a.png", (0, "train")), ("val/dog/a.webp", (1, "validation")),
    ("VALID/cat/a.gif", (0, "validation")),
    ("test/dogs/a.bmp", (1, "test")), ("cats/train/a.jpg", (0, "train")), ("cats/dogs/a.jpg", (1, None)),
    ("cats/old ones/a.jpg", (0, None)), ("dogs-vs-cats/train/cat.17.jpg", (0, "train")),
    ("데이터/고양이 사진/cat/귀여운 고양이.jpg", (0, None)), ("validation/train/dog/a.jpg", (1, "train")),
])
def test_the_nearest_folder_that_says_so_gives_class_and_part(target, name, expected):
    photographs = open_photographs(store(target, {name: CAT}))
    assert [(file.name, (file.label, file.part)) for file in photographs.files] == [(name, expected)]
    assert photographs.read(photographs.files[0]) == CAT and photographs.files[0].size == len(CAT)


def test_what_is_no_image_is_counted_in_class_folders_and_images_everywhere(target):
    photographs = open_photographs(store(target, {
        "PetImages/Cat/Thumbs.db": b"x", "PetImages/Dog/MANIFEST.csv": b"x", "PetImages/Cat/README": b"x",
        "PetImages/Cat/.DS_Store": b"x", "__MACOSX/PetImages/Cat/._0.jpg": b"x", "__MACOSX/PetImages/Cat/0.jpg": b"x",
        "PetImages/readme.txt": b"x", "MANIFEST.csv": b"x", "other.jpg": CAT, "test1/1.jpg": CAT,
        "PetImages/Cat/0.jpg": CAT, "notes/a.heic": b"x", "notes/b.zip": b"x"}))
    assert [file.name for file in photographs.files] == ["PetImages/Cat/0.jpg"]
    by_name = "not an image by its name"
    assert dict(photographs.skipped) == {
        "PetImages/Cat/README": by_name, "PetImages/Cat/Thumbs.db": by_name, "PetImages/Dog/MANIFEST.csv": by_name,
        "__MACOSX/PetImages/Cat/0.jpg": "in a hidden or system folder", "other.jpg": "in no class folder",
        "test1/1.jpg": "in no class folder", "notes/a.heic": "HEIC, which is not read",
        "notes/b.zip": "packed, and not unpacked here"}


def test_the_order_is_that_of_the_names(target):
    assert list(found(store(target, {"dog/b.jpg": DOG, "cat/b.jpg": CAT, "cat/a.jpg": CAT}))) == [
        "cat/a.jpg", "cat/b.jpg", "dog/b.jpg"]


def test_a_file_of_too_many_bytes_is_not_read_nor_a_bomb_unpacked(tmp_path):
    folder = store(tmp_path / "f", {"cat/a.jpg": CAT, "cat/huge.jpg": b""})
    os.truncate(folder / "cat/huge.jpg", MAX_BYTES + 1)
    bomb = store(tmp_path / "bomb.zip", {"cat/a.jpg": CAT, "cat/huge.jpg": bytes(MAX_BYTES + 1)})
    for path in (folder, bomb):
        assert list(found(path)) == ["cat/a.jpg"]
        assert open_photographs(path).skipped == [("cat/huge.jpg", "too many bytes")]


def test_names_that_a_terminal_would_obey_are_written_out():
    assert printable("고양이 1.jpg") == "고양이 1.jpg"
    assert printable("\x1b[2Jcat\udcff.jpg") == "\\x1b[2Jcat\\udcff.jpg"


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_links_lead_to_files_inside_only(tmp_path):
    outside = store(tmp_path / "outside", {"cat/secret.jpg": CAT})
    inside = store(tmp_path / "inside", {"cat/a.jpg": CAT, "dog/b.jpg": DOG})
    (inside / "cat/file out.jpg").symlink_to(outside / "cat/secret.jpg")
    (inside / "cat/relative.jpg").symlink_to("../../outside/cat/secret.jpg")
    (inside / "cat/folder out").symlink_to(outside)
    (inside / "more").symlink_to(outside / "cat")
    (inside / "round").symlink_to(inside)
    (inside / "cat/nowhere.jpg").symlink_to("nowhere")
    (inside / "cat/itself.jpg").symlink_to("itself.jpg")
    (inside / "dog/again.jpg").symlink_to("b.jpg")
    photographs = open_photographs(inside)
    assert [file.name for file in photographs.files] == ["cat/a.jpg", "dog/again.jpg", "dog/b.jpg"]
    assert photographs.read(photographs.files[1]) == DOG
    assert dict(photographs.skipped) == {
        "cat/file out.jpg": "link that leaves the folder", "cat/relative.jpg": "link that leaves the folder",
        "cat/folder out": "link that leaves the folder", "more": "link that leaves the folder",
        "round": "link to a folder", "cat/nowhere.jpg": "unreadable", "cat/itself.jpg": "unreadable"}


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_the_folder_itself_may_be_a_link(tmp_path):
    store(tmp_path / "real", {"cat/a.jpg": CAT})
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert list(found(tmp_path / "link")) == ["cat/a.jpg"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path):
    store(tmp_path, {"cat/a.jpg": CAT})
    os.mkfifo(tmp_path / "cat" / "pipe.jpg")
    assert open_photographs(tmp_path).skipped == [("cat/pipe.jpg", "not a file")]


def test_what_may_not_be_read_is_skipped(tmp_path, monkeypatch):
    store(tmp_path, {"cat/a.jpg": CAT, "cat/mine.jpg": CAT, "dog/b.jpg": DOG})
    scandir = os.scandir

    def refuse(folder):
        if str(folder).endswith("dog"):
            raise PermissionError("no")
        return scandir(folder)
    monkeypatch.setattr(folders.os, "scandir", refuse)
    monkeypatch.setattr(folders.os, "access", lambda path, mode: not path.endswith("mine.jpg"))   # root may read all
    photographs = open_photographs(tmp_path)
    assert [file.name for file in photographs.files] == ["cat/a.jpg"]
    assert dict(photographs.skipped) == {"cat/mine.jpg": "unreadable", "dog/": "unreadable"}
    (tmp_path / "cat/a.jpg").unlink()   # after it was listed
    with pytest.raises(Unusable, match="unreadable"):
        photographs.read(photographs.files[0])


# ---- Zips that are damaged, or made to deceive ----

def test_names_that_leave_the_archive_are_skipped_and_nothing_is_written(tmp_path):
    names = ["../cat/a.jpg", "cat/../../b.jpg", "/cat/c.jpg", "C:/cat/d.jpg", "..\\cat\\e.jpg", "cat/fine.jpg",
             "PetImages\\Cat\\windows.jpg"]
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            member = zipfile.ZipInfo("x")
            member.filename = name
            archive.writestr(member, CAT)
    before = sorted(tmp_path.rglob("*"))
    photographs = open_photographs(path)
    assert [file.name for file in photographs.files] == ["PetImages/Cat/windows.jpg", "cat/fine.jpg"]
    assert [photographs.read(file) for file in photographs.files] == [CAT, CAT]
    assert {reason for _, reason in photographs.skipped} == {"name that leaves the archive"}
    assert len(photographs.skipped) == 5 and sorted(tmp_path.rglob("*")) == before


def change(path, old, new, last=True):
    """Put `new` where the bytes `old` are; the last place of them is in the zip's directory."""
    content = bytearray(path.read_bytes())
    place = content.rindex(old) if last else content.index(old)
    content[place:place + len(old)] = new
    path.write_bytes(content)


def sizes(packed, unpacked):
    return packed.to_bytes(4, "little") + unpacked.to_bytes(4, "little")


@pytest.mark.parametrize("content, declared", [(bytes(50_000_000), 1000), (CAT, len(CAT) + 5)])
def test_a_member_of_another_size_than_declared_is_skipped(tmp_path, content, declared):
    lying = store(tmp_path / "lying.zip", {"cat/bomb.jpg": content})
    with zipfile.ZipFile(lying) as archive:
        packed = archive.infolist()[0].compress_size
    change(lying, sizes(packed, len(content)), sizes(packed, declared))
    photographs = open_photographs(lying)
    assert photographs.files[0].size == declared
    with pytest.raises(Unusable):
        photographs.read(photographs.files[0])


def test_encrypted_linked_repeated_and_strangely_packed_members_are_skipped(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cat/a.jpg", CAT)
        archive.writestr("cat/slow.jpg", CAT, zipfile.ZIP_LZMA)
        link = zipfile.ZipInfo("cat/link.jpg")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/hostname")
        with pytest.warns(UserWarning):
            archive.writestr("cat/a.jpg", DOG)
        secret = zipfile.ZipInfo("cat/secret.jpg")
        archive.writestr(secret, CAT)
        secret.flag_bits |= 1   # written into the directory at the end
    photographs = open_photographs(path)
    assert [photographs.read(file) for file in photographs.files] == [CAT]
    assert dict(photographs.skipped) == {
        "cat/slow.jpg": "unknown packing", "cat/link.jpg": "link", "cat/a.jpg": "name that was there before",
        "cat/secret.jpg": "encrypted"}


def test_what_is_no_whole_zip_is_named(tmp_path):
    whole = store(tmp_path / "bad.zip", {f"cat/{index}.jpg": CAT for index in range(9)}).read_bytes()
    for content in (b"", b"no zip", b"PK\x03\x04 and then nothing", whole[:-50]):
        (tmp_path / "bad.zip").write_bytes(content)
        with pytest.raises(ValueError, match="bad.zip must be a folder or a whole zip"):
            open_photographs(tmp_path / "bad.zip")
    with pytest.raises(ValueError, match="does not exist"):
        open_photographs(tmp_path / "nothing")


def test_a_damaged_zip_is_never_another_error(tmp_path):
    whole = store(tmp_path / "a.zip", {"cat/a.jpg": CAT, "dog/b.jpg": DOG, "cat/c.png": CAT}).read_bytes()
    directory, rng = whole.index(b"PK\x01\x02"), np.random.default_rng(0)
    path = tmp_path / "b.zip"
    for trial in range(400):
        content = bytearray(whole)
        for place in rng.integers(directory if trial % 2 else 0, len(whole), 3):
            content[place] = rng.integers(256)
        path.write_bytes(content)
        try:
            photographs = open_photographs(path)
        except ValueError:
            continue
        for file in photographs.files:
            try:
                assert len(photographs.read(file)) == file.size
            except Unusable:
                pass
