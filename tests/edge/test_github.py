"""What the port promises, against what GitHub really answers."""

import base64
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from gidgethub import BadRequest

from bot import world
from bot.core import payloads
from bot.core.model import App, Comment, NewPull, Refused
from tests.edge.github_stage import (
    APP_ID,
    BOT_ID,
    REPO,
    TOKENS,
    Reply,
    Seen,
    checker,
    comment_json,
    pull_json,
    staged,
    undocumented,
)

P = "/repos/acme/shop"
RULES = f"GET {P}/contents/.github/tierkeeper.yml"
SHARED_RULES = "GET /repos/acme/.github/contents/.github/tierkeeper.yml"
MARKER = "<!-- tierkeeper:summary -->"
NEW = NewPull("[tier-1] Sell tea", "body", head="promote/tier-1/2", base="tier-1")
PULL = payloads.pull_request(pull_json(), REPO)
INVALID = {"message": "Validation Failed", "errors": [{"field": "assignees", "code": "invalid"}]}


def file_json(text: str | bytes) -> dict[str, object]:
    data = text.encode() if isinstance(text, str) else text
    return {"type": "file", "encoding": "base64", "content": base64.encodebytes(data).decode()}


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
        before = await port.find_pull(REPO, head=NEW.head, base=NEW.base)
        opened = await port.open_pull(REPO, NEW)
        await port.dress(opened, labels=("promotion", "tier/tier-1"), assignees=("kim",))
        comment = await port.own_comment(REPO, 2, marker=MARKER)
        await port.write_comment(REPO, 2, MARKER, replaces=comment)

        assert (rules, tip, before, opened.number, comment) == ("version: 1\n", "b" * 40, None, 3, None)
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


async def test_rules_of_the_owner_stand_in_for_missing_ones() -> None:
    async with staged() as (stage, github):
        stage.on(SHARED_RULES, Reply(file_json("version: 1\n")))

        text = await github.rules_text(REPO)

        assert text == "version: 1\n"
        narrow = {"repositories": [".github"], "permissions": {"contents": "read", "metadata": "read"}}
        assert stage.bodies(TOKENS)[-1] == narrow


async def test_an_owner_without_shared_rules_has_none() -> None:
    async with staged() as (_, github):
        assert await github.rules_text(REPO) is None


