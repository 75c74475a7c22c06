"""The way to the pages: whoever holds an address that we signed may read, a few at a time."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

import structlog
from aiohttp import web

from bot.core.model import Refused, Transient
from bot.pages.diff import View, page
from bot.pages.frame import HEADERS, trouble
from bot.pages.links import Bad, Expired, Link, read

log = structlog.get_logger()

PLACES = 2
"""Pages made at once; they may have to be rendered anew, and that is work for a whole core."""
WAITING = 16
"""Visitors who may wait for a place; others are asked to come again."""
PATIENCE = 60.0
"""Seconds until a page is given up."""
AGAIN = 30
"""Seconds after which to come again, where nobody said better."""

Find = Callable[[Link], Awaitable[View]]
"""What a link leads to. Raises Refused with a sentence for the visitor, and Transient."""


@dataclass(slots=True)
class _Pages:
    find: Find
    keys: Sequence[bytes]
    clock: Callable[[], float]
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PLACES))
    waiting: int = 0

    async def diff(self, request: web.Request) -> web.Response:
        """Answer with the diff of a pull request, or with a page that says why not."""
        try:
            link = read(request.rel_url.raw_path_qs, self.keys, self.clock())
            async with asyncio.timeout(PATIENCE), self._place():
                view = await self.find(link)
                return _answer(HTTPStatus.OK, await asyncio.to_thread(page, view))
        except Bad:
            return _trouble(HTTPStatus.NOT_FOUND, "There is nothing here.")
        except Expired as gone:
            return _trouble(HTTPStatus.GONE, str(gone))
        except Refused as no:
            return _trouble(HTTPStatus.NOT_FOUND, str(no))
        except (Transient, TimeoutError) as problem:
            log.warning("page not shown", reason=str(problem) or "it took too long")
            after = problem.retry_after if isinstance(problem, Transient) else None
            sentence = "This page cannot be made at the moment. Reload it in a little while."
            return _trouble(HTTPStatus.SERVICE_UNAVAILABLE, sentence, after=after or AGAIN)

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """Wait for a place. Raises Transient where too many wait already."""
        if self.waiting >= WAITING:
            raise Transient("too many wait for a page")
        self.waiting += 1
        try:
            async with self.places:
                yield
        finally:
            self.waiting -= 1


def routes(find: Find, keys: Sequence[bytes], clock: Callable[[], float] = time.time) -> list[web.RouteDef]:
    """Return the routes; `keys` sign addresses, the one of today first."""
    pages = _Pages(find, keys, clock)
    return [web.get("/diffs/{where:.*}", pages.diff, allow_head=False)]


def _answer(status: HTTPStatus, text: str, headers: dict[str, str] | None = None) -> web.Response:
    answer = web.Response(status=status, text=text, content_type="text/html", headers={**HEADERS, **(headers or {})})
    answer.enable_compression()
    return answer


def _trouble(status: HTTPStatus, sentence: str, *, after: float | None = None) -> web.Response:
    headers = {"Retry-After": f"{after:.0f}"} if after else None
    return _answer(status, trouble(status.phrase, sentence), headers)
