"""A change applied on top of another commit, with the tree that `git cherry-pick` would have made.

A rebased pull request is picked commit by commit, as a person would. Where that stops at a conflict, the commits are
applied as one change instead: what a later one takes back is no reason to trouble anybody, and what is left to settle
is settled once.
"""

from dataclasses import dataclass

from bot.core.model import AlreadyThere, Change, Commit, Conflict, NewCommit, Outcome, Picked, Sha
from bot.edge.git.conflict import Labels, settle
from bot.edge.git.merge import Merged, merge
from bot.edge.git.view import View

_SUBJECT = 60


@dataclass(frozen=True, slots=True)
class Wording:
    """What is written around a pick."""

    clean: NewCommit
    conflicted: NewCommit
    into: str
    """What the markers of a conflict call the side of the target."""


def pick(view: View, change: Change, onto: Sha, wording: Wording) -> Outcome:
    """Apply a change on top of `onto`.

    What the target's history holds is already there, even where it was taken back since: to bring it back is for a
    person to decide.
    """
    target = view.commit(onto)
    if view.holds(onto, change.head.sha):
        return AlreadyThere(target.tree)
    merged = _merge(view, change, target)
    if merged.clean and merged.tree == target.tree:
        return AlreadyThere(merged.tree)
    if merged.clean:
        return Picked(view.objects.write_commit(wording.clean, tree=merged.tree, parent=onto), merged.tree)
    tree, files = settle(view, merged, _labels(change, wording.into))
    return Conflict(view.objects.write_commit(wording.conflicted, tree=tree, parent=onto), tree, files)


def _merge(view: View, change: Change, target: Commit) -> Merged:
    base = view.commit(change.base).tree
    if len(change.commits) > 1:
        in_turn = _in_turn(view, change, base, target.tree)
        if in_turn is not None:
            return in_turn
    return merge(view, base=base, theirs=change.head.tree, onto=target.tree, attributed=change.paths)


def _in_turn(view: View, change: Change, base: Sha, tree: Sha) -> Merged | None:
    """Pick one commit after the other; None as soon as one does not apply."""
    merged: Merged | None = None
    for commit in change.commits:
        merged = merge(view, base=base, theirs=commit.tree, onto=tree, attributed=change.paths)
        if not merged.clean:
            return None
        base, tree = commit.tree, merged.tree
    return merged


def _labels(change: Change, into: str) -> Labels:
    short = change.head.sha[:7]
    subject = change.head.message.strip().partition("\n")[0][:_SUBJECT]
    return Labels(ours=into, theirs=f"{short} ({subject})", base=f"parent of {short}", short=short)
