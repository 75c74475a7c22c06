"""The acts that make one promotion: pick, push, open. Each looks first, so doing them twice does them once."""

import asyncio
from collections.abc import Sequence

import structlog

from bot.core import promotion, story
from bot.core.lineage import below, missing
from bot.core.model import (
    AlreadyThere,
    Change,
    Conflict,
    NewCommit,
    Outcome,
    Picked,
    Promotion,
    PullRequest,
    Pushed,
    Refused,
    Sha,
    Stale,
    Tier,
    Transient,
)
from bot.core.promotion import Left
from bot.core.story import Story
from bot.core.words import conflict as conflicts
from bot.core.words import pull as words
from bot.core.words.markdown import code
from bot.core.words.summary import AGAIN, Row, refused
from bot.world import Workspace, World
from handlers.tell import say
from policies import NAMES

log = structlog.get_logger()

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
    kept = await _kept(ask, found, world)
    if kept and (kept.state == "open" or kept.merged):
        return await _adopt(ask, kept, world)
    if kept is None and (row := _elsewhere(ask, found)):
        return row
    if onto is None:
        return Row(target.name, "stopped", note=f"there is no branch {code(target.branch)}. {AGAIN}")
    return await _bring(ask, kept, onto, world)


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
                log.info("already there", tier=ask.target.name, source=ask.source)
                return Row(ask.target.name, "already")
            case _ if closed:
                return Row(ask.target.name, "closed", closed.number)
            case Picked():
                return await _offer(ask, outcome, words.body(offer), work, world)
            case Conflict():
                return await _tell_conflict(offer, outcome, onto, work, world)


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


async def trial(change: Change, work: Workspace, *, onto: Sha, into: str) -> Outcome:
    """Return what a pick would come to, to go no further."""
    commit = NewCommit(change.head.author, change.head.committer, change.head.message)
    return await work.pick(change, onto=onto, commit=commit, conflicted=commit, into=into)


async def _kept(ask: Promotion, found: Sequence[PullRequest], world: World) -> PullRequest | None:
    """Return the promotion pull request among what came from its branch, newest first: ours, or one that brings it."""
    for pull in found:
        if pull.base == ask.target.branch and (promotion.is_ours(pull, ask.app) or await brings(ask, pull, world)):
            return pull
    return None


def _elsewhere(ask: Promotion, found: Sequence[PullRequest]) -> Row | None:
    """Return the row of what keeps the promotion's branch from asking for its tier; None if it may."""
    for pull in found:
        if promotion.is_ours(pull, ask.app) and not pull.merged:
            return standing(pull, ask.target)
        if pull.state == "open":
            return Row(ask.target.name, "stopped", note=f"{words.branch_taken(ask, pull)}. {AGAIN}")
    return None


async def brings(ask: Promotion, pull: PullRequest, world: World) -> bool:
    """Say whether a pull request that we did not open brings the change: what its branch is called proves nothing.

    With it the target holds the change, or its first commit says it was picked from it and a person settled the rest.
    What was merged before the change was cannot have brought it, whatever the target held by then.
    """
    repo, merged = pull.repo, pull.merged
    if pull.merged_at and ask.carrier.merged_at and pull.merged_at < ask.carrier.merged_at:
        return False
    whole = pull if pull.commits is not None else await world.github.pull(repo, pull.number) or pull
    onto = whole.merge_commit if merged else await world.github.tip(repo, pull.base)
    if onto is None:
        return False
    try:
        async with world.git.workspace(repo) as work:
            with_it = onto if merged else whole.head_sha
            change = await work.change(ask.carrier, onto=with_it)
            if isinstance(await trial(change, work, onto=with_it, into=pull.base), AlreadyThere):
                return True
            offered = await (work.change if merged else work.proposal)(whole, onto=onto)
            picked = below(await work.commits(whole.head_sha, onto=offered.base))
            return picked in {one.sha for one in change.commits}
    except Refused:
        return False


async def _adopt(ask: Promotion, existing: PullRequest, world: World) -> Row:
    """Take a promotion pull request as it is found: what a person did with it stands."""
    if existing.state == "open" and "promotion" not in existing.labels:
        await _dress(ask, existing, world, conflicted=promotion.looks_conflicted(existing))
    return standing(existing, ask.target)


def standing(pull: PullRequest, tier: Tier) -> Row:
    """Return the row of the tier that a promotion pull request was opened for; a merged one was merged there."""
    if pull.merged:
        return Row(tier.name, "in", pull.number)
    if pull.state == "closed":
        return Row(tier.name, "closed", pull.number)
    if pull.base != tier.branch:
        return Row(tier.name, "retargeted", pull.number, note=code(pull.base))
    if promotion.looks_conflicted(pull):
        return Row(tier.name, "conflict", pull.number)
    return Row(tier.name, "draft" if pull.draft else "open", pull.number)


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
