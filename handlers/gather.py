"""What every handler reads first: whom an event is about, and the rules in force there."""

from collections.abc import Sequence
from dataclasses import dataclass

from gidgethub.sansio import Event

from bot.core import payloads, promotion
from bot.core import rules as reader
from bot.core.model import Promotion, PullRequest, Repository, Rules, Sha, Tier
from bot.world import World
from handlers.adopt import brings


@dataclass(frozen=True, slots=True)
class Group:
    """A commit that a merge queue is about to put on a branch."""

    branch: str
    head: Sha


def repository_of(event: Event) -> Repository:
    """Return the repository an event is about."""
    return payloads.repository(event.data["repository"], installation=event.data["installation"]["id"])


def pull_of(event: Event) -> PullRequest:
    """Return the pull request an event is about."""
    return payloads.pull_request(event.data["pull_request"], installation=event.data["installation"]["id"])


async def asked_again(event: Event, name: str, world: World) -> PullRequest | Group | None:
    """Return what a person wants our check of that name to look at again, if it is that check the person means.

    *Re-run* on a check run means that one, *Re-run all checks* every one that we left on the commit.
    https://docs.github.com/en/webhooks/webhook-events-and-payloads#check_suite
    """
    repo, asked = repository_of(event), event.data[event.event]
    if asked["app"]["id"] != (await world.github.app()).id or asked.get("name", name) != name:
        return None
    suite = event.event == "check_suite"
    left = await world.github.left_on(repo, name, asked["head_sha"]) if suite else asked["external_id"]
    match (left or "").split(":", 1):
        case ["pull", number]:
            return await world.github.pull(repo, int(number))
        case ["group", branch]:
            return Group(branch, asked["head_sha"])
    return None


async def rules_in_force(repo: Repository, world: World) -> Rules | reader.Invalid | None:
    """Return the rules, what is wrong with them, or None for a repository that has none and is left alone.

    They are those of the default branch, never those of a pull request's head.
    """
    text = await world.github.rules_text(repo)
    if text is None:
        return None
    try:
        return reader.parse(text)
    except reader.Invalid as invalid:
        return invalid


async def ask_behind(pull: PullRequest, rules: Rules, world: World) -> Promotion | None:
    """Return the promotion a promotion pull request carries, planned again from what was merged below."""
    source, target = promotion.source_of(pull, rules), promotion.tier_of(pull.base, rules)
    return await ask_into(target, source, pull.repo, rules, world) if target and source else None


async def ask_into(target: Tier, source: int, repo: Repository, rules: Rules, world: World) -> Promotion | None:
    """Return the promotion of a change into a tier, planned again from what was merged below."""
    carrier = await _carrier(repo, source, rules.tiers[: rules.tiers.index(target)], rules, world)
    ask = promotion.plan(carrier, rules, await world.github.app(), source=source) if carrier else None
    while ask and ask.target != target:
        ask = promotion.beyond(ask)
    return ask


async def _carrier(
    repo: Repository, source: int, lower: Sequence[Tier], rules: Rules, world: World
) -> PullRequest | None:
    """Return what was merged into the highest of the lower tiers; one that held the change already has none."""
    first = await world.github.pull(repo, source)
    today = first.repo if first else repo
    for tier in reversed(lower):
        if first and first.base == tier.branch:
            return first
        for one in await world.github.pulls_from(today, head=promotion.branch(tier, source)):
            if one.merged and await carried_by(one, rules, world):
                return await world.github.pull(today, one.number)
    return None


async def carried_by(pull: PullRequest, rules: Rules, world: World) -> int | None:
    """Return the source of the change that a promotion pull request carries, ours or by hand; None if it is neither.

    Anybody who may write can give a branch a promotion's name: one that is not ours has to bring the change.
    """
    source = promotion.source_of(pull, rules)
    if source is None or promotion.is_ours(pull, await world.github.app()):
        return source
    ask = await ask_behind(pull, rules, world)
    return source if ask and await brings(ask, pull, world) else None
