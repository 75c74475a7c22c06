"""Pull requests: found, opened, dressed and closed."""

from collections.abc import AsyncIterator
from datetime import datetime
from http import HTTPStatus
from typing import Literal

from bot.core import payloads
from bot.core.model import NewPull, PullRequest, Repository, Sha
from bot.core.promotion import TITLE_LIMIT
from bot.core.words.markdown import COMMENT_LIMIT
from bot.edge.github.calls import Denied, Query, get, patch, post
from bot.edge.github.client import Client, settle

_PAGE = 100
_PAGES = 10
_MOST_PAGES = 30


async def read(client: Client, repo: Repository, number: int) -> PullRequest | None:
    """Return one pull request, or None."""
    try:
        answer = await client.ask(get(repo, "/pulls/{number}", number=number))
    except Denied as denial:
        if denial.status == HTTPStatus.NOT_FOUND:
            return None
        raise
    return payloads.pull_request(answer.data, installation=repo.installation)


async def from_branch(
    client: Client, repo: Repository, *, head: str, base: str | None = None, state: str = "all"
) -> tuple[PullRequest, ...]:
    """Return the newest from `head`; GitHub knows it by its owner of today only, so `repo` has to be of today too.

    A `head` GitHub cannot read is no filter to it, so we look again.
    """
    where: Query = {"base": base} if base else {}
    query: Query = {"head": f"{repo.owner}:{head}", "state": state, "sort": "created", "direction": "desc", **where}
    answer = await client.ask(get(repo, "/pulls", {**query, "per_page": _PAGE}))
    pulls = (payloads.pull_request(item, installation=repo.installation) for item in answer.data)
    wanted = (pull for pull in pulls if pull.head == head and not pull.from_fork)
    return tuple(pull for pull in wanted if base in (None, pull.base))


async def of_head(client: Client, repo: Repository, head: Sha) -> tuple[PullRequest, ...] | None:
    """Return the open ones of a commit, under whatever name and from whichever fork; None where too many are open.

    No shorter list tells: `/commits/{sha}/pulls` leaves open ones out where the commit is on the default branch.
    https://docs.github.com/en/rest/commits/commits#list-pull-requests-associated-with-a-commit
    """
    query: Query = {"state": "open", "sort": "created", "direction": "desc", "per_page": _PAGE}
    found: list[PullRequest] = []
    async for answer in client.pages(get(repo, "/pulls", query), most=_MOST_PAGES):
        found += [
            payloads.pull_request(item, installation=repo.installation)
            for item in answer.data
            if item["head"]["sha"] == head
        ]
        if "next" not in answer.links:
            return tuple(found)
    return None


async def unmerged(client: Client, repo: Repository, *, base: str) -> tuple[PullRequest, ...]:
    """Return the open ones against a branch, oldest first: of more than fit on ten pages, the newest wait."""
    query: Query = {"base": base, "state": "open", "sort": "created", "direction": "asc", "per_page": _PAGE}
    pages = client.pages(get(repo, "/pulls", query), most=_PAGES)
    items = [item async for answer in pages for item in answer.data]
    return tuple(payloads.pull_request(item, installation=repo.installation) for item in items)


async def opened(client: Client, repo: Repository, *, base: str, since: datetime) -> tuple[PullRequest, ...]:
    """Return those opened against a branch after `since`, newest first, whatever became of them."""
    return tuple([pull async for pull in _lately(client, repo, "created", since, {"base": base, "state": "all"})])


async def merged(client: Client, repo: Repository, *, base: str, since: datetime) -> tuple[PullRequest, ...]:
    """Return those merged into a branch after `since`, in the order they were merged.

    GitHub sorts by update and not by merge, so the list is read until nothing was touched since. It may change
    meanwhile, and then says some of them twice.
    """
    found: dict[int, tuple[datetime, PullRequest]] = {}
    async for pull in _lately(client, repo, "updated", since, {"base": base, "state": "closed"}):
        if pull.merged_at and pull.merged_at > since:
            found[pull.number] = (pull.merged_at, pull)
    return tuple(pull for _, pull in sorted(found.values(), key=lambda pair: pair[0]))


async def _lately(
    client: Client, repo: Repository, did: Literal["created", "updated"], since: datetime, which: Query
) -> AsyncIterator[PullRequest]:
    """Read from the newest back to `since`, for GitHub cannot begin there, and at most ten pages."""
    query: Query = {**which, "sort": did, "direction": "desc", "per_page": _PAGE}
    async for answer in client.pages(get(repo, "/pulls", query), most=_PAGES):
        for item in answer.data:
            if datetime.fromisoformat(item[f"{did}_at"]) <= since:
                return
            yield payloads.pull_request(item, installation=repo.installation)


async def changed_files(client: Client, pull: PullRequest) -> tuple[str, ...]:
    """Return its paths, both of a rename; GitHub lists 3,000 files at most."""
    paths: list[str] = []
    call = get(pull.repo, "/pulls/{number}/files", {"per_page": _PAGE}, number=pull.number)
    async for answer in client.pages(call, most=30):
        for item in answer.data:
            paths += filter(None, (item.get("previous_filename"), item["filename"]))
    return tuple(dict.fromkeys(paths))


async def open_one(client: Client, repo: Repository, pull: NewPull) -> PullRequest:
    """Open, or adopt the one that is open: another's, or our own whose answer was lost."""

    async def look() -> PullRequest | None:
        return next(iter(await from_branch(client, repo, head=pull.head, base=pull.base, state="open")), None)

    try:
        return await settle(lambda: _create(client, repo, pull), look)
    except Denied as denial:
        if denial.status == HTTPStatus.UNPROCESSABLE_ENTITY and (found := await look()) is not None:
            return found
        raise


async def _create(client: Client, repo: Repository, pull: NewPull) -> PullRequest:
    """Open it ready where there are no drafts, as in a private repository on a free plan: better than not at all."""
    body = {**_words(pull.title, pull.body), "head": pull.head, "base": pull.base}
    try:
        answer = await client.once(post(repo, "/pulls", {**body, "draft": pull.draft}))
    except Denied as denial:
        if not (pull.draft and "draft pull requests are not supported" in denial.reason.lower()):
            raise
        answer = await client.once(post(repo, "/pulls", body))
    return payloads.pull_request(answer.data, installation=repo.installation)


async def edit(client: Client, pull: PullRequest, *, title: str | None, body: str | None) -> None:
    """Give it another title and body; None leaves what it has."""
    if words := _words(title, body):
        await client.ask(patch(pull.repo, "/pulls/{number}", words, number=pull.number))


async def close(client: Client, pull: PullRequest) -> None:
    """Close without merging."""
    await client.ask(patch(pull.repo, "/pulls/{number}", {"state": "closed"}, number=pull.number))


def _words(title: str | None, body: str | None) -> dict[str, str]:
    """Cut to what GitHub takes: beyond that it answers 422."""
    words = {"title": (title, TITLE_LIMIT), "body": (body, COMMENT_LIMIT)}
    return {name: text[:most] for name, (text, most) in words.items() if text is not None}
