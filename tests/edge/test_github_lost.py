"""Answers that are lost: reads are repeated, and writes looked for first."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.model import Transient
from bot.edge.github import GitHub
from tests.edge.github_stage import (
    APP_ID,
    BROKEN,
    CHECK,
    FOUND,
    HASTY,
    LOST,
    NEW,
    PRIVATE_KEY,
    REPO,
    TIP,
    P,
    Reply,
    Seen,
    comment_json,
    pull_json,
    staged,
)

pytestmark = pytest.mark.usefixtures("without_waiting")


@pytest.mark.parametrize("trouble", [LOST, BROKEN, Reply("{", 200, {"content-type": "application/json"})])
async def test_a_read_is_repeated(trouble: Reply) -> None:
    async with staged() as (stage, github):
        stage.on(TIP, trouble, trouble, FOUND)

        assert await github.tip(REPO, "main") == "a" * 40


@pytest.mark.parametrize("trouble", [LOST, BROKEN, Reply(None, 500), Reply({}, 599)])
async def test_a_github_that_stays_away_is_left_for_later(trouble: Reply) -> None:
    async with staged() as (stage, github):
        stage.on(TIP, trouble)

        with pytest.raises(Transient, match="did not answer: GET /repos/"):
            await github.tip(REPO, "main")

        assert stage.calls().count(TIP) == 4


async def test_an_answer_that_does_not_come_is_not_waited_for() -> None:
    async with staged(replace(HASTY, deadline=0.05)) as (stage, github):
        stage.on(TIP, Reply(FOUND.body, takes=0.3), FOUND)

        assert await github.tip(REPO, "main") == "a" * 40


async def test_an_answer_that_comes_drop_by_drop_is_not_waited_for() -> None:
    async with staged(replace(HASTY, deadline=0.1)) as (stage, github):
        stage.on(TIP, Reply(drips=True), FOUND)

        assert await github.tip(REPO, "main") == "a" * 40


async def test_nobody_there_is_transient() -> None:
    github = GitHub(APP_ID, PRIVATE_KEY, api_url="http://127.0.0.1:9", limits=HASTY)

    with pytest.raises(Transient, match="ConnectError"):
        await github.tip(REPO, "main")

    await github.close()


async def test_a_pull_request_whose_answer_was_lost_is_not_opened_twice() -> None:
    opened: list[Any] = []

    def create(seen: Seen) -> Reply:
        opened.append(seen.body)
        return LOST

    async with staged() as (stage, github):
        stage.on(f"POST {P}/pulls", create)
        stage.on(f"GET {P}/pulls", lambda _: Reply([pull_json(n) for n, _ in enumerate(opened, 7)]))

        pull = await github.open_pull(REPO, NEW)

        assert pull.number == 7
        assert len(opened) == 1


async def test_a_pull_request_that_was_not_opened_is_opened() -> None:
    async with staged() as (stage, github):
        stage.on(f"POST {P}/pulls", BROKEN, Reply(pull_json(7), 201))
        stage.on(f"GET {P}/pulls", Reply([]))

        assert (await github.open_pull(REPO, NEW)).number == 7


async def test_a_comment_whose_answer_was_lost_is_not_written_twice() -> None:
    written: list[Any] = []

    def create(seen: Seen) -> Reply:
        written.append(comment_json(1, seen.body["body"]))
        return LOST

    async with staged() as (stage, github):
        stage.on(f"POST {P}/issues/2/comments", create)
        stage.on(f"GET {P}/issues/2/comments", lambda _: Reply(written))

        await github.write_comment(REPO, 2, "<!-- mark -->\nhello", replaces=None)

        assert len(written) == 1


async def test_a_check_run_whose_answer_was_lost_is_not_created_twice() -> None:
    runs: list[Any] = []

    def create(seen: Seen) -> Reply:
        output = {"text": None, "annotations_count": 0, **seen.body["output"]}
        made = {"id": 1, "app": {"id": APP_ID}, "details_url": "https://app.test"}
        runs.append({**made, **seen.body, "output": output})
        return BROKEN

    async with staged() as (stage, github):
        stage.on(f"POST {P}/check-runs", create)
        stage.on(f"GET {P}/commits/{'a' * 40}/check-runs", lambda _: Reply({"check_runs": runs}))

        await github.publish(REPO, CHECK)

        assert len(runs) == 1
