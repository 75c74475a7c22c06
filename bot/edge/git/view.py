"""What one job sees of a repository: the mirror's objects, and a directory of its own for what it adds to them.

With this quarantine a job needs no lock and leaves no trace: picks go on undisturbed while `git gc --prune=now` loops
in the mirror, and the mirror does not grow by a byte. Git itself receives pushes like this:
https://git-scm.com/docs/git-receive-pack#_quarantine_environment
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.core.model import Commit, Sha
from bot.edge.git import environment, failures, process
from bot.edge.git.environment import LOCAL_TIMEOUT
from bot.edge.git.objects import Objects

MOST_COMMITS = 250
"""GitHub shows no more commits of a pull request either."""


@dataclass(frozen=True, slots=True)
class View:
    """One job's eyes on a repository; to be closed."""

    mirror: Path
    quarantine: Path
    """The job's own object directory."""
    objects: Objects = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "objects", Objects(self.mirror, self.quarantine, self.variables({})))

    def variables(self, config: Mapping[str, str]) -> dict[str, str]:
        """Return the environment for a git process in this view."""
        return environment.variables(
            config,
            GIT_DIR=str(self.mirror),
            GIT_OBJECT_DIRECTORY=str(self.quarantine),
            GIT_ALTERNATE_OBJECT_DIRECTORIES=str(self.mirror / "objects"),
        )

    def run(
        self, *argv: str, config: Mapping[str, str] | None = None, timeout: float = LOCAL_TIMEOUT, data: str = ""
    ) -> process.Done:
        """Run git and return how it ended, whatever that is."""
        return process.run(
            self.mirror, self.variables(config or {}), argv, timeout, data.encode(errors="surrogateescape")
        )

    def read(self, *argv: str, config: Mapping[str, str] | None = None, data: str = "") -> bytes:
        """Return what a git command that only reads has to say; raise what `failures` makes of its complaints."""
        done = self.run(*argv, config=config, data=data)
        if done.status:
            raise failures.of_mirror(argv[0], done.status, done.err)
        return done.out

    def commit(self, sha: Sha) -> Commit:
        """Return a commit that must be here by now."""
        commit = self.objects.commit(sha)
        if commit is None:
            raise failures.Corrupt(f"commit {sha} is missing")
        return commit

    def commits(self, *argv: str, data: str = "") -> tuple[Commit, ...]:
        """Return the commits that `git rev-list` finds, oldest first."""
        names = self.read("rev-list", *argv, data=data).decode().split()
        return tuple(self.commit(sha) for sha in reversed(names))

    def count(self, tip: Sha, onto: Sha) -> int:
        """Return how many commits of `tip` the other lacks."""
        return int(self.read("rev-list", "--count", "--end-of-options", tip, f"^{onto}"))

    def merge_base(self, one: Sha, other: Sha) -> Sha | None:
        """Return the commit at which two parted; None if they never met."""
        found = self.run("merge-base", "--end-of-options", one, other)
        if found.status not in (0, 1):
            raise failures.of_mirror("merge-base", found.status, found.err)
        return found.out.decode().strip() or None

    def holds(self, tip: Sha, commit: Sha) -> bool:
        """Say whether a commit, which need not be here, is in the history of another."""
        if self.objects.info(commit) is None:
            return False
        found = self.run("merge-base", "--is-ancestor", "--end-of-options", commit, tip)
        if found.status not in (0, 1):
            raise failures.of_mirror("merge-base", found.status, found.err)
        return found.status == 0

    def missing(self, wanted: tuple[Sha, ...]) -> tuple[Sha, ...]:
        """Return those of the commits that have to be fetched."""
        return tuple(sha for sha in dict.fromkeys(wanted) if self.objects.info(sha) is None)

    def close(self) -> None:
        """Let go of the reading process."""
        self.objects.close()
