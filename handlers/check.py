"""A change that asks to enter a tier is judged, and the check run says what came of it."""

from collections.abc import Mapping
from typing import Any

import structlog
from gidgethub.routing import Router
from gidgethub.sansio import Event

from bot.core import promotion
from bot.core.model import CheckRun, Entry, Facts, PullRequest, Repository, Rules, Sha
from bot.core.rules import Invalid
from bot.core.words import check as words
from bot.world import World
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
    if run := await _of_pull(pull, world):
        await world.github.publish(pull.repo, run)


@router.register("check_suite", action="rerequested")
@router.register("check_run", action="rerequested")
@router.register("check_run", action="requested_action")
async def on_asked(event: Event, world: World) -> None:
    """Judge again because a person pressed *Re-run* or *Re-check* on our check run, or *Re-run all checks*."""
    repo, run = repository_of(event), None
    match await asked_again(event, words.NAME, world):
        case PullRequest() as pull:
            run = await _of_pull(pull, world)
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


async def _of_pull(pull: PullRequest, world: World) -> CheckRun | None:
    if pull.state != "open":
        return None
    rules = await rules_in_force(pull.repo, world)
    match rules:
        case Invalid():
            return _broken(rules, pull.head_sha, f"pull:{pull.number}")
        case Rules():
            tier = promotion.tier_of(pull.base, rules)
            onto = await world.github.tip(pull.repo, pull.base) if tier else None
            if tier and onto:
                return await _judge(Entry(tier, pull.head_sha, pull.number), onto, rules, pull.repo, world)
    return None


async def _of_group(repo: Repository, branch: str, head: Sha, onto: Sha, world: World) -> CheckRun | None:
    rules = await rules_in_force(repo, world)
    match rules:
        case Invalid():
            return _broken(rules, head, f"group:{branch}")
        case Rules() if tier := promotion.tier_of(branch, rules):
            return await _judge(Entry(tier, head, None), onto, rules, repo, world)
    return None


def _broken(rules: Invalid, head: Sha, external_id: str) -> CheckRun:
    return words.broken_rules(head, [str(one) for one in rules.problems], external_id=external_id)


async def _judge(entry: Entry, onto: Sha, rules: Rules, repo: Repository, world: World) -> CheckRun:
    async with world.git.workspace(repo) as work:
        commits = await work.commits(entry.head, onto=onto)
        markers = await work.markers(entry.head, onto=onto)
    facts = Facts(world.clock.now(), commits, markers.found, markers.unread)
    run = words.promotion(entry, judge(entry, facts, rules), facts)
    log.info("judged", pull=entry.pull, tier=entry.tier.name, conclusion=run.conclusion)
    return run
