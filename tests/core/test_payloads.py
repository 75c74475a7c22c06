"""GitHub's JSON, in the forms it comes in."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from bot.core import payloads
from bot.core.model import Person, Repository

REPO = Repository(11, "acme/shop", "main", "https://github.test/acme/shop.git", "https://github.test/acme/shop", 5)
KIM = {"id": 1, "login": "kim", "type": "User"}


def repo_json(**more: object) -> dict[str, object]:
    urls = {"clone_url": REPO.clone_url, "html_url": REPO.html_url}
    return {"id": 11, "full_name": "acme/shop", "default_branch": "main", **urls, **more}


def pull_json(**changes: object) -> dict[str, Any]:
    return {
        "number": 12,
        "title": "Raise web to 41",
        "body": "Because.",
        "html_url": "https://github.test/acme/shop/pull/12",
        "user": KIM,
        "state": "closed",
        "draft": True,
        "base": {"ref": "tier-0", "repo": repo_json()},
        "head": {"ref": "topic", "sha": "a" * 40, "repo": {"id": 11}},
        "labels": [{"name": "hot"}, {"name": "web"}],
        "merged_at": "2026-11-21T06:31:58Z",
        "merge_commit_sha": "b" * 40,
        "commits": 2,
        **changes,
    }


def test_a_repository_is_read_and_what_we_do_not_know_ignored() -> None:
    assert payloads.repository(repo_json(stack={"size": 3}), installation=5) == REPO


def test_a_pull_request_of_a_webhook_is_read_whole() -> None:
    pull = payloads.pull_request(pull_json(merged=True, stack=None), installation=5)

    assert (pull.number, pull.title, pull.body, pull.author) == (12, "Raise web to 41", "Because.", Person(1, "kim"))
    assert (pull.base, pull.head, pull.head_sha, pull.commits) == ("tier-0", "topic", "a" * 40, 2)
    assert (pull.state, pull.draft, pull.labels) == ("closed", True, ("hot", "web"))
    assert pull.merged
    assert pull.merged_at == datetime(2026, 11, 21, 6, 31, 58, tzinfo=UTC)
    assert pull.merge_commit == "b" * 40
    assert not pull.from_fork


def test_an_item_of_a_list_lacks_what_lists_leave_out() -> None:
    whole = pull_json(merged_at=None, body=None)
    item = {key: value for key, value in whole.items() if key not in {"commits", "draft", "merge_commit_sha"}}

    pull = payloads.pull_request(item, installation=5)

    assert (pull.commits, pull.draft, pull.merge_commit, pull.body, pull.merged) == (None, False, None, "", False)


def test_the_test_merge_of_a_closed_pull_request_is_no_merge() -> None:
    assert not payloads.pull_request(pull_json(merged_at=None), installation=5).merged


@pytest.mark.parametrize(("head_repo", "known"), [(None, None), ({"id": 12}, 12)])
def test_a_fork_is_one_even_when_it_was_deleted(head_repo: object, known: int | None) -> None:
    pull = payloads.pull_request(pull_json(head={"ref": "x", "sha": "a" * 40, "repo": head_repo}), installation=5)

    assert pull.head_repo == known
    assert pull.from_fork


def test_a_pull_request_tells_the_name_of_today() -> None:
    renamed = repo_json(full_name="acme-inc/store")

    pull = payloads.pull_request(pull_json(base={"ref": "tier-0", "repo": renamed}), installation=5)

    assert (pull.repo.id, pull.repo.full_name, pull.repo.owner) == (11, "acme-inc/store", "acme-inc")


def test_people_are_users_bots_and_ghosts() -> None:
    assert payloads.person(KIM) == Person(1, "kim")
    assert payloads.person({"id": 2, "login": "renovate[bot]", "type": "Bot"}) == Person(
        2, "renovate[bot]", is_bot=True
    )
    assert payloads.person({"id": 3, "login": "old"}) == Person(3, "old")
    assert payloads.person(None).login == "ghost"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (None, None),
        ("2026-11-21T06:31:58Z", datetime(2026, 11, 21, 6, 31, 58, tzinfo=UTC)),
        ("2026-11-21T06:31:58.5Z", datetime(2026, 11, 21, 6, 31, 58, 500_000, tzinfo=UTC)),
        ("2026-11-21T15:31:58+09:00", datetime(2026, 11, 21, 15, 31, 58, tzinfo=timezone(timedelta(hours=9)))),
    ],
)
def test_moments_know_their_zone(text: str | None, moment: datetime | None) -> None:
    assert payloads.moment(text) == moment


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"body": None, "merged_at": None, "merge_commit_sha": None, "labels": []},
        {
            "head": {"ref": "x", "sha": "a" * 40, "repo": None},
            "user": {"id": 2, "login": "renovate[bot]", "type": "Bot"},
        },
    ],
)
def test_what_the_sweep_writes_reads_the_same(changes: dict[str, object]) -> None:
    pull = payloads.pull_request(pull_json(**changes), installation=5)

    event = payloads.event_of(pull, "closed")

    assert payloads.pull_request(event["pull_request"], installation=5) == pull
    assert payloads.repository(event["repository"], installation=event["installation"]["id"]) == REPO
    assert event["action"] == "closed"
