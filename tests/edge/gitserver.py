"""A git server on loopback: the real `git http-backend`, which counts what it is asked and can be told to misbehave."""

import base64
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from bot.core.model import Repository

TOKEN = "the-installation-token"  # noqa: S105 - opens nothing but this server


async def token(_: Repository, *, instead_of: str | None = None) -> str:  # noqa: ARG001 - there is but one
    """Give the token that the server takes."""
    return TOKEN


@dataclass(slots=True)
class Server:
    """What the server has and does; tests may change it while it runs."""

    root: Path
    url: str = ""
    token: str = TOKEN
    asked: list[str] = field(default_factory=list)
    """Every request, as `METHOD path?query`."""
    headers: list[dict[str, str]] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    """Statuses to answer the next requests with, first one first; 0 lets one through."""
    redirect: str = ""
    """Where every request is sent instead, if set."""
    stall: threading.Event = field(default_factory=threading.Event)
    """Set while requests are answered; cleared, they hang."""


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    state: Server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Keep quiet."""

    def _answer(self) -> None:
        state = cast("_Listener", self.server).state
        state.asked.append(f"{self.command} {self.path}")
        state.headers.append(dict(self.headers))
        body = self._body()
        state.stall.wait()
        status = state.failures.pop(0) if state.failures else 0
        if status:
            self._plain(status)
        elif state.redirect:
            self._plain(302, Location=state.redirect + self.path)
        elif not self._knows(state.token):
            self._plain(401, **{"WWW-Authenticate": 'Basic realm="git"'})
        else:
            self._backend(state, body)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _knows(self, token: str) -> bool:
        basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        return self.headers.get("Authorization") == f"Basic {basic}"

    def _plain(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _backend(self, state: Server, body: bytes) -> None:
        parts = urlsplit(self.path)
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(state.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "REMOTE_USER": "app",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True, check=False)  # noqa: S607 - whichever git is tested
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serving(root: Path) -> Iterator[Server]:
    """Serve the bare repositories below a directory."""
    listener = _Listener(("127.0.0.1", 0), _Handler)
    listener.state = Server(root, url=f"http://127.0.0.1:{listener.server_address[1]}")
    listener.state.stall.set()
    thread = threading.Thread(target=listener.serve_forever)
    thread.start()
    try:
        yield listener.state
    finally:
        listener.state.stall.set()
        listener.shutdown()
        thread.join()
        listener.server_close()
