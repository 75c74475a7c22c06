"""Picks against `git cherry-pick` in a work tree, on random histories: the same trees, the same conflicts.

TIERKEEPER_SEED chooses other histories, TIERKEEPER_CASES how many.
"""

import os
import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.core.model import AlreadyThere, Change, Conflict, Picked
from bot.edge.git import pick as picks
from bot.edge.git.conflict import Labels
from bot.edge.git.view import View
from tests.edge.githistories import History, histories, picked
from tests.edge.gitrepo import git, run

SEED = int(os.environ.get("TIERKEEPER_SEED", "1"))
CASES = int(os.environ.get("TIERKEEPER_CASES", "1000"))


@dataclass(frozen=True, slots=True)
class Result:
    """What a pick came to: a tree, markers and all, and the paths in conflict."""

    clean: bool
    tree: str
    conflicts: frozenset[str] = frozenset()


@pytest.mark.slow
def test_a_pick_is_what_cherry_pick_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare, work, quarantine = tmp_path / "bare.git", tmp_path / "work", tmp_path / "quarantine"
    quarantine.mkdir()
    git(tmp_path, "init", "--quiet", "--bare", str(bare))
    cases = histories(bare, random.Random(SEED), CASES)  # noqa: S311 - to be repeated
    git(tmp_path, "clone", "--quiet", "--shared", "--no-checkout", str(bare), str(work))
    monkeypatch.setattr(picks, "_labels", _labels)
    view = View(bare, quarantine)

    pairs = [(case, theirs, _ours(view, case)) for case in cases if (theirs := _real(work, case))]
    view.close()

    different = [pair for pair in pairs if not _equal(*pair)]
    assert not different, f"seed {SEED}: {len(different)} of {len(cases)} differ, the first: {different[0]}"
    assert len(pairs) > 0.99 * len(cases)
    assert sum(1 for _, theirs, _ in pairs if not theirs.clean) > len(cases) / 10, "too few conflicts to mean much"


def _labels(change: Change, _into: str) -> Labels:
    """Call the sides what `git cherry-pick` calls them, so that even conflicted files have to be equal."""
    theirs = f"{change.head.sha[:12]} (case)"
    return Labels(ours="HEAD", theirs=theirs, base=f"parent of {theirs}", short=theirs)


def _ours(view: View, case: History) -> Result:
    match outcome := picked(view, case):
        case Conflict(_, tree, files):
            return Result(clean=False, tree=tree, conflicts=frozenset(file.path for file in files))
        case Picked() | AlreadyThere():
            return Result(clean=True, tree=outcome.tree)


def _real(work: Path, case: History) -> Result | None:
    """Return what git makes of a case; None where git itself dies, as 2.39 does writing some indexes."""
    git(work, "checkout", "--quiet", "--force", "--detach", case.onto)
    git(work, "clean", "-ffdqx")
    options = ("-c", "merge.conflictStyle=zdiff3", "-c", "core.abbrev=12", "-c", "advice.mergeConflict=false")
    mainline = ("-m", "1") if case.mainline else ()
    arguments = ("cherry-pick", "--allow-empty", "--keep-redundant-commits", *mainline, *case.picked)
    match run(work, *options, *arguments).returncode:
        case 0:
            return Result(clean=True, tree=git(work, "rev-parse", "HEAD^{tree}"))
        case status if status > 1:
            return None
    unmerged = git(work, "ls-files", "--unmerged", "-z").split("\0")[:-1]
    git(work, "add", "--all", "--ignore-errors", check=False)
    tree = "" if any("160000" in line for line in unmerged) else git(work, "write-tree")
    git(work, "cherry-pick", "--quit")
    return Result(clean=False, tree=tree, conflicts=frozenset(line.partition("\t")[2] for line in unmerged))


def _equal(case: History, theirs: Result, ours: Result) -> bool:
    """Compare, but for what git cannot be asked.

    Where a range stops half-way, ours settles it as one change; a conflict of submodules cannot be added to an index;
    and a few conflicts leave no path unmerged.
    """
    if len(case.picked) > 1 and not theirs.clean:
        return True
    alike = theirs.clean == ours.clean and theirs.tree in ("", ours.tree)
    return alike and theirs.conflicts in (frozenset(), ours.conflicts)
