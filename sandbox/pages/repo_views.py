"""Pages about a repository: the list, branches and pull requests, files, one commit."""

from collections.abc import Iterable

from aiohttp import web

from sandbox import diffs
from sandbox.git import Bare
from sandbox.pages.frame import page, visitor
from sandbox.records import Pull
from sandbox.trees import entries, entry

SHOWN = 200_000
"""Bytes of a file that a page shows."""


async def repositories(request: web.Request) -> web.Response:
    """Show what there is."""
    seen = visitor(request)
    found = [repo for repo in seen.hub.store.repos if seen.may(repo, "read")]
    listed = [(seen.hub.full_name(repo), repo, len(_pulls(seen.hub.pulls(repo), "open"))) for repo in found]
    return page(seen, "repositories.html", listed=listed)


def _pulls(pulls: Iterable[Pull], state: str) -> list[Pull]:
    return [pull for pull in pulls if pull.state == state][::-1]


async def overview(request: web.Request) -> web.Response:
    """Show a repository: files of a branch, branches, pull requests."""
    seen = visitor(request)
    repo = seen.repo()
    bare, state = seen.hub.bare(repo), "closed" if request.query.get("state") == "closed" else "open"
    branch = request.query.get("branch") or repo.default_branch
    tip = await bare.branch(branch)
    branches = [name.removeprefix("refs/heads/") for name in await bare.refs() if name.startswith("refs/heads/")]
    return page(
        seen,
        "repository.html",
        repo=repo,
        name=seen.hub.full_name(repo),
        branch=branch,
        branches=branches,
        entries=await entries(bare, tip) if tip else [],
        tip=await bare.commit(tip) if tip else None,
        state=state,
        pulls=_pulls(seen.hub.pulls(repo), state),
        counts={each: len(_pulls(seen.hub.pulls(repo), each)) for each in ("open", "closed")},
        store=seen.hub.store,
    )


async def file(request: web.Request) -> web.Response:
    """Show a directory or a file at a ref, which may hold slashes: the longest ref that exists wins."""
    seen = visitor(request)
    repo = seen.repo()
    bare, spot = seen.hub.bare(repo), request.match_info["ref_and_path"].rstrip("/")
    ref, sha, path = await _split(bare, spot)
    found = await entry(bare, sha, path) if path else None
    if path and found is None:
        raise web.HTTPNotFound(text="There is nothing here.")
    listed = await entries(bare, f"{sha}:{path}" if path else sha) if not found or found.kind == "tree" else []
    raw = await bare.fact("cat-file", "blob", found.sha) if found and found.kind == "blob" else b""
    text = "(binary)" if b"\0" in raw[:SHOWN] else raw[:SHOWN].decode(errors="replace")
    values = {"repo": repo, "name": seen.hub.full_name(repo), "ref": ref, "path": path, "entries": listed}
    return page(seen, "file.html", **values, text=text if raw else None)


async def _split(bare: Bare, spot: str) -> tuple[str, str, str]:
    parts = spot.split("/")
    for cut in range(len(parts), 0, -1):
        ref = "/".join(parts[:cut])
        sha = await bare.branch(ref) or (await bare.resolve(ref) if cut == 1 else None)
        if sha is not None:
            return ref, sha, "/".join(parts[cut:])
    raise web.HTTPNotFound(text="There is nothing here.")


async def commit(request: web.Request) -> web.Response:
    """Show one commit with its diff."""
    seen = visitor(request)
    repo = seen.repo()
    bare = seen.hub.bare(repo)
    sha = await bare.resolve(request.match_info["sha"])
    if sha is None:
        raise web.HTTPNotFound(text="There is nothing here.")
    found, files = await bare.commit(sha), await diffs.of_commit(bare, sha)
    return page(seen, "commit.html", repo=repo, name=seen.hub.full_name(repo), commit=found, files=files)
