"""What the diff comment and its check say, held against golden files."""

from dataclasses import replace

import pytest

from bot.core.manifests import Danger, Identity, ImageChange, ManifestDiff, Reviewed
from bot.core.words import diff as words
from bot.core.words.diff import sticky
from bot.core.words.diff.anchors import anchor
from tests.diffs import (
    CONFIG,
    HALF,
    HEAD,
    HOSTILE,
    KINDS,
    LINK,
    OTHER,
    SHOP,
    WEB,
    broken,
    crowded,
    diff,
    follower,
    gone,
    overlay,
    raised,
    reviewed,
    touched,
)
from tests.goldens import assert_golden
from tests.markdown_reader import read


@pytest.mark.parametrize(
    ("name", "found", "reviewing"),
    [
        ("diff_nothing.md", diff(), None),
        ("diff_nothing_though_reviewed.md", diff(looked_at=1), reviewed(replace(OTHER, here=()))),
        ("diff_one.md", diff(overlay(raised())), None),
        ("diff_shop.md", SHOP, None),
        ("diff_kinds.md", KINDS, None),
        ("diff_same_as_reviewed.md", diff(overlay(raised())), reviewed()),
        ("diff_not_as_reviewed.md", diff(overlay(raised("web", "v41", "v43"))), reviewed(OTHER)),
        ("diff_incomparable.md", diff(overlay(failures=(broken(),))), reviewed(unknown=("apps/web/overlays/tokyo",))),
        (
            "diff_half_comparable.md",
            diff(overlay(raised("web", "v41", "v43"))),
            reviewed(OTHER, unknown=("a", "b", "c", "d")),
        ),
        ("diff_lost_review.md", diff(overlay(raised())), reviewed(reason="commit `1a|b` is gone, @kim")),
        ("diff_failure.md", diff(overlay(failures=(broken(),))), None),
        ("diff_mended.md", diff(overlay(failures=(broken(side="base"),))), None),
        ("diff_failed_twice.md", diff(overlay(failures=(broken(side="base"), broken()))), None),
        ("diff_half_failed.md", HALF, None),
        (
            "diff_follow.md",
            diff(
                overlay(raised(), follower("api"), follower("worker")),
                overlay(follower(), name="b"),
                overlay(follower(dangers=(Danger("zero", "it is gone"),)), name="c"),
            ),
            None,
        ),
        ("diff_hostile.md", HOSTILE, None),
    ],
)
def test_the_comment(name: str, found: ManifestDiff, reviewing: Reviewed | None) -> None:
    assert_golden(name, words.comment(found, reviewed=reviewing, link=LINK))


@pytest.mark.parametrize(
    ("name", "most"),
    [("diff_fits_some.md", 3000), ("diff_fits_table.md", 1650), ("diff_fits_counts.md", 1500)],
)
def test_less_room_shows_less(monkeypatch: pytest.MonkeyPatch, name: str, most: int) -> None:
    monkeypatch.setattr(sticky, "COMMENT_LIMIT", most)
    large = touched(*(f"+line {n}" for n in range(100)), identity=Identity("", "ConfigMap", "shop", "large"))
    found = diff(SHOP.overlays[0], overlay(large, raised(), name="large"), *SHOP.overlays[1:])

    text = words.comment(found, reviewed=None, link=LINK)

    assert_golden(name, text)
    assert len(text.encode()) <= most


def test_a_comment_without_a_page_says_that_something_is_missing() -> None:
    large = touched(*["+" + "x" * 400] * 1000)

    text = words.comment(diff(overlay(large)), reviewed=None, link=None)

    assert "… not shown: 1 overlay, 1 object, 1,000 lines" in text


def test_five_hundred_overlays_are_all_named() -> None:
    found = diff(*(overlay(raised(), gone("a: b", identity=CONFIG), name=f"apps/web/{n}") for n in range(500)))

    text = words.comment(found, reviewed=None, link=LINK)

    assert read(text).rows == 1 + 500
    assert text.startswith("500 overlays · 500 objects changed · 500 deleted ⚠ · images: `web` `v41` → `v42`")
    assert "`ConfigMap` `shop/web-5f6c8d` in `apps/web/0`, `apps/web/1`, `apps/web/2` and 497 more: the Config" in text


def test_one_large_object_hides_no_small_one() -> None:
    large = touched(*["+" + "x" * 100] * 10_000, identity=CONFIG)

    text = words.comment(diff(overlay(large, raised())), reviewed=None, link=LINK)

    there = f"{LINK}#{anchor('apps/web/overlays/tokyo')}"
    assert "web:v42" in text
    assert f"… 1 more object, 10,000 lines: see the [full diff](<{there}>)" in text


def test_those_that_only_follow_are_counted_where_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sticky, "COMMENT_LIMIT", 1400)
    found = diff(overlay(*(follower("x" * 100 + str(n)) for n in range(9))))

    text = words.comment(found, reviewed=None, link=None)

    assert "… not shown: 1 overlay, 9 objects, 18 lines" in text


