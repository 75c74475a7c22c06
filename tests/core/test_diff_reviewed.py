"""What a promotion does that reviewers did not see one tier below, or the other way round."""

from dataclasses import replace

import pytest

from bot.core.diff import compare
from bot.core.diff.reviewed import differences, incomparable
from bot.core.manifests import Difference, Failure, Identity, ManifestDiff, OverlayDiff, Side
from tests.renderings import MANNER, yaml

WEB = """
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 2
      template:
        spec:
          containers:
          - name: web
            image: web:v1
            env: []
          - name: proxy
            image: proxy:v1
            env: []
    """
IDENTITY = Identity("apps", "Deployment", "", "web")


def diff(before: str, after: str, overlay: str = "shop") -> ManifestDiff:
    """Return what a change does to one overlay."""
    objects = compare(yaml(before), yaml(after), MANNER, canonical=False)
    return ManifestDiff("a" * 40, "b" * 40, (OverlayDiff(overlay, "kustomize", "changed", objects),), 1, ())


def test_the_same_effect_is_the_same_wherever_it_stands() -> None:
    other = WEB.replace("replicas: 2", "replicas: 5").replace("- name: proxy", "- name: extra\n          - name: proxy")

    found = differences(diff(WEB, WEB.replace("web:v1", "web:v2")), diff(other, other.replace("web:v1", "web:v2")))

    assert found == ()


def test_another_value_is_another_effect() -> None:
    older = WEB.replace("web:v1", "web:v0")

    found = differences(diff(WEB, WEB.replace("web:v1", "web:v2")), diff(older, older.replace("web:v0", "web:v2")))

    assert found == (Difference("shop", IDENTITY, ("-        image: web:v1",), ("-        image: web:v0",)),)


def test_an_item_that_lands_in_another_container_is_another_effect() -> None:
    there = WEB.replace("env: []", "env: [{name: A, value: b}]", 1)
    head, tail = WEB.rsplit("env: []", 1)
    here = f"{head}env: [{{name: A, value: b}}]{tail}"

    (found,) = differences(diff(WEB, there), diff(WEB, here))

    assert found.there == found.here
    assert "+        - name: A" in found.here


def test_a_change_without_effect_above_is_told() -> None:
    (found,) = differences(diff(WEB, WEB.replace("replicas: 2", "replicas: 3")), diff(WEB, WEB))

    assert found == Difference("shop", IDENTITY, ("-  replicas: 2", "+  replicas: 3"), ())


def test_an_effect_that_nobody_saw_is_told() -> None:
    (found,) = differences(diff(WEB, WEB), diff(WEB, WEB.replace("replicas: 2", "replicas: 3")))

    assert found == Difference("shop", IDENTITY, (), ("-  replicas: 2", "+  replicas: 3"))


def test_an_overlay_that_is_called_otherwise_is_another_one() -> None:
    after = WEB.replace("replicas: 2", "replicas: 3")

    found = differences(diff(WEB, after), diff(WEB, after, "store"))

    assert [(each.overlay, len(each.there), len(each.here)) for each in found] == [("shop", 2, 0), ("store", 0, 2)]


def generated(value: str, name: str, *, tier: str) -> str:
    """Return a generated ConfigMap, and who refers to it."""
    return "\n---\n".join(
        (
            f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}, data: {{a: {value}, tier: '{tier}'}}}}",
            f"{{kind: X, metadata: {{name: x}}, spec: {{ref: {name}, url: 'http://{name}/'}}}}",
            f"{{kind: Y, metadata: {{name: y}}, spec: {{{name}: {{a: 1}}}}}}",
        )
    )


def test_the_hash_in_a_generated_name_is_no_difference() -> None:
    found = differences(
        diff(generated("b", "x-2456789bcd", tier="0"), generated("c", "x-4456789bcd", tier="0")),
        diff(generated("b", "x-6456789bcd", tier="1"), generated("c", "x-7456789bcd", tier="1")),
    )

    assert found == ()


def test_what_only_looks_like_a_hash_is_a_difference() -> None:
    before = "{kind: X, metadata: {name: x}, spec: {ref: y-2456789bcd}}"

    (found,) = differences(
        diff(before, before.replace("y-2456789bcd", "y-4456789bcd")),
        diff(before, before.replace("y-2456789bcd", "y-5456789bcd")),
    )

    assert (found.there, found.here) == (("+  ref: y-4456789bcd",), ("+  ref: y-5456789bcd",))


def test_a_line_that_comes_twice_counts_twice() -> None:
    before = "{kind: X, metadata: {name: x}, spec: []}"

    (found,) = differences(diff(before, before.replace("[]", "[a, a]")), diff(before, before.replace("[]", "[a]")))

    assert (found.there, found.here) == (("+- a",), ())


@pytest.mark.parametrize("side", ["base", "head"])
def test_what_could_not_be_rendered_is_not_compared(side: Side) -> None:
    known = diff(WEB, WEB.replace("replicas: 2", "replicas: 3"))
    failed = replace(known, overlays=(OverlayDiff("shop", "kustomize", "changed", (), (Failure(side, "no"),)),))

    pairs = ((failed, known), (known, failed), (failed, failed), (known, known))

    assert [incomparable(*each) for each in pairs] == [("shop",), ("shop",), ("shop",), ()]
    assert [differences(*each) for each in pairs] == [()] * 4


def test_what_could_be_rendered_is_still_compared() -> None:
    failed = OverlayDiff("a", "kustomize", "changed", (), (Failure("head", "no"),))
    there, here = diff(WEB, WEB), diff(WEB, WEB.replace("replicas: 2", "replicas: 3"))

    (found,) = differences(replace(there, overlays=(failed, *there.overlays)), here)

    assert found.overlay == "shop"
