"""A load balancer in front of replicas: each delivery goes to the next one that answers."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx

FORWARDED = ("Content-Type", "X-GitHub-Delivery", "X-GitHub-Event", "X-Hub-Signature-256")


@contextmanager
def balanced(port: int, replicas: Sequence[int]) -> Iterator[None]:
    """Take deliveries in for the ports of the replicas; without any, say yes and forget."""
    turns = itertools.count()

    class Door(BaseHTTPRequestHandler):
        """One connection of GitHub's."""

        def do_POST(self) -> None:
            """Hand a delivery on."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name: self.headers[name] for name in FORWARDED}
            self.send_response(_forward(next(turns), replicas, body, headers))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", port), Door) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def _forward(turn: int, replicas: Sequence[int], body: bytes, headers: dict[str, str]) -> int:
    if not replicas:
        return 202
    for step in range(len(replicas)):
        url = f"http://127.0.0.1:{replicas[(turn + step) % len(replicas)]}/github"
        try:
            return httpx.post(url, content=body, headers=headers, timeout=8).status_code
        except httpx.TransportError:
            continue
    return 502
