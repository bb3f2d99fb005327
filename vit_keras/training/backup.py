"""A run that can be cut off: its weights, optimizer and history, kept after every epoch."""

import contextlib
import hashlib
import json
import os
import re
import time
from pathlib import Path

from filelock import FileLock, Timeout

from vit_keras.data.download import checksum

LATEST, BEFORE, PART, LOCK = "state.json", "before.json", "state.part", "in_use.lock"


class Backup:
    """The state of one training run in a folder, whole at every moment.

    Weights go into a file of their own first; then `state.json`, which names it, is replaced in one step, and what it
    was becomes `before.json`. Cut off anywhere, the folder holds the state before or the state after. Each carries the
    checksums of itself and of its weights: what was damaged on the disk is noticed, and the other one is taken.

    Args:
        folder: path or `None`. With `None` nothing is kept.
        run: dict. What makes it the same run: recipe, data, model.
        time_share: float in (0, 1]. At most this share of the time goes into writing: where a large model makes short
            epochs, not every one of them is kept. Defaults to `1.0`: every state is written.
    """

    def __init__(self, folder, run, time_share=1.0):
        self.folder = None if folder is None else Path(folder)
        self.run = json.loads(json.dumps(run))
        self.time_share = time_share
        self.rest_until = 0.0
        self.kept = None  # steps of the latest state in the folder
        self.lock = None

    def hold(self):
        """Make the folder, and keep it for this run alone until `release`.

        Raises:
            ValueError: another run works in it.
            OSError: it cannot be made or written.
        """
        if self.folder is None:
            return
        lock = FileLock(self.folder / LOCK)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock.acquire(blocking=False)
        except Timeout as error:
            raise ValueError(f"{self.folder} is in use by another run: wait until that one ends, or name another "
                             "folder.") from error
        except OSError as error:
            raise OSError(f"{self.folder} cannot be written ({error.strerror}): no state of the run could be kept "
                          "there. Name another folder.") from error
        self.lock = lock

    def release(self):
        """Let other runs have the folder."""
        if self.lock is not None:
            self.lock.release()
            self.lock = None

    def read(self):
        """The state of an unfinished run, or `None`. Where the latest is damaged it is the one before.

        Raises:
            ValueError: the folder holds another run, or nothing that is whole.
        """
        damaged = []
        for name in (LATEST, BEFORE) if self.folder is not None else ():
            if not (self.folder / name).is_file():
                continue
            try:
                saved = self._read(name)
            except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
                damaged.append(f"{self.folder / name} must hold the state of a run: it cannot be read ({error}).")
                continue
            self._compare(saved["run"])
            if damaged:
                print(f"{damaged[0]} Going on from the state before it.")
                os.replace(self.folder / BEFORE, self.folder / LATEST)
            self.weights_file, self.kept = self.folder / saved["weights"], saved["state"]["done"]
            return saved["state"]
        if damaged:
            raise ValueError(f"{' '.join(damaged)} Delete the folder to start anew.")
        return None

    def load_weights(self, learner):
        """Bring back weights and optimizer of the state that was read."""
        learner.load_weights(self.weights_file)

    def write(self, learner, state, always=False):
        """Keep the state after an epoch, unless the last one took its share of the time already.

        Where that fails (the disk is full) a line says so and training goes on: what was kept before is still whole,
        and the next state will be tried again.

        Args:
            always: bool. Whether it is kept whatever time the last one took.
        """
        started = time.perf_counter()
        if self.folder is None or state["done"] == self.kept or (started < self.rest_until and not always):
            return
        weights = self.folder / f"step_{state['done']}.weights.h5"
        try:
            self._write(learner, state, weights)
        except (OSError, RuntimeError) as error:  # HDF5 has errors of its own for a full disk
            for begun in (weights, self.folder / PART):
                with contextlib.suppress(OSError):
                    begun.unlink(missing_ok=True)
            held = "holds nothing" if self.kept is None else f"still holds step {self.kept}"
            print(f"!!! Step {state['done']} could not be kept ({reason(error)}). Training goes on; {self.folder} "
                  f"{held}. Make room there: the next state will be tried again.", flush=True)
        ended = time.perf_counter()
        self.rest_until = ended + (ended - started) * (1 / self.time_share - 1)

    def delete(self):
        """A finished run needs no backup."""
        if self.folder is None or not any((self.folder / name).is_file() for name in (LATEST, BEFORE)):
            return
        for name in (LATEST, BEFORE):
            (self.folder / name).unlink(missing_ok=True)
        self._clear()

    def where(self):
        """One sentence: where a run that ends now would go on."""
        if self.folder is None:
            return "Nothing was kept: with `backup_dir` a run goes on where it was."
        if self.kept is None:
            return f"Nothing was kept in {self.folder} yet."
        return f"Step {self.kept} is kept in {self.folder}: the same call goes on from there."

    def _read(self, name):
        """What a state file holds, once every checksum is right."""
        saved = json.loads((self.folder / name).read_text(encoding="utf-8"))
        if not isinstance(saved, dict):
            raise ValueError("it is no JSON object")
        if saved.pop("sha256") != digest_of(saved):
            raise ValueError("its checksum is wrong")
        weights = self.folder / saved["weights"]
        if not weights.is_file():
            raise ValueError(f"its weights, {weights.name}, are gone")
        if checksum(weights, "sha256") != saved["weights_sha256"]:
            raise ValueError(f"its weights, {weights.name}, are damaged")
        return saved

    def _compare(self, run):
        if run != self.run:
            differing = sorted(key for key in run.keys() | self.run.keys() if run.get(key) != self.run.get(key))
            raise ValueError(
                f"{self.folder} holds an unfinished run that differs in {', '.join(differing)}. "
                "Go on with that one, name another folder, or delete this one."
            )

    def _write(self, learner, state, weights):
        self.folder.mkdir(parents=True, exist_ok=True)
        latest, before, part = (self.folder / name for name in (LATEST, BEFORE, PART))
        earlier = self._weights_of(latest)
        if earlier is not None:  # never three states at a time: a large model is large on the disk as well
            before.unlink(missing_ok=True)
            self._clear(earlier)
            if (self.folder / earlier).is_file():
                find_room(weights, (self.folder / earlier).stat().st_size)
        learner.save_weights(weights)
        to_disk(weights)
        content = {"run": self.run, "weights": weights.name, "weights_sha256": checksum(weights, "sha256"),
                   "state": state}
        part.write_text(json.dumps({**content, "sha256": digest_of(content)}), encoding="utf-8")
        to_disk(part)
        if earlier is not None:
            os.replace(latest, before)  # cut off here, `read` finds this one
        os.replace(part, latest)
        to_disk(self.folder)
        self.kept = state["done"]
        self._clear(weights.name, earlier)

    def _weights_of(self, file):
        """The name of the weights that a state file names, or `None`."""
        try:
            return json.loads(file.read_text(encoding="utf-8"))["weights"]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _clear(self, *spared):
        """Delete all weights but these."""
        for old in self.folder.glob("step_*.weights.h5"):
            if old.name not in spared:
                old.unlink()


def digest_of(content):
    """The checksum of what JSON can hold."""
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def reason(error):
    """What went wrong, in a few words: HDF5 says it in many, with the system's own somewhere among them."""
    if getattr(error, "errno", None):
        return os.strerror(error.errno)
    systems = re.search("error message = '([^']+)'", str(error))
    return systems[1] if systems else (str(error).strip() or type(error).__name__).splitlines()[0]


def find_room(path, size):
    """Raises `OSError` where a file of this size cannot be written: HDF5 can take the process down in the midst of it.
    """
    with open(path, "wb") as file:
        for start in range(0, size, 1 << 20):
            file.write(bytes(min(1 << 20, size - start)))
        file.flush()
        os.fsync(file.fileno())


def to_disk(path):
    """Wait until a file, or the names in a folder, are on the disk: a power cut then takes nothing of it."""
    if os.name == "nt" and path.is_dir():  # Windows has no such thing for folders
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
