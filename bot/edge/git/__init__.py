"""Git for the bot: bare mirrors, one private view per job, git's own plumbing, and no work tree anywhere.

A pick is a fetch of exact commits, a `git merge-tree`, a commit written by us, and a push that only goes through if
the branch is where we expect it: 2 requests, whatever the size of the repository. Everything with a work tree or an
index takes time for every file.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from bot.core.model import Refused, Repository, Transient
from bot.edge.git import clone, wire
from bot.edge.git.access import Access, Threads, Token
from bot.edge.git.mirror import Mirrors
from bot.edge.git.workspace import Job
from bot.edge.processors import processors
from bot.edge.session import open_session

__all__ = ["MirrorGit"]

FEWEST_THREADS = 8
_MUCH = 32 << 10
"""Bytes a job may bring along before its mirror is refreshed for the next."""

log = structlog.get_logger()


class MirrorGit:
    """Fulfils `Git` of bot/world.py, with mirrors below `state_dir` of at most `disk_budget` bytes together."""

    def __init__(self, state_dir: Path, token: Token, *, disk_budget: int) -> None:
        state_dir = state_dir.resolve()
        self._token = token
        # Most of them wait for a server, one for as long as a clone takes.
        self._pool = ThreadPoolExecutor(max(FEWEST_THREADS, 2 * processors()), thread_name_prefix="git")
        self._threads = Threads(self._pool)
        self._http = wire.client()
        self._session = open_session(state_dir / "jobs")
        self._mirrors = Mirrors(state_dir / "mirrors", self._session, self._threads, disk_budget)
        self._mirrors.find()
        self._errands: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def workspace(self, repo: Repository) -> AsyncIterator[Job]:
        """Open a job's workspace, over a mirror that is cloned first if need be.

        Raises Transient if the server does not answer, Refused if there is no such repository any more.
        """
        access = Access(repo, self._token, self._threads)
        quarantine = self._session.scratch()
        try:
            job = Job(access, self._mirrors, await self._mirrors.lend(access), quarantine, self._http)
            try:
                yield job
            finally:
                await job.close()
                if await self._threads(clone.size, quarantine) > _MUCH:
                    self._later(job)
        finally:
            shutil.rmtree(quarantine, ignore_errors=True)

    async def settle(self) -> None:
        """Wait until no mirror is being cloned or refreshed."""
        await asyncio.gather(*self._errands)
        await self._mirrors.settle()

    async def close(self) -> None:
        """Let errands end and remove what belongs to this process alone."""
        await self.settle()
        self._pool.shutdown()
        self._http.close()
        self._session.close()

    def _later(self, job: Job) -> None:
        """Refresh the job's mirror while nobody waits for it."""
        errand = asyncio.create_task(self._learn(job))
        self._errands.add(errand)
        errand.add_done_callback(self._errands.discard)

    async def _learn(self, job: Job) -> None:
        try:
            await self._mirrors.learn(job.access, job.mirror, job.fetched)
        except (Refused, Transient) as reason:
            log.info("mirror not refreshed", repo=job.access.repo.full_name, reason=str(reason))
