"""The door: verify, record, answer. Nothing is parsed but the four fields that say where a delivery belongs.

A delivery that no handler wants costs a signature check and no write. The signature is computed over the bytes as they
came; the payload is built again from them where it is worked on, since parsing 25 KB costs more than all the rest.
"""

import asyncio
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
import prometheus_client
import structlog
from aiohttp import web

from bot.core.model import Delivery, Unavailable
from bot.inbox import Inbox
from bot.observe import DELIVERIES, RECORDED

log = structlog.get_logger()

BODY_LIMIT = 25 * 1024 * 1024
"""Bytes; GitHub drops what is larger. https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap."""
LARGE = 1024 * 1024
"""Bytes; a body that is larger, or does not say how large it is, takes one of a few places until it is recorded."""
SLOW = 9.0
"""Seconds a body may take to arrive; GitHub gives up after 10."""
NOT_RECORDED = "the delivery could not be recorded"

About = Callable[[], Mapping[str, Sequence[str]]]
Wanted = Callable[[str, str, str], bool]
"""Whether anything handles this event, action and sender's login."""

_headers = {
    "X-GitHub-Delivery": r"([0-9a-zA-Z:_.-]{1,128})",
    "X-GitHub-Event": r"([a-z_]{1,64})",
    "Content-Type": r"(?i:application/json(?:[^\S\n]*;[^\S\n]*charset=\"?utf-8\"?)?[^\S\n]*)",
    "X-Hub-Signature-256": r"sha256=([0-9a-f]{64})",
}
"""None matches a newline, which is what separates them below."""
_identified = re.compile("\n".join(_headers.values()))
_first_action = re.compile(rb'\{\s{0,8}"action"\s{0,8}:\s{0,8}"([a-z_]{1,64})"')
"""How GitHub begins: where nobody waits for that action, reading all the rest costs half as much as the signature."""

Line = Annotated[str, msgspec.Meta(pattern=r"^[^\x00-\x1f]*$", max_length=255)]


class _Repository(msgspec.Struct):
    full_name: Line


class _Installation(msgspec.Struct):
    id: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class _Sender(msgspec.Struct):
    login: Line


class _Envelope(msgspec.Struct):
    """What of a payload the door reads."""

    action: Line | None = None
    repository: _Repository | None = None
    installation: _Installation | None = None
    sender: _Sender | None = None


_decode = msgspec.json.Decoder(_Envelope).decode
_counted = cache(DELIVERIES.labels)


