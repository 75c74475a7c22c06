"""A change merged into one tier asks to enter the next.

A label put on or taken off a merged pull request asks again: it is the one thing anybody who may mend what stood in
the way can do on GitHub's page, and it costs nothing where nothing is to be done.
"""

from contextlib import suppress
from datetime import timedelta

import structlog
from gidgethub.routing import Router
from gidgethub.sansio import Event

from bot.core import promotion
from bot.core.model import App, Promotion, PullRequest, Rules, Transient
from bot.core.rules import Invalid
from bot.core.words.summary import Row, stopped_by
from bot.world import World
from handlers.adopt import standing
from handlers.carry import carry
from handlers.gather import ask_into, carried_by, pull_of, rules_in_force
from handlers.tell import tell

router = Router()
log = structlog.get_logger()

FRESH = timedelta(minutes=1)
"""How long what an event says is believed; one that waited longer may have been overtaken."""


@router.register("pull_request", action="closed")
@router.register("pull_request", action="labeled")
@router.register("pull_request", action="unlabeled")
async def on_closed(event: Event, world: World) -> None:
    """Bring what was merged to the next tier, and tell its source pull request where it stands."""
    if pull_of(event).state == "open":
        return
    pull = await _as_it_is(pull_of(event), world)
    rules = await rules_in_force(pull.repo, world)
    if rules is None or pull.state == "open":
        return
    app = await world.github.app()
    match rules:
        case Invalid():
            if pull.merged:
                await tell(pull.repo, promotion.claimed(pull) or pull.number, [stopped_by(rules.problems)], (), world)
        case Rules() if pull.merged or event.data["sender"]["login"] != app.login:
            await _follow(pull, rules, app, world)


async def _as_it_is(pull: PullRequest, world: World) -> PullRequest:
    """Return the pull request as GitHub has it now, unless the event is as good as that."""
    age = abs(world.clock.now() - pull.merged_at) if pull.merged_at else None
    if age is not None and age < FRESH and pull.commits is not None:
        return pull
    return await world.github.pull(pull.repo, pull.number) or pull


async def _follow(pull: PullRequest, rules: Rules, app: App, world: World) -> None:
    """Bring about what should be in the tiers, and tell what is new there."""
    source = await carried_by(pull, rules, world)
    ask = promotion.plan(pull, rules, app, source=source or pull.number)
    if ask:
        await _bring(ask, world)
    elif source and (tier := promotion.tier_of(pull.base, rules)):
        await tell(pull.repo, source, [standing(pull, tier)], rules.tiers, world)
    match promotion.called(pull, rules):
        case (tier, missed) if pull.merged and pull.base != tier.branch and promotion.is_ours(pull, app):
            if again := await ask_into(tier, missed, pull.repo, rules, world):
                await _bring(again, world)


async def _bring(ask: Promotion, world: World) -> None:
    """Offer a change to the next tier and tell its source where it stands."""
    landed = Row(ask.origin.name, "in", ask.carrier.number)
    try:
        rows = await carry(ask, world)
    except Transient:
        await _early(ask, landed, world)
        raise
    await tell(ask.carrier.repo, ask.source, (landed, *rows), ask.rules.tiers, world)


async def _early(ask: Promotion, landed: Row, world: World) -> None:
    """Tell how far the change got before what is in the way passes, unless that keeps us from telling, too."""
    with suppress(Transient):
        await tell(ask.carrier.repo, ask.source, [landed], ask.rules.tiers, world)
