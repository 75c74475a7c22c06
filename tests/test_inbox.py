"""What comes in is worked on: once, in turn, each handler on its own, and nothing is lost on the way."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gidgethub.routing import Router
from gidgethub.sansio import Event

import bot.inbox
from bot.core.model import Refused, Transient
from bot.edge.store import DurableStore
from bot.inbox import Inbox
from bot.inbox.handling import Patience
from bot.world import World
from tests import build
from tests.deliveries import delivery, until
from tests.fakes import FakeGitHub, world

pytestmark = pytest.mark.slow

HASTE = Patience(deadline=5, attempts=3, first_pause=0.01, longest_pause=0.05, longest_wish=0.1)

Handler = Callable[[Event, World], Awaitable[None]]
Open = Callable[..., Awaitable[Inbox]]


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Open]:
    """Return how to open an inbox on one and the same file; the one opened before is stopped at once."""
    inboxes: list[Inbox] = []

    async def open_inbox(*handlers: Handler, patience: Patience = HASTE) -> Inbox:
        if inboxes:
            await inboxes.pop().stop(grace=0)
        router = Router()
        for handler in handlers:
            router.add(handler, "pull_request", action="closed")
        store = DurableStore(f"sqlite:///{tmp_path}/tierkeeper.db")
        inboxes.append(Inbox(store, router.fetch, world(FakeGitHub()), patience))
        await inboxes[0].start()
        return inboxes[0]

    yield open_inbox
    for inbox in inboxes:
        await inbox.stop(grace=0)


async def _standing(inbox: Inbox, delivery_id: str) -> str:
    kept = await inbox.store.kept(delivery_id)
    return kept.standing if kept else "unknown"


async def _ends(inbox: Inbox, *delivery_ids: str) -> list[str]:
    """Wait until deliveries have ended; return how."""

    async def all_ended() -> bool:
        return {await _standing(inbox, each) for each in delivery_ids} <= {"done", "failed"}

    await until(all_ended)
    return [await _standing(inbox, each) for each in delivery_ids]


async def test_a_handler_gets_the_event_and_the_world(opened: Open) -> None:
    seen: list[tuple[Any, ...]] = []

    async def on_closed(event: Event, world: World) -> None:
        seen.append((event.event, event.delivery_id, event.data["title"], await world.github.app()))

    inbox = await opened(on_closed)

    outcome = await inbox.put(delivery("d-1", title="Größe"))
    ends = await _ends(inbox, "d-1")

    assert (outcome, ends) == ("recorded", ["done"])
    assert seen == [("pull_request", "d-1", "Größe", build.APP)]


async def test_a_delivery_that_is_done_is_not_done_again(opened: Open) -> None:
    runs: list[str] = []

    async def on_closed(event: Event, _world: World) -> None:
        runs.append(event.delivery_id)

    inbox = await opened(on_closed)
    await inbox.put(delivery("d-1"))
    await _ends(inbox, "d-1")

    outcome = await inbox.put(delivery("d-1"))
    await inbox.put(delivery("d-2"))
    await _ends(inbox, "d-2")

    assert outcome == "duplicate"
    assert runs == ["d-1", "d-2"]


async def test_one_handlers_bug_stops_no_other_and_is_kept(opened: Open) -> None:
    runs: list[str] = []

    async def on_a(_event: Event, _world: World) -> None:
        raise ZeroDivisionError("with ghs_secretsecret in it")

    async def on_b(_event: Event, _world: World) -> None:
        runs.append("b")

    inbox = await opened(on_a, on_b)
    await inbox.put(delivery("d-1"))
    ends = await _ends(inbox, "d-1")

    (failed,) = await inbox.store.latest(10, standing="failed")

    assert (ends, runs) == (["failed"], ["b"])
    assert "on_a" in failed.error
    assert "ZeroDivisionError: with [redacted] in it" in failed.error


async def test_a_failed_delivery_runs_again_when_it_comes_again(opened: Open) -> None:
    broken = True
    runs: list[str] = []

    async def on_closed(event: Event, _world: World) -> None:
        runs.append(event.delivery_id)
        if broken:
            raise ValueError("broken")

    inbox = await opened(on_closed)
    await inbox.put(delivery("d-1"))
    first = await _ends(inbox, "d-1")

    broken = False
    outcome = await inbox.put(delivery("d-1"))
    second = await _ends(inbox, "d-1")

    assert (first, outcome, second) == (["failed"], "recorded", ["done"])
    assert runs == ["d-1", "d-1"]


async def test_a_delivery_that_is_done_can_be_replayed(opened: Open) -> None:
    runs: list[str] = []

    async def on_closed(event: Event, _world: World) -> None:
        runs.append(event.delivery_id)

    inbox = await opened(on_closed)
    await inbox.put(delivery("d-1"))
    await _ends(inbox, "d-1")

    known = await inbox.replay("d-1")
    unknown = await inbox.replay("d-9")
    await until(lambda: len(runs) == 2)

    assert (known, unknown) == (True, False)


async def test_a_refusal_is_an_answer(opened: Open) -> None:
    async def on_closed(_event: Event, _world: World) -> None:
        raise Refused("not yours to promote")

    inbox = await opened(on_closed)
    await inbox.put(delivery("d-1"))

    ends = await _ends(inbox, "d-1")

    assert ends == ["done"]


async def test_who_got_no_answer_is_tried_again_and_nobody_else(opened: Open) -> None:
    runs: list[str] = []

    async def on_a(_event: Event, _world: World) -> None:
        runs.append("a")
        if runs.count("a") < 3:
            raise Transient("no answer", retry_after=0.02)

    async def on_b(_event: Event, _world: World) -> None:
        runs.append("b")

    inbox = await opened(on_a, on_b)
    await inbox.put(delivery("d-1"))

    ends = await _ends(inbox, "d-1")

    assert (ends, runs) == (["done"], ["a", "b", "a", "a"])


@pytest.mark.parametrize(("lack", "end"), [(errno.ENOSPC, "done"), (errno.EMFILE, "done"), (errno.ENOENT, "failed")])
async def test_what_this_machine_has_run_out_of_may_be_back_later(opened: Open, lack: int, end: str) -> None:
    runs: list[None] = []

    async def on_closed(_event: Event, _world: World) -> None:
        runs.append(None)
        if len(runs) == 1:
            raise OSError(lack, os.strerror(lack))

    inbox = await opened(on_closed)
    await inbox.put(delivery("d-1"))

    assert await _ends(inbox, "d-1") == [end]


async def test_patience_ends(opened: Open) -> None:
    async def on_closed(_event: Event, _world: World) -> None:
        raise Transient("GitHub answers 502")

    inbox = await opened(on_closed)
    await inbox.put(delivery("d-1"))

    ends = await _ends(inbox, "d-1")
    kept = await inbox.store.kept("d-1")

    assert ends == ["failed"]
    assert kept is not None
    assert "given up after 3 attempts: GitHub answers 502" in kept.error


async def test_a_payload_that_cannot_be_read_fails_alone(opened: Open) -> None:
    async def on_closed(_event: Event, _world: World) -> None:
        pass

    inbox = await opened(on_closed)
    await inbox.put(replace(delivery("d-1"), body=b'{"action": "\xff"}'))
    await inbox.put(delivery("d-2"))

    ends = await _ends(inbox, "d-1", "d-2")

    assert ends == ["failed", "done"]


async def test_one_repository_takes_turns_and_others_do_not_wait_for_it(opened: Open) -> None:
    inside: list[str] = []
    together: set[tuple[str, ...]] = set()

    async def on_closed(event: Event, _world: World) -> None:
        inside.append(event.data["repository"]["full_name"])
        together.add(tuple(sorted(inside)))
        await asyncio.sleep(0.02)
        inside.remove(event.data["repository"]["full_name"])

    inbox = await opened(on_closed)
    given = [delivery(f"d-{number}", repository=f"acme/{number % 2}") for number in range(12)]
    await asyncio.gather(*(inbox.put(each) for each in given))

    ends = await _ends(inbox, *(each.id for each in given))

    assert ends == ["done"] * 12
    assert ("acme/0", "acme/1") in together <= {("acme/0",), ("acme/1",), ("acme/0", "acme/1")}


async def test_a_pause_does_not_hold_the_turn(opened: Open) -> None:
    done: list[str] = []

    async def on_closed(event: Event, _world: World) -> None:
        if event.delivery_id == "d-1" and "d-2" not in done:
            raise Transient("busy")
        done.append(event.delivery_id)

    inbox = await opened(on_closed, patience=replace(HASTE, attempts=100))
    await inbox.put(delivery("d-1"))
    await inbox.put(delivery("d-2"))

    ends = await _ends(inbox, "d-1", "d-2")

    assert (ends, done) == (["done", "done"], ["d-2", "d-1"])


async def test_what_pauses_for_one_repository_leaves_room_for_another(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused: list[str] = []

    async def on_closed(event: Event, _world: World) -> None:
        if event.data["repository"]["full_name"] == "acme/limited":
            paused.append(event.delivery_id)
            raise Transient("the rate limit is spent", retry_after=600)

    monkeypatch.setattr(bot.inbox, "ROOM", bot.inbox.PAUSING + 2)
    inbox = await opened(on_closed, patience=replace(HASTE, longest_wish=600))
    for number in range(2 * bot.inbox.PAUSING):
        await inbox.put(delivery(f"limited-{number}", repository="acme/limited"))
    await until(lambda: len(paused) == bot.inbox.PAUSING)
    await inbox.put(delivery("other", repository="acme/other"))

    ends = await _ends(inbox, "other")

    assert ends == ["done"]
    assert len(paused) == bot.inbox.PAUSING


async def test_a_crowd_at_the_door_goes_first_and_nothing_is_left_behind(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[str] = []

    async def on_closed(event: Event, _world: World) -> None:
        runs.append(event.delivery_id)

    monkeypatch.setattr(bot.inbox, "AT_ONCE", 1)
    monkeypatch.setattr(bot.inbox, "BREATH", 2)
    inbox = await opened(on_closed)
    crowd = [delivery(f"d-{n}", repository=f"acme/shop-{n}") for n in range(60)]
    await inbox.put(delivery("d-before"))
    await _ends(inbox, "d-before")

    await asyncio.gather(*map(inbox.put, crowd))
    await asyncio.sleep(1)
    meanwhile = len(runs)
    ends = await _ends(inbox, *(each.id for each in crowd))

    assert meanwhile <= 1 + 5
    assert ends == ["done"] * len(crowd)


async def test_work_that_dies_says_so(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_store: DurableStore, *, alive: Collection[str]) -> int:
        raise LookupError(f"a bug met {len(alive)}")

    monkeypatch.setattr(DurableStore, "tend", broken)

    inbox = await opened()
    await until(lambda: inbox.dead)

    assert await inbox.troubles() == ("the inbox stopped working",)


async def test_a_handler_that_hangs_is_stopped(opened: Open) -> None:
    async def on_closed(_event: Event, _world: World) -> None:
        await asyncio.Event().wait()

    inbox = await opened(on_closed, patience=replace(HASTE, deadline=0.05))
    await inbox.put(delivery("d-1"))

    ends = await _ends(inbox, "d-1")
    kept = await inbox.store.kept("d-1")

    assert ends == ["failed"]
    assert kept is not None
    assert "given up after 3 attempts" in kept.error
    assert "on_closed took more than 0.05 s" in kept.error


async def test_a_handler_that_hung_is_tried_again(opened: Open) -> None:
    runs: list[str] = []

    async def on_closed(event: Event, _world: World) -> None:
        runs.append(event.delivery_id)
        if len(runs) == 1:
            await asyncio.Event().wait()

    inbox = await opened(on_closed, patience=replace(HASTE, deadline=0.5))
    await inbox.put(delivery("d-1"))

    ends = await _ends(inbox, "d-1")

    assert (ends, runs) == (["done"], ["d-1", "d-1"])


async def test_a_timeout_that_is_not_ours_is_a_bug(opened: Open) -> None:
    runs: list[str] = []

    async def on_closed(event: Event, _world: World) -> None:
        runs.append(event.delivery_id)
        raise TimeoutError("of its own")

    inbox = await opened(on_closed)
    await inbox.put(delivery("d-1"))

    ends = await _ends(inbox, "d-1")

    assert (ends, runs) == (["failed"], ["d-1"])


async def test_what_a_stop_interrupts_is_done_after_the_next_start(opened: Open) -> None:
    runs: list[str] = []

    async def on_closed(event: Event, _world: World) -> None:
        runs.append(event.delivery_id)
        if len(runs) == 1:
            await asyncio.Event().wait()

    first = await opened(on_closed)
    for delivery_id in ("d-1", "d-2"):
        await first.put(delivery(delivery_id))
    await until(lambda: bool(runs))

    second = await opened(on_closed)
    ends = await _ends(second, "d-1", "d-2")

    assert ends == ["done", "done"]
    assert sorted(runs) == ["d-1", "d-1", "d-2"]


async def test_a_stop_waits_for_what_is_about_to_end(tmp_path: Path) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()
    done: list[str] = []

    async def on_closed(event: Event, _world: World) -> None:
        entered.set()
        await leave.wait()
        done.append(event.delivery_id)

    router = Router()
    router.add(on_closed, "pull_request")
    inbox = Inbox(DurableStore(f"sqlite:///{tmp_path}/tierkeeper.db"), router.fetch, world(FakeGitHub()), HASTE)
    await inbox.start()
    await inbox.put(delivery("d-1"))
    await entered.wait()

    stopping = asyncio.create_task(inbox.stop(grace=20))
    await asyncio.sleep(0)
    leave.set()
    await stopping

    assert done == ["d-1"]
