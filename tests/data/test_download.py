"""Downloads from a server of our own: broken off, wrong, missing; the target is whole or not there."""

import errno
import hashlib
import http.server
import os
import socket
import tempfile
import threading
import time
from pathlib import Path

import pytest

from vit_keras.data import download as module
from vit_keras.data.download import download

pooch = pytest.importorskip("pooch")

CONTENT = bytes(range(256)) * 4000   # 1,024,000 bytes
DIGEST = "sha256:" + hashlib.sha256(CONTENT).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT. The server's attributes say how it misbehaves."""

    def do_GET(self):
        server = self.server
        server.requests += 1
        if self.path == "/missing":
            return self.send_error(404)
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/login")
            return self.end_headers()
        if server.busy:
            server.busy -= 1
            return self.send_error(503)
        content = b"<!DOCTYPE html><p>Log in</p>" if self.path == "/login" else server.content
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        stop = len(content)
        if server.break_offs:
            server.break_offs -= 1
            stop //= 2
        self.wfile.write(content[:stop])
        if server.stall and stop < len(content):
            self.wfile.flush()
            time.sleep(server.stall)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(module, "PAUSE", 0.0)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.content, server.requests, server.break_offs, server.busy, server.stall = CONTENT, 0, 0, 0, 0
    server.url = f"http://127.0.0.1:{server.server_port}/file.tar.gz"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def target(tmp_path):
    return tmp_path / "new folder" / "file.tar.gz"


def left_beside(target):
    """Names of the files that are there; but for the lock, which is empty and stays."""
    return [file.name for file in target.parent.iterdir() if file.suffix != ".lock"]


def test_a_file_arrives_whole_and_is_not_fetched_twice(server, target):
    assert download(server.url, target, digest=DIGEST) == target
    assert target.read_bytes() == CONTENT and left_beside(target) == ["file.tar.gz"]
    if os.name == "posix":
        assert target.stat().st_mode & 0o777 == 0o644   # the class may read it, too
    download(server.url, target, digest=DIGEST)
    assert server.requests == 1


@pytest.mark.parametrize("fault", ["break_offs", "busy"])
def test_a_broken_transfer_is_begun_again_and_a_busy_server_is_asked_again(server, target, fault):
    setattr(server, fault, 2)
    download(server.url, target, digest=DIGEST)
    assert target.read_bytes() == CONTENT and server.requests == 3


def test_after_too_many_breaks_nothing_is_left_and_the_message_says_what_to_do(server, target):
    server.break_offs = 2
    with pytest.raises(ConnectionError, match="broke off 2 times") as error:
        download(server.url, target, digest=DIGEST, retries=1)
    assert f"put it here: {target}" in str(error.value) and not left_beside(target)
    download(server.url, target, digest=DIGEST)
    assert target.read_bytes() == CONTENT


