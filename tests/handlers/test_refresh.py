"""A tier's branch moves under open promotion pull requests."""

from bot.core.model import AlreadyThere, Commit, Conflict, Picked, PullRequest
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


async def move(github: FakeGitHub, git: FakeGit, branch: str = "tier-1") -> None:
    """Deliver a push to a branch."""
    event = build.event("push", "", {"ref": f"refs/heads/{branch}"})
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
