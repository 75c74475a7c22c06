"""What people read, held against golden files, and what strangers cannot do with it."""

from dataclasses import replace

import pytest

from bot.core.lineage import Hop
from bot.core.model import Change, Conflict, Entry, Marker, Markers, Rules, Tier
from bot.core.words import check, conflict, pull, recipe, refresh, summary
from bot.core.words.markdown import COMMENT_LIMIT, block, code, count, cut, last_line, table
from bot.core.words.pull import Offer
from bot.core.words.summary import Row
from policies import NAMES, judge
from tests import build
from tests.goldens import assert_golden

OFFER = Offer(build.promotion(), build.change(), (Hop("tier-0", 12, build.sha(1)),), NAMES)
CONFLICT = Conflict(
    build.sha(1), build.sha(2), (build.conflicted_file(), build.conflicted_file("a|b`c.yaml", kind="mode", excerpt=""))
)

QUOTED = summary.MARKER + ' [{"tier":"tier-1","state":"in","pull":7,"note":""}] -->'


def test_body_of_a_clean_promotion() -> None:
    assert_golden("promotion.md", pull.body(OFFER))


def test_body_of_a_promotion_that_was_promoted_before() -> None:
    ask = build.promotion(carrier=build.promotion_pull(), origin=build.TIERS[1], target=build.TIERS[2])
    lineage = (Hop("tier-0", 12, build.sha(3)), Hop("tier-1", None, build.sha(5)))

    assert_golden("promotion_chained.md", pull.body(replace(OFFER, ask=ask, lineage=lineage)))


def test_body_of_a_promotion_past_a_tier_that_holds_it() -> None:
    ask = build.promotion(target=build.TIERS[2], branch="promote/tier-2/12")

    assert_golden("promotion_past.md", pull.body(replace(OFFER, ask=ask)))


def test_tiers_passed_are_named_and_those_nobody_can_tell_are_not() -> None:
    ask = build.promotion(rules=Rules((Tier("canary", "canary"), *build.TIERS)))

    text = pull.body(replace(OFFER, ask=replace(ask, origin=ask.rules.tiers[0], target=build.TIERS[2])))
    lineage = pull.facts(replace(OFFER, lineage=(Hop(None, 12, build.sha(1)),)))

    assert text.startswith("Brings #12 from `canary` to `tier-2` (`tier-0` and `tier-1` have it already): 1 path")
    assert f"| - | #12 | {build.sha(1)} |" in lineage


@pytest.mark.parametrize(
    ("change", "picked"),
    [
        (build.change(), build.sha(1)),
        (build.change(build.commit(), build.commit(number=2), method="rebase"), f"{build.sha(1)} {build.sha(2)}"),
        (build.change(build.commit(parents=(build.sha(8), build.sha(0)))), f"-m 2 {build.sha(1)}"),
        (build.change(base=build.sha(7)), f"{build.sha(7)}..{build.sha(1)}"),
    ],
)
def test_the_recipe_picks_what_was_picked(change: Change, picked: str) -> None:
    assert f"cherry-pick -x {picked} &&" in recipe.promote(build.promotion(), change)


def test_body_of_a_settled_conflict() -> None:
    assert_golden("promotion_settled.md", pull.settled_body(OFFER))


def test_body_of_a_conflict() -> None:
    text = conflict.body(OFFER, CONFLICT, missing=(9, 10))

    assert_golden("conflict.md", text)


def test_comment_on_a_conflict() -> None:
    merge = build.commit(parents=(build.sha(0), build.sha(8)))
    change = build.change(merge, method="merge", tip=build.commit(number=8))

    assert_golden("conflict_comment.md", conflict.comment(replace(OFFER, change=change), CONFLICT, missing=(9,)))


@pytest.mark.parametrize(
    ("number", "name", "excerpt", "listed", "hunks"),
    [
        (2, "", "x", 2, 2),
        (20, "", "`" * 1500, 20, 10),
        (20, "", "`" * 5000, 20, 3),
        (400, "", "`" * 30_000, 100, 0),
        (400, "n" * 4000, "x", 0, 0),
    ],
)
def test_a_conflict_fits_whatever_its_size(number: int, name: str, excerpt: str, listed: int, hunks: int) -> None:
    files = tuple(build.conflicted_file(f"{name}{n}.yaml", excerpt=excerpt) for n in range(number))
    outcome = Conflict(build.sha(1), build.sha(2), files)

    body = conflict.body(OFFER, outcome, missing=(9,))
    comment = conflict.comment(OFFER, outcome, missing=(9,))

    for text in (body, comment):
        assert len(text) <= COMMENT_LIMIT
        assert text.count("| content |") == listed
        assert text.count("<details>") == text.count("</details>") == hunks
        assert "#9" in text
    assert "Tierkeeper-Conflict: resolved" in body
    assert "cherry-pick --continue" in comment


