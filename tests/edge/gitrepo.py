"""A repository on the test server, written with the git that people use, in a work tree."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.core.model import Commit, NewCommit, Person, PullRequest, Repository, Sha

AUTHOR = "Ada <ada@example.org> 1700000000 +0900"
BOT = "tierkeeper[bot] <1+tierkeeper[bot]@users.noreply.github.com> 1700000100 +0000"
CLEAN = NewCommit(AUTHOR, BOT, "Clean\n")
CONFLICTED = NewCommit(AUTHOR, BOT, "Conflicted\n")

_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_AUTHOR_DATE": "1700000000 +0900",
    "GIT_COMMITTER_NAME": "GitHub",
    "GIT_COMMITTER_EMAIL": "noreply@github.com",
    "GIT_COMMITTER_DATE": "1700000001 +0000",
    "LC_ALL": "C",
}


def run(directory: Path, *argv: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run git as a person would."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(directory), **_ENVIRONMENT}
    return subprocess.run(  # noqa: S603 - the tests' own words
        ["git", *argv],  # noqa: S607 - whichever git is tested
        cwd=directory,
        env=environment,
        input=data,
        capture_output=True,
        check=False,
    )


def git(directory: Path, *argv: str, data: bytes = b"", check: bool = True) -> str:
    """Run git as a person would and return what it prints."""
    done = run(directory, *argv, data=data)
    if check and done.returncode:
        raise AssertionError(f"git {argv}: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode(errors="surrogateescape").strip()


@dataclass(frozen=True, slots=True)
class Upstream:
    """A repository as its owners work on it, and the bare one that is served."""

    work: Path
    bare: Path

    @classmethod
    def create(cls, root: Path, name: str = "acme/config") -> "Upstream":
        """Start with branch `tier-0` and one file, which `tier-1` has too."""
        self = cls(root / "work" / name, root / "served" / f"{name}.git")
        self.work.mkdir(parents=True)
        self.bare.parent.mkdir(parents=True, exist_ok=True)
        git(self.work, "init", "--quiet", "-b", "tier-0")
        git(root, "init", "--quiet", "--bare", "-b", "tier-0", str(self.bare))
        git(self.bare, "config", "http.receivepack", "true")
        git(self.bare, "config", "gc.auto", "0")
        self.commit({"app.yaml": "image: 1\nreplicas: 1\n"}, "Start")
        git(self.work, "branch", "tier-1")
        self.publish()
        return self

    def git(self, *argv: str) -> str:
        """Run git in the work tree."""
        return git(self.work, *argv)

    def commit(self, files: Mapping[str, str | bytes | None], message: str, *options: str) -> Sha:
        """Commit files (None: deleted) on the current branch."""
        for name, content in files.items():
            path = self.work / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message, *options)
        return self.head()

    def head(self) -> Sha:
        """Return the current commit."""
        return self.git("rev-parse", "HEAD")

    def on(self, branch: str) -> None:
        """Switch to a branch, made from the current commit if it is new."""
        if self.git("branch", "--list", branch):
            self.git("checkout", "--quiet", branch)
        else:
            self.git("checkout", "--quiet", "-b", branch)

    def publish(self, *refs: str) -> None:
        """Bring all branches, and more refs (`<commit>:<ref>`), to the server."""
        self.git("push", "--quiet", "--force", str(self.bare), "refs/heads/*:refs/heads/*", *refs)

    def tip(self, branch: str) -> Sha:
        """Return where a branch is on the server; empty where it does not exist."""
        return git(self.bare, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}", check=False)

    def picked(self, onto: Sha, *options: str) -> Sha:
        """Return the tree that `git cherry-pick` makes on top of a commit."""
        self.git("checkout", "--quiet", "--force", "--detach", onto)
        self.git("cherry-pick", "--allow-empty", "--keep-redundant-commits", *options)
        return self.git("rev-parse", "HEAD^{tree}")

    def raw(self, sha: Sha) -> bytes:
        """Return a commit as the server holds it."""
        return run(self.bare, "cat-file", "commit", sha).stdout


def repository(url: str, name: str = "acme/config", number: int = 7) -> Repository:
    """Return the repository as GitHub would describe it."""
    return Repository(number, name, "tier-0", f"{url}/{name}.git", f"{url}/{name}", 1)


def merged(repo: Repository, commit: Sha, *, head: Sha, commits: int | None = 1) -> PullRequest:
    """Return a pull request that was merged as a commit."""
    return PullRequest(
        repo=repo, number=12, title="Title", body="", html_url="", author=Person(2, "ada"), state="closed", draft=False,
        base="tier-0", head="topic", head_sha=head, head_repo=repo.id, commits=commits, labels=(), assignees=(),
        merged_at=datetime(2026, 1, 1, tzinfo=UTC), merge_commit=commit,
    )  # fmt: skip


def subjects(commits: tuple[Commit, ...]) -> list[str]:
    """Return the first lines of commits."""
    return [one.message.partition("\n")[0] for one in commits]
