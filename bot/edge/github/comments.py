"""Our comments: known by a hidden marker and by who wrote them, since anyone can copy a marker."""

from http import HTTPStatus
from typing import Any

from gidgethub import BadRequest

from bot.core.model import App, Comment, Repository
from bot.edge.github.calls import Call, get, patch, post
from bot.edge.github.client import Client, settle

_PAGE = 100
_PAGES = 10
MOST_BODY = 65_536
"""Characters GitHub takes; beyond these it answers 422."""


async def own(client: Client, me: App, repo: Repository, number: int, *, marker: str) -> Comment | None:
    """Return our comment that holds the marker: we write early, so the first page is read first, then the newest."""
    first = await client.ask(_page(repo, number, 1))
    found = _mine(first.data, me, marker)
    last = int(first.links.get("last", {}).get("page", 1))
    for page in range(last, max(1, last - _PAGES + 1), -1):
        found = found or _mine((await client.ask(_page(repo, number, page))).data, me, marker)
    return found


async def write(client: Client, me: App, repo: Repository, number: int, body: str) -> None:
    """Write a first comment; after a lost answer, look for the same words before writing them again."""
    text = body[:MOST_BODY]

    async def look() -> bool | None:
        return await own(client, me, repo, number, marker=text) is not None or None

    async def act() -> bool:
        await client.once(post(repo, "/issues/{number}/comments", {"body": text}, number=number))
        return True

    await settle(act, look)


async def edit(client: Client, repo: Repository, comment: Comment, body: str) -> bool:
    """Edit in place; say False where a person has deleted it."""
    try:
        await client.ask(patch(repo, "/issues/comments/{comment}", {"body": body[:MOST_BODY]}, comment=comment.id))
    except BadRequest as problem:
        if problem.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            return False
        raise
    return True


def _page(repo: Repository, number: int, page: int) -> Call:
    return get(repo, "/issues/{number}/comments", {"per_page": _PAGE, "page": page}, number=number)


def _mine(items: list[dict[str, Any]], me: App, marker: str) -> Comment | None:
    mine = (item for item in items if marker in (item["body"] or "") and _ours(item, me))
    return next((Comment(id=item["id"], body=item["body"]) for item in mine), None)


def _ours(item: dict[str, Any], me: App) -> bool:
    """Go by the App, or by its account where an older GitHub leaves `performed_via_github_app` out."""
    via = item.get("performed_via_github_app") or {}
    author = item["user"] or {}
    return via.get("id") == me.id or author.get("id") == me.user_id
