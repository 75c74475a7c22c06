"""A page opens only for whoever holds its address, a few at a time, and says why where it does not."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.core.model import Refused, Transient
from bot.pages import routes as ways
from bot.pages.diff import View, page
from bot.pages.frame import HEADERS
from bot.pages.links import DAY, Link, address, expiry
from bot.pages.routes import PLACES, WAITING, routes
from tests.diffs import BASE, HEAD, SHOP

KEY = b"a key"
NOW = 1_790_000_000.0
LINK = Link(5, "acme/shop", 12, BASE, HEAD, expiry(NOW, 30 * DAY))
VIEW = View(SHOP, None, "acme/shop", 12, "Raise web", "https://github.test/acme/shop/pull/12")
Client = TestClient[web.Request, web.Application]


class Finder:
    """What finds views: it answers, refuses, fails or takes its time, as a test says."""

    def __init__(self) -> None:
        self.says: View | Exception = VIEW
        self.asked: list[Link] = []
        self.busy = 0
        self.busiest = 0
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, link: Link) -> View:
        self.asked.append(link)
        self.busy += 1
        self.busiest = max(self.busy, self.busiest)
        await self.go.wait()
        self.busy -= 1
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@pytest.fixture
def finder() -> Finder:
    return Finder()


@pytest.fixture
async def client(finder: Finder) -> AsyncIterator[Client]:
    app = web.Application()
    app.add_routes(routes(finder, [KEY, b"before"], clock=lambda: NOW))
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.parametrize("key", [KEY, b"before"])
async def test_an_address_opens_its_page(client: Client, finder: Finder, key: bytes) -> None:
    answer = await client.get(address(LINK, key, ""))

    assert answer.status == 200
    assert await answer.text() == page(VIEW)
    assert finder.asked == [LINK]
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("path", ["/diffs/", "/diffs/acme/shop/12", address(LINK, b"another", "")])
async def test_any_other_address_opens_nothing(client: Client, finder: Finder, path: str) -> None:
    answer = await client.get(path)

    assert answer.status == 404
    assert "There is nothing here." in await answer.text()
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert finder.asked == []


async def test_an_old_address_says_how_to_get_a_new_one(client: Client, finder: Finder) -> None:
    answer = await client.get(address(replace(LINK, expires=int(NOW)), KEY, ""))

    assert answer.status == 410
    assert "re-run the check tierkeeper/diff" in await answer.text()
    assert finder.asked == []


@pytest.mark.parametrize(
    ("problem", "status", "said"),
    [
        (Refused("<b> is gone"), (404, None), "&lt;b&gt; is gone"),
        (Transient("GitHub is away"), (503, "30"), "cannot be made at the moment"),
        (Transient("GitHub is away", retry_after=7), (503, "7"), "cannot be made at the moment"),
        (TimeoutError(), (503, "30"), "cannot be made at the moment"),
    ],
)
async def test_what_cannot_be_shown_is_said(
    client: Client, finder: Finder, problem: Exception, status: tuple[int, str | None], said: str
) -> None:
    finder.says = problem

    answer = await client.get(address(LINK, KEY, ""))

    assert (answer.status, answer.headers.get("Retry-After")) == status
    assert said in await answer.text()


async def test_only_a_few_pages_are_made_at_once(client: Client, finder: Finder) -> None:
    finder.go.clear()
    visits = [asyncio.create_task(client.get(address(LINK, KEY, ""))) for _ in range(WAITING + 3)]
    done, _ = await asyncio.wait(visits, timeout=2, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.sleep(0.1)

    finder.go.set()
    statuses = sorted([(await visit).status for visit in visits])

    assert done
    assert statuses == [200] * WAITING + [503] * 3
    assert finder.busiest == PLACES
    assert (await client.get(address(LINK, KEY, ""))).status == 200


async def test_a_page_that_takes_too_long_gives_up_its_place(
    client: Client, finder: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ways, "PATIENCE", 0.05)
    finder.go.clear()
    slow = await asyncio.gather(*(client.get(address(LINK, KEY, "")) for _ in range(WAITING)))

    monkeypatch.setattr(ways, "PATIENCE", 60)
    finder.go.set()

    assert {answer.status for answer in slow} == {503}
    assert (await client.get(address(LINK, KEY, ""))).status == 200


async def test_a_look_at_the_headers_makes_no_page(client: Client, finder: Finder) -> None:
    assert (await client.head(address(LINK, KEY, ""))).status == 405
    assert finder.asked == []
