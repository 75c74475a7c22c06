"""What every handler reads first: whom an event is about, and the rules in force there."""

from gidgethub.sansio import Event

from bot.core import payloads, rules
from bot.core.model import PullRequest, Repository, Rules
from bot.world import World


def repository_of(event: Event) -> Repository:
    """Return the repository an event is about."""
    return payloads.repository(event.data["repository"], installation=event.data["installation"]["id"])


def pull_of(event: Event) -> PullRequest:
    """Return the pull request an event is about."""
    return payloads.pull_request(event.data["pull_request"], repository_of(event))


async def rules_in_force(repo: Repository, world: World) -> Rules | rules.Invalid | None:
    """Return the rules, what is wrong with them, or None for a repository that has none and is left alone.

    They are those of the default branch, never those of a pull request's head.
    """
    text = await world.github.rules_text(repo)
    if text is None:
        return None
    try:
        return rules.parse(text)
    except rules.Invalid as invalid:
        return invalid
