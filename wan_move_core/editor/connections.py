"""A server for one person's browser: few connections, each with its time, and silence when one of them breaks."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Limits:
    """What a client may take. A browser uses six connections and needs milliseconds."""

    connections: int = 32
    header_bytes: int = 64 * 1024
    wait_seconds: float = 15.0
    """Between requests, and for the whole of a request's line and headers."""
    body_seconds: float = 15.0
    """For a body, and for an answer, to which its size adds at ``bytes_per_second``."""
    bytes_per_second: float = 1_000_000.0

    def transfer_seconds(self, size: int) -> float:
        return self.body_seconds + size / self.bytes_per_second


@dataclass
class _Connection:
    socket: socket.socket
    deadline: float | None
    known: bool = False
    """It has shown the cookie."""


class BoundedServer(ThreadingHTTPServer):
    """Threads of which there is a limited number; whoever is slower than ``limits`` is cut off.

    The limits hold for whole requests, not for one read of a socket, so that a byte a second is too slow as well.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 32
    allow_reuse_address = True

    def __init__(
        self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler], limits: Limits | None = None
    ) -> None:
        self.limits = limits or Limits()
        self._connections: dict[socket.socket, _Connection] = {}
        self._connections_lock = threading.Lock()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._connections_lock:
            room = len(self._connections) < self.limits.connections or self._drop_a_stranger()
            if room:
                self._connections[request] = _Connection(request, time.monotonic() + self.limits.wait_seconds)
        if room:
            super().process_request(request, client_address)
        else:
            self._turn_away(request)

    def _drop_a_stranger(self) -> bool:
        """The oldest connection that has not shown the cookie makes room: strangers cannot keep the browser out."""
        for connection in self._connections.values():
            if not connection.known:
                del self._connections[connection.socket]
                _cut(connection.socket)
                return True
        return False

    def _turn_away(self, request: Any) -> None:
        with contextlib.suppress(OSError):
            request.setblocking(False)
            request.send(b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        self.shutdown_request(request)

    def allow(self, request: Any, seconds: float | None, *, known: bool = False) -> None:
        """From now on the connection has this long; None: the server itself is at work."""
        with self._connections_lock:
            connection = self._connections.get(request)
            if connection is not None:
                connection.deadline = None if seconds is None else time.monotonic() + seconds
                connection.known = connection.known or known

    def service_actions(self) -> None:
        now = time.monotonic()
        with self._connections_lock:
            for connection in self._connections.values():
                if connection.deadline is not None and connection.deadline < now:
                    connection.deadline = None
                    _cut(connection.socket)

    def shutdown_request(self, request: Any) -> None:
        with self._connections_lock:
            self._connections.pop(request, None)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        with self._connections_lock:
            for connection in self._connections.values():
                _cut(connection.socket)

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        # A client that goes away is not an event; a fault of ours is one line, never a trace.
        if not isinstance(error, OSError):
            sys.stderr.write(f"The editor's page met a fault ({type(error).__name__}: {error}).\n")


def _cut(connection: socket.socket) -> None:
    """End a connection that another thread may be waiting on; the thread closes it."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class HeaderBudget:
    """Lines of a request, of which all together have a limit; ``BaseHTTPRequestHandler`` answers what is too long."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.left = 0

    def readline(self, limit: int = -1) -> bytes:
        line = self._file.readline(self.left + 1 if limit < 0 else min(limit, self.left + 1))
        self.left -= len(line)
        if self.left < 0:
            # Longer than any line that the standard library takes: its own answer (414, 431) follows.
            return b"x" * 65537
        return line

    def read(self, size: int) -> bytes:
        return self._file.read(size)

    def close(self) -> None:
        self._file.close()

    @property
    def closed(self) -> bool:
        return self._file.closed
