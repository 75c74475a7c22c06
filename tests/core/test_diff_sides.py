"""Overlays before and after, told one by one."""

from bot.core.diff.sides import Sides, told
from bot.core.manifests import Failure, Manner, OverlayDiff
from bot.core.overlays import Overlay, release_of

MANNER = Manner(b"key")
ONE = "apiVersion: v1\ndata:\n  a: b\nkind: ConfigMap\nmetadata:\n  name: one\n"
TWO = ONE.replace("one", "two").replace("b\n", "c\n")
BROKEN = "kind: [\n"


def overlay(name: str) -> Overlay:
    """Return an overlay of that name."""
    return Overlay(name, "kustomize", name, (), "key")


def tell(*sides: Sides) -> list[OverlayDiff]:
    """Return what is told of these."""
    return list(told(sides, MANNER))


def test_what_renders_to_the_same_is_not_told() -> None:
    assert tell(Sides(overlay("a"), overlay("a"), ONE, ONE)) == []


def test_new_deleted_and_changed_are_told_by_name() -> None:
    found = tell(
        Sides(None, overlay("c"), "", TWO),
        Sides(overlay("b"), None, ONE, ""),
        Sides(overlay("a"), overlay("a"), ONE, ONE.replace("a: b", "a: c")),
    )

    assert [(one.name, one.standing, [each.change for each in one.objects]) for one in found] == [
        ("a", "changed", ["changed"]),
        ("b", "deleted", ["removed"]),
        ("c", "new", ["added"]),
    ]


def test_one_that_moved_is_told_as_moved_and_only_for_what_changed() -> None:
    old, new = f"{ONE}\n---\n{TWO}", f"{ONE}\n---\n{TWO.replace('a: c', 'a: d')}"

    found = tell(Sides(overlay("old"), None, old, ""), Sides(None, overlay("new"), "", new))

    assert [(one.name, one.standing, one.earlier_name, len(one.objects)) for one in found] == [
        ("new", "renamed", "old", 1)
    ]


def test_the_likest_find_each_other() -> None:
    almost = ONE + "# and more\n"

    found = tell(
        Sides(overlay("x"), None, ONE, ""), Sides(None, overlay("y"), "", almost), Sides(None, overlay("z"), "", ONE)
    )

    assert [(one.name, one.standing, one.earlier_name) for one in found] == [("y", "new", "")]


def test_failures_are_told_with_their_side() -> None:
    base, head = Failure("base", "no"), Failure("head", "no either")

    found = tell(
        Sides(overlay("a"), overlay("a"), base, head),
        Sides(overlay("b"), overlay("b"), base, ONE),
        Sides(None, overlay("c"), "", head),
    )

    assert [(one.standing, one.objects, one.failures) for one in found] == [
        ("changed", (), (base, head)),
        ("changed", (), (base,)),
        ("new", (), (head,)),
    ]


def test_what_is_no_manifest_is_a_failure_of_its_side() -> None:
    found = tell(
        Sides(overlay("a"), overlay("a"), BROKEN, ONE),
        Sides(overlay("b"), overlay("b"), ONE, BROKEN),
        Sides(overlay("c"), overlay("c"), BROKEN, BROKEN + " "),
    )

    assert [[one.side for one in each.failures] for each in found] == [["base"], ["head"], ["base", "head"]]


def test_a_release_is_called_after_its_directory() -> None:
    names = [release_of(path) for path in ("charts/Web_App", ".", "x/" + "a" * 60, "a/-b-")]

    assert names == ["web-app", "release", "a" * 53, "b"]
