"""The process as a whole: it outlives a bad day of GitHub's, and does not outlive its own inbox."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.app import serve
from bot.edge.store import DurableStore
from bot.settings import Settings, load
from tests.deliveries import until

pytestmark = pytest.mark.slow


@pytest.fixture
async def asked() -> AsyncIterator[list[str]]:
    """Return the address of a GitHub that answers nonsense, and after it the paths it was asked for."""
    paths: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        paths.append(request.path)
        return web.json_response({"login": "nonsense"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        paths.append(str(server.make_url("")))
        yield paths


@pytest.fixture
def settings(asked: list[str], tmp_path: Path) -> Settings:
    """Return the settings of a bot that turns to that GitHub every second."""
    key = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    environment: dict[str, Any] = {
        "APP_ID": "1",
        "PRIVATE_KEY": key.decode(),
        "WEBHOOK_SECRET": "it is a secret",
        "GITHUB_API_URL": asked[0].rstrip("/"),
        "HOST": "127.0.0.1",
        "PORT": "0",
        "STATE_DIR": str(tmp_path),
        "SWEEP_INTERVAL": "1",
    }
    return load(environment)


async def test_a_sweep_that_met_a_bug_is_tried_again(asked: list[str], settings: Settings) -> None:
    serving = asyncio.create_task(serve(settings))
    await until(lambda: asked.count("/app") >= 2)

    os.kill(os.getpid(), signal.SIGTERM)
    status = await serving

    assert status == 0


async def test_the_process_ends_when_its_inbox_dies(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_store: DurableStore, *, alive: Collection[str]) -> int:
        raise LookupError(f"a bug met {len(alive)}")

    monkeypatch.setattr(DurableStore, "tend", broken)

    async with asyncio.timeout(20):
        status = await serve(settings)

    assert status == 1
