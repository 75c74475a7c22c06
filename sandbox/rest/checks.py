"""Check runs and suites, which only Apps write. https://docs.github.com/en/rest/checks."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sandbox import moves
from sandbox.api import Answer, Call, R, Routes, paged
from sandbox.body import Body
from sandbox.errors import Refusal, not_found
from sandbox.git import ZERO
from sandbox.moves import Move
from sandbox.outbox import Event, emit
from sandbox.records import App, Run, Suite
from sandbox.rest.commits import resolved
from sandbox.shapes import checks as shapes

READ, WRITE = "checks:read", "checks:write"
LARGEST_TEXT = 65_535
"""Bytes, though the reference says characters."""
STATUSES = ("queued", "in_progress", "completed", "waiting", "requested", "pending")
CONCLUSIONS = ("action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale", "timed_out")
MOST_ANNOTATIONS = 50
ACTION_LIMITS = {"label": 20, "description": 40, "identifier": 20}
MOST_ACTIONS = 3
routes = Routes()


def _app(call: Call) -> App:
    if call.actor.app is None:
        raise Refusal(403, "You must authenticate via a GitHub App.")
    return call.actor.app


def _changes(call: Call, old: Run | None) -> dict[str, Any]:
    """Read what a caller wants a run to be; refuses in GitHub's words."""
    body = call.body
    status = body.text("status", "completed" if "conclusion" in body else (old.status if old else "queued"))
    conclusion = body.maybe("conclusion") if "conclusion" in body else (old.conclusion if old else None)
    if status not in STATUSES or (conclusion is not None and conclusion not in CONCLUSIONS):
        raise Refusal(422, 'Invalid request.\n\nNo subschema in "anyOf" matched.')
    if conclusion is not None and "conclusion" in body:
        status = "completed"
    if status == "completed" and conclusion is None:
        raise Refusal(422, 'Invalid request.\n\n"conclusion" wasn\'t supplied.')
    if status != "completed":
        conclusion = None
    found: dict[str, Any] = {"status": status, "conclusion": conclusion, "actions": _actions(body)}
    for name in ("details_url", "external_id"):
        if name in body:
            found[name] = body.text(name)
    found["started_at"] = _time(body, "started_at") or (old.started_at if old else None) or call.hub.now()
    done = _time(body, "completed_at") or (old.completed_at if old else None) or call.hub.now()
    found["completed_at"] = done if status == "completed" else None
    return {**found, **(_output(body.object("output"), old) if body.fields.get("output") else {})}


def _time(body: Body, name: str) -> datetime | None:
    text = body.maybe(name)
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError as error:
        raise Refusal(422, f"Invalid request.\n\n{text} is not a valid date-time.") from error


def _output(output: Body, old: Run | None) -> dict[str, Any]:
    found = {name: output.maybe(name) for name in ("title", "summary", "text") if name in output}
    if "summary" not in found and old is None:
        raise Refusal(422, 'Invalid request.\n\n"summary" wasn\'t supplied.')
    for name, text in found.items():
        if text is not None and len(text.encode()) > LARGEST_TEXT:
            raise Refusal(422, f"Invalid request.\n\n{name} exceeds a maximum bytesize of {LARGEST_TEXT}")
    notes = output.objects("annotations")
    if len(notes) > MOST_ANNOTATIONS:
        raise Refusal(
            422, f"Invalid request.\n\nNo more than {MOST_ANNOTATIONS} items are allowed; {len(notes)} were supplied."
        )
    return {**found, "annotations": (*(old.annotations if old else ()), *notes)}