def test_a_path_cannot_leave_the_fold() -> None:
    file = build.conflicted_file("a\n\n@acme/everyone #1 <b>")

    text = conflict.body(OFFER, Conflict(build.sha(1), build.sha(2), (file,)), missing=())

    assert "<summary><code>a @acme/everyone #1 &lt;b&gt;</code></summary>" in text


def test_a_kept_branch_is_explained() -> None:
    assert_golden("branch_kept.md", pull.branch_kept(build.promotion()))


def test_summary_of_every_state() -> None:
    rows = [
        Row("tier-0", "in", 12),
        Row("tier-1", "open", 13),
        Row("tier-2", "conflict", 14),
        Row("tier-3", "conflict"),
        Row("tier-4", "already"),
        Row("tier-5", "closed", 15),
        Row("tier-6", "left", note="label `no-promote`"),
        Row("tier-7", "stopped", note="there is no branch"),
        summary.caught_up("tier-8", build.TIERS[2]),
        summary.caught_up("tier-9", None),
        Row("tier-10", "retargeted", 16, note="`scratch`"),
    ]
    tiers = [replace(build.TIERS[0], name=f"tier-{n}") for n in range(12)]

    assert_golden("summary.md", summary.render(rows, tiers, build.place()))


@pytest.mark.parametrize(
    ("row", "command"),
    [
        (Row("tier-1", "open", 13), "gh pr merge 13"),
        (Row("tier-1", "conflict", 13), "gh pr view 13"),
        (Row("tier-1", "closed", 13), "gh pr reopen 13"),
    ],
)
def test_the_summary_ends_with_the_next_command(row: Row, command: str) -> None:
    text = summary.render([Row("tier-0", "in", 12), row], build.TIERS, build.place())

    assert command in text.split("\n\n")[-2]


def test_the_summary_remembers_its_rows() -> None:
    rows = (Row("tier-0", "in", 12), Row("tier-1", "left", note="a --> b <!-- c"))

    text = summary.render(rows, build.TIERS, build.place())

    assert summary.rows_of(text, build.place()) == rows
    assert text.count("-->") == 2


ROWS = (Row("tier-1", "in", 7),)
SEALED = summary.render(ROWS, build.TIERS, build.place())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        QUOTED,
        f"{SEALED}\n```\n\n<!-- tierkeeper:moved -->",
        f"{SEALED}\n\n{summary.MARKER} [] -->",
        f"> {last_line(SEALED)}",
        SEALED.replace('"pull":7', '"pull":8'),
        SEALED.replace('"pull":7', '"pull":"7"'),
        SEALED.replace(" -->", "0 -->"),
        summary.render(ROWS, build.TIERS, build.place(13)),
        summary.render(ROWS, build.TIERS, replace(build.place(), key=b"another")),
        summary.render(ROWS, build.TIERS, replace(build.place(), repo=replace(build.REPO, id=11))),
    ],
)
def test_what_we_did_not_write_there_is_not_remembered(text: str) -> None:
    assert summary.rows_of(text, build.place()) == ()


def test_a_repository_by_another_name_is_remembered() -> None:
    renamed = replace(build.place(), repo=replace(build.REPO, full_name="acme/store"))

    assert summary.rows_of(SEALED, renamed) == ROWS


@pytest.mark.parametrize(
    ("cell", "inert"),
    [
        ("| x | y |\n\n# HEADING", "\\| x \\| y \\| # HEADING"),
        ("`a\\|b`", "`a\\|b`"),
        ("a\\\\|b", "a\\\\\\|b"),
        ("a\u2028b\u202ec", "a\ufffdb\ufffdc"),
    ],
)
def test_a_cell_of_a_table_stays_one(cell: str, inert: str) -> None:
    assert table(("a", "b"), [(cell, "")]).splitlines()[2:] == [f"| {inert} |  |"]


def test_news_replace_rows_and_drop_tiers_that_are_no_more() -> None:
    rows = (Row("tier-0", "in", 12), Row("gone", "open", 3), Row("tier-1", "open", 13))

    updated = summary.updated(rows, [Row("tier-1", "in", 13)], build.TIERS)

    assert updated == (Row("tier-0", "in", 12), Row("tier-1", "in", 13))


def test_summary_while_the_rules_are_broken() -> None:
    row = summary.stopped_by(["tierkeeper.yml:3:5: no such key"])

    assert_golden("summary_broken_rules.md", summary.render([row], (), build.place()))


def test_a_problem_in_the_rules_cannot_act() -> None:
    row = summary.stopped_by(["'x|y @acme/all <b>' is no tier"])

    assert row.note.count("`") == 2
    assert "x\\|y" in row.note


def test_a_refusal_says_how_to_try_again() -> None:
    row = summary.refused("tier-1", "GitHub refused `x`")

    assert row.note.endswith(f". {summary.AGAIN}")


