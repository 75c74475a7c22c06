"""The whole port: what a promotion costs, who we are, and that GitHub documents what we ask."""

import pytest

from bot import world
from bot.core import payloads
from bot.core.model import App, Comment, NewPull, Refused
from tests.edge.github_description import checker, undocumented
from tests.edge.github_stage import (
    APP_ID,
    BOT_ID,
    REPO,
    TOKENS,
    Reply,
    comment_json,
    file_json,
    pull_json,
    staged,
)

P = "/repos/acme/shop"
RULES = f"GET {P}/contents/.github/tierkeeper.yml"
MARKER = "<!-- tierkeeper:summary -->"
NEW = NewPull("[tier-1] Sell tea", "body", head="promote/tier-1/2", base="tier-1")


async def test_a_clean_promotion_costs_eight_calls() -> None:
    async with staged() as (stage, github):
        stage.on(RULES, Reply(file_json("version: 1\n")))
        stage.on(f"GET {P}/git/ref/heads/tier-1", Reply({"object": {"sha": "b" * 40}}))
        stage.on(f"GET {P}/pulls", Reply([]))
        stage.on(f"POST {P}/pulls", Reply(pull_json(), 201))
        stage.on(f"PATCH {P}/issues/3", Reply({}))
        stage.on(f"GET {P}/issues/2/comments", Reply([comment_json(1, MARKER, via=None)]))
        stage.on(f"POST {P}/issues/2/comments", Reply({}, 201))
        port: world.GitHub = github
        await port.app()
        stage.seen.clear()

        rules = await port.rules_text(REPO)
        tip = await port.tip(REPO, "tier-1")
        before = await port.pulls_from(REPO, head=NEW.head)
        opened = await port.open_pull(REPO, NEW)
        await port.dress(opened, labels=("promotion", "tier/tier-1"), assignees=("kim",))
        comment = await port.own_comment(REPO, 2, marker=MARKER)
        await port.write_comment(REPO, 2, MARKER, replaces=comment)

        assert (rules, tip, before, opened.number, comment) == ("version: 1\n", "b" * 40, (), 3, None)
        assert stage.calls() == [
            TOKENS,
            RULES,
            f"GET {P}/git/ref/heads/tier-1",
            f"GET {P}/pulls",
            f"POST {P}/pulls",
            f"PATCH {P}/issues/3",
            f"GET {P}/issues/2/comments",
            f"POST {P}/issues/2/comments",
        ]
        assert stage.bodies(f"PATCH {P}/issues/3") == [{"labels": ["promotion", "tier/tier-1"], "assignees": ["kim"]}]


async def test_who_we_are_is_asked_once() -> None:
    async with staged() as (stage, github):
        first = await github.app()
        second = await github.app()

        assert first == second == App(id=APP_ID, slug="tierkeeper", user_id=BOT_ID)
        assert [seen.call for seen in stage.seen].count("GET /app") == 1


async def test_who_we_are_is_known_before_anybody_installs_us() -> None:
    async with staged() as (stage, github):
        stage.on("GET /app/installations", Reply([{"id": 5, "suspended_at": "2026-11-01T00:00:00Z"}]))

        me = await github.app()

        assert me.user_id == BOT_ID
        assert "authorization" not in stage.seen[-1].headers


async def test_a_refusal_nobody_expects_is_a_sentence() -> None:
    pull = payloads.pull_request(pull_json(), installation=5)
    forbidden = Reply({"message": "Resource not accessible by integration"}, 403)
    async with staged() as (stage, github):
        routes = ("GET pulls/3", "PATCH issues/3", "POST pulls/3/requested_reviewers", "PATCH issues/comments/4")
        for route in (*routes, "GET contents/x"):
            stage.on(route.replace(" ", f" {P}/"), forbidden)

        for attempt in (
            github.pull(REPO, 3),
            github.dress(pull, labels=("promotion",), assignees=("kim",)),
            github.request_reviews(pull, ("kim",)),
            github.write_comment(REPO, 2, "hello", replaces=Comment(4, "")),
            github.file(REPO, "x", ref="main"),
        ):
            with pytest.raises(Refused, match="Resource not accessible by integration"):
                await attempt


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply({"message": "Unable to create comment because issue is locked."}, 403), "because issue is locked."),
        (Reply({"message": "Gone"}, 410), "Gone"),
        (Reply({"message": "Rule violations\n\n  found " + "x" * 999}, 422), "Rule violations found " + "x" * 478),
        (Reply("<html>", 404), "Not Found"),
        (
            Reply({"message": "No."}, 403, {"x-accepted-github-permissions": "issues=write; pull_requests=write"}),
            "No. (it takes the permission issues=write or pull_requests=write)",
        ),
    ],
)
async def test_a_refusal_says_what_was_refused_and_why(reply: Reply, reason: str) -> None:
    async with staged() as (stage, github):
        stage.on(f"POST {P}/issues/2/comments", reply)

        with pytest.raises(Refused) as caught:
            await github.write_comment(REPO, 2, "hello", replaces=None)

        said = str(caught.value)
        assert said.startswith(f"GitHub refused POST {P}/issues/2/comments: ")
        assert said.endswith(reason)


def test_requests_are_held_against_githubs_description() -> None:
    if checker() is None:
        pytest.skip("GitHub's description of its API does not lie beside the project")
    typo = {"titel": "x", "head": "a", "base": "b"}

    problems = undocumented(f"POST {P}/pulls", {}, typo)

    assert any("titel" in problem for problem in problems)
