"""A tier's branch moved: its open promotion pull requests are looked at again."""

import structlog
from gidgethub.routing import Router
from gidgethub.sansio import Event

from bot.core import promotion
from bot.core.model import AlreadyThere, Conflict, NewCommit, Picked, PullRequest, Pushed, Refused, Rules, Sha
from bot.core.words import refresh as words
from bot.core.words.summary import Row
from bot.world import Workspace, World
from handlers.carry import own_commits
from handlers.gather import ask_behind, repository_of, rules_in_force
from handlers.tell import say, tell

router = Router()
log = structlog.get_logger()


@router.register("push")
async def on_moved(event: Event, world: World) -> None:
    """Close what became superfluous, tell of new conflicts, and pick anew where an old one is gone."""
    repo = repository_of(event)
    branch = event.data["ref"].removeprefix("refs/heads/")
    rules = await rules_in_force(repo, world)
    if not isinstance(rules, Rules) or branch not in [tier.branch for tier in rules.tiers[1:]]:
        return
    onto = await world.github.tip(repo, branch)
    waiting = [one for one in await world.github.open_pulls(repo, base=branch) if promotion.source_of(one, rules)]
    if onto is None or not waiting:
        return
    async with world.git.workspace(repo) as work:
        for pull in waiting:
            try:
                await _look(pull, onto, rules, work, world)
            except Refused as refusal:
                log.info("not looked at", pull=pull.number, reason=str(refusal))


async def _look(pull: PullRequest, onto: Sha, rules: Rules, work: Workspace, world: World) -> None:
    commits = await work.commits(pull.head_sha, onto=onto)
    ours = promotion.only_ours(commits, await world.github.app())
    if ours and promotion.unresolved(commits):
        await _pick_anew(pull, onto, rules, work, world)
        return
    change = await work.proposal(pull, onto=onto)
    trial = NewCommit(change.head.author, change.head.committer, change.head.message)
    match await work.pick(change, onto=onto, commit=trial, conflicted=trial, into=pull.base):
        case AlreadyThere():
            await _superfluous(pull, rules, world, closes=ours)
        case Conflict() as outcome:
            await _say(pull, words.now_conflicts(pull.base, outcome), world)
        case Picked():
            log.debug("still merges", pull=pull.number)


async def _pick_anew(pull: PullRequest, onto: Sha, rules: Rules, work: Workspace, world: World) -> None:
    """Try the original change again where the branch holds nothing but our own conflict.

    What shows the conflict on the pull request is taken off when the push comes back as an event.
    """
    ask = await ask_behind(pull, rules, world)
    if ask is None:
        return
    change = await work.change(ask.carrier, onto=onto)
    commit = promotion.commit(ask, change, await own_commits(change, work))
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
    """Say that nothing is left to promote; close it where that loses nobody's work."""
    await _say(pull, words.now_there(pull.base, closed=closes), world)
    tier, source = promotion.tier_of(pull.base, rules), promotion.source_of(pull, rules)
    if closes and tier and source:
        await world.github.close_pull(pull)
        await tell(pull.repo, source, [Row(tier.name, "already")], rules.tiers, world)


async def _say(pull: PullRequest, body: str, world: World) -> None:
    await say(pull.repo, pull.number, body, words.MARKER, world)
