"""What a repository holds: files and branches, read without a clone."""

import base64
from typing import Any

from gidgethub import BadRequest

from bot.core.model import Refused, Repository, Sha
from bot.edge.github.calls import Call, Scope, get
from bot.edge.github.client import Client

RULES = ".github/tierkeeper.yml"
_ABSENT = frozenset({404, 409})
"""409 is GitHub's answer for a repository without a commit."""


async def rules_text(client: Client, repo: Repository) -> str | None:
    """Read the repository's own rules, else its owner's, if the installation covers the owner's `.github`."""
    own = await _text(client, get(repo, "/contents/{path}", path=RULES))
    if own is not None:
        return own
    who = Scope(repo.installation, ".github")
    try:
        await client.tokens.token(who)
    except Refused:
        return None
    names = {"repo": f"{repo.owner}/.github", "path": RULES}
    return await _text(client, Call(who=who, method="GET", route="/repos/{repo}/contents/{path}", names=names))


async def file(client: Client, repo: Repository, path: str, *, ref: str) -> str | None:
    """Read one file at a ref; Refused where it is too large or not text."""
    return await _text(client, get(repo, "/contents/{path}", {"ref": ref}, path=path))


async def tip(client: Client, repo: Repository, branch: str) -> Sha | None:
    """Return the commit a branch points at. https://docs.github.com/en/rest/git/refs#get-a-reference."""
    data = await _found(client, get(repo, "/git/ref/heads/{branch}", branch=branch))
    return None if data is None else str(data["object"]["sha"])


async def _text(client: Client, call: Call) -> str | None:
    """Read the JSON form: unlike the raw one it tells a file from a directory and keeps a stranger's 100 MB out."""
    data = await _found(client, call)
    match data:
        case {"type": "file", "encoding": "base64", "content": str(content)}:
            return _decoded(content, call.names["path"])
        case {"type": "file"}:
            raise Refused(f"`{call.names['path']}` is larger than 1 MB, the most GitHub hands out in one piece.")
        case _:
            return None


async def _found(client: Client, call: Call) -> Any:  # noqa: ANN401  (JSON)
    try:
        return (await client.ask(call)).data
    except BadRequest as problem:
        if problem.status_code in _ABSENT:
            return None
        raise


def _decoded(content: str, path: str | int) -> str:
    try:
        return base64.b64decode(content).decode()
    except UnicodeDecodeError as error:
        raise Refused(f"`{path}` is not UTF-8 text: byte {error.start + 1} cannot be read.") from error
