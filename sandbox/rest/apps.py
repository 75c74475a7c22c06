"""Apps, installations, their tokens and their deliveries. https://docs.github.com/en/rest/apps."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from sandbox.access import LEVELS, new_token
from sandbox.api import Answer, Call, Routes, paged
from sandbox.errors import Refusal, not_found
from sandbox.outbox import redeliver
from sandbox.records import App, Delivery, Installation, Permissions, Token
from sandbox.shapes import accounts, repos

Json = dict[str, Any]
LIFETIME = timedelta(hours=1)
routes = Routes()


def _me(call: Call) -> App:
    if call.actor.app is None:
        raise Refusal(401, "A JSON web token could not be decoded")
    return call.actor.app


@routes.on("GET", "/app", "app")
async def get_app(call: Call) -> Answer:
    """Return the App that asks."""
    found = _me(call)
    count = sum(one.app == found.id for one in call.hub.store.installations)
    return Answer({**accounts.app(call.hub, found), "installations_count": count})


@routes.on("GET", "/apps/{app_slug}")
async def get_public_app(call: Call) -> Answer:
    """Return an App by its slug."""
    for found in call.hub.store.apps:
        if found.slug == call.at("app_slug"):
            return Answer(accounts.app(call.hub, found))
    raise not_found()


@routes.on("GET", "/app/installations", "app")
async def list_installations(call: Call) -> Answer:
    """Return where the App is installed."""
    rows, headers = paged(call, [one for one in call.hub.store.installations if one.app == _me(call).id])
    return Answer([accounts.installation(call.hub, one) for one in rows], headers=headers)


def _installation(call: Call) -> Installation:
    found = call.hub.store.installations.get(call.number("installation_id"))
    if found is None or found.app != _me(call).id:
        raise not_found()
    return found


@routes.on("GET", "/app/installations/{installation_id}", "app")
async def get_installation(call: Call) -> Answer:
    """Return one installation."""
    return Answer(accounts.installation(call.hub, _installation(call)))


@routes.on("GET", "/repos/{owner}/{repo}/installation", "app")
async def get_repo_installation(call: Call) -> Answer:
    """Return the App's installation that covers a repository."""
    for found in call.hub.installations(call.repo):
        if found.app == _me(call).id:
            return Answer(accounts.installation(call.hub, found))
    raise not_found()


@routes.on("POST", "/app/installations/{installation_id}/access_tokens", "app")
async def create_token(call: Call) -> Answer:
    """Make a token for an hour, narrowed as asked; asking for more than was granted is a 422."""
    found = _installation(call)
    if found.suspended_at is not None:
        raise Refusal(403, "This installation has been suspended")
    granted = _narrowed(found.permissions, call.body.object("permissions").fields)
    chosen = _chosen(call, found)
    expires = call.hub.now() + LIFETIME
    value = new_token(_me(call), found.id, expires)
    token = Token(call.hub.store.next_id(), value, found.id, None, granted, chosen, expires)
    _forget_expired(call)
    call.hub.store.tokens.put(token)
    narrowed = chosen is not None or found.repositories is not None
    answer: Json = {
        "token": value,
        "expires_at": accounts.stamp(expires),
        "permissions": granted,
        "repository_selection": "selected" if narrowed else "all",
    }
    if chosen is not None:
        answer["repositories"] = [repos.repository(call.hub, call.hub.store.repos[key]) for key in chosen]
    return Answer(answer, 201)


def _forget_expired(call: Call) -> None:
    for token in call.hub.store.tokens:
        if token.expires_at is not None and token.expires_at < call.hub.now() - LIFETIME:
            call.hub.store.tokens.drop(token)


def _narrowed(granted: Permissions, wanted: Mapping[str, Any]) -> Permissions:
    for name, level in wanted.items():
        if level not in LEVELS or LEVELS.index(granted.get(name, "none")) < LEVELS.index(level):
            raise Refusal(422, "The permissions requested are not granted to this installation.")
    return {**dict(wanted), "metadata": "read"} if wanted else granted