def test_an_interrupt_leaves_nothing(server, target, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(pooch.core, "hash_matches", interrupted)
        download(server.url, target, digest=DIGEST)
    assert not left_beside(target)
    download(server.url, target, digest=DIGEST)
    assert target.read_bytes() == CONTENT


def test_a_wrong_file_is_refused_with_both_checksums_and_nothing_is_left(server, target):
    server.content = b"something else"
    with pytest.raises(ValueError, match="is not the file we need, and was deleted") as error:
        download(server.url, target, digest=DIGEST)
    assert DIGEST[7:] in str(error.value) and hashlib.sha256(b"something else").hexdigest() in str(error.value)
    assert not left_beside(target) and server.requests == 1
    with pytest.raises(ValueError, match="0" * 32):
        download(server.url, target, digest="md5:" + "0" * 32)


def test_a_wrong_file_that_was_there_stays_until_the_right_one_has_come(server, target):
    target.parent.mkdir()
    target.write_bytes(b"old")
    server.break_offs = 1
    with pytest.raises(ConnectionError):
        download(server.url, target, digest=DIGEST, retries=0)
    assert target.read_bytes() == b"old"
    download(server.url, target, digest=DIGEST)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("page, where", [(b"<html>Please log in</html>", "file.tar.gz"),
                                         (b"\n <!DOCTYPE html>\n<title>Wi-Fi</title>", "file.tar.gz"), (b"", "moved")])
def test_a_web_page_and_a_login_page_behind_a_redirect_are_named_as_such(server, target, page, where):
    server.content = page
    with pytest.raises(ValueError, match="a web page came instead. A login page or a proxy"):
        download(server.url.replace("file.tar.gz", where), target, digest=DIGEST)
    assert not left_beside(target) and server.requests == (2 if where == "moved" else 1)


def test_missing_and_unreachable_say_where_to_put_the_file_by_hand(server, target):
    with pytest.raises(ConnectionError, match="404") as error:
        download(server.url.replace("file.tar.gz", "missing"), target, digest=DIGEST)
    assert str(target) in str(error.value) and server.requests == 1
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = free.getsockname()[1]
    with pytest.raises(ConnectionError, match="cannot be reached") as error:
        download(f"http://127.0.0.1:{closed}/file.tar.gz", target, digest=DIGEST)
    assert str(target) in str(error.value) and not target.exists()
    with pytest.raises(ConnectionError, match="cannot be reached"):
        download("http://nowhere.invalid/file.tar.gz", target, digest=DIGEST)


def test_a_server_that_keeps_silent_is_given_up_soon(server, target):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        started = time.monotonic()
        with pytest.raises(ConnectionError, match="cannot be reached"):
            download(f"http://127.0.0.1:{silent.getsockname()[1]}/file.tar.gz", target, digest=DIGEST, timeout=0.2)
    assert time.monotonic() - started < 5


def test_a_transfer_that_falls_silent_in_the_middle_is_begun_again(server, target):
    server.break_offs, server.stall = 1, 10.0
    started = time.monotonic()
    download(server.url, target, digest=DIGEST, timeout=0.3)
    assert target.read_bytes() == CONTENT and server.requests == 2
    assert time.monotonic() - started < 10.0  # the silence was not waited for


def test_a_full_disk_says_what_to_do(server, target, monkeypatch):
    whole = pooch.HTTPDownloader.__call__

    def full(self, url, file, pooch_):
        whole(self, url, file, pooch_)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left on device.*Make room") as error:
        patch.setattr(pooch.HTTPDownloader, "__call__", full)
        download(server.url, target, digest=DIGEST)
    assert str(target) in str(error.value) and not left_beside(target)
    download(server.url, target, digest=DIGEST)
    assert target.read_bytes() == CONTENT


@pytest.fixture
def ordinary_user():
    """Whoever runs the tests may not write everywhere: root is nobody for as long as this lasts."""
    if os.name == "nt":
        pytest.skip("Windows has other rights")
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o555)
        if root:
            os.seteuid(65534)
        try:
            yield Path(folder)
        finally:
            if root:
                os.seteuid(0)
            os.chmod(folder, 0o755)


@pytest.mark.parametrize("name", ["file.tar.gz", "new/file.tar.gz"])
def test_a_folder_that_is_read_only_is_named(server, ordinary_user, name):
    with pytest.raises(OSError, match="cannot be written .Permission denied.*name a folder that can be wr") as error:
        download(server.url, ordinary_user / name, digest=DIGEST)
    assert str(ordinary_user / name) in str(error.value) and server.requests == 0


def test_of_two_at_once_one_fetches_and_the_other_waits(server, target, monkeypatch, capsys):
    monkeypatch.setattr(module, "WAIT", 0.02)
    server.break_offs, server.stall = 1, 0.5
    paths = []
    threads = [threading.Thread(target=lambda: paths.append(download(server.url, target, digest=DIGEST)))
               for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert paths == [target] * 3 and target.read_bytes() == CONTENT
    assert server.requests == 2   # one that broke off, and one for all three
    assert capsys.readouterr().err.count("file.tar.gz is being downloaded by another process: waiting for it.") == 2
    assert left_beside(target) == ["file.tar.gz"]


def test_only_web_addresses_are_taken(target):
    with pytest.raises(ValueError, match="http"):
        download("file:///some/file", target, digest=DIGEST)


def test_long_work_shows_percent_speed_and_the_time_left_and_short_work_nothing(server, target, capsys):
    download(server.url, target, digest=DIGEST)
    assert capsys.readouterr().err == ""
    bar = module.meter("decoding pictures", " photographs", 100, mininterval=0, delay=0)
    with bar:
        time.sleep(0.02)
        bar.update(50)
        bar.refresh()
    err = capsys.readouterr().err
    assert "decoding pictures:  50%" in err and "50/100" in err and "photographs/s" in err and "<00:" in err
