"""The database: SQLite files by default, PostgreSQL where several replicas share the work.

Two parts, each with its reasons in its docstring: journal.py takes deliveries in, engine.py carries them to their end.
On SQLite each has a file, since each has a writer. Losing the engine's file loses no delivery: `again` starts those it
does not know from the journal.
"""

import asyncio
import shutil
import socket
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import structlog
from sqlalchemy import URL, create_engine, event, make_url
from sqlalchemy import Engine as Database

from bot.core.model import Delivery, Kept, Standing, Unavailable, Waiting
from bot.edge.store.journal import Journal
from bot.edge.store.replicas import Replicas
from bot.edge.store.turns import Turns

if TYPE_CHECKING:
    from bot.edge.store.engine import Engine, Progress

log = structlog.get_logger()

SLOTS = 16
"""Deliveries this replica works on at once."""
ROOM = 64 * 1024 * 1024
"""Bytes that must be free beside a SQLite file."""
PRUNED_AT_ONCE = 500


class DurableStore:
    """The Store of bot/world.py."""

    def __init__(self, database: str, *, slots: int = SLOTS) -> None:
        """Take `sqlite:////path/to/file` or `postgresql://...`; nothing is opened yet."""
        url = make_url(database)
        self._directory = Path(url.database or "").parent if url.get_backend_name() == "sqlite" else None
        if self._directory is None:
            url = url.set(drivername="postgresql+psycopg")
        libpq = None if self._directory else url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._replica = "local" if self._directory else f"{socket.gethostname()}-{uuid4().hex[:8]}"
        self._journal = Journal(_database(url))
        self._turns = Turns(libpq, slots)
        self._replicas = Replicas(libpq, self._replica)
        self._engine_url = url.set(database=f"{url.database}.engine") if self._directory else url
        self._loaded: Engine | None = None
        self._loading = asyncio.Lock()
        self._missing: frozenset[str] = frozenset()

    async def open(self) -> None:
        """Be ready to record."""
        if self._directory:
            _refuse_old_sqlite()
            self._directory.mkdir(parents=True, exist_ok=True)
        await self._journal.open()

    async def launch(self, work: Callable[[str], Awaitable[None]]) -> None:
        """Begin to work: `work` is awaited with a delivery's id, and failed is the delivery for which it raises."""
        await self._replicas.announce()
        await (await self._engine()).launch(work)

    async def record(self, delivery: Delivery) -> bool:
        """Put a delivery on disk; False if one with its id already was there. Safe on disk when this returns."""
        return await self._journal.record(delivery)

    def waiting(self, limit: int, *, besides: Collection[str]) -> AbstractAsyncContextManager[tuple[Waiting, ...]]:
        """Open the oldest deliveries not yet begun, one of each other turn; once left, they count as begun."""
        return self._journal.waiting(limit, besides=besides)

    async def begin(self, delivery_id: str) -> None:
        """Start the work on a delivery here and now; one that was begun before, anywhere, is left alone."""
        await (await self._engine()).begin(delivery_id)

    async def again(self, delivery_id: str) -> None:
        """Run a delivery from the start, unless it is running or waiting to."""
        if not await (await self._engine()).again(delivery_id):
            await self._journal.put_back(delivery_id)

    def turn(self, key: str, *, aside: bool = False) -> AbstractAsyncContextManager[None]:
        """Wait for, and hold, the only turn of that key among all replicas, or the one beside it."""
        return self._turns.turn(key, aside=aside)

    async def delivery(self, delivery_id: str) -> Delivery | None:
        """Return a delivery with its payload."""
        return await self._journal.read(delivery_id)

    async def kept(self, delivery_id: str) -> Kept | None:
        """Return a delivery with its payload, and how far it got."""
        delivery = await self._journal.read(delivery_id)
        if delivery is None:
            return None
        return _kept((delivery,), await (await self._engine()).progress([delivery_id]))[0]

    async def latest(self, limit: int, *, standing: Standing | None = None) -> tuple[Kept, ...]:
        """Return deliveries without their payloads, newest first."""
        engine = await self._engine()
        if standing is None:
            found = await self._journal.latest(limit)
        else:
            ids = [each.id for each in await engine.latest(limit, standing)]
            found = await self._journal.latest(limit, only=ids, or_unbegun=standing == "waiting")
        known = await engine.progress([each.id for each in found])
        return tuple(each for each in _kept(found, known) if standing in (None, each.standing))

    async def oldest_unfinished(self) -> datetime | None:
        """Return when the delivery that has waited longest arrived, or began, where it has begun."""
        unbegun = await self._journal.oldest_unbegun()
        begun = await (await self._engine()).oldest_unfinished()
        return min((each for each in (unbegun, begun and begun.began) if each), default=None)

    async def tend(self, *, alive: Collection[str]) -> int:
        """Take over what dead replicas left, or this one lost: it is not among `alive`. Return how many that were.

        What this replica began counts as lost when it was missing twice in a row: it may be about to end.
        """
        await self._replicas.announce()
        engine = await self._engine()
        running = await engine.running()
        missing = frozenset(each.id for each in running if each.replica == self._replica) - set(alive)
        lost, self._missing = missing & self._missing, missing
        async with self._replicas.dead({each.replica for each in running}) as dead:
            left = {each.id for each in await engine.running() if each.replica in dead} if dead else set()
            if taken := lost | left:
                await engine.requeue(taken)
        return len(taken)

    async def prune(self, before: datetime) -> int:
        """Delete deliveries that ended before a moment; return how many those were."""
        engine = await self._engine()
        count = 0
        while ids := [each.id for each in await engine.ended(before, PRUNED_AT_ONCE)]:
            await self._journal.forget(ids)
            await engine.forget(ids)
            count += len(ids)
        return count

    async def troubles(self) -> tuple[str, ...]:
        """Return what stands in the way of recording, as sentences fit for a stranger; empty when all is well."""
        try:
            await self._journal.ping()
        except Unavailable as problem:
            log.warning("the database does not answer", reason=str(problem))
            return ("the database does not answer",)
        free = shutil.disk_usage(self._directory).free if self._directory else ROOM
        return () if free >= ROOM else (f"{free // 1024**2} MB free on the disk, {ROOM // 1024**2} MB are needed",)

    async def close(self) -> None:
        """Stop working and let go of the database; another replica, or the next start, takes up what is unfinished."""
        if self._loaded:
            await self._loaded.close()
        await self._turns.close()
        await self._replicas.close()
        await self._journal.close()

    async def _engine(self) -> "Engine":
        async with self._loading:
            if self._loaded is None:
                module = await asyncio.to_thread(import_module, "bot.edge.store.engine")
                self._loaded = module.Engine(self._engine_url, self._replica)
        return self._loaded


def _kept(deliveries: Sequence[Delivery], known: Sequence["Progress"]) -> tuple[Kept, ...]:
    """Put deliveries and what the engine knows of them together; what it does not know waits to begin."""
    by_id = {each.id: (each.standing, each.error) for each in known}
    return tuple(Kept(each, *by_id.get(each.id, ("waiting", ""))) for each in deliveries)


def _database(url: URL) -> Database:
    if url.get_backend_name() != "sqlite":
        bounds = {"connect_timeout": 3, "tcp_user_timeout": 5000, "options": "-c statement_timeout=5000"}
        return create_engine(url, pool_size=2, max_overflow=1, pool_pre_ping=True, connect_args=bounds)
    database = create_engine(url)
    event.listen(database, "connect", _use_wal)
    return database


def _use_wal(connection: Any, _record: object) -> None:  # noqa: ANN401 - SQLAlchemy's hook is untyped
    """Make a commit one append and one fsync, and let readers not wait."""
    connection.execute("pragma journal_mode=wal")
    connection.execute("pragma synchronous=full")


def _refuse_old_sqlite() -> None:
    if sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < (3, 42):
        raise Unavailable(f"Python 3.12 and later need SQLite 3.42 or later here; this is {sqlite3.sqlite_version}")
