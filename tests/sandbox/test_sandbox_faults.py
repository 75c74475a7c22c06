"""A bad day can be ordered: answers lost, limits, connections cut, webhooks late or twice."""

import time
from pathlib import Path

import aiohttp
import pytest

from tests.sandbox.sandbox_world import git, new_world, try_git

pytestmark = pytest.mark.slow


async def test_a_5xx_after_success_has_merged_all_the_same(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await world.pull("topic", {"b.txt": "two\n"})
        await world.fault(kind="after", method="PUT", path="/merge$", status=502)

        lost = await world.api("PUT", "{R}/pulls/1/merge")

        assert lost.status == 502
        assert (await world.api("GET", "{R}/pulls/1")).data["merged"] is True


async def test_a_plain_5xx_does_nothing_as_often_as_ordered(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await world.pull("topic", {"b.txt": "two\n"})
        await world.fault(kind="status", method="PUT", path="/merge$", status=503, times=2)

        statuses = [(await world.api("PUT", "{R}/pulls/1/merge")).status for _ in range(3)]

        assert statuses == [503, 503, 200]


async def test_a_reset_cuts_the_connection(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        # A read that loses its connection is tried again by the client itself, once; so the reset comes twice.
        await world.fault(kind="reset", method="GET", path="/branches$", times=2)

        with pytest.raises(aiohttp.ClientError):
            await world.api("GET", "{R}/branches")

        assert (await world.api("GET", "{R}/labels")).status == 200


async def test_both_limits_look_like_githubs(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await world.fault(kind="primary", path="/branches$", seconds=30)
        await world.fault(kind="secondary", path="/labels$", seconds=7)

        primary, secondary = await world.api("GET", "{R}/branches"), await world.api("GET", "{R}/labels")

        assert (primary.status, primary.headers["X-RateLimit-Remaining"]) == (403, "0")
        assert abs(int(primary.headers["X-RateLimit-Reset"]) - time.time() - 30) < 5
        assert (secondary.status, secondary.headers["Retry-After"]) == (403, "7")
        assert "secondary rate limit" in secondary.data["message"]


async def test_a_webhook_comes_twice_under_one_guid(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await world.fault(kind="duplicate-webhook", method="WEBHOOK", path=r"^pull_request\.opened$")

        await world.pull("topic", {"b.txt": "two\n"})

        await world.quiet()
        twice = [hook.headers["X-GitHub-Delivery"] for hook in world.hooks if hook.name == "pull_request.opened"]
        assert len(twice) == 2
        assert len(set(twice)) == 1


async def test_a_delayed_webhook_is_overtaken(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await world.fault(kind="delay-webhook", method="WEBHOOK", path=r"^pull_request\.opened$", seconds=0.5)
        await world.pull("topic", {"b.txt": "two\n"})

        await world.api("PATCH", "{R}/pulls/1", title="Later")

        names = await world.names()
        assert names.index("pull_request.edited") < names.index("pull_request.opened")


async def test_git_can_fail_too_before_and_after_the_push(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await git("clone", "--quiet", world.remote(world.token), str(tmp_path / "clone"))
        await world.fault(kind="status", method="GET", path="service=git-receive-pack", status=503)
        before, _ = await try_git("push", "origin", "HEAD:refs/heads/x", cwd=tmp_path / "clone")
        absent = await world.hub.bare(world.repo).branch("x")
        await world.fault(kind="after", method="POST", path="git-receive-pack$", status=502)

        after, _ = await try_git("push", "origin", "HEAD:refs/heads/x", cwd=tmp_path / "clone")

        assert before != 0
        assert after != 0
        assert absent is None
        assert await world.hub.bare(world.repo).branch("x") is not None


async def test_calls_are_counted_since_a_mark(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        await world.api("GET", "{R}")
        async with world.session.get(f"{world.hub.url}/_sandbox/calls") as response:
            mark = (await response.json())["mark"]
        await world.api("GET", "{R}/branches")
        await world.api("GET", "{R}/branches")
        await git("ls-remote", world.remote(world.token))

        async with world.session.get(f"{world.hub.url}/_sandbox/calls?since={mark}") as response:
            counted = await response.json()

        who = f"installation/{world.installation.id}"
        calls = {(call["who"], call["endpoint"]): call["count"] for call in counted["calls"]}
        assert calls[who, "GET /repos/{owner}/{repo}/branches"] == 2
        assert calls[who, "git-upload-pack"] == 1
        assert (who, "GET /repos/{owner}/{repo}") not in calls


async def test_an_order_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    async with new_world(tmp_path) as world:
        url = f"{world.hub.url}/_sandbox/faults"

        async with world.session.post(url, json={"kind": "meteor"}) as response:
            status = response.status

        assert status == 422
        assert world.hub.faults.waiting == []
