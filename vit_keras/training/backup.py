"""A run that can be cut off: its weights, optimizer and history, kept after every epoch.

Keras's own `BackupAndRestore` writes weights and epoch into two files: cut off between them it goes on at an epoch that
is not that of the weights, and cut off within the second it cannot start. Here a state is one file.
"""

import contextlib
import json
import os
import time
from pathlib import Path

import keras
import numpy as np
from filelock import FileLock, Timeout

LATEST, BEFORE, PART, LOCK = "state.npz", "before.npz", "state.part", "in_use.lock"


class Backup(keras.callbacks.Callback):
    """Keep the state of a run in a folder, whole at every moment, and go on from it.

        model.fit(images, labels, epochs=20, callbacks=[EpochSeeds(0), Backup("runs/mine")], shuffle=False)

    A state is written into a file of its own; then it takes the place of the latest one, in one step, and that becomes
    the one before. Cut off anywhere, the folder holds the state before or the state after. Each array has a checksum: a
    state that was damaged on the disk is noticed, and the one before is taken.

    Args:
        folder: path.
        run: dict. What makes it the same run: recipe, data, model, as JSON can hold it.
        parts: callbacks with `state()` and `resume(state)`, such as `TimeBudget` and `EpochLine`: kept as well.
        time_share: float in (0, 1]. At most this share of the time goes into writing: where a large model makes short
            epochs, not every state is kept, but always the last. Defaults to `1.0`: every state is.
        writes: bool. Whether this process writes; of several, one does. All read, so all must see the folder.

    Raises:
        ValueError: when training begins: another run works in the folder, or it holds another run, or no state that is
            whole.
        OSError: the folder cannot be made or written.
    """

    def __init__(self, folder, run=None, parts=(), time_share=1.0, writes=True):
        super().__init__()
        self.folder, self.run, self.parts = Path(folder), dict(run or {}), list(parts)
        self.time_share, self.writes = time_share, writes
        self.rest_until, self.kept, self.lock = 0.0, None, None

    def hold(self):
        """Make the folder, and keep it for this run alone until `release`; two runs in one would mix their states."""
        if self.lock is not None or not self.writes:
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

    # ---- What Keras calls ----

    def on_train_begin(self, logs=None):
        self.hold()
        if not self.model.optimizer.built:
            self.model.optimizer.build(self.model.trainable_variables)  # `fit` on TensorFlow waits for the first step
        found = self.read()
        if found is None:
            return
        about, arrays = found
        for variable, array in zip(self.variables(), arrays):
            variable.assign(array)
        for part, state in zip(self.parts, about["parts"]):
            part.resume(state)
        self.kept = about["epoch"]
        # The way of Keras's own callback: `fit` begins at this epoch, or, of a run that is finished, at none.
        self.model._initial_epoch = self.params["epochs"] if about["finished"] else about["epoch"]

    def on_epoch_end(self, epoch, logs=None):
        finished = self.model.stop_training or epoch + 1 == self.params["epochs"]
        started = time.perf_counter()
        if not self.writes or (started < self.rest_until and not finished):
            return
        try:
            self.write(epoch + 1, finished)
        except (OSError, RuntimeError, ValueError) as error:
            with contextlib.suppress(OSError):
                (self.folder / PART).unlink(missing_ok=True)
            held = "holds nothing" if self.kept is None else f"still holds epoch {self.kept}"
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            print(f"!!! The state after epoch {epoch + 1} could not be kept ({why}). Training goes on; {self.folder} "
                  f"{held}. Make room there: the next state will be tried again.", flush=True)
        ended = time.perf_counter()
        self.rest_until = ended + (ended - started) * (1 / self.time_share - 1)

    def on_train_end(self, logs=None):
        self.model._initial_epoch = None  # another call of `fit` is another run
        self.release()

    # ---- The files ----

    def variables(self):
        """All that is kept: weights, and what the optimizer remembers."""
        return [*self.model.weights, *self.model.optimizer.variables]

    def identity(self):
        """What makes it the same run, as JSON gives it back."""
        return json.loads(json.dumps({
            **self.run,
            "which weights are frozen": [i for i, weight in enumerate(self.model.weights) if not weight.trainable],
            "the shapes of its weights": [tuple(variable.shape) for variable in self.variables()],
        }))

    def read(self):
        """`(about, arrays)` of the latest state that is whole, or `None` where there is none at all."""
        damaged = []
        for path in (self.folder / LATEST, self.folder / BEFORE):
            if not path.is_file():
                continue
            try:
                with np.load(path, allow_pickle=False) as file:
                    about = json.loads(file["about"].tobytes())
                    arrays = [file[str(number)] for number in range(about["variables"])]
                    run, _, _, _ = (about[name] for name in ("run", "epoch", "finished", "parts"))
            except Exception as error:  # what damage does to a zip, an array or JSON has a dozen names
                damaged.append(f"{path} must hold the state of a run: it cannot be read ({type(error).__name__}).")
                continue
            ours = self.identity()
            if differing := sorted(key for key in run.keys() | ours.keys() if run.get(key) != ours.get(key)):
                raise ValueError(f"{self.folder} holds a run that differs in {', '.join(differing)}. Go on with that "
                                 "one, name another folder, or delete this one.")
            if damaged:
                print(f"{damaged[0]} Going on from the state before it.", flush=True)
                if self.writes:  # else the next state would push the only whole one out
                    os.replace(path, self.folder / LATEST)
            return about, arrays
        if damaged:
            raise ValueError(f"{' '.join(damaged)} Delete the folder to start anew.")
        return None

    def write(self, epoch, finished):
        """Keep the state after so many epochs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        latest, before, part = (self.folder / name for name in (LATEST, BEFORE, PART))
        arrays = [plain(keras.ops.convert_to_numpy(variable.value)) for variable in self.variables()]
        about = {"run": self.identity(), "epoch": epoch, "finished": finished, "variables": len(arrays),
                 "parts": [part.state() for part in self.parts]}
        with open(part, "wb") as file:
            np.savez(file, about=np.frombuffer(json.dumps(about).encode(), "uint8"),
                     **{str(number): array for number, array in enumerate(arrays)})
            file.flush()
            os.fsync(file.fileno())
        if latest.exists():
            os.replace(latest, before)  # cut off here, `read` finds this one
        os.replace(part, latest)
        if os.name != "nt":  # the names, too, are on the disk then; Windows has no such thing for folders
            descriptor = os.open(self.folder, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)
        self.kept = epoch

    def delete(self):
        """A finished run needs no backup."""
        for name in (LATEST, BEFORE, PART):
            (self.folder / name).unlink(missing_ok=True)

    def where(self):
        """One sentence: where a run that ends now would go on."""
        if self.kept is None:
            return f"Nothing was kept in {self.folder} yet."
        return f"Epoch {self.kept} is kept in {self.folder}: the same call goes on from there."


def plain(array):
    """An array of a kind that NumPy can write: bfloat16 is none, and fits into float32."""
    return array.astype("float32") if array.dtype.kind == "V" or array.dtype.name == "bfloat16" else array
