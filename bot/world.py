"""The ports: everything outside the process, as the handlers see it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from bot.core.manifests import Failure, Side
from bot.core.model import (
    App,
    Change,
    CheckRun,
    Comment,
    Commit,
    Delivery,
    FailedDelivery,
    Kept,
    Markers,
    NewCommit,
    NewPull,
    Outcome,
    PullRequest,
    Pushed,
    Render,
    Repository,
    Sha,
    Stale,
    Standing,
    Waiting,
)
from bot.core.overlays import Entry, Overlay

T = TypeVar("T")


class GitHub(Protocol):
    """GitHub's API; every method finds before it creates.

    Each raises Transient when GitHub does not answer, and Refused, with GitHub's reason, when it says no.
    """

    async def app(self) -> App:
        """Return who we are; asked of GitHub once."""

    async def rules_text(self, repo: Repository) -> str | None:
        """Return the rules file of the default branch, else the one of the owner's `.github` repository, else None."""

    async def rules_commit(self, repo: Repository) -> Sha | None:
        """Return the newest commit to touch the rules file there, else in the owner's repository; None if none did."""

    async def file(self, repo: Repository, path: str, *, ref: str) -> str | None:
        """Return a file's text at a ref or commit; None where there is none."""

    async def tip(self, repo: Repository, branch: str) -> Sha | None:
        """Return the commit a branch points at; None where there is no such branch."""

    async def pull(self, repo: Repository, number: int) -> PullRequest | None:
        """Return one pull request."""

    async def pulls_from(self, repo: Repository, *, head: str) -> tuple[PullRequest, ...]:
        """Return the pull requests from a branch in any state, open, merged or closed, at most 100, newest first."""

    async def open_pulls(self, repo: Repository, *, base: str) -> tuple[PullRequest, ...]:
        """Return the open pull requests against a branch, oldest first, at most 1000."""

    async def pulls_of(self, repo: Repository, *, head: Sha) -> tuple[PullRequest, ...] | None:
        """Return the open pull requests of a commit, from any branch or fork; None where too many are open to know."""

    async def merged_pulls(self, repo: Repository, *, base: str, since: datetime) -> tuple[PullRequest, ...]:
        """Return pull requests merged into a branch after `since`, oldest merge first, of the 1000 last touched."""

    async def heads(self, repo: Repository, *, base: str, since: datetime) -> frozenset[str]:
        """Return the head branches of pull requests opened against a branch after `since`, at most 1000."""

    async def changed_files(self, pull: PullRequest) -> tuple[str, ...]:
        """Return the paths a pull request changes."""

    async def open_pull(self, repo: Repository, pull: NewPull) -> PullRequest:
        """Open a pull request, or return the one that is already open from that head to that base."""

    async def edit_pull(self, pull: PullRequest, *, title: str | None, body: str | None) -> None:
        """Give an open pull request another title and body; None leaves what it has."""

    async def close_pull(self, pull: PullRequest) -> None:
        """Close it without merging; closing a closed one is no error."""

    async def dress(self, pull: PullRequest, *, labels: tuple[str, ...], assignees: tuple[str, ...]) -> None:
        """Put labels on (created where missing) and add assignees.

        What others put there stays as `pull` knows it; who cannot be assigned is left out.
        """

    async def undress(self, pull: PullRequest, label: str) -> None:
        """Take one label off, and leave all others as they are by now; one that is off is no error."""

    async def request_reviews(self, pull: PullRequest, reviewers: tuple[str, ...]) -> None:
        """Ask logins, and teams as `org/team`, for a review; those GitHub does not accept are left out."""

    async def own_comment(self, repo: Repository, number: int, *, marker: str) -> Comment | None:
        """Return our own comment whose last line begins with the marker; another author's never counts."""

    async def write_comment(self, repo: Repository, number: int, body: str, *, replaces: Comment | None) -> None:
        """Edit our comment in place, or write a first one."""

    async def publish(self, repo: Repository, check: CheckRun, *, again: bool = False) -> None:
        """Create or update our check run of that name on that commit; unchanged ones cost no write.

        `again` writes even then: where a person asked for another run, GitHub waits for one.
        """

    async def left_on(self, repo: Repository, name: str, head: Sha) -> str | None:
        """Return the `external_id` of our check run of that name on a commit; None where there is no such run."""

    async def close(self) -> None:
        """Let go of connections."""

    def repositories(self) -> AsyncIterator[Repository]:
        """Every repository in which the App is installed and not suspended."""

    async def repository(self, full_name: str, *, installation: int) -> Repository | None:
        """Return one repository of an installation; None where there is none by that name, or it is not ours to see."""

    async def failed_deliveries(self, *, since: datetime) -> tuple[FailedDelivery, ...]:
        """Return deliveries GitHub counts as failed whose guid was never delivered well after that, oldest first."""

    async def redeliver(self, delivery: FailedDelivery) -> None:
        """Ask GitHub to send a delivery again, under the same guid."""


