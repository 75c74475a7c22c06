"""Manners: pauses GitHub asks for, writes in turn, and a reserve for people."""

import asyncio
import time
from dataclasses import replace

import pytest

from bot.core import payloads
from bot.core.model import Refused, Transient
from bot.edge.github import Limits, in_background, limits
from tests.edge.github_stage import FOUND, HASTY, REPO, TIP, TOKENS, P, Reply, pull_json, staged

CLOSE = f"PATCH {P}/pulls/3"
COMMENT = f"POST {P}/issues/2/comments"
PULL = payloads.pull_request(pull_json(), installation=5)
SECONDARY = {"message": "You have exceeded a secondary rate limit."}


def budget(remaining: int, *, resets_in: float = 1800) -> dict[str, str]:
    reset = str(int(time.time() + resets_in))
    return {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": str(remaining), "x-ratelimit-reset": reset}


@pytest.mark.parametrize("status", [403, 429])
async def test_a_short_pause_is_sat_out(status: int) -> None:
    async with staged() as (stage, github):
        stage.on(TIP, Reply(SECONDARY, status), FOUND)
        begun = time.monotonic()

        tip = await github.tip(REPO, "main")

        assert tip == "a" * 40
        assert time.monotonic() - begun >= HASTY.secondary_pause


async def test_a_write_refused_for_its_rate_is_repeated() -> None:
    async with staged() as (stage, github):
        stage.on(COMMENT, Reply(SECONDARY, 403, {"retry-after": "0"}), Reply({}, 201))

        await github.write_comment(REPO, 2, "hello", replaces=None)

        assert len(stage.bodies(COMMENT)) == 2


@pytest.mark.parametrize(
    ("status", "resets_in", "seconds"),
    [(429, None, 120), (403, None, 120), (403, 1800.0, 1800), (429, 999_999.0, 3600)],
)
async def test_a_long_pause_is_told_and_holds_for_the_whole_installation(
    status: int, resets_in: float | None, seconds: int
) -> None:
    headers = {"retry-after": "120"} if resets_in is None else budget(0, resets_in=resets_in)
    other = replace(REPO, installation=6)
    async with staged() as (stage, github):
        stage.on(TOKENS.replace("/5/", "/6/"), Reply({"token": "t", "expires_at": "2999-01-01T00:00:00Z"}, 201))
        stage.on(TIP, Reply({"message": "slow down"}, status, headers), FOUND)
        for _ in range(2):
            with pytest.raises(Transient) as caught:
                await github.tip(REPO, "main")
            assert caught.value.retry_after == pytest.approx(seconds, abs=2)

        elsewhere = await github.tip(other, "main")

        assert elsewhere == "a" * 40
        assert stage.calls().count(TIP) == 2


async def test_pauses_grow_while_github_is_annoyed_and_not_with_how_many_ask() -> None:
    async with staged(replace(HASTY, secondary_pause=1.0)) as (stage, github):
        stage.on(TIP, Reply(SECONDARY, 429, takes=0.05))

        answers = await asyncio.gather(*(github.tip(REPO, "main") for _ in range(5)), return_exceptions=True)

        waits = [answer.retry_after for answer in answers if isinstance(answer, Transient)]
        assert waits == pytest.approx([1.0] * 5, abs=0.2)


async def test_twice_is_enough() -> None:
    async with staged() as (stage, github):
        stage.on(TIP, Reply(SECONDARY, 403))

        with pytest.raises(Transient, match="twice") as caught:
            await github.tip(REPO, "main")

        assert stage.calls().count(TIP) == 2
        assert caught.value.retry_after == pytest.approx(2 * HASTY.secondary_pause, abs=0.04)


async def test_a_missing_permission_is_no_limit() -> None:
    answer = {"message": "Resource not accessible by integration"}
    async with staged() as (stage, github):
        stage.on(TIP, Reply(answer, 403, {"x-accepted-github-permissions": "contents=read"}))

        with pytest.raises(Refused, match=r"not accessible by integration \(it takes the permission contents=read\)"):
            await github.tip(REPO, "main")

        assert stage.calls().count(TIP) == 1


async def test_background_work_leaves_a_reserve_to_people() -> None:
    async with staged() as (stage, github):
        stage.on(TIP, Reply(FOUND.body, headers=budget(499)))
        await github.tip(REPO, "main")

        with in_background(), pytest.raises(Transient) as caught:
            await github.tip(REPO, "main")
        person = await github.tip(REPO, "main")

        assert caught.value.retry_after == pytest.approx(1800, abs=2)
        assert person == "a" * 40
        assert stage.calls().count(TIP) == 2


@pytest.mark.parametrize("headers", [budget(501), budget(0, resets_in=-1), {"x-ratelimit-remaining": "0"}, {}])
async def test_background_work_goes_on_while_there_is_plenty(headers: dict[str, str]) -> None:
    async with staged() as (stage, github):
        stage.on(TIP, Reply(FOUND.body, headers=headers))

        with in_background():
            await github.tip(REPO, "main")
            await github.tip(REPO, "main")

        assert stage.calls().count(TIP) == 2


async def test_background_work_sits_out_no_pause() -> None:
    async with staged() as (stage, github):
        stage.on(TIP, Reply(SECONDARY, 429), FOUND)

        with in_background(), pytest.raises(Transient):
            await github.tip(REPO, "main")


async def test_only_so_many_calls_run_at_once() -> None:
    async with staged(replace(HASTY, concurrent=3)) as (stage, github):
        await github.token(REPO)
        stage.on(TIP, Reply(FOUND.body, takes=0.02))

        await asyncio.gather(*(github.tip(REPO, "main") for _ in range(9)))

        assert stage.most_at_once == 3


async def test_writes_take_turns() -> None:
    async with staged() as (stage, github):
        stage.on(CLOSE, Reply({}, takes=0.02))

        await asyncio.gather(*(github.close_pull(PULL) for _ in range(4)))

        assert stage.most_at_once == 1


async def test_content_beyond_what_github_likes_waits_for_the_next_minute() -> None:
    async with staged(Limits(creations_a_minute=2, patience=5)) as (stage, github):
        stage.on(COMMENT, Reply({}, 201))
        stage.on(CLOSE, Reply({}))
        for _ in range(2):
            await github.write_comment(REPO, 2, "hello", replaces=None)

        with pytest.raises(Transient) as caught:
            await github.write_comment(REPO, 2, "hello", replaces=None)
        await github.close_pull(PULL)

        assert caught.value.retry_after == pytest.approx(60, abs=2)
        assert len(stage.bodies(COMMENT)) == 2


async def test_content_goes_on_when_the_minute_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_MINUTE", 0.1)
    async with staged(Limits(creations_a_minute=1)) as (stage, github):
        stage.on(COMMENT, Reply({}, 201))
        begun = time.monotonic()

        for _ in range(3):
            await github.write_comment(REPO, 2, "hello", replaces=None)

        assert len(stage.bodies(COMMENT)) == 3
        assert time.monotonic() - begun >= 0.2
