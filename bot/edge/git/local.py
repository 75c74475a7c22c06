"""A repository on this machine, read where it lies: for a person at their own desk."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from bot.core.model import Refused, Sha
from bot.edge.git import names, process
from bot.edge.git.environment import variables
from bot.edge.git.files import TreeFiles
from bot.edge.git.view import LOCAL_TIMEOUT, View

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Local:
    """Fulfils `Reading` of bot/world.py."""

    view: View
    place: Path
    """Where git keeps what is this work tree's alone, such as HEAD."""
    below: str
    """The directory that was opened, from the root of the work tree; `.` is the root."""

    async def look(self, commit: Sha, act: Callable[[TreeFiles, Sha], T]) -> T:
        """Run work on a commit's files."""
        return await asyncio.to_thread(lambda: act(TreeFiles(self.view.objects), self.view.commit(commit).tree))

    def commit(self, name: str) -> Sha:
        """Return the commit that a person calls so: a branch, a tag, `HEAD~2`; raise Refused if there is none."""
        argv = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        found = process.run(self.place, variables({}, GIT_DIR=str(self.place)), argv, LOCAL_TIMEOUT, b"")
        sha = found.out.decode().strip()
        if found.status or not names.is_sha(sha):  # `^HEAD` is an answer too
            raise Refused(f"{name!r} is no commit of this repository")
        return sha

    def merge_base(self, one: Sha, other: Sha) -> Sha:
        """Return the commit at which two parted; raise Refused if they never met."""
        base = self.view.merge_base(one, other)
        if base is None:
            raise Refused(f"{one[:12]} and {other[:12]} have no history in common")
        return base


@contextmanager
def opened(directory: Path) -> Iterator[Local]:
    """Open the repository that a directory lies in; raise Refused where it lies in none."""
    root, place = _work_tree(directory)
    shared = place / "commondir"
    objects = place / shared.read_text("utf-8").strip() if shared.is_file() else place
    with TemporaryDirectory(prefix="tierkeeper-") as quarantine:
        view = View(objects.resolve(), Path(quarantine))
        try:
            yield Local(view, place, directory.resolve().relative_to(root).as_posix())
        finally:
            view.close()


def _work_tree(directory: Path) -> tuple[Path, Path]:
    """Return a work tree's root and git's directory of it. https://git-scm.com/docs/gitrepository-layout."""
    for above in (directory.resolve(), *directory.resolve().parents):
        place = above / ".git"
        if place.is_file():
            return above, above / place.read_text("utf-8").removeprefix("gitdir:").strip()
        if place.is_dir():
            return above, place
    raise Refused(f"{directory} lies in no git repository")
