"""A tier's branch moved, or a promotion pull request did: whether it still merges is looked at again."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog
from gidgethub.routing import Router
from gidgethub.sansio import Event

from bot.core import promotion
from bot.core.lineage import below
from bot.core.model import AlreadyThere, Conflict, Outcome, Picked, PullRequest, Pushed, Refused, Rules, Sha
from bot.core.words import refresh as words
from bot.core.words.summary import caught_up
from bot.world import Workspace, World
from handlers.adopt import standing, trial
from handlers.carry import story_of
from handlers.gather import ask_behind, carried_by, pull_of, repository_of, rules_in_force
from handlers.tell import say, tell, write

router = Router()
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Move:
    """Where a tier's branch was, if that is known, and where it is."""

    before: Sha | None
    now: Sha


@router.register("push")
async def on_moved(event: Event, world: World) -> None:
    """Close what became superfluous, tell of new conflicts, and pick anew where an old one is gone."""
    repo = repository_of(event)
    branch = event.data["ref"].removeprefix("refs/heads/")
    rules = await rules_in_force(repo, world)
    if not isinstance(rules, Rules) or branch not in [tier.branch for tier in rules.tiers[1:]]:
        return
    waiting = [one for one in await world.github.open_pulls(repo, base=branch) if promotion.source_of(one, rules)]
    await _look_at(waiting, event.data.get("before"), rules, world)


@router.register("pull_request", action="converted_to_draft")
@router.register("pull_request", action="ready_for_review")
@router.register("pull_request", action="reopened")
@router.register("pull_request", action="synchronize")
async def on_touched(event: Event, world: World) -> None:
    """Look at a promotion pull request that a person pushed to, or changed the standing of, and tell the source."""
    pull = pull_of(event)
    if pull.state != "open" or promotion.claimed(pull) is None:
        return
    if event.data["sender"]["login"] == (await world.github.app()).login:
        return
    match await rules_in_force(pull.repo, world):
        case Rules() as rules if source := promotion.source_of(pull, rules):
            tier = promotion.tier_of(pull.base, rules)
            if tier and event.data["action"] != "synchronize" and await carried_by(pull, rules, world):
                await tell(pull.repo, source, [standing(pull, tier)], rules.tiers, world)
            await _look_at([pull], None, rules, world)


@router.register("pull_request", action="edited")
async def on_retargeted(event: Event, world: World) -> None:
    """Tell the source which branch a promotion of ours asks to enter, now that a person gave it another."""
    pull = pull_of(event)
    if pull.state != "open" or "base" not in event.data.get("changes", {}):
        return
    rules = await rules_in_force(pull.repo, world) if promotion.is_ours(pull, await world.github.app()) else None
    if isinstance(rules, Rules) and (named := promotion.called(pull, rules)):
        tier, source = named
        await tell(pull.repo, source, [standing(pull, tier)], rules.tiers, world)


async def _look_at(pulls: Sequence[PullRequest], before: Sha | None, rules: Rules, world: World) -> None:
    """Look at pull requests of one base; it was at `before` when they last were, unless there is no telling."""
    onto = await world.github.tip(pulls[0].repo, pulls[0].base) if pulls else None
    if onto is None:
        return
    async with world.git.workspace(pulls[0].repo) as work:
        for pull in pulls:
            try:
                await _look(pull, Move(before, onto), rules, work, world)
            except Refused as refusal:
                log.info("not looked at", pull=pull.number, reason=str(refusal))


async def _look(pull: PullRequest, move: Move, rules: Rules, work: Workspace, world: World) -> None:
    commits = await work.commits(pull.head_sha, onto=move.now)
    app = await world.github.app()
    ours = promotion.only_ours(commits, app)
    came = below(commits) if promotion.only_ours(commits[:1], app) else None
    if came and await work.holds(move.now, came):
        await _superfluous(pull, rules, world, closes=ours)
        return
    said = await work.last_saying(promotion.CONFLICT_TRAILER, pull.head_sha, onto=move.now) if ours else None
    if promotion.unresolved(said):
        await _pick_anew(pull, move.now, rules, work, world)
        return
    match await _merged(pull, move.now, work):
        case AlreadyThere():
            await _superfluous(pull, rules, world, closes=ours)
        case Conflict() as outcome:
            await _say(pull, words.now_conflicts(pull.base, outcome), world)
        case Picked():
            await _merges(pull, move.before, work, world)


async def _merged(pull: PullRequest, onto: Sha, work: Workspace) -> Outcome:
    """Return what merging a pull request would come to."""
    return await trial(await work.proposal(pull, onto=onto), work, onto=onto, into=pull.base)


async def _merges(pull: PullRequest, before: Sha | None, work: Workspace, world: World) -> None:
    """Take back what was said of conflicts, if anything was: where none were before, nobody has to ask GitHub."""
    with suppress(Refused):  # a branch that was pushed by force may have lost where it was
        if before and not isinstance(await _merged(pull, before, work), Conflict):
            return
    said = await world.github.own_comment(pull.repo, pull.number, marker=words.MARKER)
    if said and words.CONFLICTS in said.body:
        await write(pull.repo, pull.number, words.merges_again(pull.base), said, world)


async def _pick_anew(pull: PullRequest, onto: Sha, rules: Rules, work: Workspace, world: World) -> None:
    """Try the original change again where the branch holds nothing but our own conflict.

    What shows the conflict on the pull request is taken off when the push comes back as an event.
    """
    ask = await ask_behind(pull, rules, world)
    if ask is None:
        return
    change = await work.change(ask.carrier, onto=onto)
    commit = (await story_of(ask, change, work)).commit
    conflicted = promotion.conflicted_commit(commit)
    match await work.pick(change, onto=onto, commit=commit, conflicted=conflicted, into=pull.base):
        case AlreadyThere():
            await _superfluous(pull, rules, world, closes=True)
        case Picked(sha):
            if isinstance(await work.push(pull.head, sha, expected=pull.head_sha), Pushed):
                await _say(pull, words.picked_anew(pull.base), world)
        case Conflict():
            log.debug("conflict stays", pull=pull.number)


async def _superfluous(pull: PullRequest, rules: Rules, world: World, *, closes: bool) -> None:
    """Say that nothing is left to promote; close it where that loses nobody's work.

    Going on from here is left to people: a tier that catches up with the one below makes many superfluous at once.
    """
    await _say(pull, words.now_there(pull.base, closed=closes), world)
    tier, source = promotion.tier_of(pull.base, rules), promotion.source_of(pull, rules)
    if closes and tier and source:
        await world.github.close_pull(pull)
        await tell(pull.repo, source, [caught_up(tier.name, promotion.above(tier, rules))], rules.tiers, world)


async def _say(pull: PullRequest, body: str, world: World) -> None:
    await say(pull.repo, pull.number, body, words.MARKER, world)