def test_failures_come_before_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sticky, "COMMENT_LIMIT", 2600)
    failing = overlay(failures=(broken("why " * 100),), name="z")

    text = words.comment(diff(*SHOP.overlays, failing), reviewed=None, link=LINK)

    assert "why why" in text
    assert "v41\n" not in text


def test_what_differs_from_the_reviewed_is_bounded() -> None:
    many = tuple(replace(OTHER, here=("+" + "x" * 400,) * 20) for _ in range(9))

    text = words.comment(diff(overlay(raised())), reviewed=reviewed(*many), link=LINK)

    assert "(#12): 9 objects" in text
    assert "… 8 more objects" in text
    assert "web:v42" in text


def test_many_dangers_are_counted() -> None:
    several = tuple(Danger("rbac", f"`{'x' * 500}{n}` may do anything") for n in range(20))
    found = diff(overlay(touched("+a", dangers=several)))

    text = words.comment(found, reviewed=None, link=LINK)

    assert text.count(" may do anything") == 13
    assert "> - … 7 more dangers" in text


def test_the_worst_dangers_come_first() -> None:
    text = words.comment(crowded(), reviewed=None, link=LINK)

    box = text[text.index("[!WARNING]") :].splitlines()
    assert box[1] == ("> - `Namespace` `old` in `apps/web/overlays/tokyo`: it is deleted, and everything in it")
    assert "`s-0`" in box[2].replace("shop/", "")
    assert "more dangers" in text


def test_a_sentence_too_long_to_be_said_is_said_in_general() -> None:
    found = diff(overlay(touched("+a", dangers=(Danger("zero", f"`{'x' * 10_000}`"), Danger("latest", "")))))

    text = words.comment(found, reviewed=None, link=LINK)

    assert "`apps/web/overlays/tokyo`: is scaled to zero" in text
    assert "`apps/web/overlays/tokyo`: runs an image by a tag that moves" in text


@pytest.mark.parametrize(
    ("images", "said"),
    [
        ([("ghcr.io/a/web", "v1", "v2")], "`web` `v1` → `v2`"),
        ([("web", None, "v1")], "`web` `v1` is new"),
        ([("web", "v1", None)], "`web` `v1` is gone"),
        ([("/", "sha256:" + "a" * 60 + "1234", "v1")], "`/` `sha256:aaaaaaaa…aaaaaaaaaa1234` → `v1`"),
        ([("a", "1", "2"), ("a", "1", "2"), ("b", "1", "2"), ("c", "1", "2"), ("d", "1", "2")], "and 1 more"),
    ],
)
def test_images(images: list[tuple[str, str | None, str | None]], said: str) -> None:
    found = diff(overlay(touched("+a", images=tuple(ImageChange(*one) for one in images))))

    first = words.comment(found, reviewed=None, link=None).splitlines()[0]

    assert first.startswith("1 overlay · 1 object changed · images: ")
    assert first.endswith(said)


def test_the_images_of_a_deleted_object_go_with_it_unsaid() -> None:
    found = diff(overlay(touched("-a", change="removed", images=(ImageChange("web", "v1", None),))))

    first = words.comment(found, reviewed=None, link=None).splitlines()[0]

    assert first == "1 overlay · 1 object deleted ⚠"


def test_of_a_long_name_both_ends_are_said() -> None:
    long = f"start-{'x' * 60_000}-end"
    found = diff(overlay(touched("+a", identity=replace(WEB, name=long)), name=long))

    text = words.comment(found, reviewed=None, link=LINK)

    assert text.count("start-xx") == 4
    assert text.count("xx-end") == 4
    assert len(text) < 5_000


def test_many_commands_and_tools_are_counted() -> None:
    found = diff(*(overlay(raised(), name=f"{n}") for n in range(9)), tools=tuple(f"tool {n}" for n in range(9)))

    text = words.comment(found, reviewed=None, link=LINK)

    assert (
        "`tool 4` and 4 more · by hand: `kubectl kustomize 0`, `kubectl kustomize 1`, `kubectl kustomize 2` and 6"
        in text
    )


def test_a_comment_remembers_the_commit_it_tells_of() -> None:
    text = words.comment(SHOP, reviewed=None, link=LINK)

    assert text.endswith(f"{words.MARKER} {HEAD} -->")


def test_an_overlay_that_renders_to_nothing_is_named() -> None:
    text = words.comment(diff(overlay(standing="new")), reviewed=None, link=LINK)

    assert "| `apps/web/overlays/tokyo` (new) |" in text
    assert "<details>" not in text


def test_a_place_on_the_page_is_readable_and_its_own() -> None:
    places = [anchor("apps/web"), anchor("apps/web", WEB), anchor("apps/web", replace(WEB, group="")), anchor("ü", WEB)]

    assert [place.rpartition("-")[0] for place in places] == ["apps-web", *["deployment-shop-web"] * 3]
    assert len(set(places)) == 4
    assert anchor("ü").startswith("it-")
