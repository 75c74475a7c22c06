"""Payloads and values with the dull parts filled in; a test says only what it is about."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

from gidgethub.sansio import Event

from bot.core import payloads
from bot.core.model import (
    App,
    Change,
    Commit,
    ConflictedFile,
    Entry,
    Facts,
    Markers,
    Person,
    Promotion,
    PullRequest,
    Repository,
    Rules,
    Sha,
    Tier,
    Verdict,
)
from bot.core.words.check import Judged
from bot.core.words.summary import Place

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
APP = App(id=7, slug="tierkeeper", user_id=700)
BOT = Person(700, "tierkeeper[bot]", is_bot=True)
KIM = Person(1, "kim")
REPO = Repository(10, "acme/shop", "tier-0", "http://git.test/acme/shop.git", "http://github.test/acme/shop", 5)
TIERS = (Tier("tier-0", "tier-0"), Tier("tier-1", "tier-1"), Tier("tier-2", "tier-2"))
RULES = Rules(TIERS)
ENTRY = Entry(TIERS[1], "0" * 40, (13,))
RULES_TEXT = "version: 1\ntiers:\n  - {name: tier-0}\n  - {name: tier-1}\n  - {name: tier-2}\n"


KEY = b"key"


def place(number: int = 12) -> Place:
    """Return where the summary of a pull request stands."""
    return Place(REPO, number, KEY)


def sha(number: int) -> str:
    """Return a readable stand-in for an object name."""
    return f"{number:040x}"


def pull(number: int = 12, **changes: Any) -> PullRequest:
    """Return a pull request merged into tier-0."""
    return replace(
        PullRequest(
            repo=REPO,
            number=number,
            title="Raise web to 41",
            body="",
            html_url=f"{REPO.html_url}/pull/{number}",
            author=KIM,
            state="closed",
            draft=False,
            base="tier-0",
            head=f"topic-{number}",
            head_sha=sha(number),
            head_repo=REPO.id,
            commits=1,
            labels=(),
            assignees=(),
            merged_at=NOW,
            merge_commit=sha(1000 + number),
        ),
        **changes,
    )


def promotion_pull(number: int = 13, *, source: int = 12, tier: str = "tier-1", **changes: Any) -> PullRequest:
    """Return one of our own promotion pull requests, merged."""
    ours: dict[str, Any] = {"title": f"[{tier}] Raise web to 41", "base": tier, "head": f"promote/{tier}/{source}"}
    return pull(number, **(ours | {"author": BOT} | changes))


def commit(message: str = "Raise web to 41\n", *, number: int = 1, **changes: Any) -> Commit:
    """Return a commit by Kim."""
    author = "Kim <kim@acme.test> 1790000000 +0900"
    return replace(Commit(sha(number), sha(500 + number), (sha(number - 1),), author, author, message), **changes)


def change(*commits: Commit, **changes: Any) -> Change:
    """Return a squashed change of one file."""
    given = commits or (commit(),)
    return replace(Change("squash", sha(0), given, None, ("overlays/web/kustomization.yaml",)), **changes)


def promotion(**changes: Any) -> Promotion:
    """Return a promotion of #12 from tier-0 to tier-1."""
    return replace(Promotion(RULES, APP, pull(), 12, TIERS[0], TIERS[1], "promote/tier-1/12"), **changes)


def conflicted_file(path: str = "overlays/web/kustomization.yaml", **changes: Any) -> ConflictedFile:
    """Return a file both sides changed."""
    excerpt = "<<<<<<< tier-1\nnewTag: v39\n||||||| before #12\nnewTag: v40\n=======\nnewTag: v41\n>>>>>>> #12"
    explanation = f"Merge conflict in {path}"
    return replace(ConflictedFile(path, "content", explanation, excerpt), **changes)


def facts(**changes: Any) -> Facts:
    """Return facts in which nothing is wrong."""
    return replace(Facts(NOW, None, Markers()), **changes)


def judged(*verdicts: Verdict, **changes: Any) -> Judged:
    """Return what some policies say of #13, which is to enter tier-1."""
    return replace(Judged(ENTRY, facts(), verdicts), **changes)


def verdict(decision: Literal["allow", "wait", "deny"], **changes: Any) -> Verdict:
    """Return what some policy says."""
    return replace(Verdict("soak", decision, "as seen"), **changes)


def all_again(head: Sha, app: int | None = None) -> Event:
    """Return what GitHub sends when a person presses *Re-run all checks*; the App is ours unless it is named."""
    suite = {"app": {"id": APP.id if app is None else app}, "head_sha": head}
    return event("check_suite", "rerequested", {"check_suite": suite})


def event(name: str, action: str, data: dict[str, Any], *, delivery: str = "d-1") -> Event:
    """Return an event of the repository as it leaves the inbox."""
    return Event({**payloads.event_of(pull(), action), **data}, event=name, delivery_id=delivery)


def pull_event(action: str, one: PullRequest) -> Event:
    """Return an event about a pull request."""
    return event("pull_request", action, payloads.event_of(one, action))
