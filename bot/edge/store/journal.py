"""What came in, on disk before it is acknowledged, and an outbox to the engine.

Why not the engine's queue alone: recording through it costs 3 ms of processor time a delivery, a plain insert with
group commit 0.3 ms, and the door is what GitHub times. Nothing here says how far a delivery got: `begun` only means
that the engine has it, and one handed to the engine twice is begun once, since its id is the engine's id too. A
delivery waits here, not in the engine, until a replica has room for it: a thousand of them cost nothing but disk, and
no replica sits on work that another could do.

All statements go through one thread: on SQLite that is the queue in front of its only writer, which keeps it from
sleeping on its own lock; on PostgreSQL it gathers what arrives during one commit into the next.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Row, delete, func, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from bot.core.model import Delivery, Unavailable, Waiting
from bot.edge.store.recorder import Recorder
from bot.edge.store.schema import deliveries, delivery_of, entry_of, metadata
from bot.edge.store.turns import lock_number

T = TypeVar("T")

DEADLINE = 8.0
"""Seconds; GitHub gives up on a delivery after 10."""
BATCH = 256
"""Deliveries in one commit."""
ROUNDS, IDLE = 4, 0.0005
"""How often the event loop goes round, if it is busy, before a commit; one that goes round in so few seconds is not."""
BACKLOG = 1024
"""Deliveries that may wait for a commit; one more is told to come back."""

_heading = [column for column in deliveries.c if column.name != "body"]


class Journal:
    """Deliveries, in the order in which they came."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._recorder = Recorder(engine)
        self._thread = ThreadPoolExecutor(1, "journal")
        self._pending: list[tuple[Delivery, asyncio.Future[bool]]] = []
        self._committing: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Create the table where there is none."""
        await self._do(_create)

    async def record(self, delivery: Delivery) -> bool:
        """Return once a delivery is safe on disk: True if it was not there before."""
        if len(self._pending) >= BACKLOG:
            raise Unavailable("more deliveries arrive than the disk takes")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[bool] = loop.create_future()
        late = loop.call_later(DEADLINE, _give_up, done, f"the database did not take it within {DEADLINE:.0f} s")
        self._pending.append((delivery, done))
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit_all())
        try:
            return await done
        finally:
            late.cancel()

    async def _commit_all(self) -> None:
        while self._pending:
            await _while_busy()
            batch = self._pending[:BATCH]
            del self._pending[:BATCH]
            try:
                new = await self._in_thread(partial(self._write, [each for each, _ in batch]))
            except Unavailable as problem:
                for _, done in batch:
                    _give_up(done, str(problem))
            else:
                for each, done in batch:
                    if not done.done():
                        done.set_result(each.id in new)

    def _write(self, batch: Sequence[Delivery]) -> Collection[str]:
        return self._recorder.write([entry_of(each) for each in batch])

    @asynccontextmanager
    async def waiting(self, limit: int, *, besides: Collection[str]) -> AsyncGenerator[tuple[Waiting, ...]]:
        """Open the oldest deliveries not yet begun, one of each other turn; left without an error, they count as begun.

        PostgreSQL shows a row to one replica at a time; on SQLite, where there is but one, the lock means nothing.
        """
        wanted = (
            select(deliveries.c.id, deliveries.c.turn)
            .where(deliveries.c.begun.is_(False), deliveries.c.turn.not_in(besides))
            .order_by(deliveries.c.number)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        connection = await self._in_thread(self._engine.connect)
        try:
            rows = await self._in_thread(lambda: connection.execute(wanted).all())
            oldest = {row.turn: Waiting(row.id, row.turn) for row in reversed(rows)}
            yield tuple(reversed(oldest.values()))
            await self._in_thread(lambda: _commit_begun(connection, oldest.values()))
        finally:
            await self._in_thread(connection.close)

    async def read(self, delivery_id: str) -> Delivery | None:
        """Return a delivery with its payload."""
        wanted = select(deliveries).where(deliveries.c.id == delivery_id)
        row = await self._do(lambda connection: connection.execute(wanted).one_or_none())
        return delivery_of(row) if row else None

    async def latest(
        self, limit: int, *, only: Collection[str] | None = None, or_unbegun: bool = False
    ) -> tuple[Delivery, ...]:
        """Return deliveries without their payloads, newest first: all, or `only` some, `or_unbegun` ones."""
        wanted = select(*_heading).order_by(deliveries.c.number.desc()).limit(limit)
        if only is not None:
            named = deliveries.c.id.in_(only)
            wanted = wanted.where(named | deliveries.c.begun.is_(False) if or_unbegun else named)
        rows: Sequence[Row[Any]] = await self._do(lambda connection: connection.execute(wanted).all())
        return tuple(delivery_of(row) for row in rows)

    async def oldest_unbegun(self) -> datetime | None:
        """Return when the oldest delivery arrived that the engine does not have."""
        wanted = select(func.min(deliveries.c.received_at)).where(deliveries.c.begun.is_(False))
        at: float | None = await self._do(lambda connection: connection.execute(wanted).scalar())
        return None if at is None else datetime.fromtimestamp(at, UTC)

    async def put_back(self, delivery_id: str) -> None:
        """Count a delivery as not begun."""
        back = update(deliveries).where(deliveries.c.id == delivery_id).values(begun=False)
        await self._do(lambda connection: connection.execute(back))

    async def forget(self, ids: Collection[str]) -> None:
        """Delete deliveries."""
        await self._do(lambda connection: connection.execute(delete(deliveries).where(deliveries.c.id.in_(ids))))

    async def ping(self) -> None:
        """Ask the database for an answer."""
        await self._do(lambda connection: connection.execute(text("select 1")))

    async def close(self) -> None:
        """Write what is pending and let go of the database."""
        if self._committing:
            await self._committing
        await self._in_thread(self._recorder.close)
        await asyncio.to_thread(self._thread.shutdown)
        self._engine.dispose()

    async def _do(self, action: Callable[[Connection], T]) -> T:
        """Run statements in a transaction of their own."""

        def transact() -> T:
            with self._engine.begin() as connection:
                return action(connection)

        return await self._in_thread(transact)

    async def _in_thread(self, action: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, action)
        except SQLAlchemyError as problem:
            raise Unavailable(in_a_line(problem)) from problem


async def _while_busy() -> None:
    """Let the event loop go round a few times while it is busy: whoever it is busy with may bring more to commit."""
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await asyncio.sleep(0)
        if time.perf_counter() - began < IDLE:
            return


def _give_up(done: asyncio.Future[bool], reason: str) -> None:
    if not done.done():
        done.set_exception(Unavailable(reason))


def _commit_begun(connection: Connection, begun: Collection[Waiting]) -> None:
    """Write and commit in one go: between the two, SQLite's only writer would wait for itself."""
    if begun:
        ids = [each.id for each in begun]
        connection.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(begun=True))
    connection.commit()


def in_a_line(problem: SQLAlchemyError) -> str:
    """Return what the database said, without the statement and its parameters, which hold payloads."""
    cause = getattr(problem, "orig", None) or type(problem).__name__
    return " ".join(str(cause).split())[:300]


def _create(connection: Connection) -> None:
    """Create the table; replicas that start together take turns, for PostgreSQL's own check is not atomic."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(lock_number("schema", "deliveries"))))
    metadata.create_all(connection)
