"""Deployments and how they fare. https://docs.github.com/en/rest/deployments."""

from sandbox.api import Answer, Call, R, Routes, paged
from sandbox.errors import Refusal, invalid, not_found
from sandbox.outbox import Event, emit
from sandbox.records import Deployment, DeploymentStatus
from sandbox.rest.commits import resolved
from sandbox.shapes import checks as shapes

READ, WRITE = "deployments:read", "deployments:write"
STATES = ("error", "failure", "inactive", "in_progress", "queued", "pending", "success")
LONGEST_DESCRIPTION = 140
routes = Routes()


@routes.on("POST", f"{R}/deployments", WRITE)
async def create_deployment(call: Call) -> Answer:
    """Ask for a deployment of a ref; nothing is merged on the way."""
    hub, ref, body = call.hub, call.body.text("ref"), call.body
    made = Deployment(
        id=hub.store.next_id(),
        repo=call.repo.id,
        sha=await resolved(call, ref),
        ref=ref,
        task=body.text("task", "deploy"),
        environment=body.text("environment", "production"),
        description=body.maybe("description"),
        payload=body.object("payload").fields,
        transient=body.flag("transient_environment"),
        production=body.flag("production_environment", default=body.text("environment", "production") == "production"),
        creator=call.actor.account.id,
        via_app=call.actor.app.id if call.actor.app else None,
        created_at=hub.now(),
    )
    hub.store.deployments.put(made)
    shown = {"deployment": shapes.deployment(hub, made), "workflow": None, "workflow_run": None}
    emit(hub, call.repo, Event("deployment", {"action": "created", **shown}, call.actor.account))
    return Answer(shapes.deployment(hub, made), 201)


@routes.on("GET", f"{R}/deployments", READ)
async def list_deployments(call: Call) -> Answer:
    """Return deployments, newest first, by sha, ref, task or environment."""
    found = [one for one in call.hub.store.deployments if one.repo == call.repo.id and _matches(call, one)]
    rows, headers = paged(call, found[::-1])
    return Answer([shapes.deployment(call.hub, one) for one in rows], headers=headers)


def _matches(call: Call, one: Deployment) -> bool:
    wanted = {"sha": one.sha, "ref": one.ref, "task": one.task, "environment": one.environment}
    return all(call.asked(name) in {"", "none", value} for name, value in wanted.items())


def _deployment(call: Call) -> Deployment:
    found = call.hub.store.deployments.get(call.number("deployment_id"))
    if found is None or found.repo != call.repo.id:
        raise not_found()
    return found


@routes.on("GET", R + "/deployments/{deployment_id}", READ)
async def get_deployment(call: Call) -> Answer:
    """Return one deployment."""
    return Answer(shapes.deployment(call.hub, _deployment(call)))


@routes.on("POST", R + "/deployments/{deployment_id}/statuses", WRITE)
async def create_status(call: Call) -> Answer:
    """Say how a deployment fares; `inactive` sends no webhook."""
    hub, found, body, state = call.hub, _deployment(call), call.body, call.body.text("state")
    if state not in STATES:
        raise Refusal(422, f"Invalid request.\n\n{state} is not a member of {list(STATES)}.")
    text = body.text("description", "")
    if len(text) > LONGEST_DESCRIPTION:
        raise invalid("DeploymentStatus", "description is too long (maximum is 140 characters)", field="description")
    made = DeploymentStatus(
        id=hub.store.next_id(),
        deployment=found.id,
        state=state,
        description=text,
        environment=body.text("environment", found.environment),
        log_url=body.text("log_url", body.text("target_url", "")),
        environment_url=body.text("environment_url", ""),
        creator=call.actor.account.id,
        via_app=call.actor.app.id if call.actor.app else None,
        created_at=hub.now(),
    )
    hub.store.deployment_statuses.put(made)
    if state != "inactive":
        shown = {"deployment_status": shapes.deployment_status(hub, made), "deployment": shapes.deployment(hub, found)}
        emit(hub, call.repo, Event("deployment_status", {"action": "created", **shown}, call.actor.account))
    return Answer(shapes.deployment_status(hub, made), 201)


@routes.on("GET", R + "/deployments/{deployment_id}/statuses", READ)
async def list_statuses(call: Call) -> Answer:
    """Return a deployment's statuses, newest first."""
    key = _deployment(call).id
    found = [one for one in call.hub.store.deployment_statuses if one.deployment == key]
    rows, headers = paged(call, found[::-1])
    return Answer([shapes.deployment_status(call.hub, one) for one in rows], headers=headers)
