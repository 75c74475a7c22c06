"""Where a change goes next, and what it is called there."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

from wcmatch import glob

from bot.core import message
from bot.core.model import App, Change, Commit, Entry, NewCommit, NewPull, Promotion, PullRequest, Rules, Sha, Tier
from bot.core.words.markdown import code

TITLE_LIMIT = 256
"""Characters GitHub takes in a title."""

WORKFLOWS = ".github/workflows/"
"""Writing here needs a permission of its own, which the App does not ask for."""

UNRESOLVED = "unresolved"
RESOLVED = "resolved"
CONFLICT_LABEL = "conflict"
CONFLICTED = "[conflict] "
"""Before the title of a draft that holds conflicted files."""

CONFLICT_TRAILER = "Tierkeeper-Conflict"

_BRANCH = re.compile(r"promote/(?P<tier>[^/]+)/(?P<source>[1-9]\d{0,17})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Left:
    """A change that stays where it is, and why."""

    why: Literal["skipped", "refused"]
    reason: str
    """One sentence of Markdown, for the person who merged."""


def tier_of(branch: str, rules: Rules) -> Tier | None:
    """Return the tier a branch belongs to."""
    return next((tier for tier in rules.tiers if tier.branch == branch), None)


def entries(head: Sha, pulls: Collection[PullRequest], rules: Rules) -> tuple[Entry, ...]:
    """Return what is asked for a commit: an entry for each tier that one of these pull requests offers it to."""
    asked = ((tier, {pull.number for pull in pulls if pull.base == tier.branch}) for tier in rules.tiers)
    return tuple(Entry(tier, head, tuple(sorted(numbers))) for tier, numbers in asked if numbers)


def is_ours(pull: PullRequest, app: App) -> bool:
    """Return whether we opened a pull request, by the account GitHub names as its author."""
    return pull.author.id == app.user_id


def called(pull: PullRequest, rules: Rules) -> tuple[Tier, int] | None:
    """Return the tier and the source pull request that the branch of a pull request names, whatever its base.

    A tier that has another name by now, or is no more, is whichever the pull request asks to enter. The lowest tier
    has no promotions, and a fork's branch names nothing.
    """
    match = _called(pull)
    if match is None:
        return None
    tier = next((tier for tier in rules.tiers if tier.name == match["tier"]), tier_of(pull.base, rules))
    return None if tier is None or tier == rules.tiers[0] else (tier, int(match["source"]))


def claimed(pull: PullRequest) -> int | None:
    """Return the source pull request that the branch of a pull request names, as far as it tells without the rules."""
    match = _called(pull)
    return int(match["source"]) if match else None


def _called(pull: PullRequest) -> re.Match[str] | None:
    return None if pull.from_fork else _BRANCH.fullmatch(pull.head)


def source_of(pull: PullRequest, rules: Rules) -> int | None:
    """Return the number of the source pull request if this calls itself a promotion into its base, ours or by hand.

    Whoever may write to the repository may call a branch so: before a merged one is believed, see that it is ours or
    brought the change.
    """
    match called(pull, rules):
        case (tier, source) if tier.branch == pull.base:
            return source
    return None


def plan(pull: PullRequest, rules: Rules, app: App, *, source: int | None = None) -> Promotion | None:
    """Say which tier a merged pull request asks to enter; None where there is none above, or it was not merged.

    `source` is the pull request whose change it carries, where more is known of that than its branch says.
    """
    origin = tier_of(pull.base, rules)
    target = above(origin, rules) if origin and pull.merged else None
    if origin is None or target is None:
        return None
    source = source or source_of(pull, rules) or pull.number
    return Promotion(rules, app, pull, source, origin, target, branch=branch(target, source))


def goes_on(ask: Promotion) -> bool:
    """Return whether the carrier is a promotion pull request itself, and not the source."""
    return ask.source != ask.carrier.number


def beyond(ask: Promotion) -> Promotion | None:
    """Return the promotion of the same change into the tier above the target, for where the target holds it already."""
    target = above(ask.target, ask.rules)
    return replace(ask, target=target, branch=branch(target, ask.source)) if target else None


def above(tier: Tier, rules: Rules) -> Tier | None:
    """Return the tier next above one; None for the highest."""
    return next(iter(rules.tiers[rules.tiers.index(tier) + 1 :]), None)


def branch(tier: Tier, source: int) -> str:
    """Return the natural name of a promotion's branch: what keeps a change from being promoted twice."""
    return f"promote/{tier.name}/{source}"


