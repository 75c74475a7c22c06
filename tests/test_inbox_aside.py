"""Handlers that take long run beside a repository's turn: the others, and the next delivery, do not wait for them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from gidgethub.routing import Router
from gidgethub.sansio import Event

from bot.aside import aside
from bot.edge.store import DurableStore
from bot.inbox import Inbox
from bot.world import World
from tests.deliveries import delivery, until
from tests.fakes import FakeGitHub, world

pytestmark = pytest.mark.slow

Handler = Callable[[Event, World], Awaitable[None]]
Start = Callable[..., Awaitable[Inbox]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Return what starts an inbox with handlers of closed pull requests."""
    inboxes: list[Inbox] = []

    async def started(*handlers: Handler) -> Inbox:
        router = Router()
        for handler in handlers:
            router.add(handler, "pull_request", action="closed")
        inboxes.append(Inbox(DurableStore(f"sqlite:///{tmp_path}/tk.db"), router.fetch, world(FakeGitHub())))
        await inboxes[0].start()
        return inboxes[0]

    yield started
    await inboxes[0].stop(grace=0)


async def test_the_next_delivery_does_not_wait_for_one_that_is_aside(start: Start) -> None:
    done: list[str] = []
    release = asyncio.Event()

    @aside
    async def on_a(event: Event, _world: World) -> None:
        await release.wait()
        done.append(f"aside {event.delivery_id}")

    async def on_b(event: Event, _world: World) -> None:
        done.append(event.delivery_id)

    inbox = await start(on_a, on_b)
    sent = [f"d-{number:02}" for number in range(20)]
    for each in sent:
        await inbox.put(delivery(each))

    await until(lambda: len(done) == len(sent))
    before = list(done)
    release.set()
    await until(lambda: len(done) == 2 * len(sent))

    assert before == sent
    assert sorted(done[len(sent) :]) == [f"aside {each}" for each in sent]


async def test_only_one_of_a_repository_is_aside_at_a_time(start: Start) -> None:
    inside = 0
    seen: list[int] = []

    @aside
    async def on_closed(_event: Event, _world: World) -> None:
        nonlocal inside
        inside += 1
        await asyncio.sleep(0)
        seen.append(inside)
        inside -= 1

    inbox = await start(on_closed)
    for number in range(6):
        await inbox.put(delivery(f"d-{number}"))
    await until(lambda: len(seen) == 6)

    assert seen == [1] * 6


async def test_a_bug_aside_is_kept_like_any_other(start: Start) -> None:
    ran: list[str] = []

    @aside
    async def on_a(_event: Event, _world: World) -> None:
        raise ZeroDivisionError

    async def on_b(_event: Event, _world: World) -> None:
        ran.append("b")

    inbox = await start(on_a, on_b)
    await inbox.put(delivery("d-1"))

    async def failed() -> bool:
        return bool(await inbox.store.latest(10, standing="failed"))

    await until(failed)

    (kept,) = await inbox.store.latest(10, standing="failed")
    assert "ZeroDivisionError" in kept.error
    assert ran == ["b"]
