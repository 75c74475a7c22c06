"""The work itself: each delivery is one DBOS workflow, which survives the death of this process and of this machine.

DBOS (https://docs.dbos.dev/python) keeps which delivery runs, where, and how it ended, on SQLite and PostgreSQL alike.
Out of the box it loses work; hence:
- `VERSION` is pinned. The default is a hash of the source, and an edit would strand whatever is unfinished.
- Recovery is by executor id, so a replica that never returns would keep its work for ever: see replicas.py.
- A workflow has no steps. What a handler does is looked up before it is created, so a workflow that was interrupted
  simply runs again from its start, and a step costs 5 ms.
- Workflows are started directly. What runs again goes over DBOS's internal queue, which it asks once a second; a queue
  of our own would cost another percent of a core when idle, and order is kept elsewhere: see turns.py.
- Everything but running workflows goes through a client that fails at once when the database is away; DBOS itself would
  hold the caller until it is back.
- Values are stored as JSON; the default is pickle. The only value is the delivery's id.
- Importing DBOS, and so this module, takes 0.9 s: that happens beside the door's start.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, SetWorkflowID, WorkflowStatus, error
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from bot.core.model import Standing, Unavailable
from bot.edge.store.journal import in_a_line

T = TypeVar("T")

NAME = "tierkeeper"
VERSION = "1"
"""Another value strands what is unfinished under the old one: change it only with nothing unfinished."""
WORKFLOW = "delivery"
CRASHES = 20
"""A delivery during which the process died more often is failed: it may be what kills it."""
THREADS = 24

STATUSES: dict[Standing, tuple[str, ...]] = {
    "waiting": ("ENQUEUED", "DELAYED"),
    "running": ("PENDING",),
    "done": ("SUCCESS",),
    "failed": ("ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"),
}
STANDINGS = {status: standing for standing, statuses in STATUSES.items() for status in statuses}
ENDED: tuple[Standing, ...] = ("done", "failed")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a delivery got."""

    id: str
    standing: Standing
    replica: str
    """Who has, or had, it."""
    began: datetime
    error: str


