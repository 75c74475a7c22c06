"""What git could not merge is settled by a person, and a commit says so, before it enters any tier.

Markers alone are not enough to look for: a rename or a deletion in conflict leaves none. So the commit that holds
the conflict carries a trailer, and a later one must answer it. This policy can never be overridden.
"""

from bot.core.model import Entry, Facts, Markers, Rules, Verdict
from bot.core.promotion import CONFLICT_TRAILER, RESOLVED, unresolved
from bot.core.words.markdown import code, count

NAME = "conflict_markers"
SHOWN = 10


def check(entry: Entry, facts: Facts, rules: Rules) -> Verdict:  # noqa: ARG001 - every policy is asked alike
    """Deny while a changed file holds a marker or the trailer is not answered; wait where not all could be read."""
    markers = facts.markers
    if markers.found:
        files = tuple(dict.fromkeys(marker.path for marker in markers.found))
        return Verdict(
            NAME,
            "deny",
            f"conflict markers in {count(len(files), 'file')}: {_named(files)}",
            "whoever can push to the branch: settle the conflict, delete the marker lines, push",
        )
    if unresolved(facts.said):
        return Verdict(
            NAME,
            "deny",
            f"a commit says `{CONFLICT_TRAILER}: unresolved` and no later one answers it",
            f"when it is settled: `git commit --allow-empty --message 'Resolve the conflict' "
            f"--trailer '{CONFLICT_TRAILER}: {RESOLVED}'`, then push",
        )
    return _unseen(markers) or Verdict(NAME, "allow", "no conflict is left in the files this changes")


def _unseen(markers: Markers) -> Verdict | None:
    """Wait where not all could be read."""
    if markers.beyond:
        return Verdict(
            NAME,
            "wait",
            f"too many files are changed: {markers.beyond:,} of them were not looked at",
            "whoever can push to the branch: split the change",
        )
    if markers.unread:
        return Verdict(
            NAME,
            "wait",
            f"not all could be looked at: {_named(markers.unread)}",
            "whoever can push to the branch: split the change, or look at these files and make them smaller",
        )
    return None


def _named(paths: tuple[str, ...]) -> str:
    return ", ".join(code(path) for path in paths[:SHOWN]) + (", …" if len(paths) > SHOWN else "")
