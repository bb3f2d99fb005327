"""Damage files of every format that the course reads, thousands of times, and see that each is refused or read right.

    python benchmarks/fuzz.py                       200 damaged files of each format, a look
    python benchmarks/fuzz.py --number 10000 --record
                                                    writes results/fuzz.json
    python benchmarks/fuzz.py --only zip --seed 3   one format, other damage

A reader must give a right answer or raise what it says it raises. Whatever else it does has escaped. Some of the whole
files are bombs: unpickled, they make a folder. No folder of that name may ever be there, no program may be started and
no connection made.

Each format is read by a process of its own. A file that takes longer than the limit, or takes the process down, is
counted under its number and the next process goes on after it; `--only FORMAT --first NUMBER --number 1` repeats it.
After every format the results are written; the same command goes on where it was stopped.
"""

import argparse
import contextlib
import copy
import gzip
import hashlib
import io
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path
from typing import NamedTuple

from records import ROOT, about, write_json
from runs import parser_of

LIMIT = 20.0  # seconds of processor time for one file: how busy the machine is does not count
WAIT = 3600.0  # seconds of the clock, for what waits and computes nothing
MEMORY = 4 << 30  # bytes that a process may take beyond what its imports took
# Events by which Python tells that a program was started, or a connection made: no file may lead to one.
FORBIDDEN = ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "subprocess.Popen", "socket.connect")


def parse(words):
    parser = parser_of(__doc__)
    parser.add_argument("--number", type=int, default=200, help="damaged files of each format")
    parser.add_argument("--first", type=int, default=0, help="number of the first")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="formats, with commas between")
    parser.add_argument("--record", action="store_true", help="write results/fuzz.json")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    return parser.parse_args(words)


if __name__ == "__main__":
    parse(sys.argv[1:])  # --help and a wrong word need not wait for the imports
    os.environ.setdefault("KERAS_BACKEND", "jax")  # the faster import; nothing is computed here

import numpy as np
from PIL import Image

from vit_keras.data import Unusable, decode, open_photographs, read_archive, read_batch, reading, strict_and_silent
from vit_keras.data import cifar as data
from vit_keras.data import files as cache
from vit_keras.data.folders import any_classes, cats_and_dogs
from vit_keras.pretrained import GOOGLE, TIMM, Description

# ---- Damage ----

