"""What happened has happened: a sandbox killed without warning knows everything when it is started again."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from sandbox import demo_seed, merging, seed, server

pytestmark = pytest.mark.slow


@asynccontextmanager
async def started(data: Path) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """Start a sandbox of its own process and yield its address; it is killed in the end."""
    argv = (sys.executable, "-m", "sandbox", "--port", "0", "--data", str(data))
    process = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    async with asyncio.timeout(30):
        line = (await process.stdout.readline()).decode()
    try:
        yield line.split()[-1], process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()


async def test_a_merge_survives_kill_9(tmp_path: Path) -> None:
    async with started(tmp_path) as (url, _), aiohttp.ClientSession() as session:
        origin = {"Origin": url}
        form = {"do": "merge", "method": "squash"}
        async with session.post(f"{url}/acme/shop-config/pull/1", data=form, headers=origin) as response:
            before = await response.text()

    async with server.running(tmp_path) as hub:
        repo = hub.repo("acme", "shop-config")
        assert repo is not None
        pull = hub.pull(repo, 1)
        tip = await hub.bare(repo).branch("tier-0")

    assert "Merged" in before
    assert pull.merged_at is not None
    assert pull.merge_commit == tip


async def test_a_squash_cut_off_between_git_and_the_records_is_known_at_the_next_start(tmp_path: Path) -> None:
    async with server.running(tmp_path) as hub:
        repo = (await demo_seed.plant(hub, tmp_path, webhook_url="")).repo
        pull, bare = hub.pull(repo, 1), hub.bare(repo)
        tip, kim = await bare.branch("tier-0") or "", seed.account(hub, "kim")
        commit = await merging.squash(hub, pull, tip, merging.Message()) or ""
        hub.store.pulls.put(replace(pull, merge_commit=commit, merged_by=kim.id))
        await bare.move("refs/heads/tier-0", commit, old=tip)

    async with server.running(tmp_path) as hub:
        found = hub.pull(repo, 1)

    assert (found.state, found.merge_commit, found.merged_by) == ("closed", commit, kim.id)
    assert found.merged_at is not None


async def test_ids_are_never_given_twice(tmp_path: Path) -> None:
    async with server.running(tmp_path) as hub:
        repo = await seed.repository(hub, "acme/shop")
        last = hub.store.next_id()

    async with server.running(tmp_path) as hub:
        again = hub.store.next_id()
        found = hub.repo("ACME", "Shop")

    assert again > last
    assert found == repo


async def test_the_demo_leaves_the_apps_secrets_where_only_its_owner_reads(tmp_path: Path) -> None:
    async with started(tmp_path) as (url, _):
        file = tmp_path / "app.json"
        secrets = json.loads(file.read_text())

        assert url.startswith("http://127.0.0.1:")
        assert file.stat().st_mode & 0o077 == 0
        assert secrets["slug"] == "tierkeeper"
