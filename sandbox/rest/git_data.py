"""Git's own objects and refs. https://docs.github.com/en/rest/git."""

import base64
from datetime import datetime

from sandbox import moves
from sandbox.api import Answer, Call, R, Routes
from sandbox.body import Body
from sandbox.errors import Refusal, not_found
from sandbox.git import ZERO, GitError, Ident, NewCommit
from sandbox.merging import ident
from sandbox.moves import Move
from sandbox.shapes import commits as shapes
from sandbox.shapes.accounts import node
from sandbox.shapes.repos import api_url
from sandbox.trees import entries, write_blob

READ, WRITE = "contents:read", "contents:write"
SHA_LENGTH = 40
routes = Routes()


def _sha(text: str) -> str:
    if len(text) != SHA_LENGTH or not set(text) <= set("0123456789abcdef"):
        raise Refusal(422, "The sha parameter must be exactly 40 characters and contain only [0-9a-f].")
    return text


@routes.on("GET", R + "/git/ref/{ref:.+}", READ)
async def get_ref(call: Call) -> Answer:
    """Return one ref, given without `refs/`."""
    name = f"refs/{call.at('ref')}"
    sha = (await call.hub.bare(call.repo).refs()).get(name)
    if sha is None:
        raise not_found()
    return Answer(shapes.ref(call.hub, call.repo, name, sha))


@routes.on("GET", R + "/git/matching-refs/{ref:.*}", READ)
async def matching_refs(call: Call) -> Answer:
    """Return the refs that begin so."""
    refs, prefix = await call.hub.bare(call.repo).refs(), f"refs/{call.at('ref')}"
    found = [(name, sha) for name, sha in refs.items() if name.startswith(prefix)]
    return Answer([shapes.ref(call.hub, call.repo, name, sha) for name, sha in found])


@routes.on("POST", f"{R}/git/refs", WRITE)
async def create_ref(call: Call) -> Answer:
    """Make a branch or tag."""
    name, sha, bare = call.body.text("ref"), _sha(call.body.text("sha")), call.hub.bare(call.repo)
    if not name.startswith(("refs/heads/", "refs/tags/")):
        raise Refusal(422, "Reference name must start with 'refs/' and contain at least three components.")
    if await bare.resolve(sha) is None:
        raise Refusal(422, "Object does not exist")
    async with bare.turn:
        if name in await bare.refs():
            raise Refusal(422, "Reference already exists")
        try:
            await moves.apply(call.hub, call.repo, Move(name, ZERO, sha), call.actor.account)
        except GitError as error:
            raise Refusal(422, f"{name} is not a valid ref name.") from error
    return Answer(shapes.ref(call.hub, call.repo, name, sha), 201)


@routes.on("PATCH", R + "/git/refs/{ref:.+}", WRITE)
async def update_ref(call: Call) -> Answer:
    """Move a branch, forward unless forced."""
    name, sha, bare = f"refs/{call.at('ref')}", _sha(call.body.text("sha")), call.hub.bare(call.repo)
    if await bare.resolve(sha) is None:
        raise Refusal(422, "Object does not exist")
    async with bare.turn:
        old = (await bare.refs()).get(name)
        if old is None:
            raise Refusal(422, "Reference does not exist")
        if not call.body.flag("force") and not await bare.contains(sha, old):
            raise Refusal(422, "Update is not a fast forward")
        if sha != old:
            await moves.apply(call.hub, call.repo, Move(name, old, sha), call.actor.account)
    return Answer(shapes.ref(call.hub, call.repo, name, sha))


@routes.on("DELETE", R + "/git/refs/{ref:.+}", WRITE)
async def delete_ref(call: Call) -> Answer:
    """Take a branch or tag away."""
    name, bare = f"refs/{call.at('ref')}", call.hub.bare(call.repo)
    async with bare.turn:
        old = (await bare.refs()).get(name)
        if old is None or not name.startswith(("refs/heads/", "refs/tags/")):
            raise Refusal(422, "Reference does not exist")
        await moves.apply(call.hub, call.repo, Move(name, old, ZERO), call.actor.account)
    return Answer(status=204)


@routes.on("GET", R + "/git/commits/{commit_sha}", READ)
async def get_commit(call: Call) -> Answer:
    """Return a commit object."""
    bare, sha = call.hub.bare(call.repo), call.at("commit_sha")
    if await bare.resolve(_sha(sha)) != sha:
        raise not_found()
    return Answer(shapes.git_commit(call.hub, call.repo, await bare.commit(sha)))


@routes.on("POST", f"{R}/git/commits", WRITE)
async def create_commit(call: Call) -> Answer:
    """Write a commit object."""
    bare, own = call.hub.bare(call.repo), ident(call.hub, call.actor.account)
    tree, parents = _sha(call.body.text("tree")), tuple(_sha(one) for one in call.body.names("parents"))
    author = _signer(call.body.object("author"), own)
    committer = _signer(call.body.object("committer"), author)
    try:
        sha = await bare.write(NewCommit(tree, parents, call.body.text("message"), author, committer))
    except GitError as error:
        raise Refusal(422, "Tree SHA or parent SHA does not exist") from error
    return Answer(shapes.git_commit(call.hub, call.repo, await bare.commit(sha)), 201)


def _signer(given: Body, default: Ident) -> Ident:
    if not given.fields:
        return default
    date = default.date
    if "date" in given:
        when = datetime.fromisoformat(given.text("date"))
        date = f"{int(when.timestamp())} {when:%z}"
    return Ident(given.text("name"), given.text("email"), date)


@routes.on("GET", R + "/git/trees/{tree_sha:.+}", READ)
async def get_tree(call: Call) -> Answer:
    """Return a tree's entries."""
    bare, url = call.hub.bare(call.repo), api_url(call.hub, call.repo)
    try:
        name = await bare.resolve(call.at("tree_sha")) or _sha(call.at("tree_sha"))
        sha = (await bare.fact("rev-parse", "--verify", f"{name}^{{tree}}")).decode().strip()
    except GitError as error:
        raise not_found() from error
    options = ("-r", "-t") if call.asked("recursive") else ()
    listed = [
        {
            "path": one.path,
            "mode": one.mode,
            "type": one.kind,
            "sha": one.sha,
            "url": f"{url}/git/{one.kind}s/{one.sha}",
            **({"size": one.size} if one.kind == "blob" else {}),
        }
        for one in await entries(bare, sha, *options)
    ]
    return Answer({"sha": sha, "url": f"{url}/git/trees/{sha}", "tree": listed, "truncated": False})


@routes.on("GET", R + "/git/blobs/{file_sha}", READ)
async def get_blob(call: Call) -> Answer:
    """Return a blob."""
    sha = _sha(call.at("file_sha"))
    try:
        raw = await call.hub.bare(call.repo).fact("cat-file", "blob", sha)
    except GitError as error:
        raise not_found() from error
    shown = {
        "sha": sha,
        "node_id": node("B", sha),
        "size": len(raw),
        "url": f"{api_url(call.hub, call.repo)}/git/blobs/{sha}",
    }
    return Answer({**shown, "content": base64.encodebytes(raw).decode(), "encoding": "base64"})


@routes.on("POST", f"{R}/git/blobs", WRITE)
async def create_blob(call: Call) -> Answer:
    """Write a blob."""
    text = call.body.text("content")
    raw = base64.b64decode(text) if call.body.text("encoding", "utf-8") == "base64" else text.encode()
    sha = await write_blob(call.hub.bare(call.repo), raw)
    return Answer({"sha": sha, "url": f"{api_url(call.hub, call.repo)}/git/blobs/{sha}"}, 201)
