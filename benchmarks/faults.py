"""Interrupt a training again and again, fill its disk, break off a download: what is lost?

    python benchmarks/faults.py --kills 2           a look, with a short training
    python benchmarks/faults.py --record            20 kills on TensorFlow and on JAX, 20 broken transfers:
                                                    writes results/faults.json; about half an hour

A small Vision Transformer learns drawn images, with dropout, stochastic depth, crops, MixUp, CutMix, batches in two
parts and a mean of its weights: once in peace; then in a process that is killed (SIGKILL) at random
moments, every second time just when it writes its backup, and started again; then with a disk that is full for some
epochs. The weights in the end are compared with those of the run in peace. Every start takes as long as importing
Keras and compiling a step.
"""

import argparse
import contextlib
import hashlib
import http.server
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from records import ROOT, about, write_json
from runs import parser_of

FULL_AT = (2, 3, 4)  # epochs after which the disk is full
BYTES_LEFT = 10_000  # for one file, while it is
SOURCE = "Drawn shapes in the format of CIFAR-10; a file of random bytes for the download."


# ---- What is known here of how a run is kept ----

def keep_every_state():
    """These epochs are so short that most states would not be kept."""
    from vit_keras.training import fit

    fit.BACKUP_SHARE = 1.0


def being_written(folder):
    """The files of a backup that are there while it is written."""
    part = folder / "state.part"
    return {part.stat().st_ino} if part.exists() else set()  # each state is another file


def is_half_written(names):
    """Whether files of these names are left by a process that was killed while it wrote."""
    return "state.part" in names


# ---- The training, in a process of its own ----

def child(folder, epochs, full):
    """Train, and leave weights and losses in `folder`."""
    import keras

    from vit_keras import Recipe, VisionTransformer, load_cifar10, train

    keep_every_state()
    dataset = load_cifar10("drawn", limit=320)
    keras.utils.set_random_seed(0)
    model = VisionTransformer((32, 32, 3), 8, 2, 32, 2, 64, 10, dropout_rate=0.1, stochastic_depth=0.1, name="vit")

    def after_epoch(history):
        if full:
            limit_files(len(history["loss"]) + 1 in FULL_AT)

    recipe = Recipe(epochs=epochs, batch_size=32, accumulate=2, mixup=0.8, cutmix=1.0, ema=0.9)
    result = train(model, dataset, recipe, folder / "backup", after_epoch=after_epoch)
    ends = result["history"]["seconds"]
    np.savez(folder / "part.npz", *model.get_weights(), loss=result["history"]["loss"],
             seconds_an_epoch=(ends[-1] - ends[0]) / (len(ends) - 1))
    os.replace(folder / "part.npz", folder / "final.npz")


def limit_files(full):
    """Let no file grow beyond a few bytes, or take that back: for a program that is a full disk."""
    import resource

    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (BYTES_LEFT if full else hard, hard))


def start(folder, epochs, *more):
    folder.mkdir(exist_ok=True)
    words = [sys.executable, "-u", __file__, "--child", str(folder), "--epochs", str(epochs), *more]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def to_its_end(process, folder):
    """What a run prints, and what it leaves; it must end well."""
    said = process.communicate()[0]
    if process.returncode:
        raise RuntimeError(f"The training failed:\n{said}")
    return said, np.load(folder / "final.npz")


# ---- What is done to it ----

def kill(process, backup, seconds, in_a_write, rng):
    """Kill it at a random moment after its next epoch, or when it begins to write; whether it was still alive."""
    for line in process.stdout:
        if line.lstrip().startswith("epoch"):
            break
    if in_a_write:
        before, until = being_written(backup), time.monotonic() + 20 * seconds + 10
        while process.poll() is None and time.monotonic() < until and not being_written(backup) - before:
            time.sleep(0.0001)
        time.sleep(rng.uniform(0, 0.001))
    else:
        time.sleep(rng.uniform(0, 3 * seconds))
    alive = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return alive


def killed(folder, kills, epochs, seconds, seed):
    """The run that is killed `kills` times, and for each kill whether a state was just being written."""
    rng, moments = random.Random(seed), []
    while len(moments) < kills:
        process = start(folder, epochs)
        if not kill(process, folder / "backup", seconds, len(moments) % 2 == 1, rng):
            raise RuntimeError(f"The training was over after {len(moments)} kills: give it more epochs.")
        files = sorted(path.name for path in (folder / "backup").iterdir())
        moments.append(is_half_written(files))
        print(f"kill {len(moments)} of {kills}: {', '.join(files)}", flush=True)
    said, final = to_its_end(start(folder, epochs), folder)
    if said.lstrip().startswith("epoch  1.00"):
        raise RuntimeError(f"The run did not go on:\n{said}")
    return final, moments


