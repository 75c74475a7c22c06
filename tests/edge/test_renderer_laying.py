"""What is laid out for a renderer: the files that are read, and nothing a stranger's names or links could do beyond."""

import os
from pathlib import Path

import pytest

from bot.core.overlays import Entry, Read
from bot.edge.renderer import laying
from bot.edge.renderer.complaint import Failed
from bot.edge.renderer.laying import Laying
from bot.edge.renderer.tree import Memory, Tree
from tests.trees import Link, MadeFiles

FILES: dict[str, str | Link] = {
    "a/run.sh": "#!/bin/sh\n",
    "a/deep/er/b.yaml": "b: 1\n",
    "a/link.yaml": Link("deep/er/b.yaml"),
    "c.yaml": "c: 1\n",
}


def tree(files: dict[str, str | Link] | None = None) -> Tree:
    """Return files as a survey sees them."""
    made = MadeFiles()
    root = made.roots[made.commit(FILES if files is None else files)]
    return Tree(made, Entry("directory", root), Memory())


def read(found: Tree, path: str) -> Read:
    """Return what a path leads to, as something to be read."""
    place = found.follow(path)
    assert place
    return Read(path, place.entry)


def laid_out(to: Path) -> list[str]:
    """Return what lies below a directory."""
    return sorted(path.relative_to(to).as_posix() for path in to.rglob("*") if not path.is_dir())


def test_only_what_is_read_is_there(tmp_path: Path) -> None:
    found = tree()

    Laying(found, tmp_path).lay_out((read(found, "c.yaml"), Read("gone.yaml", None), read(found, "a/deep")))

    assert laid_out(tmp_path) == ["a/deep/er/b.yaml", "c.yaml"]
    assert (tmp_path / "c.yaml").read_text() == "c: 1\n"


def test_the_whole_repository_can_be_read(tmp_path: Path) -> None:
    found = tree()

    Laying(found, tmp_path).lay_out((read(found, "."),))

    assert laid_out(tmp_path) == ["a/deep/er/b.yaml", "a/run.sh", "c.yaml"]


def test_nothing_may_be_executed(tmp_path: Path) -> None:
    found = tree()

    Laying(found, tmp_path).lay_out((read(found, "a/run.sh"),))

    assert not os.access(tmp_path / "a/run.sh", os.X_OK)


def test_a_link_that_was_followed_is_laid_out_as_one(tmp_path: Path) -> None:
    found = tree()
    reads = tuple(found.whole("a/link.yaml"))

    Laying(found, tmp_path).lay_out(reads + reads)

    assert (tmp_path / "a/link.yaml").readlink() == Path("deep/er/b.yaml")
    assert (tmp_path / "a/link.yaml").read_text() == "b: 1\n"


@pytest.mark.parametrize("path", ["../x", "a/../../x", ".git/config", "a//b", "a/./b", "x\0y"])
def test_a_path_that_git_never_checked_is_refused(tmp_path: Path, path: str) -> None:
    found = tree()
    to = tmp_path / "to"

    with pytest.raises(Failed, match="not a path that can be laid out"):
        Laying(found, to).lay_out((Read(path, read(found, "c.yaml").entry),))

    assert not to.exists()


@pytest.mark.parametrize(
    ("limit", "value", "said"),
    [
        ("MOST_FILES", 2, "more than 2 files"),
        ("MOST_BYTES", 10, "more than 0 MB"),
        ("_LARGEST", 5, "a file of more than"),
    ],
)
def test_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, said: str
) -> None:
    monkeypatch.setattr(laying, limit, value)
    found = tree()

    with pytest.raises(Failed, match=said):
        Laying(found, tmp_path).lay_out((read(found, "."),))
