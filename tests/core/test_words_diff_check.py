"""What the check run `tierkeeper/diff` says, and what the command line does."""

from dataclasses import replace

import pytest

from bot.core.manifests import Danger, ManifestDiff, Reviewed
from bot.core.model import Annotation, CheckRun
from bot.core.words import diff as words
from bot.core.words.diff.plain import as_json, as_lines
from tests.diffs import (
    HALF,
    HEAD,
    HOSTILE,
    KINDS,
    LINK,
    OTHER,
    SHOP,
    broken,
    crowded,
    diff,
    overlay,
    raised,
    reviewed,
    touched,
)
from tests.goldens import assert_golden


def run(found: ManifestDiff, reviewing: Reviewed | None = None) -> CheckRun:
    """Return the check run of pull request 12."""
    return words.check_run(found, external_id="pull:12", reviewed=reviewing, link=LINK)


def as_text(check: CheckRun) -> str:
    """Return what is read of a check run."""
    remarks = [f"{one.level} {one.path}:{one.line}: {one.title}: {one.message}" for one in check.annotations]
    return "\n\n".join([f"{check.conclusion}: {check.title}", check.summary, "-----", check.text, *remarks])


@pytest.mark.parametrize(
    ("name", "found"),
    [("diff_check.md", SHOP), ("diff_check_failed.md", HALF), ("diff_check_nothing.md", diff())],
)
def test_the_check(name: str, found: ManifestDiff) -> None:
    check = run(found)

    assert_golden(name, as_text(check))
    assert (check.name, check.head_sha, check.external_id) == ("tierkeeper/diff", HEAD, "pull:12")
    assert check.details_url == LINK


@pytest.mark.parametrize(
    ("found", "conclusion"),
    [
        (diff(), "success"),
        (SHOP, "success"),
        (HALF, "failure"),
        (diff(overlay(failures=(broken(side="base"),))), "success"),
        (diff(overlay(failures=(broken(side="base"), broken()))), "failure"),
    ],
)
def test_only_a_head_that_cannot_be_rendered_is_red(found: ManifestDiff, conclusion: str) -> None:
    assert run(found).conclusion == conclusion


@pytest.mark.parametrize(
    ("found", "reviewing", "title"),
    [
        (diff(), None, "No change in what Argo CD applies"),
        (diff(overlay(raised())), reviewed(), "1 overlay · 1 object changed · images: web v41 → v42"),
        (diff(overlay(failures=(broken(),))), None, "1 overlay · 1 cannot be rendered"),
        (
            diff(overlay(failures=(broken(side="base"),))),
            None,
            "1 overlay · 1 could not be rendered before this change",
        ),
        (diff(), reviewed(reason="it is gone"), "Not comparable with tier-0: no change"),
        (SHOP, reviewed(OTHER), "Not as reviewed in tier-0: 3 overlays · 4 objects changed ·…"),
        (diff(), reviewed(unknown=("x",)), "Not comparable with tier-0: no change"),
        (
            diff(overlay(raised())),
            reviewed(unknown=("x",)),
            "Not comparable with tier-0: 1 overlay · 1 object changed · …",
        ),
        (diff(), reviewed(OTHER, unknown=("x",)), "Not as reviewed in tier-0: no change"),
        (diff(), reviewed(OTHER), "Not as reviewed in tier-0: no change"),
    ],
)
def test_the_title(found: ManifestDiff, reviewing: Reviewed | None, title: str) -> None:
    assert run(found, reviewing).title == title


def test_remarks_stand_on_the_lines_they_are_about() -> None:
    one = replace(raised(), dangers=(Danger("latest", "`web` by `latest`"), Danger("zero", "`web` to zero")))
    failing = overlay(failures=(broken("why", path="a.yaml"), broken("old", side="base", path="b.yaml")))

    assert run(diff(overlay(one), failing)).annotations == (
        Annotation("a.yaml", 1, "failure", "why", title="Cannot be rendered"),
        Annotation("apps/web/deployment.yaml", 12, "warning", "web to zero", title="Zero"),
        Annotation("apps/web/deployment.yaml", 12, "warning", "web by latest", title="Latest"),
    )


@pytest.mark.parametrize("path", ["", "/etc/passwd", "a\x00", "\ud800", "../a", "a/../b", "x" * 2000])
def test_no_remark_stands_where_github_would_refuse_it(path: str) -> None:
    one = touched("+a", path=path, dangers=(Danger("latest", "moves"),))

    assert run(diff(overlay(one, failures=(broken(path=path),)))).annotations == ()


def test_there_are_at_most_fifty_remarks() -> None:
    found = diff(*(overlay(failures=(broken(path=f"{n}.yaml"),)) for n in range(60)))

    assert len(run(found).annotations) == 50


def test_the_worst_dangers_are_remarked_on_first() -> None:
    remarks = run(crowded()).annotations

    assert [one.path for one in remarks[:2]] == ["old.yaml", "0.yaml"]


def test_a_terminal_is_left_alone() -> None:
    text = "\n".join(text for _, text in as_lines(diff(*HOSTILE.overlays, overlay(touched("+\x1b[2J\n+")))))

    assert "\x1b" not in text
    assert "+�[2J␊+" in text


def test_a_terminal_tells_of_renames_and_new_overlays() -> None:
    lines = list(as_lines(KINDS))

    assert ("object", "renamed ConfigMap shop/web-5f6c8d, before: web-7b5200") in lines
    assert ("overlay", "charts/web (canary) · new overlay · 2 objects changed · 1 renamed · +2 -2") in lines


def test_json() -> None:
    assert_golden("diff.json", as_json(diff(SHOP.overlays[0])))


def test_all_of_it_as_markdown() -> None:
    large = overlay(touched(*["+" + "x" * 400] * 1000))

    assert words.unbounded(diff(large)).count("x" * 400) == 1000
