"""Labels, assignees and reviewers: what a pull request wears, in as few calls as GitHub allows."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus

from bot.core.model import PullRequest
from bot.edge.github.calls import Denied, delete, get, patch, post
from bot.edge.github.client import Client

_MOST_ASSIGNEES = 10


async def dress(client: Client, pull: PullRequest, labels: Sequence[str], assignees: Sequence[str]) -> None:
    """Put labels on (GitHub creates missing ones) and add assignees, as the issue that every pull request also is.

    GitHub takes all labels at once, keeping one spelling of each, its first.

    One person who cannot be assigned makes GitHub refuse the whole; only then is each of the new ones asked about.
    """
    new = _besides(pull.assignees, assignees)
    worn = [*pull.labels, *_besides(pull.labels, labels)]
    try:
        await _wear(client, pull, worn, new)
    except Denied as denial:
        if denial.status != HTTPStatus.UNPROCESSABLE_ENTITY or not new:
            raise
        await _wear(client, pull, worn, [login for login in new if await _assignable(client, pull, login)])


async def undress(client: Client, pull: PullRequest, label: str) -> None:
    """Take one label off; https://docs.github.com/en/rest/issues/labels#remove-a-label-from-an-issue."""
    try:
        await client.ask(delete(pull.repo, "/issues/{number}/labels/{label}", number=pull.number, label=label))
    except Denied as denial:
        if denial.status != HTTPStatus.NOT_FOUND:
            raise


async def request_reviews(client: Client, pull: PullRequest, reviewers: tuple[str, ...]) -> None:
    """Ask all at once; where GitHub refuses one of them, ask each alone and leave out whom it does not accept."""
    if not reviewers:
        return
    try:
        await _request(client, pull, reviewers)
    except Denied as denial:
        if denial.status != HTTPStatus.UNPROCESSABLE_ENTITY:
            raise
        if len(reviewers) > 1:
            for reviewer in reviewers:
                await request_reviews(client, pull, (reviewer,))


async def _wear(client: Client, pull: PullRequest, labels: Sequence[str], new: Sequence[str]) -> None:
    body = {"labels": labels, **({"assignees": [*pull.assignees, *new][:_MOST_ASSIGNEES]} if new else {})}
    await client.ask(patch(pull.repo, "/issues/{number}", body, number=pull.number))


async def _assignable(client: Client, pull: PullRequest, login: str) -> bool:
    """https://docs.github.com/en/rest/issues/assignees#check-if-a-user-can-be-assigned."""
    try:
        await client.ask(get(pull.repo, "/assignees/{login}", login=login))
    except Denied as denial:
        if denial.status == HTTPStatus.NOT_FOUND:
            return False
        raise
    return True


async def _request(client: Client, pull: PullRequest, reviewers: tuple[str, ...]) -> None:
    body = {
        "reviewers": [name for name in reviewers if "/" not in name],
        "team_reviewers": [name.partition("/")[2] for name in reviewers if "/" in name],
    }
    await client.ask(post(pull.repo, "/pulls/{number}/requested_reviewers", body, number=pull.number))


def _besides(there: Iterable[str], names: Iterable[str]) -> list[str]:
    """Return the names that are not there; to GitHub a label or a login is the same in any case."""
    known = {name.casefold() for name in there}
    return [name for name in names if name.casefold() not in known]
