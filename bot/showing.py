"""The page of a diff: its address, and what it shows, which is made anew from git each time it is opened.

Nothing of it is kept but the renderings, so any replica answers, and a page is as lasting as its commits.
"""

import hmac
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.core.model import PullRequest, Refused, Rules, Sha
from bot.pages.diff import View
from bot.pages.links import DAY, Link, address, expiry
from bot.settings import Settings
from bot.world import World
from handlers.diff import told
from handlers.gather import rules_in_force


def keys(settings: Settings) -> Sequence[bytes]:
    """Return what addresses are signed with, today's first: it comes from the webhook's secrets, and goes with them."""
    return [hmac.digest(one.encode(), b"tierkeeper: addresses", "sha256") for one in settings.webhook_secrets]


def addresses(settings: Settings) -> Callable[[PullRequest, Sha], str | None]:
    """Return what tells the address of the page on a pull request and its base; None where nobody could reach it."""

    def of(pull: PullRequest, base: Sha) -> str | None:
        if not settings.public_url:
            return None
        lasting = expiry(time.time(), settings.link_days * DAY)
        link = Link(pull.repo.installation, pull.repo.full_name, pull.number, base, pull.head_sha, lasting)
        return address(link, keys(settings)[0], settings.public_url)

    return of


async def shown(link: Link, world: World) -> View:
    """Return what the page shows; raises Refused where it is no more, Transient where GitHub does not answer."""
    repo = await world.github.repository(link.repo, installation=link.installation)
    pull = await world.github.pull(repo, link.pull) if repo else None
    rules = await rules_in_force(repo, world) if repo else None
    if pull is None or not isinstance(rules, Rules):
        raise Refused("There is no such pull request any more, or no rules that say what to render.")
    then = replace(pull, head_sha=link.head)
    fair = replace(world, renderer=world.renderer.on_behalf(pull.repo.id))
    async with world.git.workspace(pull.repo) as work:
        diff, reviewed = await told(then, link.base, rules, work, fair)
    return View(diff, reviewed, repo=link.repo, pull=link.pull, title=pull.title, url=pull.html_url)
