"""Conflicts that are not settled."""

from bot.core.model import Marker, Markers
from policies import NAMES, conflict_markers, judge
from tests import build

ASKED = build.commit("Raise web\n\nTierkeeper-Conflict: unresolved\n")
ANSWERED = build.commit("Resolve it\n\nTierkeeper-Conflict: resolved\n")


def test_without_conflicts_a_change_may_enter() -> None:
    assert conflict_markers.check(build.ENTRY, build.facts(), build.RULES).decision == "allow"


def test_markers_deny_and_name_their_files() -> None:
    facts = build.facts(markers=Markers((Marker("a.yaml", 3), Marker("a.yaml", 9), Marker("b.yaml", 1))))

    verdict = conflict_markers.check(build.ENTRY, facts, build.RULES)

    assert (verdict.decision, verdict.reason) == ("deny", "conflict markers in 2 files: `a.yaml`, `b.yaml`")


def test_very_many_files_are_not_all_named() -> None:
    facts = build.facts(markers=Markers(tuple(Marker(f"{n}.yaml", 1) for n in range(50))))

    verdict = conflict_markers.check(build.ENTRY, facts, build.RULES)

    assert verdict.reason.endswith("`9.yaml`, …")


def test_an_unanswered_trailer_denies_and_says_how_to_answer() -> None:
    verdict = conflict_markers.check(build.ENTRY, build.facts(said=ASKED), build.RULES)

    assert verdict.decision == "deny"
    assert "--trailer 'Tierkeeper-Conflict: resolved'" in verdict.remedy


def test_an_answer_does_not_excuse_markers() -> None:
    facts = build.facts(said=ANSWERED, markers=Markers((Marker("a.yaml", 3),)))

    assert conflict_markers.check(build.ENTRY, facts, build.RULES).decision == "deny"


def test_what_could_not_be_read_is_not_allowed() -> None:
    verdict = conflict_markers.check(build.ENTRY, build.facts(markers=Markers(unread=("huge.yaml",))), build.RULES)

    assert verdict.decision == "wait"
    assert "`huge.yaml`" in verdict.reason


def test_more_files_than_anybody_looks_at_are_not_allowed_and_nobody_is_told_to_make_them_smaller() -> None:
    facts = build.facts(markers=Markers(unread=("huge.yaml",), beyond=1234))

    verdict = conflict_markers.check(build.ENTRY, facts, build.RULES)

    assert (verdict.decision, verdict.remedy) == ("wait", "whoever can push to the branch: split the change")
    assert verdict.reason == "too many files are changed: 1,234 of them were not looked at"


def test_an_answer_allows() -> None:
    assert conflict_markers.check(build.ENTRY, build.facts(said=ANSWERED), build.RULES).decision == "allow"


def test_every_policy_is_asked_and_named() -> None:
    verdicts = judge(build.ENTRY, build.facts(), build.RULES)

    assert tuple(verdict.policy for verdict in verdicts) == NAMES
