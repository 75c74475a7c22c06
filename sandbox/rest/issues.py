"""What pull requests share with issues: title, state, labels, assignees. https://docs.github.com/en/rest/issues."""

from collections.abc import Iterable
from dataclasses import replace

from sandbox import pulls
from sandbox.api import Answer, Call, R, Routes, paged
from sandbox.errors import Refusal
from sandbox.records import Label, Pull
from sandbox.shapes import issues as shapes
from sandbox.shapes.accounts import whoever

READ = ("issues:read", "pull_requests:read")
WRITE = ("issues:write", "pull_requests:write")
MOST_ASSIGNEES = 10
routes = Routes()


@routes.on("GET", f"{R}/issues", *READ)
async def list_issues(call: Call) -> Answer:
    """Return issues, newest first; here all of them are pull requests."""
    state, names = call.asked("state", "open"), set(filter(None, call.asked("labels").split(",")))
    found = [pull for pull in reversed(call.hub.pulls(call.repo)) if state in {"all", pull.state}]
    if names:
        found = [pull for pull in found if names <= {label.name for label in _labels(call, pull)}]
    rows, headers = paged(call, found)
    return Answer([shapes.issue(call.hub, pull) for pull in rows], headers=headers)


def _labels(call: Call, pull: Pull) -> list[Label]:
    return [label for key in pull.labels if (label := call.hub.store.labels.get(key))]


@routes.on("GET", R + "/issues/{issue_number}", *READ)
async def get_issue(call: Call) -> Answer:
    """Return one."""
    return Answer(shapes.issue(call.hub, call.pull()))


@routes.on("PATCH", R + "/issues/{issue_number}", *WRITE)
async def update_issue(call: Call) -> Answer:
    """Change title, body, state, labels or assignees."""
    pull, hub, sender = call.pull(), call.hub, call.actor.account
    text = {"body": call.body.words("body", "Issue")} if "body" in call.body else {}
    title = {"title": call.body.text("title")} if "title" in call.body else {}
    pull = await pulls.edit(hub, pull, {**title, **text}, sender)
    if "labels" in call.body:
        pull = await pulls.set_labels(hub, pull, call.body.names("labels"), sender)
    if "assignees" in call.body:
        pull = await _assign(call, pull, call.body.names("assignees"))
    state = call.body.text("state", pull.state)
    if (pull.state, state) == ("open", "closed"):
        pull = await pulls.close(hub, pull, sender)
    elif (pull.state, state) == ("closed", "open"):
        pull = await pulls.reopen(hub, pull, sender)
    return Answer(shapes.issue(hub, pull))


async def _assign(call: Call, pull: Pull, logins: Iterable[str]) -> Pull:
    """Make these the assignees; whoever cannot be is silently left out, as GitHub does."""
    found = (call.hub.account(login) for login in logins)
    able = [user.id for user in found if user and user.kind == "User" and call.hub.may(call.repo, user, "read")]
    after = tuple(dict.fromkeys(able))[:MOST_ASSIGNEES]
    before, sender = pull.assignees, call.actor.account
    pull = call.hub.touch(replace(pull, assignees=after))
    for action, keys, other in (("assigned", after, before), ("unassigned", before, after)):
        for key in keys:
            if key not in other:
                await pulls.announce(call.hub, pull, action, sender, assignee=whoever(call.hub, key))
    return pull


@routes.on("POST", R + "/issues/{issue_number}/assignees", *WRITE)
async def add_assignees(call: Call) -> Answer:
    """Assign more people."""
    pull = call.pull()
    held = [call.hub.store.accounts[key].login for key in pull.assignees]
    return Answer(shapes.issue(call.hub, await _assign(call, pull, [*held, *call.body.names("assignees")])), 201)


@routes.on("DELETE", R + "/issues/{issue_number}/assignees", *WRITE)
async def remove_assignees(call: Call) -> Answer:
    """Assign fewer people."""
    pull, gone = call.pull(), {login.lower() for login in call.body.names("assignees")}
    held = [call.hub.store.accounts[key].login for key in pull.assignees]
    left = [login for login in held if login.lower() not in gone]
    return Answer(shapes.issue(call.hub, await _assign(call, pull, left)))


@routes.on("GET", R + "/issues/{issue_number}/labels", *READ)
async def list_labels(call: Call) -> Answer:
    """Return its labels."""
    rows, headers = paged(call, shapes.labels(call.hub, call.repo, call.pull().labels))
    return Answer(rows, headers=headers)


async def _relabel(call: Call, names: Iterable[str]) -> Answer:
    pull = await pulls.set_labels(call.hub, call.pull(), names, call.actor.account)
    return Answer(shapes.labels(call.hub, call.repo, pull.labels))


@routes.on("POST", R + "/issues/{issue_number}/labels", *WRITE)
async def add_labels(call: Call) -> Answer:
    """Add labels, made where missing."""
    held = [label.name for label in _labels(call, call.pull())]
    return await _relabel(call, [*held, *call.body.names("labels")])


@routes.on("PUT", R + "/issues/{issue_number}/labels", *WRITE)
async def set_labels(call: Call) -> Answer:
    """Replace all labels."""
    return await _relabel(call, call.body.names("labels"))


@routes.on("DELETE", R + "/issues/{issue_number}/labels", *WRITE)
async def clear_labels(call: Call) -> Answer:
    """Take all labels off."""
    await _relabel(call, [])
    return Answer(status=204)


@routes.on("DELETE", R + "/issues/{issue_number}/labels/{name:.+}", *WRITE)
async def remove_label(call: Call) -> Answer:
    """Take one label off."""
    held = [label.name for label in _labels(call, call.pull())]
    left = [name for name in held if name.lower() != call.at("name").lower()]
    if len(left) == len(held):
        raise Refusal(404, "Label does not exist")
    return await _relabel(call, left)