KINDS = ("overwrite", "flip", "delete", "insert", "repeat", "cut", "zero", "move")


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
        flipped = bytes(a ^ b for a, b in zip(content[at:], new))
        content = {
            "overwrite": before + new + content[at + len(new):], "flip": before + flipped + content[at + len(flipped):],
            "delete": before + after, "insert": before + new + content[at:], "repeat": before + there + there + after,
            "cut": before, "zero": before + bytes(len(there)) + after,
            "move": before[:len(before) // 2] + there + before[len(before) // 2:] + after,
        }[kind]
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


def to_bytes(write, *arguments, **options):
    """What a function writes into a file."""
    stream = io.BytesIO()
    write(stream, *arguments, **options)
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
    return to_bytes(np.savez, **arrays)


LENGTHS = {"p": 2, "q": 2, "c": 3, "d": 4, "h": 2, "k": 2, "o": 12, "m": 5, "n": 3, "i": 4, "b": 1, "t": 5, "r": 4}


def arrays_of(layout):
    """A checkpoint of one block in a layout: width 4, MLP 5, patches of 2x2, three classes."""
    rng, arrays = np.random.default_rng(0), {}
    for key, place, axes in layout.rows:
        if place.startswith("pre_logits"):
            continue
        left = axes.split("->")[0].split(",")[0].replace("(", "").replace(")", "").split()
        shape = [1 if letter == "t" and place.endswith("class_token") else LENGTHS[letter] for letter in left]
        arrays.setdefault(key.format(i=0), rng.standard_normal(shape).astype("float32"))
    return arrays


def timm_arrays():
    arrays = arrays_of(TIMM)
    arrays["blocks.0.attn.proj.weight"] = arrays["blocks.0.attn.proj.weight"][:4]
    return {**arrays, "head.weight": arrays["head.weight"][:3]}


# ---- Readers ----

class Target:
    """A format: `whole`, the contents of good files and of bombs; `read(content)`, which must refuse or be right.

    Args:
        folder: path in which files may be written.
        canary: path that must never be there.
    """

    refusals = (ValueError,)
    inner = False  # whether a third of the damage is done to a member of the zip, and its checksum is right again

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
        if not self.inner or index % 3 != 1:
            return edited(self.whole[index % len(self.whole)], edits)
        with zipfile.ZipFile(io.BytesIO(self.whole[0])) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        name = list(files)[index // 3 % len(files)]
        return zip_of({**files, name: edited(files[name], edits)}, zipfile.ZIP_STORED)

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
    """Two batches as tar.gz or zip; half of the damage is done to the tar inside, so that gzip's checksum is right."""

    def make(self):
        batches = {"data_batch_1": cifar_pickle(1), "test_batch": cifar_pickle(2)}
        self.digests = {name: hashlib.md5(content).hexdigest() for name, content in batches.items()}
        evil = {**batches, "test_batch": pickle.dumps(Bomb(self.canary), protocol=2)}
        return [tar_of(batches), gzip.compress(tar_of(batches), mtime=0), tar_of(evil), zip_of(batches)]

    def damaged(self, index, edits):
        content = super().damaged(index, edits)
        return content if index % 2 else gzip.compress(content, compresslevel=1, mtime=0)

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
    """The subset of CIFAR-100 as .npz."""

    inner = True

    def make(self):
        rng = np.random.default_rng(0)
        arrays = {"fine_label_names": np.array(data.CIFAR100_CLASSES)}
        for name in ("train", "test"):
            arrays[f"x_{name}"] = rng.integers(0, 256, (3, 32, 32, 3), "uint8")
            arrays[f"y_{name}"] = np.arange(3, dtype="uint8")
        evil = npz_of({**arrays, "x_test": np.array([Bomb(self.canary)], dtype=object)})
        return [npz_of(arrays), npz_of(arrays), evil]

    def read(self, content):
        for split in data._read_subset(self.written("cifar-100-small.npz", content)):
            assert split.images.dtype == np.uint8 and split.images.shape == (len(split.labels), 32, 32, 3)
            assert split.labels.dtype == np.int32 and 0 <= split.labels.min() <= split.labels.max() < 100


class Npz(Target):
    """Weights in Google's layout."""

    inner = True

    def make(self):
        arrays = arrays_of(GOOGLE)
        return [npz_of(arrays), npz_of(arrays), npz_of({**arrays, "cls": np.array([Bomb(self.canary)], dtype=object)})]

    def read(self, content):
        described(Description(self.written("model.npz", content)))


class Safetensors(Target):
    """Weights in timm's layout; a third of the damage is done to the header, its length right."""

    def make(self):
        from safetensors.numpy import save

        return [save(timm_arrays()), save(timm_arrays()), pickle.dumps(Bomb(self.canary))]

    def damaged(self, index, edits):
        if index % 3 != 1:
            return super().damaged(index, edits)
        whole = self.whole[0]
        end = 8 + int.from_bytes(whole[:8], "little")
        header = edited(whole[8:end], edits)
        return len(header).to_bytes(8, "little") + header + whole[end:]

    def read(self, content):
        described(Description(self.written("model.safetensors", content)))


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
        described(Description(self.folder))


def described(found):
    """What `load_pretrained` asks a description."""
    found.image_shape(found.grid()), found.variant(), found.numerics({}), found.pixels({})
    with contextlib.suppress(ValueError):  # of sizes that nobody has published it is asked for
        found.num_heads()


class Zip(Target):
    """A zip of photographs, as it is or in another zip."""

    inner = True

    def make(self):
        files = {"cats/a.jpg": to_bytes(picture(1).save, "JPEG", quality=70),
                 "dogs/b.png": to_bytes(picture(2).save, "PNG"), "dogs/c.jpg": to_bytes(picture(3).save, "JPEG")}
        return [zip_of(files), zip_of(files), zip_of(files, zipfile.ZIP_STORED), zip_of({"train.zip": zip_of(files)})]

    def read(self, content):
        for classify in (cats_and_dogs, any_classes):
            photographs = open_photographs(self.written("pictures.zip", content), classify)
            with contextlib.closing(photographs), strict_and_silent():
                for file in photographs.files:
                    with contextlib.suppress(Unusable):  # counted and skipped
                        right_picture(decode(photographs.read(file), 16))


class Picture(Target):
    """One photograph of one format."""

    refusals = (Unusable,)

    def make(self):
        wide = picture(2, (50, 20))
        if self.name in ("PNG", "GIF", "WEBP", "TIFF"):
            wide = wide.convert("P" if self.name == "GIF" else "RGBA")
        exif = Image.Exif()
        exif[0x0112] = 6  # turned
        options = {"exif": exif} if self.name in ("JPEG", "PNG", "WEBP", "TIFF") else {}
        if self.name == "JPEG":
            options["quality"] = 70
        return [to_bytes(picture(1).save, self.name, **options), to_bytes(wide.save, self.name)]

    def read(self, content):
        with strict_and_silent():
            right_picture(decode(content, 16, "pad"))


def right_picture(photograph):
    assert photograph.pixels.shape == (16, 16, 3) and photograph.pixels.dtype == np.uint8
    assert photograph.thumbnail.shape == (16, 16) and photograph.detail.shape == (32, 32)


class OneOfMany(Target):
    """A folder of files, of which one is damaged; `fill(folder)` writes them."""

    def make(self):
        (self.folder / "whole").mkdir(exist_ok=True)
        self.fill(self.folder / "whole")
        self.files = sorted(path.name for path in (self.folder / "whole").iterdir())
        return [(self.folder / "whole" / name).read_bytes() for name in self.files]

    def damaged(self, index, edits):
        return self.files[index % len(self.files)], super().damaged(index, edits)


class Cache(OneOfMany):
    """Decoded photographs in the cache. What is damaged is decoded anew; changed pixels are not noticed."""

    def fill(self, folder):
        rng = np.random.default_rng(0)
        for split in reading.SPLITS:
            np.save(folder / f"{split}_images.npy", rng.integers(0, 256, (4, 8, 8, 3), "uint8"))
            np.save(folder / f"{split}_labels.npy", np.int32([0, 1, 0, 1]))
        (folder / "about.json").write_text(json.dumps({"skipped": [["a", "empty"]], "converted": [],
                                                       "done": "shuffled", "notes": ["a note"]}))

    def read(self, content):
        name, content = content
        before, cache.cache_root = cache.cache_root, lambda: self.folder / "root"
        try:
            folder = cache.cached_folder("pictures", self.fill)
            (folder / name).write_bytes(content)
            splits, about = reading._cached_arrays("pictures", self.fill)
            assert all(split.images.shape == (4, 8, 8, 3) and split.images.dtype == np.uint8 for split in splits)
            assert all(set(split.labels.tolist()) <= {0, 1} for split in splits)
            assert all(len(pair) == 2 for pair in about["skipped"] + about["converted"])
            assert all(isinstance(note, str) for note in about["notes"])
        finally:
            cache.cache_root = before
            shutil.rmtree(self.folder / "root", ignore_errors=True)


class KeptRun(OneOfMany):
    """A backup of a run: one of its two states is damaged. Right is the state after or the state before.

    All that this file knows of the trainer's inside.
    """

    def backup(self, folder):
        from types import SimpleNamespace

        from vit_keras.training import Backup

        backup = Backup(folder, {"epochs": 3})
        weights = [SimpleNamespace(shape=shape, value=np.zeros(shape, "float32"), trainable=True)
                   for shape in ((5, 4), (4,))]
        backup.set_model(SimpleNamespace(weights=weights, optimizer=SimpleNamespace(variables=[])))
        return backup

    def fill(self, folder):
        backup = self.backup(folder)
        for epoch in (1, 2):
            for weight in backup.variables():
                weight.value = np.random.default_rng(epoch).random(weight.shape, "float32")
            backup.write(epoch, finished=False)

    def read(self, content):
        name, content = content
        shutil.copytree(self.folder / "whole", self.folder / "run", dirs_exist_ok=True)
        (self.folder / "run" / name).write_bytes(content)
        with contextlib.redirect_stdout(io.StringIO()):
            found = self.backup(self.folder / "run").read()
        if found is None:
            raise AssertionError("the run is gone")
        about, arrays = found
        for array in arrays:
            np.testing.assert_array_equal(array, np.random.default_rng(about["epoch"]).random(array.shape, "float32"))


TARGETS = {"CIFAR archive": CifarArchive, "CIFAR pickle": CifarPickle, "CIFAR-100 subset": Subset, "npz": Npz,
           "safetensors": Safetensors, "config.json": Config, "zip": Zip, "backup": KeptRun, "cache": Cache,
           **{name: type(f"Picture{name}", (Picture,), {"name": name})
              for name in ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF")}}


# ---- The process that reads ----

def work(options):
    """Read damaged files of one format, a line for each."""
    events = []
    with tempfile.TemporaryDirectory() as folder:
        target = TARGETS[options.work](Path(folder) / "files", Path(folder) / "canary")
        limit_memory()
        sys.addaudithook(lambda event, _: events.append(event) if event.startswith(FORBIDDEN) else None)
        number = list(TARGETS).index(options.work)
        print("ready", flush=True)
        for index in range(options.first, options.first + options.number):
            edits = list(draw_edits(np.random.default_rng([options.seed, number, index])))
            content = target.damaged(index, edits)
            started = time.process_time()
            with time_limit():
                outcome = target.judge(content)
            seconds = time.process_time() - started
            if events:
                outcome = f"code ran: {', '.join(events)}"
                events.clear()
            print(json.dumps([index, outcome, round(seconds, 4)]), flush=True)


@contextlib.contextmanager
def time_limit():
    """Whatever takes longer inside ends the process; what comes after it, the end of the process too, has time."""
    timers = {signal.ITIMER_PROF: LIMIT, signal.ITIMER_REAL: WAIT}
    try:
        for timer, seconds in timers.items():
            signal.setitimer(timer, seconds)
        yield
    finally:
        for timer in timers:
            signal.setitimer(timer, 0)


def limit_memory():
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY,) * 2)
    except (ImportError, OSError, ValueError):  # not on Linux: no limit
        pass


# ---- The process that counts ----

def fuzz(name, options):
    """The counts of one format."""
    counts = {"files": 0, "read": 0, "refused": 0, "escaped": {}, "crashed": [], "hung": [], "code_ran": 0,
              "slowest_seconds": 0.0}
    while counts["files"] < options.number:
        first = options.first + counts["files"]
        words = ["--work", name, "--first", str(first), "--number", str(options.number - counts["files"]), "--seed",
                 str(options.seed)]
        ready = False
        with subprocess.Popen([sys.executable, __file__, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True) as process:
            for line in process.stdout:
                ready |= line == "ready\n"
                if line.startswith("["):
                    note(counts, *json.loads(line))
        if not ready:
            raise RuntimeError(f"{name}: the process that reads the files did not start.")
        if process.returncode:
            late = counts["files"] == options.number  # all files were read: the last one bears the blame
            kind = "hung" if -process.returncode in (signal.SIGPROF, signal.SIGALRM) else "crashed"
            counts[kind].append(options.first + counts["files"] - late)
            counts["files"] += not late
    return counts


def note(counts, index, outcome, seconds):
    """Add one file to the counts."""
    counts["files"] += 1
    counts["slowest_seconds"] = max(counts["slowest_seconds"], seconds)
    if outcome in ("read", "refused"):
        counts[outcome] += 1
    elif outcome.startswith("code ran"):
        counts["code_ran"] += 1
        print(f"  !!! file {index}: {outcome}")
    else:
        counts["escaped"].setdefault(outcome.removeprefix("escaped: "), []).append(index)
    if counts["files"] % 1000 == 0:
        print(f"  {counts['files']:,} files", flush=True)


def faults_in(counts):
    """How many files were neither read nor refused."""
    return (sum(map(len, counts["escaped"].values())) + len(counts["crashed"]) + len(counts["hung"])
            + counts["code_ran"])


def told(name, counts):
    """The counts of one format, in a line and one more for each fault."""
    lines = [f"{name:17} {counts['files']:7,} files: {counts['refused']:7,} refused, {counts['read']:7,} read, "
             f"{faults_in(counts)} other; slowest {counts['slowest_seconds']:.2f} s"]
    lines += [f"    {len(indices)} times {error} (first: file {indices[0]})"
              for error, indices in counts["escaped"].items()]
    return "\n".join(lines + [f"    {kind}: files {counts[kind]}" for kind in ("crashed", "hung") if counts[kind]])


def main(words):
    options = parse(words)
    if options.work:
        return work(options)
    names = options.only.split(",") if options.only else list(TARGETS)
    if wrong := set(names) - set(TARGETS):
        raise ValueError(f"--only takes {', '.join(TARGETS)}: got {', '.join(sorted(wrong))}.")
    path, so_far = ROOT / "results/fuzz.json", ROOT / "results/local/fuzz.so_far.json"
    result = {**about(__file__, words), "source": "Files made by fuzz.py of noise and drawn pictures, then damaged.",
              "seed": options.seed, "number": options.number, "limit_seconds": LIMIT, "formats": {}}
    if options.record and so_far.is_file():
        before = json.loads(so_far.read_text(encoding="utf-8"))
        if all(before[key] == result[key] for key in ("git_commit", "command", "git_changed")):
            result["formats"] = before["formats"]
    for name in names:
        if name not in result["formats"]:
            result["formats"][name] = fuzz(name, options)
            if options.record:
                write_json(so_far, result)
        print(told(name, result["formats"][name]), flush=True)
    if options.record:
        write_json(path, result)
        so_far.unlink(missing_ok=True)
        print(f"written: {path.relative_to(ROOT)}")
    return int(any(faults_in(counts) for counts in result["formats"].values()))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("\nStopped. With --record the same command goes on after the last format that was done.")
    except (ValueError, RuntimeError) as error:
        sys.exit(f"\n{error}")
