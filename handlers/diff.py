"""What a pull request changes in the manifests that Argo CD will apply is shown on it: one comment, and a check.

Both sides come from git, the merge base with the tier's branch and the head, so that the same two commits are told
the same. A result for a head that is no longer the pull request's is dropped: the newer one has its own event; so is
one for a pull request that was closed, and what is left of its renderings is given up before the next one begins.
Rendering may take minutes, so it runs beside the repository's turn: no promotion waits for it.
"""

from dataclasses import replace
from datetime import timedelta

import structlog
from gidgethub.routing import Router
from gidgethub.sansio import Event

from bot.aside import aside
from bot.core import promotion
from bot.core.diff.places import placed
from bot.core.diff.reviewed import differences, incomparable
from bot.core.manifests import ManifestDiff, Overtaken, Reviewed
from bot.core.model import PullRequest, Refused, Repository, Rules, Sha
from bot.core.words import diff as words
from bot.world import Files, Workspace, World
from handlers.gather import Group, ask_behind, asked_again, pull_of, repository_of, rules_in_force
from handlers.manifests import compared, manner
from handlers.tell import write

router = Router()
log = structlog.get_logger()

LOOK = timedelta(seconds=10)
"""How long what GitHub said of a pull request is believed while it is rendered: a call for each overlay is too much."""
MOST_FILES = 200
LARGEST = 1 << 20
"""Bytes of a file in which the lines to remark on are looked for."""


@router.register("pull_request", action="opened")
@router.register("pull_request", action="reopened")
@router.register("pull_request", action="synchronize")
@aside
async def on_head(event: Event, world: World) -> None:
    """Show what a new head changes."""
    await _show(pull_of(event), world)


@router.register("pull_request", action="edited")
@aside
async def on_base(event: Event, world: World) -> None:
    """Show what the pull request changes in another base; another title or text changes nothing."""
    if "base" in event.data.get("changes", {}):
        await _show(pull_of(event), world)


@router.register("merge_group", action="checks_requested")
@aside
async def on_group(event: Event, world: World) -> None:
    """Render what a merge queue is about to put on a tier's branch: where the check is required, it waits for one."""
    group, repo = event.data["merge_group"], repository_of(event)
    branch = group["base_ref"].removeprefix("refs/heads/")
    await _show_group(repo, branch, (group["base_sha"], group["head_sha"]), world)


@router.register("check_suite", action="rerequested")
@router.register("check_run", action="rerequested")
@aside
async def on_asked(event: Event, world: World) -> None:
    """Show it again, with a fresh link, because a person pressed *Re-run* on our check run, or *Re-run all checks*."""
    repo = repository_of(event)
    match await asked_again(event, words.NAME, world):
        case PullRequest() as pull:
            await _show(pull, world, again=True)
        case Group(branch, head):
            onto = await world.github.tip(repo, branch)
            if onto:
                await _show_group(repo, branch, (onto, head), world, again=True)


async def _show(pull: PullRequest, world: World, *, again: bool = False) -> None:
    rules = await rules_in_force(pull.repo, world) if pull.state == "open" else None
    if not isinstance(rules, Rules) or promotion.tier_of(pull.base, rules) is None:
        return
    onto = await world.github.tip(pull.repo, pull.base)
    if onto is None or await _is_overtaken(pull, world):
        return
    try:
        async with world.git.workspace(pull.repo) as work:
            diff, reviewed = await told(pull, onto, rules, work, _while_wanted(pull, world))
    except Overtaken:
        return
    if await _is_overtaken(pull, world):
        return
    link = world.page(pull, diff.base)
    await _comment(pull, diff, reviewed, link, world)
    run = words.check_run(diff, external_id=f"pull:{pull.number}", reviewed=reviewed, link=link)
    await world.github.publish(pull.repo, run, again=again)
    log.info("diff shown", pull=pull.number, overlays=len(diff.overlays), looked_at=diff.looked_at)


