"""The promotion pull request: what it carries, from where, and how to do the same by hand."""

from collections.abc import Sequence
from html import escape

from bot.core.lineage import hops
from bot.core.model import Change, Conflict, ConflictedFile, Promotion, Sha
from bot.core.words import recipe
from bot.core.words.markdown import COMMENT_LIMIT, block, code, count, details, sayable, table

SHOWN_FILES = 30
"""Conflicted files listed one by one; the rest are counted."""


def body(ask: Promotion, change: Change, *, policies: Sequence[str]) -> str:
    """Return the body of a clean promotion pull request."""
    opening = f"{_brings(ask)}: {count(len(change.paths), 'path')}, picked cleanly."
    return "\n\n".join(
        [
            opening,
            _lineage(ask, change),
            _policies(policies),
            details("The same by hand", block(recipe.promote(ask, change), "sh")),
        ],
    )


def conflicted_body(
    ask: Promotion, change: Change, outcome: Conflict, *, policies: Sequence[str], missing: Sequence[int]
) -> str:
    """Return the body of a draft that holds conflicted files."""
    opening = (
        f"{_brings(ask)}, but {count(len(outcome.files), 'file')} could not be merged. **Do not merge this as it is**: "
        "the check `tierkeeper/promotion` stays red until the conflicts below are settled and a commit says so."
    )
    parts = [
        opening,
        files(outcome.files),
        *([prerequisites(ask, missing)] if missing else []),
        "To settle it, in any clone:",
        block(recipe.resolve(ask), "sh"),
        "Then press *Ready for review*.",
        _lineage(ask, change),
        _policies(policies),
    ]
    return _within("\n\n".join(parts), parts[0], parts[-5:])


def conflict_comment(ask: Promotion, change: Change, outcome: Conflict, *, missing: Sequence[int]) -> str:
    """Return what is said where the rules want a comment in place of a draft."""
    opening = (
        f"#{ask.source} does not apply to {code(ask.target.name)}: {count(len(outcome.files), 'file')} in conflict. "
        "No pull request was opened, as `promotion.conflicts: comment` asks."
    )
    parts = [
        opening,
        files(outcome.files),
        *([prerequisites(ask, missing)] if missing else []),
        "To promote it by hand, in any clone; `git cherry-pick` will stop for you to settle the conflict:",
        block(recipe.promote(ask, change), "sh"),
    ]
    return _within("\n\n".join(parts), parts[0], parts[-2:])


def files(conflicted: Sequence[ConflictedFile]) -> str:
    """Return the conflicted files: a table with the kind of each, then the first hunk of each."""
    shown = conflicted[:SHOWN_FILES]
    rows = [(code(file.path), file.kind, code(file.explanation)) for file in shown]
    hunks = [
        details(f"<code>{escape(sayable(file.path))}</code>", block(file.excerpt)) for file in shown if file.excerpt
    ]
    more = [f"… and {count(len(conflicted) - len(shown), 'more file')}."] if len(conflicted) > len(shown) else []
    return "\n\n".join([table(("file", "conflict", "git says"), rows), *more, *hunks])


def prerequisites(ask: Promotion, missing: Sequence[int]) -> str:
    """Name the earlier changes whose absence may be all that is wrong."""
    listed = ", ".join(f"#{number}" for number in missing)
    return (
        f"**Prerequisites**: {listed} touched the same files earlier and {'is' if len(missing) == 1 else 'are'} "
        f"not in {code(ask.target.name)} yet. Promoting in that order may be all it takes."
    )


def branch_kept(ask: Promotion, commit: Sha) -> str:
    """Say why nothing was pushed, and what would have been."""
    return (
        f"branch {code(ask.branch)} holds commits by others and was left as it is; the pick would have been {commit}. "
        f"To let the bot make it anew: `git push origin --delete {ask.branch}`, then redeliver the merge"
    )


def conflict_marker(ask: Promotion) -> str:
    """Return what our comment on a conflict is found by."""
    return f"<!-- tierkeeper:conflict {ask.target.name} -->"


def _brings(ask: Promotion) -> str:
    return f"Brings #{ask.source} from {code(ask.origin.name)} to {code(ask.target.name)}"


def _lineage(ask: Promotion, change: Change) -> str:
    rows = [
        (code(hop.tier), f"#{hop.pull}" if hop.pull else "-", hop.commit) for hop in hops(ask, change)
    ]  # fmt: skip
    return table(("tier", "pull request", "commit"), [*rows, (f"**{code(ask.target.name)}**", "this one", "-")])


def _policies(policies: Sequence[str]) -> str:
    return (
        "Policies in force: " + ", ".join(code(name) for name in policies) + "; the check `tierkeeper/promotion` tells."
    )


def _within(text: str, first: str, last: Sequence[str]) -> str:
    """Return the text, or without the hunks where GitHub would not take it whole."""
    if len(text) <= COMMENT_LIMIT:
        return text
    return "\n\n".join([first, "*The list of files is too long to be shown here; the check names them.*", *last])
