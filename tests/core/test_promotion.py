"""Where a change goes next and what it is called there."""

import pytest

from bot.core import promotion
from bot.core.model import Commit, PullRequest, Rules
from bot.core.promotion import TITLE_LIMIT
from tests import build


@pytest.mark.parametrize(
    ("pull", "branch"),
    [
        (build.pull(), "promote/tier-1/12"),
        (build.promotion_pull(), "promote/tier-2/12"),
        (build.pull(base="tier-1"), "promote/tier-2/12"),
        (build.promotion_pull(author=build.KIM), "promote/tier-2/12"),
        (build.promotion_pull(head="promote/tier-2/12"), "promote/tier-2/13"),
        (build.promotion_pull(head="promote/tier-1/12/x"), "promote/tier-2/13"),
        (build.promotion_pull(head_repo=66), "promote/tier-2/13"),
        (build.promotion_pull(head_repo=None), "promote/tier-2/13"),
        (build.pull(base="tier-2"), None),
        (build.pull(base="docs"), None),
        (build.pull(merged_at=None), None),
    ],
)
def test_the_plan_names_the_next_tier(pull: PullRequest, branch: str | None) -> None:
    ask = promotion.plan(pull, build.RULES, build.APP)

    assert (ask.branch if ask else None) == branch


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Raise web", "[tier-1] Raise web"),
        ("[tier-0] Raise web", "[tier-1] Raise web"),
        ("[conflict] [tier-2] [tier-0] Raise web", "[tier-1] Raise web"),
        ("[urgent] Raise web", "[tier-1] [urgent] Raise web"),
        ("", "[tier-1] "),
    ],
)
def test_a_title_carries_one_tier(title: str, expected: str) -> None:
    assert promotion.title(build.promotion(carrier=build.pull(title=title))) == expected


def test_a_title_is_cut_to_what_github_takes() -> None:
    ask = build.promotion(carrier=build.pull(title="é" * 300))

    title = promotion.title(ask, conflicted=True)

    assert len(title) == TITLE_LIMIT
    assert title.startswith("[conflict] [tier-1] é")
    assert title.endswith("…")


def test_labels_travel_but_not_those_about_a_tier() -> None:
    ask = build.promotion(carrier=build.pull(labels=("hotfix", "tier/tier-0", "promotion", "conflict")))

    assert promotion.labels(ask, conflicted=False) == ("promotion", "tier/tier-1", "hotfix")
    assert promotion.labels(ask, conflicted=True) == ("promotion", "tier/tier-1", "conflict", "hotfix")


def test_a_bot_s_change_goes_to_who_looked_after_it() -> None:
    carrier = build.promotion_pull(assignees=("kim",))

    assert promotion.assignees(build.promotion(carrier=carrier)) == ("kim",)
    assert promotion.assignees(build.promotion()) == ("kim",)


@pytest.mark.parametrize(
    ("patterns", "paths", "left"),
    [
        (("docs/**",), ("docs/a/b.md",), True),
        (("docs/*",), ("docs/a/b.md",), False),
        (("*.md",), ("README.md",), True),
        (("*.md",), ("README.md", "web.yaml"), False),
        (("**/.hidden/*",), ("a/.hidden/b",), True),
        ((), ("README.md",), False),
    ],
)
def test_globs_stop_at_slashes(patterns: tuple[str, ...], paths: tuple[str, ...], *, left: bool) -> None:
    ask = build.promotion(rules=Rules(build.TIERS, skip_paths=patterns))

    assert (promotion.left_by_content(ask, build.change(paths=paths)) is not None) == left


def test_a_label_among_several_keeps_a_change() -> None:
    rules = Rules(build.TIERS, skip_labels=("wip", "no-promote"))

    kept = promotion.left_by_label(build.promotion(rules=rules, carrier=build.pull(labels=("no-promote",))))
    free = promotion.left_by_label(build.promotion(rules=rules))

    assert kept is not None
    assert free is None


def test_a_merge_commit_s_author_is_who_wrote_the_change() -> None:
    lee = "Lee <lee@acme.test> 1780000000 +0000"
    merge = build.commit("Merge pull request #12 from acme/topic\n\nRaise web\n")
    tip = build.commit("Raise web\n\nFixes: #3\n", number=8, author=lee)

    commit = promotion.commit(build.promotion(), build.change(merge, method="merge", tip=tip), (tip,))

    assert commit.author == lee
    assert commit.message.startswith("Raise web\n\nFixes: #3\n(cherry picked from commit ")


