"""What a merge put on its base branch, told from git alone: GitHub says which commit it was, but not how it was made.

Two parents are a merge commit. One parent is a squash, or the last commit of a rebase, which GitHub rewrites with a
new committer: so the newest commits of the base branch are held against the pull request's own, by author line and
message. A squash's title ends in its number and its message is its own, so one commit alike proves nothing and two in
a row prove a rebase. `pull_request.base.sha` is never looked at: it is where the base branch was when GitHub last
cared. Commits that a person pushed to the base as they are say nothing of where it stood before; only the number of
them does, and where that is unknown we refuse rather than guess.
https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges
"""

from typing import Literal

from bot.core.model import Change, Commit, Refused, Sha
from bot.edge.git.before import before
from bot.edge.git.paths import paths
from bot.edge.git.view import MOST_COMMITS, View

Method = Literal["merge", "squash", "rebase"]


def told(view: View, merge_commit: Sha, head: Sha | None, count: int | None) -> Change:
    """Say what `merge_commit` brought.

    `head` is the pull request's own last commit, None where it cannot be had; `count` is how many it has, if known.
    """
    commit = view.commit(merge_commit)
    match commit.parents:
        case ():
            raise Refused("the merge commit has no parent, so there is no telling what it changed")
        case _ if head == merge_commit:
            return _pushed(view, commit, count)
        case (base,):
            commits = _rebased(view, commit, _own(view, commit, head)) if head and count != 1 else ()
            if len(commits) > 1:
                return _change(view, "rebase", commits[0].parents[0], commits)
            return _change(view, "squash", base, (commit,))
        case (first, second):
            return _merged(view, commit, second if first == head else first)
        case parents:
            raise Refused(f"the merge commit has {len(parents)} parents, so there is no telling which change is whose")


def proposed(view: View, head: Sha, onto: Sha) -> Change:
    """Say what merging `head` into `onto` would bring, as one change since they parted."""
    base, tip = view.merge_base(onto, head), view.commit(head)
    if base is None:
        raise Refused("the pull request and its base have no history in common")
    return _change(view, "squash", base, (tip,))


def _pushed(view: View, last: Commit, count: int | None) -> Change:
    """Say what commits brought that were pushed to the base as they are."""
    if count is None:
        raise Refused("its commits were pushed to the base as they are, and the number of commits is unknown")
    if line := _line(view, last, count):
        return _change(view, "rebase" if count > 1 else "squash", line[0].parents[0], line)
    return _merged(view, last, before(view, last.sha, count))


def _line(view: View, last: Commit, count: int) -> tuple[Commit, ...]:
    """Return the newest commits, oldest first, if each has one parent; none otherwise, or if they are too many."""
    found = [last]
    while len(found) < min(count, MOST_COMMITS) and len(found[-1].parents) == 1:
        found.append(view.commit(found[-1].parents[0]))
    return tuple(reversed(found)) if len(found) == count and len(found[-1].parents) == 1 else ()


def _merged(view: View, last: Commit, base: Sha) -> Change:
    """Say what a merge brought that may have been made the wrong way round: the base into the pull request."""
    match last.parents:
        case (first, second) if base == first:
            return _change(view, "merge", base, (last,), view.commit(second))
        case (first, second) if base == second:
            return _change(view, "squash", base, (last,), view.commit(first))
        case _:
            return _change(view, "squash", base, (last,), last)


def _own(view: View, last: Commit, head: Sha) -> tuple[Commit, ...]:
    """Return the pull request's commits that the base does not hold as they are, oldest first."""
    limit = f"--max-count={MOST_COMMITS}"
    return view.commits("--no-merges", "--topo-order", limit, "--end-of-options", head, f"^{last.sha}")


def _rebased(view: View, last: Commit, own: tuple[Commit, ...]) -> tuple[Commit, ...]:
    """Return the newest commits of the base that are the pull request's own, oldest first; some may be left out."""
    left = list(own)
    found: list[Commit] = []
    commit = last
    while len(commit.parents) == 1:
        while left and not _alike(left[-1], commit):
            left.pop()
        if not left:
            break
        left.pop()
        found.append(commit)
        commit = view.commit(commit.parents[0])
    return tuple(reversed(found))


def _alike(one: Commit, other: Commit) -> bool:
    return one.author == other.author and one.message.strip() == other.message.strip()


def _change(view: View, method: Method, base: Sha, commits: tuple[Commit, ...], tip: Commit | None = None) -> Change:
    return Change(method, base, commits, tip, paths(view, base, commits[-1].sha))
