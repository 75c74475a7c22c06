"""One turn per repository, among all replicas.

The engine's own limit of one running workflow per queue partition is not mutual exclusion: two replicas that poll at
once may each start one (0.3 to 14 % of bursts, measured), and it knows nothing of work that was started without a
queue. An `asyncio.Lock` orders this process; a PostgreSQL advisory lock, which dies with its connection, orders the
replicas. Should that connection break in the middle of a turn, another replica may enter; what both do is idempotent,
and every push says what it expects to find.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from hashlib import blake2b
from weakref import WeakValueDictionary

import psycopg

from bot.core.model import Unavailable

IDLE = 4
"""Connections kept open for the next turn."""
ASIDE = 4
"""Turns beside the others that are held at once."""


def lock_number(kind: str, key: str) -> int:
    """Return the 64-bit number PostgreSQL knows an advisory lock by."""
    digest = blake2b(f"tierkeeper {kind} {key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


@contextmanager
def answering() -> Iterator[None]:
    """Say Unavailable where PostgreSQL, asked without SQLAlchemy, fails us."""
    try:
        yield
    except psycopg.Error as problem:
        raise Unavailable(" ".join(str(problem).split())) from problem


class Turns:
    """Locks by name."""

    def __init__(self, postgres: str | None, slots: int) -> None:
        self._postgres = postgres
        self._slots = asyncio.Semaphore(slots)
        self._slots_aside = asyncio.Semaphore(ASIDE)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._idle: list[psycopg.AsyncConnection] = []

    @asynccontextmanager
    async def turn(self, key: str, *, aside: bool = False) -> AsyncGenerator[None]:
        """Hold the only turn of that key, and one of this replica's slots; raises Unavailable without a database.

        A turn `aside` is another one than the key's own, and takes no room from those.
        """
        name = f"{key} aside" if aside else key
        lock = self._locks.setdefault(name, asyncio.Lock())
        async with lock, self._slots_aside if aside else self._slots:
            if self._postgres is None:
                yield
            else:
                async with self._among_replicas(self._postgres, lock_number("turn", name)):
                    yield

    @asynccontextmanager
    async def _among_replicas(self, postgres: str, number: int) -> AsyncGenerator[None]:
        with answering():
            connection = await self._locked(postgres, number)
        try:
            yield
        finally:
            with suppress(psycopg.Error):
                await connection.execute("select pg_advisory_unlock(%s)", (number,))
            if connection.closed or len(self._idle) >= IDLE:
                await connection.close()
            else:
                self._idle.append(connection)

    async def _locked(self, postgres: str, number: int) -> psycopg.AsyncConnection:
        """Return a connection that holds the lock; idle ones that broke meanwhile are passed over."""
        while self._idle:
            with suppress(psycopg.Error):
                return await _lock(self._idle.pop(), number)
        fresh = await psycopg.AsyncConnection.connect(postgres, autocommit=True, connect_timeout=5)
        return await _lock(fresh, number)

    async def close(self) -> None:
        """Let go of the idle connections."""
        while self._idle:
            await self._idle.pop().close()


async def _lock(connection: psycopg.AsyncConnection, number: int) -> psycopg.AsyncConnection:
    try:
        await connection.execute("select pg_advisory_lock(%s)", (number,))
    except BaseException:
        await connection.close()
        raise
    return connection
