"""Whatever manifests hold: the comment and the check fit, count what they leave out, and nothing in them acts."""

from dataclasses import astuple, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.core.manifests import (
    Danger,
    Difference,
    Failure,
    Hunk,
    Identity,
    ImageChange,
    ManifestDiff,
    ObjectDiff,
    OverlayDiff,
    Reviewed,
)
from bot.core.words import diff as words
from bot.core.words.markdown import code
from tests.diffs import BASE, HEAD, LINK
from tests.hostile import EVIL, assert_counted, assert_inert

texts = st.lists(st.sampled_from([*EVIL, "web", "a", "-"]), max_size=6).map("".join)
lines = st.builds(lambda sign, text: sign + text.replace("\n", ""), st.sampled_from(" -+"), texts)
identities = st.builds(Identity, texts, texts, texts, texts)
dangers = st.builds(
    lambda rule, text: Danger(rule, f"{code(text)} is gone"),
    st.sampled_from(["deletion", "crd", "immutable", "namespace", "zero", "latest", "rbac", "secret"]),
    texts,
)
images = st.builds(ImageChange, texts, st.none() | texts, st.none() | texts)


def few(of: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Return some of a kind."""
    return st.lists(of, max_size=3).map(tuple)


def grown(diff: ManifestDiff, level: str) -> ManifestDiff:
    """Return a diff with very much of something."""
    if level == "overlays":
        return replace(diff, overlays=diff.overlays * 300)
    overlays = [
        replace(overlay, failures=overlay.failures * 100)
        if level == "failures"
        else replace(
            overlay, objects=tuple(of_size(one, level) for one in overlay.objects) * (100 if level == "objects" else 1)
        )
        for overlay in diff.overlays
    ]
    return replace(diff, overlays=tuple(overlays))


def of_size(one: ObjectDiff, level: str) -> ObjectDiff:
    """Return an object with very much of something."""
    match level:
        case "lines":
            return replace(one, hunks=tuple(replace(hunk, lines=hunk.lines * 500) for hunk in one.hunks))
        case "long":
            hunks = (replace(hunk, lines=tuple(line * 9000 for line in hunk.lines)) for hunk in one.hunks)
            return replace(one, hunks=tuple(hunks))
        case "names":
            names = (text * 9000 for text in astuple(one.identity))
            return replace(one, identity=Identity(*names), earlier_name=one.earlier_name * 9000)
        case "dangers":
            return replace(one, dangers=one.dangers * 50)
        case _:
            return one


hunks = st.builds(Hunk, st.integers(0, 99), st.integers(0, 99), few(lines))
numbers = st.integers(0, 5000)
changes = st.sampled_from(["added", "removed", "changed", "renamed"])
objects = st.builds(
    ObjectDiff,
    identities,
    changes,
    few(hunks),
    numbers,
    numbers,
    texts,
    few(dangers),
    few(images),
    texts,
    st.integers(0),
    st.booleans(),
)
failures = st.builds(Failure, st.sampled_from(["base", "head"]), texts, texts, st.integers(0, 9))
overlays = st.builds(
    OverlayDiff,
    texts,
    st.sampled_from(["kustomize", "helm", "plain"]),
    st.sampled_from(["new", "deleted", "changed"]),
    few(objects),
    few(failures),
    texts,
)
plain = st.builds(ManifestDiff, st.just(BASE), st.just(HEAD), few(overlays), numbers, few(texts))
levels = st.sampled_from(["", "", "overlays", "objects", "failures", "lines", "long", "dangers", "names"])
diffs = st.tuples(plain, levels)
"""A small diff and what there is to be very much of, so that a failure can be told in few words."""
differences = st.builds(Difference, texts, identities, few(lines), few(lines))
comparisons = st.none() | st.builds(Reviewed, texts, st.integers(1, 99), few(differences), few(texts))
links = st.none() | st.just(LINK)
Drawn = tuple[ManifestDiff, str]
hostile = settings(
    max_examples=60,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # it is small already
    report_multiple_bugs=False,
)


@hostile
@pytest.mark.slow
@given(diffs, comparisons, links)
def test_a_comment_fits_and_is_inert(drawn: Drawn, reviewed: Reviewed | None, link: str | None) -> None:
    diff = grown(*drawn)

    text = words.comment(diff, reviewed=reviewed, link=link)

    found = assert_inert(text, diff)
    assert len(text.encode()) <= 65_536
    assert text.endswith(f"{words.MARKER} {HEAD} -->")
    assert text.count(f"[full diff](<{link}>)") == 1 or link is None or "see the" in text
    assert_counted(found, diff)


@hostile
@pytest.mark.slow
@given(diffs, comparisons, links)
def test_a_check_fits_and_is_inert(drawn: Drawn, reviewed: Reviewed | None, link: str | None) -> None:
    diff = grown(*drawn)

    run = words.check_run(diff, external_id="pull:12", reviewed=reviewed, link=link)

    assert_inert(run.summary, diff)
    assert_counted(assert_inert(run.text, diff), diff)
    assert len(run.title) <= 60
    assert len(run.summary.encode()) <= 65_535
    assert len(run.text.encode()) <= 65_535
    assert len(run.annotations) <= 50
    assert link is None or f"[full diff](<{link}>)" in run.summary


@hostile
@pytest.mark.slow
@given(diffs)
def test_a_terminal_gets_all_of_it(drawn: Drawn) -> None:
    diff = grown(*drawn)

    found = assert_inert(words.unbounded(diff), diff)

    assert_counted(found, diff)
    assert not [text for text in found.paragraphs if text.startswith("… ") and "not shown" in text]
