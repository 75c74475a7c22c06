"""What a repository holds: files and branches, read without a clone."""

import base64
from typing import Any

from bot.core import rules
from bot.core.model import Refused, Repository, Sha
from bot.edge.github.calls import Call, Denied, Query, Scope, get
from bot.edge.github.client import Client

_LARGEST = 2**20
"""Bytes; GitHub says of a larger file that it is there, and nothing of what is in it."""
_ABSENT = frozenset({404, 409})
"""409 is GitHub's answer for a repository without a commit."""


async def rules_text(client: Client, repo: Repository) -> str | None:
    """Read the repository's own rules, else its owner's, if the installation covers the owner's `.github`."""
    own = await _text(client, get(repo, "/contents/{path}", path=rules.PATH))
    if own is not None or (who := await _owner(client, repo)) is None:
        return own
    names = {"repo": f"{repo.owner}/.github", "path": rules.PATH}
    return await _text(client, Call(who=who, method="GET", route="/repos/{repo}/contents/{path}", names=names))


async def rules_commit(client: Client, repo: Repository) -> Sha | None:
    """Return what last made the rules what they are: a file that is as it was before is told apart by nothing else."""
    query: Query = {"path": rules.PATH, "per_page": 1}
    found = await _found(client, get(repo, "/commits", query))
    if not found and (who := await _owner(client, repo)) is not None:
        names = {"repo": f"{repo.owner}/.github"}
        call = Call(who=who, method="GET", route="/repos/{repo}/commits", names=names, query=query)
        found = await _found(client, call)
    return found[0]["sha"] if found else None


async def _owner(client: Client, repo: Repository) -> Scope | None:
    """Return what it takes to read the owner's `.github`; None where that is not ours to see."""
    who = Scope(repo.installation, ".github")
    try:
        await client.tokens.token(who)
    except Refused:
        return None
    return who


async def file(client: Client, repo: Repository, path: str, *, ref: str) -> str | None:
    """Read one file at a ref; bytes that are not UTF-8 come as `surrogateescape` leaves them."""
    return await _text(client, get(repo, "/contents/{path}", {"ref": ref}, path=path))


async def tip(client: Client, repo: Repository, branch: str) -> Sha | None:
    """Return the commit a branch points at. https://docs.github.com/en/rest/git/refs#get-a-reference."""
    data = await _found(client, get(repo, "/git/ref/heads/{branch}", branch=branch))
    return None if data is None else str(data["object"]["sha"])


async def _text(client: Client, call: Call) -> str | None:
    """Read the JSON form: unlike the raw one it tells a file from a directory and keeps a stranger's 100 MB out.

    A file too large for it comes as a megabyte of nothing, for its reader to find too large: that is a mistake to be
    shown like any other, and no reason to fall silent.
    """
    match await _found(client, call):
        case {"type": "file", "encoding": "base64", "content": str(content)}:
            return base64.b64decode(content).decode(errors="surrogateescape")
        case {"type": "file"}:
            return " " * _LARGEST
        case _:
            return None


async def _found(client: Client, call: Call) -> Any:  # noqa: ANN401  (JSON)
    try:
        return (await client.ask(call)).data
    except Denied as denial:
        if denial.status in _ABSENT:
            return None
        raise
