"""The App as a whole: who it is, where it is installed, and what did not reach it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from http import HTTPStatus
from typing import Any

import structlog

from bot.core import payloads
from bot.core.model import App, FailedDelivery, Refused, Repository, Transient
from bot.edge.github.calls import Call, Denied, Scope, Voice
from bot.edge.github.client import Client

_LIST = {"per_page": 100}
_MOST_PAGES = 100
_DELIVERY_PAGES = 10
log = structlog.get_logger()


class Myself:
    """Who we are, asked once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = asyncio.Lock()
        self._app: App | None = None

    async def app(self) -> App:
        """Return the App and the account that acts for it, which GitHub knows under different ids."""
        async with self._lock:
            if self._app is None:
                try:
                    self._app = await self._ask()
                except Refused as refusal:
                    raise Transient(f"GitHub does not know us; do APP_ID and PRIVATE_KEY match? {refusal}") from refusal
            return self._app

    async def _ask(self) -> App:
        """Ask for the account as some installation: a closed GitHub Enterprise Server tells strangers nothing."""
        app = (await self._client.ask(_as_app("/app"))).data
        installations = (await self._client.ask(_as_app("/app/installations"))).data
        active = [Scope(item["id"]) for item in installations if not item.get("suspended_at")]
        who = active[0] if active else Voice.NOBODY
        call = Call(who=who, method="GET", route="/users/{login}", names={"login": f"{app['slug']}[bot]"})
        user = (await self._client.ask(call)).data
        return App(id=app["id"], slug=app["slug"], user_id=user["id"])


async def repositories(client: Client) -> AsyncIterator[Repository]:
    """Every repository that can be written to; an installation that ends, or is spent, while we look is passed over."""
    async for answer in client.pages(_as_app("/app/installations", **_LIST), most=_MOST_PAGES):
        for installation in answer.data:
            if installation.get("suspended_at"):
                continue
            try:
                async for repo in _covered(client, installation["id"]):
                    yield repo
            except (Refused, Transient) as reason:
                log.warning("installation passed over", installation=installation["id"], reason=str(reason))


async def repository(client: Client, full_name: str, *, installation: int) -> Repository | None:
    """Return one repository of an installation; None where there is none by that name, or it is not ours to see."""
    owner, _, name = full_name.partition("/")
    names = {"owner": owner, "repo": name}
    call = Call(who=Scope(installation), method="GET", route="/repos/{owner}/{repo}", names=names)
    try:
        answer = await client.ask(call)
    except Denied as denial:
        if denial.status == HTTPStatus.NOT_FOUND:
            return None
        raise
    return payloads.repository(answer.data, installation=installation)


async def failed_deliveries(client: Client, *, since: datetime) -> tuple[FailedDelivery, ...]:
    """List failures, and only if there are any the successes too: at most 20 calls of the App's own allowance."""
    failed: dict[str, FailedDelivery] = {}
    async for item in _deliveries(client, status="failure", since=since):
        failed.setdefault(item.guid, item)
    if not failed:
        return ()
    async for item in _deliveries(client, status="success", since=min(item.delivered_at for item in failed.values())):
        if item.guid in failed and item.delivered_at >= failed[item.guid].delivered_at:
            del failed[item.guid]
    return tuple(sorted(failed.values(), key=lambda item: item.delivered_at))


async def redeliver(client: Client, delivery: FailedDelivery) -> None:
    """Ask for another attempt, which GitHub gives for three days; one attempt too many is recognised by its guid."""
    route, names = "/app/hook/deliveries/{delivery}/attempts", {"delivery": delivery.id}
    await client.ask(Call(who=Voice.APP, method="POST", route=route, names=names))


async def _covered(client: Client, installation: int) -> AsyncIterator[Repository]:
    call = Call(who=Scope(installation), method="GET", route="/installation/repositories", query=_LIST)
    async for answer in client.pages(call, most=_MOST_PAGES):
        for item in answer.data["repositories"]:
            if not (item.get("archived") or item.get("disabled")):
                yield payloads.repository(item, installation=installation)


async def _deliveries(client: Client, *, status: str, since: datetime) -> AsyncIterator[FailedDelivery]:
    """Newest first, as GitHub lists them. https://docs.github.com/en/rest/apps/webhooks#list-deliveries-for-an-app-webhook."""
    call = _as_app("/app/hook/deliveries", **_LIST, status=status)
    async for answer in client.pages(call, most=_DELIVERY_PAGES):
        for item in answer.data:
            delivery = _delivery(item)
            if delivery.delivered_at < since:
                return
            yield delivery


def _delivery(item: dict[str, Any]) -> FailedDelivery:
    at = datetime.fromisoformat(item["delivered_at"])
    return FailedDelivery(id=item["id"], guid=item["guid"], event=item["event"], delivered_at=at)


def _as_app(route: str, **query: str | int) -> Call:
    return Call(who=Voice.APP, method="GET", route=route, query=query)
