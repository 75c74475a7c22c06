"""A conflicted promotion pull request whose conflict is gone."""

from dataclasses import replace

import pytest

from bot.core.model import Commit, Marker, Markers
from bot.core.words import summary
from tests import build
from tests.fakes import FakeGit, FakeGitHub, deliver

OURS = f"{build.APP.login} <{build.APP.email}> 1 +0000"
ASKED = build.commit("Raise web\n\nTierkeeper-Conflict: unresolved\n", committer=OURS)
ANSWERED = build.commit("Resolve it\n\nTierkeeper-Conflict: resolved\n")
CLEAN = build.commit("Raise web\n", committer=OURS)
DRAFT = build.promotion_pull(
    state="open",
    merged_at=None,
    draft=True,
    title="[conflict] [tier-1] Raise web to 41",
    labels=("promotion", "conflict", "urgent"),
)


TIP = FakeGitHub().tips["tier-1"]


async def settle(*commits: Commit, **changes: object) -> tuple[FakeGitHub, FakeGit]:
    """Return the world after a push left the draft with these commits."""
    github, git = FakeGitHub(pulls={12: build.pull(), 13: DRAFT}), FakeGit()
    git.log[DRAFT.head_sha] = commits
    for name, value in changes.items():
        setattr(git, name, value)
    await deliver(build.pull_event("synchronize", DRAFT), github, git)
    return github, git


async def test_a_settled_conflict_loses_its_signs() -> None:
    github, _ = await settle(ASKED, ANSWERED)

    pull = github.pulls[13]
    assert pull.title == "[tier-1] Raise web to 41"
    assert pull.labels == ("promotion", "urgent")
    assert "was settled by the commits of this pull request" in github.pulls[13].body
    assert summary.rows_of(github.comments[12][0].body, build.place()) == (summary.Row("tier-1", "draft", 13),)


async def test_a_conflict_picked_anew_reads_like_any_promotion() -> None:
    github, _ = await settle(CLEAN)

    assert "picked cleanly" in github.pulls[13].body


async def test_a_replay_changes_nothing() -> None:
    github, git = await settle(ASKED, ANSWERED)
    before = (dict(github.pulls), dict(github.comments))

    await deliver(build.pull_event("synchronize", DRAFT), github, git)

    assert (dict(github.pulls), dict(github.comments)) == before


async def test_what_people_did_since_the_event_stays() -> None:
    labels = (*DRAFT.labels, "do-not-merge")
    now = replace(DRAFT, title="[conflict] [tier-1] Raise web, at last", body="Wait for Lee.", labels=labels)
    github, git = FakeGitHub(pulls={12: build.pull(), 13: now}), FakeGit(log={DRAFT.head_sha: (ASKED, ANSWERED)})

    await deliver(build.pull_event("synchronize", DRAFT), github, git)

    assert github.pulls[13] == replace(now, labels=("promotion", "urgent", "do-not-merge"))


async def test_what_was_closed_since_the_event_is_left_alone() -> None:
    closed = replace(DRAFT, state="closed")
    github, git = FakeGitHub(pulls={12: build.pull(), 13: closed}), FakeGit(log={DRAFT.head_sha: (ASKED, ANSWERED)})

    await deliver(build.pull_event("synchronize", DRAFT), github, git)

    assert github.pulls[13] == closed
    assert 12 not in github.comments


async def test_a_branch_that_holds_nothing_settles_nothing() -> None:
    github, _ = await settle()

    assert github.pulls[13] == DRAFT


async def test_one_of_a_higher_tier_finds_what_it_was_picked_from_after_its_owner_was_renamed() -> None:
    today = replace(build.REPO, full_name="acme-inc/shop")
    waited = replace(DRAFT, number=14, base="tier-2", head="promote/tier-2/12")
    known = {12: build.pull(), 13: build.promotion_pull(), 14: waited}
    github, git = FakeGitHub(pulls={number: replace(one, repo=today) for number, one in known.items()}), FakeGit()
    git.log[waited.head_sha] = (ASKED, ANSWERED)

    await deliver(build.pull_event("synchronize", waited), github, git)

    assert github.pulls[14].title == "[tier-2] Raise web to 41"


async def test_an_unanswered_one_stays() -> None:
    github, _ = await settle(ASKED)

    assert github.pulls[13] == DRAFT


async def test_one_with_markers_stays() -> None:
    github, _ = await settle(ASKED, ANSWERED, marked={TIP: Markers((Marker("a.yaml", 3),))})

    assert github.pulls[13] == DRAFT


@pytest.mark.parametrize("unseen", [Markers(unread=("huge.yaml",)), Markers(beyond=1)])
async def test_one_that_nobody_could_look_at_stays(unseen: Markers) -> None:
    github, _ = await settle(ASKED, ANSWERED, marked={TIP: unseen})

    assert github.pulls[13] == DRAFT


async def test_what_shows_no_conflict_is_left_alone() -> None:
    clean = build.promotion_pull(state="open", merged_at=None)
    github = FakeGitHub(pulls={12: build.pull(), 13: clean})

    await deliver(build.pull_event("synchronize", clean), github)

    assert github.pulls[13] == clean
    assert 12 not in github.comments
