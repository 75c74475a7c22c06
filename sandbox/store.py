"""The sandbox's memory: every record in a dict to read from, and in SQLite to survive `kill -9`.

A laptop's worth of pull requests fits in memory, so lookups are plain comprehensions over a table and there is no
query language to learn. Each `put` is its own transaction in WAL mode: it is on its way to disk before the answer is.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import msgspec

from sandbox import records


class Record(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> int:
        """The key, unique within the whole sandbox."""


R = TypeVar("R", bound=Record)


class Table(Generic[R]):
    """All records of one kind, by id, in the order they were made."""

    def __init__(self, db: sqlite3.Connection, kind: type[R]) -> None:
        self._db = db
        self._kind = kind.__name__
        query = "SELECT value FROM record WHERE kind = ? ORDER BY id"
        found = (msgspec.json.decode(value, type=kind) for (value,) in db.execute(query, (self._kind,)))
        self._rows: dict[int, R] = {row.id: row for row in found}

    def __iter__(self) -> Iterator[R]:
        return iter(tuple(self._rows.values()))

    def __getitem__(self, key: int) -> R:
        return self._rows[key]

    def get(self, key: int) -> R | None:
        """Return a record, or None."""
        return self._rows.get(key)

    def put(self, row: R) -> R:
        """Add a record or replace the one with its id, durably."""
        statement = "INSERT OR REPLACE INTO record (kind, id, value) VALUES (?, ?, ?)"
        self._db.execute(statement, (self._kind, row.id, msgspec.json.encode(row)))
        self._rows[row.id] = row
        return row

    def drop(self, row: R) -> None:
        """Forget a record."""
        self._db.execute("DELETE FROM record WHERE kind = ? AND id = ?", (self._kind, row.id))
        self._rows.pop(row.id, None)


class Store:
    """One table per kind of record."""

    @classmethod
    def open(cls, folder: Path) -> "Store":
        """Open the memory kept in a folder, both made where missing."""
        folder.mkdir(parents=True, exist_ok=True)
        return cls(sqlite3.connect(folder / "sandbox.db", isolation_level=None))

    def __init__(self, db: sqlite3.Connection) -> None:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("CREATE TABLE IF NOT EXISTS record (kind TEXT, id INTEGER, value BLOB, PRIMARY KEY (kind, id))")
        db.execute("CREATE TABLE IF NOT EXISTS counter (value INTEGER NOT NULL)")
        db.execute("INSERT INTO counter SELECT 1000 WHERE NOT EXISTS (SELECT 1 FROM counter)")
        self._db = db
        self.accounts = Table(db, records.Account)
        self.apps = Table(db, records.App)
        self.installations = Table(db, records.Installation)
        self.tokens = Table(db, records.Token)
        self.repos = Table(db, records.Repo)
        self.members = Table(db, records.Member)
        self.pulls = Table(db, records.Pull)
        self.labels = Table(db, records.Label)
        self.comments = Table(db, records.Comment)
        self.reactions = Table(db, records.Reaction)
        self.reviews = Table(db, records.Review)
        self.suites = Table(db, records.Suite)
        self.runs = Table(db, records.Run)
        self.statuses = Table(db, records.Status)
        self.deployments = Table(db, records.Deployment)
        self.deployment_statuses = Table(db, records.DeploymentStatus)
        self.deliveries = Table(db, records.Delivery)
        self.shifts = Table(db, records.Shift)

    def next_id(self) -> int:
        """Return an id that was never given before, also not to something deleted since."""
        row: tuple[int] = self._db.execute("UPDATE counter SET value = value + 1 RETURNING value").fetchone()
        return row[0]

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
