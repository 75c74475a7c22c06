"""What a promotion pull request is told when its tier moved on without it."""

from bot.core.model import Conflict
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


def merges_again(branch: str) -> str:
    """Say that what we said of conflicts is over."""
    return f"The conflicts with {code(branch)} are gone: this merges again.\n\n{MARKER}"


def picked_anew(branch: str) -> str:
    """Say that the conflict is gone."""
    gone = f"{code(branch)} has moved and the conflict is gone: this branch was picked anew. Press *Ready for review*."
    return f"{gone}\n\n{MARKER}"
