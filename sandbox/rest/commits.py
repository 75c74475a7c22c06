"""Commits and comparisons. https://docs.github.com/en/rest/commits."""

from sandbox import diffs
from sandbox.api import Answer, Call, R, Routes, paged
from sandbox.errors import Refusal, not_found
from sandbox.shapes import commits as shapes
from sandbox.shapes import pulls as pull_shapes
from sandbox.shapes.repos import api_url, page_url

COMMITS_SHOWN = 250
FILES_SHOWN = 300
routes = Routes()


async def resolved(call: Call, name: str) -> str:
    """Return the commit a name means, or refuse with 422 as GitHub does."""
    sha = await call.hub.bare(call.repo).resolve(name)
    if sha is None:
        raise Refusal(422, f"No commit found for SHA: {name}")
    return sha


@routes.on("GET", f"{R}/commits", "contents:read")
async def list_commits(call: Call) -> Answer:
    """Return history, newest first, of a branch and, if asked, a path."""
    bare = call.hub.bare(call.repo)
    tip = await bare.resolve(call.asked("sha") or call.repo.default_branch)
    if tip is None:
        raise not_found()
    paths = [path] if (path := call.asked("path")) else []
    times = [f"--{name}={value}" for name in ("since", "until") if (value := call.asked(name))]
    out = await bare.run("--literal-pathspecs", "rev-list", *times, tip, "--", *paths)
    rows, headers = paged(call, out.decode().split())
    return Answer([shapes.commit(call.hub, call.repo, await bare.commit(sha)) for sha in rows], headers=headers)


@routes.on("GET", R + "/commits/{commit_sha}/pulls", "pull_requests:read")
async def list_pulls(call: Call) -> Answer:
    """Return pull requests a commit came with, by merge or as an open head; a fork's head finds none, as at GitHub."""
    bare, sha = call.hub.bare(call.repo), await resolved(call, call.at("commit_sha"))
    found = []
    for pull in call.hub.pulls(call.repo):
        own = pull.head_repo == pull.repo and sha in await bare.between(pull.base_sha, pull.head_sha)
        if own or (pull.merged_at and sha == pull.merge_commit):
            found.append(pull)
    rows, headers = paged(call, found)
    return Answer([pull_shapes.simple(call.hub, pull) for pull in rows], headers=headers)


@routes.on("GET", R + "/commits/{ref:.+}", "contents:read")
async def get_commit(call: Call) -> Answer:
    """Return one commit with its files."""
    bare = call.hub.bare(call.repo)
    sha = await resolved(call, call.at("ref"))
    changes = await diffs.of_commit(bare, sha)
    rows, headers = paged(call, changes, default=FILES_SHOWN)
    added, deleted = sum(one.additions for one in changes), sum(one.deletions for one in changes)
    shown = {
        **shapes.commit(call.hub, call.repo, await bare.commit(sha)),
        "stats": {"total": added + deleted, "additions": added, "deletions": deleted},
        "files": [shapes.diff_entry(call.hub, call.repo, one, sha) for one in rows],
    }
    return Answer(shown, headers=headers)


@routes.on("GET", R + "/compare/{basehead:.+}", "contents:read")
async def compare(call: Call) -> Answer:
    """Compare two commits with three dots: since their merge base."""
    bare, repo = call.hub.bare(call.repo), call.repo
    left, dots, right = call.at("basehead").partition("...")
    base, head = await bare.resolve(left), await bare.resolve(right)
    if not dots or base is None or head is None:
        raise not_found()
    common = await bare.merge_base(base, head)
    if common is None:
        raise Refusal(404, f"No common ancestor between {left} and {right}.")
    ahead, behind = await bare.between(base, head), await bare.between(head, base)
    rows, headers = paged(call, ahead, default=COMMITS_SHOWN)
    status = {(False, False): "identical", (True, False): "ahead", (False, True): "behind"}
    url, page = (
        f"{api_url(call.hub, repo)}/compare/{left}...{right}",
        f"{page_url(call.hub, repo)}/compare/{left}...{right}",
    )
    changes = (await diffs.changes(bare, common, head))[:FILES_SHOWN]
    shown = {
        "url": url,
        "html_url": page,
        "permalink_url": f"{page_url(call.hub, repo)}/compare/{base}...{head}",
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "base_commit": shapes.commit(call.hub, repo, await bare.commit(base)),
        "merge_base_commit": shapes.commit(call.hub, repo, await bare.commit(common)),
        "status": status.get((bool(ahead), bool(behind)), "diverged"),
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [shapes.commit(call.hub, repo, await bare.commit(sha)) for sha in rows],
        "files": [shapes.diff_entry(call.hub, repo, one, head) for one in changes],
    }
    return Answer(shown, headers=headers)
