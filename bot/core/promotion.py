"""Where a change goes next, and what it is called there."""

import re
from dataclasses import dataclass
from typing import Literal

from wcmatch import glob

from bot.core import message
from bot.core.model import App, Change, Commit, NewCommit, NewPull, Promotion, PullRequest, Rules, Tier
from bot.core.words.markdown import code

TITLE_LIMIT = 256
"""Characters GitHub takes in a title."""

WORKFLOWS = ".github/workflows/"
"""Writing here needs a permission of its own, which the App does not ask for."""

UNRESOLVED = "unresolved"
RESOLVED = "resolved"
CONFLICT_TRAILER = "Tierkeeper-Conflict"


@dataclass(frozen=True, slots=True)
class Left:
    """A change that stays where it is, and why."""

    why: Literal["skipped", "refused"]
    reason: str
    """One sentence of Markdown, for the person who merged."""


def tier_of(branch: str, rules: Rules) -> Tier | None:
    """Return the tier a branch belongs to."""
    return next((tier for tier in rules.tiers if tier.branch == branch), None)


def source_of(pull: PullRequest, app: App) -> int | None:
    """Return the number of the source pull request if this is one of our promotion pull requests.

    The name of a branch is anybody's to choose, so it counts only on a pull request that we opened ourselves.
    """
    if pull.from_fork or pull.author.login != app.login:
        return None
    match = re.fullmatch(r"promote/.+/(\d{1,18})", pull.head)
    return int(match[1]) if match else None


def plan(pull: PullRequest, rules: Rules, app: App) -> Promotion | None:
    """Say which tier a merged pull request asks to enter; None where there is none above, or it was not merged."""
    origin = tier_of(pull.base, rules)
    if origin is None or not pull.merged:
        return None
    above = rules.tiers[rules.tiers.index(origin) + 1 :]
    if not above:
        return None
    source = source_of(pull, app) or pull.number
    return Promotion(rules, app, pull, source, origin, above[0], branch=branch(above[0], source))


def branch(tier: Tier, source: int) -> str:
    """Return the natural name of a promotion's branch: what keeps a change from being promoted twice."""
    return f"promote/{tier.name}/{source}"


def left_by_label(ask: Promotion) -> Left | None:
    """Say so if a label keeps the change where it is."""
    for label in ask.rules.skip_labels:
        if label in ask.carrier.labels:
            return Left("skipped", f"label {code(label)}; remove it and redeliver the merge to promote after all")
    return None


def left_by_content(ask: Promotion, change: Change) -> Left | None:
    """Say so if what the change touches keeps it where it is."""
    workflow = next((path for path in change.paths if path.startswith(WORKFLOWS)), None)
    if workflow:
        reason = f"it changes {code(workflow)}: the App has no permission to write workflows; carry it by hand"
        return Left("refused", reason)
    skip, flags = ask.rules.skip_paths, glob.GLOBSTAR | glob.DOTGLOB | glob.FORCEUNIX
    if skip and all(glob.globmatch(path, skip, flags=flags) for path in change.paths):
        return Left("skipped", f"it touches only {', '.join(code(pattern) for pattern in skip)}")
    return None


def title(ask: Promotion, *, conflicted: bool = False) -> str:
    """Return `[tier-1] Title`, an older tier's prefix replaced, within GitHub's limit."""
    plain = plain_title(ask.carrier.title, ask.rules)
    full = f"{'[conflict] ' if conflicted else ''}[{ask.target.name}] {plain}"
    return full if len(full) <= TITLE_LIMIT else full[: TITLE_LIMIT - 1] + "…"


def plain_title(text: str, rules: Rules) -> str:
    """Return a title without the prefixes we put before it."""
    prefixes = ["[conflict] ", *(f"[{tier.name}] " for tier in rules.tiers)]
    while found := next((prefix for prefix in prefixes if text.startswith(prefix)), None):
        text = text.removeprefix(found)
    return text


