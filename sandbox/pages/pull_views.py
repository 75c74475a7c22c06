"""Pages about a pull request: conversation, commits, files, checks; and one check run."""

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from sandbox import diffs
from sandbox.errors import Refusal
from sandbox.hub import Hub
from sandbox.pages.frame import page, visitor
from sandbox.records import Pull, Run
from sandbox.shapes.pulls import judge


@dataclass(frozen=True, slots=True)
class Note:
    """One entry of the conversation."""

    author: str
    when: datetime
    body: str
    kind: str
    """`commented`, or what a review did."""
    anchor: str


def conversation(hub: Hub, pull: Pull) -> list[Note]:
    """Return comments and reviews, oldest first, with the description before them."""
    spot, login = (pull.repo, pull.number), {found.id: found.login for found in hub.store.accounts}
    first = Note(login[pull.author], pull.created_at, pull.body or "*No description.*", "opened this", "description")
    notes = [
        Note(login[one.author], one.created_at, one.body, "commented", f"issuecomment-{one.id}")
        for one in hub.store.comments
        if (one.repo, one.number) == spot
    ]
    words = {"APPROVED": "approved", "CHANGES_REQUESTED": "requested changes", "COMMENTED": "reviewed"}
    notes += [
        Note(
            login[one.user], one.submitted_at, one.body, words.get(one.state, one.state), f"pullrequestreview-{one.id}"
        )
        for one in hub.store.reviews
        if (one.repo, one.number) == spot
    ]
    return [first, *sorted(notes, key=lambda note: note.when)]


def checks(hub: Hub, pull: Pull) -> list[Run]:
    """Return the latest check run of each name on the head."""
    found = {
        (run.app, run.name): run for run in hub.store.runs if (run.repo, run.head_sha) == (pull.repo, pull.head_sha)
    }
    return sorted(found.values(), key=lambda run: run.name)


async def pull(request: web.Request) -> web.Response:
    """Show a pull request."""
    seen = visitor(request)
    repo, hub = seen.repo(), seen.hub
    try:
        found = hub.pull(repo, int(request.match_info["number"]))
    except Refusal as refusal:
        raise web.HTTPNotFound(text="There is nothing here.") from refusal
    bare = hub.bare(repo)
    base = await bare.merge_base(found.base_sha, found.head_sha) or found.base_sha
    source = hub.store.repos[found.head_repo]
    standing = await hub.bare(source).branch(found.head)
    return page(
        seen,
        "pull.html",
        repo=repo,
        name=hub.full_name(repo),
        pull=found,
        tab=request.match_info.get("tab", "conversation"),
        notes=conversation(hub, found),
        commits=[await bare.commit(sha) for sha in await bare.between(found.base_sha, found.head_sha)],
        files=await diffs.changes(bare, base, found.head_sha),
        checks=checks(hub, found),
        labels=[label for key in found.labels if (label := hub.store.labels.get(key))],
        author=hub.store.accounts[found.author],
        assignees=[hub.store.accounts[key].login for key in found.assignees],
        reviewers=[*(hub.store.accounts[key].login for key in found.reviewers), *found.teams],
        source=hub.full_name(source),
        verdict=await judge(hub, found, patient=True),
        may_write=seen.may(repo, "write"),
        may_delete=standing is not None and found.state == "closed" and found.head != source.default_branch,
        trouble=request.query.get("trouble", ""),
    )


async def run(request: web.Request) -> web.Response:
    """Show one check run with its words, annotations and buttons."""
    seen = visitor(request)
    repo, hub = seen.repo(), seen.hub
    found = hub.store.runs.get(int(request.match_info["run"]))
    if found is None or found.repo != repo.id:
        raise web.HTTPNotFound(text="There is nothing here.")
    pulls = [one for one in hub.pulls(repo) if one.head_sha == found.head_sha]
    values = {"repo": repo, "name": hub.full_name(repo), "run": found, "pulls": pulls}
    return page(seen, "run.html", **values, app=hub.store.apps[found.app], may_write=seen.may(repo, "write"))
