"""What a merge put on its base branch, told from git alone: GitHub says which commit it was, but not how it was made.

Two parents are a merge commit. One parent is a squash, or the last commit of a rebase, which GitHub rewrites with a
new committer: so the newest commits of the base branch are held against the pull request's own, by author line and
message. A squash's title ends in its number and its message is its own, so one commit alike proves nothing and two in
a row prove a rebase. `pull_request.base.sha` is never looked at: it is where the base branch was when GitHub last
cared.
https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges
"""

from bot.core.model import Change, Commit, Refused, Sha
from bot.edge.git.view import MOST_COMMITS, View


def told(view: View, merge_commit: Sha, head: Sha | None, count: int | None) -> Change:
    """Say what `merge_commit` brought.

    `head` is the pull request's own last commit, None where it cannot be had; `count` is how many it has, if known.
    """
    commit = view.commit(merge_commit)
    match commit.parents:
        case (base,):
            commits = _rebased(view, commit, _own(view, commit, head, count)) if head and count != 1 else ()
            if len(commits) > 1:
                base = commits[0].parents[0]
                return Change("rebase", base, commits, None, _paths(view, base, commit))
            return Change("squash", base, (commit,), None, _paths(view, base, commit))
        case (base, tip, *_):
            return Change("merge", base, (commit,), view.commit(tip), _paths(view, base, commit))
        case _:
            raise Refused("the merge commit has no parent, so there is no telling what it changed")


def proposed(view: View, head: Sha, onto: Sha) -> Change:
    """Say what merging `head` into `onto` would bring, as one change since they parted."""
    base, tip = view.merge_base(onto, head), view.commit(head)
    if base is None:
        raise Refused("the pull request and its base have no history in common")
    return Change("squash", base, (tip,), None, _paths(view, base, tip))


def _own(view: View, last: Commit, head: Sha, count: int | None) -> tuple[Commit, ...]:
    """Return the pull request's commits, oldest first; if pushed to the base as they are, only `count` tells them."""
    if head == last.sha:
        return view.commits("--first-parent", f"--max-count={min(count or 1, MOST_COMMITS)}", "--end-of-options", head)
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


def _paths(view: View, base: Sha, commit: Commit) -> tuple[str, ...]:
    out = view.read("diff-tree", "-r", "-z", "--no-renames", "--name-only", "--end-of-options", base, commit.sha)
    return tuple(sorted(out.decode(errors="surrogateescape").split("\0")[:-1]))
