"""The hub: all of the sandbox that outlives one request, and how to look things up in it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sandbox.errors import not_found
from sandbox.faults import Faults
from sandbox.git import Bare
from sandbox.ledger import Ledger
from sandbox.records import Account, App, Installation, Pull, Repo, Shift
from sandbox.store import Store

ROLES = ("none", "read", "triage", "write", "maintain", "admin")
Exchange = dict[str, object]


@dataclass(slots=True)
class Hub:
    """One GitHub."""

    data: Path
    store: Store
    url: str = ""
    """Where browsers and git find it, without a slash at the end; the API lives at `<url>/api/v3`."""
    faults: Faults = field(default_factory=Faults)
    ledger: Ledger = field(default_factory=Ledger)
    record: Callable[[Exchange], None] | None = None
    """Is told each exchange of the API, for whoever holds it against GitHub's own description."""
    bares: dict[int, Bare] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    """Webhooks on their way."""
    judged: set[tuple[str, str]] = field(default_factory=set)
    """Pairs of base and head whose mergeability someone has asked for, and GitHub has had time to find out."""

    @property
    def api(self) -> str:
        """The root of the REST API."""
        return f"{self.url}/api/v3"

    def now(self) -> datetime:
        """Return the sandbox's time, which a test may shift; whole seconds, as GitHub's."""
        ahead = sum(shift.seconds for shift in self.store.shifts)
        return (datetime.now(UTC) + timedelta(seconds=ahead)).replace(microsecond=0)

    def shift(self, seconds: float) -> None:
        """Move the sandbox's clock, for good."""
        ahead = sum(shift.seconds for shift in self.store.shifts)
        self.store.shifts.put(Shift(1, ahead + seconds))

    def bare(self, repo: Repo) -> Bare:
        """Return a repository's git side."""
        if repo.id not in self.bares:
            self.bares[repo.id] = Bare(self.data / "repositories" / f"{repo.id}.git")
        return self.bares[repo.id]

    def account(self, login: str) -> Account | None:
        """Find an account by login; case does not matter."""
        return next((found for found in self.store.accounts if found.login.lower() == login.lower()), None)

    def repo(self, owner: str, name: str) -> Repo | None:
        """Find a repository by its full name; case does not matter."""
        wanted = f"{owner}/{name}".lower()
        return next((found for found in self.store.repos if self.full_name(found).lower() == wanted), None)

    def full_name(self, repo: Repo) -> str:
        """Return `owner/name`."""
        return f"{self.store.accounts[repo.owner].login}/{repo.name}"

    def pull(self, repo: Repo, number: int) -> Pull:
        """Find a pull request or refuse with 404."""
        for pull in self.pulls(repo):
            if pull.number == number:
                return pull
        raise not_found()

    def pulls(self, repo: Repo) -> list[Pull]:
        """Return a repository's pull requests, oldest first."""
        return [pull for pull in self.store.pulls if pull.repo == repo.id]

    def touch(self, pull: Pull) -> Pull:
        """Store a pull request as updated now."""
        return self.store.pulls.put(replace(pull, updated_at=self.now()))

    def app_of(self, installation: Installation) -> App:
        """Return whose installation it is."""
        return self.store.apps[installation.app]

    def reaches(self, installation: Installation, repo: Repo) -> bool:
        """Say whether an installation covers a repository."""
        if installation.suspended_at is not None or installation.account != repo.owner:
            return False
        return installation.repositories is None or repo.id in installation.repositories

    def installations(self, repo: Repo) -> list[Installation]:
        """Return the installations that cover a repository."""
        return [found for found in self.store.installations if self.reaches(found, repo)]

    def role(self, repo: Repo, user: Account) -> str:
        """Return what a person may do in a repository: one of ROLES."""
        if repo.owner == user.id:
            return "admin"
        found = [member.role for member in self.store.members if (member.repo, member.user) == (repo.id, user.id)]
        return found[-1] if found else ("none" if repo.private else "read")

    def may(self, repo: Repo, user: Account, role: str) -> bool:
        """Say whether a person's role is at least this one."""
        return ROLES.index(self.role(repo, user)) >= ROLES.index(role)
