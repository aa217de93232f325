"""Who may come to the editor's page, and what a rude client can take of it."""

from __future__ import annotations

import io
import os
import re
import signal
import socket
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wan_move_core.editor import page as editor_page
from wan_move_core.editor.access import MOST_CODES, Access, RedirectFile
from wan_move_core.editor.connections import Limits

Serve = Callable[..., Any]


def test_a_code_becomes_a_cookie_once(serve: Serve) -> None:
    asker = serve()
    address = asker.server.new_address().removeprefix(asker.server.origin)
    status, headers, body = asker.ask(address, Cookie=None)
    assert status == 200 and b'http-equiv="refresh" content="0;url=../"' in body
    given, *flags = headers["Set-Cookie"].split("; ")
    assert set(flags) == {"HttpOnly", "SameSite=Strict", f"Path={asker.page}/"}
    assert asker.ask(f"{asker.page}/", Cookie=given)[0] == 200
    # The code is used: a second browser is told what to do, and gets no cookie.
    status, headers, body = asker.ask(address, Cookie=None)
    assert status == 403 and "Set-Cookie" not in headers and headers["Content-Type"].startswith("text/html")
    assert b"works once" in body and b"Press Enter in the terminal" in body
    # The browser that has the cookie is let in by its old address (its history) all the same.
    status, headers, _ = asker.ask(address, Cookie=given)
    assert status == 200 and "Set-Cookie" not in headers


def test_what_is_wanted_of_the_page_goes_on_and_no_markup_does(serve: Serve) -> None:
    asker = serve()
    for query, kept in (("?lang=zh-CN&theme=dark", "../?lang=zh-CN&amp;theme=dark"), ('?"><script>1</script>', "../")):
        address = asker.server.new_address().removeprefix(asker.server.origin) + query.replace(" ", "")
        body = asker.ask(address, Cookie=None)[2].decode()
        assert f'content="0;url={kept}"' in body and "<script" not in body


def test_nothing_without_the_cookie(serve: Serve) -> None:
    asker = serve()
    name, _, secret = asker.cookie.partition("=")
    for cookie in (None, "", f"{name}=", f"{name}={secret[:-1]}", f"other={secret}", f"{name}=\u00e9", "; ;=;"):
        for path in ("config.json", "picture", "editor/editor.mjs", "state.json"):
            status, said = asker.get(path, Cookie=cookie)
            assert status == 403 and "the address that the command printed" in said["error"]
        for path in ("save", "draft", "copy", "own"):
            assert asker.post(path, "{}", Cookie=cookie)[0] == 403
        status, _, body = asker.ask(f"{asker.page}/", Cookie=cookie)
        assert status == 403 and b"prints a new address" in body
    assert not asker.server.job.document.exists()
    assert asker.get("state.json", Cookie=f"a=b; {asker.cookie}; c=d")[0] == 200


def test_codes_end_by_themselves_and_are_few() -> None:
    now = [0.0]
    access = Access(clock=lambda: now[0])
    late = access.new_code(10)
    now[0] = 10.5
    assert not access.redeem(late)
    codes = [access.new_code(10) for _ in range(MOST_CODES + 3)]
    assert [access.redeem(code) for code in codes] == [False] * 3 + [True] * MOST_CODES
    assert not access.redeem("") and not access.redeem("\ud800")


@pytest.mark.skipif(os.name != "posix", reason="modes and BROWSER are POSIX's")
def test_no_process_shows_a_code_in_its_command_line(tmp_path: Path) -> None:
    """A real ``wan-move edit`` starts a real "browser", which writes down what it was called with."""
    seen, script = tmp_path / "seen", tmp_path / "browser.sh"
    script.write_text(f'#!/bin/sh\nprintf "%s" "$*" > "{seen}.part" && mv "{seen}.part" "{seen}"\n')
    script.chmod(0o755)
    # A suite that runs in the background has Ctrl+C ignored, and so have its children.
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from wan_move_core.editor.page import main; sys.exit(main(sys.argv[1:]))"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", code, "--document", str(tmp_path / "m.json")],
        env={**os.environ, "BROWSER": f"{script} %s"},
        cwd=Path(__file__).resolve().parents[3],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert started.stdout is not None
        printed = started.stdout.readline()
        end = time.monotonic() + 60
        while not seen.exists() and time.monotonic() < end:
            time.sleep(0.02)
        called = seen.read_text()
        file = Path(called.removeprefix("file://"))
        assert called.startswith("file://") and "127.0.0.1" not in called
        assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        address = re.search(r'url=(http://127\.0\.0\.1:\d+/[\w-]+/start/([\w-]+))"', file.read_text())
        assert address and address[2] not in called and address[2] not in printed
        assert address[1].rpartition("/")[0] in printed
    finally:
        started.send_signal(signal.SIGINT)
        started.wait(30)
    assert not file.exists() and not file.parent.exists()


def test_the_redirect_file_escapes_nothing_away(tmp_path: Path) -> None:
    redirect = RedirectFile("http://127.0.0.1:1/a/start/b?x=1&y=2")
    assert 'href="http://127.0.0.1:1/a/start/b?x=1&amp;y=2"' in redirect.path.read_text()
    redirect.remove()
    redirect.remove()


# -- rude clients ------------------------------------------------------------------------------------------------------


