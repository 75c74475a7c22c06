"""The check run `tierkeeper/promotion`: what each policy says, and who or what can change it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.core.model import CheckRun, Entry, Facts, Verdict
from bot.core.words.markdown import block, code, count, few, table

NAME = "tierkeeper/promotion"
RECHECK = "recheck"
TITLE_LIMIT = 60
SHOWN_PULLS = 10

_ORDER = {"deny": 0, "wait": 1, "allow": 2}
_ACTIONS = (("Re-check", "Look at every policy again", RECHECK),)
_HEAD = ("policy", "verdict", "seen", "who or what can change it", "looked at again")
_SIGNS = {"deny": "❌ denied", "wait": "⏳ waiting", "allow": "✅ allowed"}


@dataclass(frozen=True, slots=True)
class Judged:
    """What was seen of a commit that is to enter a tier, and what each policy says of it."""

    entry: Entry
    facts: Facts
    verdicts: tuple[Verdict, ...]
    """At least one."""


def promotion(judged: Sequence[Judged]) -> CheckRun:
    """Return the check run of a commit that is offered to one tier, or to several; the worst verdict of all decides."""
    said = [(one.entry, verdict) for one in judged for verdict in one.verdicts]
    entry, worst = min(said, key=lambda pair: _ORDER[pair[1].decision])
    pulls = [number for one in judged for number in one.entry.pulls]
    return CheckRun(
        name=NAME,
        head_sha=entry.head,
        conclusion={"deny": "failure", "wait": None, "allow": "success"}[worst.decision],
        title=_title(judged, entry, worst),
        summary=_summary(judged) if len(pulls) <= 1 else _summary_of_several(said),
        text=_evidence(judged),
        external_id=f"pull:{min(pulls)}" if pulls else f"group:{entry.tier.branch}",
        actions=_ACTIONS,
    )


def broken_rules(head_sha: str, problems: Sequence[str], *, external_id: str) -> CheckRun:
    """Return the check run shown while the rules on the default branch cannot be read."""
    opening = (
        f"`.github/tierkeeper.yml` on the default branch has {count(len(problems), 'problem')}, "
        "so nothing is promoted until it is mended there."
    )
    laptop = "`tierkeeper check-config .github/tierkeeper.yml` says the same on a laptop."
    return CheckRun(
        name=NAME,
        head_sha=head_sha,
        conclusion="failure",
        title="Blocked: the rules file is broken",
        summary="\n\n".join([opening, block("\n".join(problems[:50])), laptop]),
        external_id=external_id,
        actions=_ACTIONS,
    )


def crowded(head_sha: str, *, external_id: str) -> CheckRun:
    """Return the check run of a commit of which nobody can say to which tiers it is offered."""
    summary = (
        "GitHub keeps one run of this check on a commit, whichever tiers the commit is offered to, and so many "
        "pull requests are open here that they cannot all be looked through for this one. Close some of them, then "
        "press *Re-check*."
    )
    return _waiting(head_sha, "too many pull requests are open", summary, external_id)


def unseen(head_sha: str, refusal: str, *, external_id: str) -> CheckRun:
    """Return the check run of a commit that git does not let us look at."""
    summary = f"{code(refusal)}.\n\nOnce that is settled, press *Re-check*."
    return _waiting(head_sha, "what it brings cannot be looked at", summary, external_id)


def _waiting(head_sha: str, why: str, summary: str, external_id: str) -> CheckRun:
    return CheckRun(
        name=NAME,
        head_sha=head_sha,
        conclusion=None,
        title=f"Waiting: {why}",
        summary=summary,
        external_id=external_id,
        actions=_ACTIONS,
    )


def _title(judged: Sequence[Judged], entry: Entry, worst: Verdict) -> str:
    where = f" for {entry.tier.name}" if len(judged) > 1 else ""
    match worst.decision:
        case "deny":
            full = f"Blocked{where}: {worst.reason}"
        case "wait":
            full = f"Waiting{where}: {worst.reason}"
        case _:
            full = f"May enter {', '.join(one.entry.tier.name for one in judged)}"
    plain = full.replace("`", "")
    return plain if len(plain) <= TITLE_LIMIT else plain[: TITLE_LIMIT - 1] + "…"


def _summary(judged: Sequence[Judged]) -> str:
    rows = [_row(verdict) for one in judged for verdict in one.verdicts]
    return f"May this enter {code(judged[0].entry.tier.name)}?\n\n{table(_HEAD, rows)}"


def _summary_of_several(said: Sequence[tuple[Entry, Verdict]]) -> str:
    rows = [(f"{code(entry.tier.name)} ({_numbers(entry.pulls)})", *_row(verdict)) for entry, verdict in said]
    opening = (
        "Several pull requests offer this very commit, and GitHub keeps one run of this check for all of them: "
        "the worst verdict counts for each."
    )
    closing = "A closed one is noticed by itself; once one has another head or base, press *Re-check*."
    return "\n\n".join([opening, table(("asked for", *_HEAD), rows), closing])


def _numbers(pulls: Sequence[int]) -> str:
    return few([f"#{number}" for number in pulls], SHOWN_PULLS)


def _row(verdict: Verdict) -> tuple[str, ...]:
    shown = (code(verdict.policy), _SIGNS[verdict.decision], verdict.reason)
    return *shown, verdict.remedy or "-", _when(verdict)


def _when(verdict: Verdict) -> str:
    return f"{verdict.again_at:%d %b %H:%M %Z}" if verdict.again_at else "-"


def _evidence(judged: Sequence[Judged]) -> str:
    seen = {one.entry.tier.name: _seen(one) for one in judged}
    (first, *others) = seen.values()
    return block(json.dumps(seen if others else first, indent=2), "json")


def _seen(one: Judged) -> Mapping[str, Any]:
    return {
        "markers": [asdict(marker) for marker in one.facts.markers.found],
        "unread": one.facts.markers.unread,
        "verdicts": [asdict(verdict) | {"again_at": _when(verdict)} for verdict in one.verdicts],
    }
