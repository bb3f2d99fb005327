"""Download one file with `pooch`: checked, and put in place only when it is whole; and the meter of all long work."""

import hashlib
import re
import sys
import time
from pathlib import Path

from filelock import FileLock, Timeout

PAUSE = 1.0   # seconds before the first retry; doubled at each further one
HEADERS = {"User-Agent": "vit_keras (course)", "Accept-Encoding": "identity"}   # the bytes as they lie on the server
WAIT = 0.5    # seconds between two looks whether another process is done with the same file


def download(url, path, *, digest, retries=4, timeout=10.0):
    """Fetch `url` into the file `path`. What comes goes into a temporary file beside it, which is checked and renamed.

    Args:
        url: str, `http://` or `https://`.
        path: Where the file shall be; missing folders are made. What is there already and has the right checksum is
            returned without touching the network.
        digest: str, "sha256:..." or "md5:...", of the whole file.
        retries: int. How often a transfer that breaks off is begun again, from the first byte.
        timeout: float, seconds to wait for a connection or for the next bytes.

    Returns:
        `pathlib.Path` of the file.

    Raises:
        ValueError: the file is not the one asked for; both checksums are named, or that it is a web page.
        ConnectionError: the server cannot be reached, does not have the file, or breaks off again and again. The
            message says where a file downloaded by hand belongs.
        OSError: the file cannot be written; the message says what to do.
    """
    path, by_hand = Path(path), f"Download it with a browser and put it here: {path}"
    if not str(url).startswith(("http://", "https://")):
        raise ValueError(f"`url` must start with http:// or https://: got {url!r}.")
    if _is_right(path, digest):
        return path
    import pooch
    import requests

    pooch.get_logger().setLevel("ERROR")   # it would tell of every file; the meter does

    def transfer(url, file, pooch_):
        bar = meter(path.name, "B", 0, unit_scale=True)
        pooch.HTTPDownloader(progressbar=bar, timeout=timeout, headers=HEADERS)(url, file, pooch_)
        with open(file, "rb") as stream:
            if stream.read(500).lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
                raise ValueError(f"{url} is not the file we need: a web page came instead. A login page or a proxy may "
                                 f"stand between. {by_hand}")

    try:
        with _ours_alone(path):
            for attempt in range(retries + 1):
                try:   # pooch does nothing where another process has fetched it meanwhile
                    pooch.retrieve(url, digest, path.name, path.parent, downloader=transfer)
                    path.chmod(0o644)   # for the whole class; temporary files are their owner's alone
                    return path
                except requests.RequestException as error:
                    if problem := _final_problem(error, attempt, attempt == retries):
                        raise ConnectionError(f"{url} {problem}. {by_hand}") from error
                    time.sleep(PAUSE * 2 ** attempt)
    except ConnectionError:
        raise
    except OSError as error:   # our own disk: those of the network are among the above
        raise OSError(f"{path} cannot be written ({error.strerror or error}). Make room, or name a folder that can be "
                      "written, and run it again.") from error
    except ValueError as error:
        if "hash" not in str(error):
            raise
        raise ValueError(f"{url} is not the file we need, and was deleted: {_short(error)}. {by_hand}") from error


def _ours_alone(path):
    """For `with`: inside, no other process downloads the same file. Makes the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path.with_name(path.name + ".lock"))
    try:
        return lock.acquire(blocking=False)
    except Timeout:
        print(f"{path.name} is being downloaded by another process: waiting for it.", file=sys.stderr)
        return lock.acquire(poll_interval=WAIT)


def _final_problem(error, attempt, last):
    """Why it is no use to ask again after an error of `requests`; an empty string where it may be."""
    import requests

    status = getattr(error.response, "status_code", None)
    if status and status not in (429, 500, 502, 503, 504):
        return f"cannot be had: the server answered {status}"
    nobody = isinstance(error, (requests.Timeout, requests.exceptions.SSLError, requests.exceptions.ProxyError)) \
        or re.search("NewConnectionError|NameResolutionError", str(error))
    if nobody and (last or not attempt):   # at first contact waiting again is no use
        return f"cannot be reached ({_short(error)})"
    return f"broke off {attempt + 1} times ({_short(error)})" if last else ""


def _short(error):
    return str(error).split(". Deleted")[0][:300]


def checksum(path, name="md5"):
    """Hexadecimal digest of the file `path`; `name` is an algorithm of `hashlib`."""
    digest = hashlib.new(name, usedforsecurity=False)   # against damage; works on hardened systems too
    with open(path, "rb") as file:
        while block := file.read(1 << 18):
            digest.update(block)
    return digest.hexdigest()


def _is_right(path, digest):
    name, needed = digest.split(":")
    return path.is_file() and checksum(path, name) == needed.lower()


def meter(name, unit, total, **options):
    """`tqdm` on stderr: percent, speed and time left. In a log, a line every ten seconds; nothing for short work."""
    from tqdm import tqdm

    options = {"mininterval": 0.2 if sys.stderr.isatty() else 10, "delay": 1, **options}
    return tqdm(total=total, desc=name, unit=unit, file=sys.stderr, **options)