def test_a_merge_commit_with_words_of_its_own_keeps_them() -> None:
    merge, tip = build.commit("Raise web, at last\n"), build.commit("wip\n", number=8)

    commit = promotion.commit(build.promotion(), build.change(merge, method="merge", tip=tip), (tip,))

    assert commit.message.startswith("Raise web, at last\n\n(cherry")


def test_a_merge_of_several_commits_lists_them_and_their_authors() -> None:
    lee = build.commit("Try\n", number=7, author="Lee <lee@acme.test> 1780000000 +0000")
    merge, tip = build.commit("Merge pull request #12 from acme/topic\n"), build.commit("Mend\n", number=8)

    commit = promotion.commit(build.promotion(), build.change(merge, method="merge", tip=tip), (lee, tip))

    assert commit.message.startswith("Raise web to 41\n\n* Try\n* Mend\n\nCo-authored-by: Lee <lee@acme.test>\n")


def test_a_promotion_goes_on_with_the_commit_that_was_picked() -> None:
    committer = f"{build.APP.login} <{build.APP.email}> 1 +0000"
    picked = build.commit("Raise web\n\nPromoted-From: acme/shop#12\n", number=7, committer=committer)
    mended = build.commit("Mend\n", number=8, author="Lee <lee@acme.test> 1780000000 +0000")
    merge = build.commit("Merge pull request #13 from acme/promote/tier-1/12\n\n[tier-1] Raise web\n")
    ask = build.promotion(carrier=build.promotion_pull(), origin=build.TIERS[1], target=build.TIERS[2])

    commit = promotion.commit(ask, build.change(merge, method="merge", tip=mended), (picked, mended))

    assert commit.author == picked.author
    assert commit.message.startswith("Raise web\n\nPromoted-From: acme/shop#12\nCo-authored-by: Lee <lee@acme.test>\n")


def test_a_squash_s_subject_loses_the_tier_below() -> None:
    squash = build.commit("[conflict] [tier-1] Raise web (#13)\n")

    commit = promotion.commit(build.promotion(carrier=build.promotion_pull()), build.change(squash), (squash,))

    assert commit.message.startswith("Raise web (#13)\n\n(cherry")


def test_a_squash_that_made_us_the_author_gives_it_back() -> None:
    ours = f"{build.APP.login} <{build.APP.email}> 1780000000 +0000"
    text = "[tier-1] Raise web (#13)\n\nCo-authored-by: Lee <lee@acme.test>\n"
    named, unnamed = (build.change(build.commit(each, author=ours)) for each in (text, "Raise web\n"))

    ask = build.promotion(carrier=build.promotion_pull())
    authors = [promotion.commit(ask, change, change.commits).author for change in (named, unnamed)]

    assert authors == ["Lee <lee@acme.test> 1780000000 +0000", ours]


def test_sign_off_is_the_app_s() -> None:
    commit = promotion.commit(
        build.promotion(rules=Rules(build.TIERS, sign_off=True)), build.change(), (build.commit(),)
    )

    assert commit.message.endswith(f"Signed-off-by: {build.APP.login} <{build.APP.email}>\n")


def test_a_replay_makes_the_same_commit() -> None:
    first, second = (promotion.commit(build.promotion(), build.change(), (build.commit(),)) for _ in range(2))

    assert first == second


ASKED = build.commit("Raise web\n\nTierkeeper-Conflict: unresolved\n")
ANSWERED = build.commit("Resolve it\n\nTierkeeper-Conflict: resolved\n")


@pytest.mark.parametrize(
    ("commits", "unresolved"),
    [
        ((), False),
        ((build.commit(),), False),
        ((ASKED,), True),
        ((ASKED, build.commit("Mend\n")), True),
        ((ASKED, ANSWERED), False),
        ((ANSWERED, ASKED), True),
    ],
)
def test_the_last_word_on_a_conflict_counts(commits: tuple[Commit, ...], *, unresolved: bool) -> None:
    assert promotion.unresolved(commits) == unresolved


def test_only_our_own_commits_may_be_replaced() -> None:
    ours = build.commit(committer=f"{build.APP.login} <{build.APP.email}> 1 +0000")

    assert promotion.only_ours((ours,), build.APP)
    assert not promotion.only_ours((ours, build.commit()), build.APP)
