"""What is fuzzed: whole files of every format that the course reads, edits that damage them, and what must happen then.

A reader must give a right answer or raise what it says it raises. Whatever else it does has escaped. Some of the whole
files are bombs: unpickled, they make a folder. No folder of that name may ever be there.
"""

import contextlib
import copy
import gzip
import hashlib
import io
import json
import os
import pickle
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from vit_keras.data import (
    Split,
    Unusable,
    decode,
    open_photographs,
    read_archive,
    read_batch,
    reading,
    strict_and_silent,
)
from vit_keras.data import cifar as data
from vit_keras.pretrained import GOOGLE, TIMM, describe
from vit_keras.training import Backup

KINDS = ("overwrite", "flip", "delete", "insert", "repeat", "cut", "zero", "move")
IMAGES = {"JPEG": {"quality": 70}, "PNG": {}, "GIF": {}, "BMP": {}, "WEBP": {}, "TIFF": {}}
# Events by which Python tells that a program was started, or a connection made: no file may lead to one.
FORBIDDEN = ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "subprocess.Popen", "socket.connect")


# ---- Damage ----

class Edit(NamedTuple):
    """One change of a file: what `kind`, at which `place` (its share of the length), how many bytes, and which."""

    kind: str
    place: float
    length: int
    content: bytes


