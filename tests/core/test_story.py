"""What a promoted commit tells of its change, however the carrier was merged."""

from typing import Any, Literal

import pytest

from bot.core import story
from bot.core.lineage import Hop
from bot.core.model import Change, Commit, Rules
from tests import build

Method = Literal["merge", "squash", "rebase"]

LEE = "Lee <lee@acme.test> 1780000000 +0000"
BOT = f"{build.APP.login} <{build.APP.email}> 1790000000 +0000"
GITHUB = "GitHub <noreply@github.com> 1790000000 +0000"
BELOW = f"(cherry picked from commit {build.sha(3)})\nPromoted-From: acme/shop#12"
PICKED = build.commit(f"Raise web\n\n{BELOW}\n", number=7, author=LEE, committer=BOT)
MENDED = build.commit("Mend\n", number=8)
JOINED = build.commit("Merge branch 'tier-1' into promote/tier-1/12\n", number=9, parents=(build.sha(8), build.sha(2)))
MERGE = build.commit("Merge pull request #13 from acme/promote/tier-1/12\n\n[tier-1] Raise web\n", number=5)
GOES_ON = build.promotion(carrier=build.promotion_pull(), origin=build.TIERS[1], target=build.TIERS[2])
HOPS = (Hop("tier-0", 12, build.sha(3)), Hop("tier-1", 13, build.sha(5)))


def carried(method: Method, words: str | None = None) -> Change:
    """Return what a promotion pull request brought, merged so, in words that a person may have edited."""
    listed = f"[tier-1] Raise web (#13)\n\n* {PICKED.message}\n* Mend\n\nCo-authored-by: Lee <lee@acme.test>\n"
    message = words or {"merge": MERGE.message, "squash": listed, "rebase": MENDED.message}[method]
    last = build.commit(message, number=5, author=BOT if method == "squash" else MENDED.author, committer=GITHUB)
    return build.change(last, method=method, tip=MENDED if method == "merge" else None)


def merged(*own: Commit, **change: Any) -> story.Story:
    """Return the story of a source with these commits, merged by a merge commit."""
    merge = build.commit("Merge pull request #12 from acme/topic\n\nRaise web\n")
    return story.told(build.promotion(), build.change(merge, method="merge", tip=own[-1], **change), own)


def test_a_merge_commit_s_author_is_who_wrote_the_change() -> None:
    told = merged(build.commit("Raise web\n\nFixes: #3\n", number=8, author=LEE))

    assert told.commit.author == LEE
    assert told.commit.message.startswith("Raise web\n\nFixes: #3\n(cherry picked from commit ")


def test_a_merge_commit_with_words_of_its_own_keeps_them() -> None:
    merge, tip = build.commit("Raise web, at last\n"), build.commit("wip\n", number=8)

    told = story.told(build.promotion(), build.change(merge, method="merge", tip=tip), (tip,))

    assert told.commit.message.startswith("Raise web, at last\n\n(cherry")


def test_a_merge_of_several_commits_lists_them_and_their_authors() -> None:
    told = merged(build.commit("Try\n", number=7, author=LEE), build.commit("Mend\n", number=8))

    listed = "Raise web to 41\n\n* Try\n* Mend\n\nCo-authored-by: Lee <lee@acme.test>\n"
    assert told.commit.message.startswith(listed)


def test_who_updated_the_branch_wrote_nothing() -> None:
    told = merged(build.commit("Raise web\n", number=7, author=LEE), JOINED)

    assert told.commit.author == LEE
    assert told.commit.message.startswith("Raise web\n\n(cherry")


def test_a_merge_of_merges_alone_is_told_by_the_last() -> None:
    told = merged(JOINED)

    assert told.commit.author == JOINED.author


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_promotion_goes_on_as_what_was_picked_whatever_way_it_was_merged(method: Method) -> None:
    told = story.told(GOES_ON, carried(method), (PICKED, MENDED, JOINED))

    assert told.commit.author == LEE
    assert told.hops == HOPS
    assert told.commit.message == (
        f"Raise web\n\n{BELOW}\nCo-authored-by: Kim <kim@acme.test>\n(cherry picked from commit {build.sha(5)})\n"
    )


@pytest.mark.parametrize("method", ["merge", "squash"])
def test_words_a_person_gave_a_promotion_count_and_lose_no_lineage(method: Method) -> None:
    told = story.told(GOES_ON, carried(method, "[conflict] [tier-1] Raise web, at last (#13)\n"), (PICKED,))

    assert told.commit.author == LEE
    assert told.hops == HOPS
    assert told.commit.message == (
        f"Raise web, at last (#13)\n\n(cherry picked from commit {build.sha(3)})\n"
        f"(cherry picked from commit {build.sha(5)})\nPromoted-From: acme/shop#12\n"
    )


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_conflict_settled_below_does_not_travel(method: Method) -> None:
    asked = build.commit(f"Raise web\n\n{BELOW}\nTierkeeper-Conflict: unresolved\n", committer=BOT)
    answer = build.commit("Settle\n\nTierkeeper-Conflict: resolved\n", number=2)
    listed = f"Raise web (#13)\n\n* {asked.message}\n* {answer.message}"

    told = [story.told(GOES_ON, carried(method, words), (asked, answer)) for words in (None, listed, answer.message)]

    assert not [one for one in told if "Tierkeeper-Conflict" in one.commit.message]


def test_a_stranger_s_trailer_on_a_source_is_not_believed() -> None:
    claim = build.commit(f"Raise web\n\n{BELOW}\n", number=7, author="Eve <eve@evil.test> 1 +0000")

    told = merged(claim, build.commit("Mend\n", number=8, author=LEE))

    assert told.commit.author == LEE
    assert told.hops == (Hop("tier-0", 12, build.sha(1)),)


def test_a_promotion_made_by_hand_is_told_like_any_change() -> None:
    one, two = build.commit("Try\n", number=7, author=LEE), build.commit("Mend\n", number=8)

    told = story.told(GOES_ON, carried("merge"), (one, two))

    assert told.commit.message.startswith("Raise web to 41\n\n* Try\n* Mend\n")
    assert told.hops == (Hop("tier-1", 13, build.sha(5)),)


def test_sign_off_is_the_app_s() -> None:
    ask = build.promotion(rules=Rules(build.TIERS, sign_off=True))

    told = story.told(ask, build.change(), (build.commit(),))

    assert told.commit.message.endswith(f"Signed-off-by: {build.APP.login} <{build.APP.email}>\n")


def test_a_replay_makes_the_same_commit() -> None:
    first, second = (story.told(build.promotion(), build.change(), (build.commit(),)) for _ in range(2))

    assert first == second
