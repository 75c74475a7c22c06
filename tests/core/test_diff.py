"""Two renderings to what changed in them."""

from pathlib import Path

import pytest

from bot.core.diff import compare, events, plain
from bot.core.diff.documents import split
from bot.core.manifests import Hunk, Identity
from tests.goldens import assert_golden
from tests.renderings import MANNER, shown

FOLDER = Path(__file__).parent / "renderings"
BEFORE, AFTER = ((FOLDER / f"{side}.yaml").read_text() for side in ("before", "after"))
"""What kustomize makes of one overlay."""

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  replicas: 2
  template:
    spec:
      containers:
      - image: ghcr.io/acme/web:v41
        name: web
"""


def test_a_changed_image_is_one_hunk() -> None:
    after = WEB.replace("v41", "v42")

    (web,) = compare(WEB, after, MANNER, canonical=True)

    assert web.identity == Identity("apps", "Deployment", "shop", "web")
    assert (web.change, web.added, web.removed) == ("changed", 1, 1)
    assert web.hunks == (
        Hunk(
            8,
            8,
            (
                "   template:",
                "     spec:",
                "       containers:",
                "-      - image: ghcr.io/acme/web:v41",
                "+      - image: ghcr.io/acme/web:v42",
                "         name: web",
            ),
            (
                "spec",
                "spec.template",
                "spec.template.spec",
                *["spec.template.spec.containers.web"] * 3,
            ),
        ),
    )


@pytest.mark.parametrize("canonical", [True, False])
def test_a_shop_s_overlay(*, canonical: bool) -> None:
    found = compare(BEFORE, AFTER, MANNER, canonical=canonical)

    assert_golden("diff_shop.txt", shown(found))


def test_nothing_is_hidden_of_what_comes_or_goes_as_a_whole() -> None:
    came, went = compare("", WEB, MANNER, canonical=True), compare(WEB, "", MANNER, canonical=True)

    assert [each.change for each in (*came, *went)] == ["added", "removed"]
    assert [line[1:] for line in came[0].hunks[0].lines] == [line[1:] for line in went[0].hunks[0].lines]
    assert (came[0].hunks[0].before, went[0].hunks[0].after) == (0, 0)
    assert "\n".join(line[1:] for line in came[0].hunks[0].lines) + "\n" == WEB


def test_changes_far_apart_are_hunks_of_their_own() -> None:
    before = "kind: X\nmetadata:\n  name: x\n" + "".join(f"z{number:02}: {number}\n" for number in range(40))
    after = before.replace("z05: 5\n", "z05: 6\nz05a: 7\n").replace("z20: 20\n", "").replace("z27: 27\n", "")

    (told,) = compare(before, after, MANNER, canonical=True)

    assert [(hunk.before, hunk.after, len(hunk.lines)) for hunk in told.hunks] == [(6, 6, 9), (21, 22, 14)]


@pytest.mark.parametrize("rendering", [BEFORE, AFTER])
def test_kustomize_s_text_is_read_alike_by_both_readers(rendering: str) -> None:
    documents = split(rendering)

    assert [plain.read(each.text) for each in documents] == [events.read(each.text) for each in documents]


def test_nothing_on_either_side_is_no_difference() -> None:
    assert compare("", "# nothing\n---\n", MANNER, canonical=True) == ()
