"""One repository on a git server, and the ways to carry a commit of it from tier to tier."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import msgspec

from bench.gitserver import Taken
from bench.history import SOURCE, TARGET, WHO, History, git
from bench.replay import again
from bot.core.model import NewCommit, Person, Picked, PullRequest, Pushed, Repository
from bot.edge.git import MirrorGit

BUDGET = 10 << 30


@dataclass(slots=True)
class Site:
    """One repository on the server, and the ways to carry a change over."""

    folder: Path
    url: str
    history: History
    warm: MirrorGit
    runner: asyncio.Runner
    asked: list[list[Taken]] = field(default_factory=list)
    """What each warm pick asked of the server."""
    events: int = 0

    @property
    def repo(self) -> Repository:
        """The repository as GitHub would describe it."""
        name = self.history.bare.stem
        return Repository(self.history.files, f"acme/{name}", SOURCE, f"{self.url}/{name}.git", self.url, 1)

    def branch(self) -> str:
        """Return a name for the next promotion."""
        self.events += 1
        return f"promote/{TARGET}/{self.events}"

    def by_warm_mirror(self) -> float:
        """Pick as the bot does all day."""
        taken(self.url)
        took = self._pick(self.warm)
        self.asked.append(until_pushed(taken(self.url)))
        self.runner.run(self.warm.settle())
        return took

    def by_cold_mirror(self) -> float:
        """Pick as the bot does when it sees a repository for the first time."""
        with TemporaryDirectory(dir=self.folder) as state:
            cold = MirrorGit(Path(state), token, disk_budget=BUDGET)
            try:
                return self._pick(cold)
            finally:
                self.runner.run(cold.close())

    def by_clone(self) -> float:
        """Pick as backport bots do."""
        commit, _ = self.history.move_on()
        branch = self.branch()
        author = {"GIT_COMMITTER_NAME": "bot", "GIT_COMMITTER_EMAIL": "bot@example.org"}
        with TemporaryDirectory(dir=self.folder) as clone:
            work = Path(clone, "work")
            began = time.monotonic()
            git(self.folder, "clone", "--quiet", self.repo.clone_url, str(work))
            git(work, "checkout", "--quiet", "-b", branch, f"origin/{TARGET}")
            git(work, "cherry-pick", "-x", commit, also=author)
            git(work, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
            return time.monotonic() - began

    def by_bare_requests(self) -> float:
        """Repeat the last warm pick's requests, its branch taken away before."""
        git(self.history.bare, "update-ref", "-d", f"refs/heads/promote/{TARGET}/{self.events}")
        return again(self.url, self.asked[-1])

    def _pick(self, mirrors: MirrorGit) -> float:
        commit, onto = self.history.move_on()
        branch = self.branch()
        began = time.monotonic()
        self.runner.run(self._carry(mirrors, merged(self.repo, commit), onto, branch))
        return time.monotonic() - began

    async def _carry(self, mirrors: MirrorGit, pull: PullRequest, onto: str, branch: str) -> None:
        async with mirrors.workspace(self.repo) as work:
            change = await work.change(pull, onto=onto)
            new = NewCommit(change.head.author, f"{WHO} 1790000000 +0900", change.head.message)
            outcome = await work.pick(change, onto=onto, commit=new, conflicted=new, into="tier-1")
            assert isinstance(outcome, Picked), outcome
            assert isinstance(await work.push(branch, outcome.commit, expected=None), Pushed)


async def token(_: Repository, *, instead_of: str | None = None) -> str:  # noqa: ARG001 - the port has it
    """Give a token, which this server does not ask for."""
    return "none"


def taken(url: str) -> list[Taken]:
    """Return what the server was asked since the last time, all but this question."""
    return msgspec.json.decode(httpx.get(f"{url}/_taken").content, type=list[Taken])


def until_pushed(requests: list[Taken]) -> list[Taken]:
    """Return what a pick asked, without the refreshing of its mirror that may have begun since."""
    pushes = [number for number, each in enumerate(requests) if each.method == "POST" and "receive" in each.path]
    return requests[: pushes[0] + 1]


def merged(repo: Repository, commit: str) -> PullRequest:
    """Return a pull request with one commit that was squashed into the lower tier."""
    return PullRequest(
        repo=repo, number=1, title="Edit", body="", html_url="", author=Person(1, "kim"), state="closed", draft=False,
        base=SOURCE, head="topic", head_sha=commit, head_repo=repo.id, commits=1, labels=(), assignees=(),
        merged_at=datetime.now(UTC), merge_commit=commit,
    )  # fmt: skip