def edited(content, edits):
    """The content after some edits."""
    for kind, place, length, new in edits:
        at = int(place * len(content))
        before, there, after = content[:at], content[at:at + length], content[at + length:]
        if kind == "overwrite":
            content = before + new + content[at + len(new):]
        elif kind == "flip":
            there = content[at:at + len(new)]
            content = before + bytes(a ^ b for a, b in zip(there, new)) + content[at + len(there):]
        elif kind == "delete":
            content = before + after
        elif kind == "insert":
            content = before + new + content[at:]
        elif kind == "repeat":
            content = before + there + there + after
        elif kind == "cut":
            content = before
        elif kind == "zero":
            content = before + bytes(len(there)) + after
        else:
            content = before[:len(before) // 2] + there + before[len(before) // 2:] + after
    return content


def draw_edits(rng):
    """One to four edits, most of them small. Numbers that lengths and counts like least come often."""
    for _ in range(rng.integers(1, 5)):
        small = rng.random() < 0.8
        new = rng.bytes(rng.integers(1, 5) if small else rng.integers(1, 40))
        if rng.random() < 0.3:
            number = int(rng.choice([0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]))
            new = number.to_bytes(4, str(rng.choice(["little", "big"])))[:rng.integers(1, 5)] or b"\x00"
        length = rng.integers(1, 9) if small else rng.integers(1, 400)
        yield Edit(str(rng.choice(KINDS)), rng.random(), int(length), new)


# ---- Whole files ----

class Bomb:
    """An object that makes a folder when it is unpickled."""

    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        return os.mkdir, (self.folder,)


def picture(seed, size=(40, 30)):
    spots = np.random.default_rng(seed).integers(0, 256, (5, 5, 3), "uint8")
    return Image.fromarray(spots).resize(size, Image.Resampling.BICUBIC)


def encoded(image, name, **options):
    stream = io.BytesIO()
    image.save(stream, name, **options)
    return stream.getvalue()


def cifar_pickle(seed=0, number=5):
    rng = np.random.default_rng(seed)
    return pickle.dumps({b"data": rng.integers(0, 256, (number, 3072), "uint8"), b"labels": list(range(number)),
                         b"batch_label": b"training batch"}, protocol=2)


def tar_of(files):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def zip_of(files, packing=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packing) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def npz_of(arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def google_arrays():
    """A checkpoint of one block in Google's layout: width 4, MLP 5, patches of 2x2, three classes."""
    lengths = {"p": 2, "q": 2, "c": 3, "d": 4, "h": 2, "k": 2, "m": 5, "n": 3, "i": 4, "b": 1, "t": 5, "r": 4}
    return arrays_of(GOOGLE, lengths)


def timm_arrays():
    """The same in timm's layout."""
    lengths = {"p": 2, "q": 2, "c": 3, "d": 4, "o": 12, "i": 4, "m": 5, "n": 3, "b": 1, "t": 5, "r": 4}
    arrays = arrays_of(TIMM, lengths)
    arrays["blocks.0.attn.proj.weight"] = arrays["blocks.0.attn.proj.weight"][:4]
    return {**arrays, "head.weight": arrays["head.weight"][:3]}


def arrays_of(layout, lengths):
    rng = np.random.default_rng(0)
    arrays = {}
    for key, place, axes in layout.rows:
        if place.startswith("pre_logits"):
            continue
        left = axes.split("->")[0].split(",")[0].replace("(", "").replace(")", "").split()
        shape = [1 if letter == "t" and place.endswith("class_token") else lengths[letter] for letter in left]
        arrays.setdefault(key.format(i=0), rng.standard_normal(shape).astype("float32"))
    return arrays


# ---- Readers ----

class Target:
    """A format: `whole`, the contents of good files and of bombs; `read(content)`, which must refuse or be right.

    Args:
        folder: path in which files may be written.
        canary: path that must never be there.
    """

    refusals = (ValueError,)

    def __init__(self, folder, canary):
        self.folder, self.canary = Path(folder), Path(canary)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.whole = self.make()

    def written(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def damaged(self, index, edits):
        """The whole file of this number after the edits."""
        return edited(self.whole[index % len(self.whole)], edits)

    def judge(self, content):
        """"read", "refused", or what went wrong."""
        try:
            self.read(content)
            outcome = "read"
        except self.refusals:
            outcome = "refused"
        except Exception as error:  # whatever it is, it is not what the reader says it raises
            outcome = f"escaped: {type(error).__name__}: {str(error)[:100]}"
        if self.canary.exists():
            self.canary.rmdir()
            outcome = "code ran"
        return outcome


class CifarArchive(Target):
    """A tar.gz of two batches; half of the damage is done to the tar inside, so that gzip's checksum is right."""

    def make(self):
        self.batches = {"data_batch_1": cifar_pickle(1), "test_batch": cifar_pickle(2)}
        self.digests = {name: hashlib.md5(content).hexdigest() for name, content in self.batches.items()}
        evil = {**self.batches, "test_batch": pickle.dumps(Bomb(self.canary), protocol=2)}
        return [tar_of(self.batches), gzip.compress(tar_of(self.batches), mtime=0), tar_of(evil)]

    def damaged(self, index, edits):
        content = super().damaged(index, edits)
        return content if index % 3 == 1 else gzip.compress(content, compresslevel=1, mtime=0)

    def read(self, content):
        path = self.written("archive.tar.gz", content)
        for name, batch in read_archive(path, self.digests):
            split = read_batch(name, batch, self.digests[Path(name).name], b"labels")
            assert split.images.shape == (5, 32, 32, 3) and split.labels.tolist() == list(range(5))


class CifarPickle(Target):
    """A batch of which even the md5 is right: somebody made both."""

    def make(self):
        spliced = cifar_pickle()[:-1] + f"cposix\nmkdir\n(S'{self.canary}'\ntR.".encode()  # a program after the batch
        return [cifar_pickle(), pickle.dumps(Bomb(self.canary), protocol=2), spliced,
                pickle.dumps({b"data": Bomb(self.canary), b"labels": [0]}, protocol=2)]

    def read(self, content):
        split = read_batch("data_batch_1", content, hashlib.md5(content).hexdigest(), b"labels")
        assert split.images.shape[1:] == (32, 32, 3) and split.images.dtype == np.uint8
        assert len(split.images) == len(split.labels) and split.labels.dtype == np.int32


class Subset(Target):
    """The subset of CIFAR-100 as .npz; a third of the damage is done to an array inside, so that zip's checksum is
    right."""

    def make(self):
        rng = np.random.default_rng(0)
        arrays = {"fine_label_names": np.array(data.CIFAR100_CLASSES)}
        for name in ("train", "test"):
            arrays[f"x_{name}"] = rng.integers(0, 256, (3, 32, 32, 3), "uint8")
            arrays[f"y_{name}"] = np.arange(3, dtype="uint8")
        evil = npz_of({**arrays, "x_test": np.array([Bomb(self.canary)], dtype=object)})
        return [npz_of(arrays), npz_of(arrays), evil]

    def damaged(self, index, edits):
        return inner_damage(self.whole[0], index, edits) if index % 3 == 1 else super().damaged(index, edits)

    def read(self, content):
        for split in data._read_subset(self.written("cifar-100-small.npz", content)):
            assert split.images.dtype == np.uint8 and split.images.shape == (len(split.labels), 32, 32, 3)
            assert split.labels.dtype == np.int32 and 0 <= split.labels.min() <= split.labels.max() < 100


class Npz(Target):
    """Weights in Google's layout; a third of the damage is done to an array inside."""

    def make(self):
        arrays = google_arrays()
        return [npz_of(arrays), npz_of(arrays), npz_of({**arrays, "cls": np.array([Bomb(self.canary)], dtype=object)})]

    def damaged(self, index, edits):
        return inner_damage(self.whole[0], index, edits) if index % 3 == 1 else super().damaged(index, edits)

    def read(self, content):
        described(describe(self.written("model.npz", content)))


class Safetensors(Target):
    """Weights in timm's layout."""

    def make(self):
        from safetensors.numpy import save

        return [save(timm_arrays()), save(timm_arrays()), pickle.dumps(Bomb(self.canary))]

    def damaged(self, index, edits):
        if index % 3 != 1:
            return super().damaged(index, edits)
        whole = self.whole[0]
        end = 8 + int.from_bytes(whole[:8], "little")
        header = edited(whole[8:end], edits)  # with its length right, so that its words are read
        return len(header).to_bytes(8, "little") + header + whole[end:]

    def read(self, content):
        described(describe(self.written("model.safetensors", content)))


ODD = (None, "", "x", -1, 0, 1, 7.5, 1e308, True, [], [1], [0, 0], ["a", "b"], [[1, 2], [3]], {}, {"a": None})


class Config(Target):
    """The config.json beside good weights; half of the damage is another value in a place of it."""

    def make(self):
        from safetensors.numpy import save_file

        save_file(timm_arrays(), self.folder / "model.safetensors")
        return [json.dumps(content).encode() for content in (
            {"pretrained_cfg": {"input_size": [3, 4, 4], "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}},
            {"image_size": [4, 4], "num_attention_heads": 2, "hidden_act": "gelu", "layer_norm_eps": 1e-6,
             "model_type": "deit"})]

    def damaged(self, index, edits):
        if index % 4 < 2:
            return super().damaged(index, edits)
        content = json.loads(self.whole[index % 2])
        for edit in edits:
            inside = content[list(content)[int(edit.place * len(content))]]
            holder = inside if isinstance(inside, dict) and inside and edit.length % 2 else content
            holder[list(holder)[int(edit.place * 7919) % len(holder)]] = copy.deepcopy(ODD[edit.length % len(ODD)])
        return json.dumps(content).encode()

    def read(self, content):
        self.written("config.json", content)
        described(describe(self.folder))


class Zip(Target):
    """A zip of photographs; a third of the damage is done to a photograph inside."""

    def make(self):
        self.files = {"cats/a.jpg": encoded(picture(1), "JPEG"), "dogs/b.png": encoded(picture(2), "PNG"),
                      "dogs/c.jpg": encoded(picture(3), "JPEG")}
        return [zip_of(self.files), zip_of(self.files), zip_of(self.files, zipfile.ZIP_STORED)]

    def damaged(self, index, edits):
        return inner_damage(self.whole[0], index, edits) if index % 3 == 1 else super().damaged(index, edits)

    def read(self, content):
        photographs = open_photographs(self.written("pictures.zip", content))
        with contextlib.closing(photographs.archive), strict_and_silent():
            for file in photographs.files:
                with contextlib.suppress(Unusable):  # counted and skipped
                    right_picture(decode(photographs.read(file), 16))


class Picture(Target):
    """One photograph of one format."""

    refusals = (Unusable,)

    def make(self):
        small, wide = picture(1), picture(2, (50, 20))
        if self.name in ("PNG", "GIF", "WEBP", "TIFF"):
            wide = wide.convert("RGBA") if self.name != "GIF" else wide.convert("P")
        exif = Image.Exif()
        exif[0x0112] = 6
        turned = {"exif": exif} if self.name in ("JPEG", "PNG", "WEBP", "TIFF") else {}
        return [encoded(small, self.name, **IMAGES[self.name], **turned), encoded(wide, self.name)]

    def read(self, content):
        with strict_and_silent():
            right_picture(decode(content, 16, "pad"))


class KeptRun(Target):
    """A backup of a run: the state file or the weights are damaged. Right is the state after or the state before."""

    class Weights:
        def __init__(self, content=None):
            self.content = content

        def save_weights(self, path):
            path.write_bytes(self.content)

        def load_weights(self, path):
            self.content = path.read_bytes()

    def make(self):
        self.good = {done: self.Weights(np.random.default_rng(done).bytes(300)) for done in (3, 6)}
        backup = Backup(self.folder / "whole", {"epochs": 3})
        for done, weights in self.good.items():
            backup.write(weights, {"done": done, "seconds": 1.5, "history": {"loss": [0.5] * done}})
        self.files = sorted(path.name for path in (self.folder / "whole").iterdir())
        return [(self.folder / "whole" / name).read_bytes() for name in self.files]

    def damaged(self, index, edits):
        return self.files[index % len(self.files)], super().damaged(index, edits)

    def read(self, content):
        name, content = content
        shutil.copytree(self.folder / "whole", self.folder / "run", dirs_exist_ok=True)
        (self.folder / "run" / name).write_bytes(content)
        backup, weights = Backup(self.folder / "run", {"epochs": 3}), self.Weights()
        with contextlib.redirect_stdout(io.StringIO()):
            state = backup.read()
        if state is None:
            raise AssertionError("the run is gone")
        backup.load_weights(weights)
        assert weights.content == self.good[state["done"]].content and len(state["history"]["loss"]) == state["done"]


class Cache(Target):
    """Decoded photographs in the cache. What is damaged is decoded anew; changed pixels are not noticed."""

    def make(self):
        rng = np.random.default_rng(0)
        (self.folder / "whole").mkdir(exist_ok=True)
        for split in reading.SPLITS:
            np.save(self.folder / "whole" / f"{split}_images.npy", rng.integers(0, 256, (4, 8, 8, 3), "uint8"))
            np.save(self.folder / "whole" / f"{split}_labels.npy", np.int32([0, 1, 0, 1]))
        about = {"skipped": [["a", "empty"]], "converted": [], "done": "shuffled"}
        (self.folder / "whole" / "about.json").write_text(json.dumps(about))
        self.files = sorted(path.name for path in (self.folder / "whole").iterdir())
        return [(self.folder / "whole" / name).read_bytes() for name in self.files]

    def damaged(self, index, edits):
        return self.files[index % len(self.files)], super().damaged(index, edits)

    def read(self, content):
        from vit_keras.data import files as cache

        name, content = content
        before, cache.cache_root = cache.cache_root, lambda: self.folder / "root"
        try:
            folder = cache.cached_folder("pictures", self.fill)
            (folder / name).write_bytes(content)
            splits, about = reading._cached_arrays("pictures", self.fill)
            assert all(split.images.shape == (4, 8, 8, 3) and split.images.dtype == np.uint8 for split in splits)
            assert all(set(split.labels.tolist()) <= {0, 1} for split in splits) and isinstance(splits[0], Split)
            assert all(len(pair) == 2 for pair in about["skipped"] + about["converted"])
        finally:
            cache.cache_root = before
            shutil.rmtree(self.folder / "root", ignore_errors=True)

    def fill(self, folder):
        shutil.copytree(self.folder / "whole", folder, dirs_exist_ok=True)


def inner_damage(whole, index, edits):
    """A zip of which one member is damaged, and the checksum right all the same."""
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    name = list(files)[index // 3 % len(files)]
    return zip_of({**files, name: edited(files[name], edits)}, zipfile.ZIP_STORED)


def described(found):
    """What `load_pretrained` asks a description."""
    found.image_shape(found.grid()), found.variant(), found.numerics(), found.pixels({}, [])
    with contextlib.suppress(ValueError):  # of sizes that nobody has published it is asked for
        found.num_heads()


def right_picture(photograph):
    assert photograph.pixels.shape == (16, 16, 3) and photograph.pixels.dtype == np.uint8
    assert photograph.thumbnail.shape == (16, 16)


TARGETS = {"CIFAR archive": CifarArchive, "CIFAR pickle": CifarPickle, "CIFAR-100 subset": Subset, "npz": Npz,
           "safetensors": Safetensors, "config.json": Config, "zip": Zip, "backup": KeptRun, "cache": Cache,
           **{name: type(f"Picture{name}", (Picture,), {"name": name}) for name in IMAGES}}


def forbid_programs(record):
    """From now on `record(event)` is called whenever this process starts a program or makes a connection."""
    sys.addaudithook(lambda event, arguments: record(event) if event.startswith(FORBIDDEN) else None)
