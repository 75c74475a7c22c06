"""The outbox: signed webhooks to every App that asked for them, each attempt remembered, none retried.

https://docs.github.com/en/webhooks/using-webhooks/handling-webhook-deliveries
"""

import asyncio
import hashlib
import hmac
import time
import uuid
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import msgspec

from sandbox.hub import Hub
from sandbox.records import Account, App, Delivery, Installation, Repo
from sandbox.shapes.accounts import node, user
from sandbox.shapes.repos import about

Json = dict[str, Any]
DEADLINE = 10.0
"""Seconds that a receiver has for its answer."""
KEPT_ANSWER = 4096


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a repository."""

    name: str
    payload: Json
    """What is special about it, as it comes first; repository, organization, sender and installation are added."""
    sender: Account
    only: int | None = None
    """The one App it is for; None: each that asked for such events."""


def emit(hub: Hub, repo: Repo, event: Event) -> None:
    """Send an event to the Apps installed in its repository."""
    common = {**about(hub, repo), "sender": user(hub, event.sender)}
    for installation in hub.installations(repo):
        app = hub.app_of(installation)
        meant = app.id == event.only if event.only is not None else event.name in app.events
        if not meant:
            continue
        told = {"installation": {"id": installation.id, "node_id": node("I", installation.id)}}
        # A key has its first place and its last value: what an event says of its own holds, as a push's repository.
        deliver(hub, installation, event.name, {**event.payload, **common, **event.payload, **told}, repo)


def deliver(hub: Hub, installation: Installation, event: str, payload: Json, repo: Repo | None) -> None:
    """Make a delivery and send it off, unless the App has no webhook."""
    app = hub.app_of(installation)
    if not app.webhook_url:
        return
    new = Delivery(
        id=hub.store.next_id(),
        guid=str(uuid.uuid4()),
        app=app.id,
        installation=installation.id,
        repo=repo.id if repo else None,
        event=event,
        action=payload.get("action"),
        payload=msgspec.json.encode(payload),
        delivered_at=hub.now(),
    )
    send_off(hub, hub.store.deliveries.put(new))


def redeliver(hub: Hub, old: Delivery) -> Delivery:
    """Send a delivery once more, under the same guid."""
    new = replace(old, id=hub.store.next_id(), redelivery=True, delivered_at=hub.now(), status="pending", status_code=0)
    send_off(hub, hub.store.deliveries.put(new))
    return new


def resume(hub: Hub) -> None:
    """Send what was still on its way when the sandbox stopped."""
    for delivery in hub.store.deliveries:
        if delivery.status == "pending":
            send_off(hub, delivery)


def send_off(hub: Hub, delivery: Delivery) -> None:
    """Start sending, with whatever fault was ordered for it."""
    named = f"{delivery.event}.{delivery.action}" if delivery.action else delivery.event
    fault = hub.faults.take("WEBHOOK", named)
    wait = 0.0
    match fault.kind if fault else None:
        case "drop-webhook":
            hub.store.deliveries.put(replace(delivery, status="failed to connect to host"))
            return
        case "duplicate-webhook":
            _start(hub, delivery, 0.0)
        case "delay-webhook":
            wait = fault.seconds if fault else 0.0
    _start(hub, delivery, wait)


def _start(hub: Hub, delivery: Delivery, wait: float) -> None:
    task = asyncio.get_running_loop().create_task(_send(hub, delivery, wait))
    hub.tasks.add(task)
    task.add_done_callback(hub.tasks.discard)


async def _send(hub: Hub, delivery: Delivery, wait: float) -> None:
    await asyncio.sleep(wait)
    app = hub.store.apps[delivery.app]
    headers = signed(app, delivery)
    began = time.monotonic()
    code, status, answer, body = 0, "failed to connect to host", {}, ""
    try:
        async with asyncio.timeout(DEADLINE), aiohttp.ClientSession() as session:
            posted = session.post(app.webhook_url, data=delivery.payload, headers=headers, allow_redirects=False)
            async with posted as response:
                body = (await response.content.read(KEPT_ANSWER)).decode(errors="replace")
                answer = dict(response.headers)
                code, status = response.status, "OK" if response.ok else response.reason or "failed"
    except TimeoutError:
        status = "timed out"
    except (aiohttp.ClientError, OSError):
        pass
    hub.store.deliveries.put(
        replace(
            delivery,
            status=status,
            status_code=code,
            duration=round(time.monotonic() - began, 3),
            request_headers=headers,
            response_headers=answer,
            response_body=body,
        )
    )


def signed(app: App, delivery: Delivery) -> dict[str, str]:
    """Return the headers GitHub sends with a webhook."""
    secret = app.secret.encode()
    return {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/5a4db0e",
        "X-GitHub-Delivery": delivery.guid,
        "X-GitHub-Event": delivery.event,
        "X-GitHub-Hook-ID": str(app.hook),
        "X-GitHub-Hook-Installation-Target-ID": str(app.id),
        "X-GitHub-Hook-Installation-Target-Type": "integration",
        "X-Hub-Signature": f"sha1={hmac.new(secret, delivery.payload, hashlib.sha1).hexdigest()}",
        "X-Hub-Signature-256": f"sha256={hmac.new(secret, delivery.payload, hashlib.sha256).hexdigest()}",
    }
