"""The buttons: each does what the API would, as the person the visitor acts as, and shows the page again."""

from urllib.parse import urlencode

from aiohttp import web

from sandbox import landing, moves, pulls
from sandbox.errors import Refusal
from sandbox.git import ZERO
from sandbox.landing import Wish
from sandbox.moves import Move
from sandbox.outbox import Event, emit
from sandbox.pages.frame import COOKIE, Visitor, visitor
from sandbox.records import Pull
from sandbox.shapes.checks import hooked_run

Form = dict[str, str]


async def _form(request: web.Request) -> Form:
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


async def act_as(request: web.Request) -> web.Response:
    """Remember whom the visitor wants to be."""
    form = await _form(request)
    there = form.get("here", "/")
    answer = web.Response(
        status=303, headers={"Location": there if there.startswith("/") and there[1:2] != "/" else "/"}
    )
    answer.set_cookie(COOKIE, form.get("login", ""), httponly=True, samesite="Strict")
    return answer


async def act(request: web.Request) -> web.Response:
    """Do what a pull request's button says; a refusal is shown on the page."""
    seen, form = visitor(request), await _form(request)
    repo, do = seen.repo(), form.get("do", "")
    trouble = ""
    try:
        await _do(seen, seen.hub.pull(repo, int(request.match_info["number"])), do, form)
    except Refusal as refusal:
        errors = [str(error.get("message", "")) for error in refusal.errors if isinstance(error, dict)]
        trouble = ": ".join([refusal.message, *errors])
    query = f"?{urlencode({'trouble': trouble})}" if trouble else ""
    raise web.HTTPSeeOther(f"{request.path}{query}")


async def _do(seen: Visitor, pull: Pull, do: str, form: Form) -> None:
    hub, who = seen.hub, seen.actor
    if do != "comment" and not seen.may(hub.store.repos[pull.repo], "write"):
        raise Refusal(403, f"{who.account.login} may not do this: it takes the role write.")
    match do:
        case "merge":
            await landing.merge(hub, pull, Wish(form.get("method", "merge"), form.get("sha") or None), who)
        case "comment":
            pulls.comment(hub, pull, form.get("body", ""), who)
        case "close" if pull.state == "open":
            await pulls.close(hub, pull, who.account)
        case "reopen" if pull.state == "closed":
            await pulls.reopen(hub, pull, who.account)
        case "ready" if pull.draft:
            await pulls.make_ready(hub, pull, who.account)
        case "delete-branch":
            await _delete_branch(seen, pull)
        case _:
            raise Refusal(422, "This cannot be done now.")


async def _delete_branch(seen: Visitor, pull: Pull) -> None:
    repo = seen.hub.store.repos[pull.head_repo]
    bare = seen.hub.bare(repo)
    if not seen.may(repo, "write") or pull.head == repo.default_branch:
        raise Refusal(403, f"The branch {pull.head} stays.")
    async with bare.turn:
        tip = await bare.branch(pull.head)
        if tip is not None:
            await moves.apply(seen.hub, repo, Move(f"refs/heads/{pull.head}", tip, ZERO), seen.actor.account)


async def press(request: web.Request) -> web.Response:
    """Press a check run's button: ask its App to run again, or for one of the actions it offered."""
    seen, form = visitor(request), await _form(request)
    repo, hub = seen.repo(), seen.hub
    run = hub.store.runs.get(int(request.match_info["run"]))
    if run is None or run.repo != repo.id or not seen.may(repo, "write"):
        raise web.HTTPForbidden(text="This takes the role write.")
    payload: dict[str, object] = {"action": "rerequested", "check_run": hooked_run(hub, run)}
    wanted = form.get("identifier", "")
    if wanted in {action["identifier"] for action in run.actions}:
        payload |= {"action": "requested_action", "requested_action": {"identifier": wanted}}
    emit(hub, repo, Event("check_run", payload, seen.actor.account, only=run.app))
    raise web.HTTPSeeOther(request.path)


ALL = (act_as, act, press)
