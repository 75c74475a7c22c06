"""The port's methods, each one line here and its reasons in the module of its topic."""

from collections.abc import AsyncIterator
from datetime import datetime

from bot.core.model import App, CheckRun, Comment, FailedDelivery, NewPull, PullRequest, Repository, Sha
from bot.edge.github import checks, comments, contents, installations, people, pulls
from bot.edge.github.calls import scope
from bot.edge.github.client import Client
from bot.edge.github.limits import Limits
from bot.edge.github.tokens import Signature
from bot.edge.github.wire import OnCall, Wire


def _unheard(_method: str, _route: str, _status: int, _remaining: int | None) -> None:
    """Count nothing."""


class GitHub:
    """One App on one GitHub; every method raises Transient when GitHub does not answer, and Refused when it says no."""

    def __init__(
        self,
        app_id: int,
        private_key: str,
        *,
        api_url: str = "https://api.github.com",
        limits: Limits = Limits(),  # noqa: B008  (frozen)
        on_call: OnCall = _unheard,
    ) -> None:
        self._app_id = app_id
        self._wire = Wire(api_url, on_call=on_call, deadline=limits.deadline)
        self._client = Client(self._wire, Signature(app_id, private_key, self._wire.clock), limits)
        self._myself = installations.Myself(self._client)

    async def app(self) -> App:
        """Return who we are; asked of GitHub once."""
        return await self._myself.app()

    async def token(self, repo: Repository, *, instead_of: str | None = None) -> str:
        """Return a token that opens this repository and no other, for git; another one than that which was refused."""
        if instead_of is not None:
            self._client.tokens.invalidate(scope(repo), instead_of)
        return await self._client.tokens.token(scope(repo))

    async def rules_text(self, repo: Repository) -> str | None:
        """Return the rules file of the default branch, else the one of the owner's `.github` repository, else None."""
        return await contents.rules_text(self._client, repo)

    async def rules_commit(self, repo: Repository) -> Sha | None:
        """Return the newest commit to touch the rules file there, else in the owner's repository; None if none did."""
        return await contents.rules_commit(self._client, repo)

    async def file(self, repo: Repository, path: str, *, ref: str) -> str | None:
        """Return a file's text at a ref or commit; None where there is none."""
        return await contents.file(self._client, repo, path, ref=ref)

    async def tip(self, repo: Repository, branch: str) -> Sha | None:
        """Return the commit a branch points at; None where there is no such branch."""
        return await contents.tip(self._client, repo, branch)

    async def pull(self, repo: Repository, number: int) -> PullRequest | None:
        """Return one pull request."""
        return await pulls.read(self._client, repo, number)

    async def pulls_from(self, repo: Repository, *, head: str) -> tuple[PullRequest, ...]:
        """Return the pull requests from a branch in any state, open, merged or closed, at most 100, newest first."""
        return await pulls.from_branch(self._client, repo, head=head)

    async def open_pulls(self, repo: Repository, *, base: str) -> tuple[PullRequest, ...]:
        """Return the open pull requests against a branch, oldest first, at most 1000."""
        return await pulls.unmerged(self._client, repo, base=base)

    async def pulls_of(self, repo: Repository, *, head: Sha) -> tuple[PullRequest, ...] | None:
        """Return the open pull requests of a commit, from any branch or fork; None where too many are open to know."""
        return await pulls.of_head(self._client, repo, head)

    async def merged_pulls(self, repo: Repository, *, base: str, since: datetime) -> tuple[PullRequest, ...]:
        """Return pull requests merged into a branch after `since`, oldest merge first, of the 1000 last touched."""
        return await pulls.merged(self._client, repo, base=base, since=since)

    async def heads(self, repo: Repository, *, base: str, since: datetime) -> frozenset[str]:
        """Return the head branches of pull requests opened against a branch after `since`, at most 1000."""
        opened = await pulls.opened(self._client, repo, base=base, since=since)
        return frozenset(pull.head for pull in opened if not pull.from_fork)

    async def changed_files(self, pull: PullRequest) -> tuple[str, ...]:
        """Return the paths a pull request changes."""
        return await pulls.changed_files(self._client, pull)

    async def open_pull(self, repo: Repository, pull: NewPull) -> PullRequest:
        """Open a pull request, or return the one that is already open from that head to that base."""
        return await pulls.open_one(self._client, repo, pull)

    async def edit_pull(self, pull: PullRequest, *, title: str | None, body: str | None) -> None:
        """Give an open pull request another title and body; None leaves what it has."""
        await pulls.edit(self._client, pull, title=title, body=body)

    async def close_pull(self, pull: PullRequest) -> None:
        """Close it without merging; closing a closed one is no error."""
        await pulls.close(self._client, pull)

    async def dress(self, pull: PullRequest, *, labels: tuple[str, ...], assignees: tuple[str, ...]) -> None:
        """Put labels on (created where missing) and add whoever can be assigned."""
        await people.dress(self._client, pull, labels, assignees)

    async def undress(self, pull: PullRequest, label: str) -> None:
        """Take one label off, and leave all others as they are by now; one that is off is no error."""
        await people.undress(self._client, pull, label)

    async def request_reviews(self, pull: PullRequest, reviewers: tuple[str, ...]) -> None:
        """Ask logins, and teams as `org/team`, for a review; those GitHub does not accept are left out."""
        await people.request_reviews(self._client, pull, reviewers)

    async def own_comment(self, repo: Repository, number: int, *, marker: str) -> Comment | None:
        """Return our own comment whose last line begins with the marker; another author's never counts."""
        return await comments.own(self._client, await self.app(), repo, number, marker=marker)

    async def write_comment(self, repo: Repository, number: int, body: str, *, replaces: Comment | None) -> None:
        """Edit our comment in place, or write a first one."""
        if replaces is None or not await comments.edit(self._client, repo, replaces, body):
            await comments.write(self._client, await self.app(), repo, number, body)

    async def publish(self, repo: Repository, check: CheckRun, *, again: bool = False) -> None:
        """Create or update our check run of that name on that commit; unchanged ones cost no write, but for `again`."""
        await checks.publish(self._client, self._app_id, repo, check, again=again)

    async def left_on(self, repo: Repository, name: str, head: Sha) -> str | None:
        """Return the `external_id` of our check run of that name on a commit; None where there is no such run."""
        return await checks.left_on(self._client, self._app_id, repo, name, head)

    def repositories(self) -> AsyncIterator[Repository]:
        """Every repository in which the App is installed and not suspended."""
        return installations.repositories(self._client)

    async def repository(self, full_name: str, *, installation: int) -> Repository | None:
        """Return one repository of an installation; None where there is none by that name, or it is not ours to see."""
        return await installations.repository(self._client, full_name, installation=installation)

    async def failed_deliveries(self, *, since: datetime) -> tuple[FailedDelivery, ...]:
        """Return deliveries GitHub counts as failed whose guid was never delivered well after that, oldest first."""
        return await installations.failed_deliveries(self._client, since=since)

    async def redeliver(self, delivery: FailedDelivery) -> None:
        """Ask GitHub to send a delivery again, under the same guid."""
        await installations.redeliver(self._client, delivery)

    async def close(self) -> None:
        """Let go of connections."""
        await self._wire.close()