def _actions(body: Body) -> tuple[dict[str, str], ...]:
    actions = body.objects("actions")
    if len(actions) > MOST_ACTIONS:
        raise Refusal(
            422, f"Invalid request.\n\nNo more than {MOST_ACTIONS} items are allowed; {len(actions)} were supplied."
        )
    for action in actions:
        for name, limit in ACTION_LIMITS.items():
            if not isinstance(action.get(name), str):
                raise Refusal(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.')
            if len(action[name]) > limit:
                raise Refusal(
                    422, f"Invalid request.\n\nOnly {limit} characters are allowed; {len(action[name])} were supplied."
                )
    return tuple(actions)


@routes.on("POST", f"{R}/check-runs", WRITE)
async def create_run(call: Call) -> Answer:
    """Make a check run on a commit of this repository."""
    app, name, hub = _app(call), call.body.text("name"), call.hub
    sha = await resolved(call, call.body.text("head_sha"))
    fields = {"external_id": "", "details_url": None, **_changes(call, None)}
    suite = moves.suite(hub, call.repo, app.id, Move("", ZERO, sha))
    run = hub.store.runs.put(Run(hub.store.next_id(), call.repo.id, app.id, suite.id, name, sha, **fields))
    await _announce(call, run, "created")
    if run.status == "completed":
        await _completed(call, run)
    return Answer(shapes.run(hub, run), 201)


async def _announce(call: Call, run: Run, action: str) -> None:
    payload = {"action": action, "check_run": shapes.hooked_run(call.hub, run)}
    emit(call.hub, call.repo, Event("check_run", payload, call.actor.account))


async def _completed(call: Call, run: Run) -> None:
    await _announce(call, run, "completed")
    suite = call.hub.store.suites.put(replace(call.hub.store.suites[run.suite], updated_at=call.hub.now()))
    if shapes.outcome(call.hub, suite)[0] == "completed":
        await moves.announce_suite(call.hub, suite, "completed", call.actor.account)


def _run(call: Call) -> Run:
    found = call.hub.store.runs.get(call.number("check_run_id"))
    if found is None or found.repo != call.repo.id:
        raise not_found()
    return found


@routes.on("GET", R + "/check-runs/{check_run_id}", READ)
async def get_run(call: Call) -> Answer:
    """Return one check run."""
    return Answer(shapes.run(call.hub, _run(call)))


@routes.on("PATCH", R + "/check-runs/{check_run_id}", WRITE)
async def update_run(call: Call) -> Answer:
    """Change a check run; annotations are added to those it has."""
    old = _run(call)
    if old.app != _app(call).id:
        raise Refusal(
            403,
            "Invalid app_id `"
            + str(_app(call).id)
            + "` - check run can only be modified by the GitHub App that created it.",
        )
    run = replace(old, name=call.body.text("name", old.name), **_changes(call, old))
    call.hub.store.runs.put(run)
    if run.status == "completed" and old.status != "completed":
        await _completed(call, run)
    return Answer(shapes.run(call.hub, run))


@routes.on("GET", R + "/check-runs/{check_run_id}/annotations", READ)
async def list_annotations(call: Call) -> Answer:
    """Return a run's annotations."""
    run = _run(call)
    blank = {"start_column": None, "end_column": None, "title": None, "raw_details": None}
    rows, headers = paged(call, run.annotations)
    link = {"blob_href": f"{call.hub.url}/{call.hub.full_name(call.repo)}/blob/{run.head_sha}"}
    return Answer([{**blank, **link, **row} for row in rows], headers=headers)


@routes.on("POST", R + "/check-runs/{check_run_id}/rerequest", WRITE)
async def rerequest(call: Call) -> Answer:
    """Ask a run's App to check again."""
    run = _run(call)
    payload = {"action": "rerequested", "check_run": shapes.hooked_run(call.hub, run)}
    emit(call.hub, call.repo, Event("check_run", payload, call.actor.account, only=run.app))
    return Answer({}, 201)


@routes.on("GET", R + "/commits/{ref:.+}/check-runs", READ)
async def list_runs(call: Call) -> Answer:
    """Return the check runs of a commit, newest first; of those with one name in one suite only the latest."""
    sha = await resolved(call, call.at("ref"))
    found = {}
    for run in call.hub.store.runs:
        if run.repo == call.repo.id and run.head_sha == sha and _matches(call, run):
            key = run.id if call.asked("filter") == "all" else (run.suite, run.name)
            found[key] = run
    latest = sorted(found.values(), key=lambda run: -run.id)
    rows, headers = paged(call, latest)
    shown = [shapes.run(call.hub, run) for run in rows]
    return Answer({"total_count": len(latest), "check_runs": shown}, headers=headers)


def _matches(call: Call, run: Run) -> bool:
    wanted = {"check_name": run.name, "app_id": str(run.app), "status": run.status}
    return all(call.asked(name) in {"", value} for name, value in wanted.items())


@routes.on("GET", R + "/commits/{ref:.+}/check-suites", READ)
async def list_suites(call: Call) -> Answer:
    """Return the check suites of a commit."""
    sha = await resolved(call, call.at("ref"))
    found = [one for one in call.hub.store.suites if (one.repo, one.head_sha) == (call.repo.id, sha)]
    rows, headers = paged(call, found)
    shown = [await shapes.suite(call.hub, one) for one in rows]
    return Answer({"total_count": len(found), "check_suites": shown}, headers=headers)


def _suite(call: Call) -> Suite:
    found = call.hub.store.suites.get(call.number("check_suite_id"))
    if found is None or found.repo != call.repo.id:
        raise not_found()
    return found


@routes.on("GET", R + "/check-suites/{check_suite_id}", READ)
async def get_suite(call: Call) -> Answer:
    """Return one check suite."""
    return Answer(await shapes.suite(call.hub, _suite(call)))


@routes.on("POST", R + "/check-suites/{check_suite_id}/rerequest", WRITE)
async def rerequest_suite(call: Call) -> Answer:
    """Ask a suite's App to check all again."""
    await moves.announce_suite(call.hub, _suite(call), "rerequested", call.actor.account)
    return Answer({}, 201)