async def test_an_owners_repository_out_of_our_reach_is_no_error() -> None:
    async with staged() as (stage, github):
        await github.token(REPO)
        stage.on(TOKENS, Reply({"message": "There is at least one repository that does not exist"}, 422))

        assert await github.rules_text(REPO) is None


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (file_json(b"tiers: \xff"), "is not UTF-8 text: byte 8"),
        ({"type": "file", "encoding": "none", "content": ""}, "is larger than 1 MB"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused(answer: dict[str, object], sentence: str) -> None:
    async with staged() as (stage, github):
        stage.on(RULES, Reply(answer))

        with pytest.raises(Refused, match=sentence):
            await github.rules_text(REPO)


@pytest.mark.parametrize("answer", [[], {"type": "symlink", "target": "/etc/passwd"}, {"type": "submodule"}])
async def test_what_is_no_file_is_no_file(answer: object) -> None:
    async with staged() as (stage, github):
        stage.on(f"GET {P}/contents/overlays", Reply(answer))

        assert await github.file(REPO, "overlays", ref="main") is None


async def test_a_file_is_read_at_a_ref() -> None:
    async with staged() as (stage, github):
        stage.on(f"GET {P}/contents/a%20b/c%3Fd%23%7B%2Bx%7D%25.yml", Reply(file_json("x")))

        text = await github.file(REPO, "a b/c?d#{+x}%.yml", ref="feature/tea")

        assert text == "x"
        assert stage.seen[-1].query == {"ref": "feature/tea"}


@pytest.mark.parametrize("path", ["../../../user", "a/./b", "a//b", ""])
async def test_a_path_leads_nowhere_else(path: str) -> None:
    async with staged() as (stage, github):
        with pytest.raises(Refused):
            await github.file(REPO, path, ref="main")

        assert stage.calls() == [TOKENS]


@pytest.mark.parametrize("status", [404, 409])
async def test_a_branch_that_is_not_there_has_no_tip(status: int) -> None:
    async with staged() as (stage, github):
        stage.on(f"GET {P}/git/ref/heads/feature/tea", Reply({"message": "no"}, status))

        assert await github.tip(REPO, "feature/tea") is None


async def test_one_pull_request_is_read_or_absent() -> None:
    async with staged() as (stage, github):
        stage.on(f"GET {P}/pulls/3", Reply({**pull_json(), "commits": 2}))

        assert await github.pull(REPO, 3) == replace(PULL, commits=2)
        assert await github.pull(REPO, 4) is None


async def test_a_pull_request_is_found_in_any_state_and_only_where_it_is_ours() -> None:
    fork = {"ref": NEW.head, "sha": "c" * 40, "repo": {"full_name": "mallory/shop"}}
    async with staged() as (stage, github):
        others = [pull_json(9, head=fork), pull_json(8, base={"ref": "tier-2"})]
        stage.on(f"GET {P}/pulls", Reply([*others, pull_json(7, state="closed")]))

        found = await github.find_pull(REPO, head=NEW.head, base=NEW.base)

        assert found is not None
        assert (found.number, found.state) == (7, "closed")
        assert stage.seen[-1].query["head"] == "acme:promote/tier-1/2"
        assert stage.seen[-1].query["state"] == "all"


async def test_open_pull_requests_are_listed() -> None:
    async with staged() as (stage, github):
        stage.on(f"GET {P}/pulls", Reply([pull_json(9), pull_json(8)]))

        pulls = await github.open_pulls(REPO, base="tier-1")

        assert [pull.number for pull in pulls] == [9, 8]


async def test_head_branches_are_those_of_this_repository() -> None:
    fork = {"ref": "promote/tier-1/9", "sha": "c" * 40, "repo": None}
    async with staged() as (stage, github):
        stage.on(f"GET {P}/pulls", Reply([pull_json(9, head=fork), pull_json(8, state="closed")]))

        assert await github.heads(REPO, base="tier-1") == {"promote/tier-1/2"}
        assert stage.seen[-1].query["state"] == "all"


async def test_merged_pull_requests_are_listed_until_the_list_is_too_old() -> None:
    since = datetime(2026, 11, 20, tzinfo=UTC)
    late, later, old = "2026-11-20T01:00:00Z", "2026-11-20T02:00:00Z", "2026-11-19T00:00:00Z"
    async with staged() as (stage, github):
        link = {"link": f'<{stage.api_url}/repositories/11/pulls?page=2>; rel="next"'}
        first = [pull_json(5, merged_at=late), pull_json(4, merged_at=None), pull_json(6, merged_at=later)]
        second = [pull_json(3, merged_at=old), pull_json(2, merged_at=old, updated_at=old)]
        stage.on(f"GET {P}/pulls", Reply(first, headers=link), Reply(second, headers=link))

        pulls = await github.merged_pulls(REPO, base="tier-1", since=since)

        assert [pull.number for pull in pulls] == [6, 5]
        assert stage.calls().count(f"GET {P}/pulls") == 2


async def test_a_rename_changes_both_paths() -> None:
    async with staged() as (stage, github):
        files = [{"filename": "b.yml", "previous_filename": "a.yml"}, {"filename": "c.yml"}, {"filename": "a.yml"}]
        stage.on(f"GET {P}/pulls/3/files", Reply(files))

        assert await github.changed_files(PULL) == ("a.yml", "b.yml", "c.yml")


async def test_a_pull_request_that_is_open_already_is_adopted() -> None:
    refusal = {"message": "Validation Failed", "errors": [{"message": "A pull request already exists for acme:x."}]}
    async with staged() as (stage, github):
        stage.on(f"POST {P}/pulls", Reply(refusal, 422))
        stage.on(f"GET {P}/pulls", Reply([pull_json(7)]))

        opened = await github.open_pull(REPO, NEW)

        assert opened.number == 7
        assert stage.seen[-1].query["state"] == "open"


async def test_a_pull_request_github_refuses_for_another_reason_is_an_error() -> None:
    refusal = {"message": "Validation Failed", "errors": [{"message": "No commits between tier-1 and x"}]}
    async with staged() as (stage, github):
        stage.on(f"POST {P}/pulls", Reply(refusal, 422))
        stage.on(f"GET {P}/pulls", Reply([]))

        with pytest.raises(BadRequest, match="No commits between"):
            await github.open_pull(REPO, NEW)


async def test_where_there_are_no_drafts_it_is_opened_ready() -> None:
    refusal = {"message": "Draft pull requests are not supported in this repository."}
    async with staged() as (stage, github):
        stage.on(f"POST {P}/pulls", Reply(refusal, 422), Reply(pull_json(7), 201))

        opened = await github.open_pull(REPO, replace(NEW, draft=True))

        assert opened.number == 7
        assert [body.get("draft") for body in stage.bodies(f"POST {P}/pulls")] == [True, None]


async def test_words_are_cut_to_what_github_takes() -> None:
    async with staged() as (stage, github):
        stage.on(f"POST {P}/pulls", Reply(pull_json(), 201))

        await github.open_pull(REPO, replace(NEW, title="x" * 300, body="\udc80" + "y" * 70_000))

        sent = stage.bodies(f"POST {P}/pulls")[0]
        assert (len(sent["title"]), len(sent["body"]), sent["body"][0]) == (256, 65_536, "?")


async def test_a_pull_request_is_edited_and_closed() -> None:
    async with staged() as (stage, github):
        stage.on(f"PATCH {P}/pulls/3", Reply(pull_json(state="closed")))

        await github.edit_pull(PULL, title="t", body="b")
        await github.close_pull(PULL)

        assert stage.bodies(f"PATCH {P}/pulls/3") == [{"title": "t", "body": "b"}, {"state": "closed"}]


async def test_a_label_a_person_set_stays() -> None:
    async with staged() as (stage, github):
        stage.on(f"PATCH {P}/issues/3", Reply({}))

        await github.dress(replace(PULL, labels=("hot", "promotion")), labels=("promotion",), assignees=())

        assert stage.bodies(f"PATCH {P}/issues/3") == [{"labels": ["hot", "promotion"]}]


async def test_who_cannot_be_assigned_is_left_out() -> None:
    async with staged() as (stage, github):
        stage.on(f"PATCH {P}/issues/3", Reply(INVALID, 422), Reply({}))
        stage.on(f"GET {P}/assignees/kim", Reply(status=204))

        await github.dress(PULL, labels=("promotion",), assignees=("renovate[bot]", "kim"))

        assert stage.bodies(f"PATCH {P}/issues/3")[-1] == {"labels": ["promotion"], "assignees": ["kim"]}


async def test_a_reviewer_github_does_not_take_is_left_out() -> None:
    def judge(seen: Seen) -> Reply:
        return Reply(INVALID, 422) if "ghost" in seen.body["reviewers"] else Reply({}, 201)

    call = f"POST {P}/pulls/3/requested_reviewers"
    async with staged() as (stage, github):
        stage.on(call, judge)

        await github.request_reviews(PULL, ("ghost", "kim", "acme/sre"))

        assert stage.bodies(call)[-2:] == [
            {"reviewers": ["kim"], "team_reviewers": []},
            {"reviewers": [], "team_reviewers": ["sre"]},
        ]


async def test_nobody_to_ask_costs_nothing() -> None:
    async with staged() as (stage, github):
        await github.request_reviews(PULL, ())

        assert stage.calls() == []


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


def test_requests_are_held_against_githubs_description() -> None:
    if checker() is None:
        pytest.skip("GitHub's description of its API does not lie beside the project")
    typo = Seen(f"POST {P}/pulls", {}, {}, {"titel": "x", "head": "a", "base": "b"})

    problems = undocumented(typo)

    assert any("titel" in problem for problem in problems)
