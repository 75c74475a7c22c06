"""A conflict: which files and of what kind, what may be missing, and the commands that settle it."""

from collections.abc import Sequence

from bot.core.model import Conflict, ConflictedFile, Promotion
from bot.core.words import recipe
from bot.core.words.markdown import COMMENT_LIMIT, block, code, count, details, html_code, table
from bot.core.words.pull import Offer, brings, facts

SHOWN_FILES = 100
"""Conflicted files listed one by one; the rest are counted."""


def body(offer: Offer, outcome: Conflict, *, missing: Sequence[int]) -> str:
    """Return the body of a draft that holds conflicted files."""
    ask = offer.ask
    before, after = recipe.resolve(ask)
    opening = (
        f"{brings(ask)}, but {count(len(outcome.files), 'file')} could not be merged. **Do not merge this as it is**: "
        "the check `tierkeeper/promotion` stays red until the conflicts below are settled and a commit says so."
    )
    steps = [
        *_prerequisites(ask, missing),
        "To settle it, in any clone:",
        block(before, "sh"),
        f"Edit the files named above, in {code(recipe.tree(ask))}, until no marker is left. Then:",
        block(after, "sh"),
        "Last, press *Ready for review*.",
        facts(offer),
    ]
    return _fitting(opening, outcome.files, steps)


def comment(offer: Offer, outcome: Conflict, *, missing: Sequence[int]) -> str:
    """Return what is said where the rules want a comment in place of a draft."""
    ask = offer.ask
    before, after = recipe.settle_by_hand(ask, offer.change)
    opening = (
        f"#{ask.source} does not apply to {code(ask.target.name)}: {count(len(outcome.files), 'file')} in conflict. "
        "No pull request was opened, as `promotion.conflicts: comment` asks."
    )
    steps = [
        *_prerequisites(ask, missing),
        "To promote it by hand, in any clone; `git cherry-pick` stops at the conflict:",
        block(before, "sh"),
        f"Settle the files named above, in {code(recipe.tree(ask))}. Then:",
        block(after, "sh"),
        marker(ask),
    ]
    return _fitting(opening, outcome.files, steps)


def marker(ask: Promotion) -> str:
    """Return what our comment on a conflict is found by."""
    return f"<!-- tierkeeper:conflict {ask.target.name} -->"


def files(conflicted: Sequence[ConflictedFile]) -> str:
    """Return the conflicted files: a table with the kind of each."""
    shown = conflicted[:SHOWN_FILES]
    rows = [(code(file.path), file.kind, code(file.explanation)) for file in shown]
    more = [f"… and {count(len(conflicted) - len(shown), 'more file')}."] if len(conflicted) > len(shown) else []
    return "\n\n".join([table(("file", "conflict", "git says"), rows), *more])


def _fitting(opening: str, conflicted: Sequence[ConflictedFile], steps: Sequence[str]) -> str:
    """Return the text with as many first hunks of files as GitHub takes, and without the table if it must be."""
    hunks = [_hunk(file) for file in conflicted[:SHOWN_FILES] if file.excerpt]
    for shown in (hunks, hunks[:10], hunks[:3], []):
        text = "\n\n".join([opening, files(conflicted), *shown, *steps])
        if len(text) <= COMMENT_LIMIT:
            return text
    return "\n\n".join([opening, "*Their names are too long to be listed here.*", *steps])


def _hunk(file: ConflictedFile) -> str:
    return details(html_code(file.path), block(file.excerpt))


def _prerequisites(ask: Promotion, missing: Sequence[int]) -> list[str]:
    """Name the earlier changes whose absence may be all that is wrong."""
    if not missing:
        return []
    listed = ", ".join(f"#{number}" for number in missing)
    verb = "is" if len(missing) == 1 else "are"
    lacking = (
        f"**Prerequisites**: {listed} touched the same files earlier and {verb} not in {code(ask.target.name)} yet."
    )
    return [f"{lacking} Promoting in that order may be all it takes."]
