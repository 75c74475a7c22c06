"""A repository on this machine, read where it lies: for a person at their own desk.

It may be anybody's, unpacked from anywhere: see bot/edge/git/shadow.py for why nothing in it is run.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from bot.core.model import Refused, Sha
from bot.edge.git import names, shadow, worktree
from bot.edge.git.failures import Corrupt, Failed
from bot.edge.git.files import TreeFiles
from bot.edge.git.view import View
from bot.edge.git.worktree import WorkTree

T = TypeVar("T")

_PATIENCE = 0.1
"""Seconds between two attempts to end a reading."""


@dataclass(frozen=True, slots=True)
class Local:
    """Fulfils `Reading` of bot/world.py."""

    view: View
    below: str
    """The directory that was opened, from the root of the work tree; `.` is the root."""
    partial: bool
    """Whether it is a partial clone, which may lack objects."""

    async def look(self, commit: Sha, act: Callable[[TreeFiles, Sha], T]) -> T:
        """Run work on a commit's files; raise Refused where one of them is missing. Cancelled, it ends git first."""
        work = asyncio.get_running_loop().run_in_executor(
            None, lambda: act(TreeFiles(self.view.objects), self.view.commit(commit).tree)
        )
        with self._readable():
            try:
                return await asyncio.shield(work)
            except asyncio.CancelledError:
                while not work.done():  # an object that is a pipe would have git, and us, wait
                    self.view.close()
                    await asyncio.wait([work], timeout=_PATIENCE)
                work.exception()  # which is the end of git, and nobody's concern
                raise

    def commit(self, name: str) -> Sha:
        """Return the commit that a person calls so: a branch, a tag, `HEAD~2`; raise Refused if there is none."""
        found = self.view.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        sha = found.out.decode().strip()
        if found.status or not names.is_sha(sha):  # `^HEAD` is an answer too
            raise Refused(f"{name!r} is no commit of this repository")
        return sha

    def merge_base(self, one: Sha, other: Sha) -> Sha:
        """Return the commit at which two parted; raise Refused if they never met."""
        with self._readable():
            base = self.view.merge_base(one, other)
        if base is None:
            raise Refused(f"{one[:12]} and {other[:12]} have no history in common")
        return base

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """Tell the person how to mend what cannot be read: a partial clone would fetch it, which we never do."""
        try:
            yield
        except (Corrupt, Failed) as error:
            if self.partial:
                remedy = "this is a partial clone: run `git fetch --refetch --no-filter`, which brings all it lacks"
            else:
                remedy = "`git fsck` may tell more"
            raise Refused(f"the repository cannot be read ({error}); {remedy}") from None


@contextmanager
def opened(directory: Path) -> Iterator[Local]:
    """Open the repository that a directory lies in.

    Raises Refused where it lies in none, in another user's, or in one that cannot be read.
    """
    with TemporaryDirectory(prefix="tierkeeper-") as scratch:
        tree, partial = _found(directory, Path(scratch) / "git")
        (Path(scratch) / "quarantine").mkdir()
        view = View(Path(scratch) / "git", Path(scratch) / "quarantine")
        try:
            below = "." if tree.root == tree.own else directory.resolve().relative_to(tree.root).as_posix()
            yield Local(view, below, partial)
        finally:
            view.close()


def _found(directory: Path, shade: Path) -> tuple[WorkTree, bool]:
    """Find the repository and make its shadow."""
    try:
        tree = worktree.find(directory)
        return tree, shadow.cast(tree, shade)
    except OSError as error:
        raise Refused(f"{error.filename} cannot be read: {error.strerror}") from None