def _chosen(call: Call, found: Installation) -> tuple[int, ...] | None:
    """Return the ids of the repositories a token is narrowed to; None where it is not."""
    if "repositories" not in call.body and "repository_ids" not in call.body:
        return None
    reached = [repo for repo in call.hub.store.repos if call.hub.reaches(found, repo)]
    names = {repo.name.lower(): repo.id for repo in reached}
    ids = call.body.fields.get("repository_ids") or []
    wanted = [names.get(name.lower()) for name in call.body.names("repositories")]
    chosen = [*wanted, *(key if key in names.values() else None for key in ids)]
    if None in chosen:
        message = (
            "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
        raise Refusal(422, message)
    return tuple(key for key in chosen if key is not None)


@routes.on("GET", "/installation/repositories")
async def list_repositories(call: Call) -> Answer:
    """Return what an installation's token reaches."""
    installation = call.actor.installation
    if installation is None:
        raise Refusal(403, "You must authenticate with an installation access token in order to list repositories.")
    found = [repo for repo in call.hub.store.repos if call.actor.covers(call.hub, repo)]
    rows, headers = paged(call, found)
    shown = [
        {**repos.repository(call.hub, repo), "permissions": repos.rights(call.hub, repo, call.actor)} for repo in rows
    ]
    narrowed = call.actor.repositories is not None or installation.repositories is not None
    selection = "selected" if narrowed else "all"
    answer = {"total_count": len(found), "repository_selection": selection, "repositories": shown}
    return Answer(answer, headers=headers)


@routes.on("DELETE", "/installation/token")
async def revoke_token(call: Call) -> Answer:
    """Take back the token that asks."""
    value = call.request.headers.get("Authorization", "").partition(" ")[2].strip()
    for token in call.hub.store.tokens:
        if token.value == value and token.installation is not None:
            call.hub.store.tokens.drop(token)
    return Answer(status=204)


def _delivery(call: Call) -> Delivery:
    found = call.hub.store.deliveries.get(call.number("delivery_id"))
    if found is None or found.app != _me(call).id:
        raise not_found()
    return found


def _item(found: Delivery) -> Json:
    return {
        "id": found.id,
        "guid": found.guid,
        "delivered_at": accounts.stamp(found.delivered_at),
        "redelivery": found.redelivery,
        "duration": found.duration,
        "status": found.status,
        "status_code": found.status_code,
        "event": found.event,
        "action": found.action,
        "installation_id": found.installation,
        "repository_id": found.repo,
        "throttled_at": None,
    }


@routes.on("GET", "/app/hook/deliveries", "app")
async def list_deliveries(call: Call) -> Answer:
    """Return attempts, newest first, by cursor; `status=failure` keeps those without a 2xx."""
    mine = [one for one in call.hub.store.deliveries if one.app == _me(call).id and one.status != "pending"]
    wanted = call.asked("status")
    if wanted:
        mine = [one for one in mine if (wanted == "success") == (one.status == "OK")]
    cursor = call.asked("cursor")
    if cursor and not cursor.isdecimal():
        raise Refusal(400, "Invalid cursor")
    older = sorted((one for one in mine if not cursor or one.id < int(cursor)), key=lambda one: -one.id)
    size = min(int(call.asked("per_page", "30")), 100)
    page = older[:size]
    headers = {}
    if len(older) > size:
        query = f"per_page={size}&cursor={page[-1].id}" + (f"&status={wanted}" if wanted else "")
        headers["Link"] = f'<{call.hub.api}/app/hook/deliveries?{query}>; rel="next"'
    return Answer([_item(one) for one in page], headers=headers)


@routes.on("GET", "/app/hook/deliveries/{delivery_id}", "app")
async def get_delivery(call: Call) -> Answer:
    """Return one attempt with what was sent and answered."""
    found = _delivery(call)
    request = {"headers": found.request_headers, "payload": msgspec.json.decode(found.payload)}
    response = {"headers": found.response_headers, "payload": found.response_body}
    url = call.hub.store.apps[found.app].webhook_url
    return Answer({**_item(found), "url": url, "request": request, "response": response})


@routes.on("POST", "/app/hook/deliveries/{delivery_id}/attempts", "app")
async def attempt_again(call: Call) -> Answer:
    """Send a delivery once more, under its old guid."""
    redeliver(call.hub, _delivery(call))
    return Answer({}, 202)


@routes.on("GET", "/app/hook/config", "app")
async def hook_config(call: Call) -> Answer:
    """Return where the webhooks go."""
    return Answer({"content_type": "json", "insecure_ssl": "0", "secret": "********", "url": _me(call).webhook_url})