def test_check_of_a_conflict() -> None:
    facts = build.facts(markers=Markers((Marker("a.yaml", 3), Marker("a.yaml", 7))))

    run = check.promotion([check.Judged(build.ENTRY, facts, judge(build.ENTRY, facts, build.RULES))])

    assert run.conclusion == "failure"
    assert_golden("check_conflict.md", f"{run.title}\n\n{run.summary}\n\n{run.text}")


def test_check_that_allows() -> None:
    run = check.promotion([build.judged(*judge(build.ENTRY, build.facts(), build.RULES))])

    assert run.conclusion == "success"
    assert_golden("check_allowed.md", f"{run.title}\n\n{run.summary}\n\n{run.text}")


def test_check_while_the_rules_are_broken() -> None:
    run = check.broken_rules(build.sha(1), ["tierkeeper.yml:3:5: no such key"], external_id="pull:12")

    assert run.conclusion == "failure"
    assert_golden("check_broken_rules.md", f"{run.title}\n\n{run.summary}")


def test_a_waiting_check_blocks_and_its_title_fits() -> None:
    waits = build.verdict("wait", reason="soak until tomorrow " * 9, again_at=build.NOW)

    run = check.promotion([build.judged(build.verdict("allow"), waits)])

    assert run.conclusion is None
    assert run.title.startswith("Waiting: soak")
    assert len(run.title) == check.TITLE_LIMIT
    assert "21 Nov 09:30 UTC" in run.summary


def test_check_of_a_commit_that_is_offered_to_several_tiers() -> None:
    facts = build.facts(markers=Markers((Marker("a.yaml", 3),)))
    low, high = Entry(build.TIERS[0], build.sha(1), (4, 14)), Entry(build.TIERS[1], build.sha(1), (13,))

    run = check.promotion(
        [check.Judged(e, f, judge(e, f, build.RULES)) for e, f in ((low, build.facts()), (high, facts))]
    )

    assert (run.conclusion, run.external_id) == ("failure", "pull:4")
    assert_golden("check_several.md", f"{run.title}\n\n{run.summary}\n\n{run.text}")


def test_check_of_a_commit_that_several_tiers_may_take() -> None:
    entries = [Entry(tier, build.sha(1), (number,)) for number, tier in enumerate(build.TIERS)]

    run = check.promotion([build.judged(build.verdict("allow"), entry=entry) for entry in entries])

    assert (run.conclusion, run.title) == ("success", "May enter tier-0, tier-1, tier-2")


def test_check_while_too_many_pull_requests_are_open() -> None:
    run = check.crowded(build.sha(1), external_id="pull:12")

    assert run.conclusion is None
    assert_golden("check_crowded.md", f"{run.title}\n\n{run.summary}")


def test_a_commit_that_cannot_be_looked_at_waits_with_the_reason() -> None:
    run = check.unseen(build.sha(1), "the `commit` is gone", external_id="pull:12")

    assert (run.conclusion, run.external_id) == (None, "pull:12")
    assert_golden("check_unseen.md", f"{run.title}\n\n{run.summary}")


def test_what_a_moved_tier_means() -> None:
    texts = [
        refresh.now_there("tier-1", closed=True),
        refresh.now_there("tier-1", closed=False),
        refresh.now_conflicts("tier-1", CONFLICT),
        refresh.picked_anew("tier-1"),
    ]

    assert_golden("refresh.md", "\n\n---\n\n".join(texts))


@pytest.mark.parametrize("text", ["`x`", "a\n| b", "``", "@kim #12 <!-- -->", ""])
def test_code_holds_anything(text: str) -> None:
    span = code(text)

    fence = span[: len(span) - len(span.lstrip("`"))]
    assert "\n" not in span
    assert span.endswith(fence)
    assert fence not in span[len(fence) : -len(fence)]


def test_bytes_that_are_no_text_can_be_said() -> None:
    path = b"a\xff\x00\x1b[31m.yaml".decode(errors="surrogateescape")

    shown = [code(path), block(path), conflict.files([build.conflicted_file(path)])]

    for text in shown:
        text.encode()
        assert "\x00" not in text
        assert "\x1b" not in text


def test_a_block_is_fenced_longer_than_its_text() -> None:
    assert block("a\n````\n", "sh") == "`````sh\na\n````\n`````"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("short\n\nmarker", "short\n\nmarker"),
        ("x" * COMMENT_LIMIT + "\n\nmarker\n", "x" * (COMMENT_LIMIT - 7) + "\nmarker"),
        ("x" * (COMMENT_LIMIT + 1), "x" * COMMENT_LIMIT),
        ("y\n" + "x" * COMMENT_LIMIT, "x" * COMMENT_LIMIT),
    ],
)
def test_a_comment_is_cut_above_its_last_line(text: str, shown: str) -> None:
    assert cut(text) == shown


def test_numbers_and_nouns() -> None:
    assert count(1, "file") == "1 file"
    assert count(2, "file") == "2 files"
    assert count(0, "entry", "entries") == "0 entries"


def test_a_table() -> None:
    assert table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
