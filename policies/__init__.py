"""What must be true: one file per rule, all of them pure."""

from bot.core.model import Entry, Facts, Rules, Verdict
from policies import conflict_markers

ALL = (conflict_markers,)
"""In the order in which they are asked and shown; the first reason of the worst verdict becomes the check's title."""

NAMES = tuple(policy.__name__.rpartition(".")[2] for policy in ALL)


def judge(entry: Entry, facts: Facts, rules: Rules) -> tuple[Verdict, ...]:
    """Ask each policy in turn."""
    return tuple(policy.check(entry, facts, rules) for policy in ALL)