class Engine:
    """The workflows, by delivery id."""

    def __init__(self, database: URL, replica: str) -> None:
        self._database = database.render_as_string(hide_password=False)
        self._file = database.database if database.get_backend_name() == "sqlite" else None
        self._replica = replica
        self._client: DBOSClient | None = None
        self._thread = ThreadPoolExecutor(1, "engine")
        self._start: Callable[[str], Awaitable[None]] | None = None

    async def launch(self, work: Callable[[str], Awaitable[None]]) -> None:
        """Take up what this replica left unfinished when it stopped, and be ready for more."""
        await self._ask(DBOSClient.check_connection)
        self._configure()

        @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=CRASHES)
        async def delivery(delivery_id: str) -> None:
            await work(delivery_id)

        async def start(delivery_id: str) -> None:
            with SetWorkflowID(delivery_id):
                await DBOS.start_workflow_async(delivery, delivery_id)

        try:
            DBOS.launch()
        except SQLAlchemyError as problem:
            DBOS.destroy(destroy_registry=True)
            raise Unavailable(in_a_line(problem)) from problem
        self._start = start

    def _configure(self) -> None:
        DBOS(
            config={
                "name": NAME,
                "system_database_url": self._database,
                "serializer": DBOSPortableJSONSerializer(),
                "application_version": VERSION,
                "executor_id": self._replica,
                "sys_db_pool_size": 3 if self._file else 10,
                "max_executor_threads": THREADS,
                "run_migrations": False,
                "log_level": "WARNING",
                "enable_otlp": False,
            }
        )

    async def begin(self, delivery_id: str) -> None:
        """Start the work on a delivery; where it was started before, on any replica, nothing happens."""
        if self._start is None:
            raise Unavailable("not launched yet")
        try:
            await self._start(delivery_id)
        except SQLAlchemyError as problem:
            raise Unavailable(in_a_line(problem)) from problem

    async def again(self, delivery_id: str) -> bool:
        """Run a delivery that ended from its start, leave one that has not; False if it is unknown."""
        known = await self.progress([delivery_id])
        if known and known[0].standing in ENDED:
            with suppress(error.DBOSException):  # somebody was faster
                await self._ask(lambda client: client.rewind_workflow(delivery_id))
        return bool(known)

    async def progress(self, ids: Collection[str]) -> tuple[Progress, ...]:
        """Return how far deliveries got, those that are known."""
        return await self._list(workflow_ids=list(ids))

    async def latest(self, limit: int, standing: Standing) -> tuple[Progress, ...]:
        """Return deliveries of that standing, newest first."""
        return await self._list(status=list(STATUSES[standing]), limit=limit, sort_desc=True)

    async def oldest_unfinished(self) -> Progress | None:
        """Return the delivery that began first of those that have not ended."""
        found = await self._list(status=[*STATUSES["waiting"], *STATUSES["running"]], limit=1)
        return found[0] if found else None

    async def running(self) -> tuple[Progress, ...]:
        """Return what a replica, alive or dead, has begun and not ended."""
        return await self._list(status=list(STATUSES["running"]))

    async def ended(self, before: datetime, limit: int) -> tuple[Progress, ...]:
        """Return deliveries that ended before a moment."""
        statuses = [each for standing in ENDED for each in STATUSES[standing]]
        return await self._list(status=statuses, limit=limit, completed_before=before.isoformat())

    async def requeue(self, ids: Collection[str]) -> None:
        """Take deliveries from whoever has them; what still runs there is fenced off: its outcome is not recorded."""
        await self._ask(lambda client: client.resume_workflows(list(ids)))

    async def forget(self, ids: Collection[str]) -> None:
        """Delete what is known of deliveries."""
        await self._ask(lambda client: client.delete_workflows(list(ids)))

    async def close(self) -> None:
        """Let go of the database; whatever still runs is abandoned and stays unfinished."""
        loop = asyncio.get_running_loop()
        if self._start is not None:
            self._start = None
            await loop.run_in_executor(self._thread, lambda: DBOS.destroy(destroy_registry=True))
            loop.set_default_executor(ThreadPoolExecutor())  # DBOS had put its own there, and has shut it down
        if self._client is not None:
            await loop.run_in_executor(self._thread, self._client.destroy)
        self._thread.shutdown()

    async def _list(self, **filters: Any) -> tuple[Progress, ...]:  # noqa: ANN401 - DBOS names and types them
        found = await self._ask(lambda client: client.list_workflows(name=WORKFLOW, load_input=False, **filters))
        return tuple(_progress(each) for each in found)

    async def _ask(self, question: Callable[[DBOSClient], T]) -> T:
        def ask() -> T:
            if self._client is None:
                self._client = self._connect()
            return question(self._client)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, ask)
        except SQLAlchemyError as problem:
            raise Unavailable(in_a_line(problem)) from problem

    def _connect(self) -> DBOSClient:
        """Create DBOS's tables, or bring them up to date, and a client to them."""
        if self._file:
            _use_wal(self._file)
        DBOS.migrate(self._database)
        return DBOSClient(
            system_database_url=self._database,
            serializer=DBOSPortableJSONSerializer(),
            application_name=NAME,
            system_database_pool_size=1,
            retry_connection_errors=False,
        )


def _progress(status: WorkflowStatus) -> Progress:
    return Progress(
        id=status.workflow_id,
        standing=STANDINGS[status.status],
        replica=status.executor_id or "",
        began=datetime.fromtimestamp((status.created_at or 0) / 1000, UTC),
        error=str(status.error or ""),
    )


def _use_wal(file: str) -> None:
    """Let readers and the writer not wait for each other; the file remembers it."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("pragma journal_mode=wal")
