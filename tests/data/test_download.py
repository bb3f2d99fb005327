"""Downloads from a server of our own: broken off, wrong, missing, resumed; the target is whole or not there."""

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

CONTENT = bytes(range(256)) * 4000   # 1,024,000 bytes
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT. The server's attributes say how it misbehaves."""

    def do_GET(self):
        server = self.server
        server.ranges.append(self.headers.get("Range"))
        if self.path == "/missing":
            return self.send_error(404)
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/login")
            return self.end_headers()
        if server.busy:
            server.busy -= 1
            return self.send_error(503)
        content, start = server.content, 0
        wanted = self.headers.get("Range")
        fresh = self.headers.get("If-Range") in (None, server.etag)
        if wanted and server.knows_ranges and fresh:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                return self.send_error(416)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start + server.lie}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        self.send_header("Content-Type", "text/html" if self.path == "/login" else server.content_type)
        self.send_header("Content-Length", str(len(content) - start))
        self.send_header("ETag", server.etag)
        self.end_headers()
        stop = len(content)
        if server.break_offs:
            server.break_offs -= 1
            stop = start + (len(content) - start) // 2
        self.wfile.write(content[start:stop])
        if server.stall and stop < len(content):
            self.wfile.flush()
            time.sleep(server.stall)
        if server.after_break and stop < len(content):
            server.content, server.etag = server.after_break

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(module, "PAUSE", 0.0)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.content, server.etag, server.content_type = CONTENT, '"one"', "application/gzip"
    server.ranges, server.knows_ranges, server.break_offs, server.busy, server.lie = [], True, 0, 0, 0
    server.after_break, server.stall = None, 0
    server.url = f"http://127.0.0.1:{server.server_port}/file.tar.gz"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def target(tmp_path):
    return tmp_path / "new folder" / "file.tar.gz"


def part_of(target):
    return target.with_name(target.name + ".part")


def left_beside(target):
    """Names of the files that are there; but for the lock, which is empty and stays."""
    return [file.name for file in target.parent.iterdir() if file.suffix != ".lock"]


def test_a_file_arrives_whole_and_is_not_fetched_twice(server, target):
    assert download(server.url, target, sha256=SHA256, size=len(CONTENT)) == target
    assert target.read_bytes() == CONTENT and not part_of(target).exists()
    download(server.url, target, sha256=SHA256)
    assert len(server.ranges) == 1


def test_a_broken_transfer_goes_on_where_it_stopped(server, target):
    server.break_offs = 2
    download(server.url, target, sha256=SHA256)
    assert target.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=512000-", "bytes=768000-"]


def test_a_server_without_ranges_is_asked_for_the_whole_again(server, target):
    server.break_offs, server.knows_ranges = 1, False
    download(server.url, target, sha256=SHA256)
    assert target.read_bytes() == CONTENT


def test_a_file_changed_between_two_halves_is_not_glued_together(server, target):
    server.break_offs = 1
    server.after_break = (b"second version" * 60_000, '"two"')
    download(server.url, target)
    assert target.read_bytes() == b"second version" * 60_000


def test_a_server_that_sends_another_range_is_not_believed(server, target):
    server.break_offs, server.lie = 1, 1
    download(server.url, target, sha256=SHA256)
    assert target.read_bytes() == CONTENT and server.ranges == [None, "bytes=512000-", None]


def test_a_busy_server_is_asked_again(server, target):
    server.busy = 2
    download(server.url, target, sha256=SHA256)
    assert target.read_bytes() == CONTENT


def test_after_too_many_breaks_only_the_part_is_left_and_the_next_call_goes_on(server, target):
    server.break_offs = 2
    with pytest.raises(ConnectionError, match="go on from"):
        download(server.url, target, sha256=SHA256, retries=1)
    assert not target.exists() and part_of(target).read_bytes() == CONTENT[:768_000]
    download(server.url, target, sha256=SHA256)
    assert target.read_bytes() == CONTENT and server.ranges[-1] == "bytes=768000-"


def test_an_interrupt_leaves_only_the_part(server, target, monkeypatch):
    class Interrupted(module.Meter):
        def update(self, done):
            if done > 300_000:
                raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(module, "Meter", Interrupted)
        download(server.url, target, sha256=SHA256)
    assert left_beside(target) == ["file.tar.gz.part"]
    download(server.url, target, sha256=SHA256)
    assert target.read_bytes() == CONTENT


def test_a_wrong_old_part_costs_a_second_transfer_only(server, target):
    target.parent.mkdir()
    part_of(target).write_bytes(b"x" * 1000)
    download(server.url, target, sha256=SHA256)
    assert target.read_bytes() == CONTENT and server.ranges == ["bytes=1000-", None]


@pytest.mark.parametrize("old", [CONTENT, CONTENT + b"more"])
def test_a_part_that_is_whole_or_too_long_already(server, target, old):
    target.parent.mkdir()
    part_of(target).write_bytes(old)
    download(server.url, target, sha256=SHA256)
    assert target.read_bytes() == CONTENT


