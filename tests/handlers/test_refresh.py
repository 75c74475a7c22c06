"""A tier's branch moves under open promotion pull requests."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from gidgethub.sansio import Event

from bot.core import payloads
from bot.core.model import AlreadyThere, Comment, Commit, Conflict, Picked, PullRequest
from bot.core.words.refresh import now_conflicts, now_there, picked_anew
from tests import build
from tests.fakes import FakeGit, FakeGitHub, deliver

OURS = f"{build.APP.login} <{build.APP.email}> 1 +0000"
OPEN = build.promotion_pull(state="open", merged_at=None, labels=("promotion", "tier/tier-1"))
CONFLICT = Conflict(build.sha(77), build.sha(78), (build.conflicted_file(),))
CLEAN_COMMIT = build.commit("Raise web\n", committer=OURS)
CONFLICTED_COMMIT = build.commit("Raise web\n\nTierkeeper-Conflict: unresolved\n", committer=OURS)


def waiting(*commits: Commit, pull: PullRequest = OPEN) -> tuple[FakeGitHub, FakeGit]:
    """Return a world in which a promotion pull request with these commits is open."""
    github = FakeGitHub(pulls={12: build.pull(), 13: pull})
    git = FakeGit(branches={pull.head: pull.head_sha})
    git.log[pull.head_sha] = commits
    return github, git


async def move(github: FakeGitHub, git: FakeGit, branch: str = "tier-1", **more: str) -> None:
    """Deliver a push to a branch."""
    event = build.event("push", "", {"ref": f"refs/heads/{branch}", **more})
    await deliver(event, github, git)


async def test_what_still_merges_is_left_alone() -> None:
    github, git = waiting(CLEAN_COMMIT)

    await move(github, git)

    assert github.pulls[13] == OPEN
    assert github.comments == {}


async def test_what_is_already_there_is_closed_with_the_reason() -> None:
    github, git = waiting(CLEAN_COMMIT)
    git.outcome = AlreadyThere(build.sha(3))

    await move(github, git)

    assert github.pulls[13].state == "closed"
    assert "merging it would change nothing" in github.comments[13][0].body
    assert "already there: to offer it to `tier-2` as well, add a label" in github.comments[12][0].body


async def test_with_commits_of_others_it_is_only_told() -> None:
    github, git = waiting(CLEAN_COMMIT, build.commit("Mend\n"))
    git.outcome = AlreadyThere(build.sha(3))

    await move(github, git)

    assert github.pulls[13].state == "open"
    assert "closing it is left to you" in github.comments[13][0].body


async def test_a_new_conflict_is_told_once() -> None:
    github, git = waiting(CLEAN_COMMIT)
    git.outcome = CONFLICT

    await move(github, git)
    await move(github, git)

    assert len(github.comments[13]) == 1
    assert "now conflict with it" in github.comments[13][0].body


async def test_conflicts_that_a_move_settled_are_taken_back() -> None:
    github, git = waiting(CLEAN_COMMIT)
    git.outcome = CONFLICT
    await move(github, git)
    git.outcome, git.onto = Picked(build.sha(1), build.sha(2)), {build.sha(60): CONFLICT}

    await move(github, git, before=build.sha(60))

    (said,) = github.comments[13]
    assert "this merges again" in said.body


async def test_where_no_conflicts_were_nobody_is_asked_what_was_said_of_them() -> None:
    github, git = waiting(CLEAN_COMMIT)
    github.comments[13] = [Comment(1, now_conflicts("tier-1", CONFLICT))]

    await move(github, git, before=build.sha(60))

    assert "now conflict with it" in github.comments[13][0].body


@pytest.mark.parametrize("body", [picked_anew("tier-1"), now_there("tier-1", closed=False)])
async def test_what_else_was_said_stands(body: str) -> None:
    github, git = waiting(CLEAN_COMMIT)
    github.comments[13] = [Comment(1, body)]

    await move(github, git)

    assert github.comments[13] == [Comment(1, body)]


async def test_what_the_tiers_history_holds_is_superfluous() -> None:
    picked = build.commit(f"Raise web\n\n(cherry picked from commit {build.sha(5)})\n", committer=OURS)
    github, git = waiting(picked)
    git.outcome, git.held = CONFLICT, {(github.tips["tier-1"], build.sha(5))}

    await move(github, git)

    assert github.pulls[13].state == "closed"


async def test_a_persons_word_of_what_was_picked_counts_for_nothing() -> None:
    claimed = build.commit(f"Raise web\n\n(cherry picked from commit {build.sha(5)})\n")
    github, git = waiting(claimed)
    git.held = {(github.tips["tier-1"], build.sha(5))}

    await move(github, git)

    assert (github.pulls[13].state, github.comments) == ("open", {})


async def test_a_person_who_settles_the_conflicts_is_told_so() -> None:
    github, git = waiting(CLEAN_COMMIT, build.commit("Merge tier-1\n"))
    github.comments[13] = [Comment(1, now_conflicts("tier-1", CONFLICT))]

    await deliver(build.pull_event("synchronize", OPEN), github, git)

    assert "this merges again" in github.comments[13][0].body


@pytest.mark.parametrize(
    ("action", "changes", "said"),
    [
        ("reopened", {}, "#13 is open: review and merge it"),
        ("reopened", {"labels": ("conflict",)}, "draft with **conflicts**"),
        ("converted_to_draft", {"draft": True}, "gh pr ready 13"),
        ("ready_for_review", {}, "gh pr merge 13"),
    ],
)
async def test_how_a_promotion_stands_is_told_its_source(action: str, changes: dict[str, Any], said: str) -> None:
    github, git = waiting(CLEAN_COMMIT)

    await deliver(build.pull_event(action, replace(OPEN, **changes)), github, git)

    (summary,) = github.comments[12]
    assert said in summary.body


async def test_a_pull_request_that_is_no_promotion_is_left_alone() -> None:
    github, git = waiting(CLEAN_COMMIT)
    git.outcome = CONFLICT
    mine = build.pull(14, state="open", merged_at=None, base="tier-1", head="topic")

    await deliver(build.pull_event("reopened", mine), github, git)

    assert not any(one.body for number in github.comments for one in github.comments[number] if "moved" in one.body)


async def test_our_own_push_is_no_news() -> None:
    github, git = waiting(CLEAN_COMMIT)
    git.outcome = CONFLICT
    event = build.pull_event("synchronize", OPEN)
    event.data["sender"]["login"] = build.APP.login

    await deliver(event, github, git)

    assert 13 not in github.comments


async def test_a_conflict_that_is_gone_is_picked_anew() -> None:
    github, git = waiting(CONFLICTED_COMMIT, pull=build.promotion_pull(state="open", merged_at=None, draft=True))

    await move(github, git)

    assert git.branches[OPEN.head] == build.sha(77)
    assert github.pulls[13].title == "[tier-1] Raise web to 41"
    assert "conflict" not in github.pulls[13].labels
    assert "Ready for review" in github.comments[13][0].body


async def test_a_conflict_that_stays_is_left_alone() -> None:
    github, git = waiting(CONFLICTED_COMMIT)
    git.outcome = CONFLICT

    await move(github, git)

    assert git.branches[OPEN.head] == OPEN.head_sha
    assert github.comments == {}


async def test_a_conflict_whose_change_arrived_another_way_is_closed() -> None:
    github, git = waiting(CONFLICTED_COMMIT)
    git.outcome = AlreadyThere(build.sha(3))

    await move(github, git)

    assert github.pulls[13].state == "closed"


async def test_a_branch_that_moved_meanwhile_is_not_overwritten() -> None:
    github, git = waiting(CONFLICTED_COMMIT)
    git.branches[OPEN.head] = build.sha(99)

    await move(github, git)

    assert git.branches[OPEN.head] == build.sha(99)
    assert github.comments == {}


async def test_a_conflict_two_tiers_up_finds_what_was_merged_below() -> None:
    high = build.promotion_pull(14, tier="tier-2", state="open", merged_at=None)
    github, git = waiting(CONFLICTED_COMMIT, pull=high)
    github.pulls = {12: build.pull(), 13: build.promotion_pull(), 14: high}

    await move(github, git, "tier-2")

    assert git.branches["promote/tier-2/12"] == build.sha(77)
    assert github.pulls[14].title == "[tier-2] Raise web to 41"


async def test_a_conflict_past_a_tier_that_held_the_change_finds_what_was_merged_below_that() -> None:
    high = build.promotion_pull(14, tier="tier-2", state="open", merged_at=None)
    github, git = waiting(CONFLICTED_COMMIT, pull=high)
    github.pulls = {12: build.pull(), 13: build.promotion_pull(merged_at=None), 14: high}

    await move(github, git, "tier-2")

    assert git.branches["promote/tier-2/12"] == build.sha(77)
    assert github.pulls[14].title == "[tier-2] Raise web to 41"


async def test_a_conflict_whose_source_is_unknown_is_left_alone() -> None:
    github, git = waiting(CONFLICTED_COMMIT)
    del github.pulls[12]

    await move(github, git)

    assert git.branches[OPEN.head] == OPEN.head_sha


async def test_other_branches_the_lowest_tier_and_broken_rules_are_left_alone() -> None:
    github, git = waiting(CLEAN_COMMIT)
    git.outcome = CONFLICT

    await move(github, git, "docs")
    await move(github, git, "tier-0")
    github.rules = "version: 2"
    await move(github, git)

    assert github.comments == {}


async def test_a_tier_with_nothing_open_costs_nothing() -> None:
    github, git = FakeGitHub(), FakeGit(outcome=Picked(build.sha(1), build.sha(2)))

    await move(github, git)

    assert (github.comments, git.branches) == ({}, {})


def retargeted(pull: PullRequest, changes: Mapping[str, object]) -> Event:
    """Return the event of a person who edits a pull request."""
    return build.event("pull_request", "edited", {**payloads.event_of(pull, "edited"), "changes": changes})


BASE = {"base": {"ref": {"from": "tier-1"}}}


@pytest.mark.parametrize(("base", "words"), [("scratch", "#13 now asks to enter `scratch`"), ("tier-1", "#13 is open")])
async def test_another_base_of_a_promotion_is_told(base: str, words: str) -> None:
    github, git = waiting(CLEAN_COMMIT)

    await deliver(retargeted(replace(OPEN, base=base), BASE), github, git)

    assert words in github.comments[12][0].body


@pytest.mark.parametrize(
    ("pull", "changes"),
    [
        (replace(OPEN, base="scratch"), {}),
        (replace(OPEN, base="scratch", state="closed"), BASE),
        (replace(OPEN, base="scratch", author=build.KIM), BASE),
        (replace(OPEN, base="scratch", head="topic"), BASE),
    ],
)
async def test_what_is_no_retargeted_promotion_is_not_told(pull: PullRequest, changes: Mapping[str, object]) -> None:
    github, git = waiting(CLEAN_COMMIT)

    await deliver(retargeted(pull, changes), github, git)

    assert github.comments.get(12) is None


async def test_what_is_only_called_like_a_promotion_is_not_told_when_it_is_reopened() -> None:
    stranger = replace(OPEN, author=build.KIM)
    github, git = waiting(build.commit(), pull=stranger)

    await deliver(build.pull_event("reopened", stranger), github, git)

    assert github.comments == {}
