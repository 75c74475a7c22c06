"""The store keeps what it was given, on SQLite and on PostgreSQL alike."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex

import psycopg
import pytest
from sqlalchemy import create_engine

from bot.core.model import Unavailable
from bot.edge.store import DurableStore
from bot.edge.store.recorder import Recorder
from bot.edge.store.schema import Entry, entry_of, metadata
from tests.deliveries import delivery, until

CUT_ALL = """
select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()
"""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/tierkeeper.db"
    url: str = request.getfixturevalue("postgres")
    return url


@pytest.fixture
async def store(database: str) -> AsyncIterator[DurableStore]:
    """Return an open store that does not work yet."""
    store = DurableStore(database)
    await store.open()
    yield store
    await store.close()


async def _nothing(_delivery_id: str) -> None:
    pass


async def _break(delivery_id: str) -> None:
    raise ValueError(f"{delivery_id} broke")


async def _standing(store: DurableStore, delivery_id: str) -> str:
    kept = await store.kept(delivery_id)
    return kept.standing if kept else "unknown"


async def test_what_was_recorded_is_there_after_a_restart(database: str) -> None:
    first = DurableStore(database)
    await first.open()
    given = delivery("d-1", title="naïve \U0001f680")
    await first.record(given)
    await first.close()

    second = DurableStore(database)
    await second.open()
    found = await second.delivery("d-1")
    await second.close()

    assert found is not None
    assert (found.id, found.event, found.repository, found.body) == ("d-1", "pull_request", "acme/shop", given.body)
    assert abs(found.received_at - given.received_at) < timedelta(milliseconds=1)


async def test_the_same_id_is_recorded_once(store: DurableStore) -> None:
    await store.record(delivery("d-1", title="first"))

    again = await store.record(delivery("d-1", title="second"))
    found = await store.delivery("d-1")

    assert not again
    assert found is not None
    assert b"first" in found.body


async def test_new_ones_are_told_from_old_ones_in_one_commit(store: DurableStore) -> None:
    await store.record(delivery("d-1"))

    new = await asyncio.gather(*(store.record(delivery(each)) for each in ("d-0", "d-1", "d-2", "d-1", "d-2")))

    assert new == [True, False, True, False, True]


def test_what_is_written_again_after_a_lost_answer_is_new(database: str) -> None:
    engine = create_engine(database.replace("postgresql:", "postgresql+psycopg:"))
    metadata.create_all(engine)
    recorder, batch = Recorder(engine), [entry_of(delivery(each)) for each in ("d-1", "d-2")]

    written = [recorder.write(batch), recorder.write(batch)]
    recorder.close()
    engine.dispose()

    assert written == [{"d-1", "d-2"}] * 2


async def test_what_a_busy_door_takes_in_is_one_commit(store: DurableStore, monkeypatch: pytest.MonkeyPatch) -> None:
    commits: list[int] = []
    write = Recorder.write

    def watched(self: Recorder, batch: Sequence[Entry]) -> Collection[str]:
        commits.append(len(batch))
        return write(self, batch)

    async def come(after: int) -> bool:
        for _ in range(after):
            _hold_up()
            await asyncio.sleep(0)
        return await store.record(delivery(f"d-{after}"))

    monkeypatch.setattr(Recorder, "write", watched)
    new = await asyncio.gather(*map(come, range(4)))

    assert (new, commits) == ([True] * 4, [4])


async def test_a_large_one_is_recorded(store: DurableStore) -> None:
    given = delivery("d-1", filler=token_hex(1_000_000))

    new = await store.record(given)
    found = await store.delivery("d-1")

    assert new
    assert found is not None
    assert found.body == given.body


async def test_many_at_once_are_all_recorded(store: DurableStore) -> None:
    given = [delivery(f"d-{number}") for number in range(300)]

    new = await asyncio.gather(*(store.record(each) for each in given))

    assert all(new)
    assert {kept.delivery.id for kept in await store.latest(1000)} == {each.id for each in given}


async def test_the_oldest_of_each_turn_waits_to_begin(store: DurableStore) -> None:
    for delivery_id, repository in (("a-1", "acme/a"), ("a-2", "acme/a"), ("b-1", "acme/b"), ("c-1", "acme/c")):
        await store.record(delivery(delivery_id, repository=repository))

    async with store.waiting(10, besides=["acme/c"]) as first:
        pass
    async with store.waiting(10, besides=()) as second:
        pass
    async with store.waiting(10, besides=()) as third:
        pass

    assert [[each.id for each in found] for found in (first, second, third)] == [["a-1", "b-1"], ["a-2", "c-1"], []]


async def test_what_could_not_be_begun_goes_on_waiting(store: DurableStore) -> None:
    await store.record(delivery("d-1"))

    with pytest.raises(LookupError):
        async with store.waiting(10, besides=()):
            raise LookupError
    async with store.waiting(10, besides=()) as found:
        pass

    assert [each.id for each in found] == ["d-1"]


@pytest.mark.slow
async def test_a_delivery_is_begun_once(store: DurableStore) -> None:
    begun: list[str] = []

    async def work(delivery_id: str) -> None:
        begun.append(delivery_id)

    await store.launch(work)
    await store.record(delivery("d-1"))
    await asyncio.gather(store.begin("d-1"), store.begin("d-1"))
    await until(lambda: _is(store, "d-1", "done"))
    await store.begin("d-1")

    assert begun == ["d-1"]


@pytest.mark.slow
async def test_a_failed_delivery_keeps_its_error_and_runs_again(store: DurableStore) -> None:
    await store.launch(_break)
    await store.record(delivery("d-1"))
    await store.begin("d-1")
    await until(lambda: _is(store, "d-1", "failed"))

    (failed,) = await store.latest(10, standing="failed")
    await store.again("d-1")
    left_alone = await _standing(store, "d-1")
    await until(lambda: _is(store, "d-1", "failed"))

    assert failed.error == "d-1 broke"
    assert left_alone in ("waiting", "running")


@pytest.mark.slow
async def test_what_the_engine_never_heard_of_waits_again(store: DurableStore) -> None:
    await store.launch(_nothing)
    await store.record(delivery("d-1"))
    async with store.waiting(10, besides=()):
        pass

    await store.again("d-1")
    async with store.waiting(10, besides=()) as found:
        pass

    assert [each.id for each in found] == ["d-1"]


@pytest.mark.slow
async def test_work_this_process_lost_is_taken_up(store: DurableStore) -> None:
    runs: list[str] = []
    never = asyncio.Event()

    async def work(delivery_id: str) -> None:
        runs.append(delivery_id)
        if len(runs) == 1:
            await never.wait()

    await store.launch(work)
    await store.record(delivery("d-1"))
    await store.begin("d-1")
    await until(lambda: bool(runs))

    alive = await store.tend(alive=["d-1"])
    suspected = await store.tend(alive=())
    lost = await store.tend(alive=())
    await until(lambda: _is(store, "d-1", "done"))
    never.set()

    assert (alive, suspected, lost) == (0, 0, 1)
    assert runs == ["d-1", "d-1"]


@pytest.mark.slow
async def test_what_ended_long_ago_is_deleted(store: DurableStore) -> None:
    await store.launch(_nothing)
    for delivery_id in ("ended", "waiting"):
        await store.record(delivery(delivery_id))
    await store.begin("ended")
    await until(lambda: _is(store, "ended", "done"))

    too_young = await store.prune(datetime.now(UTC) - timedelta(days=1))
    count = await store.prune(datetime.now(UTC) + timedelta(days=1))

    assert (too_young, count) == (0, 1)
    assert [kept.delivery.id for kept in await store.latest(10)] == ["waiting"]


@pytest.mark.slow
async def test_what_waits_is_found_behind_what_came_later(store: DurableStore) -> None:
    await store.launch(_nothing)
    for delivery_id, repository in (("old", "acme/a"), ("new-1", "acme/b"), ("new-2", "acme/c")):
        await store.record(delivery(delivery_id, repository=repository))
    async with store.waiting(10, besides=["acme/a"]) as found:
        for each in found:
            await store.begin(each.id)
    await until(lambda: _is(store, "new-2", "done"))

    waiting = await store.latest(1, standing="waiting")

    assert [kept.delivery.id for kept in waiting] == ["old"]


@pytest.mark.slow
async def test_the_oldest_unfinished_is_known(store: DurableStore) -> None:
    await store.launch(_nothing)
    nothing = await store.oldest_unfinished()
    given = delivery("d-1")
    await store.record(given)

    oldest = await store.oldest_unfinished()

    assert nothing is None
    assert oldest is not None
    assert abs(oldest - given.received_at) < timedelta(seconds=1)


async def test_one_at_a_time_holds_a_turn(database: str) -> None:
    one, other = DurableStore(database), DurableStore(database)
    inside, most = 0, 0

    async def take(store: DurableStore) -> None:
        nonlocal inside, most
        async with store.turn("acme/shop"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.001)
            inside -= 1

    stores = [one] * 20 if database.startswith("sqlite") else [one, other] * 10
    await asyncio.gather(*(take(store) for store in stores))
    await one.close()
    await other.close()

    assert most == 1


async def test_other_turns_do_not_wait(store: DurableStore) -> None:
    async with store.turn("acme/a"), asyncio.timeout(5), store.turn("acme/b"):
        both = True

    assert both


async def test_a_full_disk_is_said_and_passes(tmp_path: Path) -> None:
    store = DurableStore(f"sqlite:///{tmp_path}/tierkeeper.db")
    await store.open()
    await store.record(delivery("d-0"))
    await _limit_pages(store, 1)

    with pytest.raises(Unavailable, match="full"):
        await store.record(delivery("d-1", filler=token_hex(100_000)))
    await _limit_pages(store, 10_000)
    recorded = await store.record(delivery("d-1"))
    await store.close()

    assert recorded


@pytest.mark.slow
async def test_a_connection_that_was_cut_is_opened_again(postgres: str) -> None:
    store = DurableStore(postgres)
    await store.open()
    await store.record(delivery("d-1"))
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(CUT_ALL)

    recorded = await store.record(delivery("d-2"))
    await store.close()

    assert recorded


async def test_a_database_that_is_away_is_said_at_once() -> None:
    store = DurableStore("postgresql://nobody@127.0.0.1:1/nothing")

    with pytest.raises(Unavailable, match="refused"):
        await store.record(delivery())
    troubles = await store.troubles()
    await store.close()

    assert troubles == ("the database does not answer",)


def _hold_up() -> None:
    """Hold the event loop up, as a signature does."""
    time.sleep(0.001)


async def _limit_pages(store: DurableStore, pages: int) -> None:
    """Let SQLite's file grow no further than this: the closest thing to a full disk that needs no disk."""
    held = store._journal._recorder._held
    assert held
    held.connection.cursor().execute(f"pragma max_page_count={pages}")


async def _is(store: DurableStore, delivery_id: str, standing: str) -> bool:
    return await _standing(store, delivery_id) == standing
