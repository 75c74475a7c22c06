"""The door's only statement, over a connection held open, each time a transaction of its own.

It speaks to the driver itself. SQLAlchemy's part of such an insert takes twice as long as SQLite's with its commit, and
each way into the driver and back is a moment in which this thread waits for the interpreter, while the event loop, busy
at the door, has it. So there is no begin, no commit, and no row to fetch.
"""

from collections.abc import Collection, Sequence
from itertools import chain

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError

from bot.edge.store.schema import Entry, deliveries, insertion


class Recorder:
    """Writes deliveries; used by one thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._held: Connection | None = None

    def write(self, batch: Sequence[Entry]) -> Collection[str]:
        """Return the ids that were not there before; raises what SQLAlchemy raises."""
        was_held = self._held is not None
        try:
            return self._write(batch)
        except DBAPIError as problem:
            if not (was_held and problem.connection_invalidated):
                raise
            return self._write(batch)  # the database was away, and may be back

    def close(self) -> None:
        """Let go of the connection."""
        if self._held:
            self._held.close()
            self._held = None

    def _write(self, batch: Sequence[Entry]) -> Collection[str]:
        ids = {entry.id for entry in batch}
        if self._insert(batch) == len(batch):
            return ids
        # What came as it is written there is of this batch, be it of an attempt whose answer was lost.
        ours = {(entry.id, entry.received_at) for entry in batch}
        there = select(deliveries.c.id, deliveries.c.received_at).where(deliveries.c.id.in_(ids))
        with self._engine.connect() as connection:
            return {row.id for row in connection.execute(there) if (row.id, row.received_at) in ours}

    def _insert(self, batch: Sequence[Entry]) -> int:
        """Return how many were not there before."""
        if self._held is None:
            self._held = self._engine.connect()
        dialect, driver = self._engine.dialect, self._held.connection
        statement = insertion(len(batch), "?" if dialect.paramstyle == "qmark" else "%s")
        try:
            cursor = driver.cursor()
            cursor.execute(statement, tuple(chain.from_iterable(batch)))
        except dialect.loaded_dbapi.Error as problem:
            gone = dialect.is_disconnect(problem, driver, None)
            if gone:
                self._held.invalidate()
                self.close()
            raise DBAPIError(statement, None, problem, connection_invalidated=gone) from problem
        return cursor.rowcount
