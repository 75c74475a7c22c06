"""Our comments: known by a hidden marker and by who wrote them, since anyone can copy a marker."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from bot.core.model import App, Comment, Repository
from bot.core.words.markdown import cut, last_line
from bot.edge.github.calls import Call, Denied, get, patch, post
from bot.edge.github.client import Client, settle

Says = Callable[[str], bool]

_PAGE = 100
_PAGES = 10


async def own(client: Client, me: App, repo: Repository, number: int, *, marker: str) -> Comment | None:
    """Return our comment that ends with the marker; further up, it would be a stranger's text that we quote."""
    return await _first(client, me, repo, number, lambda body: last_line(body).startswith(marker))


async def write(client: Client, me: App, repo: Repository, number: int, body: str) -> None:
    """Write a first comment; after a lost answer, look for the same words before writing them again."""
    text = cut(body)

    async def look() -> bool | None:
        return await _first(client, me, repo, number, lambda body: text in body) is not None or None

    async def act() -> bool:
        await client.once(post(repo, "/issues/{number}/comments", {"body": text}, number=number))
        return True

    await settle(act, look)


async def edit(client: Client, repo: Repository, comment: Comment, body: str) -> bool:
    """Edit in place; say False where a person has deleted it."""
    try:
        await client.ask(patch(repo, "/issues/comments/{comment}", {"body": cut(body)}, comment=comment.id))
    except Denied as denial:
        if denial.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            return False
        raise
    return True


async def _first(client: Client, me: App, repo: Repository, number: int, says: Says) -> Comment | None:
    """Return our comment that says so: we write early, so the first page is read first, then the newest."""
    first = await client.ask(_page(repo, number, 1))
    found = _mine(first.data, me, says)
    last = int(first.links.get("last", {}).get("page", 1))
    for page in range(last, max(1, last - _PAGES + 1), -1):
        found = found or _mine((await client.ask(_page(repo, number, page))).data, me, says)
    return found


def _page(repo: Repository, number: int, page: int) -> Call:
    return get(repo, "/issues/{number}/comments", {"per_page": _PAGE, "page": page}, number=number)


def _mine(items: list[dict[str, Any]], me: App, says: Says) -> Comment | None:
    mine = (Comment(id=item["id"], body=item["body"] or "") for item in items if _ours(item, me))
    return next((comment for comment in mine if says(comment.body)), None)


def _ours(item: dict[str, Any], me: App) -> bool:
    """Go by the App, or by its account where an older GitHub leaves `performed_via_github_app` out."""
    via = item.get("performed_via_github_app") or {}
    author = item["user"] or {}
    return via.get("id") == me.id or author.get("id") == me.user_id