def test_a_wrong_file_is_refused_with_both_checksums_and_deleted(server, target):
    server.content = b"something else"
    with pytest.raises(ValueError) as error:
        download(server.url, target, sha256=SHA256)
    assert SHA256 in str(error.value) and hashlib.sha256(b"something else").hexdigest() in str(error.value)
    assert not left_beside(target)
    with pytest.raises(ValueError, match="needed md5"):
        download(server.url, target, md5="0" * 32)
    with pytest.raises(ValueError, match="needed 15 bytes, got 14"):
        download(server.url, target, size=15)


def test_a_wrong_file_that_was_there_stays_until_the_right_one_has_come(server, target):
    target.parent.mkdir()
    target.write_bytes(b"old")
    server.break_offs = 1
    with pytest.raises(ConnectionError):
        download(server.url, target, sha256=SHA256, retries=0)
    assert target.read_bytes() == b"old"
    download(server.url, target, sha256=SHA256)
    assert target.read_bytes() == CONTENT


def test_a_web_page_in_place_of_the_file_is_named_as_such(server, target):
    server.content, server.content_type = b"<html>Please log in</html>", "text/html; charset=utf-8"
    with pytest.raises(ValueError, match="web page"):
        download(server.url, target)
    assert not left_beside(target)


def test_missing_and_unreachable_say_where_to_put_the_file_by_hand(server, target):
    with pytest.raises(ConnectionError, match="404") as error:
        download(server.url.replace("file.tar.gz", "missing"), target)
    assert str(target) in str(error.value)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = free.getsockname()[1]
    with pytest.raises(ConnectionError, match="cannot be reached") as error:
        download(f"http://127.0.0.1:{closed}/file.tar.gz", target)
    assert str(target) in str(error.value) and not target.exists()


def test_a_server_that_keeps_silent_is_given_up_soon(server, target):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(ConnectionError, match="no answer"):
            download(f"http://127.0.0.1:{silent.getsockname()[1]}/file.tar.gz", target, timeout=0.2)


def test_a_transfer_that_falls_silent_in_the_middle_goes_on_where_it_stopped(server, target):
    server.break_offs, server.stall = 1, 10.0
    started = time.monotonic()
    download(server.url, target, sha256=SHA256, timeout=0.3)
    assert target.read_bytes() == CONTENT and server.ranges == [None, "bytes=512000-"]
    assert time.monotonic() - started < 10.0  # the silence was not waited for


def test_a_login_page_behind_a_redirect_is_named_as_such(server, target):
    with pytest.raises(ValueError, match="a web page .text/html. came instead"):
        download(server.url.replace("file.tar.gz", "moved"), target, sha256=SHA256)
    assert not left_beside(target)


def test_a_full_disk_says_what_to_do_and_keeps_what_has_come(server, target, monkeypatch):
    class Full:
        """A file on a disk that is full after 400,000 bytes."""

        def __init__(self, *words):
            self.file = open(*words)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def write(self, block):
            if self.file.tell() + len(block) > 400_000:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return self.file.write(block)

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left on device.*What has come is kept"):
        patch.setattr(module, "open", Full, raising=False)
        download(server.url, target, sha256=SHA256)
    kept = part_of(target).stat().st_size
    assert 0 < kept <= 400_000 and not target.exists()
    download(server.url, target, sha256=SHA256)
    assert target.read_bytes() == CONTENT and server.ranges[-1] == f"bytes={kept}-"


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
        download(server.url, ordinary_user / name, sha256=SHA256)
    assert str(ordinary_user / name) in str(error.value) and server.ranges == []


def test_of_two_at_once_one_fetches_and_the_other_waits(server, target, monkeypatch, capsys):
    monkeypatch.setattr(module, "WAIT", 0.02)
    server.break_offs, server.stall = 1, 0.5
    paths = []
    threads = [threading.Thread(target=lambda: paths.append(download(server.url, target))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert paths == [target] * 3 and target.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=512000-"]  # fetched once, without a checksum that would tell
    assert capsys.readouterr().err.count("file.tar.gz is being downloaded by another process: waiting for it.") == 2
    assert left_beside(target) == ["file.tar.gz"]


def test_after_ctrl_c_it_says_where_things_are(server, target, monkeypatch, capsys):
    def interrupt(*_):
        part_of(target).write_bytes(CONTENT[:1000])
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(module, "_transfer", interrupt)
        download(server.url, target, sha256=SHA256)
    assert f"Stopped. {part_of(target)} keeps what has come: the same call goes on from" in capsys.readouterr().err


def test_only_web_addresses_are_taken(target):
    with pytest.raises(ValueError, match="http"):
        download("file:///some/file", target)


def test_progress_comes_in_tenths_where_there_is_no_terminal(server, target, capsys):
    download(server.url, target)
    lines = capsys.readouterr().err.splitlines()
    assert 1 <= len(lines) <= 10 and "100 % of 1.0 MB" in lines[-1] and "MB/s" in lines[-1]
    target.unlink()
    download(server.url, target, progress=False)
    assert capsys.readouterr().err == ""
