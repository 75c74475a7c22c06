"""Our comments: one of a kind on a pull request, edited in place, and left alone where nothing is new."""

from collections.abc import Sequence

import structlog

from bot.core.model import Comment, Refused, Repository, Tier
from bot.core.words import summary
from bot.world import World

log = structlog.get_logger()


async def tell(repo: Repository, source: int, news: Sequence[summary.Row], tiers: Sequence[Tier], world: World) -> None:
    """Say what is new; a pull request that takes no comment (locked, say) never fails the promotion."""
    if not news:
        return
    try:
        place = summary.Place(repo, source, world.fingerprints)
        before = await world.github.own_comment(repo, source, marker=summary.MARKER)
        rows = summary.updated(summary.rows_of(before.body, place) if before else (), news, tiers)
        body = summary.render(rows, tiers, place)
        await write(repo, source, body, before, world)
    except Refused as refusal:
        log.info("comment refused", source=source, reason=str(refusal))


async def say(repo: Repository, number: int, body: str, marker: str, world: World) -> None:
    """Say something that stands by itself; our earlier comment with that marker gives way to it."""
    await write(repo, number, body, await world.github.own_comment(repo, number, marker=marker), world)


async def write(repo: Repository, number: int, body: str, before: Comment | None, world: World) -> None:
    """Put a text in place of what our comment said before, if it says anything new."""
    if before is None or before.body != body:
        await world.github.write_comment(repo, number, body, replaces=before)
