"""What the diff comment and its check say, held against golden files."""

from dataclasses import replace

import pytest

from bot.core.manifests import Danger, Difference, Identity, ImageChange, ManifestDiff, Reviewed
from bot.core.words import diff as words
from bot.core.words.diff import Missing
from tests import diffs
from tests.diffs import HEAD, LINK, SHOP, WEB, broken, diff, gone, made, overlay, raised, reviewed, touched
from tests.goldens import assert_golden

CRD = Identity("apiextensions.k8s.io", "CustomResourceDefinition", "", "shops.acme.test")
OTHER = Difference("apps/web/overlays/tokyo", WEB, ("-  image: web:v41", "+  image: web:v42"), ("+  image: web:v43",))
HALF = diff(
    overlay(
        failures=(broken("Error: accumulating resources: no such file", path="apps/a/kustomization.yaml", line=3),)
    ),
    overlay(raised(), failures=(broken("Error: old\nand odd", side="base"),), name="apps/web/overlays/osaka"),
)


@pytest.mark.parametrize(
    ("name", "found", "reviewing"),
    [
        ("diff_nothing.md", diff(), None),
        ("diff_one.md", diff(overlay(raised())), None),
        ("diff_shop.md", SHOP, None),
        ("diff_same_as_reviewed.md", diff(overlay(raised())), reviewed()),
        ("diff_not_as_reviewed.md", diff(overlay(raised("web", "v41", "v43"))), reviewed(OTHER)),
        ("diff_failure.md", diff(overlay(failures=(broken(),))), None),
        ("diff_half_failed.md", HALF, None),
    ],
)
def test_the_comment(name: str, found: ManifestDiff, reviewing: Reviewed | None) -> None:
    assert_golden(name, words.comment(found, reviewed=reviewing, link=LINK))
