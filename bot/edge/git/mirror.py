"""The bare mirrors: made whole or not at all, used by many jobs at once, replaced rather than repaired.

A mirror holds the branches that jobs turn out to need and no others, since each stray ref costs the negotiation with
the server a request. It starts with the default branch, and learns any branch whose tip made a job fetch much. It is
never gc'ed: gc would pull packs from under the jobs, and a fresh clone is as fast. It is never shallow: concurrent
fetches break shallow clones. It is whole and not blobless: pushing from a blobless one always fetches more.
"""

import asyncio
import os
import secrets
import shutil
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog

from bot.core.model import Sha, Transient
from bot.edge.git import clone
from bot.edge.git.access import Access, Threads
from bot.edge.git.environment import Server
from bot.edge.git.failures import Corrupt
from bot.edge.session import Session

_MOST_PACKS = 50
_GROWN = 2
"""Times its first size, past which a mirror is replaced."""
_PATIENCE = 300.0
"""Seconds a job waits for a clone: fewer than a handler has, so that it comes back and finds the clone made."""

log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class Mirror:
    """One bare repository on disk."""

    path: Path
    size: int
    first_size: int
    used: float
    """When a job last asked for it, in seconds since the epoch."""
    jobs: int = 0
    """How many use it at the moment."""
    retired: bool = False
    """It goes with its last job."""


@dataclass(slots=True)
class Mirrors:
    """All mirrors of this process, within a budget of bytes."""

    directory: Path
    session: Session
    threads: Threads
    budget: int
    current: dict[int, Mirror] = field(default_factory=dict)
    """By the repository's id, which survives a rename."""
    _cloning: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    _learning: defaultdict[int, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    def find(self) -> None:
        """Take over what an earlier process left; of two generations the newer counts."""
        self.directory.mkdir(parents=True, exist_ok=True)
        for path in sorted(self.directory.glob("[0-9]*-*.git"), key=lambda path: path.stat().st_mtime):
            repo, size = int(path.name.partition("-")[0]), clone.size(path)
            if repo in self.current:
                self.session.discard(self.current[repo].path)
            self.current[repo] = Mirror(path, size, size, path.stat().st_mtime)

    async def lend(self, access: Access, *, instead_of: Mirror | None = None) -> Mirror:
        """Return the mirror of a repository, cloned first if there is none or only a broken one; to be given back."""
        while (mirror := self._whole(access.repo.id, instead_of)) is None:
            await self._replace(access)
        mirror.used = time.time()
        os.utime(mirror.path)
        async with self._in_use(mirror):
            await self._evict()
            mirror.jobs += 1  # the borrower's own; failing to make room must not leave it behind
        return mirror

    async def settle(self) -> None:
        """Wait until nothing is being cloned."""
        await asyncio.gather(*self._cloning.values(), return_exceptions=True)

    async def give_back(self, mirror: Mirror) -> None:
        """End a job's use of a mirror."""
        mirror.jobs -= 1
        await self._remove_unused(mirror)

    async def learn(self, access: Access, mirror: Mirror, tips: tuple[Sha, ...]) -> None:
        """Refresh a mirror from which a job had to fetch much, or replace it where it has grown old."""
        async with self._learning[access.repo.id]:
            if self.current.get(access.repo.id) is not mirror:
                return
            async with self._in_use(mirror):
                grown = mirror.size > _GROWN * mirror.first_size or clone.packs(mirror.path) > _MOST_PACKS
                if grown or not await self._refresh(access, mirror, tips):
                    await self._replace(access)
                await self._evict()

    def _whole(self, repo: int, broken: Mirror | None) -> Mirror | None:
        mirror = self.current.get(repo)
        return mirror if mirror and mirror is not broken and mirror.path.is_dir() else None

    @asynccontextmanager
    async def _in_use(self, mirror: Mirror) -> AsyncIterator[None]:
        mirror.jobs += 1
        try:
            yield
        finally:
            await self.give_back(mirror)

    async def _refresh(self, access: Access, mirror: Mirror, tips: tuple[Sha, ...]) -> bool:
        """Bring a mirror up to date; False if it turns out to be broken."""
        try:
            await access.ask(lambda server: clone.refresh(mirror.path, server, tips))
        except Corrupt:
            return False
        mirror.size = await self.threads(clone.size, mirror.path)
        return True

    async def _replace(self, access: Access) -> None:
        """Have the repository cloned, once for all who wait; the clone goes on if they no longer do."""
        repo = access.repo.id
        if repo not in self._cloning:
            self._cloning[repo] = asyncio.create_task(self._renew(access))
            self._cloning[repo].add_done_callback(partial(self._cloned, access))
        cloning = self._cloning[repo]
        await asyncio.wait((cloning,), timeout=_PATIENCE)
        if not cloning.done():
            raise Transient("the repository is still being cloned", retry_after=_PATIENCE / 10)
        cloning.result()

    async def _renew(self, access: Access) -> None:
        known = self.current.get(access.repo.id)
        fresh = await access.ask(partial(self._clone, access, known.path if known else None))
        old = self.current.get(access.repo.id)
        self.current[access.repo.id] = fresh
        if old is not None:
            old.retired = True
            await self._remove_unused(old)

    def _cloned(self, access: Access, cloning: asyncio.Task[None]) -> None:
        """Make room for the next attempt; nobody may be left to hear why this one failed."""
        del self._cloning[access.repo.id]
        if not cloning.cancelled() and (problem := cloning.exception()):
            log.info("repository not cloned", repo=access.repo.full_name, reason=str(problem))

    def _clone(self, access: Access, old: Path | None, server: Server) -> Mirror:
        """Clone out of sight and move into place, with the branches the old mirror had learnt."""
        path = self.session.scratch()
        try:
            clone.clone(server, path)
            if old is not None:
                clone.refresh(path, server, (), clone.branches(old))
            size = clone.size(path)
            final = path.rename(self.directory / f"{access.repo.id}-{secrets.token_hex(4)}.git")
        finally:
            shutil.rmtree(path, ignore_errors=True)
        return Mirror(final, size, size, time.time())

    async def _evict(self) -> None:
        """Remove the mirrors unused for longest until the rest is within the budget; never one in use.

        While one is removed, others may be lent, replaced or removed too, so each is looked at anew.
        """
        for repo, mirror in sorted(self.current.items(), key=lambda item: item[1].used):
            if sum(one.size for one in self.current.values()) <= self.budget:
                return
            if self.current.get(repo) is mirror and not mirror.jobs:
                del self.current[repo]
                mirror.retired = True
                await self._remove_unused(mirror)

    async def _remove_unused(self, mirror: Mirror) -> None:
        if mirror.retired and not mirror.jobs:
            await self.threads(self.session.discard, mirror.path)
