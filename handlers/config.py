"""A pull request that edits the rules file learns what it means before it is merged."""

from datetime import timedelta

from gidgethub.routing import Router
from gidgethub.sansio import Event

from bot.core import promotion, rules
from bot.core.model import PullRequest, Rules
from bot.core.words import config as words
from bot.world import World
from handlers.gather import asked_again, pull_of, rules_in_force

router = Router()

LOOK_BACK = timedelta(days=90)


@router.register("pull_request", action="opened")
@router.register("pull_request", action="reopened")
@router.register("pull_request", action="synchronize")
async def on_edit(event: Event, world: World) -> None:
    """Publish `tierkeeper/config`: the problems on their lines, or what the file would have done lately."""
    await _publish(pull_of(event), world)


@router.register("check_suite", action="rerequested")
@router.register("check_run", action="rerequested")
async def on_asked(event: Event, world: World) -> None:
    """Publish it again because a person pressed *Re-run* on our check run, or *Re-run all checks*."""
    match await asked_again(event, words.NAME, world):
        case PullRequest(state="open") as pull:
            await _publish(pull, world, again=True)


async def _publish(pull: PullRequest, world: World, *, again: bool = False) -> None:
    if rules.PATH not in await world.github.changed_files(pull):
        return
    text = await world.github.file(pull.repo, rules.PATH, ref=pull.head_sha)
    if text is None:
        run = words.removed(pull)
    else:
        try:
            proposed = rules.parse(text)
        except rules.Invalid as invalid:
            run = words.broken(pull, invalid.problems)
        else:
            merged, waiting = await _lately_merged(pull, proposed, world), await _renamed(pull, proposed, world)
            run = words.sound(pull, proposed, merged, waiting, await _absent(pull, proposed, world))
    await world.github.publish(pull.repo, run, again=again)


async def _absent(pull: PullRequest, proposed: Rules, world: World) -> frozenset[str]:
    """Return the tiers' branches that are not there."""
    branches = [tier.branch for tier in proposed.tiers]
    return frozenset([branch for branch in branches if await world.github.tip(pull.repo, branch) is None])


async def _renamed(pull: PullRequest, proposed: Rules, world: World) -> tuple[PullRequest, ...]:
    """Return the open promotions whose branches name a tier as it is called now, and no longer would be."""
    now = await rules_in_force(pull.repo, world)
    if not isinstance(now, Rules):
        return ()
    branches = [tier.branch for tier in now.tiers if promotion.tier_of(tier.branch, proposed) not in {None, tier}]
    waiting = [one for branch in branches for one in await world.github.open_pulls(pull.repo, base=branch)]
    return tuple(one for one in waiting if promotion.source_of(one, now))


async def _lately_merged(pull: PullRequest, proposed: Rules, world: World) -> tuple[PullRequest, ...]:
    """Return the newest pull requests merged into a tier that has another above it."""
    since = world.clock.now() - LOOK_BACK
    merged = [
        one
        for tier in proposed.tiers[:-1]
        for one in await world.github.merged_pulls(pull.repo, base=tier.branch, since=since)
    ]
    return tuple(sorted(merged, key=lambda one: one.number, reverse=True)[: words.SIMULATED])
