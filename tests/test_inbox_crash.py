"""Nothing that was acknowledged is lost, whatever dies."""

import asyncio
import hmac
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from tests.deliveries import delivery, free_port, until
from tests.replica import SECRET

if TYPE_CHECKING:
    from tests.postgres import Cluster  # at run time it is pytest that imports it, as a plugin

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Replica:
    """A process that takes deliveries."""

    process: asyncio.subprocess.Process
    port: int
    session: aiohttp.ClientSession

    async def post(self, delivery_id: str, repository: str) -> int:
        """Deliver; return the status of the answer."""
        body = delivery(delivery_id, repository=repository).body
        headers = {
            "X-GitHub-Delivery": delivery_id,
            "X-GitHub-Event": "pull_request",
            "X-Hub-Signature-256": f"sha256={hmac.digest(SECRET, body, 'sha256').hex()}",
            "Content-Type": "application/json",
        }
        url = f"http://127.0.0.1:{self.port}/github"
        async with self.session.post(url, data=body, headers=headers) as answer:
            return answer.status

    async def is_ready(self) -> bool:
        """Return whether it takes deliveries in."""
        try:
            async with self.session.get(f"http://127.0.0.1:{self.port}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientConnectionError:
            return False

    async def die(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal and wait for the end."""
        if self.process.returncode is None:
            self.process.send_signal(how)
            await self.process.wait()


@asynccontextmanager
async def running(database: str, lines: Path, *, seconds: float = 0.05) -> AsyncIterator[Replica]:
    """Start a replica that takes so many seconds for each delivery; kill it in the end."""
    port = free_port()
    arguments = ("-m", "tests.replica", database, str(port), str(lines), str(seconds))
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT, env=dict(os.environ))
    async with aiohttp.ClientSession() as session:
        replica = Replica(process, port, session)
        try:
            await until(replica.is_ready)
            yield replica
        finally:
            await replica.die()


def finished(lines: Path) -> dict[str, tuple[str, float, float]]:
    """Return, for each delivery that was worked on, its repository and when the work began and ended."""
    if not lines.exists():
        return {}
    return {line[0]: (line[1], line[2], line[3]) for line in map(json.loads, lines.read_text().splitlines())}


def overlaps(work: Iterable[tuple[str, float, float]]) -> int:
    """Count how often work on a repository began before the work before it ended."""
    return sum(one[0] == other[0] and other[1] < one[2] for one, other in pairwise(sorted(work)))


async def post_all(replicas: Iterable[Replica], count: int) -> set[str]:
    """Send deliveries for three repositories round the replicas; return the ids that were acknowledged."""
    targets = list(replicas)
    acknowledged = set()
    for number in range(count):
        delivery_id = f"d-{number}"
        if await targets[number % len(targets)].post(delivery_id, f"acme/{number % 3}") == 202:
            acknowledged.add(delivery_id)
    return acknowledged


async def test_a_killed_process_finishes_its_work_after_it_is_started_again(tmp_path: Path) -> None:
    database, lines = f"sqlite:///{tmp_path}/tierkeeper.db", tmp_path / "lines"
    async with running(database, lines) as first:
        acknowledged = await post_all([first], 30)
        await until(lambda: len(finished(lines)) >= 3)
        await first.die()
    before = set(finished(lines))

    async with running(database, lines):
        await until(lambda: acknowledged <= finished(lines).keys())

    assert len(acknowledged) == 30
    assert before < acknowledged
    assert overlaps(finished(lines).values()) == 0


async def test_a_replica_that_never_returns_leaves_its_work_to_the_other(postgres: str, tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    async with running(postgres, lines) as dead, running(postgres, lines) as alive:
        acknowledged = await post_all([dead, alive], 30)
        await until(lambda: bool(finished(lines)))
        await dead.die()

        await until(lambda: acknowledged <= finished(lines).keys(), seconds=40)

    assert len(acknowledged) == 30
    assert overlaps(finished(lines).values()) == 0


async def test_a_stopped_replica_loses_nothing(postgres: str, tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    async with running(postgres, lines, seconds=0.3) as first:
        acknowledged = await post_all([first], 9)
        await first.die(signal.SIGTERM)
    code = first.process.returncode

    async with running(postgres, lines):
        await until(lambda: acknowledged <= finished(lines).keys(), seconds=40)

    assert code == 0
    assert len(acknowledged) == 9


async def test_a_database_that_goes_away_and_comes_back_is_survived(
    cluster: "Cluster", postgres: str, tmp_path: Path
) -> None:
    lines = tmp_path / "lines"
    loop = asyncio.get_running_loop()
    async with running(postgres, lines) as replica:
        before = await post_all([replica], 12)
        cluster.stop()
        since = loop.time()
        status = await replica.post("d-away", "acme/0")
        took = loop.time() - since
        ready = await replica.is_ready()
        cluster.start()
        await until(replica.is_ready)
        after = await replica.post("d-back", "acme/0")
        await until(lambda: before | {"d-back"} <= finished(lines).keys(), seconds=60)

    assert (status, ready, after) == (503, False, 202)
    assert took < 1
    assert overlaps(finished(lines).values()) == 0
