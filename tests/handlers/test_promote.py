"""A merge through the router: what GitHub and git hold afterwards."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import payloads
from bot.core.model import (
    AlreadyThere,
    Change,
    Comment,
    Commit,
    Conflict,
    NewCommit,
    Outcome,
    Picked,
    PullRequest,
    Pushed,
    Refused,
    Sha,
    Stale,
    Transient,
)
from bot.core.words import summary
from tests import build
from tests.fakes import FakeGit, FakeGitHub, deliver
from tests.goldens import assert_golden

MERGED = build.pull_event("closed", build.pull())
CONFLICT = Conflict(build.sha(77), build.sha(78), (build.conflicted_file(),))
THERE = AlreadyThere(build.sha(3))
BY_HAND = build.promotion_pull(30, author=build.KIM)
MERGE = build.sha(1030)
"""What the merge of a promotion made by hand put on its branch."""


def said(github: FakeGitHub, number: int = 12) -> str:
    """Return our one comment on a pull request."""
    [comment] = github.comments[number]
    return comment.body


def rows(github: FakeGitHub, number: int = 12) -> tuple[summary.Row, ...]:
    """Return what our one comment on a pull request remembers."""
    return summary.rows_of(said(github, number), build.place(number))


class Away(FakeGit):
    """A git whose server does not answer."""

    async def change(self, pull: PullRequest, *, onto: Sha) -> Change:
        raise Transient("the git server does not answer")


async def test_a_merge_opens_a_promotion_pull_request() -> None:
    github, git = FakeGitHub(), FakeGit()

    await deliver(MERGED, github, git)

    [opened] = github.pulls.values()
    assert (opened.title, opened.base, opened.head) == ("[tier-1] Raise web to 41", "tier-1", "promote/tier-1/12")
    assert (opened.state, opened.draft) == ("open", False)
    assert opened.labels == ("promotion", "tier/tier-1")
    assert opened.assignees == ("kim",)
    assert git.branches == {"promote/tier-1/12": build.sha(77)}


async def test_the_commit_keeps_its_author_and_names_its_source() -> None:
    git = FakeGit()

    await deliver(MERGED, FakeGitHub(), git)

    [written] = git.written.values()
    assert written.author == build.commit().author
    assert written.committer == f"tierkeeper[bot] <700+tierkeeper[bot]@users.noreply.github.com> {1795253400} +0000"
    assert_golden("commit_message.txt", written.message)


async def test_the_source_pull_request_tells_where_the_change_is() -> None:
    github = FakeGitHub()

    await deliver(MERGED, github)

    assert_golden("summary_after_merge.md", said(github))


async def test_a_replay_changes_nothing() -> None:
    github, git = FakeGitHub(), FakeGit()
    await deliver(MERGED, github, git)
    before = (dict(github.pulls), said(github), dict(git.branches))

    await deliver(MERGED, github, git)

    assert (dict(github.pulls), said(github), dict(git.branches)) == before


async def test_what_a_person_wrote_into_our_comment_is_not_said_again() -> None:
    github = FakeGitHub()
    await deliver(MERGED, github)
    forged = said(github).replace("}]", '},{"tier":"tier-2","state":"in","pull":666,"note":"| x |\\n\\n# HEADING"}]')
    github.comments[12] = [Comment(1, forged)]

    await deliver(MERGED, github)

    assert rows(github) == (summary.Row("tier-0", "in", 12), summary.Row("tier-1", "open", 21))
    assert "666" not in said(github)
    assert "HEADING" not in said(github)


async def test_a_merged_promotion_goes_on_to_the_next_tier() -> None:
    github = FakeGitHub(pulls={13: build.promotion_pull()})
    github.comments[12] = [Comment(1, summary.render([summary.Row("tier-0", "in", 12)], build.TIERS, build.place()))]

    await deliver(build.pull_event("closed", build.promotion_pull()), github)

    opened = github.pulls[14]
    assert (opened.title, opened.head) == ("[tier-2] Raise web to 41", "promote/tier-2/12")
    assert [row.state for row in rows(github)] == ["in", "in", "open"]


async def test_a_promotion_whose_own_commits_are_lost_goes_on_with_what_the_merge_kept() -> None:
    class Pruned(FakeGit):
        async def commits(self, tip: Sha, *, onto: Sha) -> tuple[Commit, ...]:
            raise Refused("the commit no longer exists on GitHub")

    git = Pruned()

    await deliver(build.pull_event("closed", build.promotion_pull()), FakeGitHub(), git)

    [written] = git.written.values()
    assert written.author == build.commit().author
    assert written.message.startswith("Raise web to 41\n\n(cherry picked from commit ")


async def test_the_top_tier_ends_the_chain() -> None:
    github = FakeGitHub()

    await deliver(build.pull_event("closed", build.promotion_pull(14, tier="tier-2")), github)

    assert github.pulls == {}
    assert rows(github) == (summary.Row("tier-2", "in", 14),)


async def test_a_promotion_made_by_hand_is_one_too() -> None:
    github, git = FakeGitHub(pulls={12: build.pull(), 30: BY_HAND}), FakeGit()
    git.onto[MERGE] = THERE

    await deliver(build.pull_event("closed", BY_HAND), github, git)

    assert github.pulls[31].head == "promote/tier-2/12"


async def test_a_promotion_settled_by_hand_names_what_it_was_picked_from() -> None:
    github, git = FakeGitHub(pulls={12: build.pull(), 30: BY_HAND}), FakeGit()
    git.log[BY_HAND.head_sha] = (build.commit(f"Raise web\n\n(cherry picked from commit {build.sha(1)})\n"),)

    await deliver(build.pull_event("closed", BY_HAND), github, git)

    assert github.pulls[31].head == "promote/tier-2/12"


async def test_a_promotion_of_what_was_promoted_by_hand_knows_its_source() -> None:
    higher = build.promotion_pull(31, tier="tier-2", author=build.KIM)
    github, git = FakeGitHub(pulls={12: build.pull(), 30: BY_HAND, 31: higher}), FakeGit()
    git.onto = {MERGE: THERE, build.sha(1031): THERE}

    await deliver(build.pull_event("closed", higher), github, git)

    assert rows(github)[-1] == summary.Row("tier-2", "in", 31)


@pytest.mark.parametrize(
    ("pulls", "outcome"),
    [
        ({}, THERE),
        ({12: build.pull()}, Picked(build.sha(77), build.sha(78))),
        ({12: build.pull(base="docs")}, THERE),
        ({12: build.pull(base="docs"), 13: build.promotion_pull(author=build.KIM, base="docs")}, THERE),
    ],
)
async def test_what_is_only_called_like_a_promotion_is_a_source_of_its_own(
    pulls: dict[int, PullRequest], outcome: Outcome
) -> None:
    github, git = FakeGitHub(pulls={**pulls, 30: BY_HAND}), FakeGit()
    git.onto[MERGE] = outcome

    await deliver(build.pull_event("closed", BY_HAND), github, git)

    assert github.pulls[31].head == "promote/tier-2/30"
    assert 12 not in github.comments


async def test_the_lowest_tier_has_no_promotions() -> None:
    github = FakeGitHub()

    await deliver(build.pull_event("closed", build.pull(13, head="promote/tier-0/12")), github)

    assert github.pulls[21].head == "promote/tier-1/13"
    assert 12 not in github.comments


@pytest.mark.parametrize(
    "taken",
    [
        build.promotion_pull(13, author=build.KIM),
        build.promotion_pull(13, author=build.KIM, commits=None),
        build.promotion_pull(13, author=build.KIM, base="scratch"),
        build.promotion_pull(13, author=build.KIM, merged_at=None),
        build.promotion_pull(13, author=build.KIM, merge_commit=None),
        build.promotion_pull(13, author=build.KIM, merged_at=build.NOW - timedelta(hours=1)),
        build.promotion_pull(13, base="scratch"),
        build.promotion_pull(13, base="tier-2"),
    ],
)
async def test_what_was_merged_without_the_change_does_not_stand_for_it(taken: PullRequest) -> None:
    github, git = FakeGitHub(pulls={13: taken}), FakeGit()
    if taken.merged_at != build.NOW:
        git.onto[build.sha(1013)] = THERE

    await deliver(MERGED, github, git)

    assert github.pulls[14].head == "promote/tier-1/12"
    assert rows(github)[-1] == summary.Row("tier-1", "open", 14)


async def test_what_was_merged_by_hand_with_the_change_stands_for_it() -> None:
    github, git = FakeGitHub(pulls={30: BY_HAND}), FakeGit()
    git.onto[MERGE] = THERE

    await deliver(MERGED, github, git)

    assert list(github.pulls) == [30]
    assert rows(github)[-1] == summary.Row("tier-1", "in", 30)


async def test_an_older_promotion_of_ours_stands_whatever_was_made_of_its_branch_since() -> None:
    later = build.promotion_pull(30, author=build.KIM, base="scratch", merged_at=None, state="open")
    github = FakeGitHub(pulls={13: build.promotion_pull(), 30: later})

    await deliver(MERGED, github)

    assert list(github.pulls) == [13, 30]
    assert rows(github)[-1] == summary.Row("tier-1", "in", 13)


@pytest.mark.parametrize("base", ["tier-1", "scratch"])
async def test_a_branch_taken_by_a_person_s_open_pull_request_is_said(base: str) -> None:
    github = FakeGitHub(pulls={30: replace(BY_HAND, base=base, state="open", merged_at=None)})

    await deliver(MERGED, github)

    assert list(github.pulls) == [30]
    assert "branch `promote/tier-1/12` is taken by #30" in said(github)


async def test_an_open_promotion_made_by_hand_is_taken_up() -> None:
    github, git = FakeGitHub(pulls={30: replace(BY_HAND, state="open", merged_at=None)}), FakeGit()
    git.onto[BY_HAND.head_sha] = THERE

    await deliver(MERGED, github, git)

    assert rows(github)[-1] == summary.Row("tier-1", "open", 30)


async def test_of_a_promotion_made_by_hand_into_a_lost_branch_nothing_is_known() -> None:
    github = FakeGitHub(pulls={30: replace(BY_HAND, state="open", merged_at=None)})
    del github.tips["tier-1"]

    await deliver(MERGED, github)

    assert rows(github)[-1].state == "stopped"


async def test_a_promotion_merged_elsewhere_is_offered_again() -> None:
    astray = build.promotion_pull(base="scratch")
    github = FakeGitHub(pulls={12: build.pull(), 13: astray})

    await deliver(build.pull_event("closed", astray), github)
    await deliver(build.pull_event("closed", astray), github)

    assert list(github.pulls) == [12, 13, 14]
    assert rows(github) == (summary.Row("tier-0", "in", 12), summary.Row("tier-1", "open", 14))


async def test_a_promotion_merged_elsewhere_whose_source_is_gone_is_left_alone() -> None:
    astray = build.promotion_pull(base="scratch")
    github = FakeGitHub(pulls={13: astray})

    await deliver(build.pull_event("closed", astray), github)

    assert (list(github.pulls), github.comments) == ([13], {})


async def test_a_fork_s_branch_that_looks_like_ours_is_a_source_of_its_own() -> None:
    github = FakeGitHub()
    stranger = build.promotion_pull(30, author=build.KIM, head_repo=66)

    await deliver(build.pull_event("closed", stranger), github)

    assert github.pulls[21].head == "promote/tier-2/30"


@pytest.mark.parametrize("renamed", ["acme/store", "acme-inc/shop"])
async def test_an_event_that_waited_while_the_repository_was_renamed_goes_on(renamed: str) -> None:
    repo = replace(build.REPO, full_name=renamed)
    waited = build.promotion_pull(merged_at=build.NOW - timedelta(hours=1))
    github = FakeGitHub(pulls={13: replace(waited, repo=repo)})

    await deliver(build.pull_event("closed", waited), github)

    assert github.pulls[14].head == "promote/tier-2/12"


@pytest.mark.parametrize("renamed", ["acme/store", "acme-inc/shop"])
async def test_a_promotion_closed_before_the_repository_was_renamed_stays_closed(renamed: str) -> None:
    repo = replace(build.REPO, full_name=renamed)
    waited = build.pull(merged_at=build.NOW - timedelta(hours=1))
    closed = build.promotion_pull(merged_at=None, repo=repo)
    github = FakeGitHub(pulls={12: replace(waited, repo=repo), 13: closed})

    await deliver(build.pull_event("closed", waited), github)

    assert list(github.pulls) == [12, 13]


async def test_an_event_that_waited_is_held_against_what_is_now() -> None:
    closed = build.promotion_pull(merged_at=None)
    github = FakeGitHub(pulls={13: build.promotion_pull()})

    await deliver(build.pull_event("closed", closed), github)

    assert [row.state for row in rows(github)] == ["in", "open"]


async def test_what_was_reopened_meanwhile_is_left_alone() -> None:
    closed = build.promotion_pull(merged_at=None)
    github = FakeGitHub(pulls={13: build.promotion_pull(merged_at=None, state="open")})

    await deliver(build.pull_event("closed", closed), github)

    assert github.comments == {}


async def test_a_label_taken_off_a_merged_pull_request_asks_again() -> None:
    rules = build.RULES_TEXT + "promotion: {skip: {labels: [no-promote]}}\n"
    github = FakeGitHub(rules=rules, pulls={12: build.pull()})
    await deliver(build.pull_event("closed", build.pull(labels=("no-promote",))), github)

    await deliver(build.pull_event("unlabeled", build.pull(merged_at=build.NOW - timedelta(days=1))), github)

    assert github.pulls[13].head == "promote/tier-1/12"


async def test_a_label_on_an_open_pull_request_is_nothing_to_us() -> None:
    github = FakeGitHub()

    await deliver(build.pull_event("labeled", build.pull(merged_at=None, state="open")), github)

    assert (github.pulls, github.comments) == ({}, {})


async def test_our_own_closing_is_no_person_s_decision() -> None:
    closed = build.promotion_pull(merged_at=None)
    github = FakeGitHub(pulls={13: closed})
    event = build.event("pull_request", "closed", payloads.event_of(closed, "closed"))
    event.data["sender"]["login"] = build.APP.login

    await deliver(event, github)

    assert github.comments == {}


async def test_a_refusal_is_told_with_what_to_do() -> None:
    class Ruled(FakeGit):
        async def push(self, branch: str, commit: Sha, *, expected: Sha | None) -> Pushed | Stale:
            raise Refused("a ruleset forbids `promote/**`")

    github = FakeGitHub()

    await deliver(MERGED, github, Ruled())

    [_, row] = rows(github)
    assert row.state == "stopped"
    assert "a ruleset forbids" in row.note
    assert summary.AGAIN in row.note


async def test_labels_that_are_refused_do_not_fail_the_promotion() -> None:
    class Plain(FakeGitHub):
        async def dress(self, pull: PullRequest, **_: object) -> None:
            raise Refused("no labels here")

    github = Plain()

    await deliver(MERGED, github)

    assert [row.state for row in rows(github)] == ["in", "open"]


@pytest.mark.parametrize("base", ["canary", "tier-2"])
async def test_a_promotion_a_person_retargeted_is_not_doubled(base: str) -> None:
    github = FakeGitHub(pulls={13: build.promotion_pull(state="open", merged_at=None, base=base)})

    await deliver(MERGED, github)

    assert list(github.pulls) == [13]
    assert f"| #13 now asks to enter `{base}` |" in said(github)


async def test_a_promotion_retargeted_and_closed_stays_closed() -> None:
    github = FakeGitHub(pulls={13: build.promotion_pull(merged_at=None, base="canary")})

    await deliver(MERGED, github)

    assert list(github.pulls) == [13]
    assert "gh pr reopen 13" in said(github)


async def test_a_merge_into_the_top_tier_or_another_branch_is_left_alone() -> None:
    github = FakeGitHub()

    await deliver(build.pull_event("closed", build.pull(base="tier-2")), github)
    await deliver(build.pull_event("closed", build.pull(base="docs")), github)

    assert (github.pulls, github.comments) == ({}, {})


async def test_a_pull_request_closed_without_merging_is_left_alone() -> None:
    github = FakeGitHub()

    await deliver(build.pull_event("closed", build.pull(merged_at=None)), github)

    assert (github.pulls, github.comments) == ({}, {})


async def test_a_promotion_closed_by_a_person_stays_closed() -> None:
    closed = build.promotion_pull(merged_at=None)
    github = FakeGitHub(pulls={13: closed})

    await deliver(build.pull_event("closed", closed), github)
    await deliver(MERGED, github)

    assert list(github.pulls) == [13]
    assert "gh pr reopen 13" in said(github)


async def test_a_closed_promotion_of_what_is_there_by_now_is_not_offered_to_be_reopened() -> None:
    github, git = (
        FakeGitHub(pulls={13: build.promotion_pull(merged_at=None)}),
        FakeGit(outcome=AlreadyThere(build.sha(3))),
    )

    await deliver(MERGED, github, git)

    assert "already there" in said(github)


@pytest.mark.parametrize("refuse", [False, True])
async def test_a_promotion_that_has_to_wait_is_told_of_meanwhile(*, refuse: bool) -> None:
    github = FakeGitHub(refuse_comments=refuse)

    with pytest.raises(Transient):
        await deliver(MERGED, github, Away())

    assert bool(github.comments.get(12)) is not refuse


async def test_an_open_promotion_without_labels_is_finished() -> None:
    open_one = build.promotion_pull(state="open", merged_at=None)
    github = FakeGitHub(pulls={13: open_one})

    await deliver(MERGED, github)

    assert github.pulls[13].labels == ("promotion", "tier/tier-1")


class Ahead(FakeGit):
    """A git whose tier-1 holds the change, and whose other tiers do not."""

    async def pick(self, change: Change, *, onto: Sha, commit: NewCommit, conflicted: NewCommit, into: str) -> Outcome:
        self.outcome = AlreadyThere(build.sha(3)) if into == "tier-1" else Picked(build.sha(77), build.sha(78))
        return await super().pick(change, onto=onto, commit=commit, conflicted=conflicted, into=into)


async def test_what_is_already_there_everywhere_needs_no_pull_request() -> None:
    github, git = FakeGitHub(), FakeGit(outcome=AlreadyThere(build.sha(3)))

    await deliver(MERGED, github, git)

    assert github.pulls == {}
    assert git.branches == {}
    assert [row.state for row in rows(github)] == ["in", "already", "already"]


async def test_a_tier_that_holds_the_change_passes_it_on() -> None:
    github, git = FakeGitHub(), Ahead()

    await deliver(MERGED, github, git)
    await deliver(MERGED, github, git)

    [opened] = github.pulls.values()
    assert (opened.title, opened.base, opened.head) == ("[tier-2] Raise web to 41", "tier-2", "promote/tier-2/12")
    assert [row.state for row in rows(github)] == ["in", "already", "open"]


async def test_a_closed_promotion_whose_tier_holds_the_change_by_now_passes_it_on() -> None:
    github, git = FakeGitHub(pulls={12: build.pull(), 13: build.promotion_pull(merged_at=None)}), Ahead()

    await deliver(build.pull_event("labeled", build.pull()), github, git)

    assert github.pulls[14].head == "promote/tier-2/12"
    assert [row.state for row in rows(github)] == ["in", "already", "open"]


def reverting() -> tuple[FakeGitHub, FakeGit]:
    """Return a world in which the target is as a merge left it, and the promotion of what it took back is open."""
    came, first = build.sha(5), build.promotion_pull(20, source=7, state="open", merged_at=None)
    git = FakeGit(outcome=AlreadyThere(build.sha(3)), held={(build.change().base, came)})
    git.log[first.head_sha] = (build.commit(f"Raise\n\n(cherry picked from commit {came})\n"),)
    return FakeGitHub(pulls={12: build.pull(), 20: first}), git


async def test_a_revert_of_what_is_still_open_is_told_on_both() -> None:
    github, git = reverting()

    await deliver(MERGED, github, git)

    assert [row.state for row in rows(github)] == ["in", "left"]
    assert "but #20 is open and earlier: close what this takes back" in said(github)
    assert "#12 was merged into `tier-0` after this and touches the same files" in said(github, 20)


@pytest.mark.parametrize("case", ["history", "later", "other files"])
async def test_an_open_promotion_of_something_else_changes_nothing(case: str) -> None:
    github, git = reverting()
    if case == "history":
        git.held.add((github.tips["tier-1"], build.change().head.sha))
    elif case == "later":
        git.held.clear()
    else:
        git.made = replace(git.made, paths=("one.yaml",))
        git.offered = replace(git.made, paths=("another.yaml",))

    await deliver(MERGED, github, git)

    assert "already" in [row.state for row in rows(github)]
    assert 20 not in github.comments


async def test_a_conflict_opens_a_draft_that_says_so_everywhere() -> None:
    github, git = FakeGitHub(), FakeGit(outcome=CONFLICT)

    await deliver(MERGED, github, git)

    [opened] = github.pulls.values()
    assert opened.draft
    assert opened.title == "[conflict] [tier-1] Raise web to 41"
    assert "conflict" in opened.labels
    assert "Tierkeeper-Conflict: unresolved" in git.written[build.sha(77)].message
    assert "**conflicts**" in said(github)


async def test_a_conflict_names_what_the_target_lacks() -> None:
    github, git = FakeGitHub(), FakeGit(outcome=CONFLICT)
    git.log[build.sha(0)] = (build.commit("Add web (#9)\n"), build.commit("Add api (#10)\n"))
    git.log[github.tips["tier-1"]] = (build.commit("Add api\n\nPromoted-From: acme/shop#10\n"),)

    await deliver(MERGED, github, git)

    assert "**Prerequisites**: #9 touched" in github.pulls[21].body


async def test_a_conflict_may_be_a_comment_only() -> None:
    rules = build.RULES_TEXT + "promotion: {conflicts: comment}\n"
    github, git = FakeGitHub(rules=rules), FakeGit(outcome=CONFLICT)

    await deliver(MERGED, github, git)
    await deliver(MERGED, github, git)

    assert (github.pulls, git.branches) == ({}, {})
    assert len(github.comments[12]) == 2
    assert "cherry-pick -x" in github.comments[12][0].body


async def test_a_label_may_keep_a_change_where_it_is() -> None:
    rules = build.RULES_TEXT + "promotion: {skip: {labels: [no-promote]}}\n"
    github = FakeGitHub(rules=rules)

    await deliver(build.pull_event("closed", build.pull(labels=("no-promote",))), github)

    assert github.pulls == {}
    assert "label `no-promote`" in said(github)


async def test_paths_may_keep_a_change_where_it_is() -> None:
    rules = build.RULES_TEXT + 'promotion: {skip: {paths: ["docs/**"]}}\n'
    github, git = FakeGitHub(rules=rules), FakeGit(made=build.change(paths=("docs/a/b.md", "docs/c.md")))

    await deliver(MERGED, github, git)

    assert github.pulls == {}
    assert "it touches only `docs/**`" in said(github)


async def test_workflows_are_never_promoted() -> None:
    github, git = FakeGitHub(), FakeGit(made=build.change(paths=("a.yaml", ".github/workflows/ci.yaml")))

    await deliver(MERGED, github, git)

    assert (github.pulls, git.branches) == ({}, {})
    assert "no permission to write workflows" in said(github)


async def test_reviewers_are_asked() -> None:
    github = FakeGitHub(rules=build.RULES_TEXT + "promotion: {reviewers: [lee, acme/sre]}\n")

    await deliver(MERGED, github)

    assert github.reviewers == {21: ("lee", "acme/sre")}


async def test_a_missing_branch_is_said() -> None:
    github = FakeGitHub()
    del github.tips["tier-1"]

    await deliver(MERGED, github)

    assert "there is no branch `tier-1`" in said(github)


async def test_commits_of_others_on_the_branch_are_kept() -> None:
    github, git = FakeGitHub(), FakeGit(branches={"promote/tier-1/12": build.sha(5)})
    git.log[build.sha(5)] = (build.commit("Mend it\n", number=5),)

    await deliver(MERGED, github, git)

    assert git.branches == {"promote/tier-1/12": build.sha(5)}
    assert github.pulls == {}
    assert "holds commits by others" in said(github)


async def test_our_own_commit_on_the_branch_is_replaced() -> None:
    github, git = FakeGitHub(), FakeGit(branches={"promote/tier-1/12": build.sha(5)})
    committer = f"{build.APP.login} <{build.APP.email}> 1 +0000"
    git.log[build.sha(5)] = (build.commit("Mend it\n", number=5, committer=committer),)

    await deliver(MERGED, github, git)

    assert git.branches == {"promote/tier-1/12": build.sha(77)}
    assert list(github.pulls) == [21]


async def test_a_push_that_already_happened_is_taken_up() -> None:
    github, git = FakeGitHub(), FakeGit(branches={"promote/tier-1/12": build.sha(77)})

    await deliver(MERGED, github, git)

    assert list(github.pulls) == [21]


async def test_broken_rules_are_told_to_the_source_of_a_promotion() -> None:
    github = FakeGitHub(rules="version: 2\n", pulls={12: build.pull(), 13: build.promotion_pull()})

    await deliver(build.pull_event("closed", build.promotion_pull()), github)

    assert "**stopped**" in said(github)
    assert 13 not in github.comments


async def test_broken_rules_stop_promotions_and_say_so() -> None:
    github = FakeGitHub(rules="version: 1\ntears: []\n")

    await deliver(MERGED, github)

    assert github.pulls == {}
    assert "the rules file on the default branch has" in said(github)


async def test_a_repository_without_rules_is_left_alone() -> None:
    github = FakeGitHub(rules=None)

    await deliver(MERGED, github)

    assert (github.pulls, github.comments) == ({}, {})


async def test_a_locked_conversation_does_not_fail_the_promotion() -> None:
    github = FakeGitHub(refuse_comments=True)

    await deliver(MERGED, github)

    assert list(github.pulls) == [21]


async def test_a_rebase_of_several_commits_becomes_one() -> None:
    lee = "Lee <lee@acme.test> 1790000001 +0000"
    commits = (build.commit("Add web\n\nBody\n", number=1, author=lee), build.commit("Raise web\n", number=2))
    git = FakeGit(made=build.change(*commits, method="rebase"), outcome=Picked(build.sha(77), build.sha(78)))

    await deliver(MERGED, FakeGitHub(), git)

    assert_golden("commit_message_rebase.txt", git.written[build.sha(77)].message)
