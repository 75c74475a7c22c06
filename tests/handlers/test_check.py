"""Pull requests and merge queues through the router: the check runs they are given."""

from typing import Any

import pytest
from gidgethub.sansio import Event

from bot.core.model import Marker
from tests import build
from tests.fakes import FakeGit, FakeGitHub, deliver

OPEN = build.pull(13, base="tier-1", state="open", merged_at=None)
NAME = "tierkeeper/promotion"


async def judge(github: FakeGitHub, git: FakeGit | None = None, *, action: str = "opened", **changes: Any) -> None:
    """Deliver an event about an open pull request against tier-1."""
    given = build.pull(13, **({"base": "tier-1", "state": "open", "merged_at": None} | changes))
    event = build.pull_event(action, given)
    await deliver(event, github, git)


@pytest.mark.parametrize("action", ["opened", "reopened", "synchronize", "edited", "ready_for_review"])
async def test_a_pull_request_against_a_tier_is_judged(action: str) -> None:
    github = FakeGitHub()

    await judge(github, action=action)

    run = github.checks[NAME, OPEN.head_sha]
    assert (run.conclusion, run.title) == ("success", "May enter tier-1")


async def test_conflict_markers_block() -> None:
    github, git = FakeGitHub(), FakeGit(marked=(Marker("a.yaml", 3),))

    await judge(github, git)

    run = github.checks[NAME, OPEN.head_sha]
    assert (run.conclusion, run.title) == ("failure", "Blocked: conflict markers in 1 file: a.yaml")


async def test_an_unanswered_conflict_blocks_until_a_commit_answers_it() -> None:
    github, git = FakeGitHub(), FakeGit()
    asked = build.commit("Raise web\n\nTierkeeper-Conflict: unresolved\n")
    answered = build.commit("Resolve the conflict\n\nTierkeeper-Conflict: resolved\n")

    git.log[OPEN.head_sha] = (asked,)
    await judge(github, git)
    before = github.checks[NAME, OPEN.head_sha]
    git.log[OPEN.head_sha] = (asked, answered)
    await judge(github, git)
    after = github.checks[NAME, OPEN.head_sha]

    assert (before.conclusion, after.conclusion) == ("failure", "success")


async def test_a_replay_changes_nothing() -> None:
    github = FakeGitHub()
    await judge(github)
    before = dict(github.checks)

    await judge(github)

    assert github.checks == before


async def test_other_branches_closed_ones_and_other_repositories_are_left_alone() -> None:
    github, without = FakeGitHub(), FakeGitHub(rules=None)

    await judge(github, base="docs")
    await judge(github, action="edited", state="closed")
    await judge(without)

    assert (github.checks, without.checks) == ({}, {})


async def test_broken_rules_block_with_the_reason() -> None:
    github = FakeGitHub(rules="version: 2\n")

    await judge(github)

    run = github.checks[NAME, OPEN.head_sha]
    assert (run.conclusion, run.title) == ("failure", "Blocked: the rules file is broken")


@pytest.mark.parametrize(
    ("changes", "judged"),
    [
        ({}, True),
        ({"app": {"id": 8}}, False),
        ({"name": "lint"}, False),
        ({"external_id": ""}, False),
        ({"external_id": None}, False),
        ({"external_id": "pull:999"}, False),
    ],
)
async def test_a_press_on_our_button_judges_again(changes: dict[str, Any], *, judged: bool) -> None:
    github = FakeGitHub(pulls={13: OPEN})
    run = {"app": {"id": build.APP.id}, "name": NAME, "external_id": "pull:13", "head_sha": OPEN.head_sha} | changes
    for action in ("rerequested", "requested_action"):
        event = build.event("check_run", action, {"check_run": run})

        await deliver(event, github)

    assert bool(github.checks) == judged


def asked(head: str, external_id: str) -> Event:
    """Return what GitHub sends when a person presses *Re-run* on our check run."""
    run = {"app": {"id": build.APP.id}, "name": NAME, "external_id": external_id, "head_sha": head}
    return build.event("check_run", "rerequested", {"check_run": run})


async def test_a_press_is_answered_even_where_nothing_is_new() -> None:
    github = FakeGitHub(pulls={13: OPEN})
    await judge(github)
    github.queued = {OPEN.head_sha}

    await deliver(asked(OPEN.head_sha, github.checks[NAME, OPEN.head_sha].external_id), github)

    assert github.queued == set()


async def test_a_press_on_all_checks_judges_again_what_was_judged() -> None:
    github = FakeGitHub(pulls={13: OPEN})
    await judge(github)
    run = github.checks[NAME, OPEN.head_sha]
    github.checks, github.queued = {(NAME, OPEN.head_sha): run}, {OPEN.head_sha}

    await deliver(build.all_again(OPEN.head_sha, app=1), github)
    untouched = set(github.queued)
    await deliver(build.all_again(OPEN.head_sha), github)

    assert untouched == {OPEN.head_sha}
    assert github.queued == set()


async def test_a_press_on_all_checks_of_a_commit_without_ours_is_left_alone() -> None:
    github = FakeGitHub(pulls={13: OPEN})

    await deliver(build.all_again(OPEN.head_sha), github)

    assert github.checks == {}


async def test_a_press_on_a_merge_queues_run_judges_that_commit_again() -> None:
    github, head = FakeGitHub(), build.sha(40)
    group = {"head_sha": head, "base_sha": build.sha(41), "base_ref": "refs/heads/tier-1"}
    await deliver(build.event("merge_group", "checks_requested", {"merge_group": group}), github)
    github.queued = {head}

    await deliver(asked(head, github.checks[NAME, head].external_id), github)

    assert (github.queued, {commit for _, commit in github.checks}) == (set(), {head})


async def test_a_press_on_a_merge_queues_run_of_a_branch_that_is_gone_is_left_alone() -> None:
    github = FakeGitHub(tips={})

    await deliver(asked(build.sha(40), "group:tier-1"), github)

    assert github.checks == {}


@pytest.mark.parametrize(("base", "judged"), [("tier-1", True), ("docs", False)])
async def test_the_head_of_a_merge_queue_is_judged(base: str, *, judged: bool) -> None:
    github = FakeGitHub()
    group = {"head_sha": build.sha(40), "base_sha": build.sha(41), "base_ref": f"refs/heads/{base}"}
    event = build.event("merge_group", "checks_requested", {"merge_group": group})

    await deliver(event, github)

    assert ((NAME, build.sha(40)) in github.checks) == judged


async def test_a_merge_queue_is_not_left_waiting_by_broken_rules() -> None:
    github = FakeGitHub(rules="version: 2\n")
    group = {"head_sha": build.sha(40), "base_sha": build.sha(41), "base_ref": "refs/heads/tier-1"}

    await deliver(build.event("merge_group", "checks_requested", {"merge_group": group}), github)

    assert github.checks[NAME, build.sha(40)].conclusion == "failure"
