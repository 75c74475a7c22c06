"""Webhooks: signed, sent once, remembered, and sent again only when asked."""

import asyncio
import hashlib
import hmac
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from sandbox import outbox, seed
from tests.sandbox.sandbox_world import SECRET, new_world

pytestmark = pytest.mark.slow


async def test_a_webhook_carries_githubs_headers_and_both_signatures(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await world.pull("topic", {"b.txt": "two\n"})

        await world.quiet()

        hook = next(hook for hook in world.hooks if hook.name == "pull_request.opened")
        expected = hmac.new(SECRET.encode(), hook.body, hashlib.sha256).hexdigest()
        assert hook.headers["X-Hub-Signature-256"] == f"sha256={expected}"
        assert hook.headers["X-Hub-Signature"].startswith("sha1=")
        assert hook.headers["X-GitHub-Hook-Installation-Target-Type"] == "integration"
        assert hook.headers["X-GitHub-Hook-Installation-Target-ID"] == str(world.app.id)
        assert hook.headers["User-Agent"].startswith("GitHub-Hookshot/")
        assert hook.payload["installation"]["id"] == world.installation.id
        assert hook.payload["sender"]["login"] == "kim"


async def test_a_payload_is_in_githubs_order_and_a_push_has_its_own_repository(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await world.pull("topic", {"b.txt": "two\n"})

        await world.quiet()

        opened = next(hook for hook in world.hooks if hook.name == "pull_request.opened").payload
        push = next(hook for hook in world.hooks if hook.name == "push").payload
        assert list(opened)[:3] == ["action", "number", "pull_request"]
        assert isinstance(push["repository"]["pushed_at"], int)


async def test_what_a_bot_does_is_sent_as_the_bots(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await world.pull("topic", {"b.txt": "two\n"})

        comment = await world.api("POST", "{R}/issues/1/comments", body="beep")

        await world.quiet()
        hook = next(hook for hook in world.hooks if hook.name == "issue_comment.created")
        assert (hook.payload["sender"]["login"], hook.payload["sender"]["type"]) == ("keeper[bot]", "Bot")
        assert comment.data["performed_via_github_app"]["slug"] == "keeper"
        assert hook.payload["issue"]["pull_request"]["html_url"].endswith("/acme/shop/pull/1")


async def test_only_events_that_were_asked_for_arrive(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        world.hub.store.apps.put(replace(world.app, events=("push",)))

        await world.pull("topic", {"b.txt": "two\n"})

        assert set(await world.names()) == {"installation.created", "push", "check_suite.requested"}


async def test_a_failed_delivery_is_listed_and_sent_again_under_its_guid(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await world.fault(kind="drop-webhook", method="WEBHOOK", path=r"^pull_request\.opened$")
        await world.pull("topic", {"b.txt": "two\n"})
        before = await world.names()

        listed = await world.api("GET", "/app/hook/deliveries?status=failure", by=world.signature())
        path = f"/app/hook/deliveries/{listed.data[0]['id']}/attempts"
        again = await world.api("POST", path, by=world.signature())

        assert "pull_request.opened" not in before
        assert (await world.names())[-1] == "pull_request.opened"
        assert (len(listed.data), again.status) == (1, 202)
        assert world.hooks[-1].headers["X-GitHub-Delivery"] == listed.data[0]["guid"]
        last = (await world.api("GET", "/app/hook/deliveries", by=world.signature())).data[0]
        assert (last["redelivery"], last["status"], last["guid"]) == (True, "OK", listed.data[0]["guid"])


async def test_deliveries_are_paged_by_cursor(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await world.pull("topic", {"b.txt": "two\n"})
        total = len(await world.names())
        seen: list[int] = []
        path = "/app/hook/deliveries?per_page=2"

        while path:
            page = await world.api("GET", path, by=world.signature())
            seen += [one["id"] for one in page.data]
            path = page.headers.get("Link", "").split(">")[0].removeprefix(f"<{world.hub.api}")

        assert len(seen) == total
        assert seen == sorted(set(seen), reverse=True)


async def test_a_receiver_that_sleeps_is_given_up_and_not_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, woken = [], asyncio.Event()

    async def sleep(request: web.Request) -> web.Response:
        calls.append(request.headers["X-GitHub-Event"])
        await woken.wait()
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", sleep)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with new_world(tmp_path) as world:
        await world.quiet()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        world.hub.store.apps.put(replace(world.app, webhook_url=url, events=("create",)))
        monkeypatch.setattr(outbox, "DEADLINE", 0.2)

        await seed.branch(world.hub, world.repo, "x", at="main", by="kim")
        await world.quiet()

        tried = [one.status for one in world.hub.store.deliveries if one.event == "create" and one.status != "OK"]
        assert tried == ["timed out"]
        assert calls.count("create") == 1
    woken.set()
    await runner.cleanup()


async def test_a_check_can_be_asked_for_again_and_its_buttons_pressed(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        pull = await world.pull("topic", {"b.txt": "two\n"})
        action = {"label": "Promote", "description": "Now", "identifier": "promote"}
        sent: dict[str, Any] = {"name": "gate", "head_sha": pull.head_sha, "conclusion": "failure", "actions": [action]}
        run = (await world.api("POST", "{R}/check-runs", **sent)).data
        page, origin = f"{world.hub.url}/acme/shop/runs/{run['id']}", {"Origin": world.hub.url}

        await world.api("POST", f"{{R}}/check-runs/{run['id']}/rerequest")
        async with world.session.post(page, data={"identifier": "promote"}, headers=origin) as response:
            assert response.status == 200

        assert {"check_run.rerequested", "check_run.requested_action"} <= set(await world.names())
        pressed = next(hook.payload for hook in world.hooks if hook.name == "check_run.requested_action")
        assert pressed["requested_action"] == {"identifier": "promote"}
        assert pressed["sender"]["login"] == "kim"
