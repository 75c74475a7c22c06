"""A person's clone: real git in a work tree, run without a shell."""

import os
import re
import shlex
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.shop import Shop

WROTE = "2024-02-29T23:59:07+09:00"
"""When the person wrote what is pushed from here: long before anybody merges it."""


@dataclass(frozen=True, slots=True)
class Clone:
    """A work tree of a shop's repository."""

    folder: Path
    login: str

    @classmethod
    def of(cls, shop: Shop, parent: Path, login: str = "sam") -> "Clone":
        """Clone over HTTP as a person with a token."""
        clone = cls(parent / f"clone-of-{login}", login)
        clone.folder.mkdir()
        token = shop.stage.known()["people"][login]
        address = shop.stage.url.replace("://", f"://x-access-token:{token}@")
        clone.git("clone", "--quiet", f"{address}/{shop.name}.git", ".")
        return clone

    def git(self, *argv: str) -> str:
        """Run git; its words are in the error if it fails."""
        return self.run("git", *argv)

    def run(self, *argv: str) -> str:
        """Run a program in the clone; its words are in the error if it fails."""
        who = {f"GIT_{role}_NAME": self.login.title() for role in ("AUTHOR", "COMMITTER")}
        who |= {f"GIT_{role}_EMAIL": f"{self.login}@example.com" for role in ("AUTHOR", "COMMITTER")}
        alone = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "GIT_AUTHOR_DATE": WROTE, **who, **alone}
        done = subprocess.run(  # noqa: S603 - a test's own words, or the recipe under test
            argv, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str], message: str, *options: str) -> str:
        """Commit files on the current branch; return the commit."""
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message, *options)
        return self.git("rev-parse", "HEAD")

    def push(self, branch: str) -> None:
        """Bring the current commit to a branch of the server."""
        self.git("push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")

    def follow(self, body: str, *, edit: Callable[[], object]) -> None:
        """Do what the recipes in a pull request's body say; `edit` is done where they speak to a person."""
        before, after = re.findall(r"^```sh\n(.*?)^```$", body, flags=re.MULTILINE | re.DOTALL)
        self._each(before)
        edit()
        self._each(after)

    def _each(self, block: str) -> None:
        """Run the commands of one block, joined by `&&` as they are."""
        for command in block.split("&&"):
            self.run(*shlex.split(command))
