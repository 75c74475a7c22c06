"""On start and on a timer, puts back into the inbox what a lost event would have brought.

GitHub sends a delivery once and never again by itself, so two nets are under it: deliveries GitHub knows to have
failed are asked back, and the branches of the tiers are looked at for pull requests that led to nothing.

What a sweep costs, in API calls: one for each 100 deliveries and for each 100 repositories, and one for each delivery
asked back; one or two for each repository's rules; and where there are rules, for each tier one for each 100 pull
requests that are open or were closed lately, and for each tier above another one for each 100 opened lately. None of
these lists is read beyond its tenth page. It is background work: it passes over those whose rate budget it would take
from events. A delivery, a repository or an installation that fails is passed over alone.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256

import structlog

from bot.core import payloads, promotion, rules
from bot.core.model import App, Delivery, PullRequest, Refused, Repository, Rules, Transient, Unavailable
from bot.world import World

log = structlog.get_logger()

LOOK_BACK = timedelta(hours=70)
"""GitHub redelivers for 72; the rest is for the difference between its clock and ours.
https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks."""

Put = Callable[[Delivery], Awaitable[object]]
"""Takes a delivery into the inbox, which drops what it completed before."""


async def sweep(world: World, put: Put) -> None:
    """Look once at everything the App can see; what does not answer, or refuses, is left for the next time.

    Raises Unavailable, for nothing can be put back then.
    """
    since = world.clock.now() - LOOK_BACK
    with _apart(asked="deliveries"):
        for delivery in await world.github.failed_deliveries(since=since):
            with _apart(guid=delivery.guid):
                await world.github.redeliver(delivery)
                log.info("delivery asked back", guid=delivery.guid, name=delivery.event)
    with _apart(asked="repositories"):
        async for repo in world.github.repositories():
            with _apart(repo=repo.full_name):
                await _sweep_repository(repo, since, world, put)


@contextmanager
def _apart(**which: str) -> Iterator[None]:
    """Keep what happens to one of many from those that come after it."""
    try:
        yield
    except (Transient, Refused, rules.Invalid) as reason:
        log.info("not swept", reason=str(reason), **which)
    except Unavailable:
        raise
    except Exception:
        log.exception("not swept", **which)


async def _sweep_repository(repo: Repository, since: datetime, world: World, put: Put) -> None:
    text = await world.github.rules_text(repo)
    if text is None:
        return
    found = rules.parse(text)
    version = sha256(text.encode(errors="replace")).hexdigest()[:12]
    for pull in await _unpromoted(repo, found, since, world):
        await put(_delivery(pull, "closed", f"{pull.merge_commit}:{version}", world))
    for tier in found.tiers:
        for pull in await world.github.open_pulls(repo, base=tier.branch):
            await put(_delivery(pull, "synchronize", f"{pull.head_sha}:{version}", world))


async def _unpromoted(repo: Repository, found: Rules, since: datetime, world: World) -> list[PullRequest]:
    """Return merges, in the order they were made, that have no promotion pull request in the tier above."""
    app = await world.github.app()
    lost: list[PullRequest] = []
    for lower, upper in zip(found.tiers, found.tiers[1:], strict=False):
        merged = await world.github.merged_pulls(repo, base=lower.branch, since=since)
        heads = await world.github.heads(repo, base=upper.branch, since=since) if merged else frozenset()
        lost += [pull for pull in merged if not _promoted(pull, found, app, heads)]
    return lost


def _promoted(pull: PullRequest, found: Rules, app: App, heads: Iterable[str]) -> bool:
    ask = promotion.plan(pull, found, app)
    return ask is None or ask.branch in heads


def _delivery(pull: PullRequest, action: str, version: str, world: World) -> Delivery:
    """Return an event under a natural id, so that one that came to nothing is asked again only under other rules."""
    return Delivery(
        id=f"sweep:{pull.repo.id}:{pull.number}:{action}:{version}",
        event="pull_request",
        action=action,
        repository=pull.repo.full_name,
        installation=pull.repo.installation,
        received_at=world.clock.now(),
        body=json.dumps(payloads.event_of(pull, action)).encode(),
    )
