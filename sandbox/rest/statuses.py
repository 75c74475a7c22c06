"""Commit statuses. https://docs.github.com/en/rest/commits/statuses."""

from sandbox.api import Answer, Call, R, Routes, paged
from sandbox.errors import Refusal, invalid
from sandbox.outbox import Event, emit
from sandbox.records import Status
from sandbox.rest.commits import resolved
from sandbox.shapes import checks as shapes
from sandbox.shapes.accounts import stamp
from sandbox.shapes.commits import commit
from sandbox.shapes.repos import api_url, minimal

STATES = ("error", "failure", "pending", "success")
LONGEST_DESCRIPTION = 140
READ = "statuses:read"
routes = Routes()


@routes.on("POST", R + "/statuses/{sha}", "statuses:write")
async def create_status(call: Call) -> Answer:
    """Add a status to a commit."""
    hub, sha, state = call.hub, await resolved(call, call.at("sha")), call.body.text("state")
    if state not in STATES:
        raise Refusal(422, f"Invalid request.\n\n{state} is not a member of {list(STATES)}.")
    text = call.body.maybe("description")
    if text is not None and len(text) > LONGEST_DESCRIPTION:
        raise invalid("Status", "description is too long (maximum is 140 characters)", field="description")
    context, target = call.body.text("context", "default"), call.body.maybe("target_url")
    key, now = hub.store.next_id(), hub.now()
    made = Status(key, call.repo.id, sha, context, state, text, target, call.actor.account.id, created_at=now)
    hub.store.statuses.put(made)
    await _announce(call, made)
    return Answer(shapes.status(hub, made), 201)


async def _announce(call: Call, made: Status) -> None:
    bare, url = call.hub.bare(call.repo), api_url(call.hub, call.repo)
    heads = [(name, sha) for name, sha in (await bare.refs()).items() if name.startswith("refs/heads/")]
    branches = [
        {
            "name": name.removeprefix("refs/heads/"),
            "commit": {"sha": sha, "url": f"{url}/commits/{sha}"},
            "protected": False,
        }
        for name, sha in heads
        if sha == made.sha
    ]
    payload = {
        "id": made.id,
        "sha": made.sha,
        "name": call.hub.full_name(call.repo),
        "target_url": made.target_url,
        "context": made.context,
        "description": made.description,
        "state": made.state,
        "commit": commit(call.hub, call.repo, await bare.commit(made.sha)),
        "branches": branches,
        "created_at": stamp(made.created_at),
        "updated_at": stamp(made.created_at),
    }
    emit(call.hub, call.repo, Event("status", payload, call.actor.account))


def _newest(call: Call, sha: str) -> list[Status]:
    found = [one for one in call.hub.store.statuses if (one.repo, one.sha) == (call.repo.id, sha)]
    return list(reversed(found))


@routes.on("GET", R + "/commits/{ref:.+}/statuses", READ)
async def list_statuses(call: Call) -> Answer:
    """Return every status a commit ever had, newest first."""
    rows, headers = paged(call, _newest(call, await resolved(call, call.at("ref"))))
    return Answer([shapes.status(call.hub, one) for one in rows], headers=headers)


@routes.on("GET", R + "/commits/{ref:.+}/status", READ)
async def combined(call: Call) -> Answer:
    """Return the latest status of each context, and the worst of them."""
    sha = await resolved(call, call.at("ref"))
    latest: dict[str, Status] = {}
    for one in _newest(call, sha):
        latest.setdefault(one.context, one)
    shown = [shapes.status(call.hub, one) for one in latest.values()]
    for status in shown:
        del status["creator"]
    url = f"{api_url(call.hub, call.repo)}/commits/{sha}"
    return Answer(
        {
            "state": _worst({one.state for one in latest.values()}),
            "statuses": shown,
            "sha": sha,
            "total_count": len(shown),
            "repository": minimal(call.hub, call.repo),
            "commit_url": url,
            "url": f"{url}/status",
        }
    )


def _worst(states: set[str]) -> str:
    """Combine states as GitHub does: no status at all is pending."""
    if states & {"error", "failure"}:
        return "failure"
    return "success" if states == {"success"} else "pending"
