"""Pull requests: found, opened, dressed and closed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core import payloads
from bot.core.model import NewPull, Refused
from tests.edge.github_stage import (
    REPO,
    Reply,
    Seen,
    pull_json,
    repo_json,
    staged,
)

P = "/repos/acme/shop"
SINCE = datetime(2026, 11, 20, tzinfo=UTC)
NEW = NewPull("[tier-1] Sell tea", "body", head="promote/tier-1/2", base="tier-1")
PULL = payloads.pull_request(pull_json(), installation=5)
INVALID = {"message": "Validation Failed", "errors": [{"field": "assignees", "code": "invalid"}]}


async def test_one_pull_request_is_read_or_absent() -> None:
    async with staged() as (stage, github):
        stage.on(f"GET {P}/pulls/3", Reply({**pull_json(), "commits": 2}))

        assert await github.pull(REPO, 3) == replace(PULL, commits=2)
        assert await github.pull(REPO, 4) is None


async def test_a_pull_request_is_found_in_any_state_and_only_where_it_is_ours() -> None:
    fork = {"ref": NEW.head, "sha": "c" * 40, "repo": {"id": 12}}
    async with staged() as (stage, github):
        other = {"ref": "other", "sha": "c" * 40, "repo": {"id": REPO.id}}
        theirs = [pull_json(9, head=fork), pull_json(8, head=other)]
        ours = pull_json(7, state="closed", base={"ref": "tier-2", "repo": repo_json()})
        stage.on(f"GET {P}/pulls", Reply([*theirs, ours]))

        [found] = await github.pulls_from(REPO, head=NEW.head)

        assert (found.number, found.state) == (7, "closed")
        assert stage.seen[-1].query["head"] == "acme:promote/tier-1/2"
        assert stage.seen[-1].query["state"] == "all"


async def test_after_a_rename_it_is_found_under_the_owner_of_today() -> None:
    renamed = {"ref": "tier-0", "repo": repo_json(full_name="acme-inc/store")}
    async with staged() as (stage, github):
        stage.on(f"GET {P}/pulls/2", Reply(pull_json(2, base=renamed)))
        stage.on("GET /repos/acme-inc/store/pulls", Reply([pull_json(3, base=renamed)]))
        source = await github.pull(REPO, 2)
        assert source is not None

        [found] = await github.pulls_from(source.repo, head=NEW.head)

        assert not found.from_fork
        assert stage.seen[-1].query["head"] == "acme-inc:promote/tier-1/2"


async def test_open_pull_requests_are_listed_page_by_page_from_the_oldest_and_not_for_ever() -> None:
    async with staged() as (stage, github):
        link = {"link": f'<{stage.api_url}/repositories/11/pulls?page=2>; rel="next"'}
        stage.on(f"GET {P}/pulls", *[Reply([pull_json(n)], headers=link) for n in range(1, 12)])

        pulls = await github.open_pulls(REPO, base="tier-1")

        assert [pull.number for pull in pulls] == list(range(1, 11))
        first = next(seen.query for seen in stage.seen if seen.call == f"GET {P}/pulls")
        assert (first["sort"], first["direction"], first["per_page"]) == ("created", "asc", "100")


async def test_the_open_pull_requests_of_a_commit_are_found_whatever_they_call_it() -> None:
    head = {"ref": "other", "sha": "c" * 40, "repo": {"id": 99}}
    async with staged() as (stage, github):
        link = {"link": f'<{stage.api_url}/repositories/11/pulls?page=2>; rel="next"'}
        first = Reply([pull_json(9, head=head), pull_json(8)], headers=link)
        stage.on(f"GET {P}/pulls", first, Reply([pull_json(7, head={**head, "repo": None})]))

        pulls = await github.pulls_of(REPO, head="c" * 40)

        assert pulls is not None
        assert [pull.number for pull in pulls] == [9, 7]
        assert stage.seen[-2].query["state"] == "open"


async def test_where_too_many_are_open_nobody_can_say_which_are_of_a_commit() -> None:
    async with staged() as (stage, github):
        link = {"link": f'<{stage.api_url}/repositories/11/pulls?page=2>; rel="next"'}
        stage.on(f"GET {P}/pulls", Reply([pull_json(9)], headers=link))

        assert await github.pulls_of(REPO, head="c" * 40) is None


async def test_head_branches_are_those_of_this_repository_opened_lately() -> None:
    fork = {"ref": "promote/tier-1/9", "sha": "c" * 40, "repo": None}
    old = {"created_at": "2026-11-19T00:00:00Z", "updated_at": "2026-11-21T00:00:00Z"}
    older = {"ref": "promote/tier-1/1", "sha": "c" * 40, "repo": {"id": REPO.id}}
    async with staged() as (stage, github):
        link = {"link": f'<{stage.api_url}/repositories/11/pulls?page=2>; rel="next"'}
        second = [pull_json(8, state="closed"), pull_json(7, head=older, **old)]
        stage.on(f"GET {P}/pulls", Reply([pull_json(9, head=fork)], headers=link), Reply(second, headers=link))

        assert await github.heads(REPO, base="tier-1", since=SINCE) == {"promote/tier-1/2"}
        assert stage.calls().count(f"GET {P}/pulls") == 2


async def test_merged_pull_requests_are_listed_until_the_list_is_too_old() -> None:
    late, later, old = "2026-11-20T01:00:00Z", "2026-11-20T02:00:00Z", "2026-11-19T00:00:00Z"
    async with staged() as (stage, github):
        link = {"link": f'<{stage.api_url}/repositories/11/pulls?page=2>; rel="next"'}
        first = [pull_json(5, merged_at=later), pull_json(4, merged_at=None), pull_json(6, merged_at=late)]
        again = pull_json(6, merged_at=late)  # a page further, for it moved on while the first was read
        second = [again, pull_json(3, merged_at=old), pull_json(2, merged_at=old, updated_at=old)]
        stage.on(f"GET {P}/pulls", Reply(first, headers=link), Reply(second, headers=link))

        pulls = await github.merged_pulls(REPO, base="tier-1", since=SINCE)

        assert [pull.number for pull in pulls] == [6, 5]
        assert stage.calls().count(f"GET {P}/pulls") == 2


async def test_none_of_many_merged_pull_requests_is_forgotten() -> None:
    async with staged() as (stage, github):
        link = {"link": f'<{stage.api_url}/repositories/11/pulls?page=2>; rel="next"'}
        many = [pull_json(n, merged_at=f"2026-11-21T0{n // 60}:{n % 60:02}:00Z") for n in range(250, 0, -1)]
        pages = [many[:100], many[100:200], many[200:]]
        stage.on(f"GET {P}/pulls", *[Reply(page, headers=link if len(page) == 100 else {}) for page in pages])

        pulls = await github.merged_pulls(REPO, base="tier-1", since=SINCE)

        assert [pull.number for pull in pulls] == list(range(1, 251))


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


async def test_a_pull_request_github_refuses_for_another_reason_is_refused() -> None:
    refusal = {"message": "Validation Failed", "errors": [{"message": "No commits between tier-1 and x"}]}
    async with staged() as (stage, github):
        stage.on(f"POST {P}/pulls", Reply(refusal, 422))
        stage.on(f"GET {P}/pulls", Reply([]))

        with pytest.raises(Refused, match="No commits between"):
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
        await github.edit_pull(PULL, title=None, body="c")
        await github.edit_pull(PULL, title=None, body=None)
        await github.close_pull(PULL)

        assert stage.bodies(f"PATCH {P}/pulls/3") == [{"title": "t", "body": "b"}, {"body": "c"}, {"state": "closed"}]


async def test_what_a_person_set_stays() -> None:
    worn = replace(PULL, labels=("hot", "Promotion"), assignees=("ana",))
    async with staged() as (stage, github):
        stage.on(f"PATCH {P}/issues/3", Reply({}))

        await github.dress(worn, labels=("promotion", "tier/tier-1"), assignees=("kim",))

        dressed = {"labels": ["hot", "Promotion", "tier/tier-1"], "assignees": ["ana", "kim"]}
        assert stage.bodies(f"PATCH {P}/issues/3") == [dressed]


async def test_one_label_is_taken_off_and_may_be_off_already() -> None:
    call = f"DELETE {P}/issues/3/labels/conflict"
    async with staged() as (stage, github):
        stage.on(call, Reply([]), Reply({"message": "Label does not exist"}, 404))

        await github.undress(PULL, "conflict")
        await github.undress(PULL, "conflict")

        assert stage.calls().count(call) == 2


async def test_nobody_new_to_assign_leaves_the_assignees_alone() -> None:
    async with staged() as (stage, github):
        stage.on(f"PATCH {P}/issues/3", Reply({}))

        await github.dress(replace(PULL, assignees=("Kim",)), labels=("promotion",), assignees=("kim",))

        assert stage.bodies(f"PATCH {P}/issues/3") == [{"labels": ["promotion"]}]


async def test_who_cannot_be_assigned_is_left_out() -> None:
    async with staged() as (stage, github):
        stage.on(f"PATCH {P}/issues/3", Reply(INVALID, 422), Reply({}))
        stage.on(f"GET {P}/assignees/kim", Reply(status=204))

        await github.dress(replace(PULL, assignees=("ana",)), labels=("promotion",), assignees=("renovate[bot]", "kim"))

        assert stage.bodies(f"PATCH {P}/issues/3")[-1] == {"labels": ["promotion"], "assignees": ["ana", "kim"]}


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
