"""The check run `tierkeeper/promotion`: what each policy says, and who or what can change it."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from bot.core.model import CheckRun, Entry, Facts, Verdict
from bot.core.words.markdown import block, code, count, table

NAME = "tierkeeper/promotion"
RECHECK = "recheck"
TITLE_LIMIT = 60

_ORDER = {"deny": 0, "wait": 1, "allow": 2}
_ACTIONS = (("Re-check", "Look at every policy again", RECHECK),)
_SIGNS = {"deny": "❌ denied", "wait": "⏳ waiting", "allow": "✅ allowed"}


def promotion(entry: Entry, verdicts: Sequence[Verdict], facts: Facts) -> CheckRun:
    """Return the check run that publishes the verdicts; the worst one decides."""
    worst = min(verdicts, key=lambda verdict: _ORDER[verdict.decision])
    return CheckRun(
        name=NAME,
        head_sha=entry.head,
        conclusion={"deny": "failure", "wait": None, "allow": "success"}[worst.decision],
        title=_title(entry, worst),
        summary=_summary(entry, verdicts),
        text=_evidence(verdicts, facts),
        external_id=f"pull:{entry.pull}" if entry.pull else f"group:{entry.tier.branch}",
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


def _title(entry: Entry, worst: Verdict) -> str:
    match worst.decision:
        case "deny":
            full = f"Blocked: {worst.reason}"
        case "wait":
            full = f"Waiting: {worst.reason}"
        case _:
            full = f"May enter {entry.tier.name}"
    plain = full.replace("`", "")
    return plain if len(plain) <= TITLE_LIMIT else plain[: TITLE_LIMIT - 1] + "…"


def _summary(entry: Entry, verdicts: Sequence[Verdict]) -> str:
    rows = [(code(v.policy), _SIGNS[v.decision], v.reason, v.remedy or "-", _when(v)) for v in verdicts]
    head = ("policy", "verdict", "seen", "who or what can change it", "looked at again")
    return f"May this enter {code(entry.tier.name)}?\n\n{table(head, rows)}"


def _when(verdict: Verdict) -> str:
    return f"{verdict.again_at:%d %b %H:%M %Z}" if verdict.again_at else "-"


def _evidence(verdicts: Sequence[Verdict], facts: Facts) -> str:
    data = {
        "markers": [asdict(marker) for marker in facts.markers],
        "unread": facts.unread,
        "verdicts": [asdict(verdict) | {"again_at": _when(verdict)} for verdict in verdicts],
    }
    return block(json.dumps(data, indent=2), "json")