def raw(asker: Any, sent: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", asker.port), timeout=30)
    connection.sendall(sent)
    return connection


def until_closed(connection: socket.socket) -> bytes:
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionError:
        pass
    connection.close()
    return b"".join(parts)


def answered(connection: socket.socket) -> bool:
    """Take one answer, whose body is a small JSON object."""
    got = b""
    while not got.endswith(b"}") and (part := connection.recv(4096)):
        got += part
    return b"200 OK" in got


def head(asker: Any, method: str, path: str, *lines: str) -> bytes:
    said = (f"{method} {asker.page}/{path} HTTP/1.1", f"Host: 127.0.0.1:{asker.port}", f"Cookie: {asker.cookie}",
            f"Origin: {asker.server.origin}", *lines, "", "")  # fmt: skip
    return "\r\n".join(said).encode("latin-1")


@pytest.mark.parametrize("slow", ["header", "body"])
def test_a_byte_now_and_then_is_too_slow(serve: Serve, slow: str) -> None:
    asker = serve(limits=Limits(wait_seconds=0.3, body_seconds=0.3))
    begun = b"GET / HTT" if slow == "header" else head(asker, "POST", "save", "Content-Length: 100000")
    connection = raw(asker, begun)
    end = time.monotonic() + 60
    closed = False
    while not closed and time.monotonic() < end:
        # Each byte is in time for a limit on single reads.
        try:
            connection.sendall(b"P")
            connection.settimeout(0.05)
            closed = connection.recv(65536) == b""
        except TimeoutError:
            continue
        except ConnectionError:
            closed = True
    assert closed and not asker.server.job.document.exists()
    assert asker.get("state.json")[0] == 200


def test_connections_are_few_and_strangers_make_room(serve: Serve) -> None:
    asker = serve(limits=Limits(connections=4))
    strangers = [raw(asker) for _ in range(12)]
    assert asker.get("state.json")[0] == 200
    assert len(asker.server._connections) <= 4
    for stranger in strangers:
        stranger.close()
    # The browser's own connections are not cut for one more.
    known = [raw(asker, head(asker, "GET", "state.json")) for _ in range(4)]
    assert all(answered(connection) for connection in known)
    assert b" 503 " in until_closed(raw(asker))
    for connection in known:
        connection.sendall(head(asker, "GET", "state.json"))
        assert answered(connection)
        connection.close()


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: -1",), ("Content-Length: +5",), ("Content-Length: \xb2",), ("Content-Length: 1e3",),
        ("Content-Length: 0x10",), ("Content-Length: ",), ("Content-Length: 5, 5",), ("Content-Length: " + "9" * 5000,),
        ("Content-Length: 2", "Content-Length: 3"), ("Transfer-Encoding: chunked",), (),
        ("Content-Length: 2", "Transfer-Encoding: chunked"),
    ],
)  # fmt: skip
def test_a_bad_length_is_answered(serve: Serve, lines: tuple[str, ...], capfd: pytest.CaptureFixture[str]) -> None:
    asker = serve()
    answer = until_closed(raw(asker, head(asker, "POST", "save", *lines) + b"{}"))
    assert re.match(rb"HTTP/1\.1 (400|411) ", answer) and b'{"error": "' in answer
    assert not asker.server.job.document.exists() and capfd.readouterr().err == ""


def test_a_body_that_is_too_long_is_answered_while_it_is_still_sent(serve: Serve) -> None:
    asker = serve()
    body = b" " * 6_000_000
    answer = until_closed(raw(asker, head(asker, "POST", "save", f"Content-Length: {len(body)}") + body))
    assert b" 413 " in answer and b"at most 5 MB" in answer


def test_headers_have_a_bound_all_together(serve: Serve) -> None:
    asker = serve()
    answer = until_closed(raw(asker, head(asker, "GET", "state.json", *(f"X-{n}: {'y' * 4000}" for n in range(40)))))
    assert re.match(rb"HTTP/1\.1 431 ", answer)


def test_a_body_after_a_get_is_not_the_next_request(serve: Serve) -> None:
    asker = serve()
    second = head(asker, "POST", "save", "Content-Length: 2") + b"{}"
    answer = until_closed(raw(asker, head(asker, "GET", "state.json", f"Content-Length: {len(second)}") + second))
    assert answer.count(b"HTTP/1.1 ") == 1 and b"200 OK" in answer


def test_a_client_that_goes_away_prints_nothing(
    serve: Serve, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "large.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20_000_000))
    asker = serve(picture=picture, limits=Limits(wait_seconds=0.5, body_seconds=0.5))
    for sent in (b"", b"GET", head(asker, "GET", "picture"), head(asker, "POST", "save", "Content-Length: 9") + b"{"):
        connection = raw(asker, sent)
        # A reset, not a farewell.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    end = time.monotonic() + 30
    while asker.server._connections and time.monotonic() < end:
        time.sleep(0.02)
    assert asker.get("state.json")[0] == 200
    assert capfd.readouterr().err == ""


def test_enter_in_the_terminal_prints_an_address_that_works(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asker = serve()
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n\n"))
    editor_page._print_addresses(asker.server)
    printed = re.findall(r"http://127\.0\.0\.1:\d+(/\S+)", capsys.readouterr().out)
    assert len(set(printed)) == 2 and all(asker.ask(address, Cookie=None)[0] == 200 for address in printed)
