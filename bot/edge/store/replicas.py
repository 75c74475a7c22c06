"""A replica that dies for good leaves work behind; the others take it over.

DBOS recovers a workflow only where its executor id starts again, which in a cluster never happens; takeover is
otherwise sold as a service. Here each replica holds a PostgreSQL advisory lock on its id for as long as its connection
lives, and whoever can take the lock of an id knows its owner is gone. An owner that merely lost its connection is
fenced: DBOS drops the outcome of a workflow that another has claimed since, and every effect is looked up before it is
repeated.
"""

from collections.abc import AsyncGenerator, Collection
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import psycopg
from psycopg.conninfo import make_conninfo

from bot.core.model import Unavailable
from bot.edge.store.turns import answering, lock_number


class Replicas:
    """Who is alive; on SQLite, where there is only one replica, `postgres` is None."""

    def __init__(self, postgres: str | None, replica: str) -> None:
        self._postgres = postgres
        self._replica = replica
        self._alive: psycopg.AsyncConnection | None = None

    async def announce(self) -> None:
        """Hold the lock on our own id, again if the connection that held it broke."""
        if self._postgres is None:
            return
        with answering():
            if self._alive and not self._alive.closed:
                with suppress(psycopg.OperationalError):
                    await self._alive.execute("select 1")
                    return
            async with AsyncExitStack() as unless_taken:
                fresh = await self._connect(self._postgres)
                unless_taken.push_async_callback(fresh.close)
                if not await _taken(fresh, self._replica):
                    raise Unavailable(f"replica id {self._replica} is in use")
                unless_taken.pop_all()
            self._alive = fresh

    @asynccontextmanager
    async def dead(self, replicas: Collection[str]) -> AsyncGenerator[frozenset[str]]:
        """Open those of the replicas that are gone; until it is left, nobody else finds them gone."""
        others = frozenset(replicas) - {self._replica}
        if self._postgres is None or not others:
            yield others
            return
        with answering():
            async with await self._connect(self._postgres) as connection:
                yield frozenset([each for each in others if await _taken(connection, each)])

    async def close(self) -> None:
        """Let others take over."""
        if self._alive:
            await self._alive.close()

    @staticmethod
    async def _connect(postgres: str) -> psycopg.AsyncConnection:
        """Open a connection of which both ends notice within half a minute that the other is gone.

        PostgreSQL's end too: it would else hold our lock for two hours, and tell us that our id is in use.
        """
        its = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
        ours = make_conninfo(postgres, keepalives_idle=10, keepalives_interval=5, keepalives_count=3, options=its)
        return await psycopg.AsyncConnection.connect(ours, autocommit=True, connect_timeout=5)


async def _taken(connection: psycopg.AsyncConnection, replica: str) -> bool:
    """Return whether nobody else held the lock of that id."""
    answer = await connection.execute("select pg_try_advisory_lock(%s)", (lock_number("replica", replica),))
    row = await answer.fetchone()
    return bool(row and row[0])
