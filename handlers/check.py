"""A commit that asks to enter a tier is judged, and the check run says what came of it.

GitHub keeps one run of a name on a commit, whoever offers that commit to whichever tier: a pull request into a lower
tier must not turn green what is red for a higher one. So all open pull requests of the commit are looked for, it is
judged for each of their tiers, and the run says the worst. That costs one more API call for each head that is judged,
and one for each further hundred pull requests that are open.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from gidgethub.routing import Router
from gidgethub.sansio import Event

from bot.core import promotion
from bot.core.model import CheckRun, Entry, Facts, PullRequest, Refused, Repository, Rules, Sha
from bot.core.rules import Invalid
from bot.core.words import check as words
from bot.world import Workspace, World
from handlers.gather import Group, asked_again, pull_of, repository_of, rules_in_force
from policies import judge

router = Router()
log = structlog.get_logger()


@router.register("pull_request", action="opened")
@router.register("pull_request", action="reopened")
@router.register("pull_request", action="synchronize")
@router.register("pull_request", action="edited")
@router.register("pull_request", action="ready_for_review")
async def on_head(event: Event, world: World) -> None:
    """Judge a pull request whose head, base or readiness is new."""
    pull = pull_of(event)
    if pull.state == "open" and (run := await _of_head(pull.head_sha, pull, world)):
        await world.github.publish(pull.repo, run)


@router.register("pull_request", action="closed")
async def on_closed(event: Event, world: World) -> None:
    """Judge a commit again that others still offer, for what one given up had against it no longer counts.

    A merge is no reason to: where the check is required, what was merged had nothing against it.
    """
    pull = pull_of(event)
    if not pull.merged and (run := await _of_head(pull.head_sha, pull, world)):
        await world.github.publish(pull.repo, run)


@router.register("check_suite", action="rerequested")
@router.register("check_run", action="rerequested")
@router.register("check_run", action="requested_action")
async def on_asked(event: Event, world: World) -> None:
    """Judge again because a person pressed *Re-run* or *Re-check* on our check run, or *Re-run all checks*."""
    repo, run = repository_of(event), None
    match await asked_again(event, words.NAME, world):
        case PullRequest() as pull:
            run = await _of_head(event.data[event.event]["head_sha"], pull, world)
        case Group(branch, head):
            onto = await world.github.tip(repo, branch)
            run = await _of_group(repo, branch, head, onto, world) if onto else None
    if run:
        await world.github.publish(repo, run, again=True)


@router.register("merge_group", action="checks_requested")
async def on_group(event: Event, world: World) -> None:
    """Judge the commit a merge queue is about to put on a tier's branch."""
    group: Mapping[str, Any] = event.data["merge_group"]
    repo = repository_of(event)
    branch = group["base_ref"].removeprefix("refs/heads/")
    if run := await _of_group(repo, branch, group["head_sha"], group["base_sha"], world):
        await world.github.publish(repo, run)


async def _of_head(head: Sha, pull: PullRequest, world: World) -> CheckRun | None:
    """Judge a commit for every tier it is offered to; `pull` is, or was, one that offers it."""
    repo = pull.repo
    rules = await rules_in_force(repo, world)
    if rules is None:
        return None
    listed = await world.github.pulls_of(repo, head=head)
    offers = _offers(head, pull, listed or ())
    external_id = f"pull:{min((one.number for one in offers), default=pull.number)}"
    match rules:
        case Invalid() if offers:
            return _broken(rules, head, external_id)
        case Rules() if entries := promotion.entries(head, offers, rules):
            if listed is None:
                return words.crowded(head, external_id=external_id)
            tips = [await world.github.tip(repo, entry.tier.branch) for entry in entries]
            asked = [(entry, onto) for entry, onto in zip(entries, tips, strict=True) if onto]
            return await _judge(asked, external_id, rules, repo, world) if asked else None
    return None


def _offers(head: Sha, pull: PullRequest, listed: tuple[PullRequest, ...]) -> list[PullRequest]:
    """Return those that offer a commit, and `pull` both as the list has it and as we know it: either may be late."""
    if pull.state != "open":
        return [one for one in listed if one.number != pull.number]
    return [*listed, *([pull] if pull.head_sha == head else [])]


async def _of_group(repo: Repository, branch: str, head: Sha, onto: Sha, world: World) -> CheckRun | None:
    rules = await rules_in_force(repo, world)
    match rules:
        case Invalid():
            return _broken(rules, head, f"group:{branch}")
        case Rules() if tier := promotion.tier_of(branch, rules):
            return await _judge([(Entry(tier, head, ()), onto)], f"group:{branch}", rules, repo, world)
    return None


def _broken(rules: Invalid, head: Sha, external_id: str) -> CheckRun:
    return words.broken_rules(head, [str(one) for one in rules.problems], external_id=external_id)


async def _judge(
    asked: Sequence[tuple[Entry, Sha]], external_id: str, rules: Rules, repo: Repository, world: World
) -> CheckRun:
    try:
        async with world.git.workspace(repo) as work:
            judged = [await _judged(entry, onto, rules, work, world) for entry, onto in asked]
    except Refused as refusal:
        return words.unseen(asked[0][0].head, str(refusal), external_id=external_id)
    run = words.promotion(judged)
    for one in judged:
        log.info("judged", pulls=one.entry.pulls, tier=one.entry.tier.name, conclusion=run.conclusion)
    return run


async def _judged(entry: Entry, onto: Sha, rules: Rules, work: Workspace, world: World) -> words.Judged:
    said = await work.last_saying(promotion.CONFLICT_TRAILER, entry.head, onto=onto)
    facts = Facts(world.clock.now(), said, await work.markers(entry.head, onto=onto))
    return words.Judged(entry, facts, judge(entry, facts, rules))
