"""The one live comment on a pull request: what it changes in the manifests Argo CD will apply."""

from bot.core.manifests import ManifestDiff, Reviewed
from bot.core.words.diff.counts import headline
from bot.core.words.diff.overview import dangers, overlays, reviewed_as
from bot.core.words.diff.sections import GAP, sections
from bot.core.words.markdown import COMMENT_LIMIT, code, count, few, shortened, size

MARKER = "<!-- tierkeeper:diff"
REVIEWED_SHARE = 16_000
"""Bytes that may tell how a promotion differs from what was reviewed."""
COUNTS_SHARE = 300
"""Bytes that tell how much is not shown."""
SHOWN_COMMANDS = 3
SHOWN_TOOLS = 5


def comment(diff: ManifestDiff, *, reviewed: Reviewed | None, link: str | None) -> str:
    """Return the comment, with as much of the diff as GitHub takes; `link` is the page that holds all of it."""
    return _within(diff, reviewed, link, COMMENT_LIMIT)


def unbounded(diff: ManifestDiff) -> str:
    """Return the same where no limit of GitHub's applies, as in a terminal."""
    return _within(diff, None, None, 2**63)


def opening(diff: ManifestDiff) -> str:
    """Return the first line: counts, or that nothing changes."""
    if diff.overlays:
        return headline(diff, code)
    looked_at = f"{count(diff.looked_at, 'overlay')} {'renders' if diff.looked_at == 1 else 'render'}"
    return f"No change in what Argo CD applies at {code(diff.head[:7])}: {looked_at} to the same as before."


def above(diff: ManifestDiff, reviewed: Reviewed | None) -> list[str]:
    """Return what stands between the first line and the table."""
    warned = dangers(diff)
    return [*([warned] if warned else []), *([reviewed_as(reviewed, most=REVIEWED_SHARE)] if reviewed else [])]


def footer(diff: ManifestDiff, link: str | None) -> str:
    """Return how it was rendered, from which commits, and where all of it is."""
    commands = sorted({overlay.command for overlay in diff.overlays if overlay.command})
    tools = few([code(shortened(tool, 80)) for tool in diff.tools], SHOWN_TOOLS)
    by_hand = few([code(shortened(command, 200)) for command in commands], SHOWN_COMMANDS)
    compared = f"head {code(diff.head[:7])}, base {code(diff.base[:7])}"
    parts = [
        *([f"Rendered by {tools}"] if tools else []),
        *([f"by hand: {by_hand}"] if by_hand else []),
        compared,
        *([f"{len(diff.overlays):,} of {count(diff.looked_at, 'overlay')} differ"] if diff.overlays else []),
        *([f"[full diff](<{link}>)"] if link else []),
    ]
    return " · ".join(parts)


def _within(diff: ManifestDiff, reviewed: Reviewed | None, link: str | None, most: int) -> str:
    start, end = [opening(diff), *above(diff, reviewed)], [footer(diff, link), f"{MARKER} {diff.head} -->"]
    most -= size(GAP.join([*start, *end])) + 2 * len(GAP)
    rows = overlays(diff, most=most - COUNTS_SHARE - size(link or ""))
    shown = sections(diff, link, most=most - size(rows))
    return GAP.join([*start, *(part for part in (rows, shown) if part), *end])
