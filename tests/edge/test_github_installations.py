"""Where the App is installed, and what did not reach it."""

import time
from datetime import UTC, datetime

import pytest

from bot.core.model import FailedDelivery, Refused, Repository, Transient
from bot.edge.github import GitHub
from tests.edge.github_stage import REPO, TOKENS, Reply, Seen, repo_json, staged

COVERED = "GET /installation/repositories"
DELIVERIES = "GET /app/hook/deliveries"
SINCE = datetime(2026, 11, 20, tzinfo=UTC)


def delivery_json(number: int, guid: str, *, at: str) -> dict[str, object]:
    return {"id": number, "guid": guid, "event": "pull_request", "delivered_at": f"2026-11-20T{at}:00Z"}


async def listed(github: GitHub) -> list[Repository]:
    return [repo async for repo in github.repositories()]


async def test_every_repository_that_can_be_written_to_is_found() -> None:
    async with staged() as (stage, github):
        link = {"link": f'<{stage.api_url}/x?per_page=100&page=2>; rel="next"'}
        first = {"repositories": [repo_json(), repo_json(12, archived=True)]}
        stage.on(COVERED, Reply(first, headers=link), Reply({"repositories": [repo_json(13)]}))

        repos = await listed(github)

        assert repos[0] == REPO
        assert [repo.id for repo in repos] == [11, 13]
        assert stage.bodies(TOKENS) == [{"permissions": {"metadata": "read"}}]


async def test_a_repository_is_known_by_its_name() -> None:
    async with staged() as (stage, github):
        stage.on("GET /repos/acme/shop", Reply(repo_json()))
        stage.on("GET /repos/acme/none", Reply({"message": "Not Found"}, 404))
        stage.on("GET /repos/acme/closed", Reply({"message": "Forbidden"}, 403))

        assert await github.repository("acme/shop", installation=5) == REPO
        assert await github.repository("acme/none", installation=5) is None
        with pytest.raises(Refused):
            await github.repository("acme/closed", installation=5)
        assert stage.bodies(TOKENS) == [{"permissions": {"metadata": "read"}}]


async def test_a_suspended_installation_is_not_asked() -> None:
    async with staged() as (stage, github):
        stage.on("GET /app/installations", Reply([{"id": 5, "suspended_at": "2026-11-01T00:00:00Z"}]))

        assert await listed(github) == []
        assert stage.calls() == []


async def test_an_installation_that_ends_meanwhile_is_passed_over() -> None:
    gone = TOKENS.replace("/5/", "/4/")
    async with staged() as (stage, github):
        stage.on("GET /app/installations", Reply([{"id": 4}, {"id": 5}]))
        stage.on(gone, Reply({"message": "Not Found"}, 404))
        stage.on(COVERED, Reply({"repositories": [repo_json()]}))

        assert await listed(github) == [REPO]


async def test_an_installation_whose_allowance_is_spent_is_passed_over() -> None:
    other = "POST /app/installations/4/access_tokens"
    spent = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 3000)}
    async with staged() as (stage, github):
        stage.on("GET /app/installations", Reply([{"id": 4}, {"id": 5}]))
        stage.on(other, Reply({"token": "ghs_4", "expires_at": "2099-01-01T00:00:00Z"}, 201))
        refusal = Reply({"message": "API rate limit exceeded"}, 403, headers=spent)
        stage.on(COVERED, refusal, Reply({"repositories": [repo_json()]}))

        assert await listed(github) == [REPO]


async def test_a_delivery_that_arrived_later_is_not_missing() -> None:
    failures = [
        delivery_json(6, "again", at="06:00"),
        delivery_json(5, "lost", at="05:00"),
        delivery_json(4, "arrived", at="04:00"),
        delivery_json(3, "again", at="03:00"),
        {**delivery_json(2, "old", at="00:00"), "delivered_at": "2026-11-19T23:59:59Z"},
    ]
    successes = [delivery_json(8, "arrived", at="07:00"), delivery_json(7, "again", at="05:30")]

    def answer(seen: Seen) -> Reply:
        return Reply(failures if seen.query["status"] == "failure" else successes)

    async with staged() as (stage, github):
        stage.on(DELIVERIES, answer)

        missing = await github.failed_deliveries(since=SINCE)

        assert missing == (
            FailedDelivery(5, "lost", "pull_request", datetime(2026, 11, 20, 5, tzinfo=UTC)),
            FailedDelivery(6, "again", "pull_request", datetime(2026, 11, 20, 6, tzinfo=UTC)),
        )


async def test_no_failure_costs_one_call() -> None:
    async with staged() as (stage, github):
        stage.on(DELIVERIES, Reply([]))

        assert await github.failed_deliveries(since=SINCE) == ()
        assert len(stage.seen) == 1


async def test_deliveries_are_read_by_cursor_and_not_for_ever() -> None:
    async with staged() as (stage, github):
        link = {"link": f'<{stage.api_url}/x?cursor=v1_7&status=failure>; rel="next"'}
        stage.on(DELIVERIES, Reply([delivery_json(5, "lost", at="05:00")], headers=link))

        await github.failed_deliveries(since=SINCE)

        assert len(stage.seen) == 20
        assert stage.seen[1].query["cursor"] == "v1_7"


async def test_a_delivery_is_asked_for_again() -> None:
    lost = FailedDelivery(5, "lost", "pull_request", SINCE)
    async with staged() as (stage, github):
        stage.on(f"{DELIVERIES.replace('GET', 'POST')}/5/attempts", Reply({}, 202))

        await github.redeliver(lost)

        assert stage.seen[-1].headers["authorization"].startswith("bearer ")


async def test_a_signature_github_does_not_know_is_told_plainly() -> None:
    async with staged() as (stage, github):
        stage.on(DELIVERIES, Reply({"message": "A JSON web token could not be decoded"}, 401))

        with pytest.raises(Transient, match="could not be decoded"):
            await github.failed_deliveries(since=SINCE)


@pytest.mark.parametrize("call", ["GET /app", TOKENS])
async def test_an_app_github_does_not_know_is_told_plainly(call: str) -> None:
    async with staged() as (stage, github):
        stage.on(call, Reply({"message": "Integration not found"}, 404))

        with pytest.raises(Transient, match=r"APP_ID.*Integration not found"):
            await github.app()
