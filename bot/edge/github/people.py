"""Labels, assignees and reviewers: what a pull request wears, in as few calls as GitHub allows."""

from http import HTTPStatus

from gidgethub import BadRequest

from bot.core.model import PullRequest
from bot.edge.github.calls import get, patch, post
from bot.edge.github.client import Client

_MOST_ASSIGNEES = 10


async def dress(client: Client, pull: PullRequest, *, labels: tuple[str, ...], assignees: tuple[str, ...]) -> None:
    """Add labels (GitHub creates missing ones) and set assignees, as the issue that every pull request also is.

    One person who cannot be assigned makes GitHub refuse the whole; only then is each of them asked about.
    """
    worn = list(dict.fromkeys((*pull.labels, *labels)))
    chosen = assignees[:_MOST_ASSIGNEES]
    try:
        await _wear(client, pull, worn, chosen)
    except BadRequest as problem:
        if problem.status_code != HTTPStatus.UNPROCESSABLE_ENTITY or not chosen:
            raise
        await _wear(client, pull, worn, tuple([login for login in chosen if await _assignable(client, pull, login)]))


async def request_reviews(client: Client, pull: PullRequest, reviewers: tuple[str, ...]) -> None:
    """Ask all at once; where GitHub refuses one of them, ask each alone and leave out whom it does not accept."""
    if not reviewers:
        return
    try:
        await _request(client, pull, reviewers)
    except BadRequest as problem:
        if problem.status_code != HTTPStatus.UNPROCESSABLE_ENTITY:
            raise
        if len(reviewers) > 1:
            for reviewer in reviewers:
                await request_reviews(client, pull, (reviewer,))


async def _wear(client: Client, pull: PullRequest, labels: list[str], assignees: tuple[str, ...]) -> None:
    body = {"labels": labels, **({"assignees": assignees} if assignees else {})}
    await client.ask(patch(pull.repo, "/issues/{number}", body, number=pull.number))


async def _assignable(client: Client, pull: PullRequest, login: str) -> bool:
    """https://docs.github.com/en/rest/issues/assignees#check-if-a-user-can-be-assigned."""
    try:
        await client.ask(get(pull.repo, "/assignees/{login}", login=login))
    except BadRequest as problem:
        if problem.status_code == HTTPStatus.NOT_FOUND:
            return False
        raise
    return True


async def _request(client: Client, pull: PullRequest, reviewers: tuple[str, ...]) -> None:
    body = {
        "reviewers": [name for name in reviewers if "/" not in name],
        "team_reviewers": [name.partition("/")[2] for name in reviewers if "/" in name],
    }
    await client.ask(post(pull.repo, "/pulls/{number}/requested_reviewers", body, number=pull.number))
