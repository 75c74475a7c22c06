"""A change that asks to enter a tier is judged, and the check run says what came of it."""

from collections.abc import Mapping
from typing import Any

import structlog
from gidgethub.routing import Router
from gidgethub.sansio import Event

from bot.core import promotion
from bot.core.model import Entry, Facts, PullRequest, Repository, Rules, Sha
from bot.core.rules import Invalid
from bot.core.words import check as words
from bot.world import World
from handlers.gather import pull_of, repository_of, rules_in_force
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
    await _look(pull_of(event), world)


@router.register("check_run", action="rerequested")
@router.register("check_run", action="requested_action")
async def on_asked(event: Event, world: World) -> None:
    """Judge again because a person pressed *Re-run* or *Re-check* on our check run."""
    run, app = event.data["check_run"], await world.github.app()
    kind, _, number = (run["external_id"] or "").partition(":")
    if run["app"]["id"] != app.id or run["name"] != words.NAME or kind != "pull":
        return
    pull = await world.github.pull(repository_of(event), int(number))
    if pull:
        await _look(pull, world)


@router.register("merge_group", action="checks_requested")
async def on_group(event: Event, world: World) -> None:
    """Judge the commit a merge queue is about to put on a tier's branch."""
    group: Mapping[str, Any] = event.data["merge_group"]
    repo = repository_of(event)
    rules = await rules_in_force(repo, world)
    tier = promotion.tier_of(group["base_ref"].removeprefix("refs/heads/"), rules) if isinstance(rules, Rules) else None
    if tier and isinstance(rules, Rules):
        await _judge(Entry(tier, group["head_sha"], None), group["base_sha"], rules, repo, world)


async def _look(pull: PullRequest, world: World) -> None:
    if pull.state != "open":
        return
    rules = await rules_in_force(pull.repo, world)
    match rules:
        case Invalid():
            said = words.broken_rules(pull.head_sha, [str(one) for one in rules.problems], pull=pull.number)
            await world.github.publish(pull.repo, said)
        case Rules():
            tier = promotion.tier_of(pull.base, rules)
            onto = await world.github.tip(pull.repo, pull.base) if tier else None
            if tier and onto:
                await _judge(Entry(tier, pull.head_sha, pull.number), onto, rules, pull.repo, world)


async def _judge(entry: Entry, onto: Sha, rules: Rules, repo: Repository, world: World) -> None:
    async with world.git.workspace(repo) as work:
        commits = await work.commits(entry.head, onto=onto)
        markers = await work.markers(entry.head, onto=onto)
    facts = Facts(world.clock.now(), commits, markers)
    run = words.promotion(entry, judge(entry, facts, rules), facts)
    await world.github.publish(repo, run)
    log.info("judged", pull=entry.pull, tier=entry.tier.name, conclusion=run.conclusion)
