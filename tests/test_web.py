"""The door lets in what GitHub signed, on disk before it says so, and answers a stranger with a 4xx."""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from gidgethub.routing import Router

import bot.inbox
from bot import web
from bot.edge.store import DurableStore
from bot.inbox import Inbox
from tests.fakes import FakeGitHub, world

SECRET = b"the secret"
OLD_SECRET = b"the secret before"
PAYLOAD = {
    "action": "closed",
    "repository": {"full_name": "acme/shop", "id": 1},
    "installation": {"id": 7},
    "sender": {"login": "kim"},
    "pull_request": {"title": "naïve"},
}

Client = TestClient[Any, Any]
Post = Callable[..., Awaitable[ClientResponse]]


@pytest.fixture
async def inbox(tmp_path: Path) -> AsyncIterator[Inbox]:
    """Return an inbox that records and does not work."""
    store = DurableStore(f"sqlite:///{tmp_path}/tierkeeper.db")
    await store.open()
    yield Inbox(store, Router().fetch, world(FakeGitHub()))
    await store.close()


@pytest.fixture
async def client(inbox: Inbox) -> AsyncIterator[Client]:
    """Return a client of a door that wants `pull_request` from anyone but its own bot."""
    app = web.application(
        inbox,
        secrets=[SECRET, OLD_SECRET],
        wanted=lambda event, action, sender: (
            event == "pull_request" and action != "assigned" and sender != "tierkeeper[bot]"
        ),
    )
    async with TestClient(TestServer(app)) as client:
        yield client


def signed(body: bytes, secret: bytes = SECRET) -> dict[str, str]:
    """Return GitHub's headers for a body."""
    return {
        "X-GitHub-Delivery": "d-1",
        "X-GitHub-Event": "pull_request",
        "X-Hub-Signature-256": f"sha256={hmac.digest(secret, body, 'sha256').hex()}",
        "Content-Type": "application/json",
    }


@pytest.fixture
def post(client: Client) -> Post:
    """Return how to deliver a payload, with some headers replaced, or left out where None."""

    async def post_it(
        payload: object = PAYLOAD, headers: dict[str, str | None] | None = None, *, body: bytes | None = None
    ) -> ClientResponse:
        body = json.dumps(payload).encode() if body is None else body
        merged = {**signed(body), **(headers or {})}
        return await client.post(
            "/github", data=BytesIO(body), headers={name: value for name, value in merged.items() if value is not None}
        )

    return post_it


async def test_a_delivery_is_on_disk_when_it_is_acknowledged(post: Post, inbox: Inbox) -> None:
    answer = await post()

    found = await inbox.store.delivery("d-1")

    assert (answer.status, await answer.json()) == (202, {"status": "recorded"})
    assert found is not None
    assert (found.event, found.action, found.repository, found.installation) == (
        "pull_request",
        "closed",
        "acme/shop",
        7,
    )
    assert json.loads(found.body) == PAYLOAD


@pytest.mark.slow
async def test_a_delivery_that_came_before_is_acknowledged(post: Post) -> None:
    await post()

    answer = await post()

    assert (answer.status, await answer.json()) == (200, {"status": "duplicate"})


async def test_the_secret_before_is_good_while_it_is_rotated(post: Post) -> None:
    body = json.dumps(PAYLOAD).encode()

    answer = await post(headers=dict(signed(body, OLD_SECRET)))

    assert answer.status == 202


@pytest.mark.parametrize(
    ("payload", "event"), [(PAYLOAD, "star"), ({**PAYLOAD, "sender": {"login": "tierkeeper[bot]"}}, "pull_request")]
)
async def test_what_nobody_handles_is_not_written(
    post: Post, inbox: Inbox, payload: dict[str, object], event: str
) -> None:
    answer = await post(payload, {"X-GitHub-Event": event})

    found = await inbox.store.delivery("d-1")

    assert (answer.status, await answer.json(), found) == (202, {"status": "ignored"}, None)


async def test_a_payload_that_begins_with_an_action_nobody_wants_is_not_read(client: Client) -> None:
    unread = b'{"action":"assigned","repository":'
    read = unread.replace(b"assigned", b"closed")

    ignored = await client.post("/github", data=unread, headers=signed(unread))
    refused = await client.post("/github", data=read, headers=signed(read))

    assert (ignored.status, refused.status) == (202, 400)


async def test_deliveries_that_nobody_wants_are_a_crowd_too(
    post: Post, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.inbox, "SPAN", 3600)
    for _ in range(bot.inbox.CROWD - 1):
        await post(headers={"X-GitHub-Event": "push"})
    assert not inbox.crowded

    await post(headers={"X-GitHub-Event": "push"})

    assert inbox.crowded


