"""The one live comment on a source pull request: a row per tier, edited in place.

What it remembers for its next edit is hidden in it. Whoever may write to the repository may edit our comments, and
GitHub tells nobody who did, so what is remembered is sealed: what we did not write there, or wrote elsewhere, is
forgotten.
"""

import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.core.model import Repository, Tier
from bot.core.words.markdown import code, count, few, last_line, table

MARKER = "<!-- tierkeeper:summary"

AGAIN = "To try again, add a label to this pull request or take one off"

_DOMAIN = "tierkeeper: rows of a summary, version 1"
"""A row that a reader of this version cannot read is of another version."""

_REMEMBERED = re.compile(re.escape(MARKER) + r" (\[.*\]) ([0-9a-f]{64}) -->")

State = Literal["in", "open", "draft", "conflict", "already", "left", "closed", "retargeted", "stopped"]


@dataclass(frozen=True, slots=True)
class Row:
    """Where a change stands in one tier."""

    tier: str
    state: State
    pull: int | None = None
    note: str = ""
    """One line of Markdown: why it was left, or what stopped it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the comment stands, and the secret by which we know what we wrote there."""

    repo: Repository
    number: int
    key: bytes


def render(rows: Sequence[Row], tiers: Sequence[Tier], place: Place) -> str:
    """Return the whole comment; its last line before the hidden state is what to do next."""
    known = {row.tier: row for row in rows}
    names = [tier.name for tier in tiers] or list(known)
    lines = [(code(name), _say(known[name]) if name in known else "not yet") for name in names]
    parts = [table(("tier", "this change"), lines), *_next(rows, place.repo.full_name), _hidden(rows, place)]
    return "\n\n".join(parts)


def rows_of(comment: str, place: Place) -> tuple[Row, ...]:
    """Return the rows that we wrote into an earlier comment in that place; none if somebody else did."""
    found = _REMEMBERED.fullmatch(last_line(comment))
    if found is None or not hmac.compare_digest(_seal(found[1], place), found[2]):
        return ()
    return tuple(Row(**row) for row in json.loads(found[1]))


def stopped_by(problems: Sequence[object]) -> Row:
    """Return the row said while the rules cannot be read, and so nothing is known of the tiers."""
    many = count(len(problems), "problem")
    first = f"the first: {code(str(problems[0]))}. Once they are mended this goes on within minutes"
    return Row("every tier", "stopped", note=f"the rules file on the default branch has {many}, {first}")


def refused(tier: str, refusal: str) -> Row:
    """Return the row of a promotion that GitHub or git said no to."""
    return Row(tier, "stopped", note=f"{code(refusal)}. {AGAIN}")


def caught_up(tier: str, above: Tier | None) -> Row:
    """Return the row of a tier that came to hold what was offered to it, and how to go on from there."""
    go_on = "to offer it to {} as well, add a label to this pull request or take one off"
    return Row(tier, "already", note=go_on.format(code(above.name)) if above else "")


def too_early(tier: str, earlier: Sequence[int]) -> Row:
    """Return the row of a change that a tier needs only after earlier ones, still open, which it may take back."""
    named = few([f"#{number}" for number in earlier], 5)
    again = "close what this takes back, or once that is merged add a label to this pull request"
    return Row(tier, "left", note=f"as it is, the tier needs nothing of this, but {named} is open and earlier: {again}")


def updated(rows: Sequence[Row], news: Sequence[Row], tiers: Sequence[Tier]) -> tuple[Row, ...]:
    """Return the rows with the news in place of what they said of those tiers, without tiers that are no more."""
    names = {tier.name for tier in tiers} or {row.tier for row in (*rows, *news)}
    return tuple({row.tier: row for row in (*rows, *news) if row.tier in names}.values())


def _say(row: Row) -> str:
    pull = f"#{row.pull}"
    said: dict[State, str] = {
        "in": f"in, by {pull}",
        "open": f"{pull} is open: review and merge it",
        "draft": f"{pull} is a draft: it waits for *Ready for review*",
        "conflict": f"{pull} is a draft with **conflicts**: settle them there",
        "already": "already there",
        "closed": f"{pull} was closed without merging; reopen it to go on",
        "retargeted": f"{pull} now asks to enter {row.note}",
        "left": "not promoted",
        "stopped": "**stopped**",
    }
    if row.state == "conflict" and row.pull is None:
        return "**conflict**: to be promoted by hand"
    return f"{said[row.state]}: {row.note}" if row.note and row.state != "retargeted" else said[row.state]


def _next(rows: Sequence[Row], repo: str) -> list[str]:
    """Return the last line: the next command, where there is one."""
    for row in rows:
        if row.state == "open":
            return [f"Next: `gh pr merge {row.pull} --repo {repo}`"]
        if row.state == "draft":
            return [f"Next: `gh pr ready {row.pull} --repo {repo}`"]
        if row.state == "conflict" and row.pull:
            return [f"Next: `gh pr view {row.pull} --repo {repo}` shows the files and the commands that settle them"]
        if row.state == "closed":
            return [f"Next: `gh pr reopen {row.pull} --repo {repo}`"]
    return []


def _hidden(rows: Sequence[Row], place: Place) -> str:
    """Return what the next edit needs to know, invisible to readers; a `>` in it could end the HTML comment."""
    data = [{"tier": row.tier, "state": row.state, "pull": row.pull, "note": row.note} for row in rows]
    text = json.dumps(data, separators=(",", ":")).replace(">", "\\u003e")
    return f"{MARKER} {text} {_seal(text, place)} -->"


def _seal(text: str, place: Place) -> str:
    """Return what only the key makes of a text in its place."""
    return hmac.new(place.key, f"{_DOMAIN}\n{place.repo.id}\n{place.number}\n{text}".encode(), "sha256").hexdigest()
