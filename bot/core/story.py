"""What a promoted commit tells of its change: who wrote it, in what words, and which tiers it has been through.

The merge itself knows little of that: a merge commit knows who pressed the button, a squash has GitHub's author and
date. So the carrier's own commits are asked; on a promotion pull request it is the one that we picked, which kept it
all, whatever way it was merged and whatever somebody mended on top of it.
"""

from dataclasses import dataclass

from bot.core import lineage, message
from bot.core.lineage import Hop
from bot.core.model import Change, Commit, NewCommit, Promotion
from bot.core.promotion import CONFLICT_TRAILER, goes_on, plain_title


@dataclass(frozen=True, slots=True)
class Story:
    """A change's story, as its next commit and the next pull request tell it."""

    commit: NewCommit
    """The commit of a clean promotion."""
    hops: tuple[Hop, ...]


def told(ask: Promotion, change: Change, own: tuple[Commit, ...]) -> Story:
    """Tell the story; `own` are the commits of the carrier itself, oldest first.

    The committer date is the merge's, so that a replay on an unmoved target makes the same commit again.
    """
    written = tuple(one for one in own if not _joins(one)) or (change.tip or change.head,)
    picked = _picked(ask, written)
    lead = picked or written[-1]
    hops = lineage.hops(ask, change, lead)
    when = int(ask.carrier.merged_at.timestamp()) if ask.carrier.merged_at else 0
    identity = f"{ask.app.login} <{ask.app.email}>"
    text = message.promoted(
        _text(ask, change, written, picked),
        picked=tuple(hop.commit for hop in hops),
        origin=f"{ask.carrier.repo.full_name}#{ask.source}",
        co_authors=_co_authors(written, lead),
        sign_off=identity if ask.rules.sign_off else None,
    )
    return Story(NewCommit(lead.author, f"{identity} {when} +0000", text), hops)


def _joins(one: Commit) -> bool:
    """Return whether a commit joins two branches, as *Update branch* does: whoever pressed it wrote nothing."""
    return len(one.parents) > 1


def _picked(ask: Promotion, written: tuple[Commit, ...]) -> Commit | None:
    """Return the commit of a promotion pull request that we picked; anywhere else a trailer may be a stranger's."""
    if not goes_on(ask):
        return None
    return next((one for one in written if ask.source in lineage.promoted_from(one.message)), None)


def _text(ask: Promotion, change: Change, written: tuple[Commit, ...], picked: Commit | None) -> str:
    """Return the message to carry, without what is true of the tier below alone: our prefix, and the conflict there."""
    last = written[-1]
    match change.method, change.tip:
        case "merge", _ if not message.is_default_merge(change.head.message):
            text = change.head.message
        # With a tip, it is the base merged into the pull request and pushed: those words are git's.
        case "squash", None if not message.quotes(change.head.message, (picked or last).message):
            text = change.head.message
        case _ if picked or len(written) == 1:
            text = (picked or last).message
        case _:
            subjects = [one.message.strip().partition("\n")[0] for one in written]
            text = "\n".join([ask.carrier.title, "", *(f"* {subject}" for subject in subjects), ""])
    subject, newline, rest = text.lstrip("\n").partition("\n")
    return message.without(plain_title(subject, ask) + newline + rest, CONFLICT_TRAILER)


def _co_authors(written: tuple[Commit, ...], lead: Commit) -> tuple[str, ...]:
    """Return the other people who wrote the commits, as `Name <mail>`."""
    people = dict.fromkeys(one.author.rpartition("> ")[0] + ">" for one in written)
    return tuple(person for person in people if not lead.author.startswith(person))