async def _is_overtaken(pull: PullRequest, world: World) -> bool:
    """Say whether this is the pull request no longer; its newer head, or base, has an event of its own."""
    now = await world.github.pull(pull.repo, pull.number)
    if now and (now.state, now.head_sha, now.base) == (pull.state, pull.head_sha, pull.base):
        return False
    log.info("diff dropped", pull=pull.number, head=pull.head_sha)
    return True


def _while_wanted(pull: PullRequest, world: World) -> World:
    """Return a world in which rendering for a pull request ends once that is overtaken."""
    asked, overtaken = world.clock.now(), False

    async def still() -> None:
        nonlocal asked, overtaken
        if not overtaken and world.clock.now() - asked >= LOOK:
            asked = world.clock.now()
            overtaken = await _is_overtaken(pull, world)
        if overtaken:
            raise Overtaken

    return replace(world, renderer=world.renderer.on_behalf(pull.repo.id, still))


async def told(
    pull: PullRequest, onto: Sha, rules: Rules, work: Workspace, world: World
) -> tuple[ManifestDiff, Reviewed | None]:
    """Return what a pull request changes since it and `onto` parted, and how that compares with what was reviewed."""
    change = await work.proposal(pull, onto=onto)
    how = (rules.render, manner(pull.repo, rules.render, world))
    diff = await compared(work, change.base, pull.head_sha, how=how, renderer=world.renderer)
    if diff.overlays:
        diff = placed(diff, await _texts(pull.head_sha, change.paths, work))
    return diff, await _reviewed(pull, diff, rules, work, world)


async def _reviewed(
    pull: PullRequest, diff: ManifestDiff, rules: Rules, work: Workspace, world: World
) -> Reviewed | None:
    """Return how a diff compares with what was reviewed below; where that is lost, the diff is still worth showing."""
    ask = await ask_behind(pull, rules, world)
    if ask is None:
        return None
    tier, number = ask.origin.name, ask.carrier.number
    how = (rules.render, manner(pull.repo, rules.render, world))
    try:
        below = await work.change(ask.carrier, onto=pull.head_sha)
        there = await compared(work, below.base, below.head.sha, how=how, renderer=world.renderer)
    except Refused as refusal:
        return Reviewed(tier, number, (), reason=str(refusal))
    return Reviewed(tier, number, differences(there, diff), incomparable(there, diff))


async def _show_group(
    repo: Repository, branch: str, ends: tuple[Sha, Sha], world: World, *, again: bool = False
) -> None:
    rules = await rules_in_force(repo, world)
    if not isinstance(rules, Rules) or promotion.tier_of(branch, rules) is None:
        return
    base, head = ends
    async with world.git.workspace(repo) as work:
        how = (rules.render, manner(repo, rules.render, world))
        diff = await compared(work, base, head, how=how, renderer=world.renderer.on_behalf(repo.id))
    await world.github.publish(repo, words.check_run(diff, external_id=f"group:{branch}"), again=again)


async def _texts(head: Sha, paths: tuple[str, ...], work: Workspace) -> dict[str, str]:
    """Return the changed files that may define an object, as far as they are of a size that people write."""
    wanted = [path for path in paths if path.endswith((".yaml", ".yml"))][:MOST_FILES]

    def read(files: Files, root: Sha) -> dict[str, str]:
        found = {path: files.at(root, path, most=LARGEST) for path in wanted}
        return {path: text.decode(errors="replace") for path, text in found.items() if text is not None}

    return await work.look(head, read)


async def _comment(
    pull: PullRequest, diff: ManifestDiff, reviewed: Reviewed | None, link: str | None, world: World
) -> None:
    """Keep our one comment up to date; where nothing changes there is none, unless there was one."""
    try:
        before = await world.github.own_comment(pull.repo, pull.number, marker=words.MARKER)
        if diff.overlays or before or (reviewed and not reviewed.same):
            body = words.comment(diff, reviewed=reviewed, link=link)
            await write(pull.repo, pull.number, body, before, world)
    except Refused as refusal:
        log.info("comment refused", pull=pull.number, reason=str(refusal))
