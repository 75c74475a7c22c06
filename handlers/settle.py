"""A conflict was settled, by a person or by a new pick: what shows it on the pull request is taken off."""

import structlog
from gidgethub.routing import Router
from gidgethub.sansio import Event

from bot.core import promotion
from bot.core.model import Commit, Markers, Promotion, Rules
from bot.core.words import pull as words
from bot.core.words.summary import Row
from bot.world import Workspace, World
from handlers.carry import story_of
from handlers.gather import ask_behind, pull_of, rules_in_force
from handlers.tell import tell
from policies import NAMES

router = Router()
log = structlog.get_logger()


@router.register("pull_request", action="synchronize")
async def on_settled(event: Event, world: World) -> None:
    """Take off title, label and text of a conflict, where nobody gave it others; the draft is a person's to lift."""
    pull = pull_of(event)
    if pull.state != "open" or not promotion.looks_conflicted(pull):
        return
    rules = await rules_in_force(pull.repo, world)
    ask = await ask_behind(pull, rules, world) if isinstance(rules, Rules) else None
    onto = await world.github.tip(pull.repo, pull.base) if ask else None
    if ask is None or onto is None:
        return
    async with world.git.workspace(pull.repo) as work:
        commits = await work.commits(pull.head_sha, onto=onto)
        said = await work.last_saying(promotion.CONFLICT_TRAILER, pull.head_sha, onto=onto)
        if not commits or promotion.unresolved(said):
            return
        if await work.markers(pull.head_sha, onto=onto) != Markers():
            return
        body = await _body(ask, commits, work)
    now = await world.github.pull(pull.repo, pull.number)
    if now is None or now.state != "open":
        return
    title = promotion.title(ask) if now.title == pull.title else None
    await world.github.edit_pull(pull, title=title, body=body if now.body == pull.body else None)
    if promotion.CONFLICT_LABEL in now.labels:
        await world.github.undress(pull, promotion.CONFLICT_LABEL)
    row = Row(ask.target.name, "draft" if now.draft else "open", pull.number)
    await tell(pull.repo, ask.source, [row], ask.rules.tiers, world)
    log.info("conflict settled", pull=pull.number, tier=ask.target.name)


async def _body(ask: Promotion, commits: tuple[Commit, ...], work: Workspace) -> str:
    change = await work.change(ask.carrier, onto=commits[-1].sha)
    offer = words.Offer(ask, change, (await story_of(ask, change, work)).hops, NAMES)
    return words.body(offer) if promotion.only_ours(commits, ask.app) else words.settled_body(offer)
