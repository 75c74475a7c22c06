"""The acts that make one promotion: pick, push, open. Each looks first, so doing them twice does them once."""

import asyncio

import structlog

from bot.core import promotion, story
from bot.core.lineage import below, missing
from bot.core.model import (
    AlreadyThere,
    Change,
    Conflict,
    Outcome,
    Picked,
    Promotion,
    PullRequest,
    Pushed,
    Refused,
    Sha,
    Stale,
    Transient,
)
from bot.core.promotion import Left
from bot.core.story import Story
from bot.core.words import conflict as conflicts
from bot.core.words import pull as words
from bot.core.words import refresh
from bot.core.words.markdown import code
from bot.core.words.summary import AGAIN, Row, refused, too_early
from bot.world import Workspace, World
from handlers.adopt import elsewhere, kept, standing
from handlers.tell import say
from policies import NAMES

log = structlog.get_logger()

MOST_OPEN = 100
"""Open promotions of a tier that are looked through for one that a change may take back."""
PUSHES = 3
"""How often a push is tried again on a branch that moves under us."""


async def carry(ask: Promotion | None, world: World) -> tuple[Row, ...]:
    """Return the rows from the target tier up: a tier that holds the change already passes it on to the next."""
    rows: list[Row] = []
    while ask:
        try:
            rows.append(await _carry(ask, world))
        except Refused as refusal:
            log.info("promotion refused", tier=ask.target.name, source=ask.source, reason=str(refusal))
            rows.append(refused(ask.target.name, str(refusal)))
        ask = promotion.beyond(ask) if rows[-1].state == "already" else None
    return tuple(rows)


async def _carry(ask: Promotion, world: World) -> Row:
    """Return the target tier's row: what was there already, or what came of the pick."""
    if left := promotion.left_by_label(ask):
        return _stays(ask, left)
    repo, target = ask.carrier.repo, ask.target
    found, onto = await asyncio.gather(
        world.github.pulls_from(repo, head=ask.branch), world.github.tip(repo, target.branch)
    )
    existing = await kept(ask, found, world)
    if existing and (existing.state == "open" or existing.merged):
        return await _adopt(ask, existing, world)
    if existing is None and (row := elsewhere(ask, found)):
        return row
    if onto is None:
        return Row(target.name, "stopped", note=f"there is no branch {code(target.branch)}. {AGAIN}")
    return await _bring(ask, existing, onto, world)


async def _bring(ask: Promotion, closed: PullRequest | None, onto: Sha, world: World) -> Row:
    """Pick the change onto the target and offer it; `closed` is its pull request where a person closed it.

    That stays closed, but that the target holds the change by now is still seen.
    """
    async with world.git.workspace(ask.carrier.repo) as work:
        change = await work.change(ask.carrier, onto=onto)
        if left := promotion.left_by_content(ask, change):
            return _stays(ask, left)
        offer, outcome = await _pick(ask, change, onto, work)
        match outcome:
            case AlreadyThere():
                return await _already(ask, change, onto, work, world)
            case _ if closed:
                return Row(ask.target.name, "closed", closed.number)
            case Picked():
                return await _offer(ask, outcome, words.body(offer), work, world)
            case Conflict():
                return await _tell_conflict(offer, outcome, onto, work, world)


async def _already(ask: Promotion, change: Change, onto: Sha, work: Workspace, world: World) -> Row:
    """Return the row of a target that needs nothing of a change; told are earlier ones it would be needed after."""
    earlier = await _earlier(ask, change, onto, work, world)
    log.info("already there", tier=ask.target.name, source=ask.source, earlier=[one.number for one in earlier])
    for one in earlier:
        await say(one.repo, one.number, refresh.followed(ask), refresh.MARKER, world)
    return too_early(ask.target.name, [one.number for one in earlier]) if earlier else Row(ask.target.name, "already")


async def _earlier(ask: Promotion, change: Change, onto: Sha, work: Workspace, world: World) -> tuple[PullRequest, ...]:
    """Return open promotions of what was merged below before the change and touches the same files, as a revert does.

    Where the target's history holds the change itself, there are none.
    """
    if await work.holds(onto, change.head.sha):
        return ()
    found = []
    for one in (await world.github.open_pulls(ask.carrier.repo, base=ask.target.branch))[:MOST_OPEN]:
        came = below(await work.commits(one.head_sha, onto=onto)) if promotion.source_of(one, ask.rules) else None
        if came and await work.holds(change.base, came):
            touched = (await work.proposal(one, onto=onto)).paths
            found += [one] if not set(touched).isdisjoint(change.paths) else []
    return tuple(found)


