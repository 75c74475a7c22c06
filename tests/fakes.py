"""One fake of each port, with state: a test looks at what GitHub and git hold afterwards."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from gidgethub.sansio import Event

from bot.core import message
from bot.core.manifests import Failure, Side
from bot.core.model import (
    App,
    Change,
    CheckRun,
    Comment,
    Commit,
    Conflict,
    FailedDelivery,
    Markers,
    NewCommit,
    NewPull,
    Outcome,
    Picked,
    PullRequest,
    Pushed,
    Refused,
    Render,
    Repository,
    Sha,
    Stale,
)
from bot.core.overlays import Overlay
from bot.core.words.markdown import last_line
from bot.world import Files, Reading, World, always
from handlers import router
from tests import build
from tests.trees import MadeFiles

T = TypeVar("T")


@dataclass
class FakeGitHub:
    """A GitHub with one repository; refuses what the real one refuses."""

    rules: str | None = build.RULES_TEXT
    rules_changed_by: Sha = "8000" * 10
    pulls: dict[int, PullRequest] = field(default_factory=dict)
    tips: dict[str, Sha] = field(
        default_factory=lambda: {t.branch: build.sha(9000 + n) for n, t in enumerate(build.TIERS)}
    )
    comments: dict[int, list[Comment]] = field(default_factory=dict)
    reviewers: dict[int, tuple[str, ...]] = field(default_factory=dict)
    checks: dict[tuple[str, Sha], CheckRun] = field(default_factory=dict)
    queued: set[Sha] = field(default_factory=set)
    """Commits whose check suite somebody asked to be run again, and nobody has since."""
    files: dict[tuple[str, str], str] = field(default_factory=dict)
    changed: dict[int, tuple[str, ...]] = field(default_factory=dict)
    failed: list[FailedDelivery] = field(default_factory=list)
    redelivered: list[str] = field(default_factory=list)
    covered: list[Repository] = field(default_factory=lambda: [build.REPO])
    refuse_comments: bool = False
    overcrowded: bool = False
    """So many pull requests are open that nobody looks through all of them."""

    async def app(self) -> App:
        return build.APP

    async def rules_text(self, repo: Repository) -> str | None:
        return self.rules

    async def rules_commit(self, repo: Repository) -> Sha | None:
        return self.rules_changed_by

    async def file(self, repo: Repository, path: str, *, ref: str) -> str | None:
        return self.files.get((ref, path))

    async def tip(self, repo: Repository, branch: str) -> Sha | None:
        return self.tips.get(branch)

    async def pull(self, repo: Repository, number: int) -> PullRequest | None:
        return self.pulls.get(number)

    async def pulls_from(self, repo: Repository, *, head: str) -> tuple[PullRequest, ...]:
        ours = (one for one in reversed(self._oldest()) if one.head == head and not one.from_fork)
        return tuple(one for one in ours if one.repo.owner == repo.owner)

    async def open_pulls(self, repo: Repository, *, base: str) -> tuple[PullRequest, ...]:
        return tuple(one for one in self._oldest() if one.base == base and one.state == "open")

    async def pulls_of(self, repo: Repository, *, head: Sha) -> tuple[PullRequest, ...] | None:
        if self.overcrowded:
            return None
        return tuple(one for one in self._oldest() if one.head_sha == head and one.state == "open")

    async def merged_pulls(self, repo: Repository, *, base: str, since: datetime) -> tuple[PullRequest, ...]:
        merged = [(one.merged_at, one) for one in self._oldest() if one.base == base and one.merged_at]
        return tuple(one for at, one in sorted(merged, key=lambda pair: pair[0]) if at > since)

    async def heads(self, repo: Repository, *, base: str, since: datetime) -> frozenset[str]:
        return frozenset(one.head for one in self.pulls.values() if one.base == base)

    async def changed_files(self, pull: PullRequest) -> tuple[str, ...]:
        return self.changed.get(pull.number, ())

    async def open_pull(self, repo: Repository, pull: NewPull) -> PullRequest:
        number = max(self.pulls, default=20) + 1
        opened = build.pull(
            number,
            title=pull.title,
            body=pull.body,
            author=build.BOT,
            state="open",
            draft=pull.draft,
            base=pull.base,
            head=pull.head,
            merged_at=None,
            merge_commit=None,
        )
        self.pulls[number] = opened
        return opened

    async def edit_pull(self, pull: PullRequest, *, title: str | None, body: str | None) -> None:
        there = self.pulls[pull.number]
        wanted = replace(there, title=there.title if title is None else title)
        self.pulls[pull.number] = replace(wanted, body=there.body if body is None else body)

    async def close_pull(self, pull: PullRequest) -> None:
        self.pulls[pull.number] = replace(self.pulls[pull.number], state="closed")

    async def dress(self, pull: PullRequest, *, labels: tuple[str, ...], assignees: tuple[str, ...]) -> None:
        worn, looking = dict.fromkeys((*pull.labels, *labels)), dict.fromkeys((*pull.assignees, *assignees))
        there = self.pulls[pull.number]
        self.pulls[pull.number] = replace(there, labels=tuple(worn), assignees=tuple(looking))

    async def undress(self, pull: PullRequest, label: str) -> None:
        there = self.pulls[pull.number]
        self.pulls[pull.number] = replace(there, labels=tuple(one for one in there.labels if one != label))

    async def request_reviews(self, pull: PullRequest, reviewers: tuple[str, ...]) -> None:
        self.reviewers[pull.number] = reviewers

    async def own_comment(self, repo: Repository, number: int, *, marker: str) -> Comment | None:
        return next((one for one in self.comments.get(number, ()) if last_line(one.body).startswith(marker)), None)

    async def write_comment(self, repo: Repository, number: int, body: str, *, replaces: Comment | None) -> None:
        if self.refuse_comments:
            raise Refused(f"GitHub refused POST /repos/{repo.full_name}/issues/{number}/comments: issue is locked")
        there = self.comments.setdefault(number, [])
        if replaces:
            there[:] = [Comment(one.id, body) if one.id == replaces.id else one for one in there]
        else:
            there.append(Comment(len(there) + 1, body))

    async def publish(self, repo: Repository, check: CheckRun, *, again: bool = False) -> None:
        if again or self.checks.get((check.name, check.head_sha)) != check:
            self.queued.discard(check.head_sha)
        self.checks[check.name, check.head_sha] = check

    async def left_on(self, repo: Repository, name: str, head: Sha) -> str | None:
        run = self.checks.get((name, head))
        return run.external_id if run else None

    async def close(self) -> None:
        pass

    async def repositories(self) -> AsyncIterator[Repository]:
        for repo in self.covered:
            yield repo

    async def repository(self, full_name: str, *, installation: int) -> Repository | None:
        known = build.REPO
        return known if (full_name, installation) == (known.full_name, known.installation) else None

    async def failed_deliveries(self, *, since: datetime) -> tuple[FailedDelivery, ...]:
        return tuple(one for one in self.failed if one.delivered_at > since)

    async def redeliver(self, delivery: FailedDelivery) -> None:
        self.redelivered.append(delivery.guid)

    def _oldest(self) -> list[PullRequest]:
        return sorted(self.pulls.values(), key=lambda one: one.number)


@dataclass
class FakeGit:
    """A git that was told what every pick comes to; branches behave as on a server."""

    made: Change = field(default_factory=build.change)
    offered: Change | None = None
    """What an open pull request would bring, if not the same."""
    outcome: Outcome = field(default_factory=lambda: Picked(build.sha(77), build.sha(78)))
    onto: dict[Sha, Outcome] = field(default_factory=dict)
    """Targets on which a pick comes to something else."""
    branches: dict[str, Sha] = field(default_factory=dict)
    written: dict[Sha, NewCommit] = field(default_factory=dict)
    log: dict[Sha, tuple[Commit, ...]] = field(default_factory=dict)
    held: set[tuple[Sha, Sha]] = field(default_factory=set)
    """Tips, each with a commit of its history."""
    marked: dict[Sha, Markers] = field(default_factory=dict)
    """The markers that merging anything into a commit would bring."""
    files: MadeFiles = field(default_factory=MadeFiles)
    gone: str = ""
    """Why nobody can tell any more what a merge put on its base."""

    @asynccontextmanager
    async def workspace(self, repo: Repository) -> AsyncIterator["FakeGit"]:
        yield self

    async def change(self, pull: PullRequest, *, onto: Sha) -> Change:
        if self.gone:
            raise Refused(self.gone)
        return self.made

    async def proposal(self, pull: PullRequest, *, onto: Sha) -> Change:
        return self.offered or self.made

    async def pick(self, change: Change, *, onto: Sha, commit: NewCommit, conflicted: NewCommit, into: str) -> Outcome:
        outcome = self.onto.get(onto, self.outcome)
        match outcome:
            case Picked(sha):
                self.written[sha] = commit
            case Conflict(sha):
                self.written[sha] = conflicted
        return outcome

    async def push(self, branch: str, commit: Sha, *, expected: Sha | None) -> Pushed | Stale:
        if self.branches.get(branch) != expected:
            return Stale(self.branches.get(branch))
        self.branches[branch] = commit
        return Pushed(commit)

    async def holds(self, tip: Sha, commit: Sha) -> bool:
        return (tip, commit) in self.held

    async def commits(self, tip: Sha, *, onto: Sha) -> tuple[Commit, ...]:
        return self.log.get(tip, ())

    async def last_saying(self, key: str, tip: Sha, *, onto: Sha) -> Commit | None:
        told = self.log.get(tip, ())
        return next((one for one in reversed(told) if message.values(one.message, key)), None)

    async def markers(self, tip: Sha, *, onto: Sha) -> Markers:
        return self.marked.get(onto, Markers())

    async def history(self, paths: tuple[str, ...], *, tip: Sha, onto: Sha) -> tuple[Commit, ...]:
        return self.log.get(tip, ())

    async def look(self, commit: Sha, act: Callable[[Files, Sha], T]) -> T:
        known = commit if commit in self.files.roots else self.files.commit({})
        return await self.files.look(known, act)


@dataclass
class FakeClock:
    """It is always the same time, and what was let pass since."""

    passed: timedelta = timedelta()

    def now(self) -> datetime:
        return build.NOW + self.passed


@dataclass
class FakeRenderer:
    """A renderer that was told what each overlay of each commit comes to."""

    made: dict[Sha, dict[str, str | Failure]] = field(default_factory=dict)
    versions: tuple[str, ...] = ("kustomize 5.6.0",)
    troubles: tuple[str, ...] = ()
    takes: timedelta = timedelta()
    """How long a rendering takes."""
    clock: FakeClock = field(default_factory=FakeClock)
    rendered: list[str] = field(default_factory=list)
    """The names of what it rendered, in order."""
    still: Callable[[], Awaitable[None]] = always

    async def overlays(
        self, work: Reading, commit: Sha, render: Render, besides: Collection[str] = ()
    ) -> tuple[Overlay, ...]:
        made = self.made.get(commit, {})
        return tuple(Overlay(name, "kustomize", name, (), key=repr(text)) for name, text in sorted(made.items()))

    async def render(self, work: Reading, commit: Sha, overlay: Overlay, side: Side) -> str | Failure:
        await self.still()
        self.rendered.append(overlay.name)
        self.clock.passed += self.takes
        return self.made[commit][overlay.name]

    def on_behalf(self, whose: int, still: Callable[[], Awaitable[None]] = always) -> "FakeRenderer":
        return replace(self, still=still)

    def command(self, overlay: Overlay) -> str:
        return f"kustomize build {overlay.path}"


def world(github: FakeGitHub, git: FakeGit | None = None, renderer: FakeRenderer | None = None) -> World:
    """Return a world of fakes."""
    renderer = renderer or FakeRenderer()
    return World(
        github=github,
        git=git or FakeGit(),
        renderer=renderer,
        clock=renderer.clock,
        promoted=lambda _seconds: None,
        fingerprints=build.KEY,
        page=lambda pull, base: f"https://bot.test/diffs/{pull.number}/{base[-4:]}...{pull.head_sha[-4:]}",
    )


async def deliver(
    event: Event, github: FakeGitHub, git: FakeGit | None = None, renderer: FakeRenderer | None = None
) -> None:
    """Give an event to every handler that wants it."""
    for handler in router.fetch(event):
        await handler(event, world(github, git, renderer))