class Files(Protocol):
    """The objects of a repository, for work that reads many of them; it blocks, and is only used within `look`."""

    def directory(self, tree: Sha) -> Mapping[str, Entry]:
        """Return what a tree holds, by name; names that are not UTF-8 are held with `surrogateescape`."""

    def content(self, blob: Sha, *, most: int) -> bytes | None:
        """Return a file's content; None if it has more than `most` bytes."""

    def at(self, tree: Sha, path: str, *, most: int) -> bytes | None:
        """Return the content of the file at a path; None if there is none, or it is a link, or has more bytes."""


class Reading(Protocol):
    """A repository whose commits can be read."""

    async def look(self, commit: Sha, act: Callable[[Files, Sha], T]) -> T:
        """Run blocking work, which writes nothing to the repository, on a commit's files, from its root tree on."""


class Workspace(Reading, Protocol):
    """One job's private view of a repository's objects; gone, with all it fetched or wrote, when the job ends.

    Every method fetches the commits it names where they are not at hand.
    """

    async def change(self, pull: PullRequest, *, onto: Sha) -> Change:
        """Fetch a merged pull request's merge commit, and `onto` with it, and say what the merge put on its base."""

    async def proposal(self, pull: PullRequest, *, onto: Sha) -> Change:
        """Fetch an open pull request's head, and `onto` with it, and say what merging it would bring: one `squash`."""

    async def pick(self, change: Change, *, onto: Sha, commit: NewCommit, conflicted: NewCommit, into: str) -> Outcome:
        """Apply a change on top of `onto`; write `commit` if that is clean and `conflicted` if it is not.

        `into` is what conflict markers call the side of the target.
        """

    async def push(self, branch: str, commit: Sha, *, expected: Sha | None) -> Pushed | Stale:
        """Point a branch at a commit if it still is where we expect it; None: it must not exist."""

    async def holds(self, tip: Sha, commit: Sha) -> bool:
        """Say whether a commit, of which GitHub need not know, is in the history of `tip`."""

    async def commits(self, tip: Sha, *, onto: Sha) -> tuple[Commit, ...]:
        """Return the commits reachable from `tip` and not from `onto`, oldest first, at most 250."""

    async def last_saying(self, key: str, tip: Sha, *, onto: Sha) -> Commit | None:
        """Return the newest commit reachable from `tip` and not from `onto` that has a trailer of that key."""

    async def markers(self, tip: Sha, *, onto: Sha) -> Markers:
        """Return the conflict markers that merging `tip` into `onto` would bring, and the changed files not read."""

    async def history(self, paths: tuple[str, ...], *, tip: Sha, onto: Sha) -> tuple[Commit, ...]:
        """Return first-parent commits of `tip`, not in `onto`, that touch the paths; oldest first, at most 100."""


class Git(Protocol):
    """Git, on bare mirrors."""

    def workspace(self, repo: Repository) -> AbstractAsyncContextManager[Workspace]:
        """Open a job's workspace; it needs no lock and no job sees another's objects."""


async def always() -> None:
    """Say that something is still wanted."""


