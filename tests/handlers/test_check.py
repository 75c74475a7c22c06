"""Pull requests and merge queues through the router: the check runs they are given."""

from dataclasses import replace
from typing import Any

import pytest
from gidgethub.sansio import Event

from bot.core.model import Marker, Markers, PullRequest, Refused, Sha
from tests import build
from tests.fakes import FakeGit, FakeGitHub, deliver

OPEN = build.pull(13, base="tier-1", state="open", merged_at=None)
NAME = "tierkeeper/promotion"


def marked(*tiers: str) -> dict[Sha, Markers]:
    """Return markers that anything would bring to these tiers."""
    return {FakeGitHub().tips[tier]: Markers((Marker("a.yaml", 3),)) for tier in tiers}


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
    github, git = FakeGitHub(), FakeGit(marked=marked("tier-1"))

    await judge(github, git)

    run = github.checks[NAME, OPEN.head_sha]
    assert (run.conclusion, run.title) == ("failure", "Blocked: conflict markers in 1 file: a.yaml")


async def test_what_git_does_not_let_us_look_at_waits() -> None:
    class Barred(FakeGit):
        async def markers(self, tip: Sha, *, onto: Sha) -> Markers:
            raise Refused("git takes an object for an attack")

    github = FakeGitHub()

    await judge(github, Barred())

    run = github.checks[NAME, OPEN.head_sha]
    assert (run.conclusion, run.external_id) == (None, "pull:13")
    assert "git takes an object for an attack" in run.summary


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


HEAD = OPEN.head_sha
LOW = replace(OPEN, number=14, base="tier-0", head="other", head_repo=99)


async def offer(*pulls: PullRequest, git: FakeGit | None = None, action: str = "opened") -> FakeGitHub:
    """Return GitHub after the last pull request is told of, the others being there."""
    github = FakeGitHub(pulls={pull.number: pull for pull in pulls})
    await deliver(build.pull_event(action, pulls[-1]), github, git)
    return github


@pytest.mark.parametrize("pulls", [(OPEN, LOW), (LOW, OPEN)])
@pytest.mark.parametrize("red", ["tier-0", "tier-1"])
async def test_a_commit_that_is_red_for_one_tier_is_red_whoever_offers_it_elsewhere(
    pulls: tuple[PullRequest, ...], red: str
) -> None:
    github = await offer(*pulls, git=FakeGit(marked=marked(red)))

    run = github.checks[NAME, HEAD]
    assert (run.conclusion, run.external_id) == ("failure", "pull:13")
    assert run.title.startswith(f"Blocked for {red}: conflict markers")
    assert "| `tier-0` (#14) |" in run.summary
    assert "| `tier-1` (#13) |" in run.summary


async def test_pull_requests_into_one_tier_and_into_none_are_one_question() -> None:
    twice, elsewhere = replace(OPEN, number=15), replace(OPEN, number=16, base="docs")

    github = await offer(OPEN, twice, elsewhere)

    run = github.checks[NAME, HEAD]
    assert (run.conclusion, run.title) == ("success", "May enter tier-1")
    assert "| `tier-1` (#13, #15) |" in run.summary


async def test_closed_ones_and_other_commits_do_not_count() -> None:
    closed, moved = replace(LOW, state="closed"), replace(LOW, number=15, head_sha=build.sha(99))

    github = await offer(closed, moved, OPEN, git=FakeGit(marked=marked("tier-0")))

    assert github.checks[NAME, HEAD].conclusion == "success"


async def test_a_list_that_is_behind_and_an_event_that_is_late_both_count() -> None:
    github, git = FakeGitHub(pulls={13: replace(OPEN, base="tier-0")}), FakeGit(marked=marked("tier-0"))

    await judge(github, git, action="edited")

    assert github.checks[NAME, HEAD].title.startswith("Blocked for tier-0")


async def test_once_one_is_given_up_the_others_are_judged_without_it() -> None:
    git = FakeGit(marked=marked("tier-1"))
    github = await offer(LOW, OPEN, git=git)
    before = github.checks[NAME, HEAD]

    await deliver(build.pull_event("closed", replace(OPEN, state="closed")), github, git)

    after = github.checks[NAME, HEAD]
    assert (before.conclusion, after.conclusion, after.external_id) == ("failure", "success", "pull:14")


async def test_the_last_one_given_up_changes_nothing() -> None:
    github = await offer(OPEN)
    github.rules = "version: 2\n"
    before = dict(github.checks)

    await deliver(build.pull_event("closed", replace(OPEN, state="closed")), github)

    assert github.checks == before


async def test_a_press_judges_for_all_though_the_run_names_one_that_is_gone() -> None:
    git = FakeGit(marked=marked("tier-1"))
    github = await offer(LOW, OPEN, git=git)
    github.pulls[13] = replace(OPEN, head_sha=build.sha(99))

    await deliver(asked(HEAD, github.checks[NAME, HEAD].external_id), github, git)

    run = github.checks[NAME, HEAD]
    assert (run.conclusion, run.external_id) == ("success", "pull:14")


async def test_a_tier_whose_branch_is_gone_asks_nothing() -> None:
    git = FakeGit()
    github = FakeGitHub(pulls={13: OPEN, 14: LOW})
    del github.tips["tier-0"]

    await judge(github, git)
    del github.tips["tier-1"]
    await judge(github, git, head_sha=build.sha(98))

    assert github.checks[NAME, HEAD].title == "May enter tier-1"
    assert (NAME, build.sha(98)) not in github.checks


async def test_where_too_many_are_open_to_know_the_check_waits() -> None:
    github = FakeGitHub(overcrowded=True)

    await judge(github)
    await judge(github, base="docs", head_sha=build.sha(98))

    assert github.checks[NAME, HEAD].conclusion is None
    assert (NAME, build.sha(98)) not in github.checks
