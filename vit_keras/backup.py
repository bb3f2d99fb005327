"""A run that can be cut off: its weights, optimizer and history, kept after every epoch."""

import json
import os
import time
from pathlib import Path


class Backup:
    """The state of one training run in a folder, whole at every moment.

    Weights go into a file of their own first; then `state.json`, which names it, is replaced in one
    step. Cut off anywhere, the folder holds the state before or the state after.

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

    @property
    def state_file(self):
        return self.folder / "state.json"

    def read(self):
        """The state of an unfinished run, or `None`.

        Raises:
            ValueError: the folder holds another run, or something that is no state of a run.
        """
        if self.folder is None or not self.state_file.is_file():
            return None
        try:
            saved = json.loads(self.state_file.read_text(encoding="utf-8"))
            run, state, weights_file = saved["run"], saved["state"], self.folder / saved["weights"]
            if not weights_file.is_file():
                raise ValueError(f"its weights, {weights_file.name}, are gone")
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{self.state_file} must hold the state of a run: it cannot be read ({error}). "
                "Delete the folder to start anew."
            ) from None
        if run != self.run:
            differing = sorted(key for key in run.keys() | self.run.keys() if run.get(key) != self.run.get(key))
            raise ValueError(
                f"{self.folder} holds an unfinished run that differs in {', '.join(differing)}. "
                "Go on with that one, name another folder, or delete this one."
            )
        self.weights_file = weights_file
        return state

    def load_weights(self, learner):
        """Bring back weights and optimizer of the state that was read."""
        learner.load_weights(self.weights_file)

    def write(self, learner, state):
        """Keep the state after an epoch, unless the last one took its share of the time already."""
        started = time.perf_counter()
        if self.folder is None or started < self.rest_until:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        weights = self.folder / f"step_{state['done']}.weights.h5"
        learner.save_weights(weights)
        part = self.state_file.with_suffix(".part")
        part.write_text(json.dumps({"run": self.run, "weights": weights.name, "state": state}), encoding="utf-8")
        os.replace(part, self.state_file)
        for old in self.folder.glob("step_*.weights.h5"):
            if old != weights:
                old.unlink()
        ended = time.perf_counter()
        self.rest_until = ended + (ended - started) * (1 / self.time_share - 1)

    def delete(self):
        """A finished run needs no backup."""
        if self.folder is None or not self.state_file.is_file():
            return
        self.state_file.unlink()
        for old in self.folder.glob("step_*.weights.h5"):
            old.unlink()
