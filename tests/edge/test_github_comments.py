"""Our comments, and whose they are."""

from bot.core.model import Comment
from tests.edge.github_stage import (
    BOT_ID,
    REPO,
    Reply,
    comment_json,
    staged,
)

P = "/repos/acme/shop"
MARKER = "<!-- tierkeeper:summary -->"


async def test_a_strangers_copy_of_the_marker_is_not_ours() -> None:
    async with staged() as (stage, github):
        theirs = [
            comment_json(1, MARKER, via=None),
            comment_json(2, MARKER, via=99),
            {**comment_json(3, ""), "body": None},
        ]
        stage.on(f"GET {P}/issues/2/comments", Reply([*theirs, comment_json(4, f"{MARKER} hi")]))

        assert await github.own_comment(REPO, 2, marker=MARKER) == Comment(4, f"{MARKER} hi")


async def test_our_account_is_enough_where_the_app_is_not_named() -> None:
    async with staged() as (stage, github):
        mine = comment_json(4, MARKER, via=None, user=BOT_ID)
        stage.on(f"GET {P}/issues/2/comments", Reply([{**comment_json(1, MARKER, via=None), "user": None}, mine]))

        assert await github.own_comment(REPO, 2, marker=MARKER) == Comment(4, MARKER)


async def test_a_marker_we_quote_is_none() -> None:
    quoted = comment_json(4, f"```\n{MARKER} []\n```\n\n<!-- tierkeeper:conflict tier-1 -->")
    async with staged() as (stage, github):
        stage.on(f"GET {P}/issues/2/comments", Reply([quoted, comment_json(5, f"> {MARKER}")]))
        before = await github.own_comment(REPO, 2, marker=MARKER)
        stage.on(f"GET {P}/issues/2/comments", Reply([quoted, comment_json(6, f"hello\r\n\r\n{MARKER}\n")]))

        after = await github.own_comment(REPO, 2, marker=MARKER)

        assert (before, after) == (None, Comment(6, f"hello\r\n\r\n{MARKER}\n"))


async def test_a_comment_cut_to_what_github_takes_keeps_its_marker() -> None:
    async with staged() as (stage, github):
        stage.on(f"POST {P}/issues/2/comments", Reply({}, 201))
        stage.on(f"PATCH {P}/issues/comments/4", Reply({}))
        long = f"{'x' * 70_000}\n\n{MARKER}"

        await github.write_comment(REPO, 2, long, replaces=None)
        await github.write_comment(REPO, 2, long, replaces=Comment(4, "old"))

        (first,), (second,) = stage.bodies(f"POST {P}/issues/2/comments"), stage.bodies(f"PATCH {P}/issues/comments/4")
        assert (len(first["body"]), first["body"][-len(MARKER) - 2 :]) == (65_536, f"x\n{MARKER}")
        assert second == first


async def test_of_a_long_conversation_the_first_page_and_the_newest_are_read() -> None:
    async with staged() as (stage, github):
        link = {"link": f'<{stage.api_url}/x?page=2>; rel="next", <{stage.api_url}/x?per_page=100&page=40>; rel="last"'}
        stage.on(f"GET {P}/issues/2/comments", Reply([comment_json(1, "hello")], headers=link))

        assert await github.own_comment(REPO, 2, marker=MARKER) is None
        pages = [seen.query.get("page", "1") for seen in stage.seen if seen.call.endswith("/comments")]
        assert pages == ["1", "40", "39", "38", "37", "36", "35", "34", "33", "32"]


async def test_our_comment_is_edited_in_place() -> None:
    async with staged() as (stage, github):
        stage.on(f"PATCH {P}/issues/comments/4", Reply({}))

        await github.write_comment(REPO, 2, "new", replaces=Comment(4, "old"))

        assert stage.bodies(f"PATCH {P}/issues/comments/4") == [{"body": "new"}]
        assert f"POST {P}/issues/2/comments" not in stage.calls()


async def test_a_comment_somebody_deleted_is_written_again() -> None:
    async with staged() as (stage, github):
        stage.on(f"POST {P}/issues/2/comments", Reply({}, 201))

        await github.write_comment(REPO, 2, "new", replaces=Comment(4, "old"))

        assert stage.bodies(f"POST {P}/issues/2/comments") == [{"body": "new"}]
