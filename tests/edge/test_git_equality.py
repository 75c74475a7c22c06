"""Picks against `git cherry-pick` in a work tree, on random histories: the same trees, the same conflicts.

TIERKEEPER_SEED chooses other histories, TIERKEEPER_CASES how many.
"""

import os
import random
from dataclasses import dataclass
from pathlib import Path

import pytest
from githistories import History, histories
from gitrepo import CLEAN, CONFLICTED, git

from bot.core.model import AlreadyThere, Change, Conflict, Picked
from bot.edge.git import change as changes
from bot.edge.git import pick as picks
from bot.edge.git.conflict import Labels
from bot.edge.git.view import View

SEED = int(os.environ.get("TIERKEEPER_SEED", "1"))
CASES = int(os.environ.get("TIERKEEPER_CASES", "1000"))


@dataclass(frozen=True, slots=True)
class Result:
    """What a pick came to: a tree, and if it is conflicted, where and in which stages."""

    tree: str
    stages: frozenset[tuple[str, int]] = frozenset()


@pytest.mark.slow
def test_a_pick_is_what_cherry_pick_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare, work = tmp_path / "bare.git", tmp_path / "work"
    git(tmp_path, "init", "--quiet", "--bare", str(bare))
    cases = histories(bare, random.Random(SEED), CASES)  # noqa: S311 - a reproducible test
    git(tmp_path, "clone", "--quiet", "--shared", "--no-checkout", str(bare), str(work))
    monkeypatch.setattr(picks, "_labels", _labels)

    different = [(case, theirs, ours) for case in cases if (theirs := _real(work, case)) != (ours := _ours(bare, case))]

    assert not different, f"seed {SEED}: {len(different)} of {len(cases)} differ, the first: {different[0]}"


def _labels(change: Change, _into: str) -> Labels:
    """Call the sides what `git cherry-pick` calls them, so that even conflicted files have to be equal."""
    theirs = f"{change.head.sha[:12]} (case)"
    return Labels(ours="HEAD", theirs=theirs, base=f"parent of {theirs}", short=theirs)


def _ours(bare: Path, case: History, quarantine: Path) -> Result:
    pass
