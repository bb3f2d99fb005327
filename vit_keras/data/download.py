"""Download one file: resumed where it broke off, checked, and put in place only when it is whole."""

import hashlib
import http.client
import os
import re
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

BLOCK = 1 << 18
PAUSE = 1.0   # seconds before the first retry; doubled at each further one
WAIT = 0.5    # seconds between two looks whether another process is done with the same file


class _BrokenOff(Exception):
    """The transfer stopped before its end; what has arrived is kept in the .part file."""


def download(url, path, *, sha256=None, md5=None, size=None, progress=True, retries=4, timeout=10.0):
    """Fetch `url` into the file `path`.

    The bytes go to `path` + ".part" first. A transfer that breaks off is resumed from there, in this call (`retries`
    times) or in a later one. Only a whole and verified file is moved to `path`, in one step.

    Args:
        url: str, `http://` or `https://`.
        path: Where the file shall be. Missing folders are made. A file that is there already and has the right
            checksum (or any file, where none is given) is returned without touching the network.
        sha256, md5: Hexadecimal digests of the whole file, either or both. Without one, only the length is checked,
            and a `.part` file of an earlier call is not trusted.
        size: int, bytes of the whole file, where known.
        progress: Show percent, MB/s and time left on stderr.
        retries: int. How often a broken-off transfer is taken up again.
        timeout: float, seconds to wait for a connection or for the next bytes.

    Returns:
        `pathlib.Path` of the file.

    Raises:
        ValueError: the file is not the one asked for (needed and received checksum are named; the part is deleted),
            or an argument is wrong.
        ConnectionError: the server cannot be reached, does not have the file, or breaks off again and again. The
            message says where a file downloaded by hand belongs.
        OSError: the file cannot be written; the message says what to do. What has come is kept.
    """
    if not str(url).startswith(("http://", "https://")):
        raise ValueError(f"`url` must start with http:// or https://: got {url!r}.")
    path = Path(path)
    part = path.with_name(path.name + ".part")
    digests = {name: value.lower() for name, value in (("sha256", sha256), ("md5", md5)) if value}
    if path.is_file() and not _mismatch(path, digests):
        return path
    with _ours_alone(path) as waited:
        if waited and path.is_file() and not _mismatch(path, digests):   # another process has fetched it meanwhile
            return path
        try:
            return _fetch(url, path, part, digests, size, progress, retries, timeout)
        except KeyboardInterrupt:
            if part.exists() and digests:
                print(f"\nStopped. {part} keeps what has come: the same call goes on from there.", file=sys.stderr)
            raise


def _fetch(url, path, part, digests, size, progress, retries, timeout):
    """`download`, once nobody else writes the same file."""
    if not digests:
        part.unlink(missing_ok=True)   # it may be the beginning of another version, and nothing would tell
    resumed = part.exists()
    by_hand = f"Download it with a browser and put it here: {path}"

    version = {}   # "validator": ETag or date of the version we have the beginning of, once the server has answered
    attempt = 0
    while True:
        try:
            _transfer(url, part, version, size, progress, timeout)
        except _BrokenOff as error:
            attempt += 1
            if attempt > retries:
                raise ConnectionError(f"The download of {url} broke off {attempt} times ({error}). Run it again to go "
                                      f"on from {part.name}. {by_hand}") from error
            time.sleep(PAUSE * 2 ** (attempt - 1))
            continue
        except urllib.error.HTTPError as error:
            if error.code == 416 and part.exists():   # nothing lies beyond what we have: the part is whole or wrong
                if not _mismatch(part, digests):
                    break
                part.unlink()
                continue
            raise ConnectionError(f"{url} cannot be had: the server answered {error.code} {error.reason}. "
                                  f"{by_hand}") from error
        except urllib.error.URLError as error:
            raise ConnectionError(f"{url} cannot be reached ({error.reason}). {by_hand}") from error
        except OSError as error:   # of our own disk: those of the network are one of the above
            raise _unwritten(part, error) from error
        wrong = _mismatch(part, digests)
        if not wrong:
            break
        part.unlink()
        if not resumed:
            raise ValueError(f"{url} is not the file we need: {wrong}. It was deleted. {by_hand}")
        resumed = False   # an old beginning under a new end: once more, from the first byte
    os.replace(part, path)
    return path


