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
        (build.promotion_pull(head="promote/tier-1/012"), "promote/tier-2/13"),
        (build.promotion_pull(head="promote/renamed/12"), "promote/tier-2/12"),
        (build.pull(13, head="promote/tier-0/12"), "promote/tier-1/13"),
        (build.pull(13, head="promote/renamed/12"), "promote/tier-1/13"),
        (build.pull(base="tier-2"), None),
        (build.pull(base="docs"), None),
        (build.pull(merged_at=None), None),
    ],
)
def test_the_plan_names_the_next_tier(pull: PullRequest, branch: str | None) -> None:
    ask = promotion.plan(pull, build.RULES, build.APP)

    assert (ask.branch if ask else None) == branch


def test_beyond_a_tier_that_holds_the_change_is_the_next() -> None:
    ask = promotion.beyond(build.promotion())

    assert ask == build.promotion(target=build.TIERS[2], branch="promote/tier-2/12")
    assert promotion.beyond(ask) is None


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


def test_a_title_loses_the_name_a_tier_had_before() -> None:
    carrier = build.promotion_pull(head="promote/renamed/12", title="[renamed] [urgent] Raise web")

    assert promotion.title(build.promotion(carrier=carrier, target=build.TIERS[2])) == "[tier-2] [urgent] Raise web"


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


ASKED = build.commit("Raise web\n\nTierkeeper-Conflict: unresolved\n")
ANSWERED = build.commit("Resolve it\n\nTierkeeper-Conflict: resolved\n")


@pytest.mark.parametrize(
    ("said", "unresolved"),
    [
        (None, False),
        (build.commit(), False),
        (ASKED, True),
        (ANSWERED, False),
        (build.commit("Both\n\nTierkeeper-Conflict: resolved\ntierkeeper-conflict: Unresolved\n"), True),
    ],
)
def test_the_last_word_on_a_conflict_counts(said: Commit | None, *, unresolved: bool) -> None:
    assert promotion.unresolved(said) == unresolved


def test_only_our_own_commits_may_be_replaced() -> None:
    ours = build.commit(committer=f"{build.APP.login} <{build.APP.email}> 1 +0000")

    assert promotion.only_ours((ours,), build.APP)
    assert not promotion.only_ours((ours, build.commit()), build.APP)