def labels(ask: Promotion, *, conflicted: bool) -> tuple[str, ...]:
    """Return the labels of the promotion pull request: ours, then those of the carrier that are not about a tier."""
    ours = ["promotion", f"tier/{ask.target.name}", *(["conflict"] if conflicted else [])]
    about_tiers = {"promotion", "conflict", *(f"tier/{tier.name}" for tier in ask.rules.tiers)}
    return (*ours, *(label for label in ask.carrier.labels if label not in about_tiers))


def assignees(ask: Promotion) -> tuple[str, ...]:
    """Return who is to look after it: the author, unless that is a bot, which GitHub would refuse."""
    return () if ask.carrier.author.is_bot else (ask.carrier.author.login,)


def commit(ask: Promotion, change: Change) -> NewCommit:
    """Return the commit of a clean promotion.

    Its committer date is the merge's, so that a replay on an unmoved target makes the same commit again.
    """
    when = int(ask.carrier.merged_at.timestamp()) if ask.carrier.merged_at else 0
    identity = f"{ask.app.login} <{ask.app.email}>"
    text = message.promoted(
        _text(ask, change),
        picked=tuple(one.sha for one in change.commits),
        origin=f"{ask.carrier.repo.full_name}#{ask.source}",
        co_authors=_co_authors(change),
        sign_off=identity if ask.rules.sign_off else None,
    )
    return NewCommit(author=_author(ask, change), committer=f"{identity} {when} +0000", message=text)


def conflicted_commit(clean: NewCommit) -> NewCommit:
    """Return the commit that holds conflicted files; its trailer keeps the check red until a person answers it."""
    text = message.with_trailer(clean.message, CONFLICT_TRAILER, UNRESOLVED)
    return NewCommit(clean.author, clean.committer, text)


def unresolved(commits: tuple[Commit, ...]) -> bool:
    """Return whether the last word of the commits, oldest first, on the conflict is that it is not resolved."""
    words = [v for c in commits for key, v in message.trailers(c.message) if key.lower() == CONFLICT_TRAILER.lower()]
    return bool(words) and words[-1].strip().lower() != RESOLVED


def only_ours(commits: tuple[Commit, ...], app: App) -> bool:
    """Return whether every commit was committed by us, so that none of a person's work is lost by replacing them."""
    return all(f"<{app.email}>" in one.committer for one in commits)


def new_pull(ask: Promotion, *, body: str, conflicted: bool) -> NewPull:
    """Return the promotion pull request to open."""
    return NewPull(
        title=title(ask, conflicted=conflicted),
        body=body,
        head=ask.branch,
        base=ask.target.branch,
        draft=conflicted,
    )


def _writer(change: Change) -> Commit:
    """Return the commit that knows who wrote the change: a merge commit only knows who pressed the button."""
    return change.tip or change.head


def _author(ask: Promotion, change: Change) -> str:
    """Return the author line; where a squash made us the author, the first co-author it names wrote the change."""
    writer = _writer(change)
    people = [who for key, who in message.trailers(writer.message) if key.lower() == "co-authored-by"]
    if ask.app.email not in writer.author or not people:
        return writer.author
    return people[0] + writer.author.rpartition(">")[2]


def _text(ask: Promotion, change: Change) -> str:
    """Return the message to carry: the commit's own, or for a range one that lists its commits."""
    if len(change.commits) == 1:
        return message.of_merge(change.head.message, change.tip.message if change.tip else None)
    subjects = [one.message.strip().partition("\n")[0] for one in change.commits]
    return "\n".join([plain_title(ask.carrier.title, ask.rules), "", *(f"* {subject}" for subject in subjects), ""])


def _co_authors(change: Change) -> tuple[str, ...]:
    """Return the other people who wrote commits of a range, as `Name <mail>`."""
    people = [one.author.rpartition("> ")[0] + ">" for one in change.commits] if change.tip is None else []
    writer = _writer(change).author.rpartition("> ")[0] + ">"
    return tuple(dict.fromkeys(person for person in people if person != writer))
