"""What a promotion's branch led to before: which pull request counts as the promotion, and how it stands."""

from collections.abc import Sequence

from bot.core import promotion
from bot.core.lineage import below
from bot.core.model import AlreadyThere, Change, NewCommit, Outcome, Promotion, PullRequest, Refused, Sha, Tier
from bot.core.words import pull as words
from bot.core.words.markdown import code
from bot.core.words.summary import AGAIN, Row
from bot.world import Workspace, World


async def kept(ask: Promotion, found: Sequence[PullRequest], world: World) -> PullRequest | None:
    """Return the promotion pull request among what came from its branch, newest first: ours, or one that brings it."""
    for pull in found:
        if pull.base == ask.target.branch and (promotion.is_ours(pull, ask.app) or await brings(ask, pull, world)):
            return pull
    return None


def elsewhere(ask: Promotion, found: Sequence[PullRequest]) -> Row | None:
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


async def trial(change: Change, work: Workspace, *, onto: Sha, into: str) -> Outcome:
    """Return what a pick would come to, to go no further."""
    commit = NewCommit(change.head.author, change.head.committer, change.head.message)
    return await work.pick(change, onto=onto, commit=commit, conflicted=commit, into=into)


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
