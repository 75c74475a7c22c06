"""Tokens: narrow, kept, renewed in time, and right even where our clock is wrong."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import stamina

from bot.core.model import Refused, Transient
from tests.edge.github_stage import FOUND, REPO, TIP, TOKENS, Reply, staged

UNAUTHORIZED = Reply({"message": "Bad credentials"}, 401)


def minted(value: str, *, lives: timedelta) -> Reply:
    return Reply({"token": value, "expires_at": f"{datetime.now(UTC) + lives:%Y-%m-%dT%H:%M:%SZ}"}, 201)


async def test_a_token_opens_one_repository_and_is_kept_for_it() -> None:
    async with staged() as (stage, github):
        first = await github.token(REPO)
        again = await github.token(REPO)
        other = await github.token(replace(REPO, id=12))

        assert first == again != other
        assert len(first) > 500
        assert [body["repository_ids"] for body in stage.bodies(TOKENS)] == [[11], [12]]
        assert stage.bodies(TOKENS)[0]["permissions"]["contents"] == "write"


async def test_many_who_wait_cost_one_token() -> None:
    async with staged() as (stage, github):
        tokens = await asyncio.gather(*(github.token(REPO) for _ in range(8)))

        assert len(set(tokens)) == 1
        assert stage.calls() == [TOKENS]


async def test_a_token_about_to_expire_is_not_begun() -> None:
    async with staged() as (stage, github):
        stage.on(TOKENS, minted("old", lives=timedelta(minutes=4)), minted("new", lives=timedelta(hours=1)))
        await github.token(REPO)

        assert await github.token(REPO) == "new"


@pytest.mark.parametrize("ahead", [600, -600, 7200])
async def test_a_wrong_clock_costs_one_call_and_no_more(ahead: float) -> None:
    async with staged() as (stage, github):
        stage.ahead = ahead

        first = await github.token(REPO)
        second = await github.token(REPO)
        third = await github.token(replace(REPO, id=12))

        assert first == second != third
        assert stage.calls() == [TOKENS] * 3


async def test_a_revoked_token_is_replaced_once() -> None:
    async with staged() as (stage, github):
        stage.on(TIP, FOUND, UNAUTHORIZED, FOUND)
        await github.tip(REPO, "main")

        tip = await github.tip(REPO, "main")

        assert tip == "a" * 40
        assert stage.calls() == [TOKENS, TIP, TIP, TOKENS, TIP]


async def test_a_fresh_token_refused_too_is_left_for_later() -> None:
    async with staged() as (stage, github):
        stage.on(TIP, UNAUTHORIZED)

        with pytest.raises(Transient, match="Bad credentials"):
            await github.tip(REPO, "main")

        assert stage.calls() == [TOKENS, TIP, TOKENS, TIP]


async def test_a_token_that_git_was_refused_with_is_replaced_once() -> None:
    async with staged() as (stage, github):
        old = await github.token(REPO)
        new = await github.token(REPO, instead_of=old)

        assert await github.token(REPO, instead_of=old) == new
        assert stage.calls() == [TOKENS, TOKENS]


@pytest.mark.parametrize("status", [403, 404, 422])
async def test_where_we_are_not_wanted_is_a_refusal(status: int) -> None:
    async with staged() as (stage, github):
        stage.on(TOKENS, Reply({"message": "This installation has been suspended"}, status))

        with pytest.raises(Refused, match="suspended"):
            await github.tip(REPO, "main")


async def test_no_secret_is_logged_or_shown(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    async with staged() as (stage, github):
        stage.on(TIP, Reply({}, 500), UNAUTHORIZED, Reply({"message": "no"}, 500))
        with caplog.at_level("DEBUG"), stamina.set_testing(True, attempts=4), pytest.raises(Transient) as caught:
            await github.tip(REPO, "main")

        shown = (
            f"{caplog.text}{capsys.readouterr()}{caught.value!r}{caught.value.__cause__!r}{vars(github._client.tokens)}"
        )

        assert stage.seen[-1].headers["authorization"].startswith("token ghs_")
        assert "ghs_" not in shown
        assert "eyJ" not in shown