async def test_a_payload_of_almost_nothing_is_taken(post: Post, inbox: Inbox) -> None:
    answer = await post({})

    found = await inbox.store.delivery("d-1")

    assert answer.status == 202
    assert found is not None
    assert (found.action, found.repository, found.installation) == ("", "", None)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-Hub-Signature-256": None}, 401),
        ({"X-Hub-Signature-256": None, "X-Hub-Signature": "sha1=" + "0" * 40}, 401),
        ({"X-Hub-Signature-256": "sha256=" + "0" * 64}, 401),
        ({"X-Hub-Signature-256": "sha256=" + "é" * 64}, 401),
        ({"X-Hub-Signature-256": "sha256="}, 401),
        ({"X-GitHub-Event": None}, 400),
        ({"X-GitHub-Event": "../pull_request"}, 400),
        ({"X-GitHub-Delivery": None}, 400),
        ({"X-GitHub-Delivery": "a b"}, 400),
        ({"X-GitHub-Delivery": "x" * 129}, 400),
        ({"X-GitHub-Delivery": "ü"}, 400),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 400),
        ({"Content-Type": "application/json; charset=klingon"}, 400),
        ({"Content-Type": "text/plain"}, 400),
    ],
)
async def test_what_github_would_not_send_is_turned_away(
    post: Post, inbox: Inbox, headers: dict[str, str | None], status: int
) -> None:
    answer = await post(headers=headers)

    found = await inbox.store.latest(1) if status == 500 else await inbox.store.delivery("d-1")

    assert (answer.status, found) == (status, None)
    assert "error" in await answer.json()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"closed"',
        b'{"action": 1}',
        b'{"action": "\xff"}',
        b'{"action": "\\ud800"}',
        b'{"repository": "acme/shop"}',
        b'{"repository": {"full_name": "acme\\u0000/shop"}}',
        b'{"installation": {"id": 99999999999999999999}}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
async def test_a_signed_body_that_is_no_payload_is_turned_away(post: Post, inbox: Inbox, body: bytes) -> None:
    answer = await post(body=body)

    found = await inbox.store.delivery("d-1")

    assert (answer.status, found) == (400, None)


async def test_a_body_over_the_limit_is_turned_away_before_it_is_sent(client: Client) -> None:
    headers = {**signed(b""), "Content-Length": str(web.BODY_LIMIT + 1), "Expect": "100-continue"}

    async with asyncio.timeout(5):
        answer = await client.post("/github", headers=headers)

    assert answer.status == 413


async def test_a_body_over_the_limit_that_does_not_say_so_is_turned_away(client: Client) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(web.BODY_LIMIT // 2**20 + 1):
            yield b" " * 2**20

    answer = await client.post("/github", data=endless(), headers=signed(b""))

    assert answer.status == 413


async def test_a_large_body_is_taken(post: Post, inbox: Inbox) -> None:
    answer = await post({**PAYLOAD, "filler": "x" * 5 * 2**20})

    found = await inbox.store.delivery("d-1")

    assert answer.status == 202
    assert found is not None
    assert len(found.body) > 5 * 2**20


async def test_a_body_that_never_ends_is_given_up(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "SLOW", 0.1)
    over = asyncio.Event()

    async def trickle() -> AsyncIterator[bytes]:
        yield b"{"
        await over.wait()

    async with asyncio.timeout(5):
        answer = await client.post("/github", data=trickle(), headers=signed(b""))
    over.set()

    assert answer.status == 408


async def test_what_cannot_be_recorded_is_not_acknowledged() -> None:
    store = DurableStore("postgresql://nobody@127.0.0.1:1/nothing")
    inbox = Inbox(store, Router().fetch, world(FakeGitHub()))
    app = web.application(inbox, secrets=[SECRET], wanted=lambda *_: True)
    body = json.dumps(PAYLOAD).encode()

    async with TestClient(TestServer(app)) as client:
        answer = await client.post("/github", data=body, headers=signed(body))
        ready = await client.get("/readyz")
        healthy = await client.get("/healthz")
        said = [await answer.json(), await ready.json()]
    await store.close()

    assert (answer.status, ready.status, healthy.status) == (503, 503, 200)
    assert answer.headers["Retry-After"] == "30"
    assert said == [
        {"error": "the delivery could not be recorded"},
        {"ready": False, "reasons": ["the database does not answer"]},
    ]


async def test_who_runs_it_learns_what_else_there_is_to_know(inbox: Inbox) -> None:
    known: dict[str, list[str]] = {}
    app = web.application(inbox, secrets=[SECRET], wanted=lambda *_: False, about=lambda: known)

    async with TestClient(TestServer(app)) as client:
        known["renders"] = ["helm 4.3.1"]
        answer = await (await client.get("/readyz")).json()

    assert answer == {"ready": True, "reasons": [], "renders": ["helm 4.3.1"]}


async def test_it_is_ready(client: Client) -> None:
    answer = await client.get("/readyz")

    assert (answer.status, await answer.json()) == (200, {"ready": True, "reasons": []})


@pytest.mark.slow
async def test_what_happened_is_counted(client: Client, post: Post) -> None:
    await post()
    await post(headers={"X-GitHub-Event": "star"})

    text = await (await client.get("/metrics")).text()

    assert 'tierkeeper_deliveries_total{outcome="recorded"}' in text
    assert 'tierkeeper_deliveries_total{outcome="ignored"}' in text
    assert "tierkeeper_oldest_unfinished_seconds" in text


@pytest.mark.parametrize("secrets", [[], [b""], [b"good", b""]])
async def test_a_door_without_a_secret_does_not_open(inbox: Inbox, secrets: list[bytes]) -> None:
    with pytest.raises(ValueError, match="secret"):
        web.application(inbox, secrets=secrets, wanted=lambda *_: True)
