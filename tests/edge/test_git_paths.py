"""The paths of a change against those that `git diff-tree` tells."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.model import Sha
from bot.edge.git import paths as told
from bot.edge.git.paths import paths
from bot.edge.git.view import View
from tests.edge.githistories import histories
from tests.edge.gitrepo import git, run


@pytest.fixture
def view(tmp_path: Path) -> Iterator[View]:
    """Look at an empty repository."""
    git(tmp_path, "init", "--quiet", "--bare", "mirror.git")
    (tmp_path / "quarantine").mkdir()
    made = View(tmp_path / "mirror.git", tmp_path / "quarantine")
    yield made
    made.close()


def by_git(view: View, before: Sha, after: Sha) -> list[str]:
    out = run(view.mirror, "diff-tree", "-r", "-z", "--no-renames", "--name-only", before, after).stdout
    return sorted(path.decode(errors="surrogateescape") for path in out.split(b"\0")[:-1])


def commit(view: View, mode: bytes, name: bytes, sha: Sha) -> Sha:
    """Write a commit with one entry."""
    data = b"%s %s\0%s" % (mode, name, bytes.fromhex(sha))
    tree = git(view.mirror, "hash-object", "-t", "tree", "-w", "--stdin", "--literally", data=data)
    return git(view.mirror, "-c", "user.name=A", "-c", "user.email=a@b", "commit-tree", "-m", "One", tree)


@pytest.mark.parametrize("most", [200, 1])
def test_random_changes_touch_what_git_says(view: View, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(told, "_MOST", most)
    cases = histories(view.mirror, random.Random(7), 100)  # noqa: S311 - to be repeated
    pairs = [(case.base, case.picked[-1]) for case in cases] + [(case.onto, case.picked[-1]) for case in cases]

    different = [pair for pair in pairs if list(paths(view, *pair)) != by_git(view, *pair)]

    assert different == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (b"100644", b"100664", []),
        (b"100644", b"100755", ["x"]),
        (b"40000", b"040000", []),
        (b"40000", b"100644", ["x", "x/y"]),
        (b"040000", b"100644", ["x", "x/y"]),
    ],
)
def test_old_ways_to_write_a_mode_change_nothing(view: View, old: bytes, new: bytes, found: list[str]) -> None:
    blob = git(view.mirror, "hash-object", "-w", "--stdin", data=b"y")
    tree = git(view.mirror, "mktree", data=f"100644 blob {blob}\ty\n".encode())
    before, after = (commit(view, mode, b"x", tree if mode.endswith(b"40000") else blob) for mode in (old, new))

    seen = list(paths(view, before, after))

    assert seen == found == by_git(view, before, after)