class Renderer(Protocol):
    """What makes of a repository's files the manifests that Argo CD would apply."""

    @property
    def versions(self) -> tuple[str, ...]:
        """What renders, as people know it: `helm 4.1.4`."""

    @property
    def troubles(self) -> tuple[str, ...]:
        """What cannot be rendered here, as sentences; empty when all is well."""

    async def overlays(
        self, work: Reading, commit: Sha, render: Render, besides: Collection[str] = ()
    ) -> tuple[Overlay, ...]:
        """Return what of a commit Argo CD can apply, by name; what is named in `besides` counts in any case."""

    async def render(self, work: Reading, commit: Sha, overlay: Overlay, side: Side) -> str | Failure:
        """Return what an overlay of that commit renders to; rendered only if it was not before."""

    def on_behalf(self, whose: int, still: Callable[[], Awaitable[None]] = always) -> "Renderer":
        """Return it for one repository, by id, between which it is fair; it awaits `still` before it renders.

        That raises `manifests.Overtaken` where nobody wants the rest any more.
        """

    def command(self, overlay: Overlay) -> str:
        """Return how a person renders it by hand, in a clone."""


class Clock(Protocol):
    """What time it is."""

    def now(self) -> datetime:
        """Return the time, with its zone."""


class Store(Protocol):
    """Where deliveries are kept, and what carries each to its end here or on another replica.

    Methods raise Unavailable while the database is away or its disk is full; none of them waits for it to come back.
    """

    async def record(self, delivery: Delivery) -> bool:
        """Put a delivery on disk; False if one with its id already was there. Safe on disk when this returns."""

    def waiting(self, limit: int, *, besides: Collection[str]) -> AbstractAsyncContextManager[tuple[Waiting, ...]]:
        """Open the oldest deliveries not yet begun, one of each turn; left without an error, they count as begun."""

    async def begin(self, delivery_id: str) -> None:
        """Start the work on a delivery here and now; one that was begun before, anywhere, is left alone."""

    async def again(self, delivery_id: str) -> None:
        """Run a delivery from the start, unless it is running or waiting to."""

    def turn(self, key: str, *, aside: bool = False) -> AbstractAsyncContextManager[None]:
        """Wait for, and hold, the only turn of that key among all replicas; `aside`: another one, beside it."""

    async def delivery(self, delivery_id: str) -> Delivery | None:
        """Return a delivery with its payload."""

    async def kept(self, delivery_id: str) -> Kept | None:
        """Return a delivery with its payload, and how far it got."""

    async def latest(self, limit: int, *, standing: Standing | None = None) -> tuple[Kept, ...]:
        """Return deliveries without their payloads, newest first."""

    async def oldest_unfinished(self) -> datetime | None:
        """Return when the delivery that has waited longest arrived."""

    async def tend(self, *, alive: Collection[str]) -> int:
        """Take over what dead replicas left, or this one lost: it is not among `alive`. Return how many that were."""

    async def prune(self, before: datetime) -> int:
        """Delete deliveries that ended before a moment; return how many those were."""

    async def troubles(self) -> tuple[str, ...]:
        """Return what stands in the way of recording, as sentences; empty when all is well."""

    async def open(self) -> None:
        """Be ready to record."""

    async def launch(self, work: Callable[[str], Awaitable[None]]) -> None:
        """Begin to work: `work` is awaited with a delivery's id, and failed is the delivery for which it raises."""

    async def close(self) -> None:
        """Stop working and let go of the database; another replica, or the next start, takes up what is unfinished."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside the process. A function that takes it can touch something; one that does not is pure."""

    github: GitHub
    git: Git
    renderer: Renderer
    clock: Clock
    promoted: Callable[[float], None]
    """Is told how many seconds after a merge its promotion pull request was open."""
    fingerprints: bytes
    """What fingerprints of secret values are keyed with, and the seal on what our comments remember.

    It is the same for all replicas, and after a restart.
    """
    page: Callable[[PullRequest, Sha], str | None]
    """The address of the page that shows the whole diff of a pull request from that base; None where none is served."""
