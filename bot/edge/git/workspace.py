"""One job's work on a repository: fetch what is missing, ask git, push; once more on a fresh mirror if need be."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx

from bot.core.model import Change, Commit, Markers, NewCommit, Outcome, PullRequest, Pushed, Refused, Sha, Stale
from bot.edge.git import change, log, markers, names, pick, remote
from bot.edge.git.access import Access
from bot.edge.git.failures import Corrupt
from bot.edge.git.files import TreeFiles
from bot.edge.git.mirror import Mirror, Mirrors
from bot.edge.git.raw_push import Update
from bot.edge.git.view import View

T = TypeVar("T")


@dataclass(slots=True)
class Job:
    """Fulfils `Workspace` of bot/world.py."""

    access: Access
    mirrors: Mirrors
    mirror: Mirror
    quarantine: Path
    http: httpx.Client
    fetched: tuple[Sha, ...] = ()
    here: set[Sha] = field(default_factory=set)
    """Commits that were found in the view."""
    view: View = field(init=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.view = View(self.mirror.path, self.quarantine)

    async def change(self, pull: PullRequest, *, onto: Sha) -> Change:
        """Say what a merged pull request put on its base; `onto` comes along in the same fetch."""
        if not pull.merged or pull.merge_commit is None:
            raise Refused(f"#{pull.number} is not merged")
        merge_commit, onto = names.sha(pull.merge_commit), names.sha(onto)
        head: Sha | None = names.sha(pull.head_sha)
        async with self._turn:
            if head and head != merge_commit and pull.commits != 1:
                head = head if await self._can_have(merge_commit, onto, head) else None
            return await self._do(
                (merge_commit, onto), lambda view: change.told(view, merge_commit, head, pull.commits)
            )

    async def proposal(self, pull: PullRequest, *, onto: Sha) -> Change:
        """Say what merging an open pull request would bring to `onto`."""
        head, onto = names.sha(pull.head_sha), names.sha(onto)
        async with self._turn:
            return await self._do((head, onto), lambda view: change.proposed(view, head, onto))

    async def pick(self, change: Change, *, onto: Sha, commit: NewCommit, conflicted: NewCommit, into: str) -> Outcome:
        """Apply a change on top of `onto`; `into` is what the markers of a conflict call that side."""
        wanted = (names.sha(change.head.sha), names.sha(onto))
        wording = pick.Wording(commit, conflicted, into)
        async with self._turn:
            return await self._do(wanted, lambda view: pick.pick(view, change, onto, wording))

    async def push(self, branch: str, commit: Sha, *, expected: Sha | None) -> Pushed | Stale:
        """Point a branch at a commit, if it is where we expect it."""
        lease = names.sha(expected) if expected is not None else None
        update = Update(names.ref(branch), names.sha(commit), lease)
        async with self._turn:
            return await self._sound(
                lambda: self.access.ask(lambda server: remote.push(self.http, self.view, server, update))
            )

    async def holds(self, tip: Sha, commit: Sha) -> bool:
        """Say whether a commit, of which GitHub need not know, is in the history of `tip`."""
        async with self._turn:
            return await self._do((names.sha(tip),), lambda view: view.holds(tip, names.sha(commit)))

    async def commits(self, tip: Sha, *, onto: Sha) -> tuple[Commit, ...]:
        """Return the commits of `tip` that `onto` lacks."""
        wanted = (names.sha(tip), names.sha(onto))
        async with self._turn:
            return await self._do(wanted, lambda view: log.commits(view, tip, onto))

    async def last_saying(self, key: str, tip: Sha, *, onto: Sha) -> Commit | None:
        """Return the newest commit of `tip`, not in `onto`, that has a trailer of that key."""
        wanted = (names.sha(tip), names.sha(onto))
        async with self._turn:
            return await self._do(wanted, lambda view: log.last_saying(view, key, tip, onto))

    async def markers(self, tip: Sha, *, onto: Sha) -> Markers:
        """Return the conflict markers that `tip` brings."""
        wanted = (names.sha(tip), names.sha(onto))
        async with self._turn:
            return await self._do(wanted, lambda view: markers.markers(view, tip, onto))

    async def history(self, paths: tuple[str, ...], *, tip: Sha, onto: Sha) -> tuple[Commit, ...]:
        """Return the commits of `tip`, not in `onto`, that touch the paths."""
        wanted = (names.sha(tip), names.sha(onto))
        async with self._turn:
            return await self._do(wanted, lambda view: log.history(view, paths, tip, onto))

    async def look(self, commit: Sha, act: Callable[[TreeFiles, Sha], T]) -> T:
        """Run work on a commit's files; it may be run twice, should the mirror turn out to be broken."""
        async with self._turn:
            return await self._do(
                (names.sha(commit),), lambda view: act(TreeFiles(view.objects), view.commit(commit).tree)
            )

    async def close(self) -> None:
        """Give everything back."""
        self.view.close()
        await self.mirrors.give_back(self.mirror)

    async def _do(self, wanted: tuple[Sha, ...], act: Callable[[View], T]) -> T:
        """Run work on commits, which are fetched first where they are missing."""

        async def attempt() -> T:
            await self._fetch(wanted)
            return await self.access.threads(act, self.view)

        return await self._sound(attempt)

    async def _can_have(self, *wanted: Sha) -> bool:
        """Fetch commits of which GitHub may have lost some; say whether all are here."""
        try:
            await self._sound(lambda: self._fetch(wanted))
        except Refused:
            return False
        return True

    async def _fetch(self, wanted: tuple[Sha, ...]) -> None:
        if self.here.issuperset(wanted):
            return
        missing = await self.access.threads(self.view.missing, wanted)
        if missing:
            await self.access.ask(lambda server: remote.fetch(self.http, self.view, server, missing))
            self.fetched += missing
        self.here.update(wanted)

    async def _sound(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Run an attempt, and once more on a fresh mirror if objects turn out to be lost or garbled."""
        try:
            return await attempt()
        except Corrupt:
            await self._change_mirrors()
        return await attempt()

    async def _change_mirrors(self) -> None:
        old, self.mirror = self.mirror, await self.mirrors.lend(self.access, instead_of=self.mirror)
        self.view.close()
        self.here.clear()
        self.view = View(self.mirror.path, self.quarantine)
        await self.mirrors.give_back(old)
