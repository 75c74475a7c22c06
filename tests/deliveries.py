"""Deliveries for tests, with the dull parts filled in; a port to send them to; waiting for what they bring about."""

import asyncio
import json
import socket
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from bot.core.model import Delivery


def delivery(
    delivery_id: str = "d-1", *, repository: str = "acme/shop", action: str = "closed", **data: object
) -> Delivery:
    """Return a `pull_request` delivery."""
    return Delivery(
        id=delivery_id,
        event="pull_request",
        action=action,
        repository=repository,
        installation=7,
        received_at=datetime.now(UTC),
        body=json.dumps({"action": action, "repository": {"full_name": repository}, **data}).encode(),
    )


async def until(condition: Callable[[], Awaitable[bool] | bool], *, seconds: float = 20) -> None:
    """Wait for a condition; fail when it does not come about in time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer if isinstance(answer, bool) else await answer:
            return
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
