"""A tap on the wire between the sandbox and the bot: it passes everything on, and notes what, when and how much.

The sandbox sends its webhooks here and the bot finds its API and its git server here, since addresses are rewritten
in both directions; so what is left between two notes is the bot's own time.
"""

import asyncio
import hmac
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

Kind = Literal["webhook", "api", "git"]
LARGEST = 1 << 30
OWN_HEADERS = {"connection", "content-length", "host", "transfer-encoding", "date", "server"}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer."""

    kind: Kind
    began: float
    """Seconds of the machine's monotonic clock."""
    ended: float
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int
    down: int
    """Bytes of the answer's body."""


@dataclass(slots=True)
class Tap:
    """Where the wire is tapped."""

    url: str
    github: str
    """The sandbox."""
    bot: str
    secret: bytes
    """Of the webhook: what is rewritten has to be signed again."""
    passes: bool = True
    """Whether webhooks reach the bot; if not, they end here."""
    exchanges: list[Exchange] = field(default_factory=list)
    open: int = 0

    async def handle(self, request: web.Request) -> web.Response:
        """Pass a request on, and its answer back."""
        kind: Kind = "webhook" if request.path == "/github" else "api" if request.path.startswith("/api/") else "git"
        began, body = time.monotonic(), await request.read()
        headers = {name: value for name, value in request.headers.items() if name.lower() not in OWN_HEADERS}
        if kind == "webhook" and not self.passes:
            return web.Response(status=202)
        self.open += 1
        try:
            status, fields, answer = await self._ask(kind, request, headers, body)
        finally:
            self.open -= 1
        ended = time.monotonic()
        self.exchanges.append(
            Exchange(kind, began, ended, request.method, request.path_qs, headers, body, status, len(answer))
        )
        return web.Response(status=status, headers=fields, body=answer)

    async def _ask(
        self, kind: Kind, request: web.Request, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        to = self.github
        if kind == "webhook":
            to, body = self.bot, body.replace(self.github.encode(), self.url.encode())
            headers = {**headers, "X-Hub-Signature-256": f"sha256={hmac.digest(self.secret, body, 'sha256').hex()}"}
        session: aiohttp.ClientSession = request.app[SESSION]
        asked = session.request(
            request.method, to + request.path_qs, data=body or None, headers=headers, allow_redirects=False
        )
        async with asked as response:
            answer = await response.read()
            fields = {name: value for name, value in response.headers.items() if name.lower() not in OWN_HEADERS}
            if kind == "api":
                answer = answer.replace(self.github.encode(), self.url.encode())
            return response.status, fields, answer


SESSION = web.AppKey("session", aiohttp.ClientSession)


@contextmanager
def tapping(tap: Tap) -> Iterator[Tap]:
    """Listen, in a thread of its own, for as long as the block lasts."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner = asyncio.run_coroutine_threadsafe(_listen(tap), loop).result(10)
    try:
        yield tap
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _listen(tap: Tap) -> web.AppRunner:
    app = web.Application(client_max_size=LARGEST)
    app[SESSION] = aiohttp.ClientSession(auto_decompress=False, connector=aiohttp.TCPConnector(limit=0))

    async def close(app: web.Application) -> None:
        await app[SESSION].close()

    app.on_cleanup.append(close)
    app.router.add_route("*", "/{tail:.*}", tap.handle)
    runner = web.AppRunner(app, access_log=None, auto_decompress=False, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(urlsplit(tap.url).port or 0)).start()
    return runner


def busy(exchanges: Sequence[Exchange], since: float, until: float) -> float:
    """Return the seconds within a span in which at least one request was on its way."""
    total, at = 0.0, since
    for each in sorted(exchanges, key=lambda exchange: exchange.began):
        begin, end = max(each.began, at), min(each.ended, until)
        if end > begin:
            total += end - begin
            at = end
    return total
