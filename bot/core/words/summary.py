"""The one live comment on a source pull request: a row per tier, edited in place."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from bot.core.model import Tier
from bot.core.words.markdown import code, count, last_line, table

MARKER = "<!-- tierkeeper:summary"

AGAIN = "To try again, add a label to this pull request or take one off"

State = Literal["in", "open", "draft", "conflict", "already", "left", "closed", "retargeted", "stopped"]


@dataclass(frozen=True, slots=True)
class Row:
    """Where a change stands in one tier."""

    tier: str
    state: State
    pull: int | None = None
    note: str = ""
    """One line of Markdown: why it was left, or what stopped it."""


def render(rows: Sequence[Row], tiers: Sequence[Tier], *, repo: str) -> str:
    """Return the whole comment; its last line before the hidden state is what to do next."""
    known = {row.tier: row for row in rows}
    names = [tier.name for tier in tiers] or list(known)
    lines = [(code(name), _say(known[name]) if name in known else "not yet") for name in names]
    parts = [table(("tier", "this change"), lines), *_next(rows, repo), _hidden(rows)]
    return "\n\n".join(parts)


def rows_of(comment: str) -> tuple[Row, ...]:
    """Return the rows an earlier comment of ours remembers; none if it holds none."""
    found = re.fullmatch(re.escape(MARKER) + r" (\[.*\]) -->", last_line(comment))
    try:
        data = json.loads(found[1]) if found else []
        return tuple(Row(**row) for row in data if row["state"] in get_args(State))
    except (ValueError, TypeError, KeyError):
        return ()


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


def _hidden(rows: Sequence[Row]) -> str:
    """Return what the next edit needs to know, invisible to readers; a `>` in it could end the HTML comment."""
    data = [{"tier": row.tier, "state": row.state, "pull": row.pull, "note": row.note} for row in rows]
    text = json.dumps(data, separators=(",", ":")).replace(">", "\\u003e")
    return f"{MARKER} {text} -->"
