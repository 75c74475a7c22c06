"""On start and on a timer, puts back into the inbox what a lost event would have brought.

GitHub sends a delivery once and never again by itself, so two nets are under it: deliveries GitHub knows to have
failed are asked back, and the branches of the tiers are looked at: for merges that led to nothing, and for what may
have gone unheard. An event is put back once under an id made of all it depends on, and costs nothing after that.

What a sweep costs, in API calls: one for each 100 deliveries and for each 100 repositories, and one for each delivery
asked back; one or two for each repository's rules; and where there are rules, as many for the commit they come from
(while they were broken, what came was judged by that), for each tier one for each 100 pull requests that are open or
were closed lately, and for each tier above another one for each 100 that were opened lately and one for its tip. No
list of deliveries or pull requests is read beyond its tenth page. It is background work: it passes over those whose
rate budget it would take from events. A delivery, a repository or an installation that fails is passed over alone.
"""

import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

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
    commit = await world.github.rules_commit(repo)
    version = sha256(f"{commit}\n{text}".encode(errors="replace")).hexdigest()[:12]
    for pull in await _led_to_nothing(repo, found, since, world):
        await put(_of_pull(pull, "closed", f"{pull.merge_commit}:{version}", world))
    for tier in found.tiers:
        waiting = await world.github.open_pulls(repo, base=tier.branch)
        for pull in waiting:
            await put(_of_pull(pull, "synchronize", f"{pull.head_sha}:{version}", world))
        tip = await world.github.tip(repo, tier.branch) if _promotes(waiting, found) else None
        if tip is not None:
            await put(_of_push(repo, tier.branch, f"{tip}:{version}", world))


async def _led_to_nothing(repo: Repository, found: Rules, since: datetime, world: World) -> list[PullRequest]:
    """Return merges, in the order they were made, that have no promotion pull request in the tier above.

    Promotions merged at the top count: what they should lead to is a word on their source, which costs a look each.
    """
    app = await world.github.app()
    lost: list[PullRequest] = []
    for tier in found.tiers:
        above = promotion.above(tier, found)
        merged = await world.github.merged_pulls(repo, base=tier.branch, since=since)
        heads = await world.github.heads(repo, base=above.branch, since=since) if merged and above else frozenset()
        lost += [pull for pull in merged if _asks(pull, found, app, heads)]
    return lost


def _asks(pull: PullRequest, found: Rules, app: App, heads: Collection[str]) -> bool:
    ask = promotion.plan(pull, found, app)
    return _promotes([pull], found) if ask is None else ask.branch not in heads


def _promotes(pulls: Iterable[PullRequest], found: Rules) -> bool:
    return any(promotion.source_of(pull, found) is not None for pull in pulls)


def _of_pull(pull: PullRequest, action: str, state: str, world: World) -> Delivery:
    return _delivery(
        pull.repo, f"{pull.number}:{action}:{state}", "pull_request", payloads.event_of(pull, action), world
    )


def _of_push(repo: Repository, branch: str, state: str, world: World) -> Delivery:
    return _delivery(repo, f"push:{branch}:{state}", "push", payloads.push_to(branch, repo), world)


def _delivery(repo: Repository, key: str, event: str, data: Mapping[str, Any], world: World) -> Delivery:
    """Return an event under a natural id, so that one that came to nothing is asked again only under other rules."""
    return Delivery(
        id=f"sweep:{repo.id}:{key}",
        event=event,
        action=data.get("action", ""),
        repository=repo.full_name,
        installation=repo.installation,
        received_at=world.clock.now(),
        body=json.dumps(data).encode(),
    )
