"""Repositories, branches, collaborators and labels. https://docs.github.com/en/rest/repos."""

from dataclasses import replace
from typing import Any

from sandbox.api import Answer, Call, R, Routes, paged
from sandbox.errors import Refusal, invalid, not_found
from sandbox.hub import ROLES
from sandbox.pulls import GREY, label_named, new_label
from sandbox.records import Label
from sandbox.shapes import accounts, issues, repos
from sandbox.shapes.commits import commit

Json = dict[str, Any]
WRITE_LABELS = ("issues:write", "pull_requests:write")
READ_LABELS = ("issues:read", "pull_requests:read")
routes = Routes()


@routes.on("GET", R, "metadata:read")
async def get_repo(call: Call) -> Answer:
    """Return a repository."""
    return Answer(repos.full(call.hub, call.repo, call.actor))


@routes.on("GET", f"{R}/branches", "contents:read")
async def list_branches(call: Call) -> Answer:
    """Return the branches by name."""
    refs = await call.hub.bare(call.repo).refs()
    heads = [(name.removeprefix("refs/heads/"), sha) for name, sha in refs.items() if name.startswith("refs/heads/")]
    rows, headers = paged(call, heads)
    return Answer([{**_branch(call, name, sha), "protected": False} for name, sha in rows], headers=headers)


def _branch(call: Call, name: str, sha: str) -> Json:
    url = repos.api_url(call.hub, call.repo)
    return {"name": name, "commit": {"sha": sha, "url": f"{url}/commits/{sha}"}}


@routes.on("GET", R + "/branches/{branch:.+}", "contents:read")
async def get_branch(call: Call) -> Answer:
    """Return one branch with its commit."""
    name, bare = call.at("branch"), call.hub.bare(call.repo)
    sha = await bare.branch(name)
    if sha is None:
        raise Refusal(404, "Branch not found")
    url = f"{repos.api_url(call.hub, call.repo)}/branches/{name}"
    page = f"{repos.page_url(call.hub, call.repo)}/tree/{name}"
    checks = {"enforcement_level": "off", "contexts": [], "checks": []}
    return Answer(
        {
            "name": name,
            "commit": commit(call.hub, call.repo, await bare.commit(sha)),
            "_links": {"self": url, "html": page},
            "protected": False,
            "protection": {"enabled": False, "required_status_checks": checks},
            "protection_url": f"{url}/protection",
        }
    )


@routes.on("GET", R + "/collaborators/{username}/permission", "metadata:read")
async def get_permission(call: Call) -> Answer:
    """Return what a person may do; the older four words in `permission`, all of them in `role_name`."""
    found = call.hub.account(call.at("username"))
    if found is None:
        raise not_found()
    role = call.hub.role(call.repo, found)
    coarse = {"maintain": "write", "triage": "read"}.get(role, role)
    held = ROLES.index(role)
    names = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}
    rights = {name: held >= ROLES.index(least) for name, least in names.items()}
    user = {**accounts.user(call.hub, found), "permissions": rights, "role_name": role}
    return Answer({"permission": coarse, "role_name": role, "user": user})


@routes.on("GET", R + "/assignees/{assignee}", *READ_LABELS)
async def get_assignee(call: Call) -> Answer:
    """Say with 204 or 404 whether someone can be assigned."""
    found = call.hub.account(call.at("assignee"))
    if found is None or not call.hub.may(call.repo, found, "read") or found.kind != "User":
        raise not_found()
    return Answer(status=204)


@routes.on("GET", f"{R}/labels", *READ_LABELS)
async def list_labels(call: Call) -> Answer:
    """Return the repository's labels."""
    rows, headers = paged(call, [label for label in call.hub.store.labels if label.repo == call.repo.id])
    return Answer([issues.label(call.hub, call.repo, label) for label in rows], headers=headers)


@routes.on("POST", f"{R}/labels", *WRITE_LABELS)
async def create_label(call: Call) -> Answer:
    """Make a label."""
    name = call.body.text("name")
    if label_named(call.hub, call.repo, name):
        error = {"resource": "Label", "code": "already_exists", "field": "name"}
        raise Refusal(422, "Validation Failed", errors=[error])
    color = _color(call, GREY)
    made = new_label(call.hub, call.repo, name, color, call.body.maybe("description"))
    return Answer(issues.label(call.hub, call.repo, made), 201)


def _color(call: Call, default: str) -> str:
    color = call.body.text("color", default).lower()
    if len(color) not in {3, 6} or not set(color) <= set("0123456789abcdef"):
        raise invalid("Label", "color is invalid", field="color", code="invalid")
    return color


def _label(call: Call) -> Label:
    found = label_named(call.hub, call.repo, call.at("name"))
    if found is None:
        raise not_found()
    return found


@routes.on("GET", R + "/labels/{name:.+}", *READ_LABELS)
async def get_label(call: Call) -> Answer:
    """Return one label."""
    return Answer(issues.label(call.hub, call.repo, _label(call)))


@routes.on("PATCH", R + "/labels/{name:.+}", *WRITE_LABELS)
async def update_label(call: Call) -> Answer:
    """Change a label; its pull requests keep it."""
    old = _label(call)
    name, text = call.body.text("new_name", old.name), call.body.fields.get("description", old.description)
    new = call.hub.store.labels.put(replace(old, name=name, color=_color(call, old.color), description=text))
    return Answer(issues.label(call.hub, call.repo, new))


@routes.on("DELETE", R + "/labels/{name:.+}", *WRITE_LABELS)
async def delete_label(call: Call) -> Answer:
    """Take a label away, everywhere."""
    call.hub.store.labels.drop(_label(call))
    return Answer(status=204)
