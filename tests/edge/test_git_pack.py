"""The pack we make of what a job wrote, read by git: on random histories it is complete, and each object is right."""

import random
import shutil
from pathlib import Path

import pytest

from bot.core.model import AlreadyThere
from bot.edge.git.pack import pack
from bot.edge.git.view import View
from tests.edge.githistories import histories, picked
from tests.edge.gitrepo import git


@pytest.mark.slow
def test_git_finds_in_it_all_that_a_pick_needs(tmp_path: Path) -> None:
    bare, quarantine, server = tmp_path / "bare.git", tmp_path / "quarantine", tmp_path / "server.git"
    quarantine.mkdir()
    git(tmp_path, "init", "--quiet", "--bare", str(bare))
    cases = histories(bare, random.Random(7), 150)  # noqa: S311 - to be repeated
    shutil.copytree(bare, server)
    view = View(bare, quarantine)

    outcomes = [picked(view, case) for case in cases]
    commits = [one.commit for one in outcomes if not isinstance(one, AlreadyThere)]
    for commit in commits:
        git(server, "unpack-objects", "-q", "--strict", data=pack(view, commit))
    view.close()

    assert len(commits) > 100
    git(server, "rev-list", "--objects", "--quiet", "--stdin", data="\n".join(commits).encode())
