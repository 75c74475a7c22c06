"""Pull requests. https://docs.github.com/en/rest/pulls/pulls."""

from collections.abc import Sequence

from sandbox import diffs, landing, pulls
from sandbox.api import Answer, Call, R, Routes, paged
from sandbox.errors import Refusal
from sandbox.landing import Wish
from sandbox.merging import Message
from sandbox.moves import Move, apply
from sandbox.pulls import Proposal
from sandbox.records import Pull
from sandbox.shapes import commits
from sandbox.shapes import pulls as shapes

COMMITS_SHOWN = 250
FILES_SHOWN = 3000
READ, WRITE = "pull_requests:read", "pull_requests:write"
routes = Routes()


@routes.on("GET", f"{R}/pulls", READ)
async def list_pulls(call: Call) -> Answer:
    """Return pull requests by state, head and base; `head` without an owner filters nothing, as GitHub's."""
    state, head, base = call.asked("state", "open"), call.asked("head"), call.asked("base")
    found = [pull for pull in call.hub.pulls(call.repo) if state in {"all", pull.state}]
    if base:
        found = [pull for pull in found if pull.base == base]
    if ":" in head:
        found = [pull for pull in found if _label(call, pull) == head.lower()]
    rows, headers = paged(call, _sorted(call, found))
    return Answer([shapes.simple(call.hub, pull) for pull in rows], headers=headers)


def _label(call: Call, pull: Pull) -> str:
    source = call.hub.store.repos.get(pull.head_repo)
    owner = call.hub.store.accounts[source.owner].login.lower() if source else "unknown"
    return f"{owner}:{pull.head.lower()}"


def _sorted(call: Call, found: Sequence[Pull]) -> list[Pull]:
    field = call.asked("sort", "created")
    descending = call.asked("direction", "desc" if field == "created" else "asc") == "desc"
    if field == "updated":
        return sorted(found, key=lambda pull: (pull.updated_at, pull.number), reverse=descending)
    return sorted(found, key=lambda pull: (pull.created_at, pull.number), reverse=descending)


@routes.on("POST", f"{R}/pulls", WRITE)
async def create_pull(call: Call) -> Answer:
    """Open a pull request."""
    title = call.body.text("title")
    text = call.body.words("body", "PullRequest")
    base, head = call.body.text("base"), call.body.text("head")
    proposal = Proposal(title, text, base, head, call.body.flag("draft"))
    async with call.hub.bare(call.repo).turn:
        pull = await pulls.open_pull(call.hub, call.repo, proposal, call.actor)
    verdict = await shapes.judge(call.hub, pull, patient=False)
    return Answer(await shapes.full(call.hub, pull, verdict), 201)


@routes.on("GET", R + "/pulls/{pull_number}", READ, "contents:read")
async def get_pull(call: Call) -> Answer:
    """Return a pull request; `mergeable` is null until GitHub has found out."""
    pull = call.pull()
    return Answer(await shapes.full(call.hub, pull, await shapes.judge(call.hub, pull, patient=False)))


@routes.on("PATCH", R + "/pulls/{pull_number}", WRITE)
async def update_pull(call: Call) -> Answer:
    """Change title, body, base or state."""
    pull, sender = call.pull(), call.actor.account
    text = {"body": call.body.words("body", "PullRequest")} if "body" in call.body else {}
    fields = {name: call.body.text(name) for name in ("title", "base") if name in call.body}
    pull = await pulls.edit(call.hub, pull, {**fields, **text}, sender)
    state = call.body.text("state", pull.state)
    if state == "closed" and pull.state == "open":
        pull = await pulls.close(call.hub, pull, sender)
    elif state == "open" and pull.state == "closed":
        pull = await pulls.reopen(call.hub, pull, sender)
    return Answer(await shapes.full(call.hub, pull, await shapes.judge(call.hub, pull, patient=False)))


@routes.on("GET", R + "/pulls/{pull_number}/files", READ)
async def list_files(call: Call) -> Answer:
    """Return the files a pull request changes, since the merge base."""
    pull, bare = call.pull(), call.hub.bare(call.repo)
    base = await bare.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    rows, headers = paged(call, (await diffs.changes(bare, base, pull.head_sha))[:FILES_SHOWN])
    return Answer([commits.diff_entry(call.hub, call.repo, row, pull.head_sha) for row in rows], headers=headers)


@routes.on("GET", R + "/pulls/{pull_number}/commits", READ)
async def list_commits(call: Call) -> Answer:
    """Return a pull request's commits, oldest first, at most 250."""
    pull, bare = call.pull(), call.hub.bare(call.repo)
    rows, headers = paged(call, (await bare.between(pull.base_sha, pull.head_sha))[:COMMITS_SHOWN])
    return Answer([commits.commit(call.hub, call.repo, await bare.commit(sha)) for sha in rows], headers=headers)


@routes.on("GET", R + "/pulls/{pull_number}/merge", "contents:read")
async def is_merged(call: Call) -> Answer:
    """Say with 204 or 404 whether it was merged."""
    if call.pull().merged_at is None:
        raise Refusal(404, "Not Found")
    return Answer(status=204)


@routes.on("PUT", R + "/pulls/{pull_number}/merge", "contents:write")
async def merge_pull(call: Call) -> Answer:
    """Merge."""
    pull = call.pull()
    message = Message(call.body.maybe("commit_title"), call.body.maybe("commit_message"))
    wish = Wish(call.body.text("merge_method", "merge"), call.body.maybe("sha"), message)
    sha = await landing.merge(call.hub, pull, wish, call.actor)
    return Answer({"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


@routes.on("PUT", R + "/pulls/{pull_number}/update-branch", WRITE)
async def update_branch(call: Call) -> Answer:
    """Merge the base into the head."""
    pull, bare = call.pull(), call.hub.bare(call.repo)
    if call.body.text("expected_head_sha", pull.head_sha) != pull.head_sha:
        raise Refusal(422, "expected head sha didn't match current head ref.")
    async with bare.turn:
        new = await landing.refreshed(call.hub, pull, call.actor.account)
        await apply(call.hub, call.repo, Move(f"refs/heads/{pull.head}", pull.head_sha, new), call.actor.account)
    url = shapes.simple(call.hub, pull)["url"]
    return Answer({"message": "Updating pull request branch.", "url": url}, 202)
