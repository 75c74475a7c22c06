"""What a promotion pull request is told when its tier moved on without it."""

from bot.core.model import Conflict, Promotion
from bot.core.words.conflict import files
from bot.core.words.markdown import code, count

MARKER = "<!-- tierkeeper:moved -->"
CONFLICTS = "of this now conflict with it"
"""How a comment of ours that tells of conflicts is known."""


def now_there(branch: str, *, closed: bool) -> str:
    """Say that nothing is left to promote, and who closes it."""
    end = "Closed." if closed else "It holds commits by others, so closing it is left to you."
    return f"{code(branch)} has moved and now holds all of this: merging it would change nothing. {end}\n\n{MARKER}"


def now_conflicts(branch: str, outcome: Conflict) -> str:
    """Say that the branch no longer merges, and how to bring it up to date."""
    opening = (
        f"{code(branch)} has moved, and {count(len(outcome.files), 'file')} {CONFLICTS}. "
        f"Merge {code(branch)} into this branch, settle them and push."
    )
    return "\n\n".join([opening, files(outcome.files), MARKER])


def followed(ask: Promotion) -> str:
    """Say that a later change below may take this one back."""
    later = f"#{ask.source} was merged into {code(ask.origin.branch)} after this"
    return (
        f"{later} and touches the same files, so that {code(ask.target.branch)} as it is needs nothing of it. "
        f"Close this if it takes this back; once this is merged, add a label to #{ask.source} to offer it, too."
        f"\n\n{MARKER}"
    )


def merges_again(branch: str) -> str:
    """Say that what we said of conflicts is over."""
    return f"The conflicts with {code(branch)} are gone: this merges again.\n\n{MARKER}"


def picked_anew(branch: str) -> str:
    """Say that the conflict is gone."""
    gone = f"{code(branch)} has moved and the conflict is gone: this branch was picked anew. Press *Ready for review*."
    return f"{gone}\n\n{MARKER}"