@contextmanager
def _ours_alone(path):
    """Inside, no other process downloads the same file; yields whether one did so before. Makes the folder."""
    lock = FileLock(path.with_name(path.name + ".lock"))
    waiting = False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            waiting = True
            print(f"{path.name} is being downloaded by another process: waiting for it.", file=sys.stderr)
            lock.acquire(poll_interval=WAIT)
    except OSError as error:
        raise _unwritten(path, error) from error
    try:
        yield waiting
    finally:
        lock.release()


def _unwritten(path, error):
    """The `OSError` that says what to do where our own disk is the trouble."""
    return OSError(f"{path} cannot be written ({error.strerror or error}). What has come is kept. Make room, or name a "
                   "folder that can be written, and run it again.")


def _transfer(url, part, version, size, progress, timeout):
    """Append to `part` what is missing of `url`, and note its version. `_BrokenOff` keeps the part."""
    start = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": "vit_keras (course)", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
        if version.get("validator"):
            headers["If-Range"] = version["validator"]   # a changed file then comes whole, with status 200
    try:
        response = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=timeout)
    except urllib.error.HTTPError as error:
        if error.code in (429, 500, 502, 503, 504):
            raise _BrokenOff(f"server answered {error.code}") from error
        raise
    except urllib.error.URLError as error:
        if version:   # it did answer a moment ago
            raise _BrokenOff(error.reason) from error
        raise
    except TimeoutError as error:   # connected, and then silence: on the first contact, waiting again is no use
        if version:
            raise _BrokenOff("no answer") from error
        raise urllib.error.URLError("no answer") from error
    except (http.client.HTTPException, OSError) as error:
        raise _BrokenOff(error or type(error).__name__) from error

    with response:
        if response.status == 206:
            content_range = response.headers.get("Content-Range", "")
            match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", content_range.strip())
            if not match or int(match[1]) != start:
                part.unlink(missing_ok=True)
                raise _BrokenOff(f"asked for bytes from {start} on, got Content-Range {content_range!r}")
            total = None if match[2] == "*" else int(match[2])
        else:   # 200: the server sends the whole file, whatever we asked for
            start = 0
            length = response.headers.get("Content-Length")
            total = int(length) if length else None
        if response.headers.get_content_type() == "text/html" and not part.name.endswith((".html.part", ".htm.part")):
            part.unlink(missing_ok=True)
            raise ValueError(f"{url} is not the file we need: a web page (text/html) came instead. A login page or a "
                             "proxy may stand between.")
        if size is not None and total is not None and total != size:
            part.unlink(missing_ok=True)
            raise ValueError(f"{url} is not the file we need: needed {size:,} bytes, got {total:,}.")
        total = size if total is None else total
        # Weak ETags ("W/...") promise the same meaning, not the same bytes.
        etag = response.headers.get("ETag", "")
        version["validator"] = etag if etag.startswith('"') else response.headers.get("Last-Modified")

        bar = Meter(part.name.removesuffix(".part"), total, start) if progress else None
        done = start
        with open(part, "ab" if start else "wb") as file:
            while True:
                try:
                    block = response.read1(BLOCK)   # what has come, be it little: a slow network shows its progress
                except (http.client.HTTPException, OSError) as error:
                    raise _BrokenOff(error or type(error).__name__) from error
                if not block:
                    break
                file.write(block)
                done += len(block)
                if bar:
                    bar.update(done)
        if bar:
            bar.close()
    if total is not None and done < total:
        raise _BrokenOff(f"{done:,} of {total:,} bytes came")


def checksum(path, name="md5"):
    """Hexadecimal digest of the file `path`; `name` is an algorithm of `hashlib`."""
    digest = hashlib.new(name, usedforsecurity=False)   # against damage; works on hardened systems too
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _mismatch(path, digests):
    """A sentence that says which digest differs, or an empty string."""
    for name, needed in digests.items():
        got = checksum(path, name)
        if got != needed:
            return f"needed {name} {needed}, got {got}"
    return ""


# ---- How far it is ----

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