class _Turned(Exception):
    """A request that goes no further."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Door:
    """What the routes share."""

    inbox: Inbox
    secrets: Sequence[bytes]
    """Webhook secrets in force: the current one, and while it is rotated the one before."""
    wanted: Wanted
    large: asyncio.Semaphore
    about: About
    """What else whoever runs us wants to know at /readyz."""

    async def github(self, request: web.Request) -> web.Response:
        """Take in a webhook delivery. https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries."""
        try:
            outcome, status = await self._take(request)
        except _Turned as no:
            _counted("turned away").inc()
            return _answer(no.status, error=no.reason)
        except Unavailable as problem:
            _counted("unavailable").inc()
            log.warning("delivery not recorded", reason=str(problem))
            return _answer(HTTPStatus.SERVICE_UNAVAILABLE, error=NOT_RECORDED, headers={"Retry-After": "30"})
        _counted(outcome).inc()
        return _answer(status, status=outcome)

    async def _take(self, request: web.Request) -> tuple[str, HTTPStatus]:
        delivery_id, event, signature = _identity(request)
        length = request.content_length
        async with nullcontext() if length is not None and length <= LARGE else self.large:
            body = await _body(request)
            if not await self._signed(signature, body):
                raise _Turned(HTTPStatus.UNAUTHORIZED, "the signature does not match")
            self.inbox.came()
            first = _first_action.match(body)
            if first and not self.wanted(event, first[1].decode(), ""):
                return "ignored", HTTPStatus.ACCEPTED
            envelope = _envelope(body)
            action = envelope.action or ""
            if not self.wanted(event, action, envelope.sender.login if envelope.sender else ""):
                return "ignored", HTTPStatus.ACCEPTED
            with RECORDED.time():
                outcome = await self.inbox.put(_delivery(delivery_id, event, envelope, body))
            return outcome, HTTPStatus.ACCEPTED if outcome == "recorded" else HTTPStatus.OK

    async def _signed(self, signature: bytes, body: bytes) -> bool:
        if len(body) > LARGE:
            return await asyncio.to_thread(self._matches, signature, body)
        return self._matches(signature, body)

    def _matches(self, signature: bytes, body: bytes) -> bool:
        """Compare with the secrets, byte by byte in constant time."""
        return any(hmac.compare_digest(hmac.digest(each, body, "sha256"), signature) for each in self.secrets)

    async def healthy(self, _request: web.Request) -> web.Response:
        """Answer as long as the process does."""
        return _answer(HTTPStatus.OK, status="alive")

    async def ready(self, _request: web.Request) -> web.Response:
        """Say whether deliveries can be taken in, and if not, why."""
        troubles = await self.inbox.troubles()
        status = HTTPStatus.SERVICE_UNAVAILABLE if troubles else HTTPStatus.OK
        facts: dict[str, Any] = {"ready": not troubles, "reasons": list(troubles), **self.about()}
        return _answer(status, **facts)

    async def metrics(self, _request: web.Request) -> web.Response:
        """Show what Prometheus reads."""
        await self.inbox.measure()
        headers = {"Content-Type": prometheus_client.CONTENT_TYPE_LATEST}
        return web.Response(body=prometheus_client.generate_latest(), headers=headers)


def application(inbox: Inbox, *, secrets: Sequence[bytes], wanted: Wanted, about: About = dict) -> web.Application:
    """Return the door; more routes may be added to it. The inbox must be started, and is stopped, by the caller."""
    if not secrets or not all(secrets):
        raise ValueError("a webhook secret is needed, and it must not be empty")
    door = Door(inbox, secrets, wanted, large=asyncio.Semaphore(4), about=about)
    app = web.Application(client_max_size=BODY_LIMIT)
    app.router.add_post("/github", door.github)
    app.router.add_get("/healthz", door.healthy)
    app.router.add_get("/readyz", door.ready)
    app.router.add_get("/metrics", door.metrics)
    return app


def _identity(request: web.Request) -> tuple[str, str, bytes]:
    """Return a delivery's id, event and signature; refuse by its headers what can be, before its body is read."""
    found = _identified.fullmatch("\n".join([request.headers.get(header, "") for header in _headers]))
    if found is None:
        raise _unidentified(request)
    if (request.content_length or 0) > BODY_LIMIT:
        raise _Turned(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {BODY_LIMIT} bytes")
    delivery_id, event, signature = found.groups()
    return delivery_id, event, bytes.fromhex(signature)


def _unidentified(request: web.Request) -> _Turned:
    """Return what is wrong with the headers, the first thing first."""
    wrong = (name for name, one in _headers.items() if not re.fullmatch(one, request.headers.get(name, "")))
    name = next(wrong)
    status = HTTPStatus.UNAUTHORIZED if name == "X-Hub-Signature-256" else HTTPStatus.BAD_REQUEST
    return _Turned(status, f"{name} is missing or not as GitHub sends it")


async def _body(request: web.Request) -> bytes:
    """Return the body; aiohttp stops reading where it passes the limit."""
    try:
        # most bodies come whole with their head, and a timer costs as much as the signature
        async with nullcontext() if request.content.is_eof() else asyncio.timeout(SLOW):
            return await request.read()
    except TimeoutError:
        raise _Turned(HTTPStatus.REQUEST_TIMEOUT, f"the body did not arrive within {SLOW:.0f} s") from None
    except web.HTTPRequestEntityTooLarge:
        raise _Turned(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {BODY_LIMIT} bytes") from None


def _envelope(body: bytes) -> _Envelope:
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _Turned(HTTPStatus.BAD_REQUEST, "the payload is not JSON as GitHub sends it") from None


def _delivery(delivery_id: str, event: str, envelope: _Envelope, body: bytes) -> Delivery:
    return Delivery(
        id=delivery_id,
        event=event,
        action=envelope.action or "",
        repository=envelope.repository.full_name if envelope.repository else "",
        installation=envelope.installation.id if envelope.installation else None,
        received_at=datetime.now(UTC),
        body=body,
    )


def _answer(code: HTTPStatus, *, headers: dict[str, str] | None = None, **fields: object) -> web.Response:
    return web.Response(status=code, body=msgspec.json.encode(fields), content_type="application/json", headers=headers)
