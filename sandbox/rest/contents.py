"""Files. https://docs.github.com/en/rest/repos/contents."""

import base64
import binascii
from typing import Any

from sandbox.api import Answer, Call, R, Routes
from sandbox.errors import Refusal, not_found
from sandbox.git import Ident, NewCommit
from sandbox.merging import github, ident
from sandbox.moves import Move, apply
from sandbox.shapes import commits
from sandbox.shapes.repos import api_url, page_url
from sandbox.trees import Entry, edited, entries, entry

Json = dict[str, Any]
INLINE = 1_000_000
"""Bytes above which GitHub leaves the content out."""
KINDS = {"tree": "dir", "blob": "file", "commit": "submodule"}
routes = Routes()


@routes.on("GET", R + "/contents{path:(?:/.*)?}", "contents:read")
async def get_contents(call: Call) -> Answer:
    """Return a file with its content, or a directory's entries."""
    bare, path = call.hub.bare(call.repo), call.at("path").strip("/")
    ref = call.asked("ref") or call.repo.default_branch
    tip = await bare.resolve(ref)
    if tip is None:
        raise Refusal(404, f"No commit found for the ref {ref}")
    found = await entry(bare, tip, path) if path else Entry("040000", "tree", tip, 0, "")
    if found is None:
        raise not_found()
    if found.kind == "tree":
        listed = await entries(bare, f"{tip}:{path}" if path else tip)
        inside = [Entry(one.mode, one.kind, one.sha, one.size, f"{path}/{one.path}".lstrip("/")) for one in listed]
        return Answer([_shown(call, one, ref) for one in inside])
    raw = await bare.fact("cat-file", "blob", found.sha) if found.kind == "blob" else b""
    if "raw" in call.request.headers.get("Accept", ""):
        return Answer(raw.decode(errors="replace"))
    small = len(raw) <= INLINE
    content = base64.encodebytes(raw).decode() if small else ""
    return Answer({**_shown(call, found, ref), "encoding": "base64" if small else "none", "content": content})


def _shown(call: Call, found: Entry, ref: str) -> Json:
    url, page = api_url(call.hub, call.repo), page_url(call.hub, call.repo)
    kind = "trees" if found.kind == "tree" else "blobs"
    links = {
        "self": f"{url}/contents/{found.path}?ref={ref}",
        "git": f"{url}/git/{kind}/{found.sha}",
        "html": f"{page}/{'tree' if found.kind == 'tree' else 'blob'}/{ref}/{found.path}",
    }
    return {
        "name": found.path.rpartition("/")[2],
        "path": found.path,
        "sha": found.sha,
        "size": found.size,
        "url": links["self"],
        "html_url": links["html"],
        "git_url": links["git"],
        "download_url": f"{page}/raw/{ref}/{found.path}" if found.kind == "blob" else None,
        "type": KINDS[found.kind],
        "_links": links,
    }


@routes.on("PUT", R + "/contents/{path:.+}", "contents:write")
async def put_contents(call: Call) -> Answer:
    """Create or replace a file with a commit; replacing asks for the sha of the file that goes."""
    try:
        raw = base64.b64decode(call.body.text("content"))
    except binascii.Error as error:
        raise Refusal(422, "content is not valid Base64") from error
    existed, found, sha = await _write(call, raw)
    status = 200 if existed else 201
    commit = await call.hub.bare(call.repo).commit(sha)
    content = _shown(call, found, _branch(call)) if found else None
    return Answer({"content": content, "commit": commits.git_commit(call.hub, call.repo, commit)}, status)


@routes.on("DELETE", R + "/contents/{path:.+}", "contents:write")
async def delete_contents(call: Call) -> Answer:
    """Remove a file with a commit."""
    call.body.text("sha")
    _, _, sha = await _write(call, None)
    commit = await call.hub.bare(call.repo).commit(sha)
    return Answer({"content": None, "commit": commits.git_commit(call.hub, call.repo, commit)})


def _branch(call: Call) -> str:
    return call.body.text("branch", call.repo.default_branch)


async def _write(call: Call, raw: bytes | None) -> tuple[bool, Entry | None, str]:
    """Commit one file's new content, None to remove it; return whether it existed, what it is now, and the commit."""
    hub, bare, path, branch = call.hub, call.hub.bare(call.repo), call.at("path").strip("/"), _branch(call)
    if path.startswith(".github/workflows/") and not call.actor.holds("workflows:write"):
        raise Refusal(403, "Resource not accessible by integration", accepted="contents=write,workflows=write")
    async with bare.turn:
        tip = await bare.branch(branch)
        if tip is None:
            raise Refusal(404, f"Branch {branch} not found")
        old = await entry(bare, tip, path)
        given = call.body.maybe("sha")
        if old is None and raw is None:
            raise not_found()
        if old is not None and given is None:
            raise Refusal(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
        if given is not None and (old is None or given != old.sha):
            raise Refusal(409, f"{path} does not match {given}")
        tree = await edited(bare, tip, {path: raw})
        signers = _signers(call)
        sha = await bare.write(NewCommit(tree, (tip,), call.body.text("message"), *signers))
        await apply(hub, call.repo, Move(f"refs/heads/{branch}", tip, sha), call.actor.account)
    return old is not None, await entry(bare, sha, path), sha


def _signers(call: Call) -> tuple[Ident, Ident]:
    own = ident(call.hub, call.actor.account)
    given = call.body.object("author")
    author = Ident(given.text("name"), given.text("email"), own.date) if given.fields else own
    return author, own if call.actor.app is None else github(call.hub)