def left_by_label(ask: Promotion) -> Left | None:
    """Say so if a label keeps the change where it is."""
    label = next((label for label in ask.rules.skip_labels if label in ask.carrier.labels), None)
    return Left("skipped", f"label {code(label)}; take it off to promote after all") if label else None


def left_by_content(ask: Promotion, change: Change) -> Left | None:
    """Say so if what the change touches keeps it where it is."""
    workflow = next((path for path in change.paths if path.startswith(WORKFLOWS)), None)
    if workflow:
        reason = f"it changes {code(workflow)}: the App has no permission to write workflows; carry it by hand"
        return Left("refused", reason)
    skip = ask.rules.skip_paths
    matcher = glob.compile(skip, flags=glob.GLOBSTAR | glob.DOTGLOB | glob.FORCEUNIX) if skip and change.paths else None
    if matcher and all(matcher.match(path) for path in change.paths):
        return Left("skipped", f"it touches only {', '.join(code(pattern) for pattern in skip)}")
    return None


def title(ask: Promotion, *, conflicted: bool = False) -> str:
    """Return `[tier-1] Title`, an older tier's prefix replaced, within GitHub's limit."""
    plain = plain_title(ask.carrier.title, ask)
    full = f"{CONFLICTED if conflicted else ''}[{ask.target.name}] {plain}"
    return full if len(full) <= TITLE_LIMIT else full[: TITLE_LIMIT - 1] + "…"


def plain_title(text: str, ask: Promotion) -> str:
    """Return a title without the prefixes we put before it, that of a tier which was renamed since among them."""
    match = _BRANCH.fullmatch(ask.carrier.head) if goes_on(ask) else None
    names = {tier.name for tier in ask.rules.tiers} | ({match["tier"]} if match else set())
    prefixes = [CONFLICTED, *(f"[{name}] " for name in names)]
    while found := next((prefix for prefix in prefixes if text.startswith(prefix)), None):
        text = text.removeprefix(found)
    return text


def labels(ask: Promotion, *, conflicted: bool) -> tuple[str, ...]:
    """Return the labels of the promotion pull request: ours, then those of the carrier that are not about a tier."""
    ours = ["promotion", f"tier/{ask.target.name}", *([CONFLICT_LABEL] if conflicted else [])]
    about_tiers = {"promotion", CONFLICT_LABEL, *(f"tier/{tier.name}" for tier in ask.rules.tiers)}
    return (*ours, *(label for label in ask.carrier.labels if label not in about_tiers))


def assignees(ask: Promotion) -> tuple[str, ...]:
    """Return who is to look after it: the author, or whoever looked after the carrier where that is a bot."""
    return ask.carrier.assignees if ask.carrier.author.is_bot else (ask.carrier.author.login,)


def conflicted_commit(clean: NewCommit) -> NewCommit:
    """Return the commit that holds conflicted files; its trailer keeps the check red until a person answers it."""
    text = message.with_trailer(clean.message, CONFLICT_TRAILER, UNRESOLVED)
    return NewCommit(clean.author, clean.committer, text)


def unresolved(said: Commit | None) -> bool:
    """Return whether the newest commit that says anything of a conflict does not say that it is resolved."""
    words = message.values(said.message, CONFLICT_TRAILER) if said else ()
    return bool(words) and words[-1].lower() != RESOLVED


def looks_conflicted(pull: PullRequest) -> bool:
    """Return whether a promotion pull request shows the signs of a conflict."""
    return CONFLICT_LABEL in pull.labels or pull.title.startswith(CONFLICTED)


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
