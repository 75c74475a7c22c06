"""Where a branch stood before commits were pushed to it as they are: at the one ancestor that lacks just that many.

Where several fit, a merge joined the base and the pull request. If both of its sides fit, the base is the one off the
first-parent line, since `git merge` and GitHub's *Update branch* put the branch one is on first, and that was the
pull request's.
"""

from collections.abc import Iterator

from bot.core.model import Refused, Sha
from bot.edge.git.view import MOST_COMMITS, View


def before(view: View, head: Sha, count: int) -> Sha:
    """Return the ancestor of `head` that lacks `count` commits of it; raise Refused where there is no telling.

    In topological order whatever comes before it is new, so it is among the `count` commits that follow `head`.
    """
    parents = _parents(view, head, count + 1)
    candidates = list(parents)[1:]
    if candidates and len(candidates) == count and all(len(parents[one]) == 1 for one in (head, *candidates[:-1])):
        return candidates[-1]
    tried = candidates if count <= MOST_COMMITS else []
    found = [one for one in tried if view.count(head, one) == count]
    joined = set(found) & {parent for several in parents.values() if len(several) > 1 for parent in several}
    match found, list(joined), list(joined.difference(_first_parents(parents, head))):
        case ([base], _, _) | (_, [base], _) | (_, _, [base]):
            return base
    raise Refused(
        "its commits were pushed to the base as they are, and there is no telling where the base stood before"
    )


def _parents(view: View, head: Sha, most: int) -> dict[Sha, list[Sha]]:
    """Return the newest commits, newest first, with their parents."""
    out = view.read("rev-list", "--topo-order", "--parents", f"--max-count={most}", "--end-of-options", head)
    lines = (line.split() for line in out.decode().splitlines())
    return {commit: parents for commit, *parents in lines}


def _first_parents(parents: dict[Sha, list[Sha]], head: Sha) -> Iterator[Sha]:
    while head in parents:
        yield head
        head = parents[head][0] if parents[head] else ""
