"""The bare mirrors: made whole or not at all, used by many jobs at once, replaced rather than repaired.

A mirror holds the branches that jobs turn out to need and no others, since each stray ref costs the negotiation with
the server a request. It starts with the default branch, and learns any branch whose tip made a job fetch much. It is
never gc'ed: gc would pull packs from under the jobs, and a fresh clone is as fast. It is never shallow: concurrent
fetches break shallow clones. It is whole and not blobless: pushing from a blobless one always fetches more.
"""

import asyncio
import os
import secrets
import time
from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bot.core.model import Sha
from bot.edge.git import clone
from bot.edge.git.access import Access, Threads
from bot.edge.git.environment import Server
from bot.edge.git.failures import Corrupt
from bot.edge.git.session import Session

_MOST_PACKS = 50
_GROWN = 2
"""Times its first size, past which a mirror is replaced."""


@dataclass(slots=True, eq=False)
class Mirror:
    """One bare repository on disk."""

    path: Path
    size: int
    first_size: int
    used: float
    """When a job last asked for it, in seconds since the epoch."""
    jobs: int = 0
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
    _locks: defaultdict[int, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

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
        async with self._locks[access.repo.id]:
            mirror = self.current.get(access.repo.id)
            if mirror is None or mirror is instead_of or not mirror.path.is_dir():
                mirror = await self._replace(access)
            mirror.jobs += 1
            mirror.used = time.time()
            os.utime(mirror.path)
        await self._evict()
        return mirror

    async def give_back(self, mirror: Mirror) -> None:
        """End a job's use of a mirror."""
        mirror.jobs -= 1
        await self._remove_unused(mirror)

    async def learn(self, access: Access, mirror: Mirror, tips: tuple[Sha, ...]) -> None:
        """Refresh a mirror from which a job had to fetch much, or replace it where it has grown old."""
        async with self._locks[access.repo.id]:
            if self.current.get(access.repo.id) is not mirror:
                return
            grown = mirror.size > _GROWN * mirror.first_size or clone.packs(mirror.path) > _MOST_PACKS
            if grown or not await self._refresh(access, mirror, tips):
                await self._replace(access)
        await self._evict()

    async def _refresh(self, access: Access, mirror: Mirror, tips: tuple[Sha, ...]) -> bool:
        """Bring a mirror up to date; False if it turns out to be broken."""
        try:
            await access.ask(lambda server: clone.refresh(mirror.path, server, tips))
        except Corrupt:
            return False
        mirror.size = await self.threads(clone.size, mirror.path)
        return True

    async def _replace(self, access: Access) -> Mirror:
        old = self.current.get(access.repo.id)
        fresh = await access.ask(partial(self._clone, access, old.path if old else None))
        self.current[access.repo.id] = fresh
        if old is not None:
            old.retired = True
            await self._remove_unused(old)
        return fresh

    def _clone(self, access: Access, old: Path | None, server: Server) -> Mirror:
        """Clone out of sight and move into place, with the branches the old mirror had learnt."""
        path = self.session.scratch()
        clone.clone(server, path)
        if old is not None:
            clone.refresh(path, server, (), clone.branches(old))
        size = clone.size(path)
        final = path.rename(self.directory / f"{access.repo.id}-{secrets.token_hex(4)}.git")
        return Mirror(final, size, size, time.time())

    async def _evict(self) -> None:
        """Remove the mirrors unused for longest until the rest is within the budget; never one in use."""
        excess = sum(mirror.size for mirror in self.current.values()) - self.budget
        for repo, mirror in sorted(self.current.items(), key=lambda item: item[1].used):
            if excess > 0 and not mirror.jobs and not self._locks[repo].locked():
                excess -= mirror.size
                mirror.retired = True
                del self.current[repo]
                await self._remove_unused(mirror)

    async def _remove_unused(self, mirror: Mirror) -> None:
        if mirror.retired and not mirror.jobs:
            await self.threads(self.session.discard, mirror.path)
