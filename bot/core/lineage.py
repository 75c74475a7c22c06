"""Where a change has been, read from commit messages alone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.model import Change, Commit, Promotion, Sha
from bot.core.promotion import goes_on

_PICKED = re.compile(r"^\(cherry picked from commit ([0-9a-f]{40,64})\)$", re.MULTILINE)
_PROMOTED = re.compile(r"^Promoted-From: (\S+)#(\d{1,18})$", re.MULTILINE)
_CARRIED = re.compile(r"\AMerge pull request #\d+ from \S+?/promote/\S+?/(\d{1,18})$", re.MULTILINE)
_MERGED = re.compile(r"\AMerge pull request #(\d{1,18}) from ")
_SQUASHED = re.compile(r"\A[^\n]* \(#(\d{1,18})\)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Hop:
    """One tier a change has been through."""

    tier: str | None
    """None where the messages do not tell it, nor the number of the pull request."""
    pull: int | None
    commit: Sha


def hops(ask: Promotion, change: Change, lead: Commit) -> tuple[Hop, ...]:
    """Return the tiers a change has been through, lowest first; `lead` is the commit whose message tells.

    Only a promotion's message is believed: a pick that a person made by hand may come from anywhere. Where it names
    fewer picks than there are tiers below, the change began higher up or a tier held it already; which, nobody can say.
    """
    here = Hop(ask.origin.name, ask.carrier.number, change.head.sha)
    tiers = ask.rules.tiers[: ask.rules.tiers.index(ask.origin)]
    picked = picked_from(lead.message)[-len(tiers) :]
    if not goes_on(ask) or not tiers or not picked:
        return (here,)
    names = [tier.name for tier in tiers] if len(picked) == len(tiers) else [None] * len(picked)
    numbers = [ask.source] + [None] * (len(picked) - 1)
    return (*map(Hop, names, numbers, picked), here)


def picked_from(message: str) -> tuple[Sha, ...]:
    """Return the commits a message says it was cherry-picked from, oldest first."""
    return tuple(_PICKED.findall(message))


def below(commits: Sequence[Commit]) -> Sha | None:
    """Return the commit of the tier below that the first of a promotion's commits was picked from."""
    picked = picked_from(commits[0].message) if commits else ()
    return picked[-1] if picked else None


def promoted_from(message: str) -> tuple[int, ...]:
    """Return the source pull requests a message says it was promoted from."""
    return tuple(int(number) for _, number in _PROMOTED.findall(message))


def pull_of(commit: Commit, repo: str, *, lowest: bool = False) -> int | None:
    """Return the source pull request a commit on a tier's branch came from, where its message tells.

    Of several trailers the last is ours, if it names this repository. On the `lowest` tier's branch none is: nothing
    was promoted into it, so whatever reads like that is what somebody wrote.
    """
    told = [] if lowest else [number for name, number in _PROMOTED.findall(commit.message) if name == repo]
    if told:
        return int(told[-1])
    for pattern in (_MERGED, _SQUASHED) if lowest else (_CARRIED, _MERGED, _SQUASHED):
        if found := pattern.search(commit.message):
            return int(found[1])
    return None


def missing(ask: Promotion, history: Sequence[Commit], there: Sequence[Commit]) -> tuple[int, ...]:
    """Return the source pull requests of the origin's history whose changes the target does not have, oldest first."""
    repo, lowest = ask.carrier.repo.full_name, ask.origin == ask.rules.tiers[0]
    present = {pull_of(one, repo) for one in there}
    numbers = dict.fromkeys(number for one in history if (number := pull_of(one, repo, lowest=lowest)) is not None)
    return tuple(number for number in numbers if number not in present)
