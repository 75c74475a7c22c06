"""A tier's branch moved: its open promotion pull requests are looked at again."""

import structlog
from gidgethub.routing import Router
from gidgethub.sansio import Event

from bot.core import promotion
from bot.core.model import AlreadyThere, Change, Conflict, NewCommit, Picked, Promotion, PullRequest, Pushed, Rules, Sha
from bot.core.words import pull as pull_words
from bot.core.words import refresh as words
from bot.world import Workspace, World
from handlers.gather import repository_of, rules_in_force
from policies import NAMES

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
    app, onto = await world.github.app(), await world.github.tip(repo, branch)
    waiting = [one for one in await world.github.open_pulls(repo, base=branch) if promotion.source_of(one, app)]
    if onto is None or not waiting:
        return
    async with world.git.workspace(repo) as work:
        for pull in waiting:
            await _look(pull, onto, rules, work, world)


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
            await _say(pull, words.now_there(pull.base, closed=ours), world)
            if ours:
                await world.github.close_pull(pull)
        case Conflict() as outcome:
            await _say(pull, words.now_conflicts(pull.base, outcome), world)
        case Picked():
            log.debug("still merges", pull=pull.number)


async def _pick_anew(pull: PullRequest, onto: Sha, rules: Rules, work: Workspace, world: World) -> None:
    """Try the original change again where the branch holds nothing but our own conflict."""
    ask = await _ask_behind(pull, rules, world)
    if ask is None:
        return
    change = await work.change(ask.carrier, onto=onto)
    commit = promotion.commit(ask, change)
    conflicted = promotion.conflicted_commit(commit)
    match await work.pick(change, onto=onto, commit=commit, conflicted=conflicted, into=pull.base):
        case AlreadyThere():
            await _say(pull, words.now_there(pull.base, closed=True), world)
            await world.github.close_pull(pull)
        case Picked(sha) if isinstance(await work.push(pull.head, sha, expected=pull.head_sha), Pushed):
            await _clear(pull, ask, change, world)
        case Picked() | Conflict():
            log.debug("conflict stays", pull=pull.number)


async def _clear(pull: PullRequest, ask: Promotion, change: Change, world: World) -> None:
    """Take every sign of the conflict off the pull request but the draft, which is a person's to lift."""
    body = pull_words.body(ask, change, policies=NAMES)
    await world.github.edit_pull(pull, title=promotion.title(ask), body=body)
    labels = promotion.labels(ask, conflicted=False)
    await world.github.dress(pull, labels=labels, assignees=promotion.assignees(ask))
    await _say(pull, words.picked_anew(pull.base), world)


async def _ask_behind(pull: PullRequest, rules: Rules, world: World) -> Promotion | None:
    """Return the promotion a promotion pull request carries, planned again from what was merged below."""
    app = await world.github.app()
    source = promotion.source_of(pull, app)
    target = promotion.tier_of(pull.base, rules)
    if source is None or target is None:
        return None
    origin = rules.tiers[rules.tiers.index(target) - 1]
    carrier = await world.github.pull(pull.repo, source)
    if carrier is None or carrier.base != origin.branch:
        head = promotion.branch(origin, source)
        carrier = await world.github.find_pull(pull.repo, head=head, base=origin.branch)
    return promotion.plan(carrier, rules, app) if carrier else None


async def _say(pull: PullRequest, body: str, world: World) -> None:
    before = await world.github.own_comment(pull.repo, pull.number, marker=words.MARKER)
    if before is None or before.body != body:
        await world.github.write_comment(pull.repo, pull.number, body, replaces=before)
