"""The one table of our own: an append-only journal of deliveries, which says nothing about how far each got."""

import zlib
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    false,
)

from bot.core.model import Delivery

BODY_LIMIT = 64 * 1024 * 1024
"""No stored payload unfolds to more bytes than this."""

metadata = MetaData()

deliveries = Table(
    "deliveries",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("event", String, nullable=False),
    Column("action", String, nullable=False),
    Column("repository", String, nullable=False),
    Column("installation", BigInteger),
    Column("turn", String, nullable=False),
    Column("received_at", Double, nullable=False, index=True),
    Column("begun", Boolean, nullable=False, server_default=false()),
    Column("body", LargeBinary, nullable=False),
)
"""`received_at` is in seconds since 1970; `body` is zlib level 1, which makes a payload 8 times smaller in 0.1 ms."""

_unbegun = deliveries.c.begun.is_(False)
Index("deliveries_unbegun", deliveries.c.number, deliveries.c.turn, sqlite_where=_unbegun, postgresql_where=_unbegun)
"""Holds the turn, so that a long queue of one repository is passed over without reading its payloads."""


class Entry(NamedTuple):
    """A delivery as it is written; the database adds a number and that it is not begun."""

    id: str
    event: str
    action: str
    repository: str
    installation: int | None
    turn: str
    received_at: float
    body: bytes


def insertion(rows: int, placeholder: str) -> str:
    """Return the statement that adds so many entries, but for those whose id is there.

    SQLAlchemy would write the same one; but doing so takes it longer than all of SQLite's work, commit included.
    """
    row = f"({', '.join([placeholder] * len(Entry._fields))})"
    values = ", ".join([row] * rows)
    return f"insert into deliveries ({', '.join(Entry._fields)}) values {values} on conflict do nothing"  # noqa: S608 - no word of a stranger's


def entry_of(delivery: Delivery) -> Entry:
    """Return what is written of a delivery."""
    return Entry(
        delivery.id,
        delivery.event,
        delivery.action,
        delivery.repository,
        delivery.installation,
        delivery.turn,
        delivery.received_at.timestamp(),
        zlib.compress(delivery.body, level=1),
    )


def delivery_of(row: Row[Any]) -> Delivery:
    """Return the delivery a row holds; its body is empty where the row was read without."""
    body = getattr(row, "body", b"")
    return Delivery(
        id=row.id,
        event=row.event,
        action=row.action,
        repository=row.repository,
        installation=row.installation,
        received_at=datetime.fromtimestamp(row.received_at, UTC),
        body=zlib.decompressobj().decompress(body, BODY_LIMIT) if body else b"",
    )
