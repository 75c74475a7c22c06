"""Who is alive, on a real PostgreSQL whose connections break."""

from collections.abc import AsyncIterator

import psycopg
import pytest

from bot.core.model import Unavailable
from bot.edge.store.replicas import Replicas

MORTAL = """
create function public.pg_try_advisory_lock(bigint) returns boolean language sql
    as 'select pg_terminate_backend(pg_backend_pid())';
"""
"""A lock that ends the connection of whoever asks for it."""
PREFERRED = """
do $$ begin
    execute format('alter database %I set search_path = public, pg_catalog', current_database());
end $$
"""
"""Lets that lock stand before PostgreSQL's own."""


@pytest.fixture
async def replicas(postgres: str) -> AsyncIterator[Replicas]:
    """Return one replica's view of the others."""
    replicas = Replicas(postgres, "ours")
    yield replicas
    await replicas.close()


async def _execute(postgres: str, statement: str) -> None:
    async with await psycopg.AsyncConnection.connect(postgres, autocommit=True) as connection:
        await connection.execute(statement.encode())


async def _break_all(postgres: str) -> None:
    others = "datname = current_database() and pid <> pg_backend_pid()"
    await _execute(postgres, f"select pg_terminate_backend(pid, 5000) from pg_stat_activity where {others}")  # noqa: S608 - our own words


async def _found_dead(replicas: Replicas, *others: str) -> frozenset[str]:
    async with replicas.dead(others) as dead:
        return dead


async def test_who_announced_itself_is_alive(postgres: str, replicas: Replicas) -> None:
    other = Replicas(postgres, "other")
    await other.announce()
    alive = await _found_dead(replicas, "other")
    await other.close()

    dead = await _found_dead(replicas, "other")

    assert not alive
    assert dead == {"other"}


async def test_who_lost_its_connection_announces_itself_again(postgres: str, replicas: Replicas) -> None:
    await replicas.announce()
    await _break_all(postgres)

    await replicas.announce()
    dead = await _found_dead(Replicas(postgres, "other"), "ours")

    assert dead == frozenset()


async def test_an_id_in_use_is_said_as_often_as_it_is_asked_for(postgres: str, replicas: Replicas) -> None:
    twin = Replicas(postgres, "ours")
    await twin.announce()

    for _ in range(2):
        with pytest.raises(Unavailable, match="replica id ours is in use"):
            await replicas.announce()
    await twin.close()

    await replicas.announce()


async def test_a_connection_that_breaks_while_others_are_looked_at_is_said(postgres: str, replicas: Replicas) -> None:
    await _execute(postgres, MORTAL)
    await _execute(postgres, PREFERRED)

    with pytest.raises(Unavailable, match="terminating connection"):
        await _found_dead(replicas, "other")
