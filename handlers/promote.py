"""A change merged into one tier asks to enter the next."""

from gidgethub.routing import Router
from gidgethub.sansio import Event

from bot.core import promotion
from bot.core.model import App, PullRequest, Rules
from bot.core.rules import Invalid
from bot.core.words.summary import Row, stopped_by
from bot.world import World
from handlers.carry import carry
from handlers.gather import pull_of, rules_in_force
from handlers.tell import tell

router = Router()


@router.register("pull_request", action="closed")
async def on_closed(event: Event, world: World) -> None:
    """Bring what was merged to the next tier, and tell its source pull request where it stands."""
    pull = pull_of(event)
    rules = await rules_in_force(pull.repo, world)
    if rules is None:
        return
    app = await world.github.app()
    source = promotion.source_of(pull, app) or pull.number
    match rules:
        case Invalid():
            if pull.merged:
                await tell(pull.repo, source, [stopped_by(rules.problems)], (), world)
        case Rules():
            news = await _follow(pull, rules, app, world)
            await tell(pull.repo, source, news, rules.tiers, world)


async def _follow(pull: PullRequest, rules: Rules, app: App, world: World) -> tuple[Row, ...]:
    """Return what is new in the tiers, after bringing about what should be."""
    origin = promotion.tier_of(pull.base, rules)
    carried = promotion.source_of(pull, app) is not None
    if origin is None:
        return ()
    if not pull.merged:
        return (Row(origin.name, "closed", pull.number),) if carried else ()
    landed = Row(origin.name, "in", pull.number)
    ask = promotion.plan(pull, rules, app)
    if ask is None:
        return (landed,) if carried else ()
    return (landed, await carry(ask, world))
