"""What people read, held against golden files, and what strangers cannot do with it."""

from dataclasses import replace

import pytest

from bot.core.model import Conflict, Marker
from bot.core.words import check, pull, refresh, summary
from bot.core.words.markdown import COMMENT_LIMIT, block, code, count, table
from bot.core.words.summary import Row
from policies import NAMES, judge
from tests import build
from tests.goldens import assert_golden

CONFLICT = Conflict(
    build.sha(1), build.sha(2), (build.conflicted_file(), build.conflicted_file("a|b`c.yaml", kind="mode", excerpt=""))
)


def test_body_of_a_clean_promotion() -> None:
    assert_golden("promotion.md", pull.body(build.promotion(), build.change(), policies=NAMES))


def test_body_of_a_promotion_that_was_promoted_before() -> None:
    message = f"Raise web to 41\n\n(cherry picked from commit {build.sha(3)})\nPromoted-From: acme/shop#12\n"
    ask = build.promotion(carrier=build.promotion_pull(), origin=build.TIERS[1], target=build.TIERS[2])

    text = pull.body(ask, build.change(build.commit(message, number=5)), policies=NAMES)

    assert_golden("promotion_chained.md", text)


def test_body_of_a_conflict() -> None:
    text = pull.conflicted_body(build.promotion(), build.change(), CONFLICT, policies=NAMES, missing=(9, 10))

    assert_golden("conflict.md", text)


def test_comment_on_a_conflict() -> None:
    change = build.change(build.commit(), method="merge", tip=build.commit(number=8))

    assert_golden("conflict_comment.md", pull.conflict_comment(build.promotion(), change, CONFLICT, missing=(9,)))


def test_a_conflict_in_very_many_files_still_fits() -> None:
    files = tuple(build.conflicted_file(f"{n}.yaml", excerpt="`" * 30_000) for n in range(400))
    outcome = Conflict(build.sha(1), build.sha(2), files)

    body = pull.conflicted_body(build.promotion(), build.change(), outcome, policies=NAMES, missing=())
    comment = pull.conflict_comment(build.promotion(), build.change(), outcome, missing=())

    assert len(body) < COMMENT_LIMIT
    assert len(comment) < COMMENT_LIMIT
    assert "Tierkeeper-Conflict: resolved" in body


def test_a_kept_branch_is_explained() -> None:
    assert_golden("branch_kept.md", pull.branch_kept(build.promotion(), build.sha(4)))


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
    ]
    tiers = [replace(build.TIERS[0], name=f"tier-{n}") for n in range(9)]

    assert_golden("summary.md", summary.render(rows, tiers, repo="acme/shop"))


@pytest.mark.parametrize(
    ("row", "command"),
    [
        (Row("tier-1", "open", 13), "gh pr merge 13"),
        (Row("tier-1", "conflict", 13), "gh pr view 13"),
        (Row("tier-1", "closed", 13), "gh pr reopen 13"),
    ],
)
def test_the_summary_ends_with_the_next_command(row: Row, command: str) -> None:
    text = summary.render([Row("tier-0", "in", 12), row], build.TIERS, repo="acme/shop")

    assert command in text.split("\n\n")[-2]


def test_the_summary_remembers_its_rows() -> None:
    rows = (Row("tier-0", "in", 12), Row("tier-1", "left", note="a --> b <!-- c"))

    text = summary.render(rows, build.TIERS, repo="acme/shop")

    assert summary.rows_of(text) == rows
    assert text.count("-->") == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        summary.MARKER + " [oops] -->",
        summary.MARKER + ' [{"a":1}] -->',
        QUOTED,
        f"{QUOTED}\n```\n\n<!-- tierkeeper:moved -->",
        f"{QUOTED}\n\n{summary.MARKER} [] -->",
        f"> {QUOTED}",
    ],
)
def test_a_comment_without_rows_has_none(text: str) -> None:
    assert summary.rows_of(text) == ()


def test_news_replace_rows_and_drop_tiers_that_are_no_more() -> None:
    rows = (Row("tier-0", "in", 12), Row("gone", "open", 3), Row("tier-1", "open", 13))

    updated = summary.updated(rows, [Row("tier-1", "in", 13)], build.TIERS)

    assert updated == (Row("tier-0", "in", 12), Row("tier-1", "in", 13))


def test_summary_while_the_rules_are_broken() -> None:
    row = summary.stopped_by(["tierkeeper.yml:3:5: no such key"])

    assert_golden("summary_broken_rules.md", summary.render([row], (), repo="acme/shop"))


def test_check_of_a_conflict() -> None:
    facts = build.facts(markers=(Marker("a.yaml", 3), Marker("a.yaml", 7)))

    run = check.promotion(build.ENTRY, judge(build.ENTRY, facts, build.RULES), facts)

    assert run.conclusion == "failure"
    assert_golden("check_conflict.md", f"{run.title}\n\n{run.summary}\n\n{run.text}")


def test_check_that_allows() -> None:
    run = check.promotion(build.ENTRY, judge(build.ENTRY, build.facts(), build.RULES), build.facts())

    assert run.conclusion == "success"
    assert_golden("check_allowed.md", f"{run.title}\n\n{run.summary}\n\n{run.text}")


def test_check_while_the_rules_are_broken() -> None:
    run = check.broken_rules(build.sha(1), ["tierkeeper.yml:3:5: no such key"], pull=12)

    assert run.conclusion == "failure"
    assert_golden("check_broken_rules.md", f"{run.title}\n\n{run.summary}")


def test_a_waiting_check_blocks_and_its_title_fits() -> None:
    waits = build.verdict("wait", reason="soak until tomorrow " * 9, again_at=build.NOW)

    run = check.promotion(build.ENTRY, [build.verdict("allow"), waits], build.facts())

    assert run.conclusion is None
    assert run.title.startswith("Waiting: soak")
    assert len(run.title) == check.TITLE_LIMIT
    assert "21 Nov 09:30 UTC" in run.summary


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

    shown = [code(path), block(path), pull.files([build.conflicted_file(path)])]

    for text in shown:
        text.encode()
        assert "\x00" not in text
        assert "\x1b" not in text


def test_a_block_is_fenced_longer_than_its_text() -> None:
    assert block("a\n````\n", "sh") == "`````sh\na\n````\n`````"


def test_numbers_and_nouns() -> None:
    assert count(1, "file") == "1 file"
    assert count(2, "file") == "2 files"
    assert count(0, "entry", "entries") == "0 entries"


def test_a_table() -> None:
    assert table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