async def _pick(ask: Promotion, change: Change, onto: Sha, work: Workspace) -> tuple[words.Offer, Outcome]:
    told = await story_of(ask, change, work)
    conflicted = promotion.conflicted_commit(told.commit)
    outcome = await work.pick(change, onto=onto, commit=told.commit, conflicted=conflicted, into=ask.target.branch)
    return words.Offer(ask, change, told.hops, NAMES), outcome


async def _tell_conflict(offer: words.Offer, outcome: Conflict, onto: Sha, work: Workspace, world: World) -> Row:
    """Open a draft, or say it in a comment where the rules want no more."""
    ask = offer.ask
    lacking = await _lacking(ask, offer.change, outcome, onto, work)
    if ask.rules.conflicts == "draft":
        return await _offer(ask, outcome, conflicts.body(offer, outcome, missing=lacking), work, world)
    text = conflicts.comment(offer, outcome, missing=lacking)
    await say(ask.carrier.repo, ask.source, text, conflicts.marker(ask), world)
    return Row(ask.target.name, "conflict")


async def story_of(ask: Promotion, change: Change, work: Workspace) -> Story:
    """Return what is told of a change, by the commits of the carrier itself as far as they can still be had.

    A squash or a rebase wrote them anew; what it wrote of a source is the change, but of a promotion pull request
    nothing shows any more which of them we picked.
    """
    tip = ask.carrier.head_sha if promotion.goes_on(ask) else change.tip and change.tip.sha
    try:
        own = await work.commits(tip, onto=change.base) if tip else ()
    except Refused as refusal:
        log.info("own commits lost", pull=ask.carrier.number, reason=str(refusal))
        own = ()
    return story.told(ask, change, own or change.commits)


async def _lacking(ask: Promotion, change: Change, outcome: Conflict, onto: Sha, work: Workspace) -> tuple[int, ...]:
    """Return earlier source pull requests that touch the same files and are not in the target."""
    paths = tuple(file.path for file in outcome.files)
    there = await work.history(paths, tip=onto, onto=change.base)
    return missing(ask, await work.history(paths, tip=change.base, onto=onto), there)


async def _offer(ask: Promotion, outcome: Picked | Conflict, body: str, work: Workspace, world: World) -> Row:
    """Push the commit and open its pull request."""
    if not await _push(ask, outcome.commit, work):
        log.info("branch kept", branch=ask.branch)
        return Row(ask.target.name, "stopped", note=f"{words.branch_kept(ask)}. {AGAIN}")
    conflicted = isinstance(outcome, Conflict)
    new = promotion.new_pull(ask, body=body, conflicted=conflicted)
    pull = await world.github.open_pull(ask.carrier.repo, new)
    await _dress(ask, pull, world, conflicted=conflicted)
    if ask.carrier.merged_at:
        world.promoted((world.clock.now() - ask.carrier.merged_at).total_seconds())
    log.info("promotion opened", pull=pull.number, tier=ask.target.name, source=ask.source, conflicted=conflicted)
    return Row(ask.target.name, "conflict" if conflicted else "open", pull.number)


async def _push(ask: Promotion, commit: Sha, work: Workspace) -> bool:
    """Point the promotion branch at the commit; False where that would lose a person's commits."""
    expected: Sha | None = None
    for _ in range(PUSHES):
        match await work.push(ask.branch, commit, expected=expected):
            case Pushed():
                return True
            case Stale(tip) if tip == commit:
                return True
            case Stale(tip):
                if tip and not promotion.only_ours(await work.commits(tip, onto=commit), ask.app):
                    return False
                expected = tip
    raise Transient(f"the branch {ask.branch} moved {PUSHES} times while it was pushed to")


async def _adopt(ask: Promotion, existing: PullRequest, world: World) -> Row:
    """Take a promotion pull request as it is found: what a person did with it stands."""
    if existing.state == "open" and "promotion" not in existing.labels:
        await _dress(ask, existing, world, conflicted=promotion.looks_conflicted(existing))
    return standing(existing, ask.target)


async def _dress(ask: Promotion, pull: PullRequest, world: World, *, conflicted: bool) -> None:
    """Label it and hand it to people: what it needs to be found, but not to be right."""
    labels = promotion.labels(ask, conflicted=conflicted)
    try:
        await world.github.dress(pull, labels=labels, assignees=promotion.assignees(ask))
        if ask.rules.reviewers:
            await world.github.request_reviews(pull, ask.rules.reviewers)
    except Refused as refusal:
        log.info("labels refused", pull=pull.number, reason=str(refusal))


def _stays(ask: Promotion, left: Left) -> Row:
    log.info("not promoted", tier=ask.target.name, source=ask.source, why=left.why)
    return Row(ask.target.name, "left", note=left.reason)
