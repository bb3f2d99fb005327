"""How far a long job is: downloading bytes, decoding photographs."""

import sys
import time


class Meter:
    """Percent, speed and time left, on stderr: one line on a terminal; elsewhere (a log, a notebook) one every 10 %.

    Args:
        name: str. What is being worked on.
        total: int or None. Where the count ends, if that is known.
        start: int. Where it starts: what an earlier call has done.
        unit: str. What is shown.
        scale: number. How much of the count is one `unit`.
    """

    def __init__(self, name, total, start=0, unit="MB", scale=1e6):
        self.name, self.start, self.total, self.unit, self.scale = name, start, total, unit, scale
        self.began = self.shown = time.monotonic()
        self.tenth = 10 * start // total if total else 0
        self.terminal = sys.stderr.isatty()

    def update(self, done):
        """`done`: int, the count so far."""
        now = time.monotonic()
        speed = (done - self.start) / max(now - self.began, 1e-3)
        rate = f"{self._number(speed)} {self.unit}/s"
        if not self.total:
            text = f"{self.name}: {self._number(done)} {self.unit} at {rate}"
        else:
            left = max(self.total - done, 0) / max(speed, 1.0)
            text = (f"{self.name}: {100 * done / self.total:3.0f} % of {self._number(self.total)} {self.unit} at "
                    f"{rate}, {left:.0f} s left")
        if self.terminal:
            if now - self.shown > 0.2 or done == self.total:
                self.shown = now
                print(f"\r{text:<76}", end="", file=sys.stderr, flush=True)
        elif self.total and 10 * done // self.total > self.tenth:
            self.tenth = 10 * done // self.total
            print(text, file=sys.stderr, flush=True)

    def close(self):
        """End the line on a terminal."""
        if self.terminal:
            print(file=sys.stderr)

    def _number(self, count):
        return f"{count / self.scale:,.{1 if self.scale > 1 else 0}f}"
