"""Redirects, links, sizes and headers, over real connections."""

import pytest

from bot.core import payloads
from bot.core.model import Transient
from bot.edge.github import GitHub, wire
from tests.edge.github_stage import (
    APP_ID,
    FOUND,
    HASTY,
    LOST,
    PRIVATE_KEY,
    REPO,
    TIP,
    TOKENS,
    P,
    Reply,
    pull_json,
    staged,
)

pytestmark = pytest.mark.usefixtures("without_waiting")


async def test_an_answer_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MOST_BYTES", 10_000)
    async with staged() as (stage, github):
        stage.on(TIP, Reply({"object": "x" * 20_000}))

        with pytest.raises(Transient, match="DecodingError"):
            await github.tip(REPO, "main")


async def test_a_renamed_repository_is_followed_with_method_and_body() -> None:
    async with staged() as (stage, github):
        moved = {"location": f"{stage.api_url}/repositories/11/pulls/3"}
        stage.on(f"PATCH {P}/pulls/3", Reply({"message": "Moved Permanently"}, 307, moved))
        stage.on("PATCH /repositories/11/pulls/3", Reply(pull_json()))

        await github.close_pull(payloads.pull_request(pull_json(), installation=5))

        assert stage.bodies("PATCH /repositories/11/pulls/3") == [{"state": "closed"}]
        assert stage.seen[-1].headers["authorization"].startswith("token ")


@pytest.mark.parametrize("location", ["{other}/repositories/11", "//[", ""])
async def test_a_redirect_leads_to_no_other_host(location: str) -> None:
    async with staged() as (stage, github), staged() as (other, _):
        stage.on(TIP, Reply({"message": "Moved"}, 301, {"location": location.format(other=other.api_url)}))

        with pytest.raises(Transient):
            await github.tip(REPO, "main")

        assert other.seen == []


async def test_a_next_page_leads_to_no_other_host() -> None:
    pull = payloads.pull_request(pull_json(), installation=5)
    async with staged() as (stage, github), staged() as (other, _):
        link = {"link": f'<{other.api_url}/x?page=2>; rel="next"'}
        pages = [Reply([{"filename": "a"}], headers=link), Reply([{"filename": "b"}])]
        stage.on(f"GET {P}/pulls/3/files", *pages)

        assert await github.changed_files(pull) == ("a", "b")
        assert other.seen == []
        assert stage.seen[-1].query == {"page": "2"}


@pytest.mark.parametrize("link", ["<http://h:x/?page=2>; rel=next", "nonsense", '<>; rel="next"', "<a>; ="])
async def test_a_link_nobody_can_read_does_no_harm(link: str) -> None:
    async with staged() as (stage, github):
        stage.on(TIP, Reply(FOUND.body, headers={"link": link, "date": "yesterday", "x-ratelimit-remaining": "-1"}))

        assert await github.tip(REPO, "main") == "a" * 40


async def test_an_enterprise_server_is_spoken_to_below_its_path() -> None:
    async with staged(path="/api/v3/") as (stage, github):
        stage.on(TOKENS.replace(" ", " /api/v3"), Reply({"token": "t", "expires_at": "2999-01-01T00:00:00Z"}, 201))
        stage.on(TIP.replace(" ", " /api/v3"), FOUND)

        assert await github.tip(REPO, "main") == "a" * 40
        assert stage.seen[-1].headers["x-github-api-version"] == "2022-11-28"
        assert stage.seen[-1].headers["user-agent"] == "tierkeeper"


async def test_every_exchange_is_told() -> None:
    told: list[tuple[str, str, int, int | None]] = []
    async with staged() as (stage, _):
        counted = GitHub(
            APP_ID, PRIVATE_KEY, api_url=stage.api_url, limits=HASTY, on_call=lambda *call: told.append(call)
        )
        stage.on(TIP, LOST, Reply(FOUND.body, headers={"x-ratelimit-remaining": "4999"}))

        await counted.tip(REPO, "main")
        await counted.close()

        route = "/repos/{repo}/git/ref/heads/{branch}"
        minted = ("POST", "/app/installations/{installation}/access_tokens", 201, None)
        assert told == [minted, ("GET", route, 0, None), ("GET", route, 200, 4999)]