def difference(one, other):
    """The largest difference between two runs: of a weight, of a loss."""
    names = [name for name in one.files if name.startswith("arr_")]
    if one.files != other.files or len(one["loss"]) != len(other["loss"]):
        raise RuntimeError("The two runs have other weights, or another number of epochs.")
    return {"weights": max(float(np.abs(one[name] - other[name]).max()) for name in names),
            "loss": float(np.abs(one["loss"] - other["loss"]).max())}


# ---- A download ----

class Unreliable(http.server.BaseHTTPRequestHandler):
    """A server that stops, falls silent or excuses itself, as often as it is told to."""

    def do_GET(self):
        server = self.server
        how = server.troubles.pop() if server.troubles else None
        if how == "busy":
            return self.send_error(503)
        self.send_response(200)
        self.send_header("Content-Length", str(len(server.content)))
        self.end_headers()
        content = server.content
        with contextlib.suppress(OSError):
            self.wfile.write(content if how is None else content[:server.rng.randrange(len(content) // 4 + 1)])
            if how == "silent":
                self.wfile.flush()
                time.sleep(0.6)

    def log_message(self, *arguments):
        pass


def downloads(breaks, seed):
    """A file of 8 MB over a connection that breaks so often."""
    from vit_keras.data import download as module

    os.environ["no_proxy"] = "127.0.0.1"
    module.PAUSE = 0.0
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Unreliable)
    server.rng = random.Random(seed)
    server.content = server.rng.randbytes(8_000_000)
    server.troubles = [server.rng.choice(["stop", "silent", "busy"]) for _ in range(breaks)]
    kinds = {kind: server.troubles.count(kind) for kind in ("stop", "silent", "busy")}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    digest = hashlib.sha256(server.content).hexdigest()
    with tempfile.TemporaryDirectory() as folder:
        path = module.download(f"http://127.0.0.1:{server.server_port}/file", Path(folder) / "file",
                               digest=f"sha256:{digest}", retries=breaks, timeout=0.3)
        right = path.read_bytes() == server.content
    server.shutdown()
    server.server_close()
    if not right:
        raise RuntimeError("The downloaded file is another one.")
    return {"broken_off": kinds, "bytes": len(server.content), "right": right}


# ---- All of it ----

def attacked(folder, options):
    """What comes of the training on the backend in force: the kills, the full disk."""
    peace, war, full = (folder / name for name in ("peace", "war", "full"))
    print(f"{os.environ['KERAS_BACKEND']}: in peace", flush=True)
    _, reference = to_its_end(start(peace, options.epochs), peace)
    final, moments = killed(war, options.kills, options.epochs, float(reference["seconds_an_epoch"]), options.seed)
    kills = {"number": len(moments), "in_a_write": sum(moments), "largest_difference": difference(reference, final)}
    print(f"killed: {kills}\nwith a full disk", flush=True)
    said, final = to_its_end(start(full, options.epochs, "--full"), full)
    full_disk = {"epochs": len(FULL_AT), "not_kept": said.count("could not be kept"),
                 "largest_difference": difference(reference, final)}
    print(f"full disk: {full_disk}", flush=True)
    return {"kills": kills, "full_disk": full_disk}


def parse(words):
    parser = parser_of(__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--epochs", type=int, help="of the training (default: four for every kill)")
    parser.add_argument("--backends", nargs="+", default=["tensorflow", "jax"], metavar="NAME")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", action="store_true", help="write results/faults.json")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--full", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    options.epochs = options.epochs or max(8, 4 * options.kills)
    return options


def main(words):
    options = parse(words)
    if options.child:
        return child(options.child, options.epochs, options.full)
    result = {**about(__file__, words), "source": SOURCE, "epochs": options.epochs, "seed": options.seed, "runs": {}}
    for backend in options.backends:
        os.environ["KERAS_BACKEND"] = backend  # of the processes that train
        with tempfile.TemporaryDirectory() as folder:
            result["runs"][backend] = attacked(Path(folder), options)
    result["download"] = downloads(options.kills, options.seed)
    print(f"download: {result['download']}")
    if options.record:
        write_json(ROOT / "results/faults.json", result)
        print("written: results/faults.json")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("\nStopped. Nothing was written.")
    except RuntimeError as error:
        sys.exit(f"\n{error}")
