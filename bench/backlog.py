"""A heap of merges over many repositories, and one, two or four replicas to work it off."""

import asyncio
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import aiohttp
import psycopg

from bench.figures import Report, Sizes, Spread, in_turn, ratio
from bench.ingest import doors
from bench.ingest.payload import Payload, payload
from bench.places import folder
from bot.demo.stage import Process, eventually
from tests import postgres

ABOUT = """\
{merges:,} merges over {repositories} repositories arrive at once, spread over the doors as a load balancer would; \
PostgreSQL and all replicas share this machine. A handler waits {wait} ms, as for GitHub's answers, so what is \
measured is ours: recording, turns, the engine. From the first post to the last merge's end; {rounds} rounds in turn; \
median (smallest-largest)."""
HEADER = ("replicas", "merges a second", "× one replica")
REPLICAS = (1, 2, 4)
WAIT = 0.5
"""Seconds; about what a promotion waits for GitHub."""
SIZE = 25_000
SENDERS = 16
WITHIN = 240.0
DISK = Path("/var/tmp")  # noqa: S108 - a directory of our own is made in it
"""A real disk, where PostgreSQL's commits cost what they cost."""


def measure(sizes: Sizes) -> Report:
    """Measure how fast a backlog shrinks."""
    merges, repositories = sizes.backlog
    bodies = [payload("closed", SIZE, repository=f"acme/shop-{n}") for n in range(repositories)]
    heap = [bodies[n % repositories] for n in range(merges)]
    options = "-c max_connections=200"
    with postgres.running(options=options, within=DISK) as cluster, folder() as place:
        ways = {str(count): partial(_work_off, cluster, place, count, heap) for count in REPLICAS}
        rounds = in_turn(max(1, sizes.rounds // 2), ways)
    rows = [
        [name, Spread.of(merges / each for each in taken).show(), ratio(rounds["1"], taken).show(digits=2)]
        for name, taken in rounds.items()
    ]
    about = ABOUT.format(merges=merges, repositories=repositories, wait=round(WAIT * 1000), rounds=len(rounds["1"]))
    return Report("A backlog, and replicas to work it off", about, HEADER, rows)


def _work_off(cluster: postgres.Cluster, place: Path, replicas: int, heap: Sequence[Payload]) -> float:
    """Return the seconds it took."""
    database = cluster.database()
    with _running(place, database, replicas) as started:
        urls = [each.url for each in started]
        eventually(lambda: _all_work(database, urls), "work by every replica")
        began = time.time()
        asyncio.run(_pour(urls, heap))
        return eventually(lambda: _end(database, len(heap), began), "the end of the backlog", within=WITHIN) - began


@contextmanager
def _running(place: Path, database: str, replicas: int) -> Iterator[list[Process]]:
    started = [doors.ours(place, database, seconds=WAIT, name=f"replica-{n}") for n in range(replicas)]
    try:
        for each in started:
            each.launch()
        for each in started:
            each.wait_until_ready()
        yield started
    finally:
        for each in started:
            each.stop()


async def _pour(urls: Sequence[str], heap: Sequence[Payload]) -> None:
    """Post each merge to one door, the next to the next."""
    waiting = iter(enumerate(heap))

    async def send(session: aiohttp.ClientSession) -> None:
        for number, one in waiting:
            headers = {
                "Content-Type": "application/json",
                "X-GitHub-Delivery": str(uuid.uuid4()),
                "X-GitHub-Event": "pull_request",
                "X-Hub-Signature-256": one.signature,
            }
            async with session.post(f"{urls[number % len(urls)]}/github", data=one.body, headers=headers) as answer:
                assert answer.status == 202, await answer.text()

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(send(session) for _ in range(SENDERS)))


def _all_work(database: str, urls: Sequence[str]) -> bool:
    """Return whether each replica has worked, and nothing is left; if one has not, give each something small."""
    query = "select count(distinct executor_id), count(*) filter (where status <> 'SUCCESS') from dbos.workflow_status"
    with psycopg.connect(database) as connection, suppress(psycopg.errors.UndefinedTable):
        row = connection.execute(query).fetchone()
        workers, left = row or (0, 0)
        if left or workers == len(urls):
            return not left
    asyncio.run(_pour(urls, [payload("closed", 1000, repository=f"acme/warm-{n}") for n in range(len(urls))]))
    return False


def _end(database: str, wanted: int, began: float) -> float | None:
    """Return when the last merge that came since was worked on, in seconds since the epoch; None before."""
    query = "select count(*), max(updated_at) from dbos.workflow_status where status = 'SUCCESS' and created_at >= %s"
    with psycopg.connect(database) as connection:
        row = connection.execute(query, (began * 1000,)).fetchone()
    return float(row[1]) / 1000 if row and row[0] >= wanted else None
