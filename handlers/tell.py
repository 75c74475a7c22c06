"""The live comment on a source pull request: one, ours, edited in place."""

from collections.abc import Sequence

import structlog

from bot.core.model import Refused, Repository, Tier
from bot.core.words import summary
from bot.world import World

log = structlog.get_logger()


async def tell(repo: Repository, source: int, news: Sequence[summary.Row], tiers: Sequence[Tier], world: World) -> None:
    """Say what is new; a pull request that takes no comment (locked, say) never fails the promotion."""
    if not news:
        return
    try:
        before = await world.github.own_comment(repo, source, marker=summary.MARKER)
        rows = summary.updated(summary.rows_of(before.body) if before else (), news, tiers)
        body = summary.render(rows, tiers, repo=repo.full_name)
        if before is None or before.body != body:
            await world.github.write_comment(repo, source, body, replaces=before)
    except Refused as refusal:
        log.info("comment refused", source=source, reason=str(refusal))
